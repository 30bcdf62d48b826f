//! Multiples of the generator.
//!
//! A scalar is written in 37 signed digits of seven bits, from −63 to 64; for each there is a table of d·2^(7w)·G, and their sum is
//! the product: no doublings.
//!
//! # No exceptions
//! Added from below, a partial sum s is at most 0.504·2^(7w) in magnitude and the next term t is d·2^(7w), so s ≠ ±t as integers; both are
//! below n in magnitude, so s ≡ ±t modulo n only if t = ±s ± n, and that only in the last window: s + t = k, s ≡ −t is k ≡ 0, which callers exclude; s ≡ t
//! is t = s + n, k = n + 2s < n, so s < 0, and s ≡ −n modulo 2^252, whose only value of that magnitude is positive. A lane
//! without a digit yet takes the table's entry, and a digit of zero leaves the sum as it is, both by masks.

use std::sync::OnceLock;

use core::arch::x86_64::{
    _mm512_and_si512, _mm512_cmpgt_epu64_mask, _mm512_mask_blend_epi64, _mm512_mask_sub_epi64,
    _mm512_or_si512, _mm512_permutex2var_epi64, _mm512_sllv_epi64, _mm512_srlv_epi64,
    _mm512_test_epi64_mask, _mm512_testn_epi64_mask,
};

use super::batch::{self, Ring};
use super::field::{LIMBS, P, Residue, Stored, canonical, choose, constant, mul, normal, sqr};
use super::point::{G, Point, add, add_affine, choose_point, double};
use crate::lanes::simd::{LANES, LIMB_BITS, Limb, V, add as sum, ld, splat, st, sub, zero};

/// Bits of a digit.
const BITS: usize = 7;

/// Digits of a scalar.
const WINDOWS: usize = 37;

/// Entries for each digit: 1 to 64.
const ENTRIES: usize = 64;

/// d·2^(7w)·G for d of 1 to 64, affine, in Montgomery form: for each limb of x and y the entries one after the other, so
/// that registers hold the whole table of a limb.
#[derive(Clone)]
#[repr(C, align(64))]
struct Window([[Limb; ENTRIES / LANES]; 2 * LIMBS]);

/// One digit of each lane, signed.
pub(crate) struct Digit {
    /// Magnitude minus one.
    pub(crate) index: V,
    pub(crate) negative: u8,
    pub(crate) zero: u8,
}

/// Cuts digits of `BITS` bits from scalars, from below.
pub(crate) struct Digits<'s, const BITS: usize> {
    scalar: &'s Stored,
    bit: usize,
    over: V,
}

impl<'s, const BITS: usize> Digits<'s, BITS> {
    /// Of normalised scalars.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn new(scalar: &'s Stored) -> Self {
        Self {
            scalar,
            bit: 0,
            over: zero(),
        }
    }

    /// The next digit, from −(2^(BITS − 1) − 1) to 2^(BITS − 1).
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn next(&mut self) -> Digit {
        let (limb, shift) = (self.bit / LIMB_BITS, self.bit % LIMB_BITS);
        let low = _mm512_srlv_epi64(ld(&self.scalar[limb]), splat(shift as u64));
        let above = self.scalar.get(limb + 1).map_or(zero(), |limb| ld(limb));
        let high = _mm512_sllv_epi64(above, splat((LIMB_BITS - shift) as u64));
        let raw = _mm512_and_si512(_mm512_or_si512(low, high), splat((1 << BITS) - 1));
        let digit = sum(raw, self.over);
        let negative = _mm512_cmpgt_epu64_mask(digit, splat(1 << (BITS - 1)));
        let magnitude = _mm512_mask_sub_epi64(digit, negative, splat(1 << BITS), digit);
        self.over = _mm512_mask_blend_epi64(negative, zero(), splat(1));
        self.bit += BITS;
        Digit {
            index: sub(magnitude, splat(1)),
            negative,
            zero: _mm512_testn_epi64_mask(magnitude, magnitude),
        }
    }
}

impl Window {
    /// The entry of each lane's own index, 0 to 63: the whole table goes through registers, whatever the indices are.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn lookup(&self, index: V) -> [V; 2 * LIMBS] {
        let sixteen = _mm512_test_epi64_mask(index, splat(16));
        let thirty_two = _mm512_test_epi64_mask(index, splat(32));
        let mut out = [zero(); 2 * LIMBS];
        for (out, table) in out.iter_mut().zip(&self.0) {
            let two = |i: usize| _mm512_permutex2var_epi64(ld(&table[i]), index, ld(&table[i + 1]));
            let low = _mm512_mask_blend_epi64(sixteen, two(0), two(2));
            let high = _mm512_mask_blend_epi64(sixteen, two(4), two(6));
            *out = _mm512_mask_blend_epi64(thirty_two, low, high);
        }
        out
    }
}

/// k·G for scalars below 2^256; the lanes where k is zero, whose point is none.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn multiply(k: &Stored) -> (Point, u8) {
    let mut digits = Digits::<BITS>::new(k);
    let mut total = Point::nothing();
    let mut empty = u8::MAX;
    for window in windows() {
        let digit = digits.next();
        let entry = window.lookup(digit.index);
        let (x, y) = halves(&entry);
        let y = choose(&y, &negated(&y), digit.negative);
        let next = add_affine(&total, &x, &y);
        let next = choose_point(&next, &Point::affine(x, y), empty);
        total = choose_point(&next, &total, digit.zero);
        empty &= digit.zero;
    }
    (total, empty)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn halves(entry: &[V; 2 * LIMBS]) -> (Residue, Residue) {
    let [a, b, c, d, e, f, g, h, i, j] = *entry;
    ([a, b, c, d, e], [f, g, h, i, j])
}

/// p − y for y below p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn negated(y: &Residue) -> Residue {
    let mut out = [zero(); LIMBS];
    for j in 0..LIMBS {
        out[j] = sub(splat(P[j]), y[j]);
    }
    normal(out)
}

/// The tables, computed once.
#[target_feature(enable = "avx512f,avx512ifma")]
fn windows() -> &'static [Window] {
    static WINDOWS: OnceLock<Vec<Window>> = OnceLock::new();
    match WINDOWS.get() {
        Some(windows) => windows,
        None => {
            let computed = compute();
            WINDOWS.get_or_init(|| computed)
        }
    }
}

/// Eight windows at a time, one in each lane.
#[target_feature(enable = "avx512f,avx512ifma")]
fn compute() -> Vec<Window> {
    let mut windows = vec![Window([[Limb::splat(0); ENTRIES / LANES]; 2 * LIMBS]); WINDOWS];
    let mut base = Point::affine(constant(&G[0]), constant(&G[1]));
    for eight in windows.chunks_mut(LANES) {
        let mut start = base;
        for lane in 0..LANES {
            start = choose_point(&start, &base, 1 << lane);
            for _ in 0..BITS {
                base = double(&base);
            }
        }
        fill(eight, &start);
    }
    windows
}

/// Multiples of one point in each lane, for the window of that lane.
#[target_feature(enable = "avx512f,avx512ifma")]
fn fill(windows: &mut [Window], start: &Point) {
    let mut multiples = vec![*start, double(start)];
    for i in 2..ENTRIES {
        multiples.push(add(&multiples[i - 1], start));
    }
    let mut inverses: Vec<_> = multiples.iter().map(|point| point.z).collect();
    batch::invert(Ring::Field, &mut inverses);
    for (i, (point, inverse)) in multiples.iter().zip(&inverses).enumerate() {
        let squared = sqr(inverse);
        let x = canonical(&mul(&point.x, &squared));
        let y = canonical(&mul(&point.y, &mul(&squared, inverse)));
        for (j, coordinate) in x.iter().chain(&y).enumerate() {
            let mut limb = Limb::splat(0);
            st(&mut limb, *coordinate);
            for (window, value) in windows.iter_mut().zip(limb.0) {
                window.0[j][i / LANES].0[i % LANES] = value;
            }
        }
    }
}
