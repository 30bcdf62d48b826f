use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::*;

fn big(words: &[u64]) -> BigUint {
    BigUint::from_bytes_be(&to_be(words))
}

fn random(rng: &mut ChaCha20Rng, len: usize) -> Vec<u64> {
    (0..len).map(|_| rng.next_u64()).collect()
}

#[test]
fn words_agree_with_big_integers() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for round in 0..50 {
        let (mut a, b) = (random(&mut rng, 9), random(&mut rng, 9));
        let modulus = BigUint::from(1u32) << 576u32;
        assert_eq!(big(&mul(&a, &b)), big(&a) * big(&b));
        assert_eq!(big(&mul_low(&a, &b)), big(&a) * big(&b) % &modulus);
        assert_eq!(big(&mul_add_small(&a, 7, 5)), big(&a) * 7u32 + 5u32);
        assert_eq!(rem_f4(&a), (big(&a) % 65_537u32).try_into().unwrap());
        assert_eq!(big(&div_f4(&a)), big(&a) / 65_537u32);
        assert_eq!(big(&shr(&a, round * 11)), big(&a) >> (round * 11));
        assert_eq!(bool::from(less(&a, &b)), big(&a) < big(&b));
        assert!(!bool::from(less(&a, &a)));
        a[0] |= 1;
        assert_eq!(
            big(&inverse_2k(&a)) * big(&a) % modulus,
            BigUint::from(1u32)
        );
        assert_eq!(from_be(&to_be(&a), 9), Some(a));
    }
}

#[test]
fn octets_that_do_not_fit_are_refused() {
    assert_eq!(from_be(&[1, 0, 0, 0, 0, 0, 0, 0, 0], 1), None);
    assert_eq!(from_be(&[0, 0, 0, 0, 0, 0, 0, 0, 5], 1), Some(vec![5]));
}
