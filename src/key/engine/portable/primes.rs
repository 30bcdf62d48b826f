//! The primes of an RSA key, drawn in the one order that every engine keeps.
//!
//! FIPS 186-5 A.1.3 with a fresh number for each candidate. Of the key's generator first a second generator is drawn, which
//! gives the bases of the Miller-Rabin rounds, so that their number does not shift the candidates. Then each candidate is
//! drawn in words of 64 bits: the topmost, again until it is at least √2·2^63, then the others from the lowest on; the
//! lowest bit is set. The first candidate that is prime and not 1 modulo 65537 is one prime, the next that lies far enough
//! from it the other. How a composite is recognised has no part in it.

use std::sync::OnceLock;

use crypto_bigint::{BoxedUint, Limb, NonZero, Odd, Reciprocal, Word};
#[cfg(feature = "lanes")]
use crypto_mb::prime;
use crypto_primes::Flavor;
use crypto_primes::fips::{FipsOptions, is_prime};
use crypto_primes::hazmat::MillerRabin;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

/// Both primes of a key with a modulus of `bits` bits, the larger first.
pub(super) fn draw(bits: u32, rng: &mut ChaCha20Rng) -> [Zeroizing<BoxedUint>; 2] {
    let mut bases = ChaCha20Rng::from_rng(rng);
    let first = draw_one(bits / 2, rng, &mut bases);
    let second = loop {
        let found = draw_one(bits / 2, rng, &mut bases);
        if distant(&first, &found) {
            break found;
        }
    };
    if *first > *second {
        [first, second]
    } else {
        [second, first]
    }
}

fn draw_one(bits: u32, rng: &mut ChaCha20Rng, bases: &mut ChaCha20Rng) -> Zeroizing<BoxedUint> {
    let rounds = FipsOptions::with_mr_iterations(rounds(bits));
    loop {
        let candidate = candidate(bits, rng);
        if is_likely(&candidate)
            && candidate.rem_limb(F4) != Limb::ONE
            && is_prime(bases, Flavor::Any, &*candidate, rounds)
        {
            return candidate;
        }
    }
}

/// An odd number from √2·2^(k - 1) up (FIPS 186-5 A.1.3 step 4.4), all equally likely; k is `bits`, a multiple of 64.
fn candidate(bits: u32, rng: &mut ChaCha20Rng) -> Zeroizing<BoxedUint> {
    let mut top = 0;
    while top < LEAST_TOP {
        top = rng.next_u64();
    }
    let below = (1..bits / 64).flat_map(|_| rng.next_u64().to_le_bytes());
    let mut octets: Zeroizing<Vec<u8>> = Zeroizing::new(below.collect());
    octets.extend(top.to_le_bytes());
    if let Some(lowest) = octets.first_mut() {
        *lowest |= 1;
    }
    octets.reverse();
    Zeroizing::new(BoxedUint::from_be_slice_vartime(&octets))
}

/// Without a small factor, and past a test to base 2, which hardly any composite passes: the random bases are for what is left.
fn is_likely(candidate: &BoxedUint) -> bool {
    quickly(candidate).unwrap_or_else(|| {
        let odd = || Odd::new(candidate.clone()).into_option();
        let passes = |odd| MillerRabin::new(odd).test_base_two().is_probably_prime();
        !has_small_factor(candidate) && odd().is_some_and(passes)
    })
}

/// The same where there is arithmetic for numbers of this length.
#[cfg(feature = "lanes")]
fn quickly(candidate: &BoxedUint) -> Option<bool> {
    fn both<const N: usize>(candidate: &BoxedUint) -> Option<bool> {
        let words = words::<N>(candidate)?;
        Some(!prime::has_small_factor(&words) && prime::passes_base_two(&words))
    }
    match candidate.bits_precision() {
        1024 => both::<16>(candidate),
        1536 => both::<24>(candidate),
        2048 => both::<32>(candidate),
        _ => None,
    }
}

#[cfg(not(feature = "lanes"))]
fn quickly(_: &BoxedUint) -> Option<bool> {
    None
}

/// The words of a number, from the lowest on; nothing where it has not so many.
#[cfg(feature = "lanes")]
fn words<const N: usize>(number: &BoxedUint) -> Option<Zeroizing<[u64; N]>> {
    let octets = Zeroizing::new(number.to_le_bytes());
    let (chunks, rest) = octets.as_chunks::<8>();
    if chunks.len() != N || !rest.is_empty() {
        return None;
    }
    let mut words = Zeroizing::new([0; N]);
    for (word, chunk) in words.iter_mut().zip(chunks) {
        *word = u64::from_le_bytes(*chunk);
    }
    Some(words)
}

/// Miller-Rabin rounds for primes of an RSA modulus (FIPS 186-5 Table B.1: an error of 2^-112 for 1024 bits, 2^-128 for
/// 1536 and 2^-144 for 2048).
fn rounds(prime_bits: u32) -> usize {
    if prime_bits >= 1536 { 4 } else { 5 }
}

/// FIPS 186-5 A.1.3 step 5.4: |p - q| > 2^(k - 100). It is asked to be one bit longer than it must be, as the lanes ask.
fn distant(p: &BoxedUint, q: &BoxedUint) -> bool {
    let (large, small) = if p > q { (p, q) } else { (q, p) };
    let difference = Zeroizing::new(large.wrapping_sub(small));
    difference.bits() > p.bits_precision() - 99
}

/// Primes whose product fits into a word, and what divides by it.
struct Group {
    product: Reciprocal,
    primes: Vec<Word>,
}

/// Whether one of the small primes divides a number. How long that takes tells about a number that is thrown away, or that
/// none of them does.
fn has_small_factor(candidate: &BoxedUint) -> bool {
    static GROUPS: OnceLock<Vec<Group>> = OnceLock::new();
    GROUPS.get_or_init(groups).iter().any(|group| {
        let rest = candidate.rem_limb_with_reciprocal(&group.product).0;
        group.primes.iter().any(|prime| rest.is_multiple_of(*prime))
    })
}

/// The odd primes below the bound, as many in a group as go into a word.
fn groups() -> Vec<Group> {
    let mut groups = Vec::new();
    let mut product: Word = 1;
    let mut primes: Vec<Word> = Vec::new();
    let mut found: Vec<Word> = Vec::new();
    for number in (3..SIEVE_BOUND).step_by(2) {
        let mut smaller = found.iter().take_while(|prime| **prime * **prime <= number);
        if smaller.any(|prime| number % prime == 0) {
            continue;
        }
        found.push(number);
        match product.checked_mul(number) {
            Some(larger) => product = larger,
            None => {
                groups.extend(group(product, std::mem::take(&mut primes)));
                product = number;
            }
        }
        primes.push(number);
    }
    groups.extend(group(product, primes));
    groups
}

fn group(product: Word, primes: Vec<Word>) -> Option<Group> {
    let product = Reciprocal::new(NonZero::new(Limb(product)).into_option()?);
    Some(Group { product, primes })
}

/// ⌈√2·2^63⌉.
const LEAST_TOP: u64 = 0xB504_F333_F9DE_6485;
/// Dividing by more primes costs about what it saves.
const SIEVE_BOUND: Word = 1 << 15;
const F4: NonZero<Limb> = NonZero::<Limb>::new_unwrap(Limb(65_537));
