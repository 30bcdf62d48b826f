//! Where the lanes are entered: asks the processor, and is the only place that steps over `target_feature`.

use rand_core::{CryptoRng, SeedableRng};

use crate::error::Error;
use crate::lanes::cpu::Ifma;
use crate::lanes::rsa as lanes_rsa;
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
