use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::lanes::cpu::Ifma;
use crate::rsa::{Search, Size};

/// A bit of the half modulo p turns in two lanes: just these give nothing.
#[test]
fn a_corrupted_half_is_never_released() {
    if Ifma::detect().is_none() {
        return;
    }
    let rngs = (0..8).map(ChaCha20Rng::seed_from_u64).collect();
    let keys = crate::rsa::generate(Size::Rsa2048, Search::Fresh, rngs);
    let keys: Vec<_> = keys.into_iter().map(Result::unwrap).collect();
    let mut c = Num::ZERO;
    for lane in 0..LANES {
        c.set_lane(lane, &[lane as u64 + 2, 3, 4]);
    }
    // SAFETY: the processor has the features.
    unsafe { check_corrupted(&keys, &c) }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn check_corrupted(keys: &[PrivateKey], c: &Num<4>) {
    let mut signer = Signer::<2, 4>::new(core::array::from_fn(|i| &keys[i]));
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    let (whole, sound) = signer.power(c, |_| {});
    assert_eq!(sound, 255);
    for bit in [0, 7, 51] {
        signer.blind(&mut rng);
        let (out, sound) = signer.power(c, |half| {
            half.0[0].0[3].0[2] ^= 1 << bit;
            half.0[1].0[5].0[6] ^= 1 << bit;
        });
        assert_eq!(sound, !(1 << 2 | 1 << 6));
        for (limb, wanted) in out.limbs().zip(whole.limbs()) {
            for lane in 0..LANES {
                let released = lane != 2 && lane != 6;
                assert_eq!(limb.0[lane], if released { wanted.0[lane] } else { 0 });
            }
        }
    }
}

/// The blinding is renewed, and drawn again after 32 uses: the result never depends on it.
#[test]
fn blinding_does_not_change_the_result() {
    if Ifma::detect().is_none() {
        return;
    }
    let key = crate::rsa::generate(
        Size::Rsa2048,
        Search::Fresh,
        vec![ChaCha20Rng::seed_from_u64(1)],
    );
    let key = key.into_iter().next().unwrap().unwrap();
    let info = [5; 51];
    let jobs = vec![
        SignJob {
            key: &key,
            digest_info: &info
        };
        8 * 34
    ];
    let signed = crate::rsa::sign(&jobs, &mut ChaCha20Rng::seed_from_u64(2));
    assert!(
        signed
            .iter()
            .all(|signature| *signature == signed[0] && signature.is_ok())
    );
}
