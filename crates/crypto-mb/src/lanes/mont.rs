//! Arithmetic modulo eight odd moduli, one in each lane, in Montgomery form with radix R = 2^(520·B).
//!
//! # Bounds
//! With `b` the length of the modulus, at most `520·B − 16` bits, and its top bit set, numbers below 2^(b+3) may be
//! multiplied: their product over R is below 2^(b−10), and what [`kernel::reduce`] gives is below 2m + 2^(b−10), so below
//! 2^(b+2). A result may therefore be doubled once and multiplied again, without end. What must be compared or leave
//! goes through [`Modulus::leave`] or [`Modulus::canonical`], which give numbers below m.

pub(crate) mod kernel;

use core::arch::x86_64::{
    _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_mask_mov_epi64, _mm512_or_si512,
    _mm512_slli_epi64, _mm512_sllv_epi64, _mm512_srai_epi64, _mm512_srlv_epi64, _mm512_xor_si512,
};

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::num::Num;
use super::simd::{
    LANES, LIMB_BITS, Limb, MASK, V, add, carry, hi, ld, lo, low52, splat, st, sub, zero,
};
use super::wide::Wide;

/// No shift.
const NONE: Limb = Limb::splat(0);

/// Eight odd moduli of the same length, with what the reduction needs.
#[derive(Clone, Debug, Zeroize, ZeroizeOnDrop)]
#[repr(C, align(64))]
pub(crate) struct Modulus<const B: usize> {
    pub(crate) m: Num<B>,
    /// (m·k0 + 1) / 2^52.
    n: Num<B>,
    /// −m⁻¹ modulo 2^52.
    k0: Limb,
    bits: u32,
}

/// Where products lie before they are reduced; wiped when it goes.
#[derive(Debug, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Scratch<const B: usize> {
    t: Wide<B>,
    q: Num<B>,
}

impl<const B: usize> Scratch<B> {
    /// On the heap: it is up to 15 kB.
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            t: Wide::ZERO,
            q: Num::ZERO,
        })
    }
}

impl<const B: usize> Modulus<B> {
    /// Moduli of `bits` bits, odd, the top bit set.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn new(m: &Num<B>, bits: u32) -> Self {
        debug_assert!(bits as usize + 16 <= Num::<B>::BITS);
        debug_assert!((0..LANES).all(|lane| m.0[0].0[0].0[lane] & 1 == 1));
        debug_assert!((0..LANES).all(|lane| top_bits(m, lane, bits) == 1));
        let m0 = ld(&m.0[0].0[0]);
        // Newton's iteration doubles the bits that are right: 1, 2, 4, … 64.
        let mut inverse = splat(1);
        for _ in 0..6 {
            inverse = lo(zero(), inverse, sub(splat(2), lo(zero(), m0, inverse)));
        }
        let k0 = low52(sub(zero(), inverse));
        let mut n = Num::ZERO;
        let mut over = carry(lo(splat(1), m0, k0));
        let mut below = m0;
        let mut above = m.limbs().skip(1);
        for limb in n.limbs_mut() {
            let next = above.next().map_or(zero(), |limb| ld(limb));
            let x = add(lo(hi(zero(), below, k0), next, k0), over);
            st(limb, low52(x));
            over = carry(x);
            below = next;
        }
        let mut stored = Limb::splat(0);
        st(&mut stored, k0);
        Self {
            m: *m,
            n,
            k0: stored,
            bits,
        }
    }

    /// out = a·b/R.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn mul(&self, out: &mut Num<B>, a: &Num<B>, b: &Num<B>, s: &mut Scratch<B>) {
        kernel::product(&mut s.t, a, b);
        kernel::reduce::<B, false>(out, &mut s.t, &mut s.q, self, &NONE);
    }

    /// out = a²/R.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn sqr(&self, out: &mut Num<B>, a: &Num<B>, s: &mut Scratch<B>) {
        kernel::square(&mut s.t, a);
        kernel::reduce::<B, false>(out, &mut s.t, &mut s.q, self, &NONE);
    }

    /// out = 2^shift·a²/R, `shift` 0 or 1 in each lane.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn sqr_shift(&self, out: &mut Num<B>, a: &Num<B>, shift: &Limb, s: &mut Scratch<B>) {
        kernel::square(&mut s.t, a);
        kernel::reduce::<B, true>(out, &mut s.t, &mut s.q, self, shift);
    }

    /// out = wide/R, for a wide number below R·m.
    #[inline(never)]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn reduce(&self, out: &mut Num<B>, wide: &Wide<B>, s: &mut Scratch<B>) {
        s.t = *wide;
        kernel::reduce::<B, false>(out, &mut s.t, &mut s.q, self, &NONE);
    }

    /// Out of Montgomery form: x/R, below m.
    ///
    /// The reduction of a number below 2m·R/2^52 gives less than 2m, so one subtraction is enough.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn leave(&self, x: &Num<B>, s: &mut Scratch<B>) -> Num<B> {
        s.t = Wide::ZERO;
        s.t.blocks_mut()[..B].copy_from_slice(&x.0);
        let mut out = Num::ZERO;
        kernel::reduce::<B, false>(&mut out, &mut s.t, &mut s.q, self, &NONE);
        self.canonical(&mut out);
        out
    }

    /// Takes m away if it can be: numbers below 2m come below m.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn canonical(&self, x: &mut Num<B>) {
        let mut difference = Num::ZERO;
        let borrow = sub_into(&mut difference, x, &self.m);
        choose(x, &difference, !borrow);
    }

    /// x = 2x modulo m, for x below m.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn double(&self, x: &mut Num<B>) {
        let mut over = zero();
        for limb in x.limbs_mut() {
            let y = add(_mm512_slli_epi64::<1>(ld(limb)), over);
            st(limb, low52(y));
            over = carry(y);
        }
        self.canonical(x);
    }

    /// x = x/2 modulo m in the lanes with a one, for x below 2^(bits+2), which it stays.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn halve(&self, x: &mut Num<B>, lanes: V) {
        // An odd number gets m first; what is carried down is the lowest bit of the next limb, after that addition.
        let odd = _mm512_and_si512(_mm512_and_si512(ld(&x.0[0].0[0]), splat(1)), lanes);
        let with_m = sub(zero(), odd);
        let mut over = zero();
        for (limb, m) in x.limbs_mut().zip(self.m.limbs()) {
            let y = add(add(ld(limb), _mm512_and_si512(ld(m), with_m)), over);
            st(limb, low52(y));
            over = carry(y);
        }
        let mut above = zero();
        let up = splat(LIMB_BITS as u64 - 1);
        for k in (0..B).rev() {
            for limb in x.0[k].0.iter_mut().rev() {
                let own = ld(limb);
                let carried = _mm512_and_si512(_mm512_sllv_epi64(above, up), splat(MASK));
                let half = _mm512_or_si512(_mm512_srlv_epi64(own, lanes), carried);
                above = _mm512_and_si512(own, lanes);
                st(limb, half);
            }
        }
    }

    /// R modulo m: one in Montgomery form, below m.
    ///
    /// 2^bits − m is below m, as the top bit of m is set, and congruent to 2^bits; doubling it gives R.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn one(&self) -> Num<B> {
        let mut power = Num::ZERO;
        let bits = self.bits as usize;
        for (j, limb) in power.limbs_mut().enumerate() {
            if j == bits / LIMB_BITS {
                *limb = Limb::splat(1 << (bits % LIMB_BITS));
            }
        }
        let mut one = Num::ZERO;
        sub_into(&mut one, &power, &self.m);
        for _ in bits..Num::<B>::BITS {
            self.double(&mut one);
        }
        one
    }

    /// R² modulo m, below 2^(bits+2): what brings a number into Montgomery form. `one` is R modulo m.
    ///
    /// 2 in Montgomery form to the power of log₂ R, by squaring and doubling.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn r_squared(&self, one: &Num<B>, s: &mut Scratch<B>) -> Num<B> {
        let exponent = Num::<B>::BITS;
        let mut x = *one;
        self.double(&mut x);
        for bit in (0..exponent.ilog2()).rev() {
            let shift = Limb::splat((exponent >> bit & 1) as u64);
            let y = x;
            self.sqr_shift(&mut x, &y, &shift, s);
        }
        x
    }

    /// The length of each modulus in bits.
    pub(crate) fn bits(&self) -> u32 {
        self.bits
    }
}

/// out = a − b modulo 2^(520·B); the lanes that had to borrow.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn sub_into<const B: usize>(out: &mut Num<B>, a: &Num<B>, b: &Num<B>) -> u8 {
    let mut over = zero();
    for k in 0..B {
        for ((to, a), b) in out.0[k].0.iter_mut().zip(&a.0[k].0).zip(&b.0[k].0) {
            let x = add(sub(ld(a), ld(b)), over);
            st(to, low52(x));
            over = _mm512_srai_epi64::<52>(x);
        }
    }
    !_mm512_cmpeq_epi64_mask(over, zero())
}

/// x = y in the lanes of the mask, without a branch.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn choose<const B: usize>(x: &mut Num<B>, y: &Num<B>, lanes: u8) {
    for k in 0..B {
        for (to, from) in x.0[k].0.iter_mut().zip(&y.0[k].0) {
            let chosen = _mm512_mask_mov_epi64(ld(to), lanes, ld(from));
            st(to, chosen);
        }
    }
}

/// The lanes in which two normalised numbers are equal.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn equal<const B: usize>(a: &Num<B>, b: &Num<B>) -> u8 {
    let mut differing = zero();
    for (a, b) in a.limbs().zip(b.limbs()) {
        differing = _mm512_or_si512(differing, _mm512_xor_si512(ld(a), ld(b)));
    }
    _mm512_cmpeq_epi64_mask(differing, zero())
}

/// A lane from bit `bits − 1` up.
fn top_bits<const B: usize>(x: &Num<B>, lane: usize, bits: u32) -> u64 {
    let bit = bits as usize - 1;
    let above = x.limbs().skip(bit / LIMB_BITS + 1);
    let higher = above.fold(0, |any, limb| any | limb.0[lane]);
    let own = x
        .limbs()
        .nth(bit / LIMB_BITS)
        .map_or(0, |limb| limb.0[lane]);
    (own >> (bit % LIMB_BITS)) | (higher << 1)
}

#[cfg(test)]
mod tests;
