//! Cryptographic Message Syntax (RFC 5652): `SignedData` without signers, which carries certificates (P7B, P7C), and
//! [`SignedMessage`], a content with its signers.
//!
//! ```asn1
//! ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT ANY DEFINED BY contentType }
//! SignedData ::= SEQUENCE {
//!     version INTEGER, digestAlgorithms SET OF DigestAlgorithmIdentifier,
//!     encapContentInfo SEQUENCE { eContentType OBJECT IDENTIFIER, eContent [0] EXPLICIT OCTET STRING OPTIONAL },
//!     certificates [0] IMPLICIT SET OF CertificateChoices OPTIONAL,
//!     crls [1] IMPLICIT SET OF RevocationInfoChoice OPTIONAL,
//!     signerInfos SET OF SignerInfo }
//! ```
//!
//! Certificates are copied octet for octet, and in the order that the caller asks for: a general encoder of SET OF
//! would sort them.

use std::borrow::Cow;

use crate::cert::{Certificate, CertificateError};
use crate::crl::{Crl, CrlError};
use crate::oid;
use crate::oid::Oid;
use crate::pem;
use crate::pem::{Label, PemError};
use crate::tlv;

pub use enveloped::{Recipient, RecipientError};
pub use signed::{SignedMessage, SignedMessageError, SignerInfo, WeakDigest};

mod ber;
mod enveloped;
mod signed;

/// In which order the certificates are written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SetOrder {
    /// As they are given. DER would have them sorted; consumers read any order, and people expect the leaf first.
    AsGiven,
    /// Ascending by their octets, as DER has a SET OF (X.690 §11.6).
    DerSorted,
}

/// A `SignedData` without content and without signers: certificates, and lists when it is another's.
///
/// Invariant: at most [`CertificatesOnly::MAX_OCTETS`] octets and [`CertificatesOnly::MAX_CERTIFICATES`] certificates,
/// at least one certificate or list.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificatesOnly {
    der: Vec<u8>,
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
}

/// Why a message cannot be made or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CmsError {
    /// A certificate in the message is none.
    #[error("certificate {position} of the message is not valid")]
    Certificate {
        /// Certificates before it.
        position: usize,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// There is a content, which a bag of certificates does not have (RFC 5652 §5.2).
    #[error("message has a content, a bag of certificates has none")]
    ContentPresent,
    /// A content type that is not the one expected.
    #[error("content type {found}, expected {expected}")]
    ContentType {
        /// The type found.
        found: Oid,
        /// The type expected.
        expected: Oid,
    },
    /// A list in the message is none.
    #[error("CRL of the message is not valid")]
    Crl(#[from] CrlError),
    /// One certificate given twice.
    #[error("certificate {position} is given twice, allowed once")]
    Duplicate {
        /// Certificates before the second one.
        position: usize,
    },
    /// Neither certificate nor list.
    #[error("message holds no certificate, at least one is required")]
    Empty,
    /// The octets are not the BER of a message.
    #[error("message is not valid BER: {reason}")]
    Malformed {
        /// What the decoder stumbled over.
        reason: String,
    },
    /// The text is not the PEM of a message.
    #[error("message is not valid PEM")]
    Pem(#[from] PemError),
    /// Somebody signed: the message is more than a bag of certificates.
    #[error("message has signers, a bag of certificates has none")]
    Signers,
    /// More octets than anyone may send.
    #[error("message of {actual} octets, allowed {}", CertificatesOnly::MAX_OCTETS)]
    TooLong {
        /// Octets found.
        actual: usize,
    },
    /// More certificates than anyone may send.
    #[error("{found} certificates, allowed {}", CertificatesOnly::MAX_CERTIFICATES)]
    TooMany {
        /// Certificates found.
        found: usize,
    },
    /// An attribute certificate, or another kind that nobody uses (RFC 5652 §10.2).
    #[error("element with identifier octet 0x{tag:02X} is neither certificate nor CRL of X.509")]
    Unsupported {
        /// Identifier octet of the element.
        tag: u8,
    },
    /// A version of `SignedData` that does not go with what it holds.
    #[error("SignedData of an unknown version, allowed 1 to 5")]
    Version,
}

impl CertificatesOnly {
    /// Octets of the longest message that is read, as DER, BER or PEM text.
    pub const MAX_OCTETS: usize = 4 << 20;
    /// Certificates that one message may hold.
    pub const MAX_CERTIFICATES: usize = 256;

    /// A message with these certificates.
    ///
    /// # Errors
    /// [`CmsError::Duplicate`], [`CmsError::Empty`], [`CmsError::TooLong`] and [`CmsError::TooMany`].
    pub fn new(certificates: &[Certificate], order: SetOrder) -> Result<Self, CmsError> {
        if certificates.is_empty() {
            return Err(CmsError::Empty);
        }
        if certificates.len() > Self::MAX_CERTIFICATES {
            return Err(CmsError::TooMany {
                found: certificates.len(),
            });
        }
        let is_repeated = |position: &usize| {
            let before = certificates.get(..*position).unwrap_or_default();
            certificates
                .get(*position)
                .is_some_and(|certificate| before.contains(certificate))
        };
        if let Some(position) = (0..certificates.len()).find(is_repeated) {
            return Err(CmsError::Duplicate { position });
        }
        let mut certificates = certificates.to_vec();
        if order == SetOrder::DerSorted {
            certificates.sort_by(|one, other| one.as_der().cmp(other.as_der()));
        }
        let der = write(&certificates);
        if der.len() > Self::MAX_OCTETS {
            return Err(CmsError::TooLong { actual: der.len() });
        }
        Ok(Self {
            der,
            certificates,
            crls: Vec::new(),
        })
    }

    /// Reads a message, DER or BER.
    ///
    /// # Errors
    /// Every variant of [`CmsError`] but [`CmsError::Duplicate`] and [`CmsError::Pem`].
    pub fn from_der(octets: &[u8]) -> Result<Self, CmsError> {
        let der = definite(octets)?;
        let elements = read(&der)?;
        if elements.certificates.len() > Self::MAX_CERTIFICATES {
            return Err(CmsError::TooMany {
                found: elements.certificates.len(),
            });
        }
        let read_certificate = |(position, octets): (usize, &&[u8])| {
            Certificate::from_der(octets)
                .map_err(|source| CmsError::Certificate { position, source })
        };
        let certificates: Result<Vec<_>, _> = elements
            .certificates
            .iter()
            .enumerate()
            .map(read_certificate)
            .collect();
        let crls: Result<Vec<_>, _> = elements
            .crls
            .iter()
            .map(|list| Crl::from_der(list))
            .collect();
        let (certificates, crls) = (certificates?, crls?);
        if certificates.is_empty() && crls.is_empty() {
            return Err(CmsError::Empty);
        }
        Ok(Self {
            der: der.into_owned(),
            certificates,
            crls,
        })
    }

    /// Reads the PEM of one message.
    ///
    /// # Errors
    /// [`CmsError::Pem`], and as [`CertificatesOnly::from_der`].
    pub fn from_pem(text: &[u8]) -> Result<Self, CmsError> {
        let block = pem::decode_one(text, &[Label::Pkcs7], Self::MAX_OCTETS)?;
        Self::from_der(block.der())
    }

    /// Reads one message, PEM, DER or BER.
    ///
    /// # Errors
    /// As [`CertificatesOnly::from_pem`] or [`CertificatesOnly::from_der`].
    pub fn from_bytes(octets: &[u8]) -> Result<Self, CmsError> {
        match octets.first() {
            Some(&tlv::SEQUENCE) => Self::from_der(octets),
            _ => Self::from_pem(octets),
        }
    }

    /// The octets, all lengths definite; DER but for the order of the certificates.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// RFC 7468 text.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(Label::Pkcs7, &self.der).to_string()
    }

    /// The certificates in their order.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The lists in their order; certwright writes none.
    #[must_use]
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }
}

/// The octets of the certificates of a DER message, in their order.
pub(crate) fn certificate_octets(der: &[u8]) -> Result<Vec<&[u8]>, CmsError> {
    read(der).map(|elements| elements.certificates)
}

/// What a message holds, as octets.
struct Elements<'a> {
    certificates: Vec<&'a [u8]>,
    crls: Vec<&'a [u8]>,
}

fn write(certificates: &[Certificate]) -> Vec<u8> {
    let octets: Vec<u8> = certificates
        .iter()
        .flat_map(|certificate| certificate.as_der())
        .copied()
        .collect();
    let signed_data = [
        // RFC 5652 §5.1: version 1 for X.509 certificates and no signer.
        tlv::write(tlv::INTEGER, &[1]),
        tlv::write(tlv::SET, &[]),
        tlv::write(tlv::SEQUENCE, &tlv::write_oid(oid::DATA)),
        tlv::write(tlv::context_constructed(0), &octets),
        tlv::write(tlv::SET, &[]),
    ]
    .concat();
    let content = tlv::write(tlv::SEQUENCE, &signed_data);
    let content_info = [
        tlv::write_oid(oid::SIGNED_DATA),
        tlv::write(tlv::context_constructed(0), &content),
    ]
    .concat();
    tlv::write(tlv::SEQUENCE, &content_info)
}

/// DER as it stands, BER with its indefinite lengths made definite.
fn definite(octets: &[u8]) -> Result<Cow<'_, [u8]>, CmsError> {
    if octets.len() > CertificatesOnly::MAX_OCTETS {
        return Err(CmsError::TooLong {
            actual: octets.len(),
        });
    }
    match read(octets) {
        Err(CmsError::Malformed { .. }) => ber::to_definite(octets).map(Cow::Owned),
        _ => Ok(Cow::Borrowed(octets)),
    }
}

fn read(octets: &[u8]) -> Result<Elements<'_>, CmsError> {
    let content = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
    let mut reader = tlv::Reader::new(content).map_err(malformed)?;
    check_type(oid::SIGNED_DATA, reader.oid().map_err(malformed)?)?;
    let content = reader
        .expect(tlv::context_constructed(0))
        .map_err(malformed)?;
    reader.finish().map_err(malformed)?;
    read_signed_data(tlv::read(content, tlv::SEQUENCE).map_err(malformed)?)
}

fn read_signed_data(content: &[u8]) -> Result<Elements<'_>, CmsError> {
    let mut reader = tlv::Reader::new(content).map_err(malformed)?;
    if !matches!(reader.expect(tlv::INTEGER).map_err(malformed)?, [1..=5]) {
        return Err(CmsError::Version);
    }
    // Digest algorithms without a signer say nothing.
    reader.expect(tlv::SET).map_err(malformed)?;
    let encapsulated = reader.expect(tlv::SEQUENCE).map_err(malformed)?;
    let certificates = reader
        .optional(tlv::context_constructed(0))
        .map_err(malformed)?;
    let crls = reader
        .optional(tlv::context_constructed(1))
        .map_err(malformed)?;
    let signers = reader.expect(tlv::SET).map_err(malformed)?;
    reader.finish().map_err(malformed)?;
    let mut encapsulated = tlv::Reader::new(encapsulated).map_err(malformed)?;
    check_type(oid::DATA, encapsulated.oid().map_err(malformed)?)?;
    if !encapsulated.is_finished() {
        return Err(CmsError::ContentPresent);
    }
    if !signers.is_empty() {
        return Err(CmsError::Signers);
    }
    Ok(Elements {
        certificates: sequences(certificates.unwrap_or_default())?,
        crls: sequences(crls.unwrap_or_default())?,
    })
}

/// Certificates and lists of X.509 are the only choices without a context tag (RFC 5652 §10.2).
fn sequences(content: &[u8]) -> Result<Vec<&[u8]>, CmsError> {
    let mut reader = tlv::Reader::new(content).map_err(malformed)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        let element = reader.any().map_err(malformed)?;
        if element.tag != tlv::SEQUENCE {
            return Err(CmsError::Unsupported { tag: element.tag });
        }
        elements.push(element.whole);
    }
    Ok(elements)
}

fn check_type(expected: Oid, found: Oid) -> Result<(), CmsError> {
    if found == expected {
        return Ok(());
    }
    Err(CmsError::ContentType { found, expected })
}

fn malformed(error: der::Error) -> CmsError {
    CmsError::Malformed {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
