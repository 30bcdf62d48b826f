//! Tokens, API keys and passwords of a vendor's customers: of most only the SHA-256 is kept; a secret that something is
//! computed with is kept as it is and never shown.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A secret text as its SHA-256.
///
/// The text itself is gone once this is made, so nothing can show it. Two are compared as hashes: how long that takes
/// tells nothing about the texts.
#[derive(Clone, Eq, PartialEq)]
pub struct TokenHash([u8; 32]);

/// A text that is never shown or written; clones share its octets.
#[derive(Clone, Deserialize)]
#[serde(from = "String")]
pub struct SecretText(Arc<Zeroizing<String>>);

impl TokenHash {
    /// The hash of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The hash's octets, for those who search by them.
    #[must_use]
    pub fn octets(&self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash([elided])")
    }
}

/// Reads the text itself, as a configuration has it.
impl<'de> Deserialize<'de> for TokenHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        if text.is_empty() {
            return Err(serde::de::Error::custom("a secret must not be empty"));
        }
        Ok(Self::of(&text))
    }
}

impl SecretText {
    /// The text.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Arc::new(Zeroizing::new(text)))
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText([elided])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_hash_and_never_shown() {
        let read: TokenHash = serde_json::from_str("\"s3cret\"").unwrap();
        assert_eq!(read, TokenHash::of("s3cret"));
        assert_ne!(read, TokenHash::of("s3creT"));
        assert_eq!(format!("{read:?}"), "TokenHash([elided])");
        assert!(serde_json::from_str::<TokenHash>("\"\"").is_err());
        let text = SecretText::from("s3cret".to_owned());
        assert_eq!(format!("{text:?}"), "SecretText([elided])");
    }
}
