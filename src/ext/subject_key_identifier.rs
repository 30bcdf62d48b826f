//! `subjectKeyIdentifier` (RFC 5280 §4.2.1.2): which of the subject's keys this certificate holds.

use std::fmt;

use crate::ext::{Criticality, Extension, ExtensionError};
use crate::key::KeyIdentifier;
use crate::oid;
use crate::tlv;

/// The identifier of the certified key.
///
/// Ours is the SHA-1 of the key (RFC 5280 §4.2.1.2 (1)); another issuer may have chosen other octets, and the
/// certificates below its CA must repeat them.
///
/// ```asn1
/// SubjectKeyIdentifier ::= KeyIdentifier
/// KeyIdentifier ::= OCTET STRING
/// ```
///
/// Invariant: 1 to 64 octets.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SubjectKeyIdentifier(Vec<u8>);

impl SubjectKeyIdentifier {
    /// Octets that someone else has chosen.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] for none or more than 64.
    pub fn from_octets(octets: &[u8]) -> Result<Self, ExtensionError> {
        Self::checked(oid::SUBJECT_KEY_IDENTIFIER, octets)
    }

    /// As [`SubjectKeyIdentifier::from_octets`], blaming the extension that repeats the identifier.
    pub(super) fn checked(blamed: oid::Oid, octets: &[u8]) -> Result<Self, ExtensionError> {
        if !(1..=MAX_OCTETS).contains(&octets.len()) {
            let reason = format!(
                "key identifier of {} octets, allowed 1 to {MAX_OCTETS}",
                octets.len()
            );
            return Err(ExtensionError::malformed_because(blamed, reason));
        }
        Ok(Self(octets.to_vec()))
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The extension. RFC 5280: conforming CAs MUST mark it as non-critical.
    #[must_use]
    pub fn to_extension(&self) -> Extension {
        let value = tlv::write(tlv::OCTET_STRING, &self.0);
        Extension::raw(oid::SUBJECT_KEY_IDENTIFIER, Criticality::NonCritical, value)
    }

    /// Reads the value of the extension.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let content = tlv::read(octets, tlv::OCTET_STRING)
            .map_err(ExtensionError::malformed(oid::SUBJECT_KEY_IDENTIFIER))?;
        Self::from_octets(content)
    }
}

impl From<KeyIdentifier> for SubjectKeyIdentifier {
    fn from(identifier: KeyIdentifier) -> Self {
        Self(identifier.as_bytes().to_vec())
    }
}

/// Upper-case hexadecimal, a colon between octets.
impl fmt::Display for SubjectKeyIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { ":" };
            write!(f, "{separator}{octet:02X}")?;
        }
        Ok(())
    }
}

const MAX_OCTETS: usize = 64;
