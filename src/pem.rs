//! Textual encodings (RFC 7468): labels to DER and back, lenient in (CRLF, wide lines, text around), strict out.

use std::fmt;

use ::pem::Pem;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

pub use writer::Writer;

mod writer;

/// What an encapsulation boundary may name (RFC 7468 §4 ff.).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Label {
    /// `CERTIFICATE`, RFC 7468 §5.
    Certificate,
    /// `CERTIFICATE REQUEST`, RFC 7468 §7; `NEW CERTIFICATE REQUEST` is read as the same.
    CertificateRequest,
    /// `X509 CRL`, RFC 7468 §6.
    Crl,
    /// `EC PRIVATE KEY`, RFC 5915 §4; read, never written.
    EcPrivateKey,
    /// `ENCRYPTED PRIVATE KEY`, RFC 7468 §11.
    EncryptedPrivateKey,
    /// `PKCS7`, RFC 7468 §8; `CMS` (§9) is read as the same.
    Pkcs7,
    /// `PRIVATE KEY`, RFC 7468 §10.
    PrivateKey,
    /// `PUBLIC KEY`, RFC 7468 §13.
    PublicKey,
    /// `RSA PRIVATE KEY`, PKCS #1 (RFC 8017 appendix A.1.2); read, never written.
    RsaPrivateKey,
}

/// One encapsulated object. Its octets may be a private key: they are wiped and never shown.
pub struct Block {
    label: Label,
    der: Zeroizing<Vec<u8>>,
}

/// Why a text is not the PEM that was asked for.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// No `-----BEGIN …-----` in the text.
    #[error("no PEM object found, expected {}", labels(.expected))]
    Absent {
        /// The labels that would have been taken.
        expected: Vec<Label>,
    },
    /// A boundary or the base64 between two boundaries is broken.
    #[error("PEM text is malformed: {reason}")]
    Malformed {
        /// What the reader stumbled over.
        reason: String,
    },
    /// More objects than may be there.
    #[error("{found} PEM objects found, allowed {allowed}")]
    TooMany {
        /// Objects in the text.
        found: usize,
        /// Objects allowed.
        allowed: usize,
    },
    /// More octets than anyone may send.
    #[error("{actual} octets of text, allowed {allowed}")]
    TooLong {
        /// Octets found.
        actual: usize,
        /// Octets allowed.
        allowed: usize,
    },
    /// An object of another kind.
    #[error("PEM label {found:?}, expected {}", labels(.expected))]
    UnexpectedLabel {
        /// The label that was found.
        found: String,
        /// The labels that would have been taken.
        expected: Vec<Label>,
    },
}

impl Label {
    /// Every label.
    pub const ALL: &[Self] = &[
        Self::Certificate,
        Self::CertificateRequest,
        Self::Crl,
        Self::EcPrivateKey,
        Self::EncryptedPrivateKey,
        Self::Pkcs7,
        Self::PrivateKey,
        Self::PublicKey,
        Self::RsaPrivateKey,
    ];

    /// The text between `BEGIN ` and the dashes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Certificate => "CERTIFICATE",
            Self::CertificateRequest => "CERTIFICATE REQUEST",
            Self::Crl => "X509 CRL",
            Self::EcPrivateKey => "EC PRIVATE KEY",
            Self::EncryptedPrivateKey => "ENCRYPTED PRIVATE KEY",
            Self::Pkcs7 => "PKCS7",
            Self::PrivateKey => "PRIVATE KEY",
            Self::PublicKey => "PUBLIC KEY",
            Self::RsaPrivateKey => "RSA PRIVATE KEY",
        }
    }

    fn from_tag(tag: &str) -> Option<Self> {
        // RFC 7468 §7: parsers MAY treat "NEW CERTIFICATE REQUEST" as "CERTIFICATE REQUEST".
        if tag == "NEW CERTIFICATE REQUEST" {
            return Some(Self::CertificateRequest);
        }
        // RFC 7468 §8 and §9: both label a ContentInfo.
        if tag == "CMS" {
            return Some(Self::Pkcs7);
        }
        Self::ALL
            .iter()
            .copied()
            .find(|label| label.as_str() == tag)
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Block {
    /// What the boundary names.
    #[must_use]
    pub fn label(&self) -> Label {
        self.label
    }

    /// The octets between the boundaries.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The octets between the boundaries, owned.
    #[must_use]
    pub fn into_der(self) -> Zeroizing<Vec<u8>> {
        self.der
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({}, {} octets)", self.label, self.der.len())
    }
}

/// Whether octets look like PEM rather than DER.
#[must_use]
pub fn is_pem(octets: &[u8]) -> bool {
    octets.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// Writes one object: 64 columns, LF, a final newline (RFC 7468 §2).
#[must_use]
pub fn encode(label: Label, der: &[u8]) -> Zeroizing<String> {
    let lines = der.chunks(LINE_OCTETS);
    // Room for all of it: a text that grew would leave the beginning of a private key behind.
    let room = 2 * BOUNDARY_OCTETS + lines.len() * LINE_COLUMNS;
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.extend(["-----BEGIN ", label.as_str(), "-----\n"]);
    for line in lines {
        STANDARD.encode_string(line, &mut text);
        text.push('\n');
    }
    text.extend(["-----END ", label.as_str(), "-----\n"]);
    text
}

/// Reads the only object of a text of at most `max_octets` octets.
///
/// # Errors
/// Every variant of [`PemError`]; an object whose label is not among `expected` is refused.
pub fn decode_one(text: &[u8], expected: &[Label], max_octets: usize) -> Result<Block, PemError> {
    let mut blocks = decode_all(text, expected, max_octets)?;
    match (blocks.pop(), blocks.len()) {
        (Some(block), 0) => Ok(block),
        (_, others) => Err(PemError::TooMany {
            found: others + 1,
            allowed: 1,
        }),
    }
}

/// Reads all objects of a text of at most `max_octets` octets, at least one.
///
/// # Errors
/// Every variant of [`PemError`]; one object of a foreign label refuses the text.
pub fn decode_all(
    text: &[u8],
    expected: &[Label],
    max_octets: usize,
) -> Result<Vec<Block>, PemError> {
    if text.len() > max_octets {
        return Err(PemError::TooLong {
            actual: text.len(),
            allowed: max_octets,
        });
    }
    let malformed = |error: ::pem::PemError| PemError::Malformed {
        reason: error.to_string(),
    };
    let parsed = ::pem::parse_many(text).map_err(malformed)?;
    // The reader passes over a boundary that it cannot pair; an object lost in silence is not an answer.
    let begun = text
        .windows(BEGIN.len())
        .filter(|window| *window == BEGIN)
        .count();
    if begun != parsed.len() {
        return Err(PemError::Malformed {
            reason: format!("{begun} BEGIN lines, {} whole objects", parsed.len()),
        });
    }
    if parsed.is_empty() {
        return Err(PemError::Absent {
            expected: expected.to_vec(),
        });
    }
    parsed.into_iter().map(|pem| block(pem, expected)).collect()
}

fn block(pem: Pem, expected: &[Label]) -> Result<Block, PemError> {
    let label = Label::from_tag(pem.tag()).filter(|label| expected.contains(label));
    let Some(label) = label else {
        return Err(PemError::UnexpectedLabel {
            found: pem.tag().chars().take(80).collect(),
            expected: expected.to_vec(),
        });
    };
    // RFC 7468 §2: no headers; an encrypted RFC 1421 body would be taken for plain DER.
    if pem.headers().iter().next().is_some() {
        return Err(PemError::Malformed {
            reason: "headers (RFC 1421) are not allowed; convert the key to PKCS #8".to_owned(),
        });
    }
    Ok(Block {
        label,
        der: Zeroizing::new(pem.into_contents()),
    })
}

fn labels(expected: &[Label]) -> String {
    let names: Vec<_> = expected.iter().map(|label| label.as_str()).collect();
    names.join(" or ")
}

const BEGIN: &[u8] = b"-----BEGIN ";
/// Octets of a line of 64 columns (RFC 7468 §2), and what they become with the end of the line.
const LINE_OCTETS: usize = 48;
const LINE_COLUMNS: usize = 65;
/// More than the longest boundary has.
const BOUNDARY_OCTETS: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;

    const CSR: &[Label] = &[Label::CertificateRequest];

    fn one(text: &str) -> Result<Block, PemError> {
        decode_one(text.as_bytes(), CSR, 1000)
    }

    #[test]
    fn both_request_labels_are_one() {
        for tag in ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"] {
            let text = format!("-----BEGIN {tag}-----\r\nMAMCAQE=\r\n-----END {tag}-----");
            let block = one(&text).unwrap();
            assert_eq!(block.label(), Label::CertificateRequest);
            assert_eq!(block.der(), [0x30, 0x03, 0x02, 0x01, 0x01]);
        }
    }

    #[test]
    fn output_has_64_columns_and_a_final_newline() {
        let text = encode(Label::Certificate, &[0xAB; 49]);
        let lines: Vec<_> = text.split('\n').collect();
        assert_eq!(lines[0], "-----BEGIN CERTIFICATE-----");
        assert_eq!(lines[1].len(), 64);
        assert_eq!(lines[2], "qw==");
        assert_eq!(lines[3], "-----END CERTIFICATE-----");
        assert_eq!(lines[4..], [""]);
    }

    #[test]
    fn two_objects_are_refused_where_one_is_due() {
        let text = encode(Label::CertificateRequest, &[0x30, 0x00]);
        let twice = format!("{}{}", *text, *text);
        assert_eq!(
            one(&twice).unwrap_err(),
            PemError::TooMany {
                found: 2,
                allowed: 1
            }
        );
    }

    #[test]
    fn a_half_object_beside_a_whole_one_is_refused() {
        let text = encode(Label::CertificateRequest, &[0x30, 0x00]);
        let cut = format!("{}-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n", *text);
        assert!(matches!(one(&cut), Err(PemError::Malformed { .. })));
    }

    #[test]
    fn foreign_labels_and_long_texts_are_refused() {
        let text = encode(Label::Certificate, &[0x30, 0x00]);
        assert_eq!(
            one(&text).unwrap_err(),
            PemError::UnexpectedLabel {
                found: "CERTIFICATE".to_owned(),
                expected: CSR.to_vec()
            }
        );
        assert_eq!(
            decode_one(text.as_bytes(), CSR, 10).unwrap_err(),
            PemError::TooLong {
                actual: text.len(),
                allowed: 10
            }
        );
        assert_eq!(
            one("").unwrap_err(),
            PemError::Absent {
                expected: CSR.to_vec()
            }
        );
    }

    #[test]
    fn a_block_never_shows_its_octets() {
        let text = encode(Label::CertificateRequest, &[0xAB; 5]);
        assert_eq!(
            format!("{:?}", one(&text).unwrap()),
            "Block(CERTIFICATE REQUEST, 5 octets)"
        );
    }
}
