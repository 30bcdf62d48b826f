//! P-256 (SP 800-186 §3.2.1.3): keys in bulk, ECDSA signatures and their verification.

use core::fmt;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::engine;
use crate::error::Error;
use crate::words;

/// The order of the group, the lowest word first.
pub(crate) const ORDER: [u64; 4] = [
    0xf3b9_cac2_fc63_2551,
    0xbce6_faad_a717_9e84,
    0xffff_ffff_ffff_ffff,
    0xffff_ffff_0000_0000,
];

/// The prime of the field, the lowest word first.
const PRIME: [u64; 4] = [
    0xffff_ffff_ffff_ffff,
    0x0000_0000_ffff_ffff,
    0,
    0xffff_ffff_0000_0001,
];

/// A private scalar.
///
/// Invariant: 1 or more, below the order.
pub struct SecretKey(Zeroizing<[u8; 32]>);

impl SecretKey {
    /// Takes over a scalar, big-endian.
    ///
    /// # Errors
    /// [`Error::Key`] if it is zero or not below the order.
    pub fn from_be_bytes(octets: &[u8; 32]) -> Result<Self, Error> {
        if is_scalar(octets, &ORDER) {
            Ok(Self(Zeroizing::new(*octets)))
        } else {
            Err(Error::Key)
        }
    }

    /// Of a scalar that is in its range.
    pub(crate) fn trusted(octets: Zeroizing<[u8; 32]>) -> Self {
        debug_assert!(is_scalar(&octets, &ORDER));
        Self(octets)
    }

    /// The scalar, big-endian.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey([elided])")
    }
}

/// A public point.
///
/// Invariant: coordinates below the prime. That it lies on the curve is checked by [`verify`], eight at a time.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct PublicKey {
    x: [u8; 32],
    y: [u8; 32],
}

impl PublicKey {
    /// Takes over affine coordinates, big-endian.
    ///
    /// # Errors
    /// [`Error::Key`] if one is not below the prime.
    pub fn from_affine(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, Error> {
        let below = |octets: &[u8; 32]| {
            words::from_be(octets, 4).is_some_and(|words| words::less(&words, &PRIME).into())
        };
        if below(x) && below(y) {
            Ok(Self { x: *x, y: *y })
        } else {
            Err(Error::Key)
        }
    }

    /// Of coordinates that are in their range.
    pub(crate) fn trusted(x: [u8; 32], y: [u8; 32]) -> Self {
        Self { x, y }
    }

    /// The first coordinate, big-endian.
    #[must_use]
    pub fn x(&self) -> &[u8; 32] {
        &self.x
    }

    /// The second coordinate, big-endian.
    #[must_use]
    pub fn y(&self) -> &[u8; 32] {
        &self.y
    }
}

/// What is to be signed with which key.
#[derive(Clone, Copy, Debug)]
pub struct SignJob<'a> {
    /// The key.
    pub key: &'a SecretKey,
    /// SHA-256 of the message.
    pub digest: &'a [u8; 32],
}

/// What is to be verified with which key.
#[derive(Clone, Copy, Debug)]
pub struct VerifyJob<'a> {
    /// The key.
    pub key: &'a PublicKey,
    /// SHA-256 of the message.
    pub digest: &'a [u8; 32],
    /// r and s, big-endian.
    pub signature: &'a [u8; 64],
}

/// One key pair for each random number generator, drawn from it alone: 32 octets, again while they are no scalar (FIPS 186-5 A.2.2).
#[must_use]
pub fn generate<R: CryptoRng>(rngs: &mut [R]) -> Vec<Result<(SecretKey, PublicKey), Error>> {
    engine::p256_generate(rngs)
}

/// The public key of each private one.
#[must_use]
pub fn public_keys(keys: &[&SecretKey]) -> Vec<Result<PublicKey, Error>> {
    engine::p256_public_keys(keys)
}

/// One deterministic signature a job (RFC 6979 with SHA-256): r and s, big-endian. s is not made the smaller of s and n − s.
#[must_use]
pub fn sign(jobs: &[SignJob<'_>]) -> Vec<Result<[u8; 64], Error>> {
    engine::p256_sign(jobs)
}

/// One answer a job (FIPS 186-5 §6.4.2); [`Error::Key`] where the key is no point of the curve.
#[must_use]
pub fn verify(jobs: &[VerifyJob<'_>]) -> Vec<Result<(), Error>> {
    engine::p256_verify(jobs)
}

/// Whether a number is 1 or more and below the bound, without a branch on it.
pub(crate) fn is_scalar(octets: &[u8; 32], bound: &[u64; 4]) -> bool {
    let words = Zeroizing::new(words::from_be(octets, 4).unwrap_or_default());
    let zero = words::equal(&words, &[0; 4]);
    bool::from(words::less(&words, bound) & !zero)
}
