//! Multiplication and squaring modulo eight moduli: the only code that must be fast, and the same for every width.
//!
//! The unit of work is a product of two blocks of ten limbs, with its twenty columns in registers. Product and
//! reduction go column of blocks by column of blocks, so accumulators are never stored half-done: what a column leaves
//! in its upper ten registers is where the next one starts.
//!
//! # Bounds
//! Every operand limb is below 2^52, and IFMA looks at no other bit. A column of the product takes at most `2·10·B`
//! terms below 2^52 and the reduction adds as many, with one carry: below `(40·B + 1)·2^52`, which is below 2^61 for the
//! widest number, eight blocks. An accumulator never wraps.

use core::hint::black_box;

use super::Modulus;
use crate::lanes::num::{Block, LIMBS, Num};
use crate::lanes::simd::{Limb, V, add, carry, hi, ld, lo, low52, st, zero};
use crate::lanes::wide::Wide;

/// The body ten times, with a constant index: a rolled loop would keep the accumulators in memory.
macro_rules! ten {
    ($i:ident, $body:block) => {
        ten!(@ $i, $body, 0 1 2 3 4 5 6 7 8 9)
    };
    (@ $i:ident, $body:block, $($n:literal)*) => {$({
        const $i: usize = $n;
        $body
    })*};
}

/// The columns of a product of two blocks.
type Columns = [V; 2 * LIMBS];

/// Columns without anything in them.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn empty() -> Columns {
    [zero(); 2 * LIMBS]
}

/// Adds the product of two blocks.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn accumulate(acc: &mut Columns, a: &Block, b: &Block) {
    ten!(I, {
        let y = ld(&b.0[I]);
        for j in 0..LIMBS {
            let x = ld(&a.0[j]);
            acc[I + j] = lo(acc[I + j], x, y);
            acc[I + j + 1] = hi(acc[I + j + 1], x, y);
        }
    });
}

/// Adds the products of unlike limbs of one block, each pair once.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn accumulate_pairs(acc: &mut Columns, a: &Block) {
    ten!(I, {
        let y = ld(&a.0[I]);
        for j in (I + 1).min(LIMBS)..LIMBS {
            let x = ld(&a.0[j]);
            acc[I + j] = lo(acc[I + j], x, y);
            acc[I + j + 1] = hi(acc[I + j + 1], x, y);
        }
    });
}

/// Goes on to the next column of blocks.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn next_column(acc: &mut Columns) {
    for i in 0..LIMBS {
        acc[i] = acc[i + LIMBS];
        acc[i + LIMBS] = zero();
    }
}

/// The product, columns not carried.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn product<const B: usize>(out: &mut Wide<B>, a: &Num<B>, b: &Num<B>) {
    let out = out.blocks_mut();
    let mut acc = empty();
    for k in 0..2 * B {
        for i in k.saturating_sub(B - 1)..B.min(k + 1) {
            accumulate(&mut acc, &a.0[k - i], &b.0[i]);
        }
        for i in 0..LIMBS {
            st(&mut out[k].0[i], acc[i]);
        }
        next_column(&mut acc);
    }
}

/// The square, columns not carried: unlike limbs once, doubled as a column is left, and then the square of a limb,
/// which is alone in its two columns.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn square<const B: usize>(out: &mut Wide<B>, a: &Num<B>) {
    let out = out.blocks_mut();
    let mut acc = empty();
    for k in 0..2 * B {
        for i in (k / 2 + 1)..B.min(k + 1) {
            accumulate(&mut acc, &a.0[k - i], &a.0[i]);
        }
        if k % 2 == 0 {
            accumulate_pairs(&mut acc, &a.0[k / 2]);
        }
        let middle = &a.0[k / 2].0[k % 2 * (LIMBS / 2)..][..LIMBS / 2];
        for i in 0..LIMBS / 2 {
            let x = ld(&middle[i]);
            let (even, odd) = (acc[2 * i], acc[2 * i + 1]);
            st(&mut out[k].0[2 * i], lo(add(even, even), x, x));
            st(&mut out[k].0[2 * i + 1], hi(add(odd, odd), x, x));
        }
        next_column(&mut acc);
    }
}

/// Divides by 2^(520·B) modulo m and multiplies by 2^`SHIFT`.
///
/// Limb after limb is cleared from below. Adding `q·(m·k0)`, with `q` the limb itself and `m·k0 = 2^52·n − 1`, clears it
/// and adds `q·n` one limb further up: no multiplication stands between two limbs but that by `n`. As `m·k0` is a limb
/// longer than m, the last limb is cleared with m itself.
///
/// With T the value of `t`, the result without the shift is below `T / 2^(520·B) + 2m`. The upper half of `t` and `q`
/// are overwritten.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn reduce<const B: usize, const SHIFT: bool>(
    out: &mut Num<B>,
    t: &mut Wide<B>,
    q: &mut Num<B>,
    m: &Modulus<B>,
    shift: &Limb,
) {
    let t = t.blocks_mut();
    let mut acc = empty();
    let mut last = zero();
    for k in 0..B {
        for i in 0..LIMBS {
            acc[i] = add(acc[i], ld(&t[k].0[i]));
        }
        for i in 0..k {
            accumulate(&mut acc, &m.n.0[k - i], &q.0[i]);
        }
        // Hidden, or the loads below would be moved out of the loop and the registers they need onto the stack.
        let lowest = black_box(&m.n.0[0]);
        ten!(I, {
            let y = last;
            st(&mut q.0[k].0[I], y);
            acc[I] = add(acc[I], carry(y));
            for j in 0..LIMBS {
                let x = ld(&lowest.0[j]);
                acc[I + j] = lo(acc[I + j], x, y);
                acc[I + j + 1] = hi(acc[I + j + 1], x, y);
            }
            last = acc[I];
        });
        next_column(&mut acc);
    }
    for k in B..2 * B {
        for i in 0..LIMBS {
            acc[i] = add(acc[i], ld(&t[k].0[i]));
        }
        for i in k - B + 1..B {
            accumulate(&mut acc, &m.n.0[k - i], &q.0[i]);
        }
        for i in 0..LIMBS {
            st(&mut t[k].0[i], acc[i]);
        }
        next_column(&mut acc);
    }
    finish::<B, SHIFT>(out, &t[B..], last, m, shift);
}

/// Clears the last limb with m and carries.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn finish<const B: usize, const SHIFT: bool>(
    out: &mut Num<B>,
    t: &[Block],
    last: V,
    m: &Modulus<B>,
    shift: &Limb,
) {
    use core::arch::x86_64::_mm512_sllv_epi64;
    let shift = ld(black_box(shift));
    let y = lo(zero(), last, ld(&m.k0));
    let mut below = ld(&m.m.0[0].0[0]);
    let mut over = carry(lo(last, below, y));
    if SHIFT {
        over = _mm512_sllv_epi64(over, shift);
    }
    for k in 0..B {
        for i in 0..LIMBS {
            let above = match (k + 1 == B, i + 1 == LIMBS) {
                (true, true) => zero(),
                (false, true) => ld(&m.m.0[k + 1].0[0]),
                _ => ld(&m.m.0[k].0[i + 1]),
            };
            let mut x = lo(hi(ld(&t[k].0[i]), below, y), above, y);
            if SHIFT {
                x = _mm512_sllv_epi64(x, shift);
            }
            x = add(x, over);
            over = carry(x);
            st(&mut out.0[k].0[i], low52(x));
            below = above;
        }
    }
    debug_assert!(is_zero(over), "an operand was above its bound");
}

/// For assertions only.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn is_zero(x: V) -> bool {
    core::arch::x86_64::_mm512_test_epi64_mask(x, x) == 0
}
