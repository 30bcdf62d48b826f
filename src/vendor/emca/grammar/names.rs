//! `sANValues`: `type=value` joined by `|`, types may repeat.

use std::net::IpAddr;

use super::{GrammarError, parts};
use crate::general_name::{GeneralName, GeneralNameError};
use crate::name::Name;
use crate::oid::Oid;

/// Names of the longest string that is read.
pub const MAX_NAMES: usize = 100;

/// Reads alternative names in their order; an empty text is none.
///
/// Types go by RFC 5280's names, letter case ignored: `rfc822Name`, `dNSName`, `iPAddress`, `registeredID` as the
/// vendor has them, and `uniformResourceIdentifier` and `directoryName` (RFC 4514). Blanks inside an identifier are
/// taken out, for the vendor's own page is wrapped there; anywhere else they are part of the value.
///
/// # Errors
/// [`GrammarError`].
pub fn subject_alt_names(text: &str) -> Result<Vec<GeneralName>, GrammarError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let names: Result<Vec<_>, _> = parts(text, '|')
        .map(|(at, part)| {
            let (kind, value) = part.split_once('=').ok_or_else(|| {
                GrammarError::at(at, "no = between the type of a name and its value")
            })?;
            let start = at + kind.chars().count() + 1;
            let name = alt_name((at, kind), (start, value))?;
            name.ok_or_else(|| {
                GrammarError::at(
                    at,
                    format!(
                        "{kind:?} is no type of a name, allowed {}",
                        KINDS.join(", ")
                    ),
                )
            })
        })
        .take(MAX_NAMES + 1)
        .collect();
    let names = names?;
    if names.len() > MAX_NAMES {
        return Err(GrammarError::at(0, format!("more than {MAX_NAMES} names")));
    }
    Ok(names)
}

/// One name of a type; `None` when there is no such type.
pub(super) fn alt_name(
    (_, kind): (usize, &str),
    (at, value): (usize, &str),
) -> Result<Option<GeneralName>, GrammarError> {
    let known = KINDS
        .iter()
        .find(|known| kind.trim().eq_ignore_ascii_case(known));
    let Some(known) = known else {
        return Ok(None);
    };
    if value.trim().is_empty() {
        return Err(GrammarError::at(at, format!("{known} has no value")));
    }
    let refused = |error: GeneralNameError| {
        let reason = match error {
            GeneralNameError::Content { expected, .. } => expected.to_owned(),
            other => other.to_string(),
        };
        GrammarError::at(at, reason)
    };
    let name =
        match *known {
            "rfc822Name" => GeneralName::rfc822_name(value).map_err(refused)?,
            "dNSName" => GeneralName::dns_name(value).map_err(refused)?,
            "iPAddress" => GeneralName::IpAddress(value.parse::<IpAddr>().map_err(|_| {
                GrammarError::at(at, "an address is written 192.0.2.1 or 2001:db8::1")
            })?),
            "registeredID" => GeneralName::RegisteredId(identifier((at, value))?),
            "uniformResourceIdentifier" => GeneralName::uri(value).map_err(refused)?,
            _ => GeneralName::DirectoryName(directory_name((at, value))?),
        };
    Ok(Some(name))
}

fn directory_name((at, value): (usize, &str)) -> Result<Name, GrammarError> {
    let name: Name = value
        .parse()
        .map_err(|error: crate::name::NameError| GrammarError::at(at, error))?;
    if name.is_empty() {
        return Err(GrammarError::at(at, "a name without attributes"));
    }
    Ok(name)
}

/// An object identifier, blanks taken out.
pub(super) fn identifier((at, text): (usize, &str)) -> Result<Oid, GrammarError> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(offset) = text
        .chars()
        .position(|c| !(c.is_ascii_digit() || c == '.' || c.is_whitespace()))
    {
        let found = text.chars().nth(offset).unwrap_or_default();
        let reason = format!("{found:?} in an object identifier");
        return Err(GrammarError::at(at + offset, reason));
    }
    compact.parse().map_err(|_| {
        GrammarError::at(
            at,
            "an object identifier is written in dotted decimal, such as 2.5.4.3",
        )
    })
}

const KINDS: &[&str] = &[
    "rfc822Name",
    "dNSName",
    "iPAddress",
    "registeredID",
    "uniformResourceIdentifier",
    "directoryName",
];
