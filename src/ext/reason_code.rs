//! `reasonCode` of a CRL entry (RFC 5280 §5.3.1): why a certificate was revoked.

use std::fmt;
use std::str::FromStr;

use crate::ext::{Criticality, Extension, ExtensionError};
use crate::oid;
use crate::tlv;

/// Why a certificate was revoked.
///
/// ```asn1
/// CRLReason ::= ENUMERATED {
///     unspecified (0), keyCompromise (1), cACompromise (2), affiliationChanged (3), superseded (4),
///     cessationOfOperation (5), certificateHold (6), -- value 7 is not used --
///     removeFromCRL (8), privilegeWithdrawn (9), aACompromise (10) }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum CrlReason {
    /// `aACompromise` (10): the authority that vouched for an attribute was compromised.
    AaCompromise,
    /// `affiliationChanged` (3): the subject's name or another statement is no longer true.
    AffiliationChanged,
    /// `cACompromise` (2): the private key of a CA was compromised.
    CaCompromise,
    /// `certificateHold` (6): suspended; the only reason that can be taken back.
    CertificateHold,
    /// `cessationOfOperation` (5): no longer needed.
    CessationOfOperation,
    /// `keyCompromise` (1): the private key was compromised.
    KeyCompromise,
    /// `privilegeWithdrawn` (9): the subject lost a privilege that the certificate states.
    PrivilegeWithdrawn,
    /// `removeFromCRL` (8): a hold has ended; in delta CRLs only.
    RemoveFromCrl,
    /// `superseded` (4): another certificate has taken its place.
    Superseded,
    /// `unspecified` (0), which RFC 5280 §5.3.1 has left out of the entry.
    Unspecified,
}

/// The entry extension that carries a reason.
///
/// RFC 5280 §5.3.1 has the extension absent instead of `unspecified`: [`ReasonCode::new`] makes none for it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ReasonCode(CrlReason);

impl CrlReason {
    /// All reasons by code.
    pub const ALL: [Self; 10] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// The code of RFC 5280 §5.3.1.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The reason with this code.
    ///
    /// # Errors
    /// [`ExtensionError::UnknownReason`] for 7 and past 10.
    pub fn from_code(code: u8) -> Result<Self, ExtensionError> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.code() == code)
            .ok_or(ExtensionError::UnknownReason { code })
    }
}

/// The name of RFC 5280 §5.3.1.
impl fmt::Display for CrlReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        })
    }
}

impl FromStr for CrlReason {
    type Err = ExtensionError;

    /// Reads the name of RFC 5280 §5.3.1, letter case ignored.
    fn from_str(text: &str) -> Result<Self, ExtensionError> {
        Self::ALL
            .into_iter()
            .find(|reason| reason.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| ExtensionError::UnknownName {
                element: "reason of revocation",
                found: text.chars().take(80).collect(),
                allowed: Self::ALL.map(|reason| reason.to_string()).join(", "),
            })
    }
}

impl ReasonCode {
    /// The extension's content; nothing for `unspecified`, which is not written.
    #[must_use]
    pub fn new(reason: CrlReason) -> Option<Self> {
        (reason != CrlReason::Unspecified).then_some(Self(reason))
    }

    /// The reason.
    #[must_use]
    pub fn reason(self) -> CrlReason {
        self.0
    }

    /// The extension. RFC 5280 §5.3.1: a non-critical CRL entry extension.
    #[must_use]
    pub fn to_extension(self) -> Extension {
        let value = tlv::write(tlv::ENUMERATED, &[self.0.code()]);
        Extension::raw(oid::CRL_REASON, Criticality::NonCritical, value)
    }

    /// Reads the value of the extension; `unspecified` that is written out is read as it stands.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] and [`ExtensionError::UnknownReason`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let content = tlv::read(octets, tlv::ENUMERATED)
            .map_err(ExtensionError::malformed(oid::CRL_REASON))?;
        match *content {
            [code] => CrlReason::from_code(code).map(Self),
            _ => {
                let reason = format!("a code of {} octets, allowed 1", content.len());
                Err(ExtensionError::malformed_because(oid::CRL_REASON, reason))
            }
        }
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
