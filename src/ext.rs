//! Extensions of certificates and CRLs (RFC 5280 §4.2, §5.2, §5.3): the list, and one file for each that is known.
//!
//! ```asn1
//! Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension
//! Extension ::= SEQUENCE { extnID OBJECT IDENTIFIER, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }
//! ```

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use crate::oid::Oid;
use crate::tlv;

pub use authority_info_access::{AccessDescription, AuthorityInfoAccess};
pub use authority_key_identifier::AuthorityKeyIdentifier;
pub use basic_constraints::BasicConstraints;
pub use crl_distribution_points::CrlDistributionPoints;
pub use crl_number::CrlNumber;
pub use describe::{check_value, describe, extension_name};
pub use error::ExtensionError;
pub use extended_key_usage::{ExtendedKeyUsage, key_purpose_from_name, key_purpose_name};
pub use key_usage::{KeyUsage, KeyUsageBit};
pub use name_constraints::{ForbiddenName, NameConstraints, Subtree};
pub use reason_code::{CrlReason, ReasonCode};
pub use subject_alt_name::SubjectAltName;
pub use subject_key_identifier::SubjectKeyIdentifier;

mod authority_info_access;
mod authority_key_identifier;
mod basic_constraints;
mod crl_distribution_points;
mod crl_number;
mod describe;
mod error;
mod extended_key_usage;
mod key_usage;
mod name_constraints;
pub mod netscape;
mod reason_code;
mod subject_alt_name;
mod subject_key_identifier;

/// Whether a reader that does not know an extension must refuse the certificate (RFC 5280 §4.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a BOOLEAN has no third value")]
pub enum Criticality {
    /// `critical` TRUE.
    Critical,
    /// `critical` FALSE, which DER leaves out.
    NonCritical,
}

/// One extension: its identifier, its criticality and the octets of its value (RFC 5280 §4.2).
///
/// The value is any octets: what a vendor writes there is not always DER.
///
/// A copy shares the value, and what was found when somebody first read it: those of a profile are in every certificate.
#[derive(Clone)]
pub struct Extension {
    oid: Oid,
    criticality: Criticality,
    value: Arc<ExtensionValue>,
}

struct ExtensionValue {
    octets: Vec<u8>,
    /// Whether it can be read, once somebody has tried ([`check_value`]).
    check: OnceLock<Option<Result<(), ExtensionError>>>,
}

/// Extensions in the order in which they are written.
///
/// Invariant: no identifier twice (RFC 5280 §4.2), at most [`Extensions::MAX`].
#[derive(Clone, Debug, Default, Eq, Hash, PartialEq)]
pub struct Extensions(Vec<Extension>);

impl Extension {
    /// An extension with a value that is written as it stands.
    #[must_use]
    pub fn raw(oid: Oid, criticality: Criticality, value: Vec<u8>) -> Self {
        let value = ExtensionValue {
            octets: value,
            check: OnceLock::new(),
        };
        Self {
            oid,
            criticality,
            value: Arc::new(value),
        }
    }

    /// The same value, with another criticality.
    #[must_use]
    pub fn with_criticality(mut self, criticality: Criticality) -> Self {
        self.criticality = criticality;
        self
    }

    /// `extnID`.
    #[must_use]
    pub fn oid(&self) -> Oid {
        self.oid
    }

    /// Whether `critical` is TRUE.
    #[must_use]
    pub fn critical(&self) -> bool {
        self.criticality == Criticality::Critical
    }

    /// `critical` by name.
    #[must_use]
    pub fn criticality(&self) -> Criticality {
        self.criticality
    }

    /// Content octets of `extnValue`.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value.octets
    }

    fn push_der(&self, out: &mut Vec<u8>) {
        let Self {
            oid,
            criticality,
            value,
        } = self;
        let start = out.len();
        tlv::push_oid(out, *oid);
        // X.690 §11.5: a value equal to its DEFAULT is not encoded.
        if *criticality == Criticality::Critical {
            tlv::push(out, tlv::BOOLEAN, &[0xFF]);
        }
        tlv::push(out, tlv::OCTET_STRING, &value.octets);
        tlv::enclose(out, start, tlv::SEQUENCE);
    }

    fn read(octets: &[u8]) -> der::Result<Self> {
        let mut reader = tlv::Reader::new(octets)?;
        let oid = reader.oid()?;
        let critical = reader.default_false()?;
        let value = reader.expect(tlv::OCTET_STRING)?.to_vec();
        reader.finish()?;
        let criticality = if critical {
            Criticality::Critical
        } else {
            Criticality::NonCritical
        };
        Ok(Self::raw(oid, criticality, value))
    }
}

impl PartialEq for Extension {
    fn eq(&self, other: &Self) -> bool {
        (self.oid, self.criticality, self.value()) == (other.oid, other.criticality, other.value())
    }
}

impl Eq for Extension {}

impl Hash for Extension {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.oid, self.criticality, self.value()).hash(state);
    }
}

impl fmt::Debug for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extension({})", describe(self))
    }
}

impl Extensions {
    /// Extensions that one list may hold.
    pub const MAX: usize = 64;

    /// Extensions in this order.
    ///
    /// # Errors
    /// [`ExtensionError::Duplicate`] and [`ExtensionError::TooMany`].
    pub fn new(extensions: Vec<Extension>) -> Result<Self, ExtensionError> {
        if extensions.len() > Self::MAX {
            return Err(ExtensionError::TooMany {
                what: "extensions",
                found: extensions.len(),
                allowed: Self::MAX,
            });
        }
        for (at, extension) in extensions.iter().enumerate() {
            let mut before = extensions.iter().take(at);
            if before.any(|other| other.oid == extension.oid) {
                let oid = extension.oid;
                return Err(ExtensionError::Duplicate { oid });
            }
        }
        Ok(Self(extensions))
    }

    /// The extensions in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Extension> {
        self.0.iter()
    }

    /// The extension with this identifier.
    #[must_use]
    pub fn find(&self, oid: Oid) -> Option<&Extension> {
        self.0.iter().find(|extension| extension.oid == oid)
    }

    /// Whether there is none; an empty list is left out of a certificate (RFC 5280 §4.2, `SIZE (1..MAX)`).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of extensions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The DER `Extensions`, without the context tag that a certificate puts around it.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        self.push_der(&mut out);
        out
    }

    /// Adds what [`Extensions::to_der`] gives.
    pub(crate) fn push_der(&self, out: &mut Vec<u8>) {
        let start = out.len();
        for extension in &self.0 {
            extension.push_der(out);
        }
        tlv::enclose(out, start, tlv::SEQUENCE);
    }

    /// Reads a DER `Extensions`. An empty list is read, though RFC 5280 does not allow it: requests in the wild hold it.
    ///
    /// # Errors
    /// [`ExtensionError::Duplicate`], [`ExtensionError::MalformedList`] and [`ExtensionError::TooMany`].
    pub fn from_der(octets: &[u8]) -> Result<Self, ExtensionError> {
        let malformed = |error: der::Error| ExtensionError::MalformedList {
            reason: error.to_string(),
        };
        let content = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
        let mut reader = tlv::Reader::new(content).map_err(malformed)?;
        let mut extensions = Vec::new();
        while !reader.is_finished() {
            // Stop before the hostile list is held in memory; `new` refuses what is one too many.
            if extensions.len() > Self::MAX {
                break;
            }
            let extension = reader.expect(tlv::SEQUENCE).and_then(Extension::read);
            extensions.push(extension.map_err(malformed)?);
        }
        Self::new(extensions)
    }
}

impl<'a> IntoIterator for &'a Extensions {
    type Item = &'a Extension;
    type IntoIter = std::slice::Iter<'a, Extension>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// Refuses an empty list, more than [`MAX_ELEMENTS`] and the same element twice.
fn check_elements<T: PartialEq + fmt::Display>(
    oid: Oid,
    element: &'static str,
    elements: &[T],
) -> Result<(), ExtensionError> {
    if elements.is_empty() {
        return Err(ExtensionError::Empty { oid, element });
    }
    if elements.len() > MAX_ELEMENTS {
        return Err(ExtensionError::TooMany {
            what: element,
            found: elements.len(),
            allowed: MAX_ELEMENTS,
        });
    }
    match first_repeated(elements) {
        Some(repeated) => Err(ExtensionError::DuplicateElement {
            oid,
            found: repeated.to_string(),
        }),
        None => Ok(()),
    }
}

/// Reads the SEQUENCE OF that most extensions are, each element with `read`; stops one past [`MAX_ELEMENTS`].
fn read_sequence_of<T>(
    oid: Oid,
    octets: &[u8],
    read: impl Fn(tlv::Value<'_>) -> Result<T, ExtensionError>,
) -> Result<Vec<T>, ExtensionError> {
    let content = tlv::read(octets, tlv::SEQUENCE).map_err(ExtensionError::malformed(oid))?;
    read_elements(oid, content, read)
}

/// Reads elements up to the end of `content`.
fn read_elements<T>(
    oid: Oid,
    content: &[u8],
    read: impl Fn(tlv::Value<'_>) -> Result<T, ExtensionError>,
) -> Result<Vec<T>, ExtensionError> {
    let malformed = ExtensionError::malformed(oid);
    let mut reader = tlv::Reader::new(content).map_err(&malformed)?;
    let mut elements = Vec::new();
    while !reader.is_finished() && elements.len() <= MAX_ELEMENTS {
        elements.push(read(reader.any().map_err(&malformed)?)?);
    }
    Ok(elements)
}

fn first_repeated<T: PartialEq>(items: &[T]) -> Option<&T> {
    items.iter().enumerate().find_map(|(index, item)| {
        let before = items.get(..index)?;
        before.contains(item).then_some(item)
    })
}

/// Elements as a person reads them, with commas between.
fn write_list<T: fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    elements: impl IntoIterator<Item = T>,
) -> fmt::Result {
    for (index, element) in elements.into_iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(f, "{separator}{element}")?;
    }
    Ok(())
}

/// Elements that one extension may list.
const MAX_ELEMENTS: usize = 256;

#[cfg(test)]
mod tests;
