//! Exponentiation in eight lanes: same steps and same addresses for every exponent.

use core::arch::x86_64::{
    _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_mask_mov_epi64, _mm512_srlv_epi64,
};

use zeroize::{Zeroize, ZeroizeOnDrop};

use super::mont::{Modulus, Scratch};
use super::num::{LIMBS, Num};
use super::simd::{LIMB_BITS, Limb, V, ld, splat, st, zero};

/// Bits of a window. A wider one saves multiplications, but its table leaves the first-level cache. It divides the
/// limb, so no digit lies across two limbs.
const WINDOW: usize = 4;

/// Entries of the table.
const ENTRIES: usize = 1 << WINDOW;

/// The table of powers and the working numbers; wiped when it goes.
#[derive(Debug, Zeroize, ZeroizeOnDrop)]
pub(crate) struct Powers<const B: usize> {
    table: [Num<B>; ENTRIES],
    x: Num<B>,
    y: Num<B>,
    entry: Num<B>,
    pub(crate) scratch: Box<Scratch<B>>,
}

impl<const B: usize> Powers<B> {
    /// On the heap: it is up to 60 kB.
    pub(crate) fn new() -> Box<Self> {
        Box::new(Self {
            table: [Num::ZERO; ENTRIES],
            x: Num::ZERO,
            y: Num::ZERO,
            entry: Num::ZERO,
            scratch: Scratch::new(),
        })
    }

    /// base^exponent, base and result in Montgomery form; of the exponents the lowest `bits` bits count.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn pow(
        &mut self,
        m: &Modulus<B>,
        one: &Num<B>,
        base: &Num<B>,
        exponent: &Num<B>,
        bits: u32,
    ) -> Num<B> {
        let Self {
            table,
            x,
            y,
            entry,
            scratch,
        } = self;
        let (mut x, mut y) = (x, y);
        table[0] = *one;
        table[1] = *base;
        for i in 1..ENTRIES / 2 {
            let (below, above) = table.split_at_mut(2 * i);
            m.sqr(&mut above[0], &below[i], scratch);
            let (below, above) = table.split_at_mut(2 * i + 1);
            m.mul(&mut above[0], &below[2 * i], base, scratch);
        }
        let digits = (bits as usize).div_ceil(WINDOW);
        select(x, table, digit(exponent, digits - 1));
        for i in (0..digits - 1).rev() {
            for _ in 0..WINDOW / 2 {
                m.sqr(y, x, scratch);
                m.sqr(x, y, scratch);
            }
            select(entry, table, digit(exponent, i));
            m.mul(y, x, entry, scratch);
            core::mem::swap(&mut x, &mut y);
        }
        *x
    }
}

/// Digit `i` of each exponent.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn digit<const B: usize>(exponent: &Num<B>, i: usize) -> V {
    let bit = i * WINDOW;
    bits_at(exponent, bit, ENTRIES as u64 - 1)
}

/// The bits of each number from `bit` on that `mask` keeps, all of one limb.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn bits_at<const B: usize>(x: &Num<B>, bit: usize, mask: u64) -> V {
    let (limb, shift) = (bit / LIMB_BITS, bit % LIMB_BITS);
    let limb = ld(&x.0[limb / LIMBS].0[limb % LIMBS]);
    _mm512_and_si512(_mm512_srlv_epi64(limb, splat(shift as u64)), splat(mask))
}

/// The entry of each lane's own index. Every entry is read, whatever the indices are.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn select<const B: usize, const T: usize>(
    out: &mut Num<B>,
    table: &[Num<B>; T],
    index: V,
) {
    for k in 0..B {
        let mut acc = [zero(); LIMBS];
        for (e, entry) in table.iter().enumerate() {
            let chosen = _mm512_cmpeq_epi64_mask(index, splat(e as u64));
            for j in 0..LIMBS {
                acc[j] = _mm512_mask_mov_epi64(acc[j], chosen, ld(&entry.0[k].0[j]));
            }
        }
        for j in 0..LIMBS {
            st(&mut out.0[k].0[j], acc[j]);
        }
    }
}

/// One as a plain number.
pub(crate) fn plain_one<const B: usize>() -> Num<B> {
    let mut one = Num::ZERO;
    one.0[0].0[0] = Limb::splat(1);
    one
}
