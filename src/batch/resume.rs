//! Reading a job again up to where an earlier run stopped, and making sure that it is the same one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::batch::error::BatchError;
use crate::batch::job::Slice;
use crate::batch::journal::Past;
use crate::batch::journal::chain::Chain;
use crate::batch::stop::Stop;

/// A slice, and the digest over all rows up to its last.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) slice: Slice,
    /// The last row that was read for it.
    pub(super) row: u64,
    pub(super) chain: Chain,
}

/// Slices of a job but for those that are done.
pub(super) struct Rest<I> {
    slices: I,
    /// Ends of slices of an earlier run, with their digests; the next one last.
    ends: Vec<(u64, Chain)>,
    /// The last row that is done.
    done: u64,
    at: u64,
    chain: Chain,
    stop: Stop,
    ended: Arc<AtomicBool>,
}

impl<I: Iterator<Item = Result<Slice, BatchError>>> Rest<I> {
    /// After what an earlier run did, until somebody asks to stop.
    pub(super) fn new(slices: I, past: Option<&Past>, stop: Stop) -> Self {
        let mut ends = past.map(|past| past.ends.clone()).unwrap_or_default();
        ends.retain(|(row, _)| *row > 0);
        ends.reverse();
        Self {
            slices,
            ends,
            done: past.map_or(0, Past::row),
            at: 0,
            chain: Chain::default(),
            stop,
            ended: Arc::default(),
        }
    }

    /// Set when the job was read to its end.
    pub(super) fn ended(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.ended)
    }

    /// Adds a slice's rows to the digest, which must be what an earlier run found.
    fn link(&mut self, slice: &Slice) -> Result<(), BatchError> {
        for row in &slice.rows {
            self.chain = self.chain.with(&row.digest);
            self.at = row.number;
            if let Some((end, chain)) = self.ends.last()
                && *end == self.at
            {
                if *chain != self.chain {
                    return Err(BatchError::RowsChanged { until: self.at });
                }
                self.ends.pop();
            }
        }
        Ok(())
    }
}

impl<I: Iterator<Item = Result<Slice, BatchError>>> Iterator for Rest<I> {
    type Item = Result<Linked, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.stop.is_asked() {
                return None;
            }
            let mut slice = match self.slices.next() {
                Some(Ok(slice)) => slice,
                Some(Err(error)) => return Some(Err(error)),
                None if self.at < self.done => {
                    return Some(Err(BatchError::RowsChanged { until: self.done }));
                }
                None => {
                    self.ended.store(true, Ordering::Relaxed);
                    return None;
                }
            };
            if let Err(error) = self.link(&slice) {
                return Some(Err(error));
            }
            slice.rows.retain(|row| row.number > self.done);
            if let Some(first) = slice.rows.first() {
                slice.index = first.number - 1;
                return Some(Ok(Linked {
                    slice,
                    row: self.at,
                    chain: self.chain,
                }));
            }
        }
    }
}
