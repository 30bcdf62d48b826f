use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::*;
use crate::lanes::cpu::Ifma;

fn big<const B: usize>(x: &Num<B>, lane: usize) -> BigUint {
    let mut limbs: Vec<u64> = x.limbs().map(|limb| limb.0[lane]).collect();
    limbs.reverse();
    limbs
        .iter()
        .fold(BigUint::ZERO, |sum, limb| (sum << 52u32) + limb)
}

fn num<const B: usize>(values: &[BigUint]) -> Num<B> {
    let mut out = Num::ZERO;
    for (lane, value) in values.iter().enumerate() {
        out.set_lane(lane, &value.to_u64_digits());
    }
    out
}

fn random(rng: &mut ChaCha20Rng, bits: u32) -> BigUint {
    let mut octets = vec![0; bits as usize / 8];
    rng.fill_bytes(&mut octets);
    BigUint::from_bytes_be(&octets)
}

/// Odd with the top bit set: the least, the greatest, and random ones.
fn moduli(rng: &mut ChaCha20Rng, bits: u32) -> Vec<BigUint> {
    let one = BigUint::from(1u32);
    let mut moduli = vec![(&one << (bits - 1)) + 1u32, (&one << bits) - 1u32];
    moduli.resize_with(LANES, || {
        let mut m = random(rng, bits);
        m.set_bit(0, true);
        m.set_bit(u64::from(bits) - 1, true);
        m
    });
    moduli
}

/// 0, 1, m − 1, m, 2m − 1, all ones below the bound, and random ones.
fn operands(rng: &mut ChaCha20Rng, m: &BigUint, bits: u32) -> Vec<BigUint> {
    let one = BigUint::from(1u32);
    vec![
        BigUint::ZERO,
        one.clone(),
        m - 1u32,
        m.clone(),
        m * 2u32 - 1u32,
        (&one << bits) - 1u32,
        (&one << (bits + 3)) - 1u32,
        random(rng, bits),
        random(rng, bits),
    ]
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn agrees<const B: usize>(bits: u32, rounds: u64) {
    let mut rng = ChaCha20Rng::seed_from_u64(rounds);
    let r = BigUint::from(1u32) << Num::<B>::BITS;
    let mut s = Scratch::new();
    for _ in 0..rounds {
        let ms = moduli(&mut rng, bits);
        let md = Modulus::<B>::new(&num(&ms), bits);
        let all: Vec<_> = ms.iter().map(|m| operands(&mut rng, m, bits)).collect();
        let inverse: Vec<_> = ms.iter().map(|m| r.modinv(m).unwrap()).collect();
        for i in 0..all[0].len() {
            for j in 0..all[0].len() {
                let a: Vec<_> = all.iter().map(|x| x[i].clone()).collect();
                let b: Vec<_> = all.iter().map(|x| x[j].clone()).collect();
                let mut out = Num::ZERO;
                md.mul(&mut out, &num(&a), &num(&b), &mut s);
                for l in 0..LANES {
                    let found = big(&out, l);
                    assert_eq!(&found % &ms[l], &a[l] * &b[l] * &inverse[l] % &ms[l]);
                    assert!(found.bits() <= u64::from(bits) + 2, "{}", found.bits());
                }
            }
            let a: Vec<_> = all.iter().map(|x| x[i].clone()).collect();
            let mut out = Num::ZERO;
            md.sqr(&mut out, &num(&a), &mut s);
            for l in 0..LANES {
                assert_eq!(big(&out, l) % &ms[l], &a[l] * &a[l] * &inverse[l] % &ms[l]);
            }
            let shifts: [u64; LANES] = std::array::from_fn(|l| (l as u64 + i as u64) & 1);
            md.sqr_shift(&mut out, &num(&a), &Limb(shifts), &mut s);
            for l in 0..LANES {
                let wanted = (&a[l] * &a[l] * &inverse[l]) << shifts[l];
                assert_eq!(big(&out, l) % &ms[l], wanted % &ms[l]);
            }
            let mut half: Num<B> = num(&a);
            md.halve(&mut half, ld(&Limb(shifts)));
            for l in 0..LANES {
                let wanted = &a[l] % &ms[l];
                assert_eq!((big(&half, l) << shifts[l]) % &ms[l], wanted);
            }
            let left = md.leave(&num(&a), &mut s);
            for l in 0..LANES {
                assert_eq!(big(&left, l), &a[l] * &inverse[l] % &ms[l]);
            }
        }
        let one = md.one();
        let r2 = md.r_squared(&one, &mut s);
        for l in 0..LANES {
            assert_eq!(big(&one, l), &r % &ms[l]);
            assert_eq!(big(&r2, l) % &ms[l], &r * &r % &ms[l]);
        }
    }
}

/// Runs where the processor can.
macro_rules! in_lanes {
    ($call:expr) => {
        if Ifma::detect().is_some() {
            // SAFETY: the processor has the features.
            unsafe { $call }
        }
    };
}

#[test]
fn products_of_1024_bits_agree_with_big_integers() {
    in_lanes!(agrees::<2>(1024, 20));
}

#[test]
fn products_of_1536_bits_agree_with_big_integers() {
    in_lanes!(agrees::<3>(1536, 10));
}

#[test]
fn products_of_2048_bits_agree_with_big_integers() {
    in_lanes!(agrees::<4>(2048, 6));
}

#[test]
fn products_of_3072_bits_agree_with_big_integers() {
    in_lanes!(agrees::<6>(3072, 3));
}

#[test]
fn products_of_4096_bits_agree_with_big_integers() {
    in_lanes!(agrees::<8>(4096, 2));
}
