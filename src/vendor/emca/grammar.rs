//! The vendor's strings: validity, start, alternative names, subject. Each refusal says where and why.

use std::fmt;

pub use names::{MAX_NAMES, subject_alt_names};
pub use subject::{MAX_ATTRIBUTES, SubjectPart, subject_dn_oids};
pub use time::{MAX_DAYS, UtcOffset, valid_from, validity};

mod names;
mod subject;
mod time;

/// Why a text is not of its form.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("at character {position}: {reason}")]
pub struct GrammarError {
    position: usize,
    reason: String,
}

impl GrammarError {
    /// Characters before the fault.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// What is wrong there.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    fn at(position: usize, reason: impl fmt::Display) -> Self {
        Self {
            position,
            reason: reason.to_string(),
        }
    }
}

/// `true` or `false`, letter case ignored.
///
/// # Errors
/// [`GrammarError`].
pub fn flag(text: &str) -> Result<bool, GrammarError> {
    if text.eq_ignore_ascii_case("true") {
        return Ok(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Ok(false);
    }
    Err(GrammarError::at(0, "neither true nor false"))
}

/// Parts of a text between separators, each with the characters before it.
fn parts(text: &str, separator: char) -> impl Iterator<Item = (usize, &str)> {
    text.split(separator).scan(0, |start, part| {
        let at = *start;
        *start += part.chars().count() + 1;
        Some((at, part))
    })
}

#[cfg(test)]
mod tests;
