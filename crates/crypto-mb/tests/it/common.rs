//! What the tests share.

use ::rsa::{BoxedUint, RsaPrivateKey};
use crypto_mb::rsa::PrivateKey;
use num_bigint::BigUint;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// The octets of a `DigestInfo` before the digest (RFC 8017 §9.2 note 1).
pub(crate) mod prefix {
    pub(crate) const SHA1: [u8; 15] = [
        0x30, 0x21, 0x30, 0x09, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14,
    ];
    pub(crate) const SHA224: [u8; 19] = sha2(4, 28);
    pub(crate) const SHA256: [u8; 19] = sha2(1, 32);
    pub(crate) const SHA384: [u8; 19] = sha2(2, 48);
    pub(crate) const SHA512: [u8; 19] = sha2(3, 64);

    const fn sha2(arc: u8, len: u8) -> [u8; 19] {
        [
            0x30,
            17 + len,
            0x30,
            0x0d,
            6,
            9,
            0x60,
            0x86,
            0x48,
            1,
            0x65,
            3,
            4,
            2,
            arc,
            5,
            0,
            4,
            len,
        ]
    }
}

/// A generator that always gives the same.
pub(crate) fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// n, d, p, q, dp, dq, qinv.
pub(crate) fn components(key: &PrivateKey) -> [BigUint; 7] {
    let n = key.public_key().modulus();
    [
        BigUint::from_bytes_be(&n),
        BigUint::from_bytes_be(&key.expose_d()),
        BigUint::from_bytes_be(&key.expose_p()),
        BigUint::from_bytes_be(&key.expose_q()),
        BigUint::from_bytes_be(&key.expose_dp()),
        BigUint::from_bytes_be(&key.expose_dq()),
        BigUint::from_bytes_be(&key.expose_qinv()),
    ]
}

/// The key in another implementation.
pub(crate) fn theirs(key: &PrivateKey) -> RsaPrivateKey {
    let big = |octets: &[u8]| BoxedUint::from_be_slice(octets, octets.len() as u32 * 8).unwrap();
    RsaPrivateKey::from_components(
        big(&key.public_key().modulus()),
        BoxedUint::from(key.public_key().exponent()),
        big(&key.expose_d()),
        vec![big(&key.expose_p()), big(&key.expose_q())],
    )
    .unwrap()
}
