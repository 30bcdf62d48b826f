//! emCA (eMudhra): certificates as `POST /emCAServices/rest/createCustomerCertificateById` and its siblings issue and
//! answer them.
//!
//! The source is the vendor's page *API Method - createCustomCertificateById*, its sibling pages and its notes on
//! authentication keys. Where they are silent, the reading that is taken stands at the rule. The way of a request:
//!
//! ```text
//! envelope  Sealed        <- {"requestData", "userName"}; AES-256 with the user's key
//! wire      Request       <- the decrypted object, every field as it came
//! caller    Authenticated <- user, password, emKey, source address
//! world     Earlier          this applicationId was answered before: the same octets again
//! check     Checked       <- signature of the registered certificate, CSR, validity, names
//! order     Placed        <- profile and CA allow it
//! prepare   (issuer)         Refusal::from_findings tells what the profile finds
//! reply     Reply         <- the vendor's JSON, success or failure
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::bundle::Artefact;

pub mod caller;
pub mod check;
pub mod config;
pub mod envelope;
pub mod error;
pub mod grammar;
pub mod judge;
pub mod near_miss;
pub mod order;
pub mod profile;
pub mod reply;
pub mod rules;
pub mod shape;
pub mod sibling;
pub mod wire;
pub mod world;

mod content;
mod subject;

/// The name by which this vendor goes in configuration, ledger and commands.
pub const NAME: &str = "emca";

/// The calls, by the last part of their path (base `/emCAServices/rest/`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Method {
    /// Profile by its id, subject and names from strings, `.cer` or P7B by a field.
    CreateCustomCertificateById,
    /// Profile by its id, subject from the request, `.cer`.
    CreateCertificateById,
    /// The same, P7B.
    CreateCertificateP7bById,
    /// A key pair is made here; subject, key size and password stand in the signed text.
    CreatePkcs12ById,
    /// As [`Method::CreateCertificateById`], the profile by its name and its validity the profile's.
    CreateCertificate,
    /// As [`Method::CreateCertificateP7bById`], in the same way.
    CreateCertificateP7b,
    /// As [`Method::CreatePkcs12ById`], in the same way.
    CreatePkcs12,
    /// As [`Method::CreateCustomCertificateById`], for callers who check requests themselves: nobody releases it, and a
    /// user who may send bare requests may send one as `signature`.
    CreateEsignCustomCertificateById,
    /// The end of a certificate before its time.
    Revoke,
    /// A certificate on hold.
    Suspend,
    /// A certificate by its serial number.
    GetCertificate,
    /// The profiles of a CA.
    GetCertificateProfileList,
    /// One profile by its name.
    GetProfileInfoByProfileName,
}

/// What `result` holds: one certificate, the certificate with those that issued it, or these with the key.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// DER of the certificate (`isP7BRequest` "false").
    Cer,
    /// A PKCS #7 message with leaf and issuing chain (`isP7BRequest` "true").
    P7b,
    /// A PKCS #12 file with the key that was made here, leaf and issuing chain.
    P12,
}

impl Method {
    /// Every call.
    pub const ALL: [Self; 13] = [
        Self::CreateCustomCertificateById,
        Self::CreateCertificateById,
        Self::CreateCertificateP7bById,
        Self::CreatePkcs12ById,
        Self::CreateCertificate,
        Self::CreateCertificateP7b,
        Self::CreatePkcs12,
        Self::CreateEsignCustomCertificateById,
        Self::Revoke,
        Self::Suspend,
        Self::GetCertificate,
        Self::GetCertificateProfileList,
        Self::GetProfileInfoByProfileName,
    ];

    /// The call of this path's last part; the pages write the custom ones both ways, Custom in their titles and Customer
    /// in their URLs.
    #[must_use]
    pub fn from_path(last: &str) -> Option<Self> {
        let known = Self::ALL.into_iter();
        let title = |method: &Self| method.as_str().replace("Customer", "Custom") == last;
        known
            .clone()
            .find(|method| method.as_str() == last)
            .or_else(|| known.clone().find(title))
    }

    /// The path's last part, as the page's URL has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateCustomCertificateById => "createCustomerCertificateById",
            Self::CreateCertificateById => "createCertificateById",
            Self::CreateCertificateP7bById => "createCertificateP7BById",
            Self::CreatePkcs12ById => "createPKCS12ById",
            Self::CreateCertificate => "createCertificate",
            Self::CreateCertificateP7b => "createCertificateP7B",
            Self::CreatePkcs12 => "createPKCS12",
            Self::CreateEsignCustomCertificateById => "createeSignCustomerCertificateById",
            Self::Revoke => "revoke",
            Self::Suspend => "suspend",
            Self::GetCertificate => "getCertificate",
            Self::GetCertificateProfileList => "getCertificateProfileList",
            Self::GetProfileInfoByProfileName => "getProfileInfoByProfileName",
        }
    }

    /// The vendor's page of it; some calls share one.
    pub(crate) fn page(self) -> &'static str {
        match self {
            Self::CreateCustomCertificateById => error::PAGE,
            Self::CreateCertificateById | Self::CreateCertificateP7bById => {
                "emCA, createCertificateById and createCertificateP7BById"
            }
            Self::CreatePkcs12ById | Self::CreatePkcs12 => {
                "emCA, createPKCS12 and createPKCS12ById"
            }
            Self::CreateCertificate | Self::CreateCertificateP7b => {
                "emCA, createCertificate and createCertificateP7B"
            }
            Self::CreateEsignCustomCertificateById => "emCA, createeSignCustomCertificateById",
            Self::Revoke => "emCA, revoke",
            Self::Suspend => "emCA, suspend",
            Self::GetCertificate => "emCA, getCertificate",
            Self::GetCertificateProfileList => "emCA, getCertificateProfileList",
            Self::GetProfileInfoByProfileName => "emCA, getProfileInfoByProfileName",
        }
    }

    /// Whether it brings forth a certificate, and so takes an `applicationId`.
    #[must_use]
    pub fn creates(self) -> bool {
        matches!(
            self,
            Self::CreateCustomCertificateById
                | Self::CreateCertificateById
                | Self::CreateCertificateP7bById
                | Self::CreatePkcs12ById
                | Self::CreateCertificate
                | Self::CreateCertificateP7b
                | Self::CreatePkcs12
                | Self::CreateEsignCustomCertificateById
        )
    }

    /// Whether the key pair is made here, and `result` is a PFX.
    #[must_use]
    pub fn makes_key(self) -> bool {
        matches!(self, Self::CreatePkcs12ById | Self::CreatePkcs12)
    }

    /// Whether it names the profile by `profileName`, and takes no `validity`.
    #[must_use]
    pub fn names_profile(self) -> bool {
        matches!(
            self,
            Self::CreateCertificate | Self::CreateCertificateP7b | Self::CreatePkcs12
        )
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Cer, Self::P7b, Self::P12];

    /// The name in configuration and ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cer => "cer",
            Self::P7b => "p7b",
            Self::P12 => "p12",
        }
    }

    /// What is written of a chain, whenever it is asked for; none for a PFX, which is kept, as its salts are drawn anew
    /// whenever one is written.
    #[must_use]
    pub fn artefact(self) -> Option<Artefact> {
        match self {
            Self::Cer => Some(Artefact::Cer),
            Self::P7b => Some(Artefact::P7b),
            Self::P12 => None,
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
