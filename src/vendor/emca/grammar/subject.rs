//! `subjectDNOids`: `oid|value` joined by `~`, in the order of the certificate.

use super::names::identifier;
use super::{GrammarError, parts};
use crate::oid::Oid;

/// Attributes of the longest string that is read.
pub const MAX_ATTRIBUTES: usize = 64;

/// One attribute of a subject: its type and its text; the string type is the profile's to choose.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubjectPart {
    /// The attribute type.
    pub oid: Oid,
    /// The value.
    pub value: String,
    /// Characters before the value in the vendor's string.
    pub position: usize,
}

/// Reads a subject. Blanks inside an identifier are taken out; a value keeps its own. How long a value may be and which
/// attributes must be there is the profile's to say.
///
/// # Errors
/// [`GrammarError`], also for a `|` inside a value: nearly always a `~` before it went missing.
pub fn subject_dn_oids(text: &str) -> Result<Vec<SubjectPart>, GrammarError> {
    let found: Result<Vec<_>, _> = parts(text, '~')
        .take(MAX_ATTRIBUTES + 1)
        .map(|(at, part)| {
            let (oid, value) = part.split_once('|').ok_or_else(|| {
                GrammarError::at(at, "no | between an object identifier and its value")
            })?;
            let position = at + oid.chars().count() + 1;
            let oid = identifier((at, oid))?;
            if let Some(offset) = value.chars().position(|c| c == '|') {
                let reason = "a second | in one attribute: a ~ before it is missing";
                return Err(GrammarError::at(position + offset, reason));
            }
            if let Some(offset) = value.chars().position(char::is_control) {
                return Err(GrammarError::at(position + offset, "a control character"));
            }
            if value.trim().is_empty() {
                return Err(GrammarError::at(position, format!("{oid} has no value")));
            }
            Ok(SubjectPart {
                oid,
                value: value.to_owned(),
                position,
            })
        })
        .collect();
    let found = found?;
    if found.len() > MAX_ATTRIBUTES {
        let reason = format!("more than {MAX_ATTRIBUTES} attributes");
        return Err(GrammarError::at(0, reason));
    }
    Ok(found)
}
