//! Powers with the public exponent. Nothing here is secret, so exponent and failure may steer the program.

use super::pad;
use crate::lanes::mont::{Modulus, Scratch, equal};
use crate::lanes::num::Num;
use crate::lanes::simd::LANES;
use crate::rsa::{PublicKey, VerifyJob};
use crate::words;

/// Eight public keys with one exponent.
pub(super) struct Public<const N: usize> {
    m: Modulus<N>,
    r2: Num<N>,
    e: u32,
    scratch: Box<Scratch<N>>,
}

impl<const N: usize> Public<N> {
    /// All of one size and exponent.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn new(keys: [&PublicKey; LANES]) -> Self {
        let mut n = Num::ZERO;
        for (lane, key) in keys.iter().enumerate() {
            n.set_lane(lane, key.modulus_words());
        }
        let mut scratch = Scratch::new();
        let m = Modulus::new(&n, keys[0].size().bits());
        let r2 = m.r_squared(&m.one(), &mut scratch);
        let e = keys[0].exponent();
        Self { m, r2, e, scratch }
    }

    /// x^e modulo n, below n, for x below n.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn power(&mut self, x: &Num<N>) -> Num<N> {
        let Self { m, r2, e, scratch } = self;
        let mut base = Num::ZERO;
        m.mul(&mut base, x, r2, scratch);
        let mut power = base;
        for bit in (0..e.ilog2()).rev() {
            let root = power;
            m.sqr(&mut power, &root, scratch);
            if *e >> bit & 1 == 1 {
                let even = power;
                m.mul(&mut power, &even, &base, scratch);
            }
        }
        m.leave(&power, scratch)
    }
}

/// The lanes whose signature verifies; at most eight rows, of one size and exponent.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn verify<const N: usize>(jobs: &[VerifyJob<'_>], rows: &[usize]) -> u8 {
    let job = |lane: usize| &jobs[rows[lane.min(rows.len() - 1)]];
    let keys: [&PublicKey; LANES] = core::array::from_fn(|lane| job(lane).key);
    let (mut signatures, mut messages) = (Num::ZERO, Num::ZERO);
    let mut sound = 0;
    for lane in 0..LANES {
        let job = job(lane);
        let size = job.key.size();
        // RFC 8017 §8.2.2: as long as the modulus, and §5.2.2: below it.
        let signature = words::from_be(job.signature, size.words())
            .filter(|_| job.signature.len() * 8 == size.bits() as usize)
            .filter(|s| bool::from(words::less(s, job.key.modulus_words())));
        let message = pad::encode(size, job.digest_info);
        if let (Some(signature), Ok(message)) = (signature, message) {
            signatures.set_lane(lane, &signature);
            messages.set_lane(lane, &message);
            sound |= 1 << lane;
        }
    }
    let recovered = Public::<N>::new(keys).power(&signatures);
    sound & equal(&recovered, &messages)
}
