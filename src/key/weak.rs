//! RSA keys that anyone can break: found before a certificate is issued for them.
//!
//! Each test is cheap beside the proof of possession that comes before it, and none of them proves a key strong.

use std::fmt;

use rayon::prelude::*;

use crate::key::public::{KeyIdentifier, PublicKey, bits};

use self::limbs::OddModulus;

pub use self::seen::Seen;

mod fermat;
mod gcd;
mod limbs;
mod residues;
mod seen;
mod shared;

/// Why a public key is unfit to be certified.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Weakness {
    /// The primes lie so close that Fermat's method finds them within 100 steps.
    ClosePrimes,
    /// No private exponent belongs to an even public one.
    EvenExponent,
    /// One prime is 2.
    EvenModulus,
    /// The modulus carries the fingerprint of the library behind CVE-2017-15361 (ROCA): modulo each odd prime up to 167
    /// it is a power of 65537. One sound key in 240 million does so by chance.
    Roca,
    /// The modulus has a prime in common with that of another key in the slice, so both fall to one division.
    SharedFactor {
        /// Where the other key stands in the slice.
        other: usize,
    },
    /// The modulus has a prime in common with that of a key in an earlier slice, so both fall to one division.
    SharedWithEarlier {
        /// The earlier key.
        key: KeyIdentifier,
    },
    /// The public exponent lies below 65537, the least that FIPS 186-5 A.1.1 allows.
    SmallExponent {
        /// The exponent.
        found: u32,
    },
    /// A prime below 65536 divides the modulus.
    SmallFactor {
        /// The least such prime.
        factor: u32,
    },
    /// The modulus is too long to be looked at, and too long to be used.
    Unexamined {
        /// Bits of the modulus.
        actual_bits: u32,
        /// The most that are looked at.
        max_bits: u32,
    },
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ClosePrimes => f.write_str("the primes of the RSA modulus lie too close"),
            Self::EvenExponent => f.write_str("the RSA exponent is even"),
            Self::EvenModulus => f.write_str("the RSA modulus is even"),
            Self::Roca => f.write_str("the RSA modulus has the ROCA fingerprint (CVE-2017-15361)"),
            Self::SharedFactor { other } => {
                write!(f, "the RSA modulus shares a prime with that of key {other}")
            }
            Self::SharedWithEarlier { key } => {
                write!(
                    f,
                    "the RSA modulus shares a prime with that of the earlier key {key}"
                )
            }
            Self::SmallExponent { found } => {
                write!(f, "RSA exponent {found}, at least 65537 is required")
            }
            Self::SmallFactor { factor } => write!(f, "{factor} divides the RSA modulus"),
            Self::Unexamined {
                actual_bits,
                max_bits,
            } => write!(
                f,
                "RSA modulus of {actual_bits} bits, at most {max_bits} are examined"
            ),
        }
    }
}

/// Looks at a slice of keys; for each key, in order, all that is wrong with it. Keys other than RSA have none of these
/// weaknesses.
///
/// Keys are compared with each other too, and a modulus that stands in two rows is no shared factor. That part grows
/// with the square of the slice: each pair of RSA-2048 keys costs some 1,000 multiplications of 64 bits, so slices of a few
/// hundred keys are cheap and slices past ten thousand are not.
#[must_use]
pub fn weaknesses(keys: &[&PublicKey]) -> Vec<Vec<Weakness>> {
    weaknesses_after(keys, &mut Seen::default())
}

/// As [`weaknesses`] for the next slice of a job: its keys are compared with those of the slices before too, as far as
/// these are remembered, and are remembered themselves.
///
/// Whoever was looked at before a partner came was found sound; only the later key has the weakness told.
#[must_use]
pub fn weaknesses_after(keys: &[&PublicKey], seen: &mut Seen) -> Vec<Vec<Weakness>> {
    let moduli: Vec<Option<OddModulus>> = keys.iter().map(|key| odd_modulus(key)).collect();
    let shared = shared::partners(&moduli);
    let earlier = seen.partners(&moduli);
    seen.remember(keys, &moduli);
    keys.par_iter()
        .zip(&moduli)
        .zip(shared.into_par_iter().zip(earlier))
        .map(|((key, modulus), (shared, earlier))| {
            let mut found = one(key, modulus.as_ref(), &shared);
            found.extend(earlier.map(|key| Weakness::SharedWithEarlier { key }));
            found
        })
        .collect()
}

fn one(key: &PublicKey, odd: Option<&OddModulus>, shared: &shared::Verdict) -> Vec<Weakness> {
    let (Some(modulus), Some(exponent)) = (key.rsa_modulus(), key.rsa_exponent()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    found.extend(exponent_weakness(exponent));
    let actual_bits = bits(modulus);
    if actual_bits > MAX_BITS {
        found.push(Weakness::Unexamined {
            actual_bits,
            max_bits: MAX_BITS,
        });
        return found;
    }
    let Some(odd) = odd else {
        found.push(Weakness::EvenModulus);
        return found;
    };
    if residues::has_roca_fingerprint(odd.limbs()) {
        found.push(Weakness::Roca);
    }
    if fermat::primes_are_close(odd.limbs()) {
        found.push(Weakness::ClosePrimes);
    }
    found.extend(
        shared
            .small_factor
            .map(|factor| Weakness::SmallFactor { factor }),
    );
    found.extend(shared.other.map(|other| Weakness::SharedFactor { other }));
    found
}

/// FIPS 186-5 A.1.1: the exponent is odd and 2^16 < e.
fn exponent_weakness(exponent: &[u8]) -> Option<Weakness> {
    if exponent.last().is_none_or(|octet| octet & 1 == 0) {
        return Some(Weakness::EvenExponent);
    }
    if exponent.len() > 4 {
        return None;
    }
    let found = exponent
        .iter()
        .fold(0, |number, octet| number << 8 | u32::from(*octet));
    (found < 65_537).then_some(Weakness::SmallExponent { found })
}

fn odd_modulus(key: &PublicKey) -> Option<OddModulus> {
    let modulus = key.rsa_modulus()?;
    if bits(modulus) > MAX_BITS {
        return None;
    }
    OddModulus::new(limbs::from_be_bytes(modulus))
}

/// The engines do not verify with more either.
const MAX_BITS: u32 = 8192;

#[cfg(test)]
pub(in crate::key) mod tests;
