//! Certificate revocation lists, version 2 (RFC 5280 §5): complete ones of a single issuer.
//!
//! ```asn1
//! CertificateList ::= SEQUENCE {
//!     tbsCertList TBSCertList, signatureAlgorithm AlgorithmIdentifier, signatureValue BIT STRING }
//! TBSCertList ::= SEQUENCE {
//!     version Version OPTIONAL, signature AlgorithmIdentifier, issuer Name, thisUpdate Time, nextUpdate Time OPTIONAL,
//!     revokedCertificates SEQUENCE OF SEQUENCE {
//!         userCertificate CertificateSerialNumber, revocationDate Time, crlEntryExtensions Extensions OPTIONAL
//!     } OPTIONAL,
//!     crlExtensions [0] EXPLICIT Extensions OPTIONAL }
//! ```
//!
//! A list that is read is held as its octets and nothing else: a million entries cost what their DER takes. One that is
//! made for a file need not be held at all ([`CrlSpool`]).

use std::fmt;
use std::ops::Range;

use crate::ext::{ExtensionError, Extensions};
use crate::key;
use crate::key::{KeyError, KeyPair, PublicKey, SignJob, Signature, SignatureAlgorithm, VerifyJob};
use crate::name::{Name, NameError};
use crate::oid;
use crate::oid::Oid;
use crate::pem;
use crate::pem::{Label, PemError};
use crate::serial::{SerialNumber, SerialNumberError};
use crate::time::UnixSeconds;
use crate::tlv;

pub use crate::ext::{CrlNumber, CrlReason};
pub use build::{CrlFields, TbsCertList, TbsCertListBuilder};
pub use entry::RevokedCertificate;
pub use spool::{CrlSpool, Written};

mod build;
mod entry;
mod spool;

/// A signed list; whose key signed it is a question of its own ([`Crl::verify_signature`]).
///
/// Invariant: DER of at most [`Crl::MAX_OCTETS`] octets, version 1 or 2, every entry well formed, the two algorithm
/// identifiers equal.
#[derive(Clone, Eq, PartialEq)]
pub struct Crl {
    der: Vec<u8>,
    tbs: Range<usize>,
    entries: Range<usize>,
    signature: Vec<u8>,
    fields: Fields,
}

/// What a list says beside its entries.
#[derive(Clone, Eq, PartialEq)]
struct Fields {
    signature_algorithm: SignatureAlgorithm,
    issuer: Name,
    this_update: UnixSeconds,
    next_update: Option<UnixSeconds>,
    extensions: Extensions,
}

/// Why a list cannot be made or read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CrlError {
    /// RFC 5280 §5.1.1.2: the two algorithm identifiers MUST be the same.
    #[error("signatureAlgorithm and the signature field of tbsCertList differ")]
    AlgorithmMismatch,
    /// One certificate revoked twice.
    #[error("serial number {serial} twice in a CRL, allowed once")]
    DuplicateSerial {
        /// The serial number.
        serial: SerialNumber,
    },
    /// An extension of the list or of an entry is none.
    #[error("CRL holds an extension that is not valid")]
    Extension(#[from] ExtensionError),
    /// The issuer has no name; RFC 5280 §5.1.2.3: the issuer MUST be a non-empty name.
    #[error("issuer of a CRL is empty, at least one attribute is required")]
    IssuerEmpty,
    /// The octets are not a DER `CertificateList`.
    #[error("CRL is not valid DER: {reason}")]
    Malformed {
        /// What the decoder stumbled over.
        reason: String,
    },
    /// The issuer is no name.
    #[error("issuer of the CRL is not valid")]
    Name(#[from] NameError),
    /// The text is not the PEM of a list.
    #[error("CRL is not valid PEM")]
    Pem(#[from] PemError),
    /// `removeFromCRL`, which RFC 5280 §5.3.1 allows in delta CRLs only.
    #[error(
        "reason removeFromCRL of serial number {serial} in a complete CRL, allowed in delta CRLs only"
    )]
    RemoveFromCrl {
        /// The serial number of the entry.
        serial: SerialNumber,
    },
    /// The next list is due before this one.
    #[error("nextUpdate {next_update} is not later than thisUpdate {this_update}")]
    Reversed {
        /// When the list is made.
        this_update: UnixSeconds,
        /// When the next one is due.
        next_update: UnixSeconds,
    },
    /// A serial number that no certificate can have.
    #[error("CRL entry has no valid serial number")]
    Serial(#[from] SerialNumberError),
    /// The list could not be signed, or its signature does not verify.
    #[error("signature of the CRL failed")]
    Signature(#[source] KeyError),
    /// The signature algorithm is none that certwright knows.
    #[error("signature algorithm of the CRL cannot be used")]
    SignatureAlgorithm(#[source] KeyError),
    /// Entries that are spooled could not be written or read again.
    #[error("entries of the CRL cannot be spooled: {reason}")]
    Spool {
        /// What the operating system said.
        reason: String,
    },
    /// More octets than a list may have.
    #[error("CRL of {actual} octets, allowed {}", Crl::MAX_OCTETS)]
    TooLong {
        /// Octets found.
        actual: usize,
    },
    /// A critical entry extension that changes what the entry means (RFC 5280 §5.3).
    #[error("critical CRL entry extension {oid} is not supported")]
    UnknownCriticalEntryExtension {
        /// The extension.
        oid: Oid,
    },
    /// A serial number that is spooled behind a larger one.
    #[error("serial number {serial} comes behind a larger one, expected rising numbers")]
    Unordered {
        /// The serial number.
        serial: SerialNumber,
    },
}

impl Crl {
    /// Octets of the longest list that is written or read, as DER: some six million entries.
    pub const MAX_OCTETS: usize = 256 << 20;

    /// Signs a list.
    ///
    /// # Errors
    /// [`CrlError::Signature`] when the key does not fit the algorithm or cannot sign, [`CrlError::TooLong`].
    pub fn sign(tbs: TbsCertList, key: &KeyPair) -> Result<Self, CrlError> {
        let job = SignJob {
            key,
            algorithm: tbs.signature_algorithm(),
            message: tbs.as_der(),
        };
        let signature = key::sign(&[job])
            .pop()
            .ok_or_else(no_answer)?
            .map_err(CrlError::Signature)?;
        Self::assemble(tbs, &signature)
    }

    /// Joins what was signed elsewhere with its signature; nothing is verified here.
    ///
    /// # Errors
    /// [`CrlError::TooLong`].
    pub fn assemble(tbs: TbsCertList, signature: &Signature) -> Result<Self, CrlError> {
        let algorithm = tbs.signature_algorithm().to_der();
        let mut der = tbs.into_der();
        der.extend_from_slice(algorithm);
        der.extend(tlv::bit_string(signature.as_bytes()));
        let header = tlv::header(tlv::SEQUENCE, der.len());
        drop(der.splice(0..0, header));
        Self::from_owned_der(der)
    }

    /// Reads a DER list.
    ///
    /// # Errors
    /// Every variant of [`CrlError`] but those of building and PEM.
    pub fn from_der(octets: &[u8]) -> Result<Self, CrlError> {
        if octets.len() > Self::MAX_OCTETS {
            return Err(CrlError::TooLong {
                actual: octets.len(),
            });
        }
        Self::from_owned_der(octets.to_vec())
    }

    /// Reads the PEM of one list.
    ///
    /// # Errors
    /// [`CrlError::Pem`], and as [`Crl::from_der`].
    pub fn from_pem(text: &[u8]) -> Result<Self, CrlError> {
        // Base64 and line ends take 65 octets of text for 48 of DER.
        let block = pem::decode_one(text, &[Label::Crl], Self::MAX_OCTETS / 2 * 3)?;
        Self::from_der(block.der())
    }

    /// Reads one list, PEM or DER.
    ///
    /// # Errors
    /// As [`Crl::from_pem`] or [`Crl::from_der`].
    pub fn from_bytes(octets: &[u8]) -> Result<Self, CrlError> {
        match octets.first() {
            Some(&tlv::SEQUENCE) => Self::from_der(octets),
            _ => Self::from_pem(octets),
        }
    }

    /// Checks the signature with the issuer's key.
    ///
    /// # Errors
    /// [`CrlError::Signature`].
    pub fn verify_signature(&self, issuer_key: &PublicKey) -> Result<(), CrlError> {
        let job = VerifyJob {
            key: issuer_key,
            algorithm: self.fields.signature_algorithm,
            message: self.tbs_der(),
            signature: &self.signature,
        };
        key::verify(&[job])
            .into_iter()
            .try_for_each(|answer| answer)
            .map_err(CrlError::Signature)
    }

    /// The DER octets.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The octets that are signed.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        self.der.get(self.tbs.clone()).unwrap_or_default()
    }

    /// RFC 7468 text.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode(Label::Crl, &self.der).to_string()
    }

    /// Whose certificates the list names, and who signed it.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.fields.issuer
    }

    /// When the list was made.
    #[must_use]
    pub fn this_update(&self) -> UnixSeconds {
        self.fields.this_update
    }

    /// When the next list is due at the latest; RFC 5280 §5.1.2.5 has it present, a foreign list may lack it.
    #[must_use]
    pub fn next_update(&self) -> Option<UnixSeconds> {
        self.fields.next_update
    }

    /// The extensions of the list.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.fields.extensions
    }

    /// The number of the list, if it has one.
    ///
    /// # Errors
    /// [`CrlError::Extension`] for a number that cannot be read.
    pub fn number(&self) -> Result<Option<CrlNumber>, CrlError> {
        let extension = self.fields.extensions.find(oid::CRL_NUMBER);
        let number = extension.map(|found| CrlNumber::from_extension_value(found.value()));
        Ok(number.transpose()?)
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.fields.signature_algorithm
    }

    /// The signature's octets.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The revoked certificates in the order of the list, read one by one.
    pub fn entries(&self) -> impl Iterator<Item = RevokedCertificate> {
        // Every entry was read once when the list was; none can fail now.
        let octets = self.der.get(self.entries.clone()).unwrap_or_default();
        entry::read_all(octets).map_while(Result::ok)
    }

    fn from_owned_der(der: Vec<u8>) -> Result<Self, CrlError> {
        if der.len() > Self::MAX_OCTETS {
            return Err(CrlError::TooLong { actual: der.len() });
        }
        let content = tlv::read(&der, tlv::SEQUENCE).map_err(malformed)?;
        let mut reader = tlv::Reader::new(content).map_err(malformed)?;
        let tbs = reader.whole().map_err(malformed)?;
        let algorithm = reader.whole().map_err(malformed)?;
        let signature = reader.bit_string().map_err(malformed)?.to_vec();
        reader.finish().map_err(malformed)?;
        let tbs_content = tlv::read(tbs, tlv::SEQUENCE).map_err(malformed)?;
        let (fields, entries) = Fields::read(tbs_content, algorithm)?;
        let start = der.len() - content.len();
        let tbs = start..start + tbs.len();
        let before = tbs.end - tbs_content.len();
        Ok(Self {
            entries: before + entries.start..before + entries.end,
            tbs,
            signature,
            fields,
            der,
        })
    }
}

/// Issuer, times and size; the entries would fill the screen.
impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl")
            .field("issuer", &self.fields.issuer)
            .field("this_update", &self.fields.this_update)
            .field("octets", &self.der.len())
            .finish_non_exhaustive()
    }
}

impl Fields {
    /// Reads the content of a `TBSCertList`; the range is where its entries lie in it.
    fn read(content: &[u8], algorithm: &[u8]) -> Result<(Self, Range<usize>), CrlError> {
        let mut reader = tlv::Reader::new(content).map_err(malformed)?;
        let version = reader.optional(tlv::INTEGER).map_err(malformed)?;
        let signed_algorithm = reader.whole().map_err(malformed)?;
        let issuer = Name::from_der(reader.whole().map_err(malformed)?)?;
        let this_update = reader.time().map_err(malformed)?;
        let has_next = reader.is_next(tlv::UTC_TIME) || reader.is_next(tlv::GENERALIZED_TIME);
        let next_update = has_next.then(|| reader.time()).transpose();
        let next_update = next_update.map_err(malformed)?;
        let entries = reader.optional(tlv::SEQUENCE).map_err(malformed)?;
        let entries = entries.unwrap_or_default();
        let entries_end = reader.position();
        let explicit = tlv::context_constructed(0);
        let extensions = reader.optional(explicit).map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        check_version(version, extensions.is_some())?;
        if algorithm != signed_algorithm {
            return Err(CrlError::AlgorithmMismatch);
        }
        entry::read_all(entries).try_for_each(|entry| entry.map(|_| ()))?;
        let fields = Self {
            signature_algorithm: SignatureAlgorithm::from_der(algorithm)
                .map_err(CrlError::SignatureAlgorithm)?,
            issuer,
            this_update,
            next_update,
            extensions: match extensions {
                Some(octets) => Extensions::from_der(octets)?,
                None => Extensions::default(),
            },
        };
        Ok((fields, entries_end - entries.len()..entries_end))
    }
}

/// RFC 5280 §5.1.2.1: version 2 is written 1, version 1 is not written and has no extensions.
fn check_version(version: Option<&[u8]>, has_extensions: bool) -> Result<(), CrlError> {
    match version {
        Some([1]) => Ok(()),
        None if !has_extensions => Ok(()),
        _ => Err(CrlError::Malformed {
            reason: "version 2 is expected, or version 1 without extensions".to_owned(),
        }),
    }
}

fn no_answer() -> CrlError {
    CrlError::Signature(KeyError::Signing {
        reason: "no answer from the engine".to_owned(),
    })
}

fn malformed(error: der::Error) -> CrlError {
    CrlError::Malformed {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
