//! Tests of primality, on eight candidates at a time.

use zeroize::Zeroizing;

use crate::lanes::exp::{Powers, bits_at, plain_one};
use crate::lanes::mont::{Modulus, Scratch, equal, sub_into};
use crate::lanes::num::{BLOCK_BITS, LIMBS, Num};
use crate::lanes::simd::{LANES, LIMB_BITS, Limb, V, ld, low52, splat, st, zero};

/// Miller–Rabin rounds for primes of an RSA modulus (FIPS 186-5 Table B.1: 2^−112 for 1024 bits, 2^−128 for 1536 and
/// 2^−144 for 2048).
pub(crate) const fn rounds(prime_bits: u32) -> u32 {
    if prime_bits >= 1536 { 4 } else { 5 }
}

/// Euler's test to base 2: the lanes in which 2^((m−1)/2) is 1 or −1.
///
/// A filter before Miller–Rabin. The base is fixed, so multiplying by it is a shift in the carry pass.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn euler<const B: usize>(m: &Modulus<B>, scratch: &mut Scratch<B>) -> u8 {
    let mut first = Zeroizing::new(m.one());
    let mut second = Zeroizing::new(Num::ZERO);
    m.double(&mut first);
    let (mut x, mut y) = (&mut *first, &mut *second);
    let mut shift = Limb::splat(0);
    // The top bit is the doubling; the lowest bit of m is not in (m − 1)/2.
    for bit in (1..m.bits() as usize - 1).rev() {
        st(&mut shift, bits_at(&m.m, bit, 1));
        m.sqr_shift(y, x, &shift, scratch);
        core::mem::swap(&mut x, &mut y);
    }
    let power = Zeroizing::new(m.leave(x, scratch));
    equal(&power, &plain_one()) | equal(&power, &below(&m.m))
}

/// One round of Miller–Rabin (FIPS 186-5 B.3.1): the lanes that pass it. `base` counts as Montgomery form: a random
/// residue is one of a random residue.
///
/// How often the modulus minus one can be halved shows in the time, as the greatest number of a batch. A modulus for
/// which it is more than 51 times does not pass; one prime in 2^51 is lost to that.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn miller_rabin<const B: usize>(
    m: &Modulus<B>,
    base: &Num<B>,
    powers: &mut Powers<B>,
) -> u8 {
    let one = Zeroizing::new(m.one());
    let even = Zeroizing::new(below(&m.m));
    let twos: [u32; LANES] = even.0[0].0[0].0.map(u64::trailing_zeros);
    let within = lanes(|lane| twos[lane] < LIMB_BITS as u32);
    let halvings = twos.map(|twos| u64::from(twos.min(LIMB_BITS as u32 - 1)));
    let mut odd = Zeroizing::new(Num::ZERO);
    shr_into(&mut odd, &even, ld(&Limb(halvings)));
    let mut y = Zeroizing::new(powers.pow(m, &one, base, &odd, m.bits()));
    let left = Zeroizing::new(m.leave(&y, &mut powers.scratch));
    let mut passed = equal(&left, &plain_one()) | equal(&left, &even);
    let most = halvings.iter().copied().max().unwrap_or(0);
    for i in 1..most {
        let root = y.clone();
        m.sqr(&mut y, &root, &mut powers.scratch);
        let left = Zeroizing::new(m.leave(&y, &mut powers.scratch));
        passed |= equal(&left, &even) & lanes(|lane| i < halvings[lane]);
    }
    passed & within
}

/// A mask of lanes.
fn lanes(holds: impl Fn(usize) -> bool) -> u8 {
    (0..LANES).fold(0, |mask, lane| mask | u8::from(holds(lane)) << lane)
}

/// x − 1.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn below<const B: usize>(x: &Num<B>) -> Num<B> {
    let mut out = Num::ZERO;
    sub_into(&mut out, x, &plain_one());
    out
}

/// x >> shift, `shift` below 52 in each lane.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn shr_into<const B: usize>(out: &mut Num<B>, x: &Num<B>, shift: V) {
    use core::arch::x86_64::{
        _mm512_or_si512, _mm512_sllv_epi64, _mm512_srlv_epi64, _mm512_sub_epi64,
    };
    let up = _mm512_sub_epi64(splat(LIMB_BITS as u64), shift);
    for j in 0..B * BLOCK_BITS / LIMB_BITS {
        let at = |j: usize| &x.0[j / LIMBS].0[j % LIMBS];
        let above = if j + 1 < B * LIMBS {
            ld(at(j + 1))
        } else {
            zero()
        };
        let low = _mm512_srlv_epi64(ld(at(j)), shift);
        let high = low52(_mm512_sllv_epi64(above, up));
        st(
            &mut out.0[j / LIMBS].0[j % LIMBS],
            _mm512_or_si512(low, high),
        );
    }
}

#[cfg(test)]
mod tests;
