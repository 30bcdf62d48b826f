//! The private operation modulo one prime of each key.

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::lanes::exp::Powers;
use crate::lanes::mont::{Modulus, sub_into};
use crate::lanes::num::Num;
use crate::lanes::simd::{LANES, Limb, ld};
use crate::lanes::wide::Wide;

/// Eight primes with their exponents; wiped when it goes.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Half<const P: usize> {
    pub(super) m: Modulus<P>,
    one: Num<P>,
    pub(super) r2: Num<P>,
    r3: Num<P>,
    exponent: Num<P>,
    /// u^e and u⁻¹ for a random u, in Montgomery form.
    blind: Num<P>,
    unblind: Num<P>,
}

impl<const P: usize> Half<P> {
    /// Of primes and exponents of `bits` bits. Not blinded yet.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn new(
        primes: [&[u64]; LANES],
        exponents: [&[u64]; LANES],
        bits: u32,
        powers: &mut Powers<P>,
    ) -> Self {
        let (mut prime, mut exponent) = (Num::ZERO, Num::ZERO);
        for lane in 0..LANES {
            prime.set_lane(lane, primes[lane]);
            exponent.set_lane(lane, exponents[lane]);
        }
        let m = Modulus::new(&prime, bits);
        prime.zeroize();
        let one = m.one();
        let r2 = m.r_squared(&one, &mut powers.scratch);
        let mut r3 = Num::ZERO;
        m.mul(&mut r3, &r2, &r2, &mut powers.scratch);
        Self {
            blind: one,
            unblind: one,
            m,
            one,
            r2,
            r3,
            exponent,
        }
    }

    /// Draws a new u: two to the power of a random number of 64 bits, so that its inverse is a power of one half and costs
    /// squarings and halvings instead of an inversion.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn draw_blinding<R: CryptoRng + ?Sized>(
        &mut self,
        e: u32,
        powers: &mut Powers<P>,
        rng: &mut R,
    ) {
        let mut drawn = Zeroizing::new(Limb::splat(0));
        drawn.0.fill_with(|| rng.next_u64());
        let mut u = Zeroizing::new(self.one);
        self.unblind = self.one;
        for bit in (0..u64::BITS).rev() {
            let digits = Zeroizing::new(Limb(drawn.0.map(|x| x >> bit & 1)));
            let (last, inverse) = (u.clone(), Zeroizing::new(self.unblind));
            self.m
                .sqr_shift(&mut u, &last, &digits, &mut powers.scratch);
            self.m.sqr(&mut self.unblind, &inverse, &mut powers.scratch);
            self.m.halve(&mut self.unblind, ld(&digits));
        }
        self.blind = *u;
        for bit in (0..e.ilog2()).rev() {
            let root = Zeroizing::new(self.blind);
            self.m.sqr(&mut self.blind, &root, &mut powers.scratch);
            if e >> bit & 1 == 1 {
                let even = Zeroizing::new(self.blind);
                self.m.mul(&mut self.blind, &even, &u, &mut powers.scratch);
            }
        }
    }

    /// The next u is the square of the last.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn renew_blinding(&mut self, powers: &mut Powers<P>) {
        for x in [&mut self.blind, &mut self.unblind] {
            let last = *x;
            self.m.sqr(x, &last, &mut powers.scratch);
        }
    }

    /// x⁻¹ by Fermat's theorem, both in Montgomery form. The exponent is as secret as the prime.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn inverse(&self, x: &Num<P>, powers: &mut Powers<P>) -> Num<P> {
        let mut two = Num::ZERO;
        two.0[0].0[0] = Limb::splat(2);
        let mut exponent = Zeroizing::new(Num::ZERO);
        sub_into(&mut exponent, &self.m.m, &two);
        powers.pow(&self.m, &self.one, x, &exponent, self.m.bits())
    }

    /// c^exponent modulo the prime, below it, for c below the prime times R.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn power(&self, c: &Wide<P>, powers: &mut Powers<P>) -> Num<P> {
        let mut reduced = Zeroizing::new(Num::ZERO);
        let mut base = Zeroizing::new(Num::ZERO);
        self.m.reduce(&mut reduced, c, &mut powers.scratch);
        self.m
            .mul(&mut base, &reduced, &self.r3, &mut powers.scratch);
        self.m
            .mul(&mut reduced, &base, &self.blind, &mut powers.scratch);
        let bits = self.m.bits();
        *base = powers.pow(&self.m, &self.one, &reduced, &self.exponent, bits);
        self.m
            .mul(&mut reduced, &base, &self.unblind, &mut powers.scratch);
        self.m.leave(&reduced, &mut powers.scratch)
    }
}
