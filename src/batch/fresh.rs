//! Private keys that rows ask to be made for them.
//!
//! A key is kept before its certificate is recorded: a certificate whose key is lost would be of no use to anybody. So
//! whoever gives keys answers only when each of them is where a later run finds it.

use rand_chacha::ChaCha20Rng;

use crate::batch::error::BatchError;
use crate::key;
use crate::key::{KeyAlgorithm, KeyError, KeyPair, StandIns};

/// A row that wants a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Wanted {
    /// Counted from 1.
    pub(super) row: u64,
    pub(super) algorithm: KeyAlgorithm,
}

/// Gives keys to rows.
pub(super) trait FreshKeys: Send {
    /// A key for each row, in order. A row that got one in an earlier run gets the same again; all are kept on the disk
    /// when this returns, before anything is recorded.
    ///
    /// # Errors
    /// [`BatchError`] when keys cannot be made or kept: nothing of the slice is issued then.
    fn give(
        &mut self,
        wanted: &[Wanted],
        rng: &mut ChaCha20Rng,
    ) -> Result<Vec<KeyPair>, BatchError>;
}

/// Makes keys, and keeps them nowhere but in memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unkept;

impl FreshKeys for Unkept {
    fn give(
        &mut self,
        wanted: &[Wanted],
        rng: &mut ChaCha20Rng,
    ) -> Result<Vec<KeyPair>, BatchError> {
        generate(wanted, rng)
    }
}

/// Gives keys that stand in for those that would be made, and keeps none.
#[derive(Debug, Default)]
pub(super) struct Rehearsed(StandIns);

impl FreshKeys for Rehearsed {
    fn give(
        &mut self,
        wanted: &[Wanted],
        rng: &mut ChaCha20Rng,
    ) -> Result<Vec<KeyPair>, BatchError> {
        of_kinds(wanted, |algorithm, n| {
            Ok(self.0.generate(algorithm, n, rng))
        })
    }
}

/// Makes a key for each row, one pass for each algorithm, so that an engine has long slices.
///
/// # Errors
/// [`BatchError::Key`].
pub(super) fn generate(
    wanted: &[Wanted],
    rng: &mut ChaCha20Rng,
) -> Result<Vec<KeyPair>, BatchError> {
    of_kinds(wanted, |algorithm, n| Ok(key::generate(algorithm, n, rng)))
}

/// Keys of each kind from somebody who makes many at a time, in the order of the rows.
///
/// # Errors
/// [`BatchError::Key`], and what that one reports.
pub(super) fn of_kinds(
    wanted: &[Wanted],
    mut generate: impl FnMut(KeyAlgorithm, usize) -> Result<Vec<Result<KeyPair, KeyError>>, BatchError>,
) -> Result<Vec<KeyPair>, BatchError> {
    let mut made: Vec<(u64, KeyPair)> = Vec::with_capacity(wanted.len());
    for algorithm in KeyAlgorithm::ALL {
        let of_it = wanted.iter().filter(|wanted| wanted.algorithm == algorithm);
        let rows: Vec<_> = of_it.map(|wanted| wanted.row).collect();
        if rows.is_empty() {
            continue;
        }
        let keys = generate(algorithm, rows.len())?;
        for (row, key) in rows.into_iter().zip(keys) {
            made.push((row, key.map_err(|source| BatchError::Key { row, source })?));
        }
    }
    made.sort_by_key(|(row, _)| *row);
    Ok(made.into_iter().map(|(_, key)| key).collect())
}
