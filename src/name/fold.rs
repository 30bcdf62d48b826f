//! Names as they compare: white space, letter case and string types told apart no more (RFC 5280 §7.1).

use super::{Attribute, Name};
use crate::tlv;

/// A name whose strings are `UTF8String`s in one form, each level in DER order: names that compare as equal have the same
/// octets.
pub(super) fn folded(name: &Name) -> Vec<u8> {
    let mut levels = Vec::with_capacity(name.as_der().len());
    for rdn in name.rdns() {
        let mut level: Vec<_> = rdn.attributes().iter().map(attribute).collect();
        level.sort();
        levels.extend(tlv::write(tlv::SET, &level.concat()));
    }
    tlv::write(tlv::SEQUENCE, &levels)
}

fn attribute(attribute: &Attribute) -> Vec<u8> {
    let value = attribute.value();
    let value = match value.text() {
        Some(text) => tlv::write(tlv::UTF8_STRING, prepared(&text).as_bytes()),
        None => value.to_der(),
    };
    tlv::write(
        tlv::SEQUENCE,
        &[tlv::write_oid(attribute.oid()), value].concat(),
    )
}

/// RFC 4518 §2.2 maps white space to a space, what cannot be seen to nothing and letters to lower case; §2.6.1 leaves
/// one space between words and none at the ends.
fn prepared(text: &str) -> String {
    let mut prepared = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !prepared.is_empty() && !prepared.ends_with(' ') {
                prepared.push(' ');
            }
        } else if !is_invisible(c) {
            // By way of the upper case, which has one form for ß and ss, and for both small sigmas.
            prepared.extend(c.to_uppercase().flat_map(char::to_lowercase));
        }
    }
    if prepared.ends_with(' ') {
        prepared.pop();
    }
    prepared
}

/// What RFC 4518 §2.2 maps to nothing: controls, format characters, variation selectors, the soft hyphen.
fn is_invisible(c: char) -> bool {
    c.is_control() || INVISIBLE.iter().any(|range| range.contains(&c))
}

const INVISIBLE: &[std::ops::RangeInclusive<char>] = &[
    '\u{AD}'..='\u{AD}',
    '\u{34F}'..='\u{34F}',
    '\u{6DD}'..='\u{6DD}',
    '\u{70F}'..='\u{70F}',
    '\u{1806}'..='\u{1806}',
    '\u{180B}'..='\u{180E}',
    '\u{200B}'..='\u{200F}',
    '\u{202A}'..='\u{202E}',
    '\u{2060}'..='\u{2063}',
    '\u{206A}'..='\u{206F}',
    '\u{FE00}'..='\u{FE0F}',
    '\u{FEFF}'..='\u{FEFF}',
    '\u{FFF9}'..='\u{FFFC}',
    '\u{1D173}'..='\u{1D17A}',
    '\u{E0001}'..='\u{E0001}',
    '\u{E0020}'..='\u{E007F}',
];
