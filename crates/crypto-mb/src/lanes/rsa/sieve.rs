//! Trial division of eight numbers by small primes.
//!
//! Small primes are taken together in products below 2^51. A number modulo such a product is a sum of its limbs times
//! known weights; whether a prime divides it is one multiplication by the prime's inverse modulo 2^52, as just the
//! multiples of a prime come out below ⌈2^52 / prime⌉.
//!
//! Not constant-time: candidates that fail are thrown away, and what is struck out of a window lies at addresses that depend
//! on the candidate. Each candidate goes through here once.

use core::ops::Range;

use core::arch::x86_64::{_mm512_cmple_epu64_mask, _mm512_cmplt_epu64_mask, _mm512_min_epu64};

use crate::lanes::num::{BLOCK_BITS, LIMBS, Num};
use crate::lanes::simd::{
    LANES, LIMB_BITS, Limb, MASK, V, add, carry, hi, ld, lo, splat, st, sub, zero,
};

/// The public exponent: neither it nor a candidate minus one may be multiples of each other.
const F4: u64 = 65_537;

/// Groups whose residues are computed together, so that the multiplications of one do not wait for each other.
const TOGETHER: usize = 4;

/// How often fresh candidates are sifted; each pass is for what the one before has left.
pub(super) const PASSES: usize = 4;

/// Groups of the first pass, which leaves a fifth of the odd numbers.
const FIRST_PASS: usize = 16;

/// Odd numbers of a window.
pub(super) const WINDOW: usize = 2048;

/// Which of the numbers of a window have no small factor.
pub(super) type Window = [u64; WINDOW / 64];

/// Primes whose product is below 2^51.
struct Group {
    product: u64,
    /// −product⁻¹ modulo 2^52.
    k0: u64,
    /// How many of the primes belong to it.
    primes: usize,
}

/// A small prime.
struct Prime {
    value: u64,
    /// value⁻¹ modulo 2^52.
    inverse: u64,
    /// ⌊(2^52 − 1) / value⌋.
    quotients: u64,
    /// −2^51 modulo the prime: −1/2 in Montgomery form.
    minus_half: u64,
}

/// The small primes, for numbers of one width.
pub(super) struct Sieve {
    limbs: usize,
    groups: Vec<Group>,
    primes: Vec<Prime>,
    /// 2^(52·(j + 2)) modulo each product, `limbs` of them a product.
    weights: Vec<u64>,
}

impl Sieve {
    /// The odd primes below `bound` and 65537, which comes last; for numbers of `bits` bits.
    pub(super) fn new(bound: usize, bits: u32) -> Self {
        let limbs = (bits as usize).div_ceil(BLOCK_BITS) * (BLOCK_BITS / LIMB_BITS);
        let mut sieve = Self {
            limbs,
            groups: Vec::new(),
            primes: Vec::new(),
            weights: Vec::new(),
        };
        let mut product = 1;
        let mut count = 0;
        for prime in odd_primes(bound).filter(|prime| *prime != F4) {
            if product * u128::from(prime) >= 1 << 51 {
                sieve.close(product as u64, count);
                (product, count) = (1, 0);
            }
            sieve.primes.push(Prime::new(prime));
            product *= u128::from(prime);
            count += 1;
        }
        sieve.close(product as u64, count);
        while sieve.groups.len() % TOGETHER != TOGETHER - 1 {
            sieve.close(F4, 0);
        }
        sieve.primes.push(Prime::new(F4));
        sieve.close(F4, 1);
        sieve
    }

    fn close(&mut self, product: u64, primes: usize) {
        self.groups.push(Group {
            product,
            k0: inverse(product).wrapping_neg() & MASK,
            primes,
        });
        let product = u128::from(product);
        let mut weight = 1;
        for j in 0..self.limbs + 2 {
            if j >= 2 {
                self.weights.push(weight as u64);
            }
            weight = (weight << LIMB_BITS) % product;
        }
    }

    /// The groups of a pass, a multiple of four of them: about four times as many as were before it.
    pub(super) fn groups(&self, pass: usize) -> Range<usize> {
        let all = self.groups.len();
        let end = |pass: usize| (FIRST_PASS << (2 * pass)).min(all);
        let from = pass.checked_sub(1).map_or(0, end);
        from..if pass + 1 == PASSES { all } else { end(pass) }
    }

    /// The lanes that no prime of the groups, from and to multiples of four, divides. With the last group: and that are not
    /// 1 modulo 65537.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn coprime<const B: usize>(&self, x: &Num<B>, groups: Range<usize>) -> u8 {
        let mut divided = 0;
        let start: usize = self.groups[..groups.start]
            .iter()
            .map(|group| group.primes)
            .sum();
        let mut primes = &self.primes[start..];
        for first in groups.step_by(TOGETHER) {
            let rests = self.residues(x, first);
            for (rest, group) in rests.iter().zip(&self.groups[first..first + TOGETHER]) {
                let own;
                (own, primes) = primes.split_at(group.primes);
                for prime in own {
                    divided |= prime.divides(ld(rest));
                }
            }
            if first + TOGETHER == self.groups.len() {
                let less = sub(add(ld(&rests[TOGETHER - 1]), splat(F4)), splat(1));
                divided |= Prime::new(F4).divides(less);
            }
        }
        !divided
    }

    /// The numbers x, x + 2, x + 4, … of each lane's window that no prime divides and that are not 1 modulo 65537.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn window<const B: usize>(&self, x: &Num<B>) -> [Window; LANES] {
        let mut struck = [[0; WINDOW / 64]; LANES];
        let mut primes = &self.primes[..];
        for first in (0..self.groups.len()).step_by(TOGETHER) {
            let rests = self.residues(x, first);
            for (rest, group) in rests.iter().zip(&self.groups[first..first + TOGETHER]) {
                let own;
                (own, primes) = primes.split_at(group.primes);
                for prime in own {
                    prime.strike(ld(rest), &mut struck);
                }
            }
            if first + TOGETHER == self.groups.len() {
                let less = sub(add(ld(&rests[TOGETHER - 1]), splat(F4)), splat(1));
                Prime::new(F4).strike(less, &mut struck);
            }
        }
        struck.map(|window| window.map(|bits| !bits))
    }

    /// The numbers modulo four products, below 2^52.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn residues<const B: usize>(&self, x: &Num<B>, first: usize) -> [Limb; TOGETHER] {
        let weights = &self.weights[first * self.limbs..][..TOGETHER * self.limbs];
        let [one, two, three, four] = [0, 1, 2, 3].map(|i| {
            weights[i * self.limbs..][..self.limbs]
                .as_chunks::<LIMBS>()
                .0
        });
        // At most 40 terms below 2^52 each.
        let (mut low, mut high) = ([zero(); TOGETHER], [zero(); TOGETHER]);
        for k in 0..B {
            let weights = [&one[k], &two[k], &three[k], &four[k]];
            for j in 0..LIMBS {
                let limb = ld(&x.0[k].0[j]);
                for i in 0..TOGETHER {
                    let weight = splat(weights[i][j]);
                    low[i] = lo(low[i], limb, weight);
                    high[i] = hi(high[i], limb, weight);
                }
            }
        }
        let mut out = [Limb::splat(0); TOGETHER];
        for i in 0..TOGETHER {
            let Group { product, k0, .. } = self.groups[first + i];
            let (product, k0) = (splat(product), splat(k0));
            // Twice a division by 2^52, for which the weights are 2^104 times as great.
            let q = lo(zero(), low[i], k0);
            let once = add(carry(lo(low[i], q, product)), hi(high[i], q, product));
            let q = lo(zero(), once, k0);
            st(
                &mut out[i],
                add(carry(lo(once, q, product)), hi(zero(), q, product)),
            );
        }
        out
    }
}

impl Prime {
    fn new(value: u64) -> Self {
        let half = value.div_ceil(2);
        let minus_half = u128::from(value - half) << LIMB_BITS;
        Self {
            value,
            inverse: inverse(value),
            quotients: MASK / value,
            minus_half: (minus_half % u128::from(value)) as u64,
        }
    }

    /// The lanes it divides, of numbers below 2^52.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn divides(&self, x: V) -> u8 {
        let quotient = lo(zero(), x, splat(self.inverse));
        _mm512_cmple_epu64_mask(quotient, splat(self.quotients))
    }

    /// Strikes out its multiples among x, x + 2, …, of numbers below 2^52.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn strike(&self, x: V, struck: &mut [Window; LANES]) {
        let (value, minus_half) = (splat(self.value), splat(self.minus_half));
        let (low, high) = (lo(zero(), x, minus_half), hi(zero(), x, minus_half));
        let q = lo(zero(), low, splat(self.inverse.wrapping_neg() & MASK));
        let twice = hi(add(high, carry(lo(low, q, value))), q, value);
        let first = _mm512_min_epu64(twice, sub(twice, value));
        if _mm512_cmplt_epu64_mask(first, splat(WINDOW as u64)) == 0 {
            return;
        }
        let mut firsts = Limb::splat(0);
        st(&mut firsts, first);
        for (window, first) in struck.iter_mut().zip(firsts.0) {
            for i in (first as usize..WINDOW).step_by(self.value as usize) {
                window[i / 64] |= 1 << (i % 64);
            }
        }
    }
}

/// The inverse of an odd number modulo 2^52.
fn inverse(x: u64) -> u64 {
    let mut inverse = 1u64;
    for _ in 0..6 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(x.wrapping_mul(inverse)));
    }
    inverse & MASK
}

/// The odd primes below the bound.
fn odd_primes(bound: usize) -> impl Iterator<Item = u64> {
    let mut composite = vec![false; bound];
    for i in (3..bound).step_by(2) {
        if !composite[i] {
            for j in (i * i..bound).step_by(2 * i) {
                composite[j] = true;
            }
        }
    }
    (3..bound)
        .step_by(2)
        .filter(move |i| !composite[*i])
        .map(|i| i as u64)
}

#[cfg(test)]
mod tests;
