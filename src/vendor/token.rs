//! Tokens, API keys and passwords of a vendor's customers: only their SHA-256 is kept.

use std::fmt;

use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A secret text as its SHA-256.
///
/// The text itself is gone once this is made, so nothing can show it. Two are compared as hashes: how long that takes
/// tells nothing about the texts.
#[derive(Clone, Eq, PartialEq)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// The hash of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
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
    }
}
