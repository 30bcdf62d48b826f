//! Which signed calls were let pass, so that the same one does not pass again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::time::UnixSeconds;

/// The signatures that were let pass, of each application apart, for as long as their time would let them pass again.
///
/// What is kept is bounded: beyond [`MOST_SIGNATURES`] of an application the oldest is forgotten, and with it every call
/// of that time or before is too late. So memory that ends makes the window shorter, and never lets a call pass twice.
pub(super) struct Repeats {
    most: usize,
    passed: Mutex<BTreeMap<String, Passed>>,
}

#[derive(Default)]
struct Passed {
    /// Time in milliseconds and half a SHA-256 of the signature: none is made to look like another without the secret.
    signatures: BTreeSet<(u64, [u8; 16])>,
    /// Calls of this time or before are forgotten. It never falls, even where the clock is set back.
    forgotten: Option<u64>,
}

/// What becomes of a call whose signature is right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Admission {
    /// It is the first with this signature.
    First,
    /// It passed before.
    Repeated,
    /// Nobody remembers whether it passed before.
    Forgotten,
}

impl Repeats {
    fn with_most(most: usize) -> Self {
        Self {
            most,
            passed: Mutex::default(),
        }
    }

    /// Lets a call of an application pass once. `seconds` is for how long before now its time may lie.
    pub(super) fn admit(
        &self,
        app_key: &str,
        milliseconds: u64,
        signature: &str,
        seconds: u64,
        now: UnixSeconds,
    ) -> Admission {
        let known = (milliseconds, half(&Sha256::digest(signature)));
        let oldest = now.seconds().saturating_sub(seconds).saturating_mul(1000);
        let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = passed.entry(app_key.to_owned()).or_default();
        while passed
            .signatures
            .first()
            .is_some_and(|(at, _)| *at < oldest)
        {
            passed.forget();
        }
        if passed.signatures.contains(&known) {
            return Admission::Repeated;
        }
        if passed.forgotten.is_some_and(|at| milliseconds <= at) {
            return Admission::Forgotten;
        }
        if passed.signatures.len() >= self.most {
            passed.forget();
        }
        passed.signatures.insert(known);
        Admission::First
    }
}

impl Passed {
    fn forget(&mut self) {
        if let Some((at, _)) = self.signatures.pop_first() {
            self.forgotten = self.forgotten.max(Some(at));
        }
    }
}

impl Default for Repeats {
    fn default() -> Self {
        Self::with_most(MOST_SIGNATURES)
    }
}

impl fmt::Debug for Repeats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Repeats").finish_non_exhaustive()
    }
}

fn half(octets: &[u8]) -> [u8; 16] {
    let mut half = [0; 16];
    half.iter_mut()
        .zip(octets)
        .for_each(|(to, from)| *to = *from);
    half
}

/// Signatures that are kept of one application: 24 octets each, and room for their order.
const MOST_SIGNATURES: usize = 1 << 18;

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn at(seconds: u64) -> UnixSeconds {
        UnixSeconds::new(seconds).unwrap()
    }

    #[test]
    fn a_signature_passes_once_and_each_application_has_its_own() {
        let repeats = Repeats::default();
        let ask = |app, milliseconds, signature, now| {
            repeats.admit(app, milliseconds, signature, 900, at(now))
        };
        assert_eq!(ask("a", 1_000_000, "s", 1000), Admission::First);
        assert_eq!(ask("a", 1_000_000, "s", 1000), Admission::Repeated);
        assert_eq!(ask("a", 1_000_000, "t", 1000), Admission::First);
        assert_eq!(ask("b", 1_000_000, "s", 1000), Admission::First);
        assert_eq!(ask("a", 1_000_000, "s", 1900), Admission::Repeated);
        // The time itself is too old then; a clock that is set back does not bring it back.
        assert_eq!(ask("a", 1_901_000, "u", 1901), Admission::First);
        assert_eq!(ask("a", 1_000_000, "s", 1000), Admission::Forgotten);
    }

    #[test]
    fn memory_that_ends_makes_the_window_shorter_and_lets_nothing_pass_twice() {
        let repeats = Repeats::with_most(3);
        let ask = |milliseconds| repeats.admit("a", milliseconds, "s", 900, at(1));
        let asked = [40, 10, 30, 20, 50].map(ask);
        // 10 was forgotten for 20, and 20 for 50.
        assert_eq!(asked, [Admission::First; 5]);
        let again = [10, 20, 30, 40, 50].map(ask);
        let (gone, known) = (Admission::Forgotten, Admission::Repeated);
        assert_eq!(again, [gone, gone, known, known, known]);
        assert_eq!(ask(15), Admission::Forgotten);
        assert_eq!(repeats.passed.lock().unwrap()["a"].signatures.len(), 3);
    }

    #[test]
    fn of_calls_at_once_one_passes() {
        let repeats = Repeats::default();
        let passed: usize = thread::scope(|scope| {
            let ask = || {
                let admit = |n: u64| repeats.admit("a", n, "s", 900, at(1)) == Admission::First;
                (0..500).filter(|n| admit(*n)).count()
            };
            let all: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            all.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(passed, 500);
    }
}
