//! RSA with moduli of 2048, 3072 and 4096 bits: keys in bulk, RSASSA-PKCS1-v1_5 signatures and their verification.

pub(crate) mod key;

use rand_core::{CryptoRng, SeedableRng};

use crate::engine;
use crate::error::Error;
pub use crate::rsa::key::{Components, PrivateKey, PublicKey};

/// Length of the modulus.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Size {
    /// 2048 bits.
    Rsa2048,
    /// 3072 bits.
    Rsa3072,
    /// 4096 bits.
    Rsa4096,
}

impl Size {
    /// Length of the modulus in bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa3072 => 3072,
            Self::Rsa4096 => 4096,
        }
    }

    /// The size with just this length.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        match bits {
            2048 => Some(Self::Rsa2048),
            3072 => Some(Self::Rsa3072),
            4096 => Some(Self::Rsa4096),
            _ => None,
        }
    }

    /// Words of the modulus.
    pub(crate) const fn words(self) -> usize {
        self.bits() as usize / 64
    }
}

/// How candidates for a prime are drawn.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Search {
    /// Each candidate is drawn afresh (FIPS 186-5 A.1.3): every prime of the range is as likely as any other.
    #[default]
    Fresh,
    /// 2,048 odd numbers from a drawn start, tested in drawn order; one prime is taken of each window, so that no two
    /// primes are related. About a third faster.
    ///
    /// Each start is as likely as any other, and in a window each prime. A prime is therefore the likelier the fewer others
    /// stand near it: compared with `Fresh` by the mean number of primes in a window, times the mean of one over their
    /// number in the windows around that prime. The latter is at most one, the former 5.8 for primes of 1024 bits, 3.9 for
    /// 1536 and 2.9 for 2048 bits. So no prime is more than 5.8 times as likely as under `Fresh`, and a prime's min-entropy,
    /// about 1014 bits, is less by at most 2.6 bits. The gap in front of a prime has no part in it, unlike in a search
    /// that goes upwards from the start.
    Windowed,
}

/// What is to be signed with which key.
#[derive(Clone, Copy, Debug)]
pub struct SignJob<'a> {
    /// The key.
    pub key: &'a PrivateKey,
    /// DER of the `DigestInfo` (RFC 8017 §9.2): the octets after the padding.
    pub digest_info: &'a [u8],
}

/// What is to be verified with which key.
#[derive(Clone, Copy, Debug)]
pub struct VerifyJob<'a> {
    /// The key.
    pub key: &'a PublicKey,
    /// DER of the `DigestInfo` (RFC 8017 §9.2): the octets after the padding.
    pub digest_info: &'a [u8],
    /// The signature, as long as the modulus.
    pub signature: &'a [u8],
}

/// One key pair with e = 65537 for each random number generator, drawn from it alone: the key depends on the generator,
/// the size and the search, not on what else is in the batch.
///
/// The primes are drawn from √2·2^(k−1) to 2^k, k half the length of the modulus; each passes trial division, an Euler
/// test to base 2 and as many Miller–Rabin rounds with random bases as FIPS 186-5 Table B.1 asks. They differ by more than
/// 2^(k−100), d is the inverse of e modulo LCM(p − 1, q − 1) and above 2^k, and each key passes a pairwise test.
///
/// A few dozen keys keep the lanes full; fewer are made as well, several candidates of a key at a time.
///
/// # What a generator's numbers become
/// First a second generator is drawn with [`SeedableRng::from_rng`]; the bases come from it. With [`Search::Fresh`] every
/// candidate is then drawn by [`next_u64`](rand_core::Rng::next_u64): the top word, again until it is at least
/// `0xb504_f333_f9de_6485`, and the others from the lowest on; the lowest bit is set. The first candidate that is prime and
/// not 1 modulo 65537 is one prime, the next that is and is far enough from it the other; p is the larger. Another
/// implementation that draws likewise gets the same keys.
#[must_use]
pub fn generate<R>(size: Size, search: Search, rngs: Vec<R>) -> Vec<Result<PrivateKey, Error>>
where
    R: CryptoRng + SeedableRng,
{
    engine::rsa_generate(size, search, rngs)
}

/// One RSASSA-PKCS1-v1_5 signature a job (RFC 8017 §8.2.1), as long as the modulus.
///
/// By the Chinese remainder theorem with blinded bases; each signature is verified before it is given out. `blinding` must not
/// be predictable for who can measure; signatures do not depend on it. Jobs of one size and exponent share lanes; jobs
/// of the same key one after the other share its preparation.
#[must_use]
pub fn sign<R>(jobs: &[SignJob<'_>], blinding: &mut R) -> Vec<Result<Vec<u8>, Error>>
where
    R: CryptoRng + ?Sized,
{
    engine::rsa_sign(jobs, blinding)
}

/// One answer a job (RFC 8017 §8.2.2).
#[must_use]
pub fn verify(jobs: &[VerifyJob<'_>]) -> Vec<Result<(), Error>> {
    engine::rsa_verify(jobs)
}
