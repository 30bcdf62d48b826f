//! Certificates (RFC 5280 §4.1): the part that is signed, the whole, and the order of a chain.
//!
//! ```asn1
//! Certificate ::= SEQUENCE {
//!   tbsCertificate TBSCertificate, signatureAlgorithm AlgorithmIdentifier, signature BIT STRING }
//! ```

use std::fmt;
use std::sync::{Arc, OnceLock};

use sha2::Digest;

use crate::ext::{ExtensionError, Extensions};
use crate::key;
use crate::key::{KeyError, PublicKey, Signature, SignatureAlgorithm, VerifyJob};
use crate::name::{Name, NameError};
use crate::pem;
use crate::pem::{Label, PemError};
use crate::serial::{SerialNumber, SerialNumberError};
use crate::time::{TimeError, Validity};
use crate::tlv;

pub use chain::{ChainError, chain_order};
pub use tbs::{TbsCertificate, TbsFields, TimeForm};

mod chain;
mod tbs;

/// A certificate whose form is right; who signed it is a question of its own ([`Certificate::verify_signature`]).
///
/// Invariant: DER of at most [`Certificate::MAX_OCTETS`] octets; the two algorithm identifiers are equal.
///
/// A copy shares the octets: bundles of a batch repeat those of the same few CAs.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    tbs: TbsCertificate,
    signature: Vec<u8>,
    /// SHA-256 of the DER, once somebody has asked.
    sha256: OnceLock<[u8; 32]>,
}

/// Why octets are no certificate that certwright reads.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// RFC 5280 §4.1.1.2: the two algorithm identifiers MUST be the same.
    #[error("signatureAlgorithm and the signature field of tbsCertificate differ")]
    AlgorithmMismatch,
    /// An extension is not well formed.
    #[error("extensions are not well formed")]
    Extensions(#[source] ExtensionError),
    /// The issuer is not well formed.
    #[error("issuer is not well formed")]
    Issuer(#[source] NameError),
    /// The octets are not a DER `Certificate`.
    #[error("certificate is not valid DER: {reason}")]
    Malformed {
        /// What the decoder stumbled over.
        reason: String,
    },
    /// The text is not the PEM of a certificate.
    #[error("certificate is not valid PEM")]
    Pem(#[source] PemError),
    /// The subject's key is not well formed.
    #[error("subject public key is not well formed")]
    PublicKey(#[source] KeyError),
    /// The serial number is not one.
    #[error("serial number cannot be used")]
    Serial(#[source] SerialNumberError),
    /// The signature does not verify with the issuer's key.
    #[error("signature does not verify with the issuer's key")]
    Signature(#[source] KeyError),
    /// The signature algorithm is unknown or not well formed.
    #[error("signature algorithm cannot be used")]
    SignatureAlgorithm(#[source] KeyError),
    /// The subject is not well formed.
    #[error("subject is not well formed")]
    Subject(#[source] NameError),
    /// More octets than anyone may send.
    #[error("certificate of {actual} octets, allowed {}", Certificate::MAX_OCTETS)]
    TooLong {
        /// Octets found.
        actual: usize,
    },
    /// The validity cannot be.
    #[error("validity cannot be used")]
    Validity(#[source] TimeError),
    /// Extensions and unique identifiers need a later version (RFC 5280 §4.1.2.1).
    #[error("version {found} does not allow what the certificate holds")]
    Version {
        /// The version's number, 0 for v1.
        found: u8,
    },
}

impl Certificate {
    /// Octets of the longest certificate that is read, as DER or as PEM text.
    pub const MAX_OCTETS: usize = 65_536;

    /// Reads the DER of one certificate; nothing may follow it.
    ///
    /// # Errors
    /// Every variant of [`CertificateError`] but those of PEM and signature.
    pub fn from_der(octets: &[u8]) -> Result<Self, CertificateError> {
        if octets.len() > Self::MAX_OCTETS {
            return Err(CertificateError::TooLong {
                actual: octets.len(),
            });
        }
        let outer = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
        let mut reader = tlv::Reader::new(outer).map_err(malformed)?;
        let tbs = TbsCertificate::from_der(reader.whole().map_err(malformed)?)?;
        let algorithm = reader.whole().map_err(malformed)?;
        if algorithm != tbs.signature_algorithm_der() {
            return Err(CertificateError::AlgorithmMismatch);
        }
        let signature = reader.bit_string().map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        Ok(Self::of(octets.to_vec(), tbs, signature.to_vec()))
    }

    /// Reads the PEM of one certificate.
    ///
    /// # Errors
    /// [`CertificateError::Pem`], and as [`Certificate::from_der`].
    pub fn from_pem(text: &[u8]) -> Result<Self, CertificateError> {
        let block = pem::decode_one(text, &[Label::Certificate], Self::MAX_OCTETS)
            .map_err(CertificateError::Pem)?;
        Self::from_der(block.der())
    }

    /// Reads one certificate, PEM or DER.
    ///
    /// # Errors
    /// As [`Certificate::from_pem`] or [`Certificate::from_der`].
    pub fn from_bytes(octets: &[u8]) -> Result<Self, CertificateError> {
        match octets.first() {
            Some(0x30) => Self::from_der(octets),
            _ => Self::from_pem(octets),
        }
    }

    /// Joins what was signed with its signature; nothing is verified here.
    ///
    /// # Errors
    /// [`CertificateError::TooLong`].
    pub fn assemble(tbs: TbsCertificate, signature: &Signature) -> Result<Self, CertificateError> {
        let (signed, algorithm) = (tbs.as_der(), tbs.signature_algorithm_der());
        let room = signed.len() + algorithm.len() + signature.as_bytes().len();
        let mut der = Vec::with_capacity(room + 2 * tlv::MAX_HEADER);
        der.extend_from_slice(signed);
        der.extend_from_slice(algorithm);
        tlv::push_bit_string(&mut der, signature.as_bytes());
        tlv::enclose(&mut der, 0, tlv::SEQUENCE);
        if der.len() > Self::MAX_OCTETS {
            return Err(CertificateError::TooLong { actual: der.len() });
        }
        Ok(Self::of(der, tbs, signature.as_bytes().to_vec()))
    }

    fn of(der: Vec<u8>, tbs: TbsCertificate, signature: Vec<u8>) -> Self {
        Self(Arc::new(Inner {
            der,
            tbs,
            signature,
            sha256: OnceLock::new(),
        }))
    }

    /// Checks the signature with the issuer's key.
    ///
    /// # Errors
    /// [`CertificateError::Signature`].
    pub fn verify_signature(&self, issuer_key: &PublicKey) -> Result<(), CertificateError> {
        let answer = verify_signatures(&[(self, issuer_key)]).pop();
        answer.unwrap_or(Err(CertificateError::Signature(KeyError::SignatureInvalid)))
    }

    /// The part that is signed.
    #[must_use]
    pub fn tbs(&self) -> &TbsCertificate {
        &self.0.tbs
    }

    /// The serial number.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        self.0.tbs.serial()
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        self.0.tbs.issuer()
    }

    /// The subject's name.
    #[must_use]
    pub fn subject(&self) -> &Name {
        self.0.tbs.subject()
    }

    /// The period of use.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.0.tbs.validity()
    }

    /// The certified key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        self.0.tbs.public_key()
    }

    /// The extensions, in their order.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        self.0.tbs.extensions()
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.0.tbs.signature_algorithm()
    }

    /// The signature's octets.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.0.signature
    }

    /// Whether issuer and subject are the same name (RFC 5280 §3.2, self-issued).
    #[must_use]
    pub fn is_self_issued(&self) -> bool {
        self.issuer() == self.subject()
    }

    /// The DER octets.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.0.der
    }

    /// RFC 7468 text.
    #[must_use]
    pub fn to_pem(&self) -> String {
        std::mem::take(&mut *pem::encode(Label::Certificate, &self.0.der))
    }

    /// SHA-256 of the DER octets, the usual fingerprint.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        let digest = || sha2::Sha256::digest(&self.0.der).into();
        *self.0.sha256.get_or_init(digest)
    }

    /// SHA-1 of the DER octets, the fingerprint that older consumers show.
    #[must_use]
    pub fn sha1(&self) -> [u8; 20] {
        sha1::Sha1::digest(&self.0.der).into()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("serial", self.serial())
            .field("issuer", self.issuer())
            .field("subject", self.subject())
            .finish_non_exhaustive()
    }
}

/// Checks the signatures of a slice, each with the key beside it; each answer is in its place.
#[must_use]
pub fn verify_signatures(
    certificates: &[(&Certificate, &PublicKey)],
) -> Vec<Result<(), CertificateError>> {
    let jobs: Vec<_> = certificates
        .iter()
        .map(|(certificate, key)| VerifyJob {
            key,
            algorithm: certificate.0.tbs.signature_algorithm(),
            message: certificate.0.tbs.as_der(),
            signature: &certificate.0.signature,
        })
        .collect();
    let answers = key::verify(&jobs).into_iter();
    answers
        .map(|answer| answer.map_err(CertificateError::Signature))
        .collect()
}

fn malformed(error: der::Error) -> CertificateError {
    CertificateError::Malformed {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
