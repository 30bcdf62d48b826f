//! From two primes to a key, eight keys at a time, in steps that do not depend on the primes.

use core::arch::x86_64::{_mm512_and_si512, _mm512_cmpeq_epi64_mask};

use zeroize::{Zeroize, Zeroizing};

use super::half::Half;
use super::prime::{below, shr_into};
use super::sign::Signer;
use super::source::Candidate;
use crate::error::Error;
use crate::lanes::exp::Powers;
use crate::lanes::mont::{choose, sub_into};
use crate::lanes::num::Num;
use crate::lanes::simd::{LANES, Limb, ld, splat, zero};
use crate::rsa::key::Parts;
use crate::rsa::{PrivateKey, PublicKey, Size};
use crate::words;

const F4: u64 = 65_537;

/// Makes at most eight keys, each from its pair.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn assemble<const P: usize, const N: usize>(
    size: Size,
    pairs: &[(usize, [Candidate; 2])],
    powers: &mut Powers<P>,
) -> Vec<Result<PrivateKey, Error>> {
    let sorted: Vec<_> = pairs.iter().map(|(_, pair)| sort(pair)).collect();
    let pair = |lane: usize| &sorted[lane.min(sorted.len() - 1)];
    let primes = |i: usize| core::array::from_fn(|lane| &pair(lane)[i][..]);
    let p = Half::new(primes(0), primes(0), size.bits() / 2, powers);
    let q = Half::new(primes(1), primes(1), size.bits() / 2, powers);
    let (gcds, twos) = gcd(&below(&p.m.m), &below(&q.m.m));
    let mut of_q = Zeroizing::new(Num::ZERO);
    p.m.mul(&mut of_q, &q.m.m, &p.r2, &mut powers.scratch);
    let inverse = Zeroizing::new(p.inverse(&of_q, powers));
    let qinv = Zeroizing::new(p.m.leave(&inverse, &mut powers.scratch));
    let mut keys = Vec::with_capacity(sorted.len());
    for (lane, pair) in sorted.iter().enumerate() {
        let mut odd_gcd = Zeroizing::new(vec![0; size.words()]);
        let mut inverse = vec![0; size.words() / 2];
        gcds.lane(lane, &mut odd_gcd);
        qinv.lane(lane, &mut inverse);
        keys.push(finish(size, pair, &odd_gcd, twos[lane], inverse));
    }
    pairwise::<P, N>(&mut keys);
    keys
}

/// The larger first, as RFC 8017 leaves open and CRT implementations expect.
fn sort(pair: &[Candidate; 2]) -> [Candidate; 2] {
    use subtle::ConditionallySelectable;
    let [mut p, mut q] = pair.clone();
    let swap = words::less(&p, &q);
    for (p, q) in p.iter_mut().zip(q.iter_mut()) {
        u64::conditional_swap(p, q, swap);
    }
    [p, q]
}

/// The numbers that follow from the primes; the greatest common divisor of p − 1 and q − 1 is `odd_gcd·2^twos`.
fn finish(
    size: Size,
    [p, q]: &[Candidate; 2],
    odd_gcd: &[u64],
    twos: u32,
    qinv: Vec<u64>,
) -> Result<PrivateKey, Error> {
    let less = |x: &Candidate| {
        let mut x = x.clone();
        x[0] -= 1;
        x
    };
    let (p1, q1) = (less(p), less(q));
    // LCM(p − 1, q − 1); the division is exact, so it is a multiplication modulo a power of two.
    let product = Zeroizing::new(words::mul(&p1, &q1));
    let halved = Zeroizing::new(words::shr(&product, twos));
    let inverse = Zeroizing::new(words::inverse_2k(odd_gcd));
    let lcm = Zeroizing::new(words::mul_low(&halved, &inverse));
    let parts = Parts {
        d: inverse_of_f4(&lcm),
        dp: inverse_of_f4(&p1),
        dq: inverse_of_f4(&q1),
        p: p.to_vec(),
        q: q.to_vec(),
        qinv,
    };
    // FIPS 186-5 A.1.1: d > 2^(nlen/2). One key in 2^(nlen/2) has it otherwise.
    if words::bits(&parts.d) <= size.bits() / 2 + 1 {
        return Err(Error::Random);
    }
    let n = words::mul(p, q);
    PrivateKey::from_parts(PublicKey::from_words(size, n, F4 as u32), parts)
}

/// 65537⁻¹ modulo x, for x that 65537 does not divide: (x·c + 1)/65537 with c = −x⁻¹ modulo 65537.
fn inverse_of_f4(x: &[u64]) -> Vec<u64> {
    let rest = words::rem_f4(x);
    // rest^(65537 − 2), of sixteen bits, all ones.
    let mut inverse = rest;
    for _ in 0..15 {
        inverse = inverse * inverse % F4 * rest % F4;
    }
    let mut scaled = Zeroizing::new(words::mul_add_small(x, F4 - inverse, 1));
    let mut quotient = words::div_f4(&scaled);
    scaled.zeroize();
    quotient.truncate(x.len());
    quotient
}

/// Signs and verifies with each key (FIPS 140-3 IG 10.3.A), and takes back what fails.
#[target_feature(enable = "avx512f,avx512ifma")]
fn pairwise<const P: usize, const N: usize>(keys: &mut [Result<PrivateKey, Error>]) {
    let sound = {
        let made: Vec<_> = keys.iter().flatten().collect();
        let Some(first) = made.first() else {
            return;
        };
        let lanes = core::array::from_fn(|lane| *made.get(lane).unwrap_or(first));
        let mut message = Num::ZERO;
        let words = vec![0x5555_5555_5555_5555; first.public_key().size().words()];
        for lane in 0..LANES {
            message.set_lane(lane, &words);
        }
        Signer::<P, N>::new(lanes).power(&message, |_| {}).1
    };
    for (lane, key) in keys.iter_mut().filter(|key| key.is_ok()).enumerate() {
        if sound >> lane & 1 == 0 {
            *key = Err(Error::Fault);
        }
    }
}

/// The odd part of the greatest common divisor of two numbers, and how often two divides it.
///
/// Binary, as many steps as both lengths have bits; each step halves one number or both, and every lane goes through
/// every step.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn gcd<const P: usize>(a: &Num<P>, b: &Num<P>) -> (Zeroizing<Num<P>>, [u32; LANES]) {
    let mut a = Zeroizing::new(*a);
    let mut b = Zeroizing::new(*b);
    let mut other = Zeroizing::new(Num::ZERO);
    let mut twos = [0; LANES];
    for _ in 0..2 * Num::<P>::BITS {
        let (a_even, b_even) = (even(&a), even(&b));
        let both_odd = !(a_even | b_even);
        // The larger of two odd numbers becomes a, and then the difference, which is even.
        let a_less = sub_into(&mut other, &a, &b);
        let swap = both_odd & a_less;
        *other = *a;
        choose(&mut a, &b, swap);
        choose(&mut b, &other, swap);
        sub_into(&mut other, &a, &b);
        choose(&mut a, &other, both_odd);
        shr_into(&mut other, &a, splat(1));
        choose(&mut a, &other, a_even | both_odd);
        shr_into(&mut other, &b, splat(1));
        choose(&mut b, &other, b_even);
        for (lane, twos) in twos.iter_mut().enumerate() {
            *twos += u32::from(a_even & b_even) >> lane & 1;
        }
    }
    // One of them is zero now.
    for (to, from) in b.limbs_mut().zip(a.limbs()) {
        for (to, from) in to.0.iter_mut().zip(from.0) {
            *to |= from;
        }
    }
    (b, twos)
}

/// The lanes with an even number.
#[target_feature(enable = "avx512f,avx512ifma")]
fn even<const P: usize>(x: &Num<P>) -> u8 {
    let lowest: &Limb = &x.0[0].0[0];
    _mm512_cmpeq_epi64_mask(_mm512_and_si512(ld(lowest), splat(1)), zero())
}

#[cfg(test)]
mod tests;
