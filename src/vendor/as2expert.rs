//! AS2Expert: self-signed certificates of a station, by `POST /api/v1/certificates/create`, with list, detail and the
//! lifecycle view.
//!
//! The source is the vendor's page *X.509 Certificates* with its neighbours on authentication, errors and stations.
//! Where they are silent, the reading that is taken stands at the rule. The way of a request:
//!
//! ```text
//! access     Caller         <- bearer token: which site, which scopes
//! wire       CreateRequest  <- JSON, or a row of texts
//! check      CheckedCreate  <- station named, subject fields, dias, keybits, hash
//! order      Placed         <- station known; its defaults; an order that waits for its key
//! prepare    (issuer)          Refusal::from_findings says what the profile finds
//! lifecycle  Lifecycle      <- what a station uses now and next, and which partners that touches
//! reply      Reply          <- the vendor's JSON; error::Refusal has the one of refusals
//! ```
//!
//! [`Caller`]: access::Caller
//! [`CheckedCreate`]: check::CheckedCreate
//! [`CreateRequest`]: wire::CreateRequest
//! [`Lifecycle`]: lifecycle::Lifecycle
//! [`Placed`]: order::Placed
//! [`Reply`]: reply::Reply

use std::fmt;

use crate::key::SignatureAlgorithm;

pub mod access;
pub mod check;
pub mod config;
pub mod error;
pub mod judge;
pub mod lifecycle;
pub mod near_miss;
pub mod operation;
pub mod order;
pub mod partners;
pub mod profile;
pub mod read;
pub mod reply;
pub mod rollover;
pub mod rules;
pub mod shape;
pub mod stations;
pub mod terms;
pub mod wire;
pub mod world;

/// The name by which this vendor goes in configuration, ledger and commands.
pub const NAME: &str = "as2expert";

/// `dias` of a request that gives none (vendor page, *Request body*).
pub const DEFAULT_DAYS: u32 = 365;

/// `keybits` of a request that gives none (vendor page, *Request body*).
pub const DEFAULT_KEY_BITS: u32 = 2048;

/// `countryName` where neither request nor station has one, as in the answer of the vendor's page.
pub const DEFAULT_COUNTRY: &str = "ES";

/// `localityName` where neither request nor station has one, as in the answer of the vendor's page.
pub const DEFAULT_LOCALITY: &str = "Madrid";

/// `hash`: what a certificate is hashed with before it is signed.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-1; only where the workspace allows it.
    Sha1,
    /// SHA-256, the page's example.
    #[default]
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl HashAlgorithm {
    /// Every hash.
    pub const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The hash of this name, letter case ignored.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|hash| hash.as_str().eq_ignore_ascii_case(name))
    }

    /// The name as the page writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// The signature of an RSA key with this hash.
    #[must_use]
    pub fn signature_algorithm(self) -> SignatureAlgorithm {
        match self {
            Self::Sha1 => SignatureAlgorithm::Sha1WithRsa,
            Self::Sha256 => SignatureAlgorithm::Sha256WithRsa,
            Self::Sha384 => SignatureAlgorithm::Sha384WithRsa,
            Self::Sha512 => SignatureAlgorithm::Sha512WithRsa,
        }
    }

    /// The hash of a signature.
    #[must_use]
    pub fn of_signature(algorithm: SignatureAlgorithm) -> Self {
        match algorithm {
            SignatureAlgorithm::Sha1WithRsa => Self::Sha1,
            SignatureAlgorithm::Sha384WithRsa => Self::Sha384,
            SignatureAlgorithm::Sha512WithRsa => Self::Sha512,
            SignatureAlgorithm::Sha256WithRsa | SignatureAlgorithm::EcdsaWithSha256 => Self::Sha256,
        }
    }
}

impl fmt::Display for HashAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
