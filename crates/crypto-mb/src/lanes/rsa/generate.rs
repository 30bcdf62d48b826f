//! Bulk generation: the lanes of a test are filled from as many keys as there are, and from several candidates of a
//! key when there are fewer.
//!
//! What a key becomes follows from the order of its own candidates: the first that passes is one prime, the next the other. Tests
//! of candidates ahead of a prime's discovery are not lost, as the other prime is searched for in what follows.

use std::collections::VecDeque;
use std::sync::OnceLock;

use rand_core::{CryptoRng, SeedableRng};

use super::assemble::assemble;
use super::prime;
use super::sieve::Sieve;
use super::source::{Candidate, Source, numbers};
use crate::error::Error;
use crate::lanes::exp::Powers;
use crate::lanes::mont::Modulus;
use crate::lanes::simd::LANES;
use crate::rsa::{PrivateKey, Search, Size};
use crate::words;

/// A candidate that passed the filter.
struct Passed {
    number: Candidate,
    /// Rounds of Miller–Rabin that it must still pass.
    rounds: u32,
    failed: bool,
}

/// The search of one key.
struct Progress<R> {
    row: usize,
    source: Source<R>,
    passed: Vec<Passed>,
}

impl<R> Progress<R> {
    /// Both primes are there, certainly or all but certainly.
    fn is_full(&self) -> bool {
        self.passed.len() == 2
    }

    fn is_done(&self) -> bool {
        self.is_full() && self.passed.iter().all(|passed| passed.rounds == 0)
    }
}

/// A round of Miller–Rabin to be done, of prime `prime` of key `key`.
struct Round {
    key: usize,
    prime: usize,
    number: Candidate,
    base: Candidate,
}

/// The work on a batch.
struct Batch<R, const P: usize> {
    sieve: &'static Sieve,
    prime_bits: u32,
    keys: Vec<Progress<R>>,
    rounds: VecDeque<Round>,
    powers: Box<Powers<P>>,
}

/// Generates one key for each generator.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn generate<R, const P: usize, const N: usize>(
    size: Size,
    search: Search,
    rngs: Vec<R>,
) -> Vec<Result<PrivateKey, Error>>
where
    R: CryptoRng + SeedableRng,
{
    let mut out: Vec<_> = rngs.iter().map(|_| Err(Error::Random)).collect();
    let start = |(row, rng)| Progress {
        row,
        source: Source::new(search, size.words() / 2, rng),
        passed: Vec::new(),
    };
    let mut batch = Batch::<R, P> {
        sieve: sieve(size, search),
        prime_bits: size.bits() / 2,
        keys: rngs.into_iter().enumerate().map(start).collect(),
        rounds: VecDeque::new(),
        powers: Powers::new(),
    };
    while !batch.keys.is_empty() {
        batch.step();
        let done = batch.keys.iter().filter(|key| key.is_done()).count();
        if done >= LANES || done == batch.keys.len() {
            let pairs = batch.take_done();
            for pairs in pairs.chunks(LANES) {
                let made = assemble::<P, N>(size, pairs, &mut batch.powers);
                for ((row, _), key) in pairs.iter().zip(made) {
                    out[*row] = key;
                }
            }
        }
    }
    out
}

impl<R: CryptoRng + SeedableRng, const P: usize> Batch<R, P> {
    /// One test of eight: the filter while there is a key that wants candidates and no eight rounds have gathered.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn step(&mut self) {
        if self.rounds.len() < LANES {
            let candidates = self.candidates();
            if !candidates.is_empty() {
                self.filter(candidates);
                return;
            }
        }
        self.confirm();
    }

    /// Candidates for eight lanes, of the first keys that want any.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn candidates(&mut self) -> Vec<(usize, usize, Candidate)> {
        let wanting = self
            .keys
            .iter_mut()
            .enumerate()
            .filter(|(_, key)| !key.is_full());
        let mut wanting: Vec<_> = wanting.take(LANES).collect();
        let mut out = Vec::with_capacity(LANES);
        while out.len() < LANES && !wanting.is_empty() {
            for (i, key) in wanting.iter_mut().take(LANES - out.len()) {
                let prime = key.passed.len();
                out.push((*i, prime, key.source.next::<P>(prime, self.sieve)));
            }
        }
        out
    }

    /// Drops what fails Euler's test, and draws the rounds of the rest.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn filter(&mut self, candidates: Vec<(usize, usize, Candidate)>) {
        let (places, drawn): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .map(|(key, prime, number)| ((key, prime), number))
            .unzip();
        let m = Modulus::new(&*numbers::<P>(&drawn), self.prime_bits);
        let passed = prime::euler(&m, &mut self.powers.scratch);
        for (lane, ((i, meant_for), number)) in places.into_iter().zip(drawn).enumerate() {
            if passed >> lane & 1 == 1 {
                self.admit(i, meant_for, number);
            }
        }
    }

    /// Takes a number as a prime of a key, if it may be one.
    fn admit(&mut self, i: usize, meant_for: usize, number: Candidate) {
        let key = &mut self.keys[i];
        let prime = key.passed.len();
        let usable = match key.passed.first() {
            None => true,
            Some(_) if key.is_full() => false,
            Some(first) => key.source.serves(meant_for, prime) && distant(&first.number, &number),
        };
        if !usable {
            return;
        }
        let rounds = prime::rounds(self.prime_bits);
        for _ in 0..rounds {
            self.rounds.push_back(Round {
                key: key.row,
                prime,
                base: key.source.base(&number),
                number: number.clone(),
            });
        }
        let failed = false;
        key.passed.push(Passed {
            number,
            rounds,
            failed,
        });
    }

    /// Up to eight rounds of Miller–Rabin.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn confirm(&mut self) {
        let count = self.rounds.len().min(LANES);
        let rounds: Vec<_> = self.rounds.drain(..count).collect();
        let moduli: Vec<_> = rounds.iter().map(|round| round.number.clone()).collect();
        let bases: Vec<_> = rounds.iter().map(|round| round.base.clone()).collect();
        let m = Modulus::new(&*numbers::<P>(&moduli), self.prime_bits);
        let passed = prime::miller_rabin(&m, &numbers(&bases), &mut self.powers);
        for (lane, round) in rounds.iter().enumerate() {
            let Some(key) = self.keys.iter_mut().find(|key| key.row == round.key) else {
                continue;
            };
            let prime = &mut key.passed[round.prime];
            prime.rounds -= 1;
            prime.failed |= passed >> lane & 1 == 0;
        }
        self.drop_failed();
    }

    /// A key with a failed prime searches on. The other one stays: it is as good as before.
    fn drop_failed(&mut self) {
        for key in &mut self.keys {
            let settled = key.passed.iter().all(|passed| passed.rounds == 0);
            if settled {
                key.passed.retain(|passed| !passed.failed);
            }
        }
    }

    /// The pairs of the keys that are done, with their rows.
    fn take_done(&mut self) -> Vec<(usize, [Candidate; 2])> {
        let all = core::mem::take(&mut self.keys);
        let (done, left): (Vec<_>, Vec<_>) = all.into_iter().partition(Progress::is_done);
        self.keys = left;
        let pair = |key: Progress<R>| {
            let mut numbers = key.passed.into_iter().map(|passed| passed.number);
            Some((key.row, [numbers.next()?, numbers.next()?]))
        };
        done.into_iter().filter_map(pair).collect()
    }
}

/// FIPS 186-5 A.1.3 step 5.4: |p − q| > 2^(k − 100). Asked of the top words, to be one more bit apart.
fn distant(p: &[u64], q: &[u64]) -> bool {
    let mut difference = zeroize::Zeroizing::new(p.to_vec());
    if words::sub_assign(&mut difference, q) == 1 {
        *difference = q.to_vec();
        words::sub_assign(&mut difference, p);
    }
    words::bits(&difference) > 64 * p.len() as u32 - 99
}

/// The small primes for a size and a search, computed once.
fn sieve(size: Size, search: Search) -> &'static Sieve {
    static SIEVES: [OnceLock<Sieve>; 6] = [const { OnceLock::new() }; 6];
    let column = match size {
        Size::Rsa2048 => 0,
        Size::Rsa3072 => 1,
        Size::Rsa4096 => 2,
    };
    // A fresh candidate is divided by all the primes; in a window the cost is shared. Either optimum is flat.
    let (row, bound) = match search {
        Search::Fresh => (0, 1 << 15),
        Search::Windowed => (3, 1 << 18),
    };
    SIEVES[row + column].get_or_init(|| Sieve::new(bound, size.bits() / 2))
}
