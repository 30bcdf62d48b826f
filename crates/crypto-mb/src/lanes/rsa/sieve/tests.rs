use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::*;
use crate::lanes::cpu::Ifma;

/// Odd numbers of 1024 bits, in lanes and as big integers.
fn drawn(rng: &mut ChaCha20Rng) -> (Num<2>, Vec<BigUint>) {
    let mut lanes = Num::ZERO;
    let mut values = Vec::new();
    for lane in 0..LANES {
        let mut words: Vec<u64> = (0..16).map(|_| rng.next_u64()).collect();
        words[0] |= 1;
        lanes.set_lane(lane, &words);
        values.push(BigUint::from_bytes_be(&crate::words::to_be(&words)));
    }
    (lanes, values)
}

fn has_small_factor(x: &BigUint, bound: usize) -> bool {
    let divides = |prime: u64| (x % prime).bits() == 0;
    odd_primes(bound).any(divides) || divides(F4) || x % F4 == BigUint::from(1u32)
}

#[test]
fn trial_division_agrees_with_big_integers() {
    if Ifma::detect().is_none() {
        return;
    }
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let sieve = Sieve::new(1 << 12, 1024);
    for _ in 0..40 {
        let (mut lanes, mut values) = drawn(&mut rng);
        // One that is 1 modulo 65537.
        let one = &values[0] - &values[0] % F4 + 1u32;
        let odd = if one.bit(0) { one } else { one + F4 };
        lanes.set_lane(0, &odd.to_u64_digits());
        values[0] = odd;
        let mut alive = !0;
        for pass in 0..PASSES {
            // SAFETY: the processor has the features.
            alive &= unsafe { sieve.coprime(&lanes, sieve.groups(pass)) };
        }
        for (lane, value) in values.iter().enumerate() {
            assert_eq!(alive >> lane & 1 == 0, has_small_factor(value, 1 << 12));
        }
        assert_eq!(alive & 1, 0);
    }
}

#[test]
fn windows_agree_with_big_integers() {
    if Ifma::detect().is_none() {
        return;
    }
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let sieve = Sieve::new(1 << 9, 1024);
    let (lanes, values) = drawn(&mut rng);
    // SAFETY: the processor has the features.
    let windows = unsafe { sieve.window(&lanes) };
    for (window, value) in windows.iter().zip(&values) {
        for i in 0..WINDOW {
            let left = window[i / 64] >> (i % 64) & 1 == 1;
            assert_eq!(left, !has_small_factor(&(value + 2 * i), 1 << 9), "{i}");
        }
    }
}
