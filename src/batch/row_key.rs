//! What a row is called: in rejections, reports, and as the name of its files.

use std::fmt;

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The name of a row: given by its field `rowKey`, or that of its device, or made of its number.
///
/// Any text can be one; [`RowKey::file_stem`] is what of it a file system gets to see.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct RowKey(String);

impl RowKey {
    /// The key of this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The key of a row that has no name: `row-000007`.
    #[must_use]
    pub fn of_number(row: u64) -> Self {
        Self(format!("row-{row:06}"))
    }

    /// The key as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Three lower-case hexadecimal digits, the first of the key's SHA-256: the folder among 4,096 for its files.
    #[must_use]
    pub fn fan(&self) -> String {
        let mut digits = hex(Sha256::digest(&self.0).iter().take(2));
        digits.truncate(3);
        digits
    }

    /// The key as the beginning of a file's name, which can neither leave its folder nor hide in it.
    ///
    /// Letters, digits and `-_.=@+,` of ASCII stand for themselves, but for a dot at the beginning; every other octet
    /// is written `%XX`. What is longer than 160 octets then is cut and goes on with `~` and sixteen hexadecimal
    /// digits of the key's SHA-256, so that long keys with one beginning stay apart. The empty key is `%`.
    #[must_use]
    pub fn file_stem(&self) -> String {
        let mut stem = String::with_capacity(self.0.len());
        for octet in self.0.bytes() {
            let hidden = octet == b'.' && stem.is_empty();
            if (octet.is_ascii_alphanumeric() || PLAIN.contains(&octet)) && !hidden {
                stem.push(char::from(octet));
            } else {
                stem.push_str(&format!("%{octet:02X}"));
            }
        }
        if stem.is_empty() {
            stem.push('%');
        }
        if stem.len() > MAX_STEM_OCTETS {
            stem.truncate(MAX_STEM_OCTETS);
            stem.push('~');
            stem.push_str(&hex(Sha256::digest(&self.0).iter().take(8)));
        }
        stem
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn hex<'a>(octets: impl Iterator<Item = &'a u8>) -> String {
    octets.map(|octet| format!("{octet:02x}")).collect()
}

/// Octets beside letters and digits that mean nothing to a file system or a shell; not `~`, which parts what is added
/// to a key from the key.
const PLAIN: &[u8] = b"-_.=@+,";

/// File systems allow 255 octets; the rest is for endings.
const MAX_STEM_OCTETS: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_key_is_its_own_name() {
        assert_eq!(RowKey::new("dk-1_A.b").file_stem(), "dk-1_A.b");
        assert_eq!(RowKey::of_number(7).file_stem(), "row-000007");
        // SHA-256("abc") begins with ba7816bf.
        assert_eq!(RowKey::new("abc").fan(), "ba7");
    }

    #[test]
    fn a_key_cannot_leave_its_folder() {
        for (key, stem) in [
            ("../../x", "%2E.%2F..%2Fx"),
            ("..", "%2E."),
            (".", "%2E"),
            ("", "%"),
            ("/etc/passwd", "%2Fetc%2Fpasswd"),
            ("a\0b", "a%00b"),
            ("a\\b:c", "a%5Cb%3Ac"),
            ("ключ", "%D0%BA%D0%BB%D1%8E%D1%87"),
            ("a~b%2F", "a%7Eb%252F"),
        ] {
            assert_eq!(RowKey::new(key).file_stem(), stem);
        }
    }

    #[test]
    fn long_keys_are_cut_and_stay_apart() {
        let one = RowKey::new("k".repeat(4000) + "1").file_stem();
        let other = RowKey::new("k".repeat(4000) + "2").file_stem();
        assert_eq!(one.len(), 160 + 1 + 16);
        assert_ne!(one, other);
        assert_eq!(RowKey::new("k".repeat(160)).file_stem(), "k".repeat(160));
    }
}
