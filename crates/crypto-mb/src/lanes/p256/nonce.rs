//! Deterministic nonces (RFC 6979 §3.2 with HMAC-SHA-256).

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::p256::{ORDER, is_scalar};

/// HMAC with one key: the states after the padded key.
struct Hmac {
    inner: Sha256,
    outer: Sha256,
}

impl Hmac {
    fn new(key: &[u8; 32]) -> Self {
        let mut block = Zeroizing::new([0x36; 64]);
        for (to, from) in block.iter_mut().zip(key) {
            *to ^= from;
        }
        let inner = Sha256::new_with_prefix(*block);
        for octet in block.iter_mut() {
            *octet ^= 0x36 ^ 0x5c;
        }
        let outer = Sha256::new_with_prefix(*block);
        Self { inner, outer }
    }

    fn of(&self, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut inner = self.inner.clone();
        for part in parts {
            inner.update(part);
        }
        let mut outer = self.outer.clone();
        outer.update(Zeroizing::new(<[u8; 32]>::from(inner.finalize())));
        Zeroizing::new(outer.finalize().into())
    }
}

/// The nonce of a secret key and a digest that was reduced modulo the order, big-endian.
pub(super) fn nonce(secret: &[u8; 32], digest: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    let hmac = Hmac::new(&[0; 32]);
    let mut v = Zeroizing::new([1; 32]);
    let hmac = Hmac::new(&hmac.of(&[&*v, &[0], secret, digest]));
    v = hmac.of(&[&*v]);
    let mut hmac = Hmac::new(&hmac.of(&[&*v, &[1], secret, digest]));
    v = hmac.of(&[&*v]);
    loop {
        v = hmac.of(&[&*v]);
        if is_scalar(&v, &ORDER) {
            return v;
        }
        // One nonce in 2^32 is not below the order, and not used: that it was drawn says nothing about the next.
        hmac = Hmac::new(&hmac.of(&[&*v, &[0]]));
        v = hmac.of(&[&*v]);
    }
}
