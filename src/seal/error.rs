//! Why a file cannot be sealed or opened.

use std::error::Error;
use std::io;

/// Why a file cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A chunk is not what was sealed.
    #[error("the sealed file was changed")]
    Changed,
    /// The file ends in the middle of a chunk.
    #[error("the sealed file is cut off")]
    CutOff,
    /// The file does not begin as one that a passphrase opens.
    #[error("no file that was sealed with a passphrase: {what}")]
    Header {
        /// What stands in the way.
        what: &'static str,
    },
    /// The file cannot be read or written.
    #[error("the sealed file cannot be read or written")]
    Io(#[source] io::Error),
    /// The scrypt function refused its parameters or its memory.
    #[error("the passphrase cannot be stretched: {reason}")]
    Kdf {
        /// What it said.
        reason: String,
    },
    /// The passphrase is not the one that it was sealed with.
    #[error("the passphrase does not open the file")]
    Passphrase,
    /// No random octets.
    #[error("the random number generator failed")]
    Rng(#[source] Box<dyn Error + Send + Sync>),
    /// Opening would cost more than is granted.
    #[error("the file asks for a work factor of 2^{found}, allowed are at most 2^{allowed}")]
    WorkFactor {
        /// The logarithm to base 2 that was found.
        found: u8,
        /// The highest that is accepted.
        allowed: u8,
    },
}
