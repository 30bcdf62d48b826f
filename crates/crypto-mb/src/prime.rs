//! One candidate for a prime at a time, on any processor: has it a small factor, and is 2^((n - 1)/2) ±1 modulo n, as it is
//! for every odd prime?
//!
//! The second throws nearly all composites away that are left. Doubling instead of multiplying, on numbers of a length that the compiler knows, takes
//! half the time of a general power. What passes is only probably prime (an Euler-Jacobi test without the symbol): who draws
//! keys tests it to random bases then.
//!
//! Nothing branches on the words of a candidate that passes and no address depends on them: it will be a prime of a key.

use std::sync::OnceLock;

use zeroize::Zeroizing;

/// Odd primes whose product fits into a word.
struct Group {
    product: u64,
    /// -1/product modulo 2^64.
    inverse: u64,
    primes: Vec<Divisor>,
}

/// An odd number, and what tells its multiples among the numbers of a word: times its inverse they are at most `most`, and no
/// others are.
pub(crate) struct Divisor {
    inverse: u64,
    most: u64,
}

/// Whether an odd prime below 2^16 divides a number; words from the lowest on. How long that takes tells about a number that
/// is thrown away, or that none of them does.
#[must_use]
pub fn has_small_factor<const N: usize>(n: &[u64; N]) -> bool {
    static GROUPS: OnceLock<Vec<[Group; SIDE_BY_SIDE]>> = OnceLock::new();
    let groups = GROUPS.get_or_init(groups);
    groups.iter().any(|groups| divides(groups, n))
}

/// The remainders by several products side by side, each times a power of two that takes no factor away (Montgomery).
fn divides<const N: usize>(groups: &[Group; SIDE_BY_SIDE], n: &[u64; N]) -> bool {
    let mut rests = [0u64; SIDE_BY_SIDE];
    for word in n {
        for (rest, group) in rests.iter_mut().zip(groups) {
            let (sum, carry) = word.overflowing_add(*rest);
            let (_, high) = multiplied(sum.wrapping_mul(group.inverse), group.product, sum, 0);
            // At most the product: what was added is below 2^64 + product, and the multiple below 2^64·product.
            *rest = high + u64::from(carry);
        }
    }
    let mut pairs = groups.iter().zip(rests);
    pairs.any(|(group, rest)| group.primes.iter().any(|prime| prime.divides(rest)))
}

/// The odd primes below the bound, as many in a group as go into a word.
fn groups() -> Vec<[Group; SIDE_BY_SIDE]> {
    let mut all: Vec<(u64, Vec<u64>)> = vec![(1, Vec::new())];
    let mut found: Vec<u64> = Vec::new();
    for number in (3..SIEVE_BOUND).step_by(2) {
        let mut smaller = found.iter().take_while(|prime| **prime * **prime <= number);
        if smaller.any(|prime| number % prime == 0) {
            continue;
        }
        found.push(number);
        match all.last_mut() {
            Some((product, primes)) if product.checked_mul(number).is_some() => {
                *product *= number;
                primes.push(number);
            }
            _ => all.push((number, vec![number])),
        }
    }
    let mut groups = all.into_iter().map(|(product, primes)| Group {
        product,
        inverse: negative_inverse(product),
        primes: primes.into_iter().map(Divisor::of).collect(),
    });
    let mut sides = Vec::new();
    while let Some(first) = groups.next() {
        let none = || Group {
            product: 1,
            inverse: u64::MAX,
            primes: Vec::new(),
        };
        let mut next = || groups.next().unwrap_or_else(none);
        sides.push([first, next(), next(), next()]);
    }
    sides
}

impl Divisor {
    pub(crate) const fn of(odd: u64) -> Self {
        Self {
            inverse: negative_inverse(odd).wrapping_neg(),
            most: u64::MAX / odd,
        }
    }

    pub(crate) const fn divides(&self, number: u64) -> bool {
        number.wrapping_mul(self.inverse) <= self.most
    }
}

/// Whether a number passes; words from the lowest on. It must be odd and have its topmost bit set: others do not pass.
#[must_use]
pub fn passes_base_two<const N: usize>(n: &[u64; N]) -> bool {
    let is_odd = n.first().is_some_and(|word| word & 1 == 1);
    if !is_odd || n.last().is_none_or(|word| word >> 63 == 0) {
        return false;
    }
    let one = negated(n);
    let inverse = negative_inverse(n.first().copied().unwrap_or(1));
    let mut x = one.clone();
    // The exponent is (n - 1)/2: the bits of n, from the topmost on, without the lowest, which is set.
    let words = n.iter().rev().enumerate();
    for (at, word) in words {
        let lowest = if at + 1 == N { 1 } else { 0 };
        for bit in (lowest..64).rev() {
            square(&mut x, n, inverse);
            double_if(&mut x, n, word >> bit & 1);
        }
    }
    let minus_one = subtracted(n, &one);
    is_equal(&x, &one) | is_equal(&x, &minus_one)
}

/// R - n, which is R modulo n, the Montgomery form of 1: n has its topmost bit.
fn negated<const N: usize>(n: &[u64; N]) -> Zeroizing<[u64; N]> {
    subtracted(&[0; N], n)
}

/// a - b modulo R.
fn subtracted<const N: usize>(a: &[u64; N], b: &[u64; N]) -> Zeroizing<[u64; N]> {
    let mut out = Zeroizing::new(*a);
    let mut borrow = false;
    for (word, other) in out.iter_mut().zip(b) {
        (*word, borrow) = borrowing(*word, *other, borrow);
    }
    out
}

/// -1/n modulo 2^64 for odd n: each step doubles the bits that are right, from three on.
const fn negative_inverse(n: u64) -> u64 {
    let (mut x, mut bits) = (n, 3);
    while bits < u64::BITS {
        x = x.wrapping_mul(2u64.wrapping_sub(n.wrapping_mul(x)));
        bits *= 2;
    }
    x.wrapping_neg()
}

/// x²/R modulo n (Montgomery): the whole square first, then its words from the lowest on made zero by multiples of n.
fn square<const N: usize>(x: &mut [u64; N], n: &[u64; N], inverse: u64) {
    let mut wide = Zeroizing::new([[0; N]; 2]);
    let words = wide.as_flattened_mut();
    products(words, x);
    let mut above = 0;
    for i in 0..N {
        let m = words[i].wrapping_mul(inverse);
        let mut carry = 0;
        for (word, n) in words[i..i + N].iter_mut().zip(n) {
            (*word, carry) = multiplied(m, *n, *word, carry);
        }
        (words[i + N], above) = added(words[i + N], carry, above);
    }
    *x = wide[1];
    subtract_once(x, above, n);
}

/// x², in twice as many words: the products of different words once, doubled, and the squares of each.
fn products<const N: usize>(words: &mut [u64], x: &[u64; N]) {
    for i in 0..N {
        let mut carry = 0;
        for (word, other) in words[2 * i + 1..i + N].iter_mut().zip(&x[i + 1..]) {
            (*word, carry) = multiplied(x[i], *other, *word, carry);
        }
        words[i + N] = carry;
    }
    let (mut above, mut carry) = (0, 0);
    for (word, pair) in x.iter().zip(words.chunks_exact_mut(2)) {
        let (low, high) = multiplied(*word, *word, 0, 0);
        let doubled = [pair[0] << 1 | above, pair[1] << 1 | pair[0] >> 63];
        above = pair[1] >> 63;
        (pair[0], carry) = added(doubled[0], low, carry);
        (pair[1], carry) = added(doubled[1], high, carry);
    }
}

/// 2x modulo n where the bit is set.
fn double_if<const N: usize>(x: &mut [u64; N], n: &[u64; N], bit: u64) {
    let mask = bit.wrapping_neg();
    let mut above = 0;
    for word in x.iter_mut() {
        let doubled = *word << 1 | above;
        above = *word >> 63 & mask;
        *word ^= (*word ^ doubled) & mask;
    }
    subtract_once(x, above, n);
}

/// Subtracts n once where the number, with this word above its topmost, is not below it.
fn subtract_once<const N: usize>(x: &mut [u64; N], above: u64, n: &[u64; N]) {
    let mut less = Zeroizing::new([0; N]);
    let mut borrow = false;
    for (out, (word, n)) in less.iter_mut().zip(x.iter().zip(n)) {
        (*out, borrow) = borrowing(*word, *n, borrow);
    }
    let (_, is_less) = borrowing(above, 0, borrow);
    let keep = u64::from(is_less).wrapping_neg();
    for (word, less) in x.iter_mut().zip(less.iter()) {
        *word = *word & keep | less & !keep;
    }
}

fn is_equal<const N: usize>(a: &[u64; N], b: &[u64; N]) -> bool {
    let differing = a.iter().zip(b).fold(0, |bits, (a, b)| bits | (a ^ b));
    differing == 0
}

/// a - b - borrow, and whether it went below zero.
fn borrowing(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (less, first) = a.overflowing_sub(b);
    let (less, second) = less.overflowing_sub(u64::from(borrow));
    (less, first | second)
}

/// a·b + c + d, low word first; it has no more than two words.
fn multiplied(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    words(u128::from(a) * u128::from(b) + u128::from(c) + u128::from(d))
}

fn added(a: u64, b: u64, c: u64) -> (u64, u64) {
    words(u128::from(a) + u128::from(b) + u128::from(c))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "each half of 128 bits is taken by itself"
)]
fn words(wide: u128) -> (u64, u64) {
    (wide as u64, (wide >> 64) as u64)
}

/// Remainders that a processor works at together: one waits for its products most of the time.
const SIDE_BY_SIDE: usize = 4;
/// Dividing by more primes costs about what it saves.
const SIEVE_BOUND: u64 = 1 << 16;

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use rand_chacha::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    use super::*;

    /// The same by another way: a power of num-bigint.
    fn euler<const N: usize>(n: &[u64; N]) -> bool {
        let octets: Vec<u8> = n.iter().flat_map(|word| word.to_le_bytes()).collect();
        let (n, one) = (BigUint::from_bytes_le(&octets), BigUint::from(1u8));
        let power = BigUint::from(2u8).modpow(&((&n - &one) >> 1u8), &n);
        power == one || power == n - one
    }

    fn random<const N: usize>(rng: &mut ChaCha20Rng) -> [u64; N] {
        let mut n = [0; N];
        n.iter_mut().for_each(|word| *word = rng.next_u64());
        n[0] |= 1;
        n[N - 1] |= 1 << 63;
        n
    }

    #[test]
    fn what_passes_is_what_eulers_criterion_says() {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let mut passed = 0;
        for _ in 0..2_000 {
            let n = random::<2>(&mut rng);
            assert_eq!(passes_base_two(&n), euler(&n), "{n:x?}");
            passed += u32::from(passes_base_two(&n));
        }
        assert!(passed > 20, "{passed} of 2,000 numbers of 128 bits");
        for n in [[u64::MAX; 16], [1; 16].map(|word: u64| word << 63 | 1)] {
            assert_eq!(passes_base_two(&n), euler(&n));
        }
        for _ in 0..200 {
            let n = random::<1>(&mut rng);
            assert_eq!(passes_base_two(&n), euler(&n), "{n:x?}");
        }
    }

    #[test]
    fn numbers_with_a_small_factor_are_found() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let mut without = 0;
        for _ in 0..500 {
            let n = random::<4>(&mut rng);
            let octets: Vec<u8> = n.iter().flat_map(|word| word.to_le_bytes()).collect();
            let number = BigUint::from_bytes_le(&octets);
            let has = (3u32..1 << 16)
                .step_by(2)
                .any(|odd| &number % odd == BigUint::ZERO);
            assert_eq!(has_small_factor(&n), has, "{n:x?}");
            without += u32::from(!has);
        }
        // Mertens: 2·e^-γ/ln 2^16 of the odd numbers have none, a tenth.
        assert!((30..70).contains(&without), "{without} of 500");
        // The largest prime that is looked for, the one after it, and products of many of them.
        assert!(has_small_factor(&[65_521]) && !has_small_factor(&[65_537]));
        assert!(has_small_factor(&[u64::MAX; 16]) && has_small_factor(&[0; 16]));
    }

    #[test]
    fn long_primes_pass() {
        fn holds<const N: usize>(rng: &mut ChaCha20Rng) {
            let found = (0..20_000).map(|_| random::<N>(rng)).find(passes_base_two);
            assert!(euler(&found.unwrap()), "{found:x?}");
        }
        let mut rng = ChaCha20Rng::seed_from_u64(11);
        holds::<16>(&mut rng);
        holds::<24>(&mut rng);
    }

    /// 2^64 - 59 is prime; 2^64 - 1 = 3·5·17·257·641·65537·6700417 is not.
    #[test]
    fn known_numbers_pass_and_fail() {
        assert!(passes_base_two(&[u64::MAX - 58]));
        assert!(!passes_base_two(&[u64::MAX]));
        // 2^127 - 1 lacks the topmost bit; 2^128 - 159 is the largest prime below 2^128.
        assert!(passes_base_two(&[u64::MAX - 158, u64::MAX]));
        assert!(!passes_base_two(&[u64::MAX - 156, u64::MAX]));
        // 7 is prime and lacks the topmost bit, 2^63 is even, and there is no number in no words.
        assert!(!passes_base_two(&[7]) && !passes_base_two(&[1 << 63]) && !passes_base_two(&[]));
    }
}
