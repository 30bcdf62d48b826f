//! A digest over the rows of a job, which tells whether a later run reads the same ones.

use std::fmt::Write;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// SHA-256 over the digest of the rows before and that of a row, from 32 zero octets on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::batch) struct Chain([u8; 32]);

impl Chain {
    /// With one more row, by its digest.
    #[must_use]
    pub(in crate::batch) fn with(self, row: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        hash.update(row);
        Self(hash.finalize().into())
    }
}

impl Serialize for Chain {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let octet = |at: usize| {
            let digits = text.get(2 * at..2 * at + 2)?;
            u8::from_str_radix(digits, 16).ok()
        };
        let octets: Option<Vec<u8>> = (0..32).map(octet).collect();
        let octets = octets.and_then(|octets| <[u8; 32]>::try_from(octets).ok());
        match octets {
            Some(octets) if text.len() == 64 => Ok(Self(octets)),
            _ => Err(de::Error::custom("a digest has 64 hexadecimal digits")),
        }
    }
}

/// Lower-case hexadecimal digits.
pub(in crate::batch) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        // Writing to a string does not fail.
        let _infallible = write!(text, "{octet:02x}");
        text
    })
}
