use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::point::{G, ONE, Point, add, add_affine, double};
use super::*;
use crate::lanes::cpu::Ifma;
use crate::lanes::simd::ld;

fn big(x: &Stored, lane: usize) -> BigUint {
    x.iter()
        .rev()
        .fold(BigUint::ZERO, |sum, limb| (sum << 52u32) + limb.0[lane])
}

fn numbers(values: &[BigUint; LANES]) -> Stored {
    let mut out = [Limb::splat(0); LIMBS];
    for (lane, value) in values.iter().enumerate() {
        let words = value.to_u64_digits();
        for (j, limb) in out.iter_mut().enumerate() {
            limb.0[lane] = window52(&words, j * LIMB_BITS);
        }
    }
    out
}

fn modulus(limbs: &[u64; LIMBS]) -> BigUint {
    limbs
        .iter()
        .rev()
        .fold(BigUint::ZERO, |sum, limb| (sum << 52u32) + limb)
}

/// 0, 1, m − 1, m, 2^256 − 1, all ones below `limit`·2^256, and random ones below it.
fn operand(rng: &mut ChaCha20Rng, m: &BigUint, limit: u32) -> BigUint {
    let top = BigUint::from(limit) << 256u32;
    match rng.next_u32() % 8 {
        0 => BigUint::ZERO,
        1 => BigUint::from(1u32),
        2 => m - 1u32,
        3 => m.clone(),
        4 => (BigUint::from(1u32) << 256u32) - 1u32,
        5 => &top - 1u32,
        _ => {
            let mut octets = [0; 33];
            rng.fill_bytes(&mut octets);
            BigUint::from_bytes_be(&octets) % top
        }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_rings() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let r = BigUint::from(1u32) << 260u32;
    for limbs in [field::P, order::N] {
        let m = modulus(&limbs);
        let is_field = limbs == field::P;
        let inverse = r.modinv(&m).unwrap();
        for _ in 0..2000 {
            let a: [_; LANES] = core::array::from_fn(|_| operand(&mut rng, &m, 9));
            let b: [_; LANES] = core::array::from_fn(|_| operand(&mut rng, &m, 12));
            let (x, y) = (numbers(&a), numbers(&b));
            let (x, y) = (field::load(&x), field::load(&y));
            let mul = if is_field {
                field::mul(&x, &y)
            } else {
                order::mul(&x, &y)
            };
            let product = stored(&mul);
            let left = stored(&field::leave(&x));
            let square = stored(&field::sqr(&y));
            let difference = stored(&field::weak(&field::sub::<3>(&x, &field::weak(&y))));
            let canonical = stored(&field::canonical(&y));
            for l in 0..LANES {
                let wanted = &a[l] * &b[l] * &inverse % &m;
                assert_eq!(big(&product, l) % &m, wanted);
                let bound = ((&a[l] * &b[l]) >> 260u32) + (BigUint::from(1u32) << 256u32);
                assert!(big(&product, l) <= bound);
                if is_field {
                    assert_eq!(big(&left, l), &a[l] * &inverse % &m);
                    assert_eq!(big(&square, l) % &m, &b[l] * &b[l] * &inverse % &m);
                    assert_eq!(big(&canonical, l), &b[l] % &m);
                    let wanted = (&a[l] + &m * 13u32 - &b[l]) % &m;
                    assert_eq!(big(&difference, l) % &m, wanted);
                    assert!(big(&difference, l).bits() <= 257);
                }
            }
        }
    }
}

#[test]
fn residues_agree_with_big_integers() {
    if Ifma::detect().is_some() {
        // SAFETY: the processor has the features.
        unsafe { check_rings() }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_inverses() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let r = BigUint::from(1u32) << 260u32;
    for limbs in [field::P, order::N] {
        let m = modulus(&limbs);
        let is_field = limbs == field::P;
        let values: Vec<[BigUint; LANES]> = (0..5)
            .map(|_| core::array::from_fn(|_| operand(&mut rng, &m, 1) % (&m - 1u32) + 1u32))
            .collect();
        let mut residues: Vec<_> = values.iter().map(|x| field::load(&numbers(x))).collect();
        batch::invert(
            if is_field { Ring::Field } else { Ring::Order },
            &mut residues,
        );
        for (found, values) in residues.iter().zip(values) {
            let found = stored(found);
            for (l, value) in values.iter().enumerate() {
                assert_eq!(big(&found, l) * value % &m, &r * &r % &m);
            }
        }
    }
}

#[test]
fn inverses_agree_with_big_integers() {
    if Ifma::detect().is_some() {
        // SAFETY: the processor has the features.
        unsafe { check_inverses() }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn affine(point: &Point) -> (Stored, Stored) {
    let inverse = field::inverse(&point.z);
    let squared = field::sqr(&inverse);
    let x = field::mul(&point.x, &squared);
    let y = field::mul(&point.y, &field::mul(&squared, &inverse));
    (stored(&field::leave(&x)), stored(&field::leave(&y)))
}

/// Doubling and adding along a chain keeps the bounds, and gives what the comb gives.
#[target_feature(enable = "avx512f,avx512ifma")]
fn check_chain() {
    let g = (field::constant(&G[0]), field::constant(&G[1]));
    let start = Point::affine(g.0, g.1);
    let mut total = start;
    let mut scalar = 1u64;
    for step in 0..55u64 {
        total = double(&total);
        scalar *= 2;
        if step % 3 == 1 {
            total = add_affine(&total, &g.0, &g.1);
            scalar += 1;
        }
        if step % 5 == 2 {
            total = add(&total, &start);
            scalar += 1;
        }
        for (coordinate, limit) in [(&total.x, 2u64), (&total.y, 5), (&total.z, 5)] {
            let top = stored(coordinate)[4];
            assert!(top.0[0] < limit << 48);
        }
        let mut of = [0; 32];
        of[24..].copy_from_slice(&scalar.to_be_bytes());
        let (wanted, none) = comb::multiply(&scalars([of].iter()));
        assert_eq!(none, 0);
        assert_eq!(affine(&total), affine(&wanted));
    }
    let zero = comb::multiply(&scalars([[0; 32]].iter()));
    assert_eq!(zero.1, 255);
    let one = Limb::splat(ONE[0]);
    assert_eq!(stored(&field::constant(&ONE))[0], one);
    assert_eq!(stored(&[ld(&one); LIMBS])[4], one);
}

#[test]
fn points_agree_with_the_comb() {
    if Ifma::detect().is_some() {
        // SAFETY: the processor has the features.
        unsafe { check_chain() }
    }
}
