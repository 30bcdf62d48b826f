//! ECDSA verification (FIPS 186-5 §6.4.2). All of it is public: failure may steer the program, constant-time code is used
//! where it is there anyway.
//!
//! # No exceptions
//! u₂·Q is computed from above in 52 signed digits of five bits, from −15 to 16. Before a digit d is added the sum is s·Q with s a
//! multiple of 32, so s ≠ ±d as integers unless both are zero; modulo n they could only meet in the last digit, with s = n + d (s = n − d
//! is u₂ = n): u₂ = n + 2d is below n, so d < 0, and n + d is a multiple of 32 for d = 15 and d = −17 only. The sum with u₁·G may be of equal or
//! opposite points, as whoever made the signature likes: that one is done by [`add_any`].

use core::arch::x86_64::{_mm512_cmpeq_epi64_mask, _mm512_mask_mov_epi64};

use zeroize::Zeroizing;

use super::batch::{self, Ring};
use super::comb::{self, Digits};
use super::field::{self, LIMBS, Residue, Stored, choose, load};
use super::point::{Point, add, add_any, choose_point, double, on_curve};
use super::{BATCH, order, scalars, stored};
use crate::error::Error;
use crate::lanes::simd::{LANES, V, splat, zero};
use crate::p256::{ORDER, VerifyJob, is_scalar};

/// Digits of a scalar.
const DIGITS: usize = 52;

/// Multiples of a public key: 1 to 16.
const ENTRIES: usize = 16;

/// p − n, the lowest word first: an r below it may stand for r + n as well.
const P_MINUS_N: [u64; 4] = [0x0c46_353d_039c_daae, 0x4319_0553_58e8_617b, 0, 0];

/// Eight signatures.
struct Eight {
    r: Zeroizing<Stored>,
    digest: Zeroizing<Stored>,
    x: Zeroizing<Stored>,
    y: Zeroizing<Stored>,
    /// The lanes in which r and s are in their range.
    sound: u8,
    /// The lanes in which r + n is below p.
    small: u8,
}

/// Verifies each job.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn verify(jobs: &[VerifyJob<'_>]) -> Vec<Result<(), Error>> {
    let mut out = Vec::with_capacity(jobs.len());
    for batch in jobs.chunks(BATCH) {
        let mut eights = Vec::with_capacity(BATCH / LANES);
        let mut inverses = Vec::with_capacity(BATCH / LANES);
        for eight in batch.chunks(LANES) {
            let (eight, s) = prepare(eight);
            eights.push(eight);
            inverses.push(order::enter(&load(&s)));
        }
        batch::invert(Ring::Order, &mut inverses);
        for ((jobs, eight), inverse) in batch.chunks(LANES).zip(&eights).zip(&inverses) {
            let (valid, on_curve) = check(eight, inverse);
            for lane in 0..jobs.len() {
                out.push(match (on_curve >> lane & 1, valid >> lane & 1) {
                    (0, _) => Err(Error::Key),
                    (_, 0) => Err(Error::Signature),
                    _ => Ok(()),
                });
            }
        }
    }
    out
}

/// Numbers into lanes, and s; lanes with numbers out of range get ones.
fn prepare(jobs: &[VerifyJob<'_>]) -> (Eight, Zeroizing<Stored>) {
    const ONE: [u8; 32] = {
        let mut one = [0; 32];
        one[31] = 1;
        one
    };
    let (mut rs, mut ss) = ([ONE; LANES], [ONE; LANES]);
    let (mut sound, mut small) = (0, 0);
    for (lane, job) in jobs.iter().enumerate() {
        let (mut r, mut s) = (ONE, ONE);
        r.copy_from_slice(&job.signature[..32]);
        s.copy_from_slice(&job.signature[32..]);
        if is_scalar(&r, &ORDER) && is_scalar(&s, &ORDER) {
            (rs[lane], ss[lane]) = (r, s);
            sound |= 1 << lane;
            small |= u8::from(is_scalar(&r, &P_MINUS_N)) << lane;
        }
    }
    let eight = Eight {
        r: scalars(rs.iter()),
        digest: scalars(jobs.iter().map(|job| job.digest)),
        x: scalars(jobs.iter().map(|job| job.key.x())),
        y: scalars(jobs.iter().map(|job| job.key.y())),
        sound,
        small,
    };
    (eight, scalars(ss.iter()))
}

/// The lanes that verify, and those whose key is a point of the curve. `inverse` is 1/s in Montgomery form.
#[target_feature(enable = "avx512f,avx512ifma")]
fn check(eight: &Eight, inverse: &Residue) -> (u8, u8) {
    let enter = field::constant(&field::R2);
    let key_x = field::canonical(&field::mul(&load(&eight.x), &enter));
    let key_y = field::canonical(&field::mul(&load(&eight.y), &enter));
    let on_curve = on_curve(&key_x, &key_y);
    // Products of a number below 2^256 and one below 1.2·2^256 are below n + 0.1·2^256.
    let u1 = field::below(&order::mul(&load(&eight.digest), inverse), &order::N);
    let u2 = field::below(&order::mul(&load(&eight.r), inverse), &order::N);
    let (of_g, none) = comb::multiply(&stored(&u1));
    let of_q = multiply(&stored(&u2), Point::affine(key_x, key_y));
    let (sum, infinity) = add_any(&of_g, &of_q);
    let sum = choose_point(&sum, &of_q, none);
    let infinity = infinity & !none;
    let zz = field::sqr(&sum.z);
    let r = load(&eight.r);
    let matches = same_x(&sum.x, &zz, &r);
    let other = field::plus(&r, &field::constant(&order::N));
    let matches = matches | (same_x(&sum.x, &zz, &other) & eight.small);
    (matches & eight.sound & !infinity & on_curve, on_curve)
}

/// The lanes in which X = r·Z², r out of Montgomery form and below 2^257.
#[target_feature(enable = "avx512f,avx512ifma")]
fn same_x(x: &Residue, zz: &Residue, r: &Residue) -> u8 {
    let entered = field::mul(r, &field::constant(&field::R2)); // 1.13
    let wanted = field::mul(&entered, zz); // 1.2
    field::is_zero(&field::canonical(&field::sub::<2>(x, &wanted)))
}

/// k·q for scalars that are not zero and points of the curve.
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiply(k: &Stored, q: Point) -> Point {
    let mut table = [q; ENTRIES];
    table[1] = double(&q);
    for i in 2..ENTRIES {
        table[i] = add(&table[i - 1], &q);
    }
    let mut digits = Digits::<5>::new(k);
    let mut all = Vec::with_capacity(DIGITS);
    for _ in 0..DIGITS {
        all.push(digits.next());
    }
    let mut total = Point::nothing();
    let mut empty = u8::MAX;
    for digit in all.iter().rev() {
        for _ in 0..5 {
            total = double(&total);
        }
        let mut entry = select(&table, digit.index);
        let negated = field::sub::<5>(&[zero(); LIMBS], &entry.y);
        entry.y = choose(&entry.y, &negated, digit.negative);
        let next = add(&total, &entry);
        let next = choose_point(&next, &entry, empty);
        total = choose_point(&next, &total, digit.zero);
        empty &= digit.zero;
    }
    total
}

/// The entry of each lane's own index.
#[target_feature(enable = "avx512f,avx512ifma")]
fn select(table: &[Point; ENTRIES], index: V) -> Point {
    let mut out = table[0];
    for (i, entry) in table.iter().enumerate().skip(1) {
        let chosen = _mm512_cmpeq_epi64_mask(index, splat(i as u64));
        for j in 0..LIMBS {
            out.x[j] = _mm512_mask_mov_epi64(out.x[j], chosen, entry.x[j]);
            out.y[j] = _mm512_mask_mov_epi64(out.y[j], chosen, entry.y[j]);
            out.z[j] = _mm512_mask_mov_epi64(out.z[j], chosen, entry.z[j]);
        }
    }
    out
}
