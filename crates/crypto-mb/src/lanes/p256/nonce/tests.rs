use sha2::{Digest, Sha256};

use super::*;
use crate::lanes::cpu::Ifma;
use crate::p256::ORDER;

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(to, from)| *to ^= from);
        block
    };
    let mut inner = Sha256::new_with_prefix(pad(0x36));
    parts.iter().for_each(|part| inner.update(part));
    let outer = Sha256::new_with_prefix(pad(0x5c));
    outer.chain_update(inner.finalize()).finalize().into()
}

/// RFC 6979 §3.2, step by step.
fn reference(secret: &[u8; 32], digest: &[u8; 32], bound: &[u64; 4]) -> [u8; 32] {
    let (mut k, mut v) = ([0; 32], [1; 32]);
    for step in [0, 1] {
        k = hmac(&k, &[&v, &[step], secret, digest]);
        v = hmac(&k, &[&v]);
    }
    loop {
        v = hmac(&k, &[&v]);
        if is_scalar(&v, bound) {
            return v;
        }
        k = hmac(&k, &[&v, &[0]]);
        v = hmac(&k, &[&v]);
    }
}

/// With a low bound, most numbers are drawn several times.
#[test]
fn nonces_are_those_of_the_rfc() {
    if Ifma::detect().is_none() {
        return;
    }
    let secrets: [[u8; 32]; NONCES] = core::array::from_fn(|i| [i as u8 + 1; 32]);
    for bound in [ORDER, [0, 0, 0, 1 << 61]] {
        for count in 1..=NONCES {
            let digest = |i: usize| <[u8; 32]>::from(Sha256::digest([i as u8, count as u8]));
            let inputs: Vec<_> = (0..count).map(|i| (&secrets[i], digest(i))).collect();
            // SAFETY: the processor has the features.
            let found = unsafe { nonces(&inputs, &bound) };
            assert_eq!(found.len(), count);
            for ((secret, digest), found) in inputs.iter().zip(&found) {
                assert_eq!(**found, reference(secret, digest, &bound));
            }
        }
    }
}
