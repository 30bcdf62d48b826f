//! Where the lanes are entered: asks the processor, and is the only place that steps over `target_feature`.

mod measured;

use rand_core::{CryptoRng, SeedableRng};
use zeroize::Zeroizing;

pub(crate) use self::measured::{Power, Table};
use crate::error::Error;
use crate::lanes::cpu::Ifma;
use crate::lanes::{p256 as lanes_p256, rsa as lanes_rsa};
use crate::p256;
use crate::rsa::{PrivateKey, Search, SignJob, Size, VerifyJob};

/// The same answer for each job.
fn unavailable<T>(jobs: usize) -> Vec<Result<T, Error>> {
    (0..jobs).map(|_| Err(Error::Unavailable)).collect()
}

/// Whether the processor can.
pub(crate) fn available() -> bool {
    Ifma::detect().is_some()
}

/// See [`crate::rsa::generate`].
pub(crate) fn rsa_generate<R>(
    size: Size,
    search: Search,
    rngs: Vec<R>,
) -> Vec<Result<PrivateKey, Error>>
where
    R: CryptoRng + SeedableRng,
{
    let Some(_) = Ifma::detect() else {
        return unavailable(rngs.len());
    };
    // SAFETY: `Ifma` exists only where the processor has the features that the callee is compiled for.
    unsafe { lanes_rsa::generate(size, search, rngs) }
}

/// See [`crate::rsa::sign`].
pub(crate) fn rsa_sign<R>(jobs: &[SignJob<'_>], rng: &mut R) -> Vec<Result<Vec<u8>, Error>>
where
    R: CryptoRng + ?Sized,
{
    let Some(_) = Ifma::detect() else {
        return unavailable(jobs.len());
    };
    // SAFETY: `Ifma` exists only where the processor has the features that the callee is compiled for.
    unsafe { lanes_rsa::sign(jobs, rng) }
}

/// See [`crate::rsa::verify`].
pub(crate) fn rsa_verify(jobs: &[VerifyJob<'_>]) -> Vec<Result<(), Error>> {
    let Some(_) = Ifma::detect() else {
        return unavailable(jobs.len());
    };
    // SAFETY: `Ifma` exists only where the processor has the features that the callee is compiled for.
    unsafe { lanes_rsa::verify(jobs) }
}

/// See [`crate::p256::generate`].
pub(crate) fn p256_generate<R: CryptoRng>(
    rngs: &mut [R],
) -> Vec<Result<(p256::SecretKey, p256::PublicKey), Error>> {
    let Some(_) = Ifma::detect() else {
        return unavailable(rngs.len());
    };
    // SAFETY: `Ifma` exists only where the processor has the features that the callee is compiled for.
    unsafe { lanes_p256::generate(rngs) }
}

/// See [`crate::p256::public_keys`].
pub(crate) fn p256_public_keys(keys: &[&p256::SecretKey]) -> Vec<Result<p256::PublicKey, Error>> {
    let Some(_) = Ifma::detect() else {
        return unavailable(keys.len());
    };
    let secrets: Vec<_> = keys
        .iter()
        .map(|key| Zeroizing::new(*key.expose_secret()))
        .collect();
    // SAFETY: `Ifma` exists only where the processor has the features that the callee is compiled for.
    let publics = unsafe { lanes_p256::multiples(&secrets) };
    publics.into_iter().map(Ok).collect()
}

/// See [`crate::p256::sign`].
pub(crate) fn p256_sign(jobs: &[p256::SignJob<'_>]) -> Vec<Result<[u8; 64], Error>> {
    let Some(_) = Ifma::detect() else {
        return unavailable(jobs.len());
    };
    // SAFETY: `Ifma` exists only where the processor has the features that the callee is compiled for.
    unsafe { lanes_p256::sign(jobs) }
}

/// See [`crate::p256::verify`].
pub(crate) fn p256_verify(jobs: &[p256::VerifyJob<'_>]) -> Vec<Result<(), Error>> {
    let Some(_) = Ifma::detect() else {
        return unavailable(jobs.len());
    };
    // SAFETY: `Ifma` exists only where the processor has the features that the callee is compiled for.
    unsafe { lanes_p256::verify(jobs) }
}
