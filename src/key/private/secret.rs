//! What a private key is made of, and the forms in which the engines want it: each is made when it is first asked for, as
//! a key that is only made and handed on needs none.

use std::sync::OnceLock;

use der::asn1::UintRef;
use der::{Encode, SecretDocument};
use p256::ecdsa::SigningKey;
use rsa::pkcs1::RsaPrivateKeyRef;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, RsaPrivateKey};
use zeroize::Zeroizing;

use crate::key::engine::RsaForms;
use crate::key::error::KeyError;

/// A private scalar of P-256.
///
/// Invariant: 1 or more, below the order.
pub(in crate::key) struct EcSecret {
    scalar: Zeroizing<[u8; 32]>,
    portable: OnceLock<SigningKey>,
}

/// A private RSA key of two primes.
///
/// Invariant: the parts belong together.
pub(in crate::key) struct RsaSecret {
    parts: RsaParts,
    portable: OnceLock<RsaPrivateKey>,
    forms: RsaForms,
}

/// The numbers of an RSA key by their names in RFC 8017 §3.2, big-endian; zeros may stand before them.
#[expect(
    clippy::min_ident_chars,
    reason = "the names of the RFC say what they are"
)]
pub(in crate::key) struct RsaParts {
    pub(in crate::key) n: Vec<u8>,
    pub(in crate::key) e: Vec<u8>,
    pub(in crate::key) d: Zeroizing<Vec<u8>>,
    pub(in crate::key) p: Zeroizing<Vec<u8>>,
    pub(in crate::key) q: Zeroizing<Vec<u8>>,
    pub(in crate::key) dp: Zeroizing<Vec<u8>>,
    pub(in crate::key) dq: Zeroizing<Vec<u8>>,
    pub(in crate::key) qinv: Zeroizing<Vec<u8>>,
}

impl EcSecret {
    /// A scalar whose public key an engine computed: it is in its range.
    pub(in crate::key) fn new(scalar: Zeroizing<[u8; 32]>) -> Self {
        Self {
            scalar,
            portable: OnceLock::new(),
        }
    }

    pub(in crate::key) fn expose_secret(&self) -> &[u8; 32] {
        &self.scalar
    }

    /// The key of the portable engine.
    pub(in crate::key) fn portable(&self) -> Result<&SigningKey, KeyError> {
        let made = match self.portable.get() {
            Some(made) => return Ok(made),
            None => SigningKey::from_slice(&*self.scalar).map_err(|_| KeyError::Contradictory {
                reason: "the private key is zero or not below the order of P-256".to_owned(),
            })?,
        };
        Ok(self.portable.get_or_init(|| made))
    }
}

impl From<SigningKey> for EcSecret {
    fn from(key: SigningKey) -> Self {
        let secret = Self::new(Zeroizing::new(key.to_bytes().into()));
        // Nothing is in there yet, so nothing comes back.
        drop(secret.portable.set(key));
        secret
    }
}

impl RsaSecret {
    /// Parts that an engine computed: they belong together.
    pub(in crate::key) fn new(parts: RsaParts) -> Self {
        Self {
            parts,
            portable: OnceLock::new(),
            forms: RsaForms::default(),
        }
    }

    pub(in crate::key) fn expose_parts(&self) -> &RsaParts {
        &self.parts
    }

    /// The forms of the other engines.
    #[cfg_attr(
        not(any(feature = "lanes", feature = "scalar")),
        expect(dead_code, reason = "the portable engine has its own place")
    )]
    pub(in crate::key) fn forms(&self) -> &RsaForms {
        &self.forms
    }

    /// The key of the portable engine.
    pub(in crate::key) fn portable(&self) -> Result<&RsaPrivateKey, KeyError> {
        let made = match self.portable.get() {
            Some(made) => return Ok(made),
            None => self.parts.to_portable()?,
        };
        Ok(self.portable.get_or_init(|| made))
    }

    /// DER of the `RSAPrivateKey` (RFC 8017 A.1.2).
    pub(in crate::key) fn to_pkcs1_der(&self) -> der::Result<SecretDocument> {
        self.parts.to_pkcs1_der()
    }
}

impl TryFrom<RsaPrivateKey> for RsaSecret {
    type Error = KeyError;

    fn try_from(key: RsaPrivateKey) -> Result<Self, KeyError> {
        let secret = Self::new(RsaParts::of_portable(&key)?);
        // Nothing is in there yet, so nothing comes back.
        drop(secret.portable.set(key));
        Ok(secret)
    }
}

impl RsaParts {
    fn of_portable(key: &RsaPrivateKey) -> Result<Self, KeyError> {
        let qinv = key.crt_coefficient();
        let ([p, q], Some(dp), Some(dq), Some(qinv)) = (key.primes(), key.dp(), key.dq(), &qinv)
        else {
            return Err(contradictory());
        };
        let secret = |number: &BoxedUint| Zeroizing::new(number.to_be_bytes().into_vec());
        Ok(Self {
            n: key.n().to_be_bytes().into_vec(),
            e: key.e().to_be_bytes().into_vec(),
            d: secret(key.d()),
            p: secret(p.as_ref()),
            q: secret(q.as_ref()),
            dp: secret(dp),
            dq: secret(dq),
            qinv: secret(qinv),
        })
    }

    fn to_portable(&self) -> Result<RsaPrivateKey, KeyError> {
        let number = |octets: &[u8]| BoxedUint::from_be_slice_vartime(octets);
        let primes = vec![number(&self.p), number(&self.q)];
        RsaPrivateKey::from_components(number(&self.n), number(&self.e), number(&self.d), primes)
            .map_err(|_| contradictory())
    }

    fn to_pkcs1_der(&self) -> der::Result<SecretDocument> {
        let key = RsaPrivateKeyRef {
            modulus: UintRef::new(&self.n)?,
            public_exponent: UintRef::new(&self.e)?,
            private_exponent: UintRef::new(&self.d)?,
            prime1: UintRef::new(&self.p)?,
            prime2: UintRef::new(&self.q)?,
            exponent1: UintRef::new(&self.dp)?,
            exponent2: UintRef::new(&self.dq)?,
            coefficient: UintRef::new(&self.qinv)?,
            other_prime_infos: None,
        };
        SecretDocument::try_from(key.to_der()?)
    }
}

fn contradictory() -> KeyError {
    KeyError::Contradictory {
        reason: "modulus, exponents and primes of the RSA key do not belong together".to_owned(),
    }
}
