//! `extKeyUsage` (RFC 5280 §4.2.1.12): the purposes that the certified key may serve.

use std::fmt;

use crate::ext::{
    Criticality, Extension, ExtensionError, check_elements, read_sequence_of, write_list,
};
use crate::oid;
use crate::oid::Oid;
use crate::tlv;

/// The purposes that the certified key may serve.
///
/// ```asn1
/// ExtKeyUsageSyntax ::= SEQUENCE SIZE (1..MAX) OF KeyPurposeId
/// KeyPurposeId ::= OBJECT IDENTIFIER
/// ```
///
/// Invariant: 1 to 256 purposes, none twice; their order is kept.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct ExtendedKeyUsage(Vec<Oid>);

impl ExtendedKeyUsage {
    /// These purposes, in this order.
    ///
    /// # Errors
    /// [`ExtensionError::DuplicateElement`], [`ExtensionError::Empty`] and [`ExtensionError::TooMany`].
    pub fn new(purposes: Vec<Oid>) -> Result<Self, ExtensionError> {
        check_elements(oid::EXTENDED_KEY_USAGE, "purpose", &purposes)?;
        Ok(Self(purposes))
    }

    /// The purposes in order.
    #[must_use]
    pub fn purposes(&self) -> &[Oid] {
        &self.0
    }

    /// Whether this purpose is listed; `anyExtendedKeyUsage` is not taken for every purpose.
    #[must_use]
    pub fn contains(&self, purpose: Oid) -> bool {
        self.0.contains(&purpose)
    }

    /// The extension. RFC 5280 leaves its criticality to the issuer.
    #[must_use]
    pub fn to_extension(&self, criticality: Criticality) -> Extension {
        let content: Vec<u8> = self.0.iter().copied().flat_map(tlv::write_oid).collect();
        let value = tlv::write(tlv::SEQUENCE, &content);
        Extension::raw(oid::EXTENDED_KEY_USAGE, criticality, value)
    }

    /// Reads the value of the extension.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] and those of [`ExtendedKeyUsage::new`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let purposes = read_sequence_of(oid::EXTENDED_KEY_USAGE, octets, |value| {
            tlv::Reader::new(value.whole)
                .and_then(|mut reader| reader.oid())
                .map_err(ExtensionError::malformed(oid::EXTENDED_KEY_USAGE))
        })?;
        Self::new(purposes)
    }
}

/// The purposes by name, those without one by identifier.
impl fmt::Display for ExtendedKeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().map(|purpose| {
            key_purpose_name(*purpose).map_or_else(|| purpose.to_string(), str::to_owned)
        });
        write_list(f, shown)
    }
}

/// The name of a key purpose (`serverAuth`), if it has one.
#[must_use]
pub fn key_purpose_name(purpose: Oid) -> Option<&'static str> {
    PURPOSES
        .iter()
        .find(|(known, _)| *known == purpose)
        .map(|(_, name)| *name)
}

/// The key purpose with this name, letter case as RFC 5280 writes it.
#[must_use]
pub fn key_purpose_from_name(name: &str) -> Option<Oid> {
    PURPOSES
        .iter()
        .find(|(_, known)| *known == name)
        .map(|(purpose, _)| *purpose)
}

const PURPOSES: &[(Oid, &str)] = &[
    (oid::SERVER_AUTH, "serverAuth"),
    (oid::CLIENT_AUTH, "clientAuth"),
    (oid::CODE_SIGNING, "codeSigning"),
    (oid::EMAIL_PROTECTION, "emailProtection"),
    (oid::ANY_EXTENDED_KEY_USAGE, "anyExtendedKeyUsage"),
];
