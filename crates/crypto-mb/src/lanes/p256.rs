//! Batches of P-256 operations, eight at a time; inversions are shared by all of a batch.

mod batch;
mod comb;
mod field;
mod nonce;
mod order;
mod point;
mod sha256;
mod verify;

use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use self::batch::Ring;
use self::field::{LIMBS, Residue, Stored};
use super::num::{Num, window52};
use super::simd::{LANES, LIMB_BITS, Limb, st};
use crate::error::Error;
use crate::p256::{ORDER, PublicKey, SecretKey, SignJob, is_scalar};
use crate::words;

pub(crate) use self::verify::verify;

/// Jobs that share an inversion: more save nothing to speak of.
const BATCH: usize = 64 * LANES;

/// One key pair for each generator.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn generate<R: CryptoRng>(rngs: &mut [R]) -> Vec<Result<(SecretKey, PublicKey), Error>> {
    let mut secrets = Vec::with_capacity(rngs.len());
    for rng in rngs {
        let mut octets = Zeroizing::new([0; 32]);
        while !is_scalar(&octets, &ORDER) {
            rng.fill_bytes(&mut *octets);
        }
        secrets.push(octets);
    }
    let publics = multiples(&secrets);
    let pairs = secrets.into_iter().zip(publics);
    pairs
        .map(|(secret, public)| Ok((SecretKey::trusted(secret), public)))
        .collect()
}

/// The public key of each scalar.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn multiples(secrets: &[Zeroizing<[u8; 32]>]) -> Vec<PublicKey> {
    let mut out = Vec::with_capacity(secrets.len());
    for batch in secrets.chunks(BATCH) {
        let eights = batch.chunks(LANES);
        let scalars: Vec<_> = eights
            .map(|eight| scalars(eight.iter().map(|x| &**x)))
            .collect();
        let points = affine_multiples(&scalars);
        for (i, _) in batch.iter().enumerate() {
            let (x, y) = &points[i / LANES];
            out.push(PublicKey::trusted(
                octets(x, i % LANES),
                octets(y, i % LANES),
            ));
        }
    }
    out
}

/// k·G in affine coordinates, out of Montgomery form, for scalars that are not zero.
#[target_feature(enable = "avx512f,avx512ifma")]
fn affine_multiples(scalars: &[Zeroizing<Stored>]) -> Vec<(Stored, Stored)> {
    let mut points = Vec::with_capacity(scalars.len());
    for scalar in scalars {
        points.push(comb::multiply(scalar).0);
    }
    let mut inverses: Vec<Residue> = points.iter().map(|point| point.z).collect();
    batch::invert(Ring::Field, &mut inverses);
    let mut out = Vec::with_capacity(scalars.len());
    for (point, inverse) in points.iter().zip(&inverses) {
        let squared = field::sqr(inverse);
        let x = field::mul(&point.x, &squared);
        let y = field::mul(&point.y, &field::mul(&squared, inverse));
        out.push((stored(&field::leave(&x)), stored(&field::leave(&y))));
    }
    // From the coordinates before the division, a part of the scalar could be computed.
    field::wipe(&mut inverses);
    for point in &mut points {
        point.wipe();
    }
    out
}

/// One signature a job: r and s, big-endian.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn sign(jobs: &[SignJob<'_>]) -> Vec<Result<[u8; 64], Error>> {
    let mut out = Vec::with_capacity(jobs.len());
    for batch in jobs.chunks(BATCH) {
        sign_batch(batch, &mut out);
    }
    out
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn sign_batch(jobs: &[SignJob<'_>], out: &mut Vec<Result<[u8; 64], Error>>) {
    let mut nonces = Vec::with_capacity(jobs.len().div_ceil(LANES));
    for sixteen in jobs.chunks(nonce::NONCES) {
        let inputs = sixteen
            .iter()
            .map(|job| (job.key.expose_secret(), reduced(job.digest)));
        let drawn = nonce::nonces(&inputs.collect::<Vec<_>>(), &ORDER);
        for eight in drawn.chunks(LANES) {
            nonces.push(scalars(eight.iter().map(|nonce| &**nonce)));
        }
    }
    let points = affine_multiples(&nonces);
    let mut inverses = Vec::with_capacity(nonces.len());
    for nonce in &nonces {
        inverses.push(order::enter(&field::load(nonce)));
    }
    batch::invert(Ring::Order, &mut inverses);
    for ((eight, (x, _)), inverse) in jobs.chunks(LANES).zip(&points).zip(&inverses) {
        let secret = scalars(eight.iter().map(|job| job.key.expose_secret()));
        let digest = scalars(eight.iter().map(|job| job.digest));
        // x is below p, and p below 2n.
        let r = field::below(&field::load(x), &order::N);
        let product = order::mul(&order::enter(&r), &field::load(&secret));
        let sum = field::plus(&product, &field::load(&digest));
        // The product of numbers below 1.2·2^256 and 2.3·2^256 is below 1.2·2^256: n has to be taken away at most once.
        let s = field::below(&order::mul(&sum, inverse), &order::N);
        let (r, s) = (stored(&r), stored(&s));
        for lane in 0..eight.len() {
            out.push(signature(&octets(&r, lane), &octets(&s, lane)));
        }
    }
    field::wipe(&mut inverses);
}

/// A zero asks for another nonce (FIPS 186-5 §6.4.1 step 11); nobody has seen one.
fn signature(r: &[u8; 32], s: &[u8; 32]) -> Result<[u8; 64], Error> {
    if *r == [0; 32] || *s == [0; 32] {
        return Err(Error::Random);
    }
    let mut out = [0; 64];
    out[..32].copy_from_slice(r);
    out[32..].copy_from_slice(s);
    Ok(out)
}

/// A digest modulo the order, as `bits2octets` of RFC 6979 §2.3.4 has it.
fn reduced(digest: &[u8; 32]) -> [u8; 32] {
    let mut words = words::from_be(digest, 4).unwrap_or_default();
    let mut less = words.clone();
    let borrow = words::sub_assign(&mut less, &ORDER);
    if borrow == 0 {
        words = less;
    }
    let mut out = [0; 32];
    out.copy_from_slice(&words::to_be(&words));
    out
}

/// Numbers of 32 octets in lanes; lanes beyond the last repeat it.
fn scalars<'a>(octets: impl Iterator<Item = &'a [u8; 32]>) -> Zeroizing<Stored> {
    let mut out = Zeroizing::new([Limb::splat(0); LIMBS]);
    let mut filled = 0;
    for (lane, octets) in octets.enumerate() {
        let mut words = [0; 4];
        for (word, octets) in words.iter_mut().rev().zip(octets.chunks_exact(8)) {
            *word = octets
                .iter()
                .fold(0, |sum, octet| sum << 8 | u64::from(*octet));
        }
        for (j, limb) in out.iter_mut().enumerate() {
            limb.0[lane] = window52(&words, j * LIMB_BITS);
        }
        words.zeroize();
        filled = lane;
    }
    for limb in out.iter_mut() {
        let last = limb.0[filled];
        limb.0[filled + 1..].fill(last);
    }
    out
}

/// A normalised number below 2^256, big-endian.
fn octets(x: &Stored, lane: usize) -> [u8; 32] {
    let mut number = Num::<1>::ZERO;
    number.0[0].0[..LIMBS].copy_from_slice(x);
    let mut words = [0; 4];
    number.lane(lane, &mut words);
    let mut out = [0; 32];
    for (octets, word) in out.chunks_exact_mut(8).zip(words.iter().rev()) {
        octets.copy_from_slice(&word.to_be_bytes());
    }
    out
}

/// Into memory.
#[target_feature(enable = "avx512f,avx512ifma")]
fn stored(x: &Residue) -> Stored {
    let mut out = [Limb::splat(0); LIMBS];
    for (to, from) in out.iter_mut().zip(x) {
        st(to, *from);
    }
    out
}

#[cfg(test)]
mod tests;
