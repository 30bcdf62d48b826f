//! One signer of a message (RFC 5652 §5.3): whom it names, what it covers, and whether it holds (§5.4 to §5.6).

use std::fmt;

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::{SignedMessageError, WeakDigest, malformed, too_many};
use crate::cert::Certificate;
use crate::ext::SubjectKeyIdentifier;
use crate::key;
use crate::key::{PublicKey, SignatureAlgorithm, VerifyJob};
use crate::name::Name;
use crate::oid;
use crate::oid::Oid;
use crate::tlv;

/// A signer as the message tells it.
#[derive(Clone, Debug)]
pub struct SignerInfo {
    identifier: SignerIdentifier,
    digest: DigestAlgorithm,
    signature_algorithm: Oid,
    /// The signed attributes, each whole, in DER order.
    attributes: Option<Vec<Vec<u8>>>,
    signature: Vec<u8>,
}

/// How a signer names its certificate.
#[derive(Clone, Debug)]
enum SignerIdentifier {
    IssuerAndSerialNumber { issuer: Name, serial: Vec<u8> },
    SubjectKeyIdentifier(Vec<u8>),
}

/// The digests that are computed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum DigestAlgorithm {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl SignerInfo {
    /// Attributes of the longest set that is read.
    const MAX_ATTRIBUTES: usize = 32;

    pub(super) fn from_content(content: &[u8]) -> Result<Self, SignedMessageError> {
        let mut reader = tlv::Reader::new(content).map_err(malformed)?;
        // RFC 5652 §5.3: 1 with issuer and serial number, 3 with a key identifier; some write 1 always.
        if !matches!(reader.expect(tlv::INTEGER).map_err(malformed)?, [1 | 3]) {
            return Err(SignedMessageError::Version { what: "SignerInfo" });
        }
        let identifier = SignerIdentifier::read(reader.any().map_err(malformed)?)?;
        let digest = reader.expect(tlv::SEQUENCE).map_err(malformed)?;
        let attributes = reader
            .optional(tlv::context_constructed(0))
            .map_err(malformed)?;
        let signature_algorithm = reader.expect(tlv::SEQUENCE).map_err(malformed)?;
        let signature = reader.expect(tlv::OCTET_STRING).map_err(malformed)?;
        reader
            .optional(tlv::context_constructed(1))
            .map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let signature_algorithm = algorithm(signature_algorithm)?;
        Ok(Self {
            digest: DigestAlgorithm::of(algorithm(digest)?, signature_algorithm)?,
            identifier,
            signature_algorithm,
            attributes: attributes.map(elements).transpose()?,
            signature: signature.to_vec(),
        })
    }

    /// Whether the signer's certificate is this one, as far as the message names it.
    #[must_use]
    pub fn names(&self, certificate: &Certificate) -> bool {
        match &self.identifier {
            SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => {
                issuer == certificate.issuer() && serial == certificate.serial().as_be_bytes()
            }
            SignerIdentifier::SubjectKeyIdentifier(found) => {
                let extension = certificate.extensions().find(oid::SUBJECT_KEY_IDENTIFIER);
                let own = extension.map(|extension| {
                    SubjectKeyIdentifier::from_extension_value(extension.value()).ok()
                });
                let derived = || Some(certificate.public_key().key_identifier().into());
                let own: Option<SubjectKeyIdentifier> = own.unwrap_or_else(derived);
                own.is_some_and(|own| own.as_bytes() == found.as_slice())
            }
        }
    }

    /// Checks attributes and signature (RFC 5652 §5.4, §5.6, §11.1, §11.2).
    pub(super) fn verify(
        &self,
        content: &[u8],
        key: &PublicKey,
        weak: WeakDigest,
    ) -> Result<(), SignedMessageError> {
        if self.digest == DigestAlgorithm::Sha1 && weak == WeakDigest::Refuse {
            return Err(SignedMessageError::WeakDigest);
        }
        let algorithm = self.algorithm()?;
        let set = match &self.attributes {
            None => None,
            Some(attributes) => {
                self.check_attributes(attributes, content)?;
                // §5.4: the signature covers the DER encoding of the attributes, with the tag of SET OF.
                Some(tlv::write(tlv::SET, &attributes.concat()))
            }
        };
        let job = VerifyJob {
            key,
            algorithm,
            message: set.as_deref().unwrap_or(content),
            signature: &self.signature,
        };
        let mut answers = key::verify(&[job]).into_iter();
        answers
            .try_for_each(|answer| answer)
            .map_err(SignedMessageError::Signature)
    }

    /// The signed attributes in DER order, each whole.
    #[cfg(test)]
    pub(super) fn attributes_whole(&self) -> &[Vec<u8>] {
        self.attributes.as_deref().unwrap_or_default()
    }

    fn check_attributes(
        &self,
        attributes: &[Vec<u8>],
        content: &[u8],
    ) -> Result<(), SignedMessageError> {
        let content_type = single(attributes, oid::CONTENT_TYPE, "contentType")?;
        if content_type != tlv::write_oid(oid::DATA) {
            let mut reader = tlv::Reader::new(content_type).map_err(malformed)?;
            return Err(SignedMessageError::ContentAttribute {
                found: reader.oid().map_err(malformed)?.to_string(),
                expected: oid::DATA,
            });
        }
        let digest = single(attributes, oid::MESSAGE_DIGEST, "messageDigest")?;
        if digest == tlv::write(tlv::OCTET_STRING, &self.digest.compute(content)) {
            return Ok(());
        }
        Err(SignedMessageError::Digest)
    }

    /// Digest and signature algorithm together; `rsaEncryption` leaves the digest to the other field (RFC 3370 §3.2).
    fn algorithm(&self) -> Result<SignatureAlgorithm, SignedMessageError> {
        let with_rsa = match self.digest {
            DigestAlgorithm::Sha1 => SignatureAlgorithm::Sha1WithRsa,
            DigestAlgorithm::Sha256 => SignatureAlgorithm::Sha256WithRsa,
            DigestAlgorithm::Sha384 => SignatureAlgorithm::Sha384WithRsa,
            DigestAlgorithm::Sha512 => SignatureAlgorithm::Sha512WithRsa,
        };
        match self.signature_algorithm {
            oid::RSA_ENCRYPTION => Ok(with_rsa),
            found if found == with_rsa.oid() => Ok(with_rsa),
            oid::ECDSA_WITH_SHA256 if self.digest == DigestAlgorithm::Sha256 => {
                Ok(SignatureAlgorithm::EcdsaWithSha256)
            }
            found => Err(unsupported(self.digest.oid(), found)),
        }
    }
}

/// Whom the signer names: issuer and serial number, or a key identifier.
impl fmt::Display for SignerInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |f: &mut fmt::Formatter<'_>, octets: &[u8]| {
            octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
        };
        match &self.identifier {
            SignerIdentifier::IssuerAndSerialNumber { issuer, serial } => {
                write!(f, "{issuer} with serial 0x")?;
                hex(f, serial)
            }
            SignerIdentifier::SubjectKeyIdentifier(identifier) => {
                f.write_str("key ")?;
                hex(f, identifier)
            }
        }
    }
}

impl SignerIdentifier {
    fn read(value: tlv::Value<'_>) -> Result<Self, SignedMessageError> {
        if value.tag == tlv::context(0) {
            return Ok(Self::SubjectKeyIdentifier(value.content.to_vec()));
        }
        let content = tlv::read(value.whole, tlv::SEQUENCE).map_err(malformed)?;
        let mut reader = tlv::Reader::new(content).map_err(malformed)?;
        let issuer = Name::from_der(reader.whole().map_err(malformed)?).map_err(|error| {
            SignedMessageError::Malformed {
                reason: error.to_string(),
            }
        })?;
        let serial = reader.expect(tlv::INTEGER).map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let magnitude = tlv::integer_magnitude(serial).unwrap_or(serial);
        Ok(Self::IssuerAndSerialNumber {
            issuer,
            serial: magnitude.to_vec(),
        })
    }
}

impl DigestAlgorithm {
    const ALL: [Self; 4] = [Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    fn of(found: Oid, signature_algorithm: Oid) -> Result<Self, SignedMessageError> {
        let known = Self::ALL.into_iter().find(|known| known.oid() == found);
        known.ok_or_else(|| unsupported(found, signature_algorithm))
    }

    fn oid(self) -> Oid {
        match self {
            Self::Sha1 => oid::SHA1,
            Self::Sha256 => oid::SHA256,
            Self::Sha384 => oid::SHA384,
            Self::Sha512 => oid::SHA512,
        }
    }

    fn compute(self, octets: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(octets).to_vec(),
            Self::Sha256 => Sha256::digest(octets).to_vec(),
            Self::Sha384 => Sha384::digest(octets).to_vec(),
            Self::Sha512 => Sha512::digest(octets).to_vec(),
        }
    }
}

/// The identifier of an `AlgorithmIdentifier`; its parameters are absent or NULL for every algorithm that is computed,
/// and one that is named in its parameters (RSASSA-PSS) is not.
fn algorithm(content: &[u8]) -> Result<Oid, SignedMessageError> {
    let mut reader = tlv::Reader::new(content).map_err(malformed)?;
    reader.oid().map_err(malformed)
}

/// The attributes in the order that DER gives them (X.690 §11.6).
fn elements(content: &[u8]) -> Result<Vec<Vec<u8>>, SignedMessageError> {
    let mut reader = tlv::Reader::new(content).map_err(malformed)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(reader.whole().map_err(malformed)?.to_vec());
        too_many("attributes", elements.len(), SignerInfo::MAX_ATTRIBUTES)?;
    }
    elements.sort();
    Ok(elements)
}

/// The one value of the one attribute of this type, whole.
fn single<'a>(
    attributes: &'a [Vec<u8>],
    wanted: Oid,
    name: &'static str,
) -> Result<&'a [u8], SignedMessageError> {
    let mut values = Vec::new();
    for attribute in attributes {
        let content = tlv::read(attribute, tlv::SEQUENCE).map_err(malformed)?;
        let mut reader = tlv::Reader::new(content).map_err(malformed)?;
        if reader.oid().map_err(malformed)? != wanted {
            continue;
        }
        let set = reader.expect(tlv::SET).map_err(malformed)?;
        let mut reader = tlv::Reader::new(set).map_err(malformed)?;
        while !reader.is_finished() {
            values.push(reader.whole().map_err(malformed)?);
        }
    }
    match values.as_slice() {
        [value] => Ok(value),
        found => Err(SignedMessageError::Attribute {
            attribute: name,
            found: found.len(),
        }),
    }
}

fn unsupported(digest: Oid, signature: Oid) -> SignedMessageError {
    SignedMessageError::SignatureAlgorithm {
        found: format!("digest {digest} and algorithm {signature}"),
    }
}
