//! EnOS (Envision Digital): device certificates as `POST /connect-service/v2.0/certificates?action=apply` and its
//! siblings renew, revoke and list issue and answer them.
//!
//! The source is the vendor's page *Apply Certificate* and its sibling pages. Where they are silent, the reading that
//! is taken stands at the rule. The way of a request:
//!
//! ```text
//! access   Caller        <- signature of the call, where applications are configured
//! wire     ApplyRequest  <- JSON, query, CSV cells, flags, a folder of requests
//! check    CheckedApply  <- device named, validDay, issueAuthority, CSR read and believed, subject, key
//! order    Placed        <- device known, product allows it, nothing bound elsewhere, lifetime clamped
//! prepare  (issuer)         refusal_of_findings maps what the profile finds
//! reply    Reply         <- the vendor's JSON, accepted or refused
//! ```
//!
//! [`ApplyRequest`]: wire::ApplyRequest
//! [`CheckedApply`]: check::CheckedApply

use std::fmt;

use serde::{Deserialize, Serialize};

pub mod access;
pub mod again;
pub mod check;
pub mod config;
pub mod error;
pub mod judge;
pub mod legacy;
pub mod list;
pub mod near_miss;
pub mod order;
pub mod profile;
pub mod renew;
pub mod reply;
pub mod revoke;
pub mod rules;
pub mod shape;
pub mod terms;
pub mod wire;
pub mod world;

mod subject;

/// The name by which this vendor goes in configuration, ledger and commands.
pub const NAME: &str = "enos";

/// `validDay` of a request that gives none (vendor page *Apply Certificate*, `validDay`).
pub const DEFAULT_VALID_DAYS: u32 = 730;

/// Which of the vendor's two roots issues (vendor page *Apply Certificate*, `issueAuthority`).
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[non_exhaustive]
pub enum Authority {
    /// RSA-2048 keys, `sha256WithRSAEncryption`.
    #[default]
    #[serde(rename = "RSA")]
    Rsa,
    /// P-256 keys (`prime256v1`), `ecdsa-with-SHA256`.
    #[serde(rename = "ECC")]
    Ecc,
}

impl Authority {
    /// Both authorities.
    pub const ALL: [Self; 2] = [Self::Rsa, Self::Ecc];

    /// The authority of this name, letter case ignored as the page says; `None` for any other name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|authority| authority.as_str().eq_ignore_ascii_case(name))
    }

    /// The name as replies write it: upper case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "RSA",
            Self::Ecc => "ECC",
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
