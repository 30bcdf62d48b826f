//! Who computes with keys: three engines behind one interface, chosen by what is to be done and how often.
//!
//! - `portable`: the `RustCrypto` crates. It runs everywhere and can do everything.
//! - `scalar`: graviola, one operation at a time in assembly. It signs and verifies with RSA, and makes keys and verifies with
//!   P-256. It has no part in making RSA keys, as it draws them from the operating system in an order of its own, nor in
//!   P-256 signatures, as it mixes random numbers into them.
//! - `lanes`: eight operations at a time where the processor has AVX-512 IFMA.
//!
//! All give the same octets for the same input, so the choice is one of speed alone. What an engine has no arithmetic for
//! falls to `portable`, job by job.
//!
//! RSA private operations are blinded by `portable` and `lanes`. `scalar` does not blind: its exponentiation takes the same
//! steps whatever the exponent is. Each of them checks a signature with the public key before it gives it out.

use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::key::algorithm::{KeyAlgorithm, SignatureAlgorithm};
use crate::key::digest::MessageDigest;
use crate::key::error::KeyError;
use crate::key::private::KeyPair;
use crate::key::public::PublicKey;
use crate::key::{SignJob, Signature, VerifyJob};

mod choice;
#[cfg(feature = "lanes")]
mod lanes;
mod plan;
mod portable;
#[cfg(all(
    feature = "scalar",
    any(target_arch = "aarch64", target_arch = "x86_64")
))]
mod scalar;

pub use self::choice::{Availability, EngineError, EngineName, availability, force, forced};
pub use self::plan::{Operation, Step, steps};

/// Where the random choices of one key come from.
pub(in crate::key) type Seed = Zeroizing<[u8; 32]>;

/// Computes with keys, a slice at a time and in order.
///
/// Every engine gives the same octets for the same input: a key depends on its seed alone, RSASSA-PKCS1-v1_5 on key and
/// message, ECDSA on them by RFC 6979 without low-S normalisation.
trait Engine: Sync {
    /// One key pair a seed.
    fn generate(&self, algorithm: KeyAlgorithm, seeds: &[Seed]) -> Vec<Result<KeyPair, KeyError>>;

    /// One signature a job; all have algorithms for the same kind of key.
    fn sign(&self, jobs: &[SignJob<'_>]) -> Vec<Result<Signature, KeyError>>;

    /// One answer a job; all have algorithms for the same kind of key.
    fn verify(&self, jobs: &[VerifyJob<'_>]) -> Vec<Result<(), KeyError>>;

    /// The signature of the message with this digest.
    fn sign_digest(&self, key: &KeyPair, digest: &MessageDigest) -> Result<Signature, KeyError> {
        portable::Portable.sign_digest(key, digest)
    }

    /// Whether the signature is that of the message with this digest.
    fn verify_digest(
        &self,
        key: &PublicKey,
        digest: &MessageDigest,
        signature: &[u8],
    ) -> Result<(), KeyError> {
        portable::Portable.verify_digest(key, digest, signature)
    }
}

/// A private RSA key in the forms of the engines that are not portable; nothing in it where an engine cannot work with it.
#[derive(Default)]
pub(in crate::key) struct RsaForms {
    #[cfg(feature = "lanes")]
    lanes: std::sync::OnceLock<Option<lanes::RsaKey>>,
    #[cfg(all(
        feature = "scalar",
        any(target_arch = "aarch64", target_arch = "x86_64")
    ))]
    scalar: std::sync::OnceLock<Option<scalar::RsaKey>>,
}

/// See [`crate::key::generate`].
pub(in crate::key) fn generate(
    algorithm: KeyAlgorithm,
    seeds: &[Seed],
) -> Vec<Result<KeyPair, KeyError>> {
    let operation = match algorithm {
        KeyAlgorithm::P256 => Operation::P256Generation,
        _ => Operation::RsaGeneration,
    };
    engine(plan::pick(operation, seeds.len())).generate(algorithm, seeds)
}

/// See [`crate::key::sign`].
pub(in crate::key) fn sign(jobs: &[SignJob<'_>]) -> Vec<Result<Signature, KeyError>> {
    let operation = |job: &SignJob<'_>| signature(job.algorithm);
    by_operation(jobs, operation, |engine, jobs| engine.sign(jobs))
}

/// See [`crate::key::verify`].
pub(in crate::key) fn verify(jobs: &[VerifyJob<'_>]) -> Vec<Result<(), KeyError>> {
    let operation = |job: &VerifyJob<'_>| verification(job.algorithm);
    by_operation(jobs, operation, |engine, jobs| engine.verify(jobs))
}

/// See [`crate::key::sign_digest`]. The scalar engine hashes for itself and takes no digest: the choice is that for many.
pub(in crate::key) fn sign_digest(
    key: &KeyPair,
    digest: &MessageDigest,
) -> Result<Signature, KeyError> {
    engine(plan::pick(signature(digest.algorithm()), usize::MAX)).sign_digest(key, digest)
}

/// See [`crate::key::verify_digest`].
pub(in crate::key) fn verify_digest(
    key: &PublicKey,
    digest: &MessageDigest,
    signature: &[u8],
) -> Result<(), KeyError> {
    engine(plan::pick(verification(digest.algorithm()), usize::MAX))
        .verify_digest(key, digest, signature)
}

fn signature(algorithm: SignatureAlgorithm) -> Operation {
    match algorithm {
        SignatureAlgorithm::EcdsaWithSha256 => Operation::P256Signature,
        _ => Operation::RsaSignature,
    }
}

fn verification(algorithm: SignatureAlgorithm) -> Operation {
    match algorithm {
        SignatureAlgorithm::EcdsaWithSha256 => Operation::P256Verification,
        _ => Operation::RsaVerification,
    }
}

/// The engine of this name; the portable one stands in for one that is not built in, which no plan names.
fn engine(name: EngineName) -> &'static dyn Engine {
    match name {
        #[cfg(feature = "lanes")]
        EngineName::Lanes => &lanes::Lanes,
        #[cfg(all(
            feature = "scalar",
            any(target_arch = "aarch64", target_arch = "x86_64")
        ))]
        EngineName::Scalar => &scalar::Scalar,
        _ => &portable::Portable,
    }
}

/// Gives the jobs of each operation to the engine that their number asks for.
fn by_operation<J: Copy, T>(
    jobs: &[J],
    operation: impl Fn(&J) -> Operation,
    run: impl Fn(&dyn Engine, &[J]) -> Vec<T>,
) -> Vec<T> {
    let Some(first) = jobs.first().map(&operation) else {
        return Vec::new();
    };
    let run =
        |operation: Operation, jobs: &[J]| run(engine(plan::pick(operation, jobs.len())), jobs);
    if jobs.iter().all(|job| operation(job) == first) {
        return run(first, jobs);
    }
    let mut rows: Vec<usize> = (0..jobs.len()).collect();
    rows.sort_by_key(|row| jobs.get(*row).map(&operation));
    let sorted: Vec<J> = rows
        .iter()
        .filter_map(|row| jobs.get(*row))
        .copied()
        .collect();
    let groups = sorted.chunk_by(|a, b| operation(a) == operation(b));
    let answers = groups.filter_map(|jobs| Some(run(operation(jobs.first()?), jobs)));
    in_rows(&rows, answers.flatten().collect())
}

/// Answers to jobs that were put into another order, back in theirs: answer i belongs to row `rows[i]`.
fn in_rows<T>(rows: &[usize], answers: Vec<T>) -> Vec<T> {
    let mut pairs: Vec<(usize, T)> = rows.iter().copied().zip(answers).collect();
    pairs.sort_by_key(|(row, _)| *row);
    pairs.into_iter().map(|(_, answer)| answer).collect()
}

/// Shares jobs among the threads, in pieces of `least` times a whole number but not more than `most`.
#[cfg_attr(
    not(feature = "lanes"),
    expect(dead_code, reason = "the other engines take one job at a time")
)]
fn spread<J: Sync, T: Send>(
    jobs: &[J],
    least: usize,
    most: usize,
    run: impl Fn(&[J]) -> Vec<T> + Send + Sync,
) -> Vec<T> {
    let share = jobs.len().div_ceil(rayon::current_num_threads());
    let share = share.next_multiple_of(least).clamp(least, most);
    if jobs.len() <= share {
        return run(jobs);
    }
    jobs.par_chunks(share).flat_map_iter(run).collect()
}

#[cfg(test)]
mod tests;
