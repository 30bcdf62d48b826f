//! Algorithms of keys and signatures, with the names and identifiers that they go by.

use std::fmt;
use std::str::FromStr;

use der::Decode;
use der::asn1::AnyRef;
use pkcs8::AlgorithmIdentifierRef;

use crate::key::error::KeyError;
use crate::key::public::{PublicKey, PublicKeyKind};
use crate::oid;
use crate::oid::Oid;

/// What kind of key pair to generate.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// ECDSA on P-256 (FIPS 186-5, SP 800-186).
    P256,
    /// RSA with a modulus of 2,048 bits and the exponent 65537.
    Rsa2048,
    /// RSA with a modulus of 3,072 bits and the exponent 65537.
    Rsa3072,
    /// RSA with a modulus of 4,096 bits and the exponent 65537.
    Rsa4096,
}

/// How a certificate, a request or a CRL is signed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// `ecdsa-with-SHA256`, RFC 5758 §3.2.
    EcdsaWithSha256,
    /// `sha1WithRSAEncryption`, RFC 3279 §2.2.1; whether it may be used is the caller's policy.
    Sha1WithRsa,
    /// `sha256WithRSAEncryption`, RFC 4055 §5.
    Sha256WithRsa,
    /// `sha384WithRSAEncryption`, RFC 4055 §5.
    Sha384WithRsa,
    /// `sha512WithRSAEncryption`, RFC 4055 §5.
    Sha512WithRsa,
}

impl KeyAlgorithm {
    /// Every algorithm that can be generated.
    pub const ALL: [Self; 4] = [Self::P256, Self::Rsa2048, Self::Rsa3072, Self::Rsa4096];

    /// Bits of the RSA modulus; nothing for an elliptic curve.
    #[must_use]
    pub fn modulus_bits(self) -> Option<u32> {
        match self {
            Self::P256 => None,
            Self::Rsa2048 => Some(2048),
            Self::Rsa3072 => Some(3072),
            Self::Rsa4096 => Some(4096),
        }
    }

    /// The algorithm with this modulus.
    pub(in crate::key) fn from_modulus_bits(modulus_bits: u32) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.modulus_bits() == Some(modulus_bits))
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.modulus_bits() {
            None => f.write_str("P-256"),
            Some(bits) => write!(f, "RSA-{bits}"),
        }
    }
}

impl FromStr for KeyAlgorithm {
    type Err = KeyError;

    /// Reads the name that [`Display`](fmt::Display) writes, letter case ignored.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| KeyError::UnknownAlgorithm {
                found: text.chars().take(80).collect(),
            })
    }
}

impl SignatureAlgorithm {
    /// Every algorithm that can sign and verify.
    pub const ALL: [Self; 5] = [
        Self::EcdsaWithSha256,
        Self::Sha1WithRsa,
        Self::Sha256WithRsa,
        Self::Sha384WithRsa,
        Self::Sha512WithRsa,
    ];

    /// The identifier that stands in an `AlgorithmIdentifier`.
    #[must_use]
    pub fn oid(self) -> Oid {
        match self {
            Self::EcdsaWithSha256 => oid::ECDSA_WITH_SHA256,
            Self::Sha1WithRsa => oid::SHA1_WITH_RSA,
            Self::Sha256WithRsa => oid::SHA256_WITH_RSA,
            Self::Sha384WithRsa => oid::SHA384_WITH_RSA,
            Self::Sha512WithRsa => oid::SHA512_WITH_RSA,
        }
    }

    /// Reads an `AlgorithmIdentifier`. RFC 4055 §5 has RSA parameters of NULL; absent ones are read too.
    /// RFC 5758 §3.2 has ECDSA parameters absent, and nothing else is read.
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::UnsupportedSignatureAlgorithm`].
    pub fn from_der(octets: &[u8]) -> Result<Self, KeyError> {
        let identifier = AlgorithmIdentifierRef::from_der(octets)
            .map_err(|error| KeyError::malformed("AlgorithmIdentifier", error))?;
        let found = Oid::from_asn1(identifier.oid);
        let algorithm = Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.oid() == found)
            .ok_or_else(|| KeyError::UnsupportedSignatureAlgorithm {
                name: foreign_name(found),
            })?;
        let fits = match (algorithm, identifier.parameters) {
            (_, None) => true,
            (Self::EcdsaWithSha256, Some(_)) => false,
            (_, Some(parameters)) => parameters == AnyRef::NULL,
        };
        if !fits {
            let reason = format!("parameters that {algorithm} does not have");
            return Err(KeyError::malformed("AlgorithmIdentifier", reason));
        }
        Ok(algorithm)
    }

    /// The DER `AlgorithmIdentifier`: RSA with NULL (RFC 4055 §5), ECDSA without parameters (RFC 5758 §3.2).
    #[must_use]
    pub fn to_der(self) -> &'static [u8] {
        match self {
            Self::EcdsaWithSha256 => b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
            Self::Sha1WithRsa => b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00",
            Self::Sha256WithRsa => b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00",
            Self::Sha384WithRsa => b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00",
            Self::Sha512WithRsa => b"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00",
        }
    }

    /// The algorithm that a key signs with when nobody asks for another: SHA-256.
    #[must_use]
    pub fn default_for(key: &PublicKey) -> Option<Self> {
        match key.kind() {
            PublicKeyKind::P256 => Some(Self::EcdsaWithSha256),
            PublicKeyKind::Rsa { .. } => Some(Self::Sha256WithRsa),
            PublicKeyKind::Unsupported { .. } => None,
        }
    }

    /// Whether a key of this kind can make or verify such a signature.
    #[must_use]
    pub fn fits(self, key: &PublicKey) -> bool {
        match key.kind() {
            PublicKeyKind::P256 => self == Self::EcdsaWithSha256,
            PublicKeyKind::Rsa { .. } => self != Self::EcdsaWithSha256,
            PublicKeyKind::Unsupported { .. } => false,
        }
    }
}

/// The name that the assigning RFC uses.
impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaWithSha256 => "ecdsa-with-SHA256",
            Self::Sha1WithRsa => "sha1WithRSAEncryption",
            Self::Sha256WithRsa => "sha256WithRSAEncryption",
            Self::Sha384WithRsa => "sha384WithRSAEncryption",
            Self::Sha512WithRsa => "sha512WithRSAEncryption",
        })
    }
}

impl FromStr for SignatureAlgorithm {
    type Err = KeyError;

    /// Reads the name that [`Display`](fmt::Display) writes, letter case ignored.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.to_string().eq_ignore_ascii_case(text))
            .ok_or_else(|| KeyError::UnknownSignatureAlgorithm {
                found: text.chars().take(80).collect(),
            })
    }
}

fn foreign_name(found: Oid) -> String {
    let dotted = found.to_string();
    FOREIGN
        .iter()
        .find(|(known, _)| *known == dotted)
        .map_or_else(|| dotted.clone(), |(_, name)| format!("{name} ({dotted})"))
}

/// Signature algorithms that requests in the wild carry: read only to say what was found.
const FOREIGN: &[(&str, &str)] = &[
    ("1.2.840.10040.4.3", "dsa-with-SHA1"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption"),
    ("1.2.156.10197.1.501", "SM2-with-SM3"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("2.16.840.1.101.3.4.3.2", "dsa-with-SHA256"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_go_round() {
        for algorithm in SignatureAlgorithm::ALL {
            assert_eq!(
                SignatureAlgorithm::from_der(algorithm.to_der()),
                Ok(algorithm)
            );
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
        for algorithm in KeyAlgorithm::ALL {
            assert_eq!(algorithm.to_string().to_lowercase().parse(), Ok(algorithm));
        }
    }

    #[test]
    fn absent_parameters_are_read_for_rsa() {
        let absent = b"\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b";
        assert_eq!(
            SignatureAlgorithm::from_der(absent),
            Ok(SignatureAlgorithm::Sha256WithRsa)
        );
    }

    #[test]
    fn null_parameters_are_refused_for_ecdsa() {
        let null = b"\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00";
        assert!(matches!(
            SignatureAlgorithm::from_der(null),
            Err(KeyError::Malformed { .. })
        ));
    }

    #[test]
    fn foreign_algorithms_are_named() {
        let sha384 = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03";
        assert_eq!(
            SignatureAlgorithm::from_der(sha384),
            Err(KeyError::UnsupportedSignatureAlgorithm {
                name: "ecdsa-with-SHA384 (1.2.840.10045.4.3.3)".to_owned()
            })
        );
    }
}
