//! What a consumer imports: a certificate or its chain as `.cer`, PEM or `.p7b`, with the private key as `.p12`.
//!
//! Each artefact is read back and compared with what went in before it is handed out.

use std::fmt;
use std::str::FromStr;

use crate::cert::Certificate;
use crate::cms::CmsError;
use crate::pem::PemError;

pub use cer::cer;
pub use p7b::{Encoding, Order, p7b};
pub use pem::{chain, pem};

mod cer;
pub mod handover;
#[cfg(feature = "p12")]
pub mod p12;
mod p7b;
mod pem;
pub(crate) mod text;

/// A kind of file that certificates are handed out in.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Artefact {
    /// The certificate, DER.
    Cer,
    /// The certificate and those that issued it, PEM, leaf first.
    Chain,
    /// The certificate and those that issued it, PKCS #7 DER, leaf first.
    P7b,
    /// The same as PEM.
    P7bPem,
    /// The certificate, PEM.
    Pem,
}

/// Why an artefact is not handed out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// The PKCS #7 message cannot be made.
    #[error("PKCS #7 message cannot be made")]
    Cms(#[from] CmsError),
    /// No certificate was given.
    #[error("no certificate for a {artefact} file, at least one is required")]
    Empty {
        /// What was to be made.
        artefact: Artefact,
    },
    /// What was written does not read as what went in.
    #[error("{artefact} file does not read back as what was written")]
    Mismatch {
        /// What was made.
        artefact: Artefact,
    },
    /// What was written cannot be read.
    #[error("PEM file cannot be read back")]
    Pem(#[from] PemError),
    /// A certificate does not follow from the one before it.
    #[error("certificate {position} of the chain is {found}, expected {expected}")]
    Unchained {
        /// Certificates before it.
        position: usize,
        /// Its subject.
        found: String,
        /// The issuer of the certificate before it.
        expected: String,
    },
    /// A name of no artefact.
    #[error("{found:?} is no artefact, allowed {}", names())]
    UnknownArtefact {
        /// The name found, at most 80 characters of it.
        found: String,
    },
}

/// Writes an artefact of a chain, leaf first; the single-certificate kinds take the leaf.
///
/// # Errors
/// Every variant of [`BundleError`] but [`BundleError::UnknownArtefact`].
pub fn write(artefact: Artefact, leaf_first: &[Certificate]) -> Result<Vec<u8>, BundleError> {
    let leaf = leaf_first.first().ok_or(BundleError::Empty { artefact })?;
    match artefact {
        Artefact::Cer => cer(leaf),
        Artefact::Chain => chain(leaf_first).map(String::into_bytes),
        Artefact::P7b => p7b(leaf_first, Encoding::Der, Order::LeafFirst),
        Artefact::P7bPem => p7b(leaf_first, Encoding::Pem, Order::LeafFirst),
        Artefact::Pem => pem(leaf).map(String::into_bytes),
    }
}

impl Artefact {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Cer, Self::Pem, Self::Chain, Self::P7b, Self::P7bPem];

    /// What follows the file's stem and a dot; no two kinds share it.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Cer => "cer",
            Self::Chain => "chain.pem",
            Self::P7b => "p7b",
            Self::P7bPem => "pem.p7b",
            Self::Pem => "pem",
        }
    }
}

/// The name that [`FromStr`] reads.
impl fmt::Display for Artefact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cer => "cer",
            Self::Chain => "chain",
            Self::P7b => "p7b",
            Self::P7bPem => "p7b-pem",
            Self::Pem => "pem",
        })
    }
}

impl FromStr for Artefact {
    type Err = BundleError;

    /// Reads one name: `cer`, `pem`, `chain`, `p7b` or `p7b-pem`.
    fn from_str(text: &str) -> Result<Self, BundleError> {
        Self::ALL
            .into_iter()
            .find(|artefact| artefact.to_string() == text)
            .ok_or_else(|| BundleError::UnknownArtefact {
                found: text.chars().take(80).collect(),
            })
    }
}

fn names() -> String {
    Artefact::ALL
        .map(|artefact| artefact.to_string())
        .join(", ")
}

#[cfg(test)]
mod tests;
