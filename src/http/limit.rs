//! Calls counted by who makes them, for the vendors that have an answer to one too many.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::http::route::Face;
use crate::time::UnixSeconds;

/// The calls of this minute.
#[derive(Debug)]
pub(super) struct Calls {
    /// `None` where nobody counts.
    most: Option<u32>,
    minute: Mutex<Minute>,
}

#[derive(Debug, Default)]
struct Minute {
    number: u64,
    /// By hash, so that no key or token stays here.
    counts: HashMap<[u8; 32], u32>,
}

impl Calls {
    pub(super) fn new(most: Option<u32>) -> Self {
        Self {
            most,
            minute: Mutex::default(),
        }
    }

    /// Counts a call by whoever has this key, token or session.
    ///
    /// # Errors
    /// The seconds until the next may come.
    pub(super) fn admit(&self, face: Face, who: &str, now: UnixSeconds) -> Result<(), u32> {
        let Some(most) = self.most else {
            return Ok(());
        };
        let (number, second) = (now.seconds() / MINUTE, now.seconds() % MINUTE);
        let mut hash = Sha256::new();
        hash.update(face.name());
        hash.update([0]);
        hash.update(who);
        let mut who: [u8; 32] = hash.finalize().into();
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if minute.number != number {
            minute.number = number;
            minute.counts.clear();
        }
        if minute.counts.len() >= MOST_CALLERS && !minute.counts.contains_key(&who) {
            // Where any name will do, names take up no more than this.
            who = [0; 32];
        }
        let count = minute.counts.entry(who).or_default();
        *count = count.saturating_add(1);
        match *count > most {
            true => Err(u32::try_from(MINUTE - second).unwrap_or(1)),
            false => Ok(()),
        }
    }
}

const MINUTE: u64 = 60;

const MOST_CALLERS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_has_so_many_calls_a_minute() {
        let at = |seconds| UnixSeconds::new(seconds).unwrap();
        let calls = Calls::new(Some(2));
        let ask = |who, seconds| calls.admit(Face::Ecgrid, who, at(seconds));
        assert_eq!([ask("a", 60), ask("a", 61)], [Ok(()), Ok(())]);
        assert_eq!(ask("a", 70), Err(50));
        assert_eq!(ask("b", 70), Ok(()));
        assert_eq!(calls.admit(Face::As2Expert, "a", at(70)), Ok(()));
        assert_eq!(ask("a", 119), Err(1));
        assert_eq!(ask("a", 120), Ok(()));
        let free = Calls::new(None);
        assert!((0..100).all(|_| free.admit(Face::Ecgrid, "a", at(1)).is_ok()));
    }

    #[test]
    fn names_without_end_share_a_count() {
        let calls = Calls::new(Some(1));
        let now = UnixSeconds::new(0).unwrap();
        let refused = (0..MOST_CALLERS + 5)
            .filter(|n| calls.admit(Face::Ecgrid, &n.to_string(), now).is_err());
        assert_eq!(refused.count(), 4);
    }
}
