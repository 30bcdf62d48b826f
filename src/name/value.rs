//! Values of attributes: a string of one of the ASN.1 string types, or octets of another type kept as they are.

use std::borrow::Cow;
use std::fmt;

use crate::tlv;

/// The value of an attribute: its type and its content octets.
///
/// Invariant: the content is valid for the string type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttributeValue {
    string_type: StringType,
    tag: u8,
    content: Content,
}

/// The ASN.1 string types of a name (RFC 5280 §4.1.2.4 `DirectoryString`, appendix A.1).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StringType {
    /// UCS-2, big-endian; read, and written where a profile asks for it.
    BmpString,
    /// ASCII.
    Ia5String,
    /// Digits and space.
    NumericString,
    /// Letters, digits, space and `'()+,-./:=?`.
    PrintableString,
    /// Read as Latin-1, as everyone does.
    TeletexString,
    /// UTF-8.
    Utf8String,
    /// Not one of these strings; kept and never interpreted.
    Other,
}

impl AttributeValue {
    /// A text in a string type; the error is the first octet of the text that does not fit.
    pub(super) fn from_text(string_type: StringType, text: &str) -> Result<Self, usize> {
        let content: Cow<'_, [u8]> = match string_type {
            StringType::BmpString => {
                let beyond = text.char_indices().find(|(_, c)| u32::from(*c) > 0xFFFF);
                if let Some((offset, _)) = beyond {
                    return Err(offset);
                }
                text.encode_utf16()
                    .flat_map(u16::to_be_bytes)
                    .collect::<Vec<_>>()
                    .into()
            }
            StringType::TeletexString | StringType::Other => return Err(0),
            _ => text.as_bytes().into(),
        };
        let tag = string_type.tag().ok_or(0_usize)?;
        check(string_type, &content)?;
        Ok(Self {
            string_type,
            tag,
            content: Content::of(&content),
        })
    }

    /// A value that was read; the error is its type and the first octet that does not fit.
    pub(super) fn from_tlv(value: tlv::Value<'_>) -> Result<Self, (StringType, usize)> {
        let string_type = StringType::of_tag(value.tag);
        check(string_type, value.content).map_err(|offset| (string_type, offset))?;
        Ok(Self {
            string_type,
            tag: value.tag,
            content: Content::of(value.content),
        })
    }

    /// The string type.
    #[must_use]
    pub fn string_type(&self) -> StringType {
        self.string_type
    }

    /// The content octets, without tag and length.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        self.content.octets()
    }

    /// The text, `None` when the value is not a string.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'_, str>> {
        match self.string_type {
            StringType::Other => None,
            StringType::BmpString => {
                let units = self.content().chunks_exact(2).map(|pair| match pair {
                    [high, low] => u16::from_be_bytes([*high, *low]),
                    _ => 0,
                });
                let text: Result<String, _> = char::decode_utf16(units).collect();
                text.ok().map(Cow::Owned)
            }
            StringType::TeletexString => {
                let octets = self.content().iter();
                Some(Cow::Owned(octets.map(|octet| char::from(*octet)).collect()))
            }
            _ => std::str::from_utf8(self.content()).ok().map(Cow::Borrowed),
        }
    }

    /// Tag, length and content.
    pub(super) fn to_der(&self) -> Vec<u8> {
        tlv::write(self.tag, self.content())
    }

    /// Adds tag, length and content.
    pub(super) fn push_der(&self, out: &mut Vec<u8>) {
        tlv::push(out, self.tag, self.content());
    }
}

/// Octets of a value; few of them need no room of their own.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Content {
    Long(Vec<u8>),
    Short([u8; SHORT], u8),
}

impl Content {
    fn of(octets: &[u8]) -> Self {
        let mut short = [0; SHORT];
        let length = u8::try_from(octets.len());
        match (short.get_mut(..octets.len()), length) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(octets);
                Self::Short(short, length)
            }
            _ => Self::Long(octets.to_vec()),
        }
    }

    fn octets(&self) -> &[u8] {
        match self {
            Self::Long(octets) => octets,
            Self::Short(octets, length) => octets.get(..usize::from(*length)).unwrap_or_default(),
        }
    }
}

/// As many as an OID takes, and more than most values have.
const SHORT: usize = 38;

impl StringType {
    /// Every type but [`StringType::Other`].
    pub const STRINGS: &[Self] = &[
        Self::BmpString,
        Self::Ia5String,
        Self::NumericString,
        Self::PrintableString,
        Self::TeletexString,
        Self::Utf8String,
    ];

    fn tag(self) -> Option<u8> {
        let known = STRING_TAGS.iter().find(|(_, known)| *known == self);
        known.map(|(tag, _)| *tag)
    }

    fn of_tag(tag: u8) -> Self {
        let known = STRING_TAGS.iter().find(|(known, _)| *known == tag);
        known.map_or(Self::Other, |(_, string_type)| *string_type)
    }
}

impl fmt::Display for StringType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BmpString => "BMPString",
            Self::Ia5String => "IA5String",
            Self::NumericString => "NumericString",
            Self::PrintableString => "PrintableString",
            Self::TeletexString => "TeletexString",
            Self::Utf8String => "UTF8String",
            Self::Other => "other type",
        })
    }
}

/// Holds the content against its type; the error is the first octet that does not fit.
fn check(string_type: StringType, content: &[u8]) -> Result<(), usize> {
    let first_bad = |fits: fn(&u8) -> bool| match content.iter().position(|octet| !fits(octet)) {
        Some(offset) => Err(offset),
        None => Ok(()),
    };
    match string_type {
        StringType::BmpString => check_bmp(content),
        StringType::Ia5String => first_bad(u8::is_ascii),
        StringType::NumericString => first_bad(|octet| octet.is_ascii_digit() || *octet == b' '),
        StringType::PrintableString => first_bad(is_printable),
        StringType::Utf8String => std::str::from_utf8(content)
            .map(|_| ())
            .map_err(|error| error.valid_up_to()),
        StringType::TeletexString | StringType::Other => Ok(()),
    }
}

/// X.690 §8.23.7: two octets a character; surrogates are no characters.
fn check_bmp(content: &[u8]) -> Result<(), usize> {
    if !content.len().is_multiple_of(2) {
        return Err(content.len());
    }
    let surrogate = content.chunks_exact(2).position(|pair| {
        pair.first()
            .is_some_and(|high| (0xD8..=0xDF).contains(high))
    });
    surrogate.map_or(Ok(()), |pair| Err(pair * 2))
}

/// X.680 §41.4, table 10.
fn is_printable(octet: &u8) -> bool {
    octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(octet)
}

/// Identifier octets of the string types (X.680 §8.4).
const STRING_TAGS: &[(u8, StringType)] = &[
    (tlv::UTF8_STRING, StringType::Utf8String),
    (0x12, StringType::NumericString),
    (0x13, StringType::PrintableString),
    (0x14, StringType::TeletexString),
    (tlv::IA5_STRING, StringType::Ia5String),
    (0x1E, StringType::BmpString),
];
