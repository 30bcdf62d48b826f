//! The authentication stage: whose site a token opens, and what it allows.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::vendor::as2expert::error::{FaultKind, Refusal};

/// What a token allows (vendor page *auth*).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Lists and details.
    Read,
    /// Making things.
    Write,
    /// Everything.
    Admin,
}

/// Who asks: a site and what may be done there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    site: Option<String>,
    scopes: Vec<Scope>,
}

impl Caller {
    /// Whoever holds the workspace: every site, every scope.
    #[must_use]
    pub fn local() -> Self {
        Self {
            site: None,
            scopes: vec![Scope::Admin],
        }
    }

    /// A token's caller.
    #[must_use]
    pub fn of_site(site: &str, scopes: &[Scope]) -> Self {
        Self {
            site: Some(site.to_owned()),
            scopes: scopes.to_vec(),
        }
    }

    /// The site in which what the caller makes stands.
    #[must_use]
    pub fn site(&self) -> &str {
        self.site.as_deref().unwrap_or(DEFAULT_SITE)
    }

    /// Whether a site is the caller's.
    #[must_use]
    pub fn sees(&self, site: &str) -> bool {
        self.site.as_deref().is_none_or(|own| own == site)
    }

    /// Lists and details need `read`; `admin` will do for anything.
    ///
    /// # Errors
    /// `Scope read requerido`.
    pub fn may_read(&self) -> Result<(), Refusal> {
        self.require(Scope::Read)
    }

    /// Making needs `write` or `admin`.
    ///
    /// # Errors
    /// `Scope write requerido`.
    pub fn may_write(&self) -> Result<(), Refusal> {
        self.require(Scope::Write)
    }

    fn require(&self, scope: Scope) -> Result<(), Refusal> {
        if self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin) {
            return Ok(());
        }
        let held: Vec<_> = self.scopes.iter().map(Scope::to_string).collect();
        let held = if held.is_empty() {
            "no scope".to_owned()
        } else {
            held.join(", ")
        };
        Err(Refusal::authentication(
            FaultKind::Scope(scope),
            "as2expert.scope",
            "Authorization",
            &held,
            &format!("{scope} or admin"),
        ))
    }
}

/// The site of whatever names none.
pub(super) const DEFAULT_SITE: &str = "default";

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Admin => "admin",
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}

/// The token is missing or none.
#[must_use]
pub fn invalid_token(found: &str) -> Refusal {
    Refusal::authentication(
        FaultKind::InvalidToken,
        "as2expert.token",
        "Authorization",
        found,
        "Bearer and a token of the site",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_needs_its_scope_and_admin_will_do() {
        for (scopes, read, write) in [
            (&[Scope::Read][..], true, false),
            (&[Scope::Write], false, true),
            (&[Scope::Admin], true, true),
            (&[Scope::Read, Scope::Write], true, true),
            (&[], false, false),
        ] {
            let caller = Caller::of_site("s", scopes);
            assert_eq!(caller.may_read().is_ok(), read, "{scopes:?}");
            assert_eq!(caller.may_write().is_ok(), write, "{scopes:?}");
        }
    }

    #[test]
    fn what_is_lacking_is_said_in_the_vendors_words() {
        let caller = Caller::of_site("s", &[]);
        let read = caller.may_read().unwrap_err();
        assert_eq!(
            (read.msg(), read.kind().status()),
            ("Scope read requerido", 403)
        );
        let write = caller.may_write().unwrap_err();
        assert_eq!(write.msg(), "Scope write requerido");
        assert_eq!(write.faults()[0].finding().rule(), "as2expert.scope");
        let token = invalid_token("nothing");
        assert_eq!((token.msg(), token.kind().status()), ("Invalid token", 401));
        assert_eq!(token.faults()[0].finding().rule(), "as2expert.token");
    }

    #[test]
    fn a_caller_sees_its_own_site() {
        assert!(Caller::of_site("a", &[]).sees("a"));
        assert!(!Caller::of_site("a", &[]).sees("b"));
        assert!(Caller::local().sees("b"));
    }
}
