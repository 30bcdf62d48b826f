//! Where one key's candidates come from: its own generator, in an order of its own.

use std::collections::VecDeque;

use rand_core::{CryptoRng, SeedableRng};
use zeroize::Zeroizing;

use super::sieve::{PASSES, Sieve, WINDOW};
use crate::lanes::num::Num;
use crate::lanes::simd::LANES;
use crate::prime::Divisor;
use crate::rsa::Search;

/// A number of half the length of a modulus.
pub(super) type Candidate = Zeroizing<Vec<u64>>;

/// ⌈√2·2^63⌉: a prime whose top word is no less is above √2·2^(k−1) (FIPS 186-5 A.1.3 step 4.4).
const LEAST_TOP: u64 = 0xb504_f333_f9de_6485;

/// The odd primes below 2^6 that divide 2^60 − 1.
const TINY: [Divisor; 8] = [
    Divisor::of(3),
    Divisor::of(5),
    Divisor::of(7),
    Divisor::of(11),
    Divisor::of(13),
    Divisor::of(31),
    Divisor::of(41),
    Divisor::of(61),
];

/// The candidates of one key.
pub(super) struct Source<R> {
    search: Search,
    words: usize,
    rng: R,
    /// Where bases of Miller–Rabin come from, so that how many are drawn does not change the candidates.
    bases: R,
    /// Drawn, and through the sieve's first passes: one, two, … of them.
    partly: [VecDeque<Candidate>; PASSES - 1],
    /// Without small factors. The windowed search has a queue for each prime.
    ready: [VecDeque<Candidate>; 2],
}

impl<R: CryptoRng + SeedableRng> Source<R> {
    /// For primes of `words` words.
    pub(super) fn new(search: Search, words: usize, mut rng: R) -> Self {
        Self {
            search,
            words,
            bases: R::from_rng(&mut rng),
            rng,
            partly: [const { VecDeque::new() }; PASSES - 1],
            ready: [VecDeque::new(), VecDeque::new()],
        }
    }

    /// The next candidate for the first (0) or second (1) prime.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn next<const P: usize>(&mut self, prime: usize, sieve: &Sieve) -> Candidate {
        let queue = match self.search {
            Search::Fresh => 0,
            Search::Windowed => prime,
        };
        loop {
            if let Some(candidate) = self.ready[queue].pop_front() {
                return candidate;
            }
            match self.search {
                Search::Fresh => self.refill_fresh::<P>(sieve),
                Search::Windowed => self.refill_windows::<P>(sieve),
            }
        }
    }

    /// Whether a candidate that was drawn for one prime may become another: a window gives one prime only.
    pub(super) fn serves(&self, meant_for: usize, prime: usize) -> bool {
        match self.search {
            Search::Fresh => true,
            Search::Windowed => meant_for == prime,
        }
    }

    /// More candidates without small factors.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn refill_fresh<const P: usize>(&mut self, sieve: &Sieve) {
        let passed = self.pass::<P>(sieve, PASSES - 1);
        self.ready[0].extend(passed);
    }

    /// What a pass of the sieve leaves of the next eight candidates before it: passes throw many away, and the lanes of each are full.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn pass<const P: usize>(&mut self, sieve: &Sieve, pass: usize) -> Vec<Candidate> {
        let eight: Vec<_> = match pass.checked_sub(1) {
            None => (0..LANES).map(|_| self.draw_sifted()).collect(),
            Some(earlier) => {
                while self.partly[earlier].len() < LANES {
                    let passed = self.pass::<P>(sieve, earlier);
                    self.partly[earlier].extend(passed);
                }
                self.partly[earlier].drain(..LANES).collect()
            }
        };
        let alive = sieve.coprime(&*numbers::<P>(&eight), sieve.groups(pass));
        survivors(eight, alive).collect()
    }

    /// A window for each prime that has none left, in drawn order.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn refill_windows<const P: usize>(&mut self, sieve: &Sieve) {
        let empty: Vec<_> = (0..2).filter(|i| self.ready[*i].is_empty()).collect();
        let starts: Vec<_> = empty.iter().map(|_| self.draw()).collect();
        let windows = Zeroizing::new(sieve.window(&*numbers::<P>(&starts)));
        for ((queue, start), window) in empty.into_iter().zip(starts).zip(windows.iter()) {
            let offsets = (0..WINDOW).filter(|i| window[i / 64] >> (i % 64) & 1 == 1);
            let mut offsets: Zeroizing<Vec<usize>> = Zeroizing::new(offsets.collect());
            for last in (1..offsets.len()).rev() {
                let other = self.index(last as u32 + 1);
                offsets.swap(last, other);
            }
            let candidates = offsets.iter().filter_map(|i| plus(&start, 2 * *i as u64));
            self.ready[queue].extend(candidates);
        }
    }

    /// An odd number from √2·2^(k−1) up, all equally likely.
    fn draw(&mut self) -> Candidate {
        let mut words = Zeroizing::new(vec![0; self.words]);
        self.draw_into(&mut words);
        words
    }

    /// An odd number from √2·2^(k−1) up without a tiny factor, all equally likely.
    fn draw_sifted(&mut self) -> Candidate {
        let mut words = Zeroizing::new(vec![0; self.words]);
        loop {
            self.draw_into(&mut words);
            if !has_tiny_factor(&words) {
                return words;
            }
        }
    }

    fn draw_into(&mut self, words: &mut [u64]) {
        let mut top = 0;
        while top < LEAST_TOP {
            top = self.rng.next_u64();
        }
        for word in &mut words[..self.words - 1] {
            *word = self.rng.next_u64();
        }
        words[0] |= 1;
        words[self.words - 1] = top;
    }

    /// A number below `bound`, all equally likely.
    fn index(&mut self, bound: u32) -> usize {
        // The greatest multiple of the bound: what is not below it would favour small numbers.
        let end = (1u64 << 32) / u64::from(bound) * u64::from(bound);
        loop {
            let drawn = u64::from(self.rng.next_u32());
            if drawn < end {
                return (drawn % u64::from(bound)) as usize;
            }
        }
    }

    /// A base of Miller–Rabin for a number, all residues but zero equally likely.
    pub(super) fn base(&mut self, modulus: &[u64]) -> Candidate {
        let mut words = Zeroizing::new(vec![0; self.words]);
        loop {
            for word in words.iter_mut() {
                *word = self.bases.next_u64();
            }
            let below = crate::words::less(&words, modulus);
            if bool::from(below) && words.iter().any(|word| *word != 0) {
                return words;
            }
        }
    }
}

/// Whether 3, 5, 7, 11, 13, 31, 41 or 61 divides a number of at most 32 words, as one of them does two of three odd numbers.
///
/// They divide 2^60 − 1, modulo which 2^64 is 2^4: a word counts 2^(4·i) times, and 2^60 times is once.
fn has_tiny_factor(words: &[u64]) -> bool {
    debug_assert!(words.len() <= 32);
    let terms = words.iter().zip((0..60).step_by(4).cycle());
    let sum: u128 = terms.map(|(word, shift)| u128::from(*word) << shift).sum();
    let mask = (1 << 60) - 1;
    // Below 2^125, so below 2^66 and then below 2^62.
    let once = (sum & mask) + (sum >> 60);
    let rest = ((once & mask) + (once >> 60)) as u64;
    // Most numbers have such a factor, and which of the eight it is nobody can foretell: asking all is cheaper than a wrong guess.
    TINY.iter()
        .fold(false, |found, prime| found | prime.divides(rest))
}

/// The sum, if it is not longer.
fn plus(x: &[u64], offset: u64) -> Option<Candidate> {
    let mut sum = Zeroizing::new(crate::words::mul_add_small(x, 1, offset));
    (sum.pop() == Some(0)).then_some(sum)
}

/// In lanes; lanes beyond the slice repeat the last.
pub(super) fn numbers<const P: usize>(candidates: &[Candidate]) -> Zeroizing<Num<P>> {
    let mut out = Zeroizing::new(Num::ZERO);
    for lane in 0..LANES {
        out.set_lane(lane, &candidates[lane.min(candidates.len() - 1)]);
    }
    out
}

/// Those of the lanes.
fn survivors(candidates: Vec<Candidate>, lanes: u8) -> impl Iterator<Item = Candidate> {
    let numbered = candidates.into_iter().enumerate();
    numbered.filter_map(move |(lane, candidate)| (lanes >> lane & 1 == 1).then_some(candidate))
}

#[cfg(test)]
mod tests {
    use num_bigint::BigUint;
    use rand_chacha::ChaCha20Rng;
    use rand_core::Rng;

    use super::*;

    #[test]
    fn tiny_factors_are_found_and_no_others() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for (round, length) in [1, 15, 16, 17, 24, 31, 32]
            .into_iter()
            .cycle()
            .take(700)
            .enumerate()
        {
            let mut words: Vec<u64> = (0..length).map(|_| rng.next_u64()).collect();
            if round % 3 == 0 {
                words.fill(u64::MAX - round as u64);
            }
            let number = BigUint::from_bytes_be(&crate::words::to_be(&words));
            let divides = |prime: &u32| number.clone() % *prime == BigUint::ZERO;
            let expected = [3, 5, 7, 11, 13, 31, 41, 61].iter().any(divides);
            assert_eq!(has_tiny_factor(&words), expected, "{words:x?}");
        }
    }
}
