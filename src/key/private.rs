//! Key pairs, and the forms in which private keys come and go: PKCS #8 (RFC 5958) both ways, PKCS #1 and SEC 1 in.

use std::fmt;

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, SecretDocument, Sequence};
use p256::ecdsa::SigningKey;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::spki::AlgorithmIdentifierRef;
use rand_core::TryCryptoRng;
use rsa::RsaPrivateKey;
use rsa::pkcs1::RsaPrivateKeyRef;
use rsa::traits::PrivateKeyParts;
use zeroize::Zeroizing;

#[cfg(feature = "ledger")]
mod file;
pub(in crate::key) mod secret;

use crate::key::algorithm::KeyAlgorithm;
use crate::key::error::KeyError;
use crate::key::foreign::foreign_name;
use crate::key::pbes2::{Passphrase, Pbes2, Stretched, decrypt, encrypt};
use crate::key::private::secret::{EcSecret, RsaSecret};
use crate::key::public::{Curve, PublicKey, bits, curve, p256_point};
#[cfg(feature = "pkcs11")]
use crate::key::token::{TokenKey, TokenUri};
use crate::oid;
use crate::oid::Oid;
use crate::pem;
use crate::pem::Label;
use crate::tlv;

/// A private key with its public key.
///
/// Invariant: the parts belong together, and the key is of a kind in [`KeyAlgorithm`]. The private part is wiped when
/// the value goes, and never shown.
pub struct KeyPair {
    public: PublicKey,
    algorithm: KeyAlgorithm,
    private: Private,
}

/// What the engines sign with.
pub(in crate::key) enum Private {
    P256(EcSecret),
    Rsa(Box<RsaSecret>),
    /// It never leaves its token.
    #[cfg(feature = "pkcs11")]
    Token(TokenKey),
}

/// RFC 5915 §3.
///
/// ```text
/// ECPrivateKey ::= SEQUENCE {
///   version        INTEGER { ecPrivkeyVer1(1) } (ecPrivkeyVer1),
///   privateKey     OCTET STRING,
///   parameters [0] ECParameters {{ NamedCurve }} OPTIONAL,
///   publicKey  [1] BIT STRING OPTIONAL
/// }
/// ```
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", optional = "true")]
    parameters: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

impl KeyPair {
    /// Reads a plain DER `PrivateKeyInfo` (RFC 5208) or `OneAsymmetricKey` (RFC 5958).
    ///
    /// # Errors
    /// [`KeyError::Malformed`], [`KeyError::UnsupportedKey`], [`KeyError::RsaModulus`], [`KeyError::Contradictory`].
    pub fn from_pkcs8_der(octets: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::from_der(octets)
            .map_err(|error| KeyError::malformed("PrivateKeyInfo", error))?;
        let key = match Oid::from_asn1(info.algorithm.oid) {
            oid::RSA_ENCRYPTION => Self::from_pkcs1(info.private_key.as_bytes())?,
            oid::EC_PUBLIC_KEY => match curve(info.algorithm.parameters)? {
                Curve::P256 => Self::from_sec1(info.private_key.as_bytes(), true)?,
                Curve::Foreign(name) => return Err(KeyError::UnsupportedKey { name }),
            },
            other => {
                return Err(KeyError::UnsupportedKey {
                    name: foreign_name(&other.to_string()),
                });
            }
        };
        if let Some(stated) = info.public_key {
            key.check_stated_public_key(stated)?;
        }
        Ok(key)
    }

    /// Reads PEM: `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY` (PBES2), `RSA PRIVATE KEY` (PKCS #1) or `EC PRIVATE KEY`
    /// (SEC 1, RFC 5915). A passphrase that is not needed is left unused.
    ///
    /// # Errors
    /// [`KeyError::Pem`], [`KeyError::PassphraseMissing`], [`KeyError::Decryption`], [`KeyError::KdfCost`],
    /// [`KeyError::UnsupportedEncryption`], and what [`KeyPair::from_pkcs8_der`] refuses.
    pub fn from_pem(text: &[u8], passphrase: Option<&Passphrase>) -> Result<Self, KeyError> {
        let block = pem::decode_one(text, PEM_LABELS, MAX_PEM_OCTETS).map_err(KeyError::Pem)?;
        match block.label() {
            Label::RsaPrivateKey => Self::from_pkcs1(block.der()),
            Label::EcPrivateKey => Self::from_sec1(block.der(), false),
            Label::EncryptedPrivateKey => {
                let passphrase = passphrase.ok_or(KeyError::PassphraseMissing)?;
                Self::from_pkcs8_der(&decrypt(block.der(), passphrase)?)
            }
            _ => Self::from_pkcs8_der(block.der()),
        }
    }

    /// Writes a plain DER `PrivateKeyInfo`.
    ///
    /// # Errors
    /// [`KeyError::InToken`] when it is not here, [`KeyError::Malformed`] when the encoder refuses the key, which no key of
    /// this type gives cause for.
    pub fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let secret = match &self.private {
            Private::P256(secret) => return Ok(self.p256_to_pkcs8_der(secret)),
            Private::Rsa(secret) => secret,
            #[cfg(feature = "pkcs11")]
            Private::Token(_) => return Err(KeyError::InToken),
        };
        let document = secret
            .to_pkcs1_der()
            .and_then(|octets| private_key_info(oid::RSA_ENCRYPTION, AnyRef::NULL, &octets));
        document
            .map(|document| document.to_bytes())
            .map_err(|error| KeyError::malformed("PrivateKeyInfo", error))
    }

    /// The `PrivateKeyInfo` around an `ECPrivateKey`, whose curve stands in the algorithm beside it.
    fn p256_to_pkcs8_der(&self, secret: &EcSecret) -> Zeroizing<Vec<u8>> {
        // Room for all of it: octets that grew would leave the private key behind.
        let mut der = Zeroizing::new(Vec::with_capacity(P256_PKCS8_ROOM));
        tlv::push(&mut der, tlv::INTEGER, &[0]);
        let algorithm = der.len();
        tlv::push_oid(&mut der, oid::EC_PUBLIC_KEY);
        tlv::push_oid(&mut der, oid::SECP256R1);
        tlv::enclose(&mut der, algorithm, tlv::SEQUENCE);
        let key = der.len();
        tlv::push(&mut der, tlv::INTEGER, &[1]);
        tlv::push(&mut der, tlv::OCTET_STRING, secret.expose_secret());
        let public = der.len();
        tlv::push_bit_string(&mut der, self.public.bit_string());
        tlv::enclose(&mut der, public, tlv::context_constructed(1));
        tlv::enclose(&mut der, key, tlv::SEQUENCE);
        tlv::enclose(&mut der, key, tlv::OCTET_STRING);
        tlv::enclose(&mut der, 0, tlv::SEQUENCE);
        der
    }

    /// Writes a plain `PRIVATE KEY`.
    ///
    /// # Errors
    /// As [`KeyPair::to_pkcs8_der`].
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::encode(Label::PrivateKey, &self.to_pkcs8_der()?))
    }

    /// Writes an `ENCRYPTED PRIVATE KEY`: PBES2 with AES-256-CBC (RFC 8018 §6.2); salt and IV come from `rng`.
    ///
    /// # Errors
    /// [`KeyError::KdfCost`], [`KeyError::Rng`], and as [`KeyPair::to_pkcs8_der`].
    pub fn to_encrypted_pkcs8_pem<R: TryCryptoRng + ?Sized>(
        &self,
        passphrase: &Passphrase,
        pbes2: Pbes2,
        rng: &mut R,
    ) -> Result<Zeroizing<String>, KeyError> {
        let encrypted = encrypt(&self.to_pkcs8_der()?, passphrase, pbes2, rng)?;
        Ok(pem::encode(Label::EncryptedPrivateKey, &encrypted))
    }

    /// Writes an `ENCRYPTED PRIVATE KEY` under a passphrase that was stretched before; the IV comes from `rng`.
    ///
    /// # Errors
    /// [`KeyError::Rng`], and as [`KeyPair::to_pkcs8_der`].
    pub fn to_pkcs8_pem_under<R: TryCryptoRng + ?Sized>(
        &self,
        stretched: &Stretched,
        rng: &mut R,
    ) -> Result<Zeroizing<String>, KeyError> {
        let encrypted = stretched.encrypt(&self.to_pkcs8_der()?, rng)?;
        Ok(pem::encode(Label::EncryptedPrivateKey, &encrypted))
    }

    /// A key in a token, whose public half was read there.
    #[cfg(feature = "pkcs11")]
    pub(in crate::key) fn in_token(public: PublicKey, key: TokenKey) -> Result<Self, KeyError> {
        Self::assemble(public, Private::Token(key))
    }

    /// Where the key is, if it is in a token.
    #[cfg(feature = "pkcs11")]
    #[must_use]
    pub fn token(&self) -> Option<&TokenUri> {
        match &self.private {
            Private::P256(_) | Private::Rsa(_) => None,
            Private::Token(key) => Some(key.uri()),
        }
    }

    /// The public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The kind of the key.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    pub(in crate::key) fn private(&self) -> &Private {
        &self.private
    }

    pub(in crate::key) fn from_p256(key: SigningKey) -> Result<Self, KeyError> {
        let point = key.verifying_key().to_sec1_point(false);
        Self::from_ec_secret(key.into(), point.as_bytes())
    }

    /// A scalar and the octets of its point (RFC 5480 §2.2, uncompressed).
    pub(in crate::key) fn from_ec_secret(secret: EcSecret, point: &[u8]) -> Result<Self, KeyError> {
        let named = tlv::write_oid(oid::SECP256R1);
        let public = public_key(oid::EC_PUBLIC_KEY, &named, point)?;
        Self::assemble(public, Private::P256(secret))
    }

    pub(in crate::key) fn from_rsa(key: RsaPrivateKey) -> Result<Self, KeyError> {
        Self::from_rsa_secret(RsaSecret::try_from(key)?)
    }

    pub(in crate::key) fn from_rsa_secret(secret: RsaSecret) -> Result<Self, KeyError> {
        let parts = secret.expose_parts();
        let integer = |octets| tlv::write(tlv::INTEGER, &tlv::integer_content(octets));
        let numbers = [integer(&parts.n), integer(&parts.e)].concat();
        let content = tlv::write(tlv::SEQUENCE, &numbers);
        let public = public_key(oid::RSA_ENCRYPTION, NULL, &content)?;
        Self::assemble(public, Private::Rsa(Box::new(secret)))
    }

    fn assemble(public: PublicKey, private: Private) -> Result<Self, KeyError> {
        let algorithm = public.algorithm().ok_or_else(|| KeyError::UnsupportedKey {
            name: public.kind().to_string(),
        })?;
        Ok(Self {
            public,
            algorithm,
            private,
        })
    }

    /// Reads an `RSAPrivateKey` (RFC 8017 appendix A.1.2) of two primes.
    fn from_pkcs1(octets: &[u8]) -> Result<Self, KeyError> {
        let malformed = |error| KeyError::malformed("RSAPrivateKey", error);
        let parts = RsaPrivateKeyRef::from_der(octets).map_err(malformed)?;
        // Before anything is computed: the size bounds the cost.
        let actual_bits = bits(parts.modulus.as_bytes());
        if KeyAlgorithm::from_modulus_bits(actual_bits).is_none() {
            return Err(KeyError::UnsupportedKey {
                name: format!("RSA-{actual_bits}"),
            });
        }
        let stated = [parts.exponent1, parts.exponent2, parts.coefficient];
        let key = RsaPrivateKey::try_from(parts).map_err(|_| KeyError::Contradictory {
            reason: "modulus, exponents and primes of the RSA key do not belong together"
                .to_owned(),
        })?;
        let qinv = key.crt_coefficient();
        let computed = [key.dp(), key.dq(), qinv.as_ref()];
        for (stated, computed) in stated.iter().zip(computed) {
            let computed =
                computed.map(|number| Zeroizing::new(number.to_be_bytes_trimmed_vartime()));
            if computed.is_none_or(|computed| **computed != *stated.as_bytes()) {
                return Err(KeyError::Contradictory {
                    reason: "CRT exponents or coefficient do not follow from the primes".to_owned(),
                });
            }
        }
        Self::from_rsa(key)
    }

    /// Reads an `ECPrivateKey`; inside PKCS #8 the curve stands in the algorithm and may be left out here.
    fn from_sec1(octets: &[u8], curve_known: bool) -> Result<Self, KeyError> {
        let what = "ECPrivateKey";
        let malformed = |reason: &str| KeyError::malformed(what, reason);
        let parts =
            EcPrivateKey::from_der(octets).map_err(|error| KeyError::malformed(what, error))?;
        if parts.version != 1 {
            return Err(malformed("version is not 1"));
        }
        if (parts.parameters.is_some() || !curve_known)
            && let Curve::Foreign(name) = curve(parts.parameters)?
        {
            return Err(KeyError::UnsupportedKey { name });
        }
        // RFC 5915 §3: the octet string has the length of the order, leading zeros included.
        if parts.private_key.as_bytes().len() != P256_OCTETS {
            return Err(malformed("the private key is not 32 octets long"));
        }
        let key = SigningKey::from_slice(parts.private_key.as_bytes())
            .map_err(|_| malformed("the private key is zero or not below the order of P-256"))?;
        let pair = Self::from_p256(key)?;
        if let Some(stated) = parts.public_key {
            pair.check_stated_public_key(stated)?;
        }
        Ok(pair)
    }

    /// A public key that stands beside the private one must be the one that follows from it.
    fn check_stated_public_key(&self, stated: BitStringRef<'_>) -> Result<(), KeyError> {
        let octets = stated.as_bytes().unwrap_or_default();
        let same = match &self.private {
            Private::P256(_) => p256_point(octets)? == p256_point(self.public.bit_string())?,
            _ => self.public.bit_string() == octets,
        };
        if same {
            return Ok(());
        }
        Err(KeyError::Contradictory {
            reason: "the public key stated beside the private key is another one".to_owned(),
        })
    }
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "KeyPair({}, {}, [elided])",
            self.algorithm,
            self.public.key_identifier()
        )
    }
}

/// The public key with these parameters and this content of the BIT STRING.
pub(in crate::key) fn public_key(
    algorithm: Oid,
    parameters: &[u8],
    content: &[u8],
) -> Result<PublicKey, KeyError> {
    let algorithm = [&tlv::write_oid(algorithm), parameters].concat();
    let parts = [
        tlv::write(tlv::SEQUENCE, &algorithm),
        tlv::bit_string(content),
    ];
    PublicKey::from_spki_der(&tlv::write(tlv::SEQUENCE, &parts.concat()))
}

/// DER of the `PrivateKeyInfo` around a private key.
fn private_key_info(
    algorithm: Oid,
    parameters: AnyRef<'_>,
    octets: &SecretDocument,
) -> der::Result<SecretDocument> {
    let algorithm = AlgorithmIdentifierRef {
        oid: asn1(algorithm)?,
        parameters: Some(parameters),
    };
    let octets = OctetStringRef::new(octets.as_bytes())?;
    SecretDocument::encode_msg(&PrivateKeyInfoRef::new(algorithm, octets))
}

fn asn1(oid: Oid) -> der::Result<ObjectIdentifier> {
    Ok(ObjectIdentifier::from_bytes(oid.as_bytes())?)
}

/// RFC 3279 §2.3.1: the parameters of `rsaEncryption`.
pub(in crate::key) const NULL: &[u8] = &[5, 0];
const PEM_LABELS: &[Label] = &[
    Label::PrivateKey,
    Label::EncryptedPrivateKey,
    Label::RsaPrivateKey,
    Label::EcPrivateKey,
];
/// An encrypted RSA-4096 key takes some 3,500 octets of PEM; the rest is room for text around it.
const MAX_PEM_OCTETS: usize = 65_536;
const P256_OCTETS: usize = 32;
/// A `PrivateKeyInfo` of P-256 has 138 octets.
const P256_PKCS8_ROOM: usize = 256;
