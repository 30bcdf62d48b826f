//! `SignedData` with its content inside and signers around it (RFC 5652 §5): read under limits, believed only when a
//! certificate that the caller knows has signed.
//!
//! ```asn1
//! SignerInfo ::= SEQUENCE {
//!     version INTEGER, sid SignerIdentifier, digestAlgorithm DigestAlgorithmIdentifier,
//!     signedAttrs [0] IMPLICIT SET SIZE (1..MAX) OF Attribute OPTIONAL,
//!     signatureAlgorithm SignatureAlgorithmIdentifier, signature OCTET STRING,
//!     unsignedAttrs [1] IMPLICIT SET SIZE (1..MAX) OF Attribute OPTIONAL }
//! SignerIdentifier ::= CHOICE {
//!     issuerAndSerialNumber SEQUENCE { issuer Name, serialNumber INTEGER },
//!     subjectKeyIdentifier [0] IMPLICIT OCTET STRING }
//! ```

use std::borrow::Cow;

use crate::cert::{Certificate, CertificateError};
use crate::cms::CmsError;
use crate::cms::ber;
use crate::key::KeyError;
use crate::oid;
use crate::oid::Oid;
use crate::pem;
use crate::pem::{Label, PemError};
use crate::tlv;

pub use self::signer::SignerInfo;

mod signer;

/// A content and those who are said to have signed it; nothing is verified by reading.
///
/// Invariant: at most [`SignedMessage::MAX_OCTETS`] octets, [`SignedMessage::MAX_CERTIFICATES`] certificates and 1 to
/// [`SignedMessage::MAX_SIGNERS`] signers; the content is of type `id-data` and is there.
#[derive(Clone, Debug)]
pub struct SignedMessage {
    content: Vec<u8>,
    certificates: Vec<Certificate>,
    signers: Vec<SignerInfo>,
}

/// What becomes of a signature over a SHA-1 digest.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum WeakDigest {
    /// Verified like any other.
    Allow,
    /// Refused by name.
    #[default]
    Refuse,
}

/// Why octets are no signed message, or a message is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignedMessageError {
    /// RFC 5652 §11: an attribute that must be among the signed ones, once and with one value.
    #[error("signed attribute {attribute} stands {found} times, expected once with one value")]
    Attribute {
        /// Its name.
        attribute: &'static str,
        /// How often it stands, values counted.
        found: usize,
    },
    /// A certificate in the message is none.
    #[error("certificate {position} of the message is not valid")]
    Certificate {
        /// Certificates before it.
        position: usize,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// RFC 5652 §11.1: the content-type attribute is the type of the content.
    #[error("signed attribute contentType is {found}, the content is of type {expected}")]
    ContentAttribute {
        /// The attribute's value.
        found: String,
        /// The type of the content.
        expected: Oid,
    },
    /// The signature is detached: what it covers is not in the message.
    #[error("message has no content, an attached one is required")]
    ContentAbsent,
    /// A content type that is not the one expected.
    #[error("content type {found}, expected {expected}")]
    ContentType {
        /// The type found.
        found: Oid,
        /// The type expected.
        expected: Oid,
    },
    /// RFC 5652 §5.6: the message-digest attribute is the digest of the content.
    #[error("signed attribute messageDigest is not the digest of the content")]
    Digest,
    /// The octets are not the BER of a signed message.
    #[error("message is not valid BER: {reason}")]
    Malformed {
        /// What the decoder stumbled over.
        reason: String,
    },
    /// The message brings a certificate that goes by the expected one's name and is another.
    #[error(
        "message carries another certificate with issuer and serial number of the expected one"
    )]
    OtherCertificate,
    /// Somebody else signed.
    #[error("message is signed by {found}, expected {expected}")]
    OtherSigner {
        /// Who is said to have signed.
        found: String,
        /// Who should have.
        expected: String,
    },
    /// The text is not the PEM of a message.
    #[error("message is not valid PEM")]
    Pem(#[from] PemError),
    /// The signature does not verify with the key of the expected certificate.
    #[error("signature does not verify with the key of the signer's certificate")]
    Signature(#[source] KeyError),
    /// A digest or signature algorithm that is not verified, or two that contradict each other.
    #[error("signature with {found}, allowed RSA PKCS #1 v1.5 with SHA-2 and ecdsa-with-SHA256")]
    SignatureAlgorithm {
        /// Digest and signature algorithm.
        found: String,
    },
    /// Nobody signed.
    #[error("message has no signer, at least one is required")]
    SignerAbsent,
    /// More octets than anyone may send.
    #[error("message of {actual} octets, allowed {}", SignedMessage::MAX_OCTETS)]
    TooLong {
        /// Octets found.
        actual: usize,
    },
    /// More certificates, signers or attributes than anyone may send.
    #[error("{found} {what}, allowed {allowed}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many were found.
        found: usize,
        /// How many are allowed.
        allowed: usize,
    },
    /// A version that does not go with what is there (RFC 5652 §5.1, §5.3).
    #[error("{what} of an unknown version")]
    Version {
        /// `SignedData` or `SignerInfo`.
        what: &'static str,
    },
    /// SHA-1 where the caller does not allow it.
    #[error("signature over a SHA-1 digest, allowed SHA-256, SHA-384 and SHA-512")]
    WeakDigest,
}

impl SignedMessage {
    /// Octets of the longest message that is read, as DER, BER or PEM text.
    pub const MAX_OCTETS: usize = 262_144;
    /// Certificates that one message may carry.
    pub const MAX_CERTIFICATES: usize = 16;
    /// Signers of one message.
    pub const MAX_SIGNERS: usize = 8;

    /// Reads a message, DER, or BER with indefinite lengths and content in chunks.
    ///
    /// # Errors
    /// Every variant of [`SignedMessageError`] that is not about verifying.
    pub fn from_der(octets: &[u8]) -> Result<Self, SignedMessageError> {
        if octets.len() > Self::MAX_OCTETS {
            let actual = octets.len();
            return Err(SignedMessageError::TooLong { actual });
        }
        let der = match read(octets) {
            Err(SignedMessageError::Malformed { .. }) => {
                Cow::Owned(ber::to_definite(octets).map_err(from_cms)?)
            }
            _ => Cow::Borrowed(octets),
        };
        let Elements {
            content,
            certificates,
            signers,
        } = read(&der)?;
        too_many("certificates", certificates.len(), Self::MAX_CERTIFICATES)?;
        too_many("signers", signers.len(), Self::MAX_SIGNERS)?;
        if signers.is_empty() {
            return Err(SignedMessageError::SignerAbsent);
        }
        let certificate = |(position, octets): (usize, &&[u8])| {
            Certificate::from_der(octets)
                .map_err(|source| SignedMessageError::Certificate { position, source })
        };
        let certificates: Result<_, _> = certificates.iter().enumerate().map(certificate).collect();
        let signers: Result<_, _> = signers.into_iter().map(SignerInfo::from_content).collect();
        Ok(Self {
            content: content.to_vec(),
            certificates: certificates?,
            signers: signers?,
        })
    }

    /// Reads the PEM of one message, under the label `PKCS7` or `CMS`.
    ///
    /// # Errors
    /// [`SignedMessageError::Pem`], and as [`SignedMessage::from_der`].
    pub fn from_pem(text: &[u8]) -> Result<Self, SignedMessageError> {
        let block = pem::decode_one(text, &[Label::Pkcs7], Self::MAX_OCTETS)?;
        Self::from_der(block.der())
    }

    /// Reads one message, PEM, DER or BER.
    ///
    /// # Errors
    /// As [`SignedMessage::from_pem`] or [`SignedMessage::from_der`].
    pub fn from_bytes(octets: &[u8]) -> Result<Self, SignedMessageError> {
        match octets.first() {
            Some(&tlv::SEQUENCE) => Self::from_der(octets),
            _ => Self::from_pem(octets),
        }
    }

    /// The content, once the certificate's key is found to have signed it.
    ///
    /// Of several signers this one must be among them; what the others did is not asked. A certificate in the message
    /// with the same issuer and serial number must be the same octet for octet: the caller's certificate counts, never
    /// the message's own.
    ///
    /// # Errors
    /// The variants of [`SignedMessageError`] about signers, signed attributes, algorithms and the signature.
    pub fn verify(
        &self,
        signer: &Certificate,
        weak: WeakDigest,
    ) -> Result<&[u8], SignedMessageError> {
        let is_namesake = |other: &&Certificate| {
            other.issuer() == signer.issuer() && other.serial() == signer.serial()
        };
        let mut namesakes = self.certificates.iter().filter(is_namesake);
        if namesakes.any(|other| other != signer) {
            return Err(SignedMessageError::OtherCertificate);
        }
        let mut named = self
            .signers
            .iter()
            .filter(|info| info.names(signer))
            .peekable();
        if named.peek().is_none() {
            let found: Vec<_> = self.signers.iter().map(SignerInfo::to_string).collect();
            return Err(SignedMessageError::OtherSigner {
                found: found.join(" and "),
                expected: format!(
                    "{} with serial 0x{}",
                    signer.issuer(),
                    signer.serial().to_hex()
                ),
            });
        }
        named
            .try_for_each(|info| info.verify(&self.content, signer.public_key(), weak))
            .map(|()| self.content.as_slice())
    }

    /// The content; worth nothing until [`SignedMessage::verify`] gives it back.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The certificates that the message carries, in their order.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Those who are said to have signed.
    #[must_use]
    pub fn signers(&self) -> &[SignerInfo] {
        &self.signers
    }
}

/// What a message holds, as octets.
struct Elements<'a> {
    content: &'a [u8],
    certificates: Vec<&'a [u8]>,
    signers: Vec<&'a [u8]>,
}

fn read(octets: &[u8]) -> Result<Elements<'_>, SignedMessageError> {
    let content = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
    let mut reader = tlv::Reader::new(content).map_err(malformed)?;
    check_type(oid::SIGNED_DATA, reader.oid().map_err(malformed)?)?;
    let content = reader
        .expect(tlv::context_constructed(0))
        .map_err(malformed)?;
    reader.finish().map_err(malformed)?;
    let content = tlv::read(content, tlv::SEQUENCE).map_err(malformed)?;
    let mut reader = tlv::Reader::new(content).map_err(malformed)?;
    if !matches!(reader.expect(tlv::INTEGER).map_err(malformed)?, [1..=5]) {
        return Err(SignedMessageError::Version { what: "SignedData" });
    }
    // A hint for those who read in one pass; each signer names its own digest.
    reader.expect(tlv::SET).map_err(malformed)?;
    let encapsulated = reader.expect(tlv::SEQUENCE).map_err(malformed)?;
    let certificates = reader
        .optional(tlv::context_constructed(0))
        .map_err(malformed)?;
    reader
        .optional(tlv::context_constructed(1))
        .map_err(malformed)?;
    let signers = reader.expect(tlv::SET).map_err(malformed)?;
    reader.finish().map_err(malformed)?;
    Ok(Elements {
        content: read_content(encapsulated)?,
        certificates: sequences(certificates.unwrap_or_default(), true)?,
        signers: sequences(signers, false)?,
    })
}

fn read_content(encapsulated: &[u8]) -> Result<&[u8], SignedMessageError> {
    let mut reader = tlv::Reader::new(encapsulated).map_err(malformed)?;
    check_type(oid::DATA, reader.oid().map_err(malformed)?)?;
    if reader.is_finished() {
        return Err(SignedMessageError::ContentAbsent);
    }
    let content = reader
        .expect(tlv::context_constructed(0))
        .map_err(malformed)?;
    reader.finish().map_err(malformed)?;
    tlv::read(content, tlv::OCTET_STRING).map_err(malformed)
}

/// The SEQUENCEs of a set, whole or their content; kinds of certificates that nobody uses (RFC 5652 §10.2.2) are
/// passed over, as nothing here depends on them.
fn sequences(content: &[u8], whole: bool) -> Result<Vec<&[u8]>, SignedMessageError> {
    let mut reader = tlv::Reader::new(content).map_err(malformed)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        let element = reader.any().map_err(malformed)?;
        match (element.tag, whole) {
            (tlv::SEQUENCE, true) => elements.push(element.whole),
            (tlv::SEQUENCE, false) => elements.push(element.content),
            (tag, false) => {
                let reason = format!("identifier octet 0x{tag:02X} where a SignerInfo belongs");
                return Err(SignedMessageError::Malformed { reason });
            }
            (_, true) => {}
        }
    }
    Ok(elements)
}

fn check_type(expected: Oid, found: Oid) -> Result<(), SignedMessageError> {
    if found == expected {
        return Ok(());
    }
    Err(SignedMessageError::ContentType { found, expected })
}

fn too_many(what: &'static str, found: usize, allowed: usize) -> Result<(), SignedMessageError> {
    if found <= allowed {
        return Ok(());
    }
    Err(SignedMessageError::TooMany {
        what,
        found,
        allowed,
    })
}

fn malformed(error: der::Error) -> SignedMessageError {
    SignedMessageError::Malformed {
        reason: error.to_string(),
    }
}

fn from_cms(error: CmsError) -> SignedMessageError {
    let reason = match error {
        CmsError::Malformed { reason } => reason,
        other => other.to_string(),
    };
    SignedMessageError::Malformed { reason }
}

#[cfg(test)]
mod tests;
