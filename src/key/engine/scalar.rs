//! graviola: one operation at a time in assembly, where the processor has AVX2 and ADX, or is a 64-bit ARM.

use graviola::Error;
use graviola::hashing;
use graviola::key_agreement::p256::StaticPrivateKey;
use graviola::signing::ecdsa::{P256, VerifyingKey};
use graviola::signing::rsa;
use p256::ecdsa;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::key::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use crate::key::engine::portable::{Portable, sign_one, verify_one};
use crate::key::engine::{Engine, Seed};
use crate::key::error::KeyError;
use crate::key::private::secret::{EcSecret, RsaSecret};
use crate::key::private::{KeyPair, Private};
use crate::key::public::Material;
use crate::key::{SignJob, Signature, VerifyJob};

/// The scalar engine; it keeps no state. To be used only where it is available.
pub(super) struct Scalar;

/// A private RSA key in the form that this engine signs with.
pub(super) type RsaKey = Box<rsa::SigningKey>;

impl Engine for Scalar {
    fn generate(&self, algorithm: KeyAlgorithm, seeds: &[Seed]) -> Vec<Result<KeyPair, KeyError>> {
        match algorithm {
            KeyAlgorithm::P256 => seeds.par_iter().map(generate_p256).collect(),
            _ => Portable.generate(algorithm, seeds),
        }
    }

    fn sign(&self, jobs: &[SignJob<'_>]) -> Vec<Result<Signature, KeyError>> {
        let one = |job: &SignJob<'_>| sign_rsa(job).map_or_else(|| sign_one(job), Ok);
        jobs.par_iter().map(one).collect()
    }

    fn verify(&self, jobs: &[VerifyJob<'_>]) -> Vec<Result<(), KeyError>> {
        let one = |job: &VerifyJob<'_>| {
            let answer = match job.key.material() {
                _ if !job.algorithm.fits(job.key) => None,
                Material::P256(key) => verify_p256(key, job),
                Material::Rsa { .. } => verify_rsa(job),
                Material::Unsupported => None,
            };
            answer.unwrap_or_else(|| verify_one(job))
        };
        jobs.par_iter().map(one).collect()
    }
}

/// The first 32 octets that are a scalar (FIPS 186-5 A.2.2), as in the other engines.
fn generate_p256(seed: &Seed) -> Result<KeyPair, KeyError> {
    let mut rng = ChaCha20Rng::from_seed(**seed);
    let mut scalar = Zeroizing::new([0; 32]);
    let key = loop {
        rng.fill_bytes(scalar.as_mut());
        if let Ok(key) = StaticPrivateKey::from_bytes(scalar.as_ref()) {
            break key;
        }
    };
    KeyPair::from_ec_secret(EcSecret::new(scalar), &key.public_key_uncompressed())
}

/// Nothing where this engine cannot: a key of another kind, a digest that it lacks, primes that it does not take.
fn sign_rsa(job: &SignJob<'_>) -> Option<Signature> {
    let Private::Rsa(secret) = job.key.private() else {
        return None;
    };
    let key = form(secret)?;
    let mut octets = vec![0; key.modulus_len_bytes()];
    match job.algorithm {
        SignatureAlgorithm::Sha256WithRsa => key.sign_pkcs1_sha256(&mut octets, job.message),
        SignatureAlgorithm::Sha384WithRsa => key.sign_pkcs1_sha384(&mut octets, job.message),
        SignatureAlgorithm::Sha512WithRsa => key.sign_pkcs1_sha512(&mut octets, job.message),
        SignatureAlgorithm::EcdsaWithSha256 | SignatureAlgorithm::Sha1WithRsa => return None,
    }
    .ok()?;
    Some(Signature(octets))
}

fn form(secret: &RsaSecret) -> Option<&rsa::SigningKey> {
    let make = || {
        let der = secret.to_pkcs1_der().ok()?;
        rsa::SigningKey::from_pkcs1_der(der.as_bytes())
            .ok()
            .map(Box::new)
    };
    secret.forms().scalar.get_or_init(make).as_deref()
}

/// Nothing where this engine cannot say: a key or digest that it does not take.
fn verify_rsa(job: &VerifyJob<'_>) -> Option<Result<(), KeyError>> {
    let key = rsa::VerifyingKey::from_pkcs1_der(job.key.bit_string()).ok()?;
    let answer = match job.algorithm {
        SignatureAlgorithm::Sha256WithRsa => key.verify_pkcs1_sha256(job.signature, job.message),
        SignatureAlgorithm::Sha384WithRsa => key.verify_pkcs1_sha384(job.signature, job.message),
        SignatureAlgorithm::Sha512WithRsa => key.verify_pkcs1_sha512(job.signature, job.message),
        SignatureAlgorithm::EcdsaWithSha256 | SignatureAlgorithm::Sha1WithRsa => return None,
    };
    judged(answer)
}

/// DER is read as the portable engine reads it.
fn verify_p256(key: &ecdsa::VerifyingKey, job: &VerifyJob<'_>) -> Option<Result<(), KeyError>> {
    let Ok(signature) = ecdsa::Signature::from_der(job.signature) else {
        return Some(Err(KeyError::SignatureInvalid));
    };
    let point = key.to_sec1_point(false);
    let key = VerifyingKey::<P256>::from_x962_uncompressed(point.as_bytes()).ok()?;
    judged(key.verify::<hashing::Sha256>(&[job.message], &signature.to_bytes()))
}

fn judged(answer: Result<(), Error>) -> Option<Result<(), KeyError>> {
    match answer {
        Ok(()) => Some(Ok(())),
        Err(Error::BadSignature) => Some(Err(KeyError::SignatureInvalid)),
        Err(_) => None,
    }
}
