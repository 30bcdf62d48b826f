//! The engine that runs everywhere: the `RustCrypto` crates, one key, signature or verification a thread.

use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::ecdsa::{DerSignature, SigningKey};
use p256::elliptic_curve::Generate;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;
use rsa::pkcs1v15::Pkcs1v15Sign;
use rsa::traits::{PrivateKeyParts, PublicKeyParts, SignatureScheme};
use rsa::{BoxedUint, RsaPrivateKey};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::key::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use crate::key::digest::MessageDigest;
use crate::key::engine::{Engine, Seed};
use crate::key::error::KeyError;
use crate::key::private::{KeyPair, Private};
use crate::key::public::{Material, PublicKey};
use crate::key::{SignJob, Signature, VerifyJob};

mod primes;

/// The portable engine; it keeps no state.
pub(super) struct Portable;

impl Engine for Portable {
    fn generate(&self, algorithm: KeyAlgorithm, seeds: &[Seed]) -> Vec<Result<KeyPair, KeyError>> {
        seeds
            .par_iter()
            .map(|seed| generate_one(algorithm, seed))
            .collect()
    }

    fn sign(&self, jobs: &[SignJob<'_>]) -> Vec<Result<Signature, KeyError>> {
        jobs.par_iter().map(sign_one).collect()
    }

    fn verify(&self, jobs: &[VerifyJob<'_>]) -> Vec<Result<(), KeyError>> {
        jobs.par_iter().map(verify_one).collect()
    }

    fn sign_digest(&self, key: &KeyPair, digest: &MessageDigest) -> Result<Signature, KeyError> {
        check_fit(digest.algorithm(), key.public_key())?;
        match key.private() {
            Private::P256(key) => {
                let signature: DerSignature = key
                    .portable()?
                    .sign_prehash(digest.as_bytes())
                    .map_err(signing)?;
                Ok(Signature(signature.as_bytes().to_vec()))
            }
            Private::Rsa(key) => sign_rsa(key.portable()?, digest),
            #[cfg(feature = "pkcs11")]
            Private::Token(token) => {
                let signature = Signature(token.sign(digest)?);
                // Whatever a token does, nothing leaves that does not verify.
                self.verify_digest(key.public_key(), digest, signature.as_bytes())?;
                Ok(signature)
            }
        }
    }

    fn verify_digest(
        &self,
        key: &PublicKey,
        digest: &MessageDigest,
        signature: &[u8],
    ) -> Result<(), KeyError> {
        check_fit(digest.algorithm(), key)?;
        match key.material() {
            Material::P256(key) => {
                let signature =
                    DerSignature::from_bytes(signature).map_err(|_| KeyError::SignatureInvalid)?;
                key.verify_prehash(digest.as_bytes(), &signature)
                    .map_err(|_| KeyError::SignatureInvalid)
            }
            Material::Rsa { .. } => {
                let Some(key) = key.material().rsa_verifier() else {
                    return Err(KeyError::SignatureInvalid);
                };
                scheme(digest.algorithm())
                    .verify(key?, digest.as_bytes(), signature)
                    .map_err(|_| KeyError::SignatureInvalid)
            }
            Material::Unsupported => Err(KeyError::UnsupportedKey {
                name: key.kind().to_string(),
            }),
        }
    }
}

fn generate_one(algorithm: KeyAlgorithm, seed: &Seed) -> Result<KeyPair, KeyError> {
    let mut rng = ChaCha20Rng::from_seed(**seed);
    match algorithm.modulus_bits() {
        None => KeyPair::from_p256(SigningKey::generate_from_rng(&mut rng)),
        Some(bits) => KeyPair::from_rsa(generate_rsa(bits, &mut rng)?),
    }
}

/// The larger prime first, as CRT implementations expect it. FIPS 186-5 A.1.1: d is the inverse of e modulo
/// LCM(p - 1, q - 1).
fn generate_rsa(bits: u32, rng: &mut ChaCha20Rng) -> Result<RsaPrivateKey, KeyError> {
    let failed = |reason: &dyn ToString| KeyError::Signing {
        reason: format!("no RSA key generated: {}", reason.to_string()),
    };
    let [p, q] = primes::draw(bits, rng);
    let key = RsaPrivateKey::from_p_q(
        BoxedUint::clone(&p),
        BoxedUint::clone(&q),
        BoxedUint::from(65_537u32),
    )
    .map_err(|error| failed(&error))?;
    if meets_fips_186_5(&key, bits) {
        return Ok(key);
    }
    Err(failed(&"the private exponent is too short"))
}

/// FIPS 186-5 A.1.1: d > 2^(nlen/2). It is asked to be one bit longer than it must be, so that the power of two itself needs
/// no thought; hardly a key in 2^1023 fails. The distance of the primes was seen to when they were drawn.
fn meets_fips_186_5(key: &RsaPrivateKey, bits: u32) -> bool {
    key.n().bits() == bits && key.d().bits() > bits / 2 + 1
}

pub(super) fn sign_one(job: &SignJob<'_>) -> Result<Signature, KeyError> {
    Portable.sign_digest(job.key, &MessageDigest::of(job.algorithm, job.message))
}

/// The crate recomputes the message from the CRT result with the public exponent and gives nothing out when they
/// differ, so that a fault in the computation does not reveal a prime.
fn sign_rsa(key: &RsaPrivateKey, digest: &MessageDigest) -> Result<Signature, KeyError> {
    // Blinding draws from the operating system: its numbers must not be known to whoever knows a seed.
    let scheme = scheme(digest.algorithm());
    match scheme.sign(Some(&mut getrandom::SysRng), key, digest.as_bytes()) {
        Ok(octets) => Ok(Signature(octets)),
        Err(rsa::Error::Rng) => Err(KeyError::Rng),
        Err(error) => Err(signing(error)),
    }
}

pub(super) fn verify_one(job: &VerifyJob<'_>) -> Result<(), KeyError> {
    let digest = MessageDigest::of(job.algorithm, job.message);
    Portable.verify_digest(job.key, &digest, job.signature)
}

fn check_fit(algorithm: SignatureAlgorithm, key: &PublicKey) -> Result<(), KeyError> {
    if algorithm.fits(key) {
        return Ok(());
    }
    Err(KeyError::AlgorithmMismatch {
        algorithm,
        key: key.kind().to_string(),
    })
}

/// The padding with its `DigestInfo` prefix (RFC 8017 §9.2). ECDSA never comes here.
fn scheme(algorithm: SignatureAlgorithm) -> Pkcs1v15Sign {
    match algorithm {
        SignatureAlgorithm::Sha1WithRsa => Pkcs1v15Sign::new::<Sha1>(),
        SignatureAlgorithm::Sha384WithRsa => Pkcs1v15Sign::new::<Sha384>(),
        SignatureAlgorithm::Sha512WithRsa => Pkcs1v15Sign::new::<Sha512>(),
        SignatureAlgorithm::EcdsaWithSha256 | SignatureAlgorithm::Sha256WithRsa => {
            Pkcs1v15Sign::new::<Sha256>()
        }
    }
}

fn signing(error: impl ToString) -> KeyError {
    KeyError::Signing {
        reason: error.to_string(),
    }
}
