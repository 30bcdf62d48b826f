//! Deterministic nonces (RFC 6979 §3.2 with HMAC-SHA-256), sixteen at a time.

use core::arch::x86_64::_mm512_xor_si512;

use zeroize::Zeroizing;

use super::sha256::{Hmac, Words, word};
use crate::lanes::simd::{Limb, V, ld, st};
use crate::p256::is_scalar;

/// How many are drawn at a time.
pub(super) const NONCES: usize = 16;

/// Octets after V: which of two steps it is, the secret, the digest, and the padding of SHA-256.
type Rest = [u8; 96];

/// The nonces of secrets with digests, both big-endian and below the order, which is the bound; at most sixteen.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn nonces(
    inputs: &[(&[u8; 32], [u8; 32])],
    bound: &[u64; 4],
) -> Vec<Zeroizing<[u8; 32]>> {
    let mut rests = Zeroizing::new([[0; 96]; NONCES]);
    for (rest, (secret, digest)) in rests.iter_mut().zip(inputs) {
        rest[1..33].copy_from_slice(*secret);
        rest[33..65].copy_from_slice(digest);
        rest[65] = 0x80;
        rest[88..].copy_from_slice(&((64 + 97) * 8u64).to_be_bytes());
    }
    let mut rest = words(&rests);
    let mut v = [word(0x0101_0101); 8];
    let hmac = Hmac::new(&[word(0); 8]);
    let mut hmac = Hmac::new(&hmac.of_longer(&v, &rest));
    v = hmac.of(&v);
    rest[0] = _mm512_xor_si512(rest[0], word(0x0100_0000));
    hmac = Hmac::new(&hmac.of_longer(&v, &rest));
    v = hmac.of(&v);
    let mut out: Vec<Option<Zeroizing<[u8; 32]>>> = vec![None; inputs.len()];
    loop {
        v = hmac.of(&v);
        let drawn = octets(&v);
        for (out, drawn) in out.iter_mut().zip(drawn.iter()) {
            if out.is_none() && is_scalar(drawn, bound) {
                *out = Some(Zeroizing::new(*drawn));
            }
        }
        // One nonce in 2^32 is not below the order, and not used: that it was drawn says nothing about the next.
        if out.iter().all(Option::is_some) {
            return out.into_iter().flatten().collect();
        }
        hmac = Hmac::new(&hmac.of_with_zero(&v));
        v = hmac.of(&v);
    }
}

/// Big-endian words, one message in each lane.
#[target_feature(enable = "avx512f,avx512ifma")]
fn words(rests: &[Rest; NONCES]) -> [V; 24] {
    let mut out = [word(0); 24];
    for (i, out) in out.iter_mut().enumerate() {
        let mut limb = Zeroizing::new(Limb::splat(0));
        for (lane, rest) in rests.iter().enumerate() {
            let octets = &rest[4 * i..4 * i + 4];
            let word = octets
                .iter()
                .fold(0, |sum, octet| sum << 8 | u64::from(*octet));
            limb.0[lane / 2] |= word << (32 * (lane % 2));
        }
        *out = ld(&limb);
    }
    out
}

/// Big-endian octets of each lane.
#[target_feature(enable = "avx512f,avx512ifma")]
fn octets(v: &Words) -> Zeroizing<[[u8; 32]; NONCES]> {
    let mut out = Zeroizing::new([[0; 32]; NONCES]);
    let mut limb = Zeroizing::new(Limb::splat(0));
    for (i, word) in v.iter().enumerate() {
        st(&mut limb, *word);
        for (lane, out) in out.iter_mut().enumerate() {
            let word = (limb.0[lane / 2] >> (32 * (lane % 2))) as u32;
            out[4 * i..4 * i + 4].copy_from_slice(&word.to_be_bytes());
        }
    }
    out
}

#[cfg(test)]
mod tests;
