//! Names as they compare: white space, letter case and string types told apart no more (RFC 5280 §7.1).

use super::{Attribute, Name};
use crate::tlv;

/// A name whose strings are `UTF8String`s in one form, each level in DER order: names that compare as equal have the same
/// octets.
pub(super) fn folded(name: &Name) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.as_der().len() + 16);
    for rdn in name.rdns() {
        let start = out.len();
        match rdn.attributes() {
            [one] => push(one, &mut out),
            many => {
                let folded = |one| {
                    let mut out = Vec::new();
                    push(one, &mut out);
                    out
                };
                let mut level: Vec<_> = many.iter().map(folded).collect();
                level.sort();
                out.extend(level.concat());
            }
        }
        tlv::enclose(&mut out, start, tlv::SET);
    }
    tlv::enclose(&mut out, 0, tlv::SEQUENCE);
    out
}

fn push(attribute: &Attribute, out: &mut Vec<u8>) {
    let start = out.len();
    tlv::push_oid(out, attribute.oid());
    let value = attribute.value();
    match value.text() {
        Some(text) => {
            let start = out.len();
            prepare(&text, out);
            tlv::enclose(out, start, tlv::UTF8_STRING);
        }
        None => value.push_der(out),
    }
    tlv::enclose(out, start, tlv::SEQUENCE);
}

/// RFC 4518 §2.2 and §2.6.1 for a text, added to what is there.
fn prepare(text: &str, out: &mut Vec<u8>) {
    if !text.is_ascii() {
        out.extend_from_slice(prepared(text).as_bytes());
        return;
    }
    let start = out.len();
    for octet in text.bytes() {
        if matches!(octet, b'\t'..=b'\r' | b' ') {
            if out.len() > start && out.last() != Some(&b' ') {
                out.push(b' ');
            }
        } else if !octet.is_ascii_control() {
            out.push(octet.to_ascii_lowercase());
        }
    }
    if out.len() > start && out.last() == Some(&b' ') {
        out.pop();
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_prepared_as_any_text() {
        let all: String = (0..128).map(char::from).collect();
        for text in [
            all.as_str(),
            " a  B ",
            "\u{b}x\t\r\ny\u{7f}",
            "",
            "   ",
            "Acme Inc.",
        ] {
            let mut short = vec![b' '];
            prepare(text, &mut short);
            assert_eq!(&short[1..], prepared(text).as_bytes(), "{text:?}");
        }
    }
}
