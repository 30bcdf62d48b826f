//! Why an operation gives nothing.

use core::fmt;

/// Why one job of a batch gives nothing; the others are not touched by it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The two halves of an RSA private-key operation do not verify: a fault, or a key whose parts do not belong
    /// together. What was computed is not given out.
    Fault,
    /// Parts of a key contradict each other, or a number is outside its range.
    Key,
    /// The `DigestInfo` does not fit into the modulus with eight octets of padding (RFC 8017 §9.2).
    MessageTooLong,
    /// The source of random numbers failed, or gave what no random source gives.
    Random,
    /// The signature does not verify.
    Signature,
    /// The processor has no AVX-512 IFMA, or the build is for another architecture.
    Unavailable,
    /// A modulus or a public exponent of a size that has no kernel.
    UnsupportedSize {
        /// Bits of what was given.
        actual_bits: u32,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault => f.write_str("the private-key operation does not verify"),
            Self::Key => f.write_str("the parts of the key contradict each other"),
            Self::MessageTooLong => f.write_str("the digest is too long for the modulus"),
            Self::Random => f.write_str("the source of random numbers failed"),
            Self::Signature => f.write_str("the signature does not verify"),
            Self::Unavailable => f.write_str("the processor has no AVX-512 IFMA"),
            Self::UnsupportedSize { actual_bits } => {
                write!(f, "no kernel for a number of {actual_bits} bits")
            }
        }
    }
}

impl core::error::Error for Error {}
