//! Tag, length and value (X.690 §8.1): written without a way to fail, read as strict DER.
//!
//! Identifier octets go by their value (`0x30` for SEQUENCE): every type here has a tag number below 31.

use der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use der::{Decode, ErrorKind, Reader as _, SliceReader, Tag};

use crate::oid::Oid;
use crate::time::UnixSeconds;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const ENUMERATED: u8 = 0x0A;
pub(crate) const UTF8_STRING: u8 = 0x0C;
pub(crate) const IA5_STRING: u8 = 0x16;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;

/// The bit of an identifier octet that says that the content is values (X.690 §8.1.2.5).
const CONSTRUCTED: u8 = 0x20;

/// Octets of the longest tag and length.
pub(crate) const MAX_HEADER: usize = 10;

/// `[number]` IMPLICIT of a primitive type.
pub(crate) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// `[number]` EXPLICIT, or IMPLICIT of a constructed type.
pub(crate) const fn context_constructed(number: u8) -> u8 {
    0xA0 | number
}

/// Identifier and length octets of a value of `length` octets, the length in the fewest octets (X.690 §10.1).
pub(crate) fn header(tag: u8, length: usize) -> Vec<u8> {
    let mut octets = Vec::with_capacity(MAX_HEADER);
    push_header(&mut octets, tag, length);
    octets
}

fn push_header(out: &mut Vec<u8>, tag: u8, length: usize) {
    out.push(tag);
    if let Ok(short) = u8::try_from(length)
        && short < 0x80
    {
        out.push(short);
        return;
    }
    let octets = length.to_be_bytes();
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    let significant = octets.get(zeros..).unwrap_or_default();
    // A usize has at most 8 octets, so the count never spills into the high bit.
    let count = u8::try_from(significant.len()).unwrap_or(0x7F);
    out.push(0x80 | count);
    out.extend_from_slice(significant);
}

/// One whole value.
pub(crate) fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(MAX_HEADER + content.len());
    push_header(&mut octets, tag, content.len());
    octets.extend_from_slice(content);
    octets
}

/// Adds one whole value.
pub(crate) fn push(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    push_header(out, tag, content.len());
    out.extend_from_slice(content);
}

/// Makes what was written from a place on the content of a value.
pub(crate) fn enclose(out: &mut Vec<u8>, from: usize, tag: u8) {
    let end = out.len();
    push_header(out, tag, end.saturating_sub(from));
    let header = out.len() - end;
    if let Some(written) = out.get_mut(from..) {
        written.rotate_right(header);
    }
}

/// Adds an OBJECT IDENTIFIER.
pub(crate) fn push_oid(out: &mut Vec<u8>, oid: Oid) {
    push(out, OBJECT_IDENTIFIER, oid.as_bytes());
}

/// An OBJECT IDENTIFIER.
pub(crate) fn write_oid(oid: Oid) -> Vec<u8> {
    write(OBJECT_IDENTIFIER, oid.as_bytes())
}

/// A BIT STRING of whole octets.
pub(crate) fn bit_string(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(MAX_HEADER + 1 + octets.len());
    push_bit_string(&mut out, octets);
    out
}

/// Adds a BIT STRING of whole octets.
pub(crate) fn push_bit_string(out: &mut Vec<u8>, octets: &[u8]) {
    push_header(out, BIT_STRING, octets.len() + 1);
    out.push(0);
    out.extend_from_slice(octets);
}

/// A `Time`: `UTCTime` through the year 2049, `GeneralizedTime` from 2050 on (RFC 5280 §4.1.2.5, §5.1.2.4).
pub(crate) fn write_time(at: UnixSeconds) -> Vec<u8> {
    // The invariant of `UnixSeconds` makes the calendar infallible.
    let (year, rest) = at.to_asn1().map_or((9999, [12, 31, 23, 59, 59]), |at| {
        let rest = [at.month(), at.day(), at.hour(), at.minutes(), at.seconds()];
        (at.year(), rest)
    });
    let mut text = Vec::with_capacity(15);
    let years = [year / 100, year % 100].map(|pair| u8::try_from(pair).unwrap_or(0));
    for pair in years.into_iter().chain(rest) {
        text.extend([b'0' + pair / 10, b'0' + pair % 10]);
    }
    text.push(b'Z');
    // UTCTime leaves out the century.
    match text.get(2..) {
        Some(short) if year < 2050 => write(UTC_TIME, short),
        _ => write(GENERALIZED_TIME, &text),
    }
}

/// Content octets of a non-negative INTEGER: a sign octet where the topmost bit is set (X.690 §8.3).
pub(crate) fn integer_content(magnitude: &[u8]) -> Vec<u8> {
    let first = magnitude.iter().position(|octet| *octet != 0);
    let significant = first
        .and_then(|first| magnitude.get(first..))
        .unwrap_or(&[]);
    if significant.first().is_none_or(|octet| *octet >= 0x80) {
        return [&[0], significant].concat();
    }
    significant.to_vec()
}

/// The magnitude behind content octets of an INTEGER; nothing when they are not minimal or negative.
pub(crate) fn integer_magnitude(content: &[u8]) -> Option<&[u8]> {
    match content {
        [] | [0x80..=0xFF, ..] | [0, 0..=0x7F, ..] if content != [0] => None,
        [0, rest @ ..] if !rest.is_empty() => Some(rest),
        whole => Some(whole),
    }
}

/// Content octets of a text that is one value of this type and nothing more.
pub(crate) fn read(octets: &[u8], tag: u8) -> der::Result<&[u8]> {
    let mut reader = Reader::new(octets)?;
    let content = reader.expect(tag)?;
    reader.finish()?;
    Ok(content)
}

/// Whether values lie at most `levels` deep in one another; reads every header on the way, as strict DER.
///
/// Recursion ends where the answer is no, so that `levels` bounds it.
pub(crate) fn is_within_depth(octets: &[u8], levels: usize) -> der::Result<bool> {
    let mut reader = Reader::new(octets)?;
    while !reader.is_finished() {
        let value = reader.any()?;
        let Some(below) = levels.checked_sub(1) else {
            return Ok(false);
        };
        if value.tag & CONSTRUCTED != 0 && !is_within_depth(value.content, below)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Reads values one after the other.
pub(crate) struct Reader<'a>(SliceReader<'a>, &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> der::Result<Self> {
        SliceReader::new(octets).map(|reader| Self(reader, octets))
    }

    /// The next value with its identifier octet and all its octets, header included.
    pub(crate) fn any(&mut self) -> der::Result<Value<'a>> {
        // Nearly all are of these; what is not, or is wrong, the library judges.
        if let Some(value) = self.1.get(self.position()..).and_then(common) {
            self.0
                .read_slice(der::Length::try_from(value.whole.len())?)?;
            return Ok(value);
        }
        let whole = self.0.tlv_bytes()?;
        let content = AnyRef::from_der(whole)?.value();
        let tag = whole.first().copied().unwrap_or_default();
        Ok(Value {
            tag,
            content,
            whole,
        })
    }

    /// All octets of the next value, header included.
    pub(crate) fn whole(&mut self) -> der::Result<&'a [u8]> {
        self.any().map(|value| value.whole)
    }

    /// The octets of a BIT STRING that has whole octets only.
    pub(crate) fn bit_string(&mut self) -> der::Result<&'a [u8]> {
        match self.expect(BIT_STRING)? {
            [0, octets @ ..] => Ok(octets),
            _ => Err(self.0.error(ErrorKind::Length {
                tag: Tag::BitString,
            })),
        }
    }

    /// Octets read so far.
    pub(crate) fn position(&self) -> usize {
        usize::try_from(u32::from(self.0.position())).unwrap_or(usize::MAX)
    }

    /// Content octets of the next value, which must have this tag.
    pub(crate) fn expect(&mut self, tag: u8) -> der::Result<&'a [u8]> {
        match self.optional(tag)? {
            Some(content) => Ok(content),
            None => Err(self.0.error(unexpected(self.0.peek_byte()))),
        }
    }

    /// Content octets of the next value, if it has this tag.
    pub(crate) fn optional(&mut self, tag: u8) -> der::Result<Option<&'a [u8]>> {
        if self.0.peek_byte() != Some(tag) {
            return Ok(None);
        }
        self.any().map(|value| Some(value.content))
    }

    /// An OBJECT IDENTIFIER.
    pub(crate) fn oid(&mut self) -> der::Result<Oid> {
        self.0.decode().map(Oid::from_asn1)
    }

    /// A BOOLEAN that is FALSE when absent. FALSE that is written out is no DER (X.690 §11.5), yet common enough.
    pub(crate) fn default_false(&mut self) -> der::Result<bool> {
        if self.0.peek_byte() != Some(BOOLEAN) {
            return Ok(false);
        }
        self.0.decode()
    }

    /// A `Time` in either form.
    pub(crate) fn time(&mut self) -> der::Result<UnixSeconds> {
        let since_1970 = if self.0.peek_byte() == Some(UTC_TIME) {
            self.0.decode::<UtcTime>()?.to_unix_duration()
        } else {
            self.0.decode::<GeneralizedTime>()?.to_unix_duration()
        };
        UnixSeconds::new(since_1970.as_secs()).map_err(|_| self.0.error(ErrorKind::DateTime))
    }

    /// Whether the next value has this tag.
    pub(crate) fn is_next(&self, tag: u8) -> bool {
        self.0.peek_byte() == Some(tag)
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    pub(crate) fn finish(self) -> der::Result<()> {
        self.0.finish()
    }
}

/// One value as it was read.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    pub(crate) whole: &'a [u8],
}

/// A value of a common type, of at most 65,535 octets, at the beginning of these.
fn common(octets: &[u8]) -> Option<Value<'_>> {
    let (tag, header, length) = match *octets {
        [tag, length @ 0..=0x7F, ..] => (tag, 2, usize::from(length)),
        [tag, 0x81, length @ 0x80..=0xFF, ..] => (tag, 3, usize::from(length)),
        [tag, 0x82, high @ 1..=0xFF, low, ..] => {
            (tag, 4, usize::from(u16::from_be_bytes([high, low])))
        }
        _ => return None,
    };
    let is_common = matches!(
        tag,
        BOOLEAN..=OCTET_STRING
            | OBJECT_IDENTIFIER
            | UTF8_STRING
            | 0x13
            | IA5_STRING
            | UTC_TIME
            | GENERALIZED_TIME
            | SEQUENCE
            | SET
            | 0x80..=0x88
            | 0xA0..=0xA8
    );
    let whole = octets.get(..header + length).filter(|_| is_common)?;
    let content = whole.get(header..)?;
    Some(Value {
        tag,
        content,
        whole,
    })
}

fn unexpected(found: Option<u8>) -> ErrorKind {
    match found.map(|octet| Tag::from_der(&[octet])) {
        Some(Ok(actual)) => ErrorKind::TagUnexpected {
            expected: None,
            actual,
        },
        Some(Err(error)) => error.kind(),
        None => ErrorKind::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_fewest_octets() {
        assert_eq!(header(SEQUENCE, 0x7F), [0x30, 0x7F]);
        assert_eq!(header(SEQUENCE, 0x80), [0x30, 0x81, 0x80]);
        assert_eq!(header(SEQUENCE, 0x1_0000), [0x30, 0x83, 0x01, 0x00, 0x00]);
    }

    #[test]
    fn integers_carry_a_sign_octet_only_where_it_is_due() {
        for (magnitude, content) in [
            (&[0xAD, 0xC2][..], &[0x00, 0xAD, 0xC2][..]),
            (&[0x7F], &[0x7F]),
            (&[], &[0x00]),
        ] {
            assert_eq!(integer_content(magnitude), content);
        }
        assert_eq!(integer_magnitude(&[0x00, 0xAD]), Some(&[0xAD][..]));
        assert_eq!(integer_magnitude(&[0x00]), Some(&[0x00][..]));
        for bad in [&[][..], &[0x80], &[0x00, 0x7F], &[0xFF]] {
            assert_eq!(integer_magnitude(bad), None);
        }
    }

    #[test]
    fn times_change_their_form_with_the_year_2050() {
        for (text, octets) in [
            ("2020-01-06T10:46:33Z", &b"\x17\x0d200106104633Z"[..]),
            ("1970-01-01T00:00:00Z", b"\x17\x0d700101000000Z"),
            ("2049-12-31T23:59:59Z", b"\x17\x0d491231235959Z"),
            ("2050-01-01T00:00:00Z", b"\x18\x0f20500101000000Z"),
            ("9999-12-31T23:59:59Z", b"\x18\x0f99991231235959Z"),
        ] {
            let at: UnixSeconds = text.parse().unwrap();
            assert_eq!(write_time(at), octets);
            assert_eq!(Reader::new(octets).unwrap().time(), Ok(at));
        }
    }

    #[test]
    fn depth_counts_values_inside_one_another() {
        let two = [0x30, 0x02, 0x05, 0x00];
        assert_eq!(is_within_depth(&two, 2), Ok(true));
        assert_eq!(is_within_depth(&two, 1), Ok(false));
        assert_eq!(is_within_depth(&[], 0), Ok(true));
        // The inner value is cut short, or of indefinite length.
        for bad in [&[0x30, 0x02, 0x05, 0x01][..], &[0xA0, 0x02, 0x30, 0x80]] {
            assert!(is_within_depth(bad, 9).is_err());
        }
    }

    #[test]
    fn a_value_is_enclosed_where_it_stands() {
        for length in [0, 3, 0x7F, 0x80, 0x100] {
            let content = vec![7; length];
            let mut out = vec![1, 2];
            out.extend_from_slice(&content);
            enclose(&mut out, 2, SEQUENCE);
            assert_eq!(out, [&[1, 2][..], &write(SEQUENCE, &content)].concat());
        }
    }

    /// What is read the short way is what the library reads; all else it refuses.
    #[test]
    fn common_values_are_those_of_the_library() {
        for tag in 0..=u8::MAX {
            for length in [
                &[0][..],
                &[1],
                &[0x7F],
                &[0x80],
                &[0x81, 0x7F],
                &[0x81, 0x80],
                &[0x82, 0, 0x80],
                &[0x82, 1, 0],
                &[0x83, 0, 1, 0],
            ] {
                let octets = [&[tag], length, &[5; 300]].concat();
                for octets in [&octets[..], &octets[..octets.len() - 299]] {
                    let library = SliceReader::new(octets).unwrap().tlv_bytes().ok();
                    let read = common(octets).map(|value| value.whole);
                    assert!(read.is_none() || read == library, "{tag:02x} {length:x?}");
                    let any = Reader::new(octets).unwrap().any().ok();
                    assert_eq!(
                        any.map(|value| value.whole),
                        library,
                        "{tag:02x} {length:x?}"
                    );
                }
            }
        }
    }

    #[test]
    fn octets_after_a_value_are_refused() {
        assert_eq!(read(&[0x30, 0x00], SEQUENCE), Ok(&[][..]));
        assert!(read(&[0x30, 0x00, 0x00], SEQUENCE).is_err());
        assert!(read(&[0x31, 0x00], SEQUENCE).is_err());
        assert!(read(&[0x30, 0x80, 0x00, 0x00], SEQUENCE).is_err());
        assert!(read(&[], SEQUENCE).is_err());
    }
}
