//! Where a log ends, to be kept elsewhere.

use std::fmt;
use std::str::FromStr;

/// Where the log ends: written down elsewhere, it proves later that the log was not rewritten.
///
/// Its text is the entry's number, a colon and the hash in hexadecimal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair that is kept elsewhere")]
pub struct AuditHead {
    /// The number of the last entry, 0 for a log without entries.
    pub number: u64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// A text that is no head of an audit log.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{found:?} is no head of an audit log: expected a number, a colon and 64 hexadecimal digits"
)]
pub struct AuditHeadError {
    found: String,
}

impl fmt::Display for AuditHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.number)?;
        self.hash
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl FromStr for AuditHead {
    type Err = AuditHeadError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || AuditHeadError {
            found: text.chars().take(80).collect(),
        };
        let (number, digits) = text.split_once(':').ok_or_else(error)?;
        let octet = |at: usize| {
            let pair = digits.get(at..at + 2)?;
            let plain = pair.bytes().all(|digit| digit.is_ascii_hexdigit());
            plain.then(|| u8::from_str_radix(pair, 16).ok())?
        };
        let octets: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(octet).collect();
        let hash = octets.and_then(|octets| octets.try_into().ok());
        Ok(Self {
            number: number.parse().map_err(|_| error())?,
            hash: hash.ok_or_else(error)?,
        })
    }
}
