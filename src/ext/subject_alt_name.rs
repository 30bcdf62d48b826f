//! `subjectAltName` (RFC 5280 §4.2.1.6): further names of the subject.

use std::fmt;

use crate::ext::{
    Criticality, Extension, ExtensionError, check_elements, read_sequence_of, write_list,
};
use crate::general_name::GeneralName;
use crate::oid;
use crate::tlv;

/// Further names of the subject.
///
/// ```asn1
/// SubjectAltName ::= GeneralNames
/// GeneralNames ::= SEQUENCE SIZE (1..MAX) OF GeneralName
/// ```
///
/// Invariant: 1 to 256 names, none twice; their order is kept.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SubjectAltName(Vec<GeneralName>);

impl SubjectAltName {
    /// These names, in this order.
    ///
    /// # Errors
    /// [`ExtensionError::DuplicateElement`], [`ExtensionError::Empty`] and [`ExtensionError::TooMany`].
    pub fn new(names: Vec<GeneralName>) -> Result<Self, ExtensionError> {
        check_elements(oid::SUBJECT_ALT_NAME, "name", &names)?;
        Ok(Self(names))
    }

    /// The names in order.
    #[must_use]
    pub fn names(&self) -> &[GeneralName] {
        &self.0
    }

    /// The extension. RFC 5280: critical when the subject is empty, else it SHOULD NOT be.
    #[must_use]
    pub fn to_extension(&self, criticality: Criticality) -> Extension {
        let content: Vec<u8> = self.0.iter().flat_map(GeneralName::to_der).collect();
        let value = tlv::write(tlv::SEQUENCE, &content);
        Extension::raw(oid::SUBJECT_ALT_NAME, criticality, value)
    }

    /// Reads the value of the extension.
    ///
    /// # Errors
    /// [`ExtensionError::GeneralName`], [`ExtensionError::Malformed`] and those of [`SubjectAltName::new`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let oid = oid::SUBJECT_ALT_NAME;
        let names = read_sequence_of(oid, octets, |value| {
            GeneralName::from_der(value.whole)
                .map_err(|source| ExtensionError::GeneralName { oid, source })
        })?;
        Self::new(names)
    }
}

impl fmt::Display for SubjectAltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, &self.0)
    }
}
