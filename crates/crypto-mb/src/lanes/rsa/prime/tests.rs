use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::*;
use crate::lanes::cpu::Ifma;

fn numbers(values: &[BigUint]) -> Num<2> {
    let mut out = Num::ZERO;
    for lane in 0..LANES {
        out.set_lane(lane, &values[lane % values.len()].to_u64_digits());
    }
    out
}

/// Euler to base 2, and Miller–Rabin to a random base.
fn tests(values: &[BigUint], bits: u32, rng: &mut ChaCha20Rng) -> (u8, u8) {
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn inside(values: &[BigUint], bits: u32, base: &Num<2>) -> (u8, u8) {
        let m = Modulus::new(&numbers(values), bits);
        let mut powers = Powers::new();
        let passed = euler(&m, &mut powers.scratch);
        (passed, miller_rabin(&m, base, &mut powers))
    }
    let base = random(bits - 1, rng);
    // SAFETY: the callers look for the features.
    unsafe { inside(values, bits, &base) }
}

/// Random numbers of at most `bits` bits.
fn random(bits: u32, rng: &mut ChaCha20Rng) -> Num<2> {
    let values: Vec<_> = (0..LANES)
        .map(|_| {
            let mut octets = vec![0; bits.div_ceil(8) as usize];
            rng.fill_bytes(&mut octets);
            BigUint::from_bytes_be(&octets) % (BigUint::from(1u32) << bits)
        })
        .collect();
    numbers(&values)
}

/// By division.
fn is_prime_u64(n: u64) -> bool {
    n > 1
        && (2..)
            .take_while(|i| i * i <= n)
            .all(|i| !n.is_multiple_of(i))
}

/// 2^521 − 1, and numbers k·2^s + 1 with many twos (Proth).
fn known_primes() -> Vec<(u32, BigUint)> {
    let one = BigUint::from(1u32);
    vec![
        (521, (&one << 521u32) - 1u32),
        (607, (&one << 607u32) - 1u32),
        (94 + 2, (BigUint::from(3u32) << 94u32) - 1u32),
        (20, BigUint::from((13u32 << 16) + (7 << 10) + 1)),
        (255, (&one << 255u32) - 19u32),
        (256, p256_prime()),
    ]
}

fn p256_prime() -> BigUint {
    let one = BigUint::from(1u32);
    (&one << 256u32) - (&one << 224u32) + (&one << 192u32) + (&one << 96u32) - &one
}

#[test]
fn known_primes_pass() {
    if Ifma::detect().is_none() {
        return;
    }
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for (bits, prime) in known_primes() {
        if bits == 20 && !is_prime_u64(prime.to_u64_digits()[0]) {
            continue;
        }
        assert_eq!(u64::from(bits), prime.bits());
        assert_eq!(tests(&[prime], bits, &mut rng), (255, 255), "{bits}");
    }
}

#[test]
fn small_numbers_are_told_apart() {
    if Ifma::detect().is_none() {
        return;
    }
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let odd: Vec<u64> = ((1 << 19) + 1..(1 << 19) + 8000).step_by(2).collect();
    for eight in odd.chunks_exact(8) {
        let values: Vec<_> = eight.iter().map(|x| BigUint::from(*x)).collect();
        let (euler, _) = tests(&values, 20, &mut rng);
        let mut rounds = 255;
        for _ in 0..12 {
            rounds &= tests(&values, 20, &mut rng).1;
        }
        for (lane, x) in eight.iter().enumerate() {
            let prime = is_prime_u64(*x);
            assert_eq!(rounds >> lane & 1 == 1, prime, "{x}");
            assert!(euler >> lane & 1 == 1 || !prime, "{x}");
        }
    }
}

/// Pseudoprimes to base 2 pass the filter, as they should, and none of them the rounds; Carmichael numbers likewise.
#[test]
fn pseudoprimes_never_pass() {
    if Ifma::detect().is_none() {
        return;
    }
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    // Strong pseudoprimes to base 2, and to bases 2 to 31 (Jaeschke), and 37 (Sorenson and Webster); Carmichael numbers.
    let strong: [(u64, bool); 8] = [
        (2047, true),
        (3_215_031_751, true),
        (3_474_749_660_383, true),
        (341_550_071_728_321, true),
        (3_825_123_056_546_413_051, true),
        (561, false),
        (9_746_347_772_161, false),
        (1_436_697_831_295_441, false),
    ];
    for (value, is_strong) in strong {
        let bits = 64 - value.leading_zeros();
        let mut rounds = 255;
        for _ in 0..10 {
            let (euler, round) = tests(&[BigUint::from(value)], bits, &mut rng);
            assert!(!is_strong || euler == 255, "{value}");
            rounds &= round;
        }
        assert_eq!(rounds, 0, "{value}");
    }
}

/// Products of two numbers 2k + 1 and 4k + 1 are the composites with the most liars; 1024 bits long.
#[test]
fn composites_of_1024_bits_never_pass() {
    if Ifma::detect().is_none() {
        return;
    }
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    for _ in 0..12 {
        let values: Vec<_> = (0..LANES)
            .map(|_| {
                let mut octets = [0; 64];
                rng.fill_bytes(&mut octets);
                octets[0] |= 0xc0;
                let k = BigUint::from_bytes_be(&octets) >> 1u32;
                (((&k * 2u32 + 1u32) * (&k * 4u32 + 1u32)) >> 1u32) | BigUint::from(1u32)
            })
            .map(|mut x| {
                x.set_bit(1023, true);
                (x.bits() == 1024).then_some(x).unwrap()
            })
            .collect();
        let (euler, round) = tests(&values, 1024, &mut rng);
        assert_eq!(euler & round, 0);
    }
    // A square, a product of Mersenne primes shifted by factors, and 2^1024 − 1.
    let one = BigUint::from(1u32);
    let mersenne = |e: u32| (&one << e) - 1u32;
    let values = [
        (&one << 1024u32) - 1u32,
        mersenne(521) * mersenne(503),
        mersenne(521) * ((&one << 503u32) - 3u32),
    ];
    let (_, round) = tests(&values, 1024, &mut rng);
    assert_eq!(round, 0);
}
