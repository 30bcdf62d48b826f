//! The string form of names (RFC 4514): most specific level first, `+` between the attributes of one level.

use std::fmt;
use std::iter::Peekable;
use std::str::CharIndices;

use super::{Attribute, AttributeValue, Name, NameError, default_string_type};
use crate::oid::Oid;
use crate::tlv;

/// Writes a name as RFC 4514 §2 says.
pub(super) fn write(name: &Name, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (level, rdn) in name.rdns().iter().rev().enumerate() {
        if level > 0 {
            f.write_str(",")?;
        }
        for (index, attribute) in rdn.attributes().iter().enumerate() {
            if index > 0 {
                f.write_str("+")?;
            }
            write_attribute(attribute, f)?;
        }
    }
    Ok(())
}

fn write_attribute(attribute: &Attribute, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let name = attribute.oid().attribute_name();
    match (name, attribute.value().text()) {
        (Some(name), Some(text)) => {
            f.write_str(name)?;
            f.write_str("=")?;
            write_escaped(&text, f)
        }
        // RFC 4514 §2.4: a type in dotted form takes the hexadecimal form of the value.
        (name, _) => {
            match name {
                Some(name) => write!(f, "{name}=#")?,
                None => write!(f, "{}=#", attribute.oid())?,
            }
            let octets = attribute.value().to_der();
            octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
        }
    }
}

fn write_escaped(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-./:=_@".contains(&octet);
    if text.bytes().all(is_plain) {
        return f.write_str(text);
    }
    let last = text.char_indices().next_back().map(|(at, _)| at);
    for (at, c) in text.char_indices() {
        let edge_space = c == ' ' && (at == 0 || Some(at) == last);
        let leading_sharp = c == '#' && at == 0;
        if edge_space || leading_sharp || SPECIAL.contains(c) {
            write!(f, "\\{c}")?;
        } else if c.is_control() {
            let mut octets = [0; 4];
            for octet in c.encode_utf8(&mut octets).bytes() {
                write!(f, "\\{octet:02x}")?;
            }
        } else {
            write!(f, "{c}")?;
        }
    }
    Ok(())
}

/// Reads RFC 4514 §3, and spaces around the separators as RFC 2253 allowed them.
pub(super) fn read(text: &str) -> Result<Name, NameError> {
    let mut parser = Parser {
        chars: text.char_indices().peekable(),
        end: text.len(),
    };
    let mut levels: Vec<Vec<Vec<u8>>> = Vec::new();
    parser.skip_spaces();
    if parser.chars.peek().is_some() {
        levels.push(Vec::new());
        loop {
            let attribute = parser.attribute()?;
            if let Some(level) = levels.last_mut() {
                level.push(attribute);
            }
            match parser.chars.next() {
                None => break,
                Some((_, '+')) => {}
                Some((_, ',' | ';')) => levels.push(Vec::new()),
                Some((position, _)) => {
                    return Err(fault(position, "expected `,`, `+` or the end"));
                }
            }
        }
    }
    let mut content = Vec::new();
    for mut level in levels.into_iter().rev() {
        level.sort();
        content.extend(tlv::write(tlv::SET, &level.concat()));
    }
    Name::from_der(&tlv::write(tlv::SEQUENCE, &content))
}

struct Parser<'a> {
    chars: Peekable<CharIndices<'a>>,
    end: usize,
}

impl Parser<'_> {
    /// One `type=value` as a DER `AttributeTypeAndValue`.
    fn attribute(&mut self) -> Result<Vec<u8>, NameError> {
        self.skip_spaces();
        let start = self.position();
        let mut key = String::new();
        loop {
            match self.chars.next() {
                Some((_, '=')) => break,
                Some((_, c)) if c.is_ascii_alphanumeric() || "._- ".contains(c) => key.push(c),
                _ => return Err(fault(start, "expected an attribute type and `=`")),
            }
        }
        let key = key.trim();
        let oid = Oid::from_attribute_name(key).or_else(|| key.parse().ok());
        let oid = oid.ok_or_else(|| fault(start, "unknown attribute type; write its OID"))?;
        self.skip_spaces();
        let start = self.position();
        let value = if self.chars.next_if(|(_, c)| *c == '#').is_some() {
            self.hex_value(start)?
        } else {
            let string = self.string_value()?;
            let string_type = default_string_type(oid);
            AttributeValue::from_text(string_type, &string)
                .map_err(|offset| super::content_error(oid, string_type, offset))?
                .to_der()
        };
        Ok(tlv::write(
            tlv::SEQUENCE,
            &[tlv::write_oid(oid), value].concat(),
        ))
    }

    /// RFC 4514 §2.4: `#` and the hexadecimal octets of the value's encoding.
    fn hex_value(&mut self, start: usize) -> Result<Vec<u8>, NameError> {
        let mut octets = Vec::new();
        while let Some((_, high)) = self.chars.next_if(|(_, c)| c.is_ascii_hexdigit()) {
            let low = self.chars.next().map(|(_, c)| c);
            octets.push(octet(high, low).ok_or_else(|| fault(start, "odd hexadecimal digits"))?);
        }
        self.skip_spaces();
        Ok(octets)
    }

    fn string_value(&mut self) -> Result<String, NameError> {
        let mut octets = Vec::new();
        // Spaces that no backslash protects are dropped at the end.
        let mut protected = 0;
        let start = self.position();
        while let Some((position, c)) = self.chars.next_if(|(_, c)| !",;+".contains(*c)) {
            match c {
                '\\' => {
                    octets.extend(self.escaped(position)?);
                    protected = octets.len();
                }
                '"' | '<' | '>' | '\0' => {
                    return Err(fault(
                        position,
                        "this character is written with a backslash",
                    ));
                }
                _ => octets.extend(c.to_string().bytes()),
            }
        }
        while octets.len() > protected && octets.last() == Some(&b' ') {
            octets.pop();
        }
        String::from_utf8(octets).map_err(|_| fault(start, "escaped octets are not UTF-8"))
    }

    fn escaped(&mut self, position: usize) -> Result<Vec<u8>, NameError> {
        let bad = || {
            fault(
                position,
                "a backslash precedes a special character or two hexadecimal digits",
            )
        };
        let (_, c) = self.chars.next().ok_or_else(bad)?;
        if SPECIAL.contains(c) || " #=".contains(c) {
            return Ok(c.to_string().into_bytes());
        }
        let low = self.chars.next().map(|(_, c)| c);
        octet(c, low).map(|octet| vec![octet]).ok_or_else(bad)
    }

    fn skip_spaces(&mut self) {
        while self.chars.next_if(|(_, c)| *c == ' ').is_some() {}
    }

    fn position(&mut self) -> usize {
        self.chars.peek().map_or(self.end, |(at, _)| *at)
    }
}

fn octet(high: char, low: Option<char>) -> Option<u8> {
    let value = high.to_digit(16)? * 16 + low?.to_digit(16)?;
    u8::try_from(value).ok()
}

fn fault(position: usize, reason: &str) -> NameError {
    NameError::Text {
        position,
        reason: reason.to_owned(),
    }
}

/// RFC 4514 §2.4: characters that are escaped wherever they stand.
const SPECIAL: &str = "\"+,;<>\\";
