//! Residues modulo the prime of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3): five limbs, Montgomery form with R = 2^260.
//!
//! # Bounds
//! Bounds are in units of 2^256, which is p and a 2^−32nd of it. Every function gives normalised limbs, each below 2^52, so
//! values below 16. [`mul`] of values below a and b gives less than a·b/16 + 1; [`sub`] of a value below b takes a
//! multiple k of p with k·p ≥ b and gives less than a + k; [`weak`] gives less than 1 + 2^−27. A column of a product has at
//! most ten terms below 2^52, and the reduction adds six: no accumulator wraps.

use core::arch::x86_64::{
    _mm512_cmpeq_epi64_mask, _mm512_mask_mov_epi64, _mm512_or_si512, _mm512_slli_epi64,
    _mm512_srai_epi64, _mm512_srli_epi64,
};

use crate::lanes::simd::{
    Limb, MASK, V, add, carry, hi, ld, lo, low52, splat, sub as subtract, zero,
};

/// Limbs of a residue.
pub(crate) const LIMBS: usize = 5;

/// Eight residues.
pub(crate) type Residue = [V; LIMBS];

/// Eight residues in memory.
pub(crate) type Stored = [Limb; LIMBS];

/// The prime.
pub(crate) const P: [u64; LIMBS] = [MASK, (1 << 44) - 1, 0, 1 << 36, (1 << 48) - (1 << 16)];

/// R² modulo p.
pub(crate) const R2: [u64; LIMBS] = [
    0x0000_0000_0000_0300,
    0x000f_ffff_fff0_0000,
    0x000f_fffe_ffff_fffb,
    0x000f_dfff_ffff_ffff,
    0x0000_0000_04ff_ffff,
];

/// Reads residues.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn load(x: &Stored) -> Residue {
    [ld(&x[0]), ld(&x[1]), ld(&x[2]), ld(&x[3]), ld(&x[4])]
}

/// Overwrites residues that nobody may find in freed memory.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn wipe(residues: &mut [Residue]) {
    residues.fill([zero(); LIMBS]);
    // The compiler must take the zeros for read.
    core::hint::black_box(residues);
}

/// The same number in each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn constant(x: &[u64; LIMBS]) -> Residue {
    [
        splat(x[0]),
        splat(x[1]),
        splat(x[2]),
        splat(x[3]),
        splat(x[4]),
    ]
}

/// Carries, with sign.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn normal(x: [V; LIMBS]) -> Residue {
    let mut out = x;
    let mut over = zero();
    for j in 0..LIMBS - 1 {
        let y = add(x[j], over);
        out[j] = low52(y);
        over = _mm512_srai_epi64::<52>(y);
    }
    out[LIMBS - 1] = add(x[LIMBS - 1], over);
    out
}

/// Divides a product by R. As p is −1 modulo 2^52, a limb is its own quotient digit, and p + 1 has four bits' worth of
/// limbs: 2^96, 2^192 and 2^256 − 2^224.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduce(mut t: [V; 2 * LIMBS]) -> Residue {
    let (one, three, four) = (splat(1 << 44), splat(1 << 36), splat((1 << 48) - (1 << 16)));
    for i in 0..LIMBS {
        let q = t[i];
        t[i + 1] = lo(add(t[i + 1], carry(q)), q, one);
        t[i + 2] = hi(t[i + 2], q, one);
        t[i + 3] = lo(t[i + 3], q, three);
        t[i + 4] = lo(hi(t[i + 4], q, three), q, four);
        t[i + 5] = hi(t[i + 5], q, four);
    }
    normal([t[5], t[6], t[7], t[8], t[9]])
}

/// The columns of a product.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn product(a: &Residue, b: &Residue) -> [V; 2 * LIMBS] {
    // Low and high halves apart: twice as many additions can be under way.
    let mut low = [zero(); 2 * LIMBS];
    let mut high = [zero(); 2 * LIMBS];
    for i in 0..LIMBS {
        for j in 0..LIMBS {
            low[i + j] = lo(low[i + j], a[j], b[i]);
            high[i + j + 1] = hi(high[i + j + 1], a[j], b[i]);
        }
    }
    for j in 0..2 * LIMBS {
        low[j] = add(low[j], high[j]);
    }
    low
}

/// The columns of a square.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn square(a: &Residue) -> [V; 2 * LIMBS] {
    let mut low = [zero(); 2 * LIMBS];
    let mut high = [zero(); 2 * LIMBS];
    for i in 0..LIMBS {
        for j in i + 1..LIMBS {
            low[i + j] = lo(low[i + j], a[i], a[j]);
            high[i + j + 1] = hi(high[i + j + 1], a[i], a[j]);
        }
    }
    for j in 0..2 * LIMBS {
        let once = add(low[j], high[j]);
        let twice = add(once, once);
        let half = a[j / 2];
        low[j] = if j % 2 == 0 {
            lo(twice, half, half)
        } else {
            hi(twice, half, half)
        };
    }
    low
}

/// a·b/R.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn mul(a: &Residue, b: &Residue) -> Residue {
    reduce(product(a, b))
}

/// a²/R.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn sqr(a: &Residue) -> Residue {
    reduce(square(a))
}

/// a + b.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn plus(a: &Residue, b: &Residue) -> Residue {
    let mut sum = [zero(); LIMBS];
    for j in 0..LIMBS {
        sum[j] = add(a[j], b[j]);
    }
    normal(sum)
}

/// a·2^`BITS`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn shifted<const BITS: u32>(a: &Residue) -> Residue {
    let mut out = [zero(); LIMBS];
    for j in 0..LIMBS {
        out[j] = _mm512_slli_epi64::<BITS>(a[j]);
    }
    normal(out)
}

/// a − b + `K`·p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn sub<const K: u64>(a: &Residue, b: &Residue) -> Residue {
    let mut out = [zero(); LIMBS];
    for j in 0..LIMBS {
        out[j] = add(subtract(a[j], b[j]), splat(K * P[j]));
    }
    normal(out)
}

/// a − b − 2c + `K`·p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn sub_twice<const K: u64>(a: &Residue, b: &Residue, c: &Residue) -> Residue {
    let mut out = [zero(); LIMBS];
    for j in 0..LIMBS {
        let taken = add(b[j], add(c[j], c[j]));
        out[j] = add(subtract(a[j], taken), splat(K * P[j]));
    }
    normal(out)
}

/// Takes ⌊a / 2^256⌋·p away: what is left is below 2^256 + 15·2^224.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn weak(a: &Residue) -> Residue {
    let q = _mm512_srli_epi64::<48>(a[4]);
    let top = add(
        subtract(a[4], _mm512_slli_epi64::<48>(q)),
        _mm512_slli_epi64::<16>(q),
    );
    normal([
        add(a[0], q),
        subtract(a[1], _mm512_slli_epi64::<44>(q)),
        a[2],
        subtract(a[3], _mm512_slli_epi64::<36>(q)),
        top,
    ])
}

/// Below p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn canonical(a: &Residue) -> Residue {
    below(&weak(a), &P)
}

/// Takes m away where it can be.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn below(a: &Residue, m: &[u64; LIMBS]) -> Residue {
    let mut less = [zero(); LIMBS];
    for j in 0..LIMBS {
        less[j] = subtract(a[j], splat(m[j]));
    }
    let less = normal(less);
    let keep = _mm512_cmpeq_epi64_mask(_mm512_srai_epi64::<63>(less[4]), splat(u64::MAX));
    choose(&less, a, keep)
}

/// Out of Montgomery form, below p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn leave(a: &Residue) -> Residue {
    canonical(&mul(a, &constant(&[1, 0, 0, 0, 0])))
}

/// a, and b in the lanes of the mask.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn choose(a: &Residue, b: &Residue, lanes: u8) -> Residue {
    let mut out = *a;
    for j in 0..LIMBS {
        out[j] = _mm512_mask_mov_epi64(a[j], lanes, b[j]);
    }
    out
}

/// The lanes that are zero, of limbs that are zero when the number is.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn is_zero(a: &Residue) -> u8 {
    let low = _mm512_or_si512(_mm512_or_si512(a[0], a[1]), _mm512_or_si512(a[2], a[3]));
    _mm512_cmpeq_epi64_mask(_mm512_or_si512(low, a[4]), zero())
}

/// a⁻¹, zero for zero: a^(p−2), as p − 2 is known to all.
///
/// p − 2 is, from the top: 32 ones, 31 zeros, a one, 96 zeros, 94 ones, a zero, a one.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn inverse(a: &Residue) -> Residue {
    let squared = |x: &Residue, times: u32| squared(x, times);
    let ones2 = mul(&squared(a, 1), a);
    let ones4 = mul(&squared(&ones2, 2), &ones2);
    let ones8 = mul(&squared(&ones4, 4), &ones4);
    let ones16 = mul(&squared(&ones8, 8), &ones8);
    let ones32 = mul(&squared(&ones16, 16), &ones16);
    let mut x = mul(&squared(&ones32, 32), a);
    x = mul(&squared(&x, 96 + 32), &ones32);
    x = mul(&squared(&x, 32), &ones32);
    x = mul(&squared(&x, 16), &ones16);
    x = mul(&squared(&x, 8), &ones8);
    x = mul(&squared(&x, 4), &ones4);
    x = mul(&squared(&x, 2), &ones2);
    mul(&squared(&x, 2), a)
}

/// Squares so many times.
#[target_feature(enable = "avx512f,avx512ifma")]
fn squared(x: &Residue, times: u32) -> Residue {
    let mut x = *x;
    for _ in 0..times {
        x = sqr(&x);
    }
    x
}
