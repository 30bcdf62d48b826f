//! Distinguished names (RFC 5280 §4.1.2.4): original octets, string types and order are kept.
//!
//! ```asn1
//! Name ::= CHOICE { rdnSequence RDNSequence }
//! RDNSequence ::= SEQUENCE OF RelativeDistinguishedName
//! RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue
//! AttributeTypeAndValue ::= SEQUENCE { type AttributeType, value AttributeValue }
//! ```

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::oid;
use crate::oid::Oid;
use crate::tlv;

pub use value::{AttributeValue, StringType};

mod fold;
mod text;
mod value;

/// A distinguished name: the octets as they were read or first written, and what they say.
///
/// Two names are equal when their octets are; whether they name the same, [`Name::folded`] tells.
/// Invariant: DER, at most [`Name::MAX_OCTETS`] octets and [`Name::MAX_ATTRIBUTES`] attributes, every string
/// valid for its type as far as the type says what is valid.
#[derive(Clone)]
pub struct Name {
    der: Arc<[u8]>,
    rdns: Arc<[RelativeDistinguishedName]>,
}

/// One level of a name: a set of attributes, nearly always one (RFC 5280 §4.1.2.4).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RelativeDistinguishedName {
    attributes: Attributes,
}

/// Nearly always one, which needs no room of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Attributes {
    Many(Vec<Attribute>),
    One([Attribute; 1]),
}

/// An attribute type and its value (RFC 5280 §4.1.2.4, `AttributeTypeAndValue`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    oid: Oid,
    value: AttributeValue,
}

/// Why octets or a text are no name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The octets are not a DER `Name`.
    #[error("name is not valid DER: {reason}")]
    Malformed {
        /// What the decoder stumbled over.
        reason: String,
    },
    /// A string holds what its type does not allow.
    #[error("{} at octet {offset} is not a valid {string_type}", named(.oid))]
    StringContent {
        /// The attribute type.
        oid: Oid,
        /// The string type that the value claims.
        string_type: StringType,
        /// First octet of the value that does not fit, counted from 0.
        offset: usize,
    },
    /// A text that is not RFC 4514.
    #[error("name at character {position}: {reason}")]
    Text {
        /// Characters before the fault.
        position: usize,
        /// What was expected there.
        reason: String,
    },
    /// More attributes than anyone may send.
    #[error("{found} attributes in a name, allowed {}", Name::MAX_ATTRIBUTES)]
    TooManyAttributes {
        /// Attributes found.
        found: usize,
    },
    /// More octets than anyone may send.
    #[error("name of {actual} octets, allowed {}", Name::MAX_OCTETS)]
    TooLong {
        /// Octets found.
        actual: usize,
    },
}

impl Name {
    /// Octets of the longest name that is read.
    pub const MAX_OCTETS: usize = 8192;
    /// Attributes of the longest name that is read.
    pub const MAX_ATTRIBUTES: usize = 64;

    /// Reads a DER `Name` and keeps its octets.
    ///
    /// # Errors
    /// Every variant of [`NameError`] but [`NameError::Text`].
    pub fn from_der(octets: &[u8]) -> Result<Self, NameError> {
        if octets.len() > Self::MAX_OCTETS {
            return Err(NameError::TooLong {
                actual: octets.len(),
            });
        }
        let sequence = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
        let mut reader = tlv::Reader::new(sequence).map_err(malformed)?;
        let mut rdns = Vec::with_capacity(USUAL_LEVELS);
        let mut found = 0;
        while !reader.is_finished() {
            let set = reader.expect(tlv::SET).map_err(malformed)?;
            let rdn = RelativeDistinguishedName::from_set(set)?;
            found += rdn.attributes().len();
            if found > Self::MAX_ATTRIBUTES {
                return Err(NameError::TooManyAttributes { found });
            }
            rdns.push(rdn);
        }
        Ok(Self {
            der: octets.into(),
            rdns: rdns.into(),
        })
    }

    /// Writes a name of single-valued levels, in the order given.
    ///
    /// # Errors
    /// [`NameError::StringContent`] when a text does not fit its string type, and the limits.
    pub fn from_attributes(attributes: &[(Oid, StringType, &str)]) -> Result<Self, NameError> {
        let mut der = Vec::with_capacity(USUAL_OCTETS);
        for (oid, string_type, text) in attributes {
            let value = AttributeValue::from_text(*string_type, text)
                .map_err(|offset| content_error(*oid, *string_type, offset))?;
            let start = der.len();
            tlv::push_oid(&mut der, *oid);
            value.push_der(&mut der);
            tlv::enclose(&mut der, start, tlv::SEQUENCE);
            tlv::enclose(&mut der, start, tlv::SET);
        }
        tlv::enclose(&mut der, 0, tlv::SEQUENCE);
        Self::from_der(&der)
    }

    /// The DER octets.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The levels, most general first as they are encoded.
    #[must_use]
    pub fn rdns(&self) -> &[RelativeDistinguishedName] {
        &self.rdns
    }

    /// A key to compare names by: two names have the same one when they match as [RFC 5280 §7.1] has it.
    ///
    /// String types go by their text, letter case is ignored, leading and trailing white space is dropped and inner runs
    /// of it are one space, what RFC 4518 §2.2 maps to nothing is left out, and the attributes of a level have no order.
    /// Unicode normalization (RFC 4518 §2.3) is left out: a letter and an accent do not match the accented letter.
    ///
    /// [RFC 5280 §7.1]: https://www.rfc-editor.org/rfc/rfc5280#section-7.1
    #[must_use]
    pub fn folded(&self) -> Vec<u8> {
        fold::folded(self)
    }

    /// SHA-256 of [`Name::folded`].
    #[must_use]
    pub fn folded_sha256(&self) -> [u8; 32] {
        Sha256::digest(self.folded()).into()
    }

    /// Whether the name has no attribute.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rdns.is_empty()
    }

    /// All attributes in the order of their encoding.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.rdns.iter().flat_map(|rdn| rdn.attributes().iter())
    }

    /// The first attribute of a type.
    #[must_use]
    pub fn first(&self, oid: Oid) -> Option<&Attribute> {
        self.attributes().find(|attribute| attribute.oid == oid)
    }
}

impl RelativeDistinguishedName {
    /// The attributes, at least one.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        match &self.attributes {
            Attributes::Many(attributes) => attributes,
            Attributes::One(attribute) => attribute,
        }
    }

    fn from_set(set: &[u8]) -> Result<Self, NameError> {
        let mut reader = tlv::Reader::new(set).map_err(malformed)?;
        let mut previous = reader.whole().map_err(|error| match set {
            [] => NameError::Malformed {
                reason: "a level without attributes".to_owned(),
            },
            _ => malformed(error),
        })?;
        let first = Attribute::from_der(previous)?;
        if reader.is_finished() {
            let attributes = Attributes::One([first]);
            return Ok(Self { attributes });
        }
        let mut attributes = vec![first];
        while !reader.is_finished() {
            let octets = reader.whole().map_err(malformed)?;
            // X.690 §11.6: the encodings of a set's elements appear in ascending order.
            if octets <= previous {
                return Err(NameError::Malformed {
                    reason: "attributes of a level are not in DER order".to_owned(),
                });
            }
            previous = octets;
            attributes.push(Attribute::from_der(octets)?);
        }
        let attributes = Attributes::Many(attributes);
        Ok(Self { attributes })
    }
}

impl Attribute {
    /// The attribute type.
    #[must_use]
    pub fn oid(&self) -> Oid {
        self.oid
    }

    /// The value with its string type.
    #[must_use]
    pub fn value(&self) -> &AttributeValue {
        &self.value
    }

    fn from_der(octets: &[u8]) -> Result<Self, NameError> {
        let sequence = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
        let mut reader = tlv::Reader::new(sequence).map_err(malformed)?;
        let oid = reader.oid().map_err(malformed)?;
        let value = reader.any().map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let value = AttributeValue::from_tlv(value)
            .map_err(|(string_type, offset)| content_error(oid, string_type, offset))?;
        Ok(Self { oid, value })
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.der.hash(state);
    }
}

/// RFC 4514: most specific level first.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        text::write(self, f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({self})")
    }
}

impl FromStr for Name {
    type Err = NameError;

    /// Reads RFC 4514 (`CN=dk1,O=Acme,C=CN`, most specific first); C and the like become `PrintableString`,
    /// emailAddress and DC `IA5String`, all else `UTF8String`.
    fn from_str(text: &str) -> Result<Self, NameError> {
        text::read(text)
    }
}

/// The string type that a new attribute of this type is written with (RFC 5280 §4.1.2.4 and appendix A.1).
#[must_use]
pub fn default_string_type(attribute: Oid) -> StringType {
    match attribute {
        oid::COUNTRY | oid::SERIAL_NUMBER | oid::DN_QUALIFIER | oid::TELEPHONE_NUMBER => {
            StringType::PrintableString
        }
        oid::EMAIL_ADDRESS | oid::DOMAIN_COMPONENT => StringType::Ia5String,
        _ => StringType::Utf8String,
    }
}

/// The string types that RFC 5280 appendix A.1 lets an attribute of this type be; `None` for one it does not define.
#[must_use]
pub fn permitted_string_types(attribute: Oid) -> Option<&'static [StringType]> {
    match attribute {
        oid::COUNTRY | oid::SERIAL_NUMBER | oid::DN_QUALIFIER => {
            Some(&[StringType::PrintableString])
        }
        oid::EMAIL_ADDRESS | oid::DOMAIN_COMPONENT => Some(&[StringType::Ia5String]),
        oid::COMMON_NAME
        | oid::SURNAME
        | oid::GIVEN_NAME
        | oid::LOCALITY
        | oid::STATE_OR_PROVINCE
        | oid::ORGANIZATION
        | oid::ORGANIZATIONAL_UNIT
        | oid::TITLE
        | oid::PSEUDONYM => Some(DIRECTORY_STRING),
        _ => None,
    }
}

/// `DirectoryString`; its `UniversalString` is read by nobody.
const DIRECTORY_STRING: &[StringType] = &[
    StringType::Utf8String,
    StringType::PrintableString,
    StringType::TeletexString,
    StringType::BmpString,
];

/// Whether a character controls how a text is read and has no shape itself: RFC 4518 §2.2 drops it before names are
/// compared. Beside the controls of Unicode these are the marks that turn the direction of a text, behind which a name shows
/// as another; what joins letters in some scripts is none.
#[must_use]
pub(crate) fn is_control(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
        )
}

/// Levels and octets that most names stay within.
const USUAL_LEVELS: usize = 8;
const USUAL_OCTETS: usize = 256;

fn content_error(oid: Oid, string_type: StringType, offset: usize) -> NameError {
    NameError::StringContent {
        oid,
        string_type,
        offset,
    }
}

fn named(oid: &Oid) -> String {
    oid.attribute_name()
        .map_or_else(|| oid.to_string(), str::to_owned)
}

fn malformed(error: der::Error) -> NameError {
    NameError::Malformed {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
