//! In place of the engine on other architectures: every job is answered with [`Error::Unavailable`].

use rand_core::{CryptoRng, SeedableRng};

use crate::error::Error;
use crate::p256;
use crate::rsa::{PrivateKey, Search, SignJob, Size, VerifyJob};

fn unavailable<T>(jobs: usize) -> Vec<Result<T, Error>> {
    (0..jobs).map(|_| Err(Error::Unavailable)).collect()
}

pub(crate) fn available() -> bool {
    false
}

pub(crate) fn rsa_generate<R>(_: Size, _: Search, rngs: Vec<R>) -> Vec<Result<PrivateKey, Error>>
where
    R: CryptoRng + SeedableRng,
{
    unavailable(rngs.len())
}

pub(crate) fn rsa_sign<R>(jobs: &[SignJob<'_>], _: &mut R) -> Vec<Result<Vec<u8>, Error>>
where
    R: CryptoRng + ?Sized,
{
    unavailable(jobs.len())
}

pub(crate) fn rsa_verify(jobs: &[VerifyJob<'_>]) -> Vec<Result<(), Error>> {
    unavailable(jobs.len())
}

pub(crate) fn p256_generate<R: CryptoRng>(
    rngs: &mut [R],
) -> Vec<Result<(p256::SecretKey, p256::PublicKey), Error>> {
    unavailable(rngs.len())
}

pub(crate) fn p256_public_keys(keys: &[&p256::SecretKey]) -> Vec<Result<p256::PublicKey, Error>> {
    unavailable(keys.len())
}

pub(crate) fn p256_sign(jobs: &[p256::SignJob<'_>]) -> Vec<Result<[u8; 64], Error>> {
    unavailable(jobs.len())
}

pub(crate) fn p256_verify(jobs: &[p256::VerifyJob<'_>]) -> Vec<Result<(), Error>> {
    unavailable(jobs.len())
}

/// See [`crate::measure::Power`].
#[derive(Debug)]
pub(crate) enum Power {}

impl Power {
    pub(crate) fn new(_: &[u64]) -> Result<Self, Error> {
        Err(Error::Unavailable)
    }

    pub(crate) fn power(&mut self, _: &[[u64; 16]; 8], _: u32) {
        match *self {}
    }
}

/// See [`crate::measure::Table`].
#[derive(Debug)]
pub(crate) enum Table {}

impl Table {
    pub(crate) fn new() -> Result<Self, Error> {
        Err(Error::Unavailable)
    }

    pub(crate) fn select(&mut self, _: &[u64; 8]) {
        match *self {}
    }
}
