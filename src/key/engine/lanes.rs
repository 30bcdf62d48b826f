//! Eight operations at a time, in the lanes of AVX-512 IFMA (the crate `crypto-mb`).
//!
//! What does not fit into a lane, such as a modulus of 1,024 bits, is done by the portable engine.

use crypto_mb::{Error, p256 as mb_p256, rsa as mb_rsa};
use getrandom::SysRng;
use p256::ecdsa;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use zeroize::Zeroizing;

use crate::key::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use crate::key::digest::MessageDigest;
use crate::key::engine::portable::Portable;
use crate::key::engine::{Engine, Seed, in_rows, spread};
use crate::key::error::KeyError;
use crate::key::private::secret::{EcSecret, RsaParts, RsaSecret};
use crate::key::private::{KeyPair, Private};
use crate::key::public::{Material, PublicKey};
use crate::key::{SignJob, Signature, VerifyJob};

/// The engine of the lanes; it keeps no state. To be used only where it is available.
pub(super) struct Lanes;

/// A private RSA key in the form that this engine signs with.
pub(super) type RsaKey = Box<mb_rsa::PrivateKey>;

/// What is signed with what.
struct Signing<'a> {
    key: &'a KeyPair,
    digest: MessageDigest,
}

/// What is verified with what.
struct Verification<'a> {
    key: &'a PublicKey,
    digest: MessageDigest,
    signature: &'a [u8],
}

impl Engine for Lanes {
    fn generate(&self, algorithm: KeyAlgorithm, seeds: &[Seed]) -> Vec<Result<KeyPair, KeyError>> {
        let size = algorithm.modulus_bits().map(mb_rsa::Size::from_bits);
        match size {
            None => spread(seeds, LANES, P256_BATCH, generate_p256),
            Some(None) => Portable.generate(algorithm, seeds),
            Some(Some(size)) => spread(seeds, 1, RSA_KEYS, |seeds| generate_rsa(size, seeds)),
        }
    }

    /// RSA jobs of one key stand together, as they share its preparation, and those of one size share lanes.
    fn sign(&self, jobs: &[SignJob<'_>]) -> Vec<Result<Signature, KeyError>> {
        let is_ecdsa = |job: &SignJob<'_>| job.algorithm == SignatureAlgorithm::EcdsaWithSha256;
        if jobs.iter().all(is_ecdsa) {
            return spread(jobs, LANES, P256_BATCH, |jobs| sign_p256(&signings(jobs)));
        }
        let mut sorted: Vec<(usize, &SignJob<'_>)> = jobs.iter().enumerate().collect();
        sorted.sort_by_key(|(_, job)| {
            let key = job.key.public_key();
            (key.bit_string().len(), key.key_identifier())
        });
        let rows: Vec<usize> = sorted.iter().map(|(row, _)| *row).collect();
        let sorted: Vec<SignJob<'_>> = sorted.into_iter().map(|(_, job)| *job).collect();
        let signed = spread(&sorted, LANES, RSA_BATCH, |jobs| sign_rsa(&signings(jobs)));
        in_rows(&rows, signed)
    }

    fn verify(&self, jobs: &[VerifyJob<'_>]) -> Vec<Result<(), KeyError>> {
        let is_ecdsa = |job: &VerifyJob<'_>| job.algorithm == SignatureAlgorithm::EcdsaWithSha256;
        if jobs.iter().all(is_ecdsa) {
            spread(jobs, LANES, P256_BATCH, |jobs| {
                verify_p256(&verifications(jobs))
            })
        } else {
            spread(jobs, LANES, RSA_BATCH, |jobs| {
                verify_rsa(&verifications(jobs))
            })
        }
    }

    fn sign_digest(&self, key: &KeyPair, digest: &MessageDigest) -> Result<Signature, KeyError> {
        let digest = digest.clone();
        let signed = match digest.algorithm() {
            SignatureAlgorithm::EcdsaWithSha256 => sign_p256(&[Signing { key, digest }]),
            _ => sign_rsa(&[Signing { key, digest }]),
        };
        only(signed)
    }

    fn verify_digest(
        &self,
        key: &PublicKey,
        digest: &MessageDigest,
        signature: &[u8],
    ) -> Result<(), KeyError> {
        let job = Verification {
            key,
            digest: digest.clone(),
            signature,
        };
        only(match digest.algorithm() {
            SignatureAlgorithm::EcdsaWithSha256 => verify_p256(&[job]),
            _ => verify_rsa(&[job]),
        })
    }
}

fn generate_p256(seeds: &[Seed]) -> Vec<Result<KeyPair, KeyError>> {
    let mut rngs: Vec<_> = seeds.iter().map(rng).collect();
    let made = mb_p256::generate(&mut rngs).into_iter();
    made.map(|made| {
        let (secret, public) = made.map_err(failed)?;
        let point = [&[4], &public.x()[..], public.y()].concat();
        let secret = EcSecret::new(Zeroizing::new(*secret.expose_secret()));
        KeyPair::from_ec_secret(secret, &point)
    })
    .collect()
}

fn generate_rsa(size: mb_rsa::Size, seeds: &[Seed]) -> Vec<Result<KeyPair, KeyError>> {
    let rngs = seeds.iter().map(rng).collect();
    let made = mb_rsa::generate(size, mb_rsa::Search::Fresh, rngs).into_iter();
    made.map(|key| {
        let key = key.map_err(failed)?;
        KeyPair::from_rsa_secret(RsaSecret::new(RsaParts {
            n: key.public_key().modulus(),
            e: key.public_key().exponent().to_be_bytes().to_vec(),
            d: key.expose_d(),
            p: key.expose_p(),
            q: key.expose_q(),
            dp: key.expose_dp(),
            dq: key.expose_dq(),
            qinv: key.expose_qinv(),
        }))
    })
    .collect()
}

fn rng(seed: &Seed) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(**seed)
}

fn sign_p256(jobs: &[Signing<'_>]) -> Vec<Result<Signature, KeyError>> {
    let prepare = |job: &Signing<'_>| {
        let Private::P256(secret) = job.key.private() else {
            return None;
        };
        let key = mb_p256::SecretKey::from_be_bytes(secret.expose_secret()).ok()?;
        Some((key, <[u8; 32]>::try_from(job.digest.as_bytes()).ok()?))
    };
    let prepared: Vec<_> = jobs.iter().map(prepare).collect();
    let fitting = prepared.iter().flatten();
    let fitting: Vec<_> = fitting
        .map(|(key, digest)| mb_p256::SignJob { key, digest })
        .collect();
    let made = mb_p256::sign(&fitting).into_iter().map(|made| {
        let octets = made.map_err(failed)?;
        let signature = ecdsa::Signature::from_slice(&octets).map_err(|_| failed(Error::Fault))?;
        Ok(Signature(signature.to_der().as_bytes().to_vec()))
    });
    merge(jobs, &prepared, made, signed_portably)
}

/// The numbers that blind come from the operating system: they must not be known to whoever knows a seed.
fn sign_rsa(jobs: &[Signing<'_>]) -> Vec<Result<Signature, KeyError>> {
    let Ok(mut blinding) = ChaCha20Rng::try_from_rng(&mut SysRng) else {
        return jobs.iter().map(|_| Err(KeyError::Rng)).collect();
    };
    let prepare = jobs.iter().map(|job| {
        let Private::Rsa(secret) = job.key.private() else {
            return None;
        };
        Some((form(secret)?, job.digest.digest_info()?))
    });
    let prepared: Vec<_> = prepare.collect();
    let fitting = prepared.iter().flatten();
    let fitting: Vec<_> = fitting
        .map(|(key, digest_info)| mb_rsa::SignJob { key, digest_info })
        .collect();
    let made = mb_rsa::sign(&fitting, &mut blinding).into_iter();
    let made = made.map(|made| made.map(Signature).map_err(failed));
    merge(jobs, &prepared, made, signed_portably)
}

fn form(secret: &RsaSecret) -> Option<&mb_rsa::PrivateKey> {
    let make = || {
        let RsaParts {
            n,
            e,
            d,
            p,
            q,
            dp,
            dq,
            qinv,
        } = secret.expose_parts();
        let components = mb_rsa::Components {
            n,
            e,
            d,
            p,
            q,
            dp,
            dq,
            qinv,
        };
        mb_rsa::PrivateKey::from_components(&components)
            .ok()
            .map(Box::new)
    };
    secret.forms().lanes.get_or_init(make).as_deref()
}

/// DER is read as the portable engine reads it.
fn verify_p256(jobs: &[Verification<'_>]) -> Vec<Result<(), KeyError>> {
    let prepare = |job: &Verification<'_>| {
        let Material::P256(key) = job.key.material() else {
            return None;
        };
        let signature = ecdsa::Signature::from_der(job.signature).ok()?;
        let point = key.to_sec1_point(false);
        let (x, y) = (point.x()?, point.y()?);
        let key = mb_p256::PublicKey::from_affine(x.as_ref(), y.as_ref()).ok()?;
        let digest = <[u8; 32]>::try_from(job.digest.as_bytes()).ok()?;
        Some((key, digest, <[u8; 64]>::from(signature.to_bytes())))
    };
    let prepared: Vec<_> = jobs.iter().map(prepare).collect();
    let fitting = prepared.iter().flatten();
    let fitting: Vec<_> = fitting
        .map(|(key, digest, signature)| mb_p256::VerifyJob {
            key,
            digest,
            signature,
        })
        .collect();
    let judged = mb_p256::verify(&fitting).into_iter().map(judged);
    merge(jobs, &prepared, judged, verified_portably)
}

fn verify_rsa(jobs: &[Verification<'_>]) -> Vec<Result<(), KeyError>> {
    let prepare = jobs.iter().map(|job| {
        let (modulus, exponent) = (job.key.rsa_modulus()?, job.key.rsa_exponent()?);
        let key = mb_rsa::PublicKey::new(modulus, exponent).ok()?;
        Some((key, job.digest.digest_info()?, job.signature))
    });
    let prepared: Vec<_> = prepare.collect();
    let fitting = prepared.iter().flatten();
    let fitting: Vec<_> = fitting
        .map(|(key, digest_info, signature)| mb_rsa::VerifyJob {
            key,
            digest_info,
            signature,
        })
        .collect();
    let judged = mb_rsa::verify(&fitting).into_iter().map(judged);
    merge(jobs, &prepared, judged, verified_portably)
}

/// In order: what the lanes gave where a job was prepared for them, and the portable engine's answer elsewhere.
fn merge<J, P, T>(
    jobs: &[J],
    prepared: &[Option<P>],
    mut made: impl Iterator<Item = Result<T, KeyError>>,
    portable: impl Fn(&J) -> Result<T, KeyError>,
) -> Vec<Result<T, KeyError>> {
    let pairs = jobs.iter().zip(prepared);
    pairs
        .map(|(job, prepared)| {
            let made = prepared.as_ref().and_then(|_| made.next());
            made.unwrap_or_else(|| portable(job))
        })
        .collect()
}

fn signings<'a>(jobs: &[SignJob<'a>]) -> Vec<Signing<'a>> {
    let digested = |job: &SignJob<'a>| Signing {
        key: job.key,
        digest: MessageDigest::of(job.algorithm, job.message),
    };
    jobs.iter().map(digested).collect()
}

fn verifications<'a>(jobs: &[VerifyJob<'a>]) -> Vec<Verification<'a>> {
    let digested = |job: &VerifyJob<'a>| Verification {
        key: job.key,
        digest: MessageDigest::of(job.algorithm, job.message),
        signature: job.signature,
    };
    jobs.iter().map(digested).collect()
}

fn signed_portably(job: &Signing<'_>) -> Result<Signature, KeyError> {
    Portable.sign_digest(job.key, &job.digest)
}

fn verified_portably(job: &Verification<'_>) -> Result<(), KeyError> {
    Portable.verify_digest(job.key, &job.digest, job.signature)
}

/// The answer to a single job.
fn only<T>(answers: Vec<Result<T, KeyError>>) -> Result<T, KeyError> {
    let none = || Err(failed(Error::Fault));
    answers.into_iter().next().unwrap_or_else(none)
}

fn judged(answer: Result<(), Error>) -> Result<(), KeyError> {
    answer.map_err(|_| KeyError::SignatureInvalid)
}

fn failed(error: Error) -> KeyError {
    match error {
        Error::Random => KeyError::Rng,
        error => KeyError::Signing {
            reason: error.to_string(),
        },
    }
}

const LANES: usize = 8;
/// Keys of one piece of work: enough to fill the lanes, few enough that the threads finish together.
const RSA_KEYS: usize = 32;
const RSA_BATCH: usize = 128;
/// These share one inversion.
const P256_BATCH: usize = 256;
