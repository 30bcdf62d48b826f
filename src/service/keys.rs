//! Key pairs for a slice: all of one kind together, so that they are made in parallel.

use std::collections::VecDeque;

use rand_core::TryCryptoRng;

use crate::key;
use crate::key::{KeyAlgorithm, KeyError, KeyPair, StandIns};

/// Where key pairs come from that are made here.
#[derive(Debug, Default)]
pub(super) enum KeySource {
    #[default]
    Fresh,
    /// In a rehearsal.
    StandIns(StandIns),
}

impl KeySource {
    pub(super) fn of_rehearsal() -> Self {
        Self::StandIns(StandIns::default())
    }

    pub(super) fn is_of_rehearsal(&self) -> bool {
        matches!(self, Self::StandIns(_))
    }

    /// A key pair for each item of a slice, in order; the same generator gives the same keys.
    pub(super) fn generate<R: TryCryptoRng + ?Sized>(
        &mut self,
        wanted: &[KeyAlgorithm],
        rng: &mut R,
    ) -> Vec<Result<KeyPair, KeyError>> {
        let mut keys: Vec<(KeyAlgorithm, VecDeque<_>)> = Vec::new();
        for algorithm in KeyAlgorithm::ALL {
            let n = wanted.iter().filter(|kind| **kind == algorithm).count();
            if n > 0 {
                let made = match self {
                    Self::Fresh => key::generate(algorithm, n, rng),
                    Self::StandIns(stand_ins) => stand_ins.generate(algorithm, n, rng),
                };
                keys.push((algorithm, made.into()));
            }
        }
        let mut of_kind = |wanted: &KeyAlgorithm| {
            let of_kind = keys.iter_mut().find(|(algorithm, _)| algorithm == wanted);
            let key = of_kind.and_then(|(_, keys)| keys.pop_front());
            key.unwrap_or(Err(KeyError::Rng))
        };
        wanted.iter().map(&mut of_kind).collect()
    }
}
