//! `authorityKeyIdentifier` (RFC 5280 §4.2.1.1): which of the issuer's keys signed.

use std::fmt;

use crate::ext::{Criticality, Extension, ExtensionError, SubjectKeyIdentifier, read_elements};
use crate::general_name::GeneralName;
use crate::name::Name;
use crate::oid;
use crate::serial::SerialNumber;
use crate::tlv;

/// Which of the issuer's keys signed: by its identifier, by the issuer's certificate, or both.
///
/// ```asn1
/// AuthorityKeyIdentifier ::= SEQUENCE {
///     keyIdentifier             [0] KeyIdentifier            OPTIONAL,
///     authorityCertIssuer       [1] GeneralNames             OPTIONAL,
///     authorityCertSerialNumber [2] CertificateSerialNumber  OPTIONAL }
/// ```
///
/// Invariant: the identifier, or issuer and serial number, or all three; the issuer is one directoryName.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct AuthorityKeyIdentifier {
    key_identifier: Option<SubjectKeyIdentifier>,
    issuer_and_serial: Option<(Name, SerialNumber)>,
}

impl AuthorityKeyIdentifier {
    /// `keyIdentifier` alone; RFC 5280 §4.2.1.1 has it equal the issuer's subjectKeyIdentifier.
    #[must_use]
    pub fn new(key_identifier: SubjectKeyIdentifier) -> Self {
        Self {
            key_identifier: Some(key_identifier),
            issuer_and_serial: None,
        }
    }

    /// `keyIdentifier`, and the issuer and serial number of the issuer's own certificate.
    #[must_use]
    pub fn with_issuer(
        key_identifier: SubjectKeyIdentifier,
        issuer: Name,
        serial: SerialNumber,
    ) -> Self {
        Self {
            key_identifier: Some(key_identifier),
            issuer_and_serial: Some((issuer, serial)),
        }
    }

    /// `keyIdentifier`.
    #[must_use]
    pub fn key_identifier(&self) -> Option<&SubjectKeyIdentifier> {
        self.key_identifier.as_ref()
    }

    /// Issuer and serial number of the issuer's certificate.
    #[must_use]
    pub fn issuer_and_serial(&self) -> Option<(&Name, &SerialNumber)> {
        self.issuer_and_serial
            .as_ref()
            .map(|(issuer, serial)| (issuer, serial))
    }

    /// The extension. RFC 5280: conforming CAs MUST mark it as non-critical.
    #[must_use]
    pub fn to_extension(&self) -> Extension {
        let Self {
            key_identifier,
            issuer_and_serial,
        } = self;
        let mut content = Vec::new();
        if let Some(identifier) = key_identifier {
            content.extend(tlv::write(tlv::context(0), identifier.as_bytes()));
        }
        if let Some((issuer, serial)) = issuer_and_serial {
            let issuer = GeneralName::DirectoryName(issuer.clone()).to_der();
            content.extend(tlv::write(tlv::context_constructed(1), &issuer));
            let serial = tlv::integer_content(serial.as_be_bytes());
            content.extend(tlv::write(tlv::context(2), &serial));
        }
        let value = tlv::write(tlv::SEQUENCE, &content);
        Extension::raw(
            oid::AUTHORITY_KEY_IDENTIFIER,
            Criticality::NonCritical,
            value,
        )
    }

    /// Whether the value of the extension begins with a key identifier, as far as it is one at all.
    pub(crate) fn value_has_key(octets: &[u8]) -> bool {
        let content = tlv::read(octets, tlv::SEQUENCE);
        let reader = content.and_then(tlv::Reader::new);
        reader.is_ok_and(|reader| reader.is_next(tlv::context(0)))
    }

    /// Reads the value of the extension.
    ///
    /// # Errors
    /// [`ExtensionError::Empty`], [`ExtensionError::GeneralName`], [`ExtensionError::Malformed`], and
    /// [`ExtensionError::Unsupported`] for an issuer that is not one directoryName.
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let malformed = ExtensionError::malformed(oid::AUTHORITY_KEY_IDENTIFIER);
        let content = tlv::read(octets, tlv::SEQUENCE).map_err(&malformed)?;
        let mut reader = tlv::Reader::new(content).map_err(&malformed)?;
        let identifier = reader.optional(tlv::context(0)).map_err(&malformed)?;
        let issuer = reader
            .optional(tlv::context_constructed(1))
            .map_err(&malformed)?;
        let serial = reader.optional(tlv::context(2)).map_err(&malformed)?;
        reader.finish().map_err(&malformed)?;
        let issuer_and_serial = match (issuer, serial) {
            (None, None) => None,
            (Some(issuer), Some(serial)) => Some((read_issuer(issuer)?, read_serial(serial)?)),
            // RFC 5280 appendix A.2: both MUST be present or both be absent.
            _ => return Err(because("authorityCertIssuer and serial number go together")),
        };
        let key_identifier = identifier
            .map(|octets| SubjectKeyIdentifier::checked(oid::AUTHORITY_KEY_IDENTIFIER, octets))
            .transpose()?;
        if key_identifier.is_none() && issuer_and_serial.is_none() {
            return Err(ExtensionError::Empty {
                oid: oid::AUTHORITY_KEY_IDENTIFIER,
                element: "identifier",
            });
        }
        Ok(Self {
            key_identifier,
            issuer_and_serial,
        })
    }
}

fn read_issuer(content: &[u8]) -> Result<Name, ExtensionError> {
    let oid = oid::AUTHORITY_KEY_IDENTIFIER;
    let names = read_elements(oid, content, |value| {
        GeneralName::from_der(value.whole)
            .map_err(|source| ExtensionError::GeneralName { oid, source })
    })?;
    match <[GeneralName; 1]>::try_from(names) {
        Ok([GeneralName::DirectoryName(name)]) => Ok(name),
        _ => Err(ExtensionError::Unsupported {
            oid,
            what: "an authorityCertIssuer that is not one directoryName",
        }),
    }
}

fn read_serial(content: &[u8]) -> Result<SerialNumber, ExtensionError> {
    let magnitude = tlv::integer_magnitude(content)
        .ok_or_else(|| because("the serial number is negative or not minimal"))?;
    SerialNumber::from_be_bytes(magnitude).map_err(|error| because(error.to_string()))
}

fn because(reason: impl Into<String>) -> ExtensionError {
    ExtensionError::malformed_because(oid::AUTHORITY_KEY_IDENTIFIER, reason)
}

impl fmt::Display for AuthorityKeyIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(identifier) = &self.key_identifier {
            write!(f, "keyid:{identifier}")?;
        }
        if let Some((issuer, serial)) = &self.issuer_and_serial {
            let separator = if self.key_identifier.is_some() {
                ", "
            } else {
                ""
            };
            write!(f, "{separator}issuer:{issuer}, serial:{serial}")?;
        }
        Ok(())
    }
}
