//! Public keys as `SubjectPublicKeyInfo` carries them (RFC 5280 §4.1.2.7), original octets kept.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use der::Decode;
use der::asn1::{AnyRef, ObjectIdentifier};
use p256::ecdsa::VerifyingKey;
use pkcs8::SubjectPublicKeyInfoRef;
use rsa::pkcs1::RsaPublicKeyRef;
use rsa::{BoxedUint, RsaPublicKey};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::key::algorithm::KeyAlgorithm;
use crate::key::error::KeyError;
use crate::key::foreign::foreign_name;
use crate::oid;
use crate::oid::Oid;

/// A public key; equal when the octets of its `SubjectPublicKeyInfo` are equal.
///
/// Invariant: the octets are strict DER; a P-256 point lies on the curve. An RSA modulus may be of any size and a key of
/// a foreign kind is kept as octets, so that a rule can refuse either by name.
#[derive(Clone)]
pub struct PublicKey(Arc<Parts>);

/// What kind of key a `SubjectPublicKeyInfo` carries.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum PublicKeyKind {
    /// `id-ecPublicKey` with `secp256r1` (RFC 5480 §2.1.1).
    P256,
    /// `rsaEncryption` (RFC 3279 §2.3.1).
    Rsa {
        /// Bits of the modulus.
        modulus_bits: u32,
    },
    /// A kind that is read only to say what was found.
    Unsupported {
        /// Its name, and its object identifier in parentheses.
        name: String,
    },
}

/// SHA-1 of the BIT STRING `subjectPublicKey` without tag, length and unused bits (RFC 5280 §4.2.1.2 (1)).
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyIdentifier([u8; 20]);

/// What the engines work with.
pub(in crate::key) enum Material {
    P256(VerifyingKey),
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
        /// The key of the portable engine, made when it is first asked for; an error when modulus or exponent lie outside
        /// what the engines work with.
        verifier: Box<OnceLock<Result<RsaPublicKey, KeyError>>>,
    },
    Unsupported,
}

struct Parts {
    der: Vec<u8>,
    /// The BIT STRING stands last in the structure.
    bit_string_octets: usize,
    kind: PublicKeyKind,
    key_identifier: KeyIdentifier,
    material: Material,
}

impl PublicKey {
    /// Reads a DER `SubjectPublicKeyInfo`; octets behind it are refused.
    ///
    /// An elliptic-curve point may be uncompressed or compressed (RFC 5480 §2.2), not hybrid. RSA takes the NULL
    /// parameters that RFC 3279 §2.3.1 demands and no others.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn from_spki_der(octets: &[u8]) -> Result<Self, KeyError> {
        let info = SubjectPublicKeyInfoRef::from_der(octets).map_err(malformed)?;
        let content = info
            .subject_public_key
            .as_bytes()
            .ok_or_else(|| malformed("subjectPublicKey is not a whole number of octets"))?;
        let oid = Oid::from_asn1(info.algorithm.oid);
        let (kind, material) = match oid {
            oid::RSA_ENCRYPTION => rsa(info.algorithm.parameters, content)?,
            oid::EC_PUBLIC_KEY => elliptic_curve(info.algorithm.parameters, content)?,
            other => unsupported(foreign_name(&other.to_string())),
        };
        Ok(Self(Arc::new(Parts {
            der: octets.to_vec(),
            bit_string_octets: content.len(),
            kind,
            key_identifier: KeyIdentifier(Sha1::digest(content).into()),
            material,
        })))
    }

    /// The octets that were read.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.0.der
    }

    /// What kind of key this is.
    #[must_use]
    pub fn kind(&self) -> &PublicKeyKind {
        &self.0.kind
    }

    /// The algorithm that generates keys of this kind and size, if there is one.
    #[must_use]
    pub fn algorithm(&self) -> Option<KeyAlgorithm> {
        match self.0.kind {
            PublicKeyKind::P256 => Some(KeyAlgorithm::P256),
            PublicKeyKind::Rsa { modulus_bits } => KeyAlgorithm::from_modulus_bits(modulus_bits),
            PublicKeyKind::Unsupported { .. } => None,
        }
    }

    /// SHA-1 of the BIT STRING content (RFC 5280 §4.2.1.2 (1)).
    #[must_use]
    pub fn key_identifier(&self) -> KeyIdentifier {
        self.0.key_identifier
    }

    /// SHA-256 of the whole `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki_sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.0.der).into()
    }

    /// Big-endian magnitude of the RSA modulus, without leading zeros.
    #[must_use]
    pub fn rsa_modulus(&self) -> Option<&[u8]> {
        match &self.0.material {
            Material::Rsa { modulus, .. } => Some(modulus),
            _ => None,
        }
    }

    /// Big-endian magnitude of the RSA public exponent, without leading zeros.
    #[must_use]
    pub fn rsa_exponent(&self) -> Option<&[u8]> {
        match &self.0.material {
            Material::Rsa { exponent, .. } => Some(exponent),
            _ => None,
        }
    }

    /// Whether this is an elliptic-curve key whose point is written in the compressed form (RFC 5480 §2.2): the same key
    /// has another `SubjectPublicKeyInfo`, and another SHA-256, with the whole point. Of a foreign curve nobody knows.
    #[must_use]
    pub fn is_point_compressed(&self) -> bool {
        self.0.kind == PublicKeyKind::P256 && matches!(self.bit_string().first(), Some(2 | 3))
    }

    /// Content octets of the BIT STRING `subjectPublicKey`, without tag, length and unused bits.
    #[must_use]
    pub fn bit_string(&self) -> &[u8] {
        let start = self.0.der.len() - self.0.bit_string_octets;
        self.0.der.get(start..).unwrap_or_default()
    }

    pub(in crate::key) fn material(&self) -> &Material {
        &self.0.material
    }
}

impl Material {
    /// The RSA key of the portable engine; nothing for keys of another kind.
    pub(in crate::key) fn rsa_verifier(&self) -> Option<Result<&RsaPublicKey, KeyError>> {
        match self {
            Self::Rsa {
                modulus,
                exponent,
                verifier,
            } => {
                let made = verifier.get_or_init(|| rsa_verifier(modulus, exponent));
                Some(made.as_ref().map_err(Clone::clone))
            }
            _ => None,
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.0.kind, self.0.key_identifier)
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.der == other.0.der
    }
}

impl Eq for PublicKey {}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.der.hash(state);
    }
}

/// `P-256`, `RSA-2048`, or the name of a foreign kind.
impl fmt::Display for PublicKeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("P-256"),
            Self::Rsa { modulus_bits } => write!(f, "RSA-{modulus_bits}"),
            Self::Unsupported { name } => f.write_str(name),
        }
    }
}

impl KeyIdentifier {
    /// The 20 octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }

    /// Lower-case hexadecimal.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

/// Lower-case hexadecimal.
impl fmt::Display for KeyIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for KeyIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyIdentifier({self})")
    }
}

/// Makes the key that verifies, or says why modulus or exponent lie outside the bounds: an odd modulus of 1,024 to 8,192
/// bits, an odd exponent of 3 to 2^33 - 1. The bounds keep a hostile key from costing more than some milliseconds.
fn rsa_verifier(modulus: &[u8], exponent: &[u8]) -> Result<RsaPublicKey, KeyError> {
    let actual_bits = bits(modulus);
    if !(MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&actual_bits) {
        return Err(KeyError::RsaModulus {
            actual_bits,
            min_bits: MIN_MODULUS_BITS,
            max_bits: MAX_MODULUS_BITS,
        });
    }
    if modulus.last().is_some_and(|octet| octet & 1 == 0) {
        return Err(KeyError::RsaModulusEven);
    }
    let found: String = exponent
        .iter()
        .take(16)
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let out_of_bounds = || KeyError::RsaExponent {
        found: format!("0x{found}"),
    };
    // 2^33 - 1 has five octets; what is longer never becomes a number.
    if exponent.len() > 5 {
        return Err(out_of_bounds());
    }
    let exponent = BoxedUint::from_be_slice_vartime(exponent);
    RsaPublicKey::new(BoxedUint::from_be_slice_vartime(modulus), exponent)
        .map_err(|_| out_of_bounds())
}

/// Bits of a big-endian magnitude without leading zeros.
pub(in crate::key) fn bits(magnitude: &[u8]) -> u32 {
    let Some(first) = magnitude.first() else {
        return 0;
    };
    let octets = u32::try_from(magnitude.len()).unwrap_or(u32::MAX);
    octets
        .saturating_mul(8)
        .saturating_sub(first.leading_zeros())
}

fn rsa(
    parameters: Option<AnyRef<'_>>,
    content: &[u8],
) -> Result<(PublicKeyKind, Material), KeyError> {
    // RFC 3279 §2.3.1: the parameters field MUST have ASN.1 type NULL.
    if parameters != Some(AnyRef::NULL) {
        return Err(malformed("rsaEncryption without NULL parameters"));
    }
    let key = RsaPublicKeyRef::from_der(content)
        .map_err(|error| KeyError::malformed("RSAPublicKey", error))?;
    let modulus = magnitude(key.modulus.as_bytes());
    let exponent = magnitude(key.public_exponent.as_bytes());
    let kind = PublicKeyKind::Rsa {
        modulus_bits: bits(&modulus),
    };
    let material = Material::Rsa {
        modulus,
        exponent,
        verifier: Box::default(),
    };
    Ok((kind, material))
}

fn elliptic_curve(
    parameters: Option<AnyRef<'_>>,
    content: &[u8],
) -> Result<(PublicKeyKind, Material), KeyError> {
    let curve = curve(parameters)?;
    match curve {
        Curve::P256 => Ok((PublicKeyKind::P256, Material::P256(p256_point(content)?))),
        Curve::Foreign(name) => Ok(unsupported(name)),
    }
}

/// The curve that `ECParameters` name (RFC 5480 §2.1.1).
pub(in crate::key) enum Curve {
    P256,
    Foreign(String),
}

/// Reads `ECParameters`. RFC 5480 §2.1.1: `implicitCurve` and `specifiedCurve` MUST NOT be used.
pub(in crate::key) fn curve(parameters: Option<AnyRef<'_>>) -> Result<Curve, KeyError> {
    let parameters = parameters.ok_or_else(|| malformed("id-ecPublicKey without a curve"))?;
    let Ok(named) = parameters.decode_as::<ObjectIdentifier>() else {
        return Ok(Curve::Foreign(
            "EC with explicit or implicit curve parameters (1.2.840.10045.2.1)".to_owned(),
        ));
    };
    if Oid::from_asn1(named) == oid::SECP256R1 {
        return Ok(Curve::P256);
    }
    Ok(Curve::Foreign(foreign_name(&named.to_string())))
}

/// Reads a point in one of the two forms of RFC 5480 §2.2 and checks that it lies on the curve.
pub(in crate::key) fn p256_point(content: &[u8]) -> Result<VerifyingKey, KeyError> {
    let what = "ECPoint";
    if !matches!(content.first(), Some(2..=4)) {
        let reason = "neither an uncompressed nor a compressed point";
        return Err(KeyError::malformed(what, reason));
    }
    VerifyingKey::from_sec1_bytes(content)
        .map_err(|_| KeyError::malformed(what, "not a point of P-256"))
}

fn unsupported(name: String) -> (PublicKeyKind, Material) {
    (PublicKeyKind::Unsupported { name }, Material::Unsupported)
}

fn malformed(reason: impl ToString) -> KeyError {
    KeyError::malformed("SubjectPublicKeyInfo", reason)
}

/// Without leading zeros; the number zero has no octets.
fn magnitude(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.iter().skip(zeros).copied().collect()
}

/// 1,024 bits verify so that a later rule can say that they are too few.
const MIN_MODULUS_BITS: u32 = 1024;
const MAX_MODULUS_BITS: u32 = 8192;
