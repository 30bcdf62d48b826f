//! Where one key's candidates come from: its own generator, in an order of its own.

use std::collections::VecDeque;

use rand_core::{CryptoRng, SeedableRng};
use zeroize::Zeroizing;

use super::sieve::{Sieve, WINDOW};
use crate::lanes::num::Num;
use crate::lanes::simd::LANES;
use crate::rsa::Search;

/// A number of half the length of a modulus.
pub(super) type Candidate = Zeroizing<Vec<u64>>;

/// ⌈√2·2^63⌉: a prime whose top word is no less is above √2·2^(k−1) (FIPS 186-5 A.1.3 step 4.4).
const LEAST_TOP: u64 = 0xb504_f333_f9de_6485;

/// The candidates of one key.
pub(super) struct Source<R> {
    search: Search,
    words: usize,
    rng: R,
    /// Where bases of Miller–Rabin come from, so that how many are drawn does not change the candidates.
    bases: R,
    /// Drawn, and through the first pass of the sieve.
    partly: VecDeque<Candidate>,
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
            partly: VecDeque::new(),
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

    /// Two passes of the sieve, so that the second has full lanes again.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn refill_fresh<const P: usize>(&mut self, sieve: &Sieve) {
        while self.partly.len() < LANES {
            let drawn: Vec<_> = (0..LANES).map(|_| self.draw()).collect();
            let alive = sieve.coprime(&*numbers::<P>(&drawn), 0, sieve.first());
            self.partly.extend(survivors(drawn, alive));
        }
        let partly: Vec<_> = self.partly.drain(..LANES).collect();
        let alive = sieve.coprime(&*numbers::<P>(&partly), sieve.first(), sieve.len());
        self.ready[0].extend(survivors(partly, alive));
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
        let mut top = 0;
        while top < LEAST_TOP {
            top = self.rng.next_u64();
        }
        for word in &mut words[..self.words - 1] {
            *word = self.rng.next_u64();
        }
        words[0] |= 1;
        words[self.words - 1] = top;
        words
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
