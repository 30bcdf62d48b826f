//! Points of P-256 in Jacobian coordinates: x = X/Z², y = Y/Z³.
//!
//! # Bounds
//! In units of 2^256, as in [`field`](super::field): X below 1.01, Y below 5, Z below 4.6; table entries in affine coordinates
//! below 1. Every function keeps them; the comments give the bound of each value.
//!
//! # Exceptions
//! [`double`] is right for every point of odd order. [`add`] and [`add_affine`] are right unless the points are equal, opposite, or
//! infinity; [`add`] tells which lanes that holds for, and callers say why it does not occur or what they do about it.

use super::field::{
    LIMBS, Residue, canonical, choose, constant, is_zero, mul, plus, shifted, sqr, sub, sub_twice,
    weak,
};
use crate::lanes::simd::zero;

/// One in Montgomery form.
pub(crate) const ONE: [u64; LIMBS] = [
    0x0000_0000_0000_0010,
    0x000f_0000_0000_0000,
    0x000f_ffff_ffff_ffff,
    0x000f_feff_ffff_ffff,
    0x0000_0000_000f_ffff,
];

/// The coefficient b of the curve, in Montgomery form.
const B: [u64; LIMBS] = [
    0x000d_f622_9c4b_ddfd,
    0x000c_a884_3090_d89c,
    0x0002_12ed_6acf_005c,
    0x0008_3415_a220_abf7,
    0x0000_c300_61dd_4874,
];

/// The generator, in Montgomery form.
pub(crate) const G: [[u64; LIMBS]; 2] = [
    [
        0x0003_0d41_8a91_43c1,
        0x000c_4fed_b601_79e7,
        0x0006_2251_075b_a95f,
        0x0005_c669_fb73_2b77,
        0x0000_8905_f76b_5375,
    ],
    [
        0x0005_357c_e955_60a8,
        0x0004_3a19_e45c_ddf2,
        0x0002_1f32_58b4_ab8e,
        0x000d_8552_e886_88dd,
        0x0000_571f_f18a_5885,
    ],
];

/// Eight points.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Point {
    pub(crate) x: Residue,
    pub(crate) y: Residue,
    pub(crate) z: Residue,
}

impl Point {
    /// Of affine coordinates.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn affine(x: Residue, y: Residue) -> Self {
        Self {
            x,
            y,
            z: constant(&ONE),
        }
    }

    /// Overwrites the coordinates.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn wipe(&mut self) {
        *self = Self::nothing();
        core::hint::black_box(self);
    }

    /// All zero: no point, a place for one.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn nothing() -> Self {
        let none = [zero(); LIMBS];
        Self {
            x: none,
            y: none,
            z: none,
        }
    }
}

/// a, and b in the lanes of the mask.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn choose_point(a: &Point, b: &Point, lanes: u8) -> Point {
    Point {
        x: choose(&a.x, &b.x, lanes),
        y: choose(&a.y, &b.y, lanes),
        z: choose(&a.z, &b.z, lanes),
    }
}

/// The lanes whose affine coordinates satisfy y² = x³ − 3x + b.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn on_curve(x: &Residue, y: &Residue) -> u8 {
    let cube = mul(&sqr(x), x); // 1.07
    let thrice = plus(&plus(x, x), x); // 3
    let right = plus(&sub::<4>(&cube, &thrice), &constant(&B)); // 6.1
    let difference = sub::<7>(&sqr(y), &right); // 8.1
    is_zero(&canonical(&weak(&difference)))
}

/// p + q for q in affine coordinates (madd, 8M + 3S).
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn add_affine(p: &Point, x2: &Residue, y2: &Residue) -> Point {
    let zz = sqr(&p.z); // 2.33
    let u2 = mul(x2, &zz); // 1.15
    let zzz = mul(&zz, &p.z); // 1.67
    let s2 = mul(y2, &zzz); // 1.11
    let h = sub::<2>(&u2, &p.x); // 3.15
    let r = sub::<6>(&s2, &p.y); // 7.11
    let hh = sqr(&h); // 1.63
    let z3 = mul(&p.z, &h); // 1.91
    let hhh = mul(&hh, &h); // 1.33
    let v = mul(&p.x, &hh); // 1.11
    let x3 = weak(&sub_twice::<4>(&sqr(&r), &hhh, &v)); // r² is 4.16, before weak 8.16
    let w = sub::<2>(&v, &x3); // 3.11
    let y3 = sub::<2>(&mul(&w, &r), &mul(&p.y, &hhh)); // 2.39 − 1.42 + 2
    Point {
        x: x3,
        y: y3,
        z: z3,
    }
}

/// 2p (dbl-2001-b with 2·Y·Z, 4M + 4S).
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn double(p: &Point) -> Point {
    let delta = sqr(&p.z); // 2.33
    let gamma = sqr(&p.y); // 2.57
    let beta = mul(&p.x, &gamma); // 1.17
    let product = mul(&sub::<3>(&p.x, &delta), &plus(&p.x, &delta)); // 4.01·3.34/16 + 1 = 1.84
    let alpha = plus(&plus(&product, &product), &product); // 5.52
    let beta8 = shifted::<3>(&beta); // 9.36
    let x3 = weak(&sub::<10>(&sqr(&alpha), &beta8)); // alpha² is 2.91, before weak 12.91
    let yz = mul(&p.y, &p.z); // 2.44
    let z3 = weak(&plus(&yz, &yz)); // before weak 4.88
    let w = sub::<2>(&shifted::<2>(&beta), &x3); // 6.68
    let gamma8 = shifted::<3>(&sqr(&gamma)); // 1.42·8 = 11.36
    let y3 = weak(&sub::<12>(&mul(&alpha, &w), &gamma8)); // alpha·w is 3.31, before weak 15.31
    Point {
        x: x3,
        y: y3,
        z: z3,
    }
}

/// p + q (12M + 4S), and h and r of the formulas: h is zero modulo p where x is the same, r where y is.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_with_differences(p: &Point, q: &Point) -> (Point, Residue, Residue) {
    let z1z1 = sqr(&p.z); // 2.33
    let z2z2 = sqr(&q.z); // 2.33
    let u1 = mul(&p.x, &z2z2); // 1.15
    let u2 = mul(&q.x, &z1z1); // 1.15
    let s1 = mul(&p.y, &mul(&q.z, &z2z2)); // 1.67·5/16 + 1 = 1.53
    let s2 = mul(&q.y, &mul(&p.z, &z1z1)); // 1.53
    let h = sub::<2>(&u2, &u1); // 3.15
    let r = sub::<2>(&s2, &s1); // 3.53
    let hh = sqr(&h); // 1.63
    let hhh = mul(&hh, &h); // 1.33
    let v = mul(&u1, &hh); // 1.12
    let x3 = weak(&sub_twice::<4>(&sqr(&r), &hhh, &v)); // before weak 5.78
    let w = sub::<2>(&v, &x3); // 3.12
    let y3 = sub::<2>(&mul(&w, &r), &mul(&s1, &hhh)); // 1.69 − 1.13 + 2
    let z3 = mul(&mul(&p.z, &q.z), &h); // 1.46
    (
        Point {
            x: x3,
            y: y3,
            z: z3,
        },
        h,
        r,
    )
}

/// p + q.
#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn add(p: &Point, q: &Point) -> Point {
    add_with_differences(p, q).0
}

/// p + q for any two points that are not infinity; the lanes in which the sum is infinity. Not constant-time.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn add_any(p: &Point, q: &Point) -> (Point, u8) {
    let (sum, h, r) = add_with_differences(p, q);
    let same_x = is_zero(&canonical(&h));
    if same_x == 0 {
        return (sum, 0);
    }
    let same = same_x & is_zero(&canonical(&r));
    (choose_point(&sum, &double(p), same), same_x & !same)
}
