//! Keys and signatures: generated, signed with and verified in slices; one is a slice of one.
//!
//! Key pairs are RSA of 2,048, 3,072 or 4,096 bits and P-256. Signatures are RSASSA-PKCS1-v1_5 (RFC 8017 §8.2) and
//! ECDSA with the deterministic nonce of RFC 6979: the same key and message give the same octets, whichever engine
//! signs and however many threads share the work.
//!
//! Public keys are read more widely than they are used: a key that no rule allows is still named (`P-384`, `RSA-1024`).

use std::fmt;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

mod aes;
mod algorithm;
mod digest;
pub mod engine;
mod error;
mod foreign;
mod pbes2;
mod private;
mod public;
#[cfg(feature = "rcgen")]
mod rcgen;
#[cfg(feature = "ledger")]
mod stand_in;
#[cfg(feature = "pkcs11")]
mod token;
mod transport;
pub mod weak;

pub(crate) use self::aes::encrypt_aes_256_cbc;
pub use self::algorithm::{KeyAlgorithm, SignatureAlgorithm};
pub use self::digest::{MessageDigest, MessageHasher, sign_digest, verify_digest};
pub use self::error::KeyError;
pub use self::pbes2::{Passphrase, Pbes2, Stretched};
pub use self::private::KeyPair;
pub use self::public::{KeyIdentifier, PublicKey, PublicKeyKind};
#[cfg(feature = "ledger")]
pub(crate) use self::stand_in::StandIns;
#[cfg(feature = "pkcs11")]
pub use self::token::TokenUri;

/// A message to sign.
#[derive(Clone, Copy, Debug)]
pub struct SignJob<'a> {
    /// The key that signs.
    pub key: &'a KeyPair,
    /// The algorithm, which must fit the key.
    pub algorithm: SignatureAlgorithm,
    /// The octets to sign; the engine hashes them.
    pub message: &'a [u8],
}

/// A signature to verify.
#[derive(Clone, Copy, Debug)]
pub struct VerifyJob<'a> {
    /// The key that is said to have signed.
    pub key: &'a PublicKey,
    /// The algorithm, which must fit the key.
    pub algorithm: SignatureAlgorithm,
    /// The octets that are said to be signed.
    pub message: &'a [u8],
    /// Content octets of the BIT STRING `signature`.
    pub signature: &'a [u8],
}

/// Content octets of a BIT STRING `signature`: an RSA signature of the modulus' length, or a DER `ECDSA-Sig-Value`
/// (RFC 3279 §2.2.3).
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct Signature(Vec<u8>);

impl Signature {
    /// A signature that was made elsewhere; it is worth nothing until it verifies.
    #[must_use]
    pub fn from_bytes(octets: Vec<u8>) -> Self {
        Self(octets)
    }

    /// The octets.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The octets, owned.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(")?;
        self.0
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))?;
        f.write_str(")")
    }
}

/// Generates `n` key pairs, each from a seed of 32 octets drawn from `rng` in order.
///
/// A key depends on its seed alone, so the same generator gives the same keys however many threads there are. RSA keys
/// have the exponent 65537 and meet FIPS 186-5 A.1.1: the primes lie more than 2^(bits/2 - 100) apart and the private
/// exponent is larger than 2^(bits/2).
///
/// Each item is [`KeyError::Rng`] from the draw on at which the generator failed.
pub fn generate<R: TryCryptoRng + ?Sized>(
    algorithm: KeyAlgorithm,
    n: usize,
    rng: &mut R,
) -> Vec<Result<KeyPair, KeyError>> {
    let mut seeds = Vec::with_capacity(n);
    while seeds.len() < n {
        let mut seed = Zeroizing::new([0; 32]);
        if rng.try_fill_bytes(seed.as_mut()).is_err() {
            break;
        }
        seeds.push(seed);
    }
    let mut keys = engine::generate(algorithm, &seeds);
    keys.resize_with(n, || Err(KeyError::Rng));
    keys
}

/// Signs a slice; each item succeeds or fails alone, in order.
///
/// RSA private operations are blinded with random numbers of the operating system, which do not show in the signature,
/// and their result is checked with the public key before it is released.
///
/// Items fail with [`KeyError::AlgorithmMismatch`], [`KeyError::Rng`] and [`KeyError::Signing`].
#[must_use]
pub fn sign(jobs: &[SignJob<'_>]) -> Vec<Result<Signature, KeyError>> {
    engine::sign(jobs)
}

/// Verifies a slice; each item succeeds or fails alone, in order.
///
/// Any RSA modulus of 1,024 to 8,192 bits verifies, and SHA-1 does too: what is strong enough is the caller's policy.
/// Larger moduli and exponents of 2^33 and above are refused unread, so that a hostile key costs little.
///
/// Items fail with [`KeyError::AlgorithmMismatch`], [`KeyError::RsaExponent`], [`KeyError::RsaModulus`],
/// [`KeyError::RsaModulusEven`] and [`KeyError::SignatureInvalid`].
#[must_use]
pub fn verify(jobs: &[VerifyJob<'_>]) -> Vec<Result<(), KeyError>> {
    engine::verify(jobs)
}

#[cfg(test)]
mod tests;
