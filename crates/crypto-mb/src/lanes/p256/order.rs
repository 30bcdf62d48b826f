//! Residues modulo the order of P-256, in the form of [`field`](super::field) and with its bounds.

use super::field::{LIMBS, Residue, constant, normal, product, square};
use crate::lanes::simd::{V, add, carry, hi, lo, splat, zero};

/// The order.
pub(crate) const N: [u64; LIMBS] = [
    0x0009_cac2_fc63_2551,
    0x000a_da71_79e8_4f3b,
    0x000f_ffff_ffbc_e6fa,
    0x0000_000f_ffff_ffff,
    0x0000_ffff_ffff_0000,
];

/// −n⁻¹ modulo 2^52.
const K0: u64 = 0x0001_c8aa_ee00_bc4f;

/// R² modulo n.
pub(crate) const R2: [u64; LIMBS] = [
    0x0005_cc0d_ea6d_c3ba,
    0x0001_92a0_67d8_a084,
    0x000b_ec59_6155_71bb,
    0x0001_fc24_5b23_92b6,
    0x0000_e12d_9559_d956,
];

/// n − 2, four bits a digit, the highest first.
const N_MINUS_2: [u8; 64] = *b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc63254f";

/// Divides a product by R.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduce(mut t: [V; 2 * LIMBS]) -> Residue {
    let n = constant(&N);
    for i in 0..LIMBS {
        let q = lo(zero(), t[i], splat(K0));
        t[i + 1] = add(t[i + 1], carry(lo(t[i], n[0], q)));
        for j in 1..LIMBS {
            t[i + j] = lo(hi(t[i + j], n[j - 1], q), n[j], q);
        }
        t[i + LIMBS] = hi(t[i + LIMBS], n[LIMBS - 1], q);
    }
    normal([t[5], t[6], t[7], t[8], t[9]])
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
fn sqr(a: &Residue) -> Residue {
    reduce(square(a))
}

/// Into Montgomery form.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn enter(a: &Residue) -> Residue {
    mul(a, &constant(&R2))
}

/// a⁻¹, zero for zero, in Montgomery form: a^(n−2), as n − 2 is known to all.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn inverse(a: &Residue) -> Residue {
    let mut powers = [*a; 16];
    for i in 2..16 {
        powers[i] = mul(&powers[i - 1], a);
    }
    let digit = |i: usize| char::from(N_MINUS_2[i]).to_digit(16).unwrap_or(0) as usize;
    let mut x = powers[15];
    for i in 1..64 {
        for _ in 0..4 {
            x = sqr(&x);
        }
        if digit(i) != 0 {
            x = mul(&x, &powers[digit(i)]);
        }
    }
    x
}
