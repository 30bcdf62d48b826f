//! BER (X.690 §8) with definite lengths made of it: other people's encoders stream, and streams end in `00 00`.

use crate::cms::CmsError;
use crate::tlv;

/// The same value with every length definite and in the fewest octets, and every constructed OCTET STRING flattened.
///
/// The order of sets and the content of primitive values are left alone.
pub(super) fn to_definite(octets: &[u8]) -> Result<Vec<u8>, CmsError> {
    let mut input = octets;
    let mut output = Vec::with_capacity(octets.len());
    copy_value(&mut input, &mut output, 0)?;
    if !input.is_empty() {
        return Err(malformed("octets after the message"));
    }
    Ok(output)
}

fn copy_value(input: &mut &[u8], output: &mut Vec<u8>, depth: usize) -> Result<(), CmsError> {
    if depth > MAX_DEPTH {
        return Err(malformed("values nest more than 32 deep"));
    }
    let tag = next(input)?;
    if tag & HIGH_TAG == HIGH_TAG {
        return Err(malformed("a tag number above 30"));
    }
    let is_constructed = tag & CONSTRUCTED != 0;
    let length = read_length(input)?;
    let mut content = Vec::new();
    match length {
        Some(length) => {
            let mut inner = take(input, length)?;
            if !is_constructed {
                output.extend(tlv::write(tag, inner));
                return Ok(());
            }
            while !inner.is_empty() {
                copy_value(&mut inner, &mut content, depth + 1)?;
            }
        }
        // X.690 §8.1.3.2: the indefinite form is for constructed values only.
        None if !is_constructed => return Err(malformed("a primitive value without length")),
        None => {
            while !input.starts_with(END_OF_CONTENTS) {
                copy_value(input, &mut content, depth + 1)?;
            }
            take(input, END_OF_CONTENTS.len())?;
        }
    }
    if tag == tlv::OCTET_STRING | CONSTRUCTED {
        let flat = flatten(&content)?;
        output.extend(tlv::write(tlv::OCTET_STRING, &flat));
    } else {
        output.extend(tlv::write(tag, &content));
    }
    Ok(())
}

/// The chunks of a constructed OCTET STRING in one; chunks of chunks are flat already.
fn flatten(chunks: &[u8]) -> Result<Vec<u8>, CmsError> {
    let malformed = super::malformed;
    let mut reader = tlv::Reader::new(chunks).map_err(malformed)?;
    let mut flat = Vec::with_capacity(chunks.len());
    while !reader.is_finished() {
        flat.extend_from_slice(reader.expect(tlv::OCTET_STRING).map_err(malformed)?);
    }
    Ok(flat)
}

/// `None` is the indefinite form (X.690 §8.1.3.6).
fn read_length(input: &mut &[u8]) -> Result<Option<usize>, CmsError> {
    match next(input)? {
        0x80 => Ok(None),
        short @ 0..0x80 => Ok(Some(usize::from(short))),
        long => {
            let mut length: usize = 0;
            for _ in 0x80..long {
                length = length
                    .checked_mul(256)
                    .and_then(|length| Some(length + usize::from(next(input).ok()?)))
                    .ok_or_else(|| malformed("a length that is cut short or too large"))?;
            }
            Ok(Some(length))
        }
    }
}

fn next(input: &mut &[u8]) -> Result<u8, CmsError> {
    let (first, rest) = input
        .split_first()
        .ok_or_else(|| malformed("the message is cut short"))?;
    *input = rest;
    Ok(*first)
}

fn take<'a>(input: &mut &'a [u8], length: usize) -> Result<&'a [u8], CmsError> {
    let (taken, rest) = input
        .split_at_checked(length)
        .ok_or_else(|| malformed("the message is cut short"))?;
    *input = rest;
    Ok(taken)
}

fn malformed(reason: &str) -> CmsError {
    CmsError::Malformed {
        reason: reason.to_owned(),
    }
}

const CONSTRUCTED: u8 = 0x20;
const HIGH_TAG: u8 = 0x1F;
const END_OF_CONTENTS: &[u8] = &[0, 0];
/// Deep enough for any certificate; a hostile message nests until the stack ends.
const MAX_DEPTH: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indefinite_lengths_become_definite() {
        let ber = b"\x30\x80\xa0\x80\x02\x01\x05\x00\x00\x04\x81\x01A\x00\x00";
        assert_eq!(
            to_definite(ber).unwrap(),
            b"\x30\x08\xa0\x03\x02\x01\x05\x04\x01A"
        );
    }

    #[test]
    fn chunks_of_an_octet_string_become_one() {
        let ber = b"\x24\x80\x04\x02ab\x24\x06\x04\x01c\x04\x01d\x00\x00";
        assert_eq!(to_definite(ber).unwrap(), b"\x04\x04abcd");
    }

    #[test]
    fn what_is_no_ber_is_refused() {
        let deep = [0x30, 0x80].repeat(10_000);
        for bad in [
            &b""[..],
            b"\x30",
            b"\x30\x80",
            b"\x30\x80\x00",
            b"\x04\x80\x00\x00",
            b"\x30\x01\x02",
            b"\x30\x82\x01",
            b"\x04\xff\x01",
            b"\x1f\x81\x01\x00",
            b"\x30\x00\x00",
            b"\x24\x03\x02\x01\x00",
            &deep,
        ] {
            let error = to_definite(bad).unwrap_err();
            assert!(matches!(error, CmsError::Malformed { .. }), "{bad:?}");
        }
    }
}
