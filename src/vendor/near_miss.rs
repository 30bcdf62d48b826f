//! Files that break one rule each, for those who test what verifies: a certificate, a chain, a request or a body that is
//! as the vendor's are but for one thing.
//!
//! A well-formed certificate comes of the same orders and profiles that issue; one field of it is changed, and it is
//! signed. The clock and the random number generator are arguments: the same ones give the same files.

use rand_core::TryCryptoRng;
use serde::Serialize;

use crate::cert::CertificateError;
use crate::ext::ExtensionError;
use crate::general_name::GeneralNameError;
use crate::issuer::IssuerError;
use crate::key;
use crate::key::{KeyAlgorithm, KeyError, KeyPair};
use crate::lint::{Finding, Findings};
use crate::name::NameError;
use crate::profile::ProfileError;
use crate::request::RequestError;
use crate::serial::SerialNumberError;
use crate::time::TimeError;

pub(super) use authority::Authority;
pub(super) use collector::Collector;
pub(super) use template::{Draft, Template};

mod authority;
mod collector;
mod request;
mod template;

pub(super) use request::{forged, request_of, weak_request};

/// A file that breaks one rule.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NearMiss {
    rule: &'static str,
    broken: &'static str,
    form: Form,
    octets: Vec<u8>,
}

/// What a near-miss is written as.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The vendor's JSON.
    Body,
    /// PEM of a certificate.
    Certificate,
    /// PEM of certificates.
    Chain,
    /// PEM of a certification request.
    Request,
}

/// Why near-misses cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NearMissError {
    /// A certificate cannot be put together.
    #[error("certificate cannot be put together")]
    Certificate(#[from] CertificateError),
    /// An extension cannot be.
    #[error("extension cannot be written")]
    Extension(#[from] ExtensionError),
    /// The well-formed certificate has findings.
    #[error("the certificate to start from is not well formed")]
    Findings(#[from] Findings),
    /// A name cannot be.
    #[error("alternative name cannot be written")]
    GeneralName(#[from] GeneralNameError),
    /// The CA cannot issue.
    #[error("the CA to start from cannot issue")]
    Issuer(#[from] IssuerError),
    /// A key cannot be made or used.
    #[error("key cannot be used")]
    Key(#[from] KeyError),
    /// A name cannot be.
    #[error("name cannot be written")]
    Name(#[from] NameError),
    /// A profile cannot be.
    #[error("profile cannot be used")]
    Profile(#[from] ProfileError),
    /// A request cannot be made.
    #[error("certification request cannot be made")]
    Request(#[from] RequestError),
    /// A serial number cannot be.
    #[error("serial number cannot be used")]
    Serial(#[from] SerialNumberError),
    /// The settings of the vendor's defaults cannot be.
    #[error("settings cannot be used")]
    Settings(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The moment lies too near to 1970 or to the year 10000 for the periods around it.
    #[error("period cannot be used")]
    Time(#[from] TimeError),
}

impl NearMiss {
    /// The rule that it breaks.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// What was broken, in words.
    #[must_use]
    pub fn broken(&self) -> &'static str {
        self.broken
    }

    /// What it is written as.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// The file's octets.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

impl Form {
    /// The ending of a file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Body => "json",
            Self::Certificate => "cert.pem",
            Self::Chain => "chain.pem",
            Self::Request => "csr.pem",
        }
    }
}

impl From<Finding> for NearMissError {
    fn from(finding: Finding) -> Self {
        Self::Findings(finding.into())
    }
}

/// As many keys as an array has.
pub(super) fn keys<const N: usize, R: TryCryptoRng + ?Sized>(
    algorithm: KeyAlgorithm,
    rng: &mut R,
) -> Result<[KeyPair; N], NearMissError> {
    let made: Result<Vec<_>, _> = key::generate(algorithm, N, rng).into_iter().collect();
    // A generator that gives fewer keys than asked for has failed.
    made?.try_into().map_err(|_| KeyError::Rng.into())
}

#[cfg(test)]
mod tests;
