//! Batches of RSA operations: sorted by what can share lanes, eight at a time, and put back in order.

mod assemble;
mod generate;
mod half;
mod pad;
pub(crate) mod prime;
mod public;
mod sieve;
mod sign;
mod source;

use rand_core::{CryptoRng, SeedableRng};

use super::simd::LANES;
use crate::error::Error;
use crate::rsa::{PrivateKey, PublicKey, Search, SignJob, Size, VerifyJob};

/// Generates one key for each generator.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn generate<R>(
    size: Size,
    search: Search,
    rngs: Vec<R>,
) -> Vec<Result<PrivateKey, Error>>
where
    R: CryptoRng + SeedableRng,
{
    match size {
        Size::Rsa2048 => generate::generate::<R, 2, 4>(size, search, rngs),
        Size::Rsa3072 => generate::generate::<R, 3, 6>(size, search, rngs),
        Size::Rsa4096 => generate::generate::<R, 4, 8>(size, search, rngs),
    }
}

/// Signs each job.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn sign<R>(jobs: &[SignJob<'_>], rng: &mut R) -> Vec<Result<Vec<u8>, Error>>
where
    R: CryptoRng + ?Sized,
{
    let mut out = vec![Err(Error::MessageTooLong); jobs.len()];
    for (size, rows) in groups(jobs.iter().map(|job| job.key.public_key())) {
        let signed = match size {
            Size::Rsa2048 => sign::sign::<R, 2, 4>(jobs, &rows, rng),
            Size::Rsa3072 => sign::sign::<R, 3, 6>(jobs, &rows, rng),
            Size::Rsa4096 => sign::sign::<R, 4, 8>(jobs, &rows, rng),
        };
        for (row, signature) in rows.into_iter().zip(signed) {
            out[row] = signature;
        }
    }
    out
}

/// Verifies each job.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn verify(jobs: &[VerifyJob<'_>]) -> Vec<Result<(), Error>> {
    let mut out = vec![Err(Error::Signature); jobs.len()];
    for (size, rows) in groups(jobs.iter().map(|job| job.key)) {
        for rows in rows.chunks(LANES) {
            let sound = match size {
                Size::Rsa2048 => public::verify::<4>(jobs, rows),
                Size::Rsa3072 => public::verify::<6>(jobs, rows),
                Size::Rsa4096 => public::verify::<8>(jobs, rows),
            };
            for (lane, row) in rows.iter().enumerate() {
                if sound >> lane & 1 == 1 {
                    out[*row] = Ok(());
                }
            }
        }
    }
    out
}

/// The rows of each size and exponent, in order.
fn groups<'a>(keys: impl Iterator<Item = &'a PublicKey>) -> Vec<(Size, Vec<usize>)> {
    let mut groups: Vec<(Size, u32, Vec<usize>)> = Vec::new();
    for (row, key) in keys.enumerate() {
        let own = (key.size(), key.exponent());
        match groups.iter_mut().find(|group| (group.0, group.1) == own) {
            Some(group) => group.2.push(row),
            None => groups.push((own.0, own.1, vec![row])),
        }
    }
    let sized = |(size, _, rows)| (size, rows);
    groups.into_iter().map(sized).collect()
}
