use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::*;
use crate::lanes::cpu::Ifma;

#[test]
fn common_divisors_are_found() {
    if Ifma::detect().is_none() {
        return;
    }
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (mut a, mut b) = (Num::<2>::ZERO, Num::<2>::ZERO);
    let mut wanted = Vec::new();
    for lane in 0..LANES {
        let mut random =
            |bits: u32| BigUint::from(rng.next_u64()) << bits | BigUint::from(rng.next_u64());
        let common = random(lane as u32 * 30);
        let (x, y) = (&common * random(500), &common * (random(400) << lane));
        a.set_lane(lane, &x.to_u64_digits());
        b.set_lane(lane, &y.to_u64_digits());
        let (mut x, mut y) = (x, y);
        while y.bits() > 0 {
            (x, y) = (y.clone(), x % y);
        }
        wanted.push(x);
    }
    // SAFETY: the processor has the features.
    let (odd, twos) = unsafe { gcd(&a, &b) };
    for lane in 0..LANES {
        let mut found = vec![0; 16];
        odd.lane(lane, &mut found);
        let found = BigUint::from_bytes_be(&words::to_be(&found)) << twos[lane];
        assert_eq!(found, wanted[lane]);
    }
}
