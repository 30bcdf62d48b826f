//! Certification requests (PKCS #10, RFC 2986): read under limits, believed only after proof of possession.
//!
//! ```asn1
//! CertificationRequest ::= SEQUENCE {
//!   certificationRequestInfo CertificationRequestInfo,
//!   signatureAlgorithm AlgorithmIdentifier,
//!   signature BIT STRING }
//! CertificationRequestInfo ::= SEQUENCE {
//!   version INTEGER { v1(0) }, subject Name, subjectPKInfo SubjectPublicKeyInfo,
//!   attributes [0] IMPLICIT SET OF Attribute }
//! ```

use std::fmt;
use std::ops::Range;

use crate::ext::{ExtensionError, Extensions};
use crate::key;
use crate::key::{KeyError, PublicKey, SignatureAlgorithm, VerifyJob};
use crate::name::{Name, NameError};
use crate::oid::Oid;
use crate::pem;
use crate::pem::{Label, PemError};
use crate::tlv;

pub use draft::{RequestDraft, sign};

use info::Info;

mod draft;
mod info;

/// A request whose form is right and whose signature nobody has checked yet.
///
/// Invariant: DER of at most [`CertificationRequest::MAX_OCTETS`] octets, version v1, at most
/// [`CertificationRequest::MAX_ATTRIBUTES`] attributes, whose values are DER of at most
/// [`CertificationRequest::MAX_ATTRIBUTE_DEPTH`] levels.
#[derive(Clone, Debug)]
pub struct CertificationRequest {
    der: Vec<u8>,
    info: Range<usize>,
    subject: Name,
    public_key: PublicKey,
    attributes: Vec<Oid>,
    requested_extensions: Option<Extensions>,
    signature_algorithm: RequestSignatureAlgorithm,
    signature: Vec<u8>,
}

/// The algorithm that a request says it is signed with.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RequestSignatureAlgorithm {
    /// One that can be verified.
    Known(SignatureAlgorithm),
    /// One that is read only to say what was found: the rest of the request can still be judged.
    Unsupported {
        /// Its name where it has one, and its object identifier.
        name: String,
    },
}

/// A request whose subject holds the private key (RFC 2986 §3).
#[derive(Clone, Debug)]
pub struct VerifiedRequest(CertificationRequest);

/// Why octets are no request, or a request is not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// An attribute has no value (RFC 2986 §4: `values SET SIZE(1..MAX)`).
    #[error("attribute {oid} has no value, at least one is required")]
    EmptyAttribute {
        /// The attribute's type.
        oid: Oid,
    },
    /// The requested extensions (RFC 2985 §5.4.2) are not well formed.
    #[error("requested extensions are not well formed")]
    Extensions(#[source] ExtensionError),
    /// The octets are not a DER `CertificationRequest` (RFC 2986 §4.2).
    #[error("certification request is not valid DER: {reason}")]
    Malformed {
        /// What the decoder stumbled over.
        reason: String,
    },
    /// The text is not the PEM of one request.
    #[error("certification request is not valid PEM")]
    Pem(#[source] PemError),
    /// The signature does not verify with `subjectPKInfo`.
    #[error(
        "proof of possession failed: the signature does not verify with the key in the request"
    )]
    ProofOfPossession(#[source] KeyError),
    /// `subjectPKInfo` is not well formed.
    #[error("subject public key is not well formed")]
    PublicKey(#[source] KeyError),
    /// The signature algorithm is not well formed, or not one that can be verified.
    #[error("signature algorithm of a request for a key of kind {key} cannot be used")]
    SignatureAlgorithm {
        /// The kind of the key in the request.
        key: String,
        /// What is wrong with the algorithm.
        #[source]
        source: KeyError,
    },
    /// The request could not be signed.
    #[error("certification request cannot be signed")]
    Sign(#[source] KeyError),
    /// The subject is not well formed.
    #[error("subject of the request is not well formed")]
    Subject(#[source] NameError),
    /// The values of an attribute lie deeper in one another than anyone may send.
    #[error(
        "values of attribute {oid} are more than {} levels deep",
        CertificationRequest::MAX_ATTRIBUTE_DEPTH
    )]
    TooDeep {
        /// The attribute's type.
        oid: Oid,
    },
    /// More octets than anyone may send.
    #[error(
        "certification request of {actual} octets, allowed {}",
        CertificationRequest::MAX_OCTETS
    )]
    TooLong {
        /// Octets found.
        actual: usize,
    },
    /// More attributes than anyone may send.
    #[error(
        "{found} attributes in the request, allowed {}",
        CertificationRequest::MAX_ATTRIBUTES
    )]
    TooManyAttributes {
        /// Attributes found.
        found: usize,
    },
    /// Not the only version that RFC 2986 knows.
    #[error("version {found} of the request, allowed 0 (v1)")]
    Version {
        /// Content octets of the version in hexadecimal.
        found: String,
    },
}

impl CertificationRequest {
    /// Octets of the longest request that is read, as DER or as PEM text.
    pub const MAX_OCTETS: usize = 65_536;
    /// Attributes of the longest request that is read.
    pub const MAX_ATTRIBUTES: usize = 16;
    /// Levels of values inside one another in the deepest attribute that is read, the attribute's own value the first.
    ///
    /// A CMS message with the certificates of its signer has ten; the reader goes down by recursion, and must not go
    /// further than a stranger's octets should lead it.
    pub const MAX_ATTRIBUTE_DEPTH: usize = 16;

    /// Reads the DER of one request; nothing may follow it.
    ///
    /// # Errors
    /// Every variant of [`RequestError`] but those of PEM, proof and signing.
    pub fn from_der(octets: &[u8]) -> Result<Self, RequestError> {
        if octets.len() > Self::MAX_OCTETS {
            return Err(RequestError::TooLong {
                actual: octets.len(),
            });
        }
        let outer = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
        let header = octets.len() - outer.len();
        let mut reader = tlv::Reader::new(outer).map_err(malformed)?;
        let info_octets = reader.whole().map_err(malformed)?;
        let info_range = header..header + info_octets.len();
        let algorithm = reader.whole().map_err(malformed)?;
        let signature = reader.bit_string().map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let info = Info::from_der(info_octets)?;
        let signature_algorithm = match SignatureAlgorithm::from_der(algorithm) {
            Ok(known) => RequestSignatureAlgorithm::Known(known),
            Err(KeyError::UnsupportedSignatureAlgorithm { name }) => {
                RequestSignatureAlgorithm::Unsupported { name }
            }
            Err(source) => return Err(algorithm_error(&info.public_key, source)),
        };
        Ok(Self {
            der: octets.to_vec(),
            info: info_range,
            subject: info.subject,
            public_key: info.public_key,
            attributes: info.attributes,
            requested_extensions: info.requested_extensions,
            signature_algorithm,
            signature: signature.to_vec(),
        })
    }

    /// Reads the PEM of one request, under either label (RFC 7468 §7).
    ///
    /// # Errors
    /// [`RequestError::Pem`], and as [`CertificationRequest::from_der`].
    pub fn from_pem(text: &[u8]) -> Result<Self, RequestError> {
        let block = pem::decode_one(text, &[Label::CertificateRequest], Self::MAX_OCTETS)
            .map_err(RequestError::Pem)?;
        Self::from_der(block.der())
    }

    /// Reads one request, PEM or DER.
    ///
    /// # Errors
    /// As [`CertificationRequest::from_pem`] when a PEM boundary is found, else as [`CertificationRequest::from_der`].
    pub fn from_bytes(octets: &[u8]) -> Result<Self, RequestError> {
        if octets.len() > Self::MAX_OCTETS {
            return Err(RequestError::TooLong {
                actual: octets.len(),
            });
        }
        // DER begins with the tag of a SEQUENCE, which is the digit 0: a PEM boundary further on would be its content.
        if octets.first() != Some(&0x30) || octets.get(..5) == Some(b"0----") {
            return Self::from_pem(octets);
        }
        Self::from_der(octets)
    }

    /// Checks proof of possession (RFC 2986 §3).
    ///
    /// # Errors
    /// [`RequestError::ProofOfPossession`], and [`RequestError::SignatureAlgorithm`] when nobody here can tell.
    pub fn verify(self) -> Result<VerifiedRequest, RequestError> {
        let proof = self.proof().and_then(|job| key::verify(&[job]).pop());
        believe(self, proof)
    }

    /// The subject that is asked for.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// The key that is to be certified.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm of the request's own signature.
    #[must_use]
    pub fn signature_algorithm(&self) -> &RequestSignatureAlgorithm {
        &self.signature_algorithm
    }

    /// The types of the request's attributes.
    #[must_use]
    pub fn attributes(&self) -> &[Oid] {
        &self.attributes
    }

    /// What the extensionRequest attribute asks for (RFC 2985 §5.4.2).
    #[must_use]
    pub fn requested_extensions(&self) -> Option<&Extensions> {
        self.requested_extensions.as_ref()
    }

    /// The DER octets.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// What a verifier is asked, where there is one for the algorithm.
    fn proof(&self) -> Option<VerifyJob<'_>> {
        let RequestSignatureAlgorithm::Known(algorithm) = self.signature_algorithm else {
            return None;
        };
        Some(VerifyJob {
            key: &self.public_key,
            algorithm,
            message: self.der.get(self.info.clone()).unwrap_or_default(),
            signature: &self.signature,
        })
    }
}

impl VerifiedRequest {
    /// The request itself.
    #[must_use]
    pub fn request(&self) -> &CertificationRequest {
        &self.0
    }

    /// The subject that is asked for.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.0.subject
    }

    /// The key whose possession is proven.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0.public_key
    }
}

/// Checks proof of possession of a slice; each request stands or falls alone, in order.
#[must_use]
pub fn verify_all(
    requests: Vec<CertificationRequest>,
) -> Vec<Result<VerifiedRequest, RequestError>> {
    let jobs: Vec<_> = requests
        .iter()
        .filter_map(CertificationRequest::proof)
        .collect();
    let mut proofs = key::verify(&jobs).into_iter();
    let settle = |request: CertificationRequest| {
        let proof = request.proof().is_some().then(|| proofs.next()).flatten();
        believe(request, proof)
    };
    requests.into_iter().map(settle).collect()
}

fn believe(
    request: CertificationRequest,
    proof: Option<Result<(), KeyError>>,
) -> Result<VerifiedRequest, RequestError> {
    match (proof, &request.signature_algorithm) {
        (Some(Ok(())), _) => Ok(VerifiedRequest(request)),
        (Some(Err(error)), _) => Err(RequestError::ProofOfPossession(error)),
        (None, RequestSignatureAlgorithm::Unsupported { name }) => {
            let source = KeyError::UnsupportedSignatureAlgorithm { name: name.clone() };
            Err(algorithm_error(&request.public_key, source))
        }
        (None, RequestSignatureAlgorithm::Known(_)) => Err(RequestError::Malformed {
            reason: "no answer from the verifier".to_owned(),
        }),
    }
}

fn algorithm_error(key: &PublicKey, source: KeyError) -> RequestError {
    RequestError::SignatureAlgorithm {
        key: key.kind().to_string(),
        source,
    }
}

/// The name that the assigning RFC uses, with the object identifier where the algorithm is not supported.
impl fmt::Display for RequestSignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(algorithm) => algorithm.fmt(f),
            Self::Unsupported { name } => f.write_str(name),
        }
    }
}

fn malformed(error: der::Error) -> RequestError {
    RequestError::Malformed {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
