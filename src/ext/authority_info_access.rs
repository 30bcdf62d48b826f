//! `authorityInfoAccess` (RFC 5280 §4.2.2.1): where the issuer's certificate and its OCSP responder are found.

use std::fmt;

use crate::ext::{
    Criticality, Extension, ExtensionError, check_elements, read_sequence_of, write_list,
};
use crate::general_name::GeneralName;
use crate::oid;
use crate::oid::Oid;
use crate::tlv;

/// Where information on the issuer is found.
///
/// ```asn1
/// AuthorityInfoAccessSyntax ::= SEQUENCE SIZE (1..MAX) OF AccessDescription
/// ```
///
/// Invariant: 1 to 256 descriptions, none twice; their order is kept.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct AuthorityInfoAccess(Vec<AccessDescription>);

/// One kind of information and where it is.
///
/// ```asn1
/// AccessDescription ::= SEQUENCE { accessMethod OBJECT IDENTIFIER, accessLocation GeneralName }
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct AccessDescription {
    method: Oid,
    location: GeneralName,
}

impl AccessDescription {
    /// Information of the kind `method`, such as [`oid::OCSP`] or [`oid::CA_ISSUERS`], at `location`.
    #[must_use]
    pub fn new(method: Oid, location: GeneralName) -> Self {
        Self { method, location }
    }

    /// `accessMethod`.
    #[must_use]
    pub fn method(&self) -> Oid {
        self.method
    }

    /// `accessLocation`.
    #[must_use]
    pub fn location(&self) -> &GeneralName {
        &self.location
    }

    fn to_der(&self) -> Vec<u8> {
        let Self { method, location } = self;
        let content = [tlv::write_oid(*method), location.to_der()].concat();
        tlv::write(tlv::SEQUENCE, &content)
    }

    fn read(value: tlv::Value<'_>) -> Result<Self, ExtensionError> {
        let oid = oid::AUTHORITY_INFO_ACCESS;
        let malformed = ExtensionError::malformed(oid);
        let content = tlv::read(value.whole, tlv::SEQUENCE).map_err(&malformed)?;
        let mut reader = tlv::Reader::new(content).map_err(&malformed)?;
        let method = reader.oid().map_err(&malformed)?;
        let location = reader.any().map_err(&malformed)?;
        reader.finish().map_err(&malformed)?;
        let location = GeneralName::from_der(location.whole)
            .map_err(|source| ExtensionError::GeneralName { oid, source })?;
        Ok(Self { method, location })
    }
}

/// `OCSP` or `CA Issuers`, and the location.
impl fmt::Display for AccessDescription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.method {
            oid::OCSP => f.write_str("OCSP")?,
            oid::CA_ISSUERS => f.write_str("CA Issuers")?,
            other => other.fmt(f)?,
        }
        write!(f, " - {}", self.location)
    }
}

impl AuthorityInfoAccess {
    /// These descriptions, in this order.
    ///
    /// # Errors
    /// [`ExtensionError::DuplicateElement`], [`ExtensionError::Empty`] and [`ExtensionError::TooMany`].
    pub fn new(descriptions: Vec<AccessDescription>) -> Result<Self, ExtensionError> {
        check_elements(
            oid::AUTHORITY_INFO_ACCESS,
            "access description",
            &descriptions,
        )?;
        Ok(Self(descriptions))
    }

    /// The descriptions in order.
    #[must_use]
    pub fn descriptions(&self) -> &[AccessDescription] {
        &self.0
    }

    /// The extension. RFC 5280: conforming CAs MUST mark it as non-critical.
    #[must_use]
    pub fn to_extension(&self) -> Extension {
        let content: Vec<u8> = self.0.iter().flat_map(AccessDescription::to_der).collect();
        let value = tlv::write(tlv::SEQUENCE, &content);
        Extension::raw(oid::AUTHORITY_INFO_ACCESS, Criticality::NonCritical, value)
    }

    /// Reads the value of the extension.
    ///
    /// # Errors
    /// [`ExtensionError::GeneralName`], [`ExtensionError::Malformed`] and those of [`AuthorityInfoAccess::new`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        Self::new(read_sequence_of(
            oid::AUTHORITY_INFO_ACCESS,
            octets,
            AccessDescription::read,
        )?)
    }
}

impl fmt::Display for AuthorityInfoAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, &self.0)
    }
}
