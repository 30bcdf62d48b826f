//! Who asks when a request is made on this machine: the one named, or the only one that the configuration has.

/// Why it is not known who asks.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WhoError {
    /// Several are configured and none is named.
    #[error("several {what}s are configured and none is named, allowed {allowed}")]
    Open {
        /// User or site.
        what: &'static str,
        /// Their names.
        allowed: String,
    },
    /// Nobody of this name is configured.
    #[error("{what} {found:?} is not configured, allowed {allowed}")]
    Unknown {
        /// User or site.
        what: &'static str,
        /// The name.
        found: String,
        /// Their names, or `none`.
        allowed: String,
    },
}

/// The one of this name; without a name the only one, or nobody where nobody is configured.
///
/// # Errors
/// [`WhoError`].
pub(super) fn one_of<'a>(
    what: &'static str,
    named: Option<&str>,
    known: &[&'a str],
) -> Result<Option<&'a str>, WhoError> {
    let allowed = || {
        if known.is_empty() {
            return "none".to_owned();
        }
        known.join(", ")
    };
    match (named, known) {
        (Some(found), known) => {
            let name = known.iter().find(|name| **name == found);
            name.map(|name| Some(*name))
                .ok_or_else(|| WhoError::Unknown {
                    what,
                    found: found.to_owned(),
                    allowed: allowed(),
                })
        }
        (None, []) => Ok(None),
        (None, [name]) => Ok(Some(name)),
        (None, _) => Err(WhoError::Open {
            what,
            allowed: allowed(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_one_need_not_be_named() {
        assert_eq!(one_of("user", None, &["a"]), Ok(Some("a")));
        assert_eq!(one_of("user", None, &[]), Ok(None));
        assert_eq!(one_of("user", Some("b"), &["a", "b"]), Ok(Some("b")));
        let open = WhoError::Open {
            what: "user",
            allowed: "a, b".to_owned(),
        };
        assert_eq!(one_of("user", None, &["a", "b"]), Err(open));
        let unknown = WhoError::Unknown {
            what: "site",
            found: "c".to_owned(),
            allowed: "none".to_owned(),
        };
        assert_eq!(one_of("site", Some("c"), &[]), Err(unknown));
    }
}
