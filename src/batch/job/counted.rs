//! A reader that tells another thread how far it is.

use std::io;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Adds the octets that were read to a counter.
pub(super) struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    pub(super) fn new(inner: R, read: Arc<AtomicU64>) -> Self {
        Self { inner, read }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(octets)?;
        let added = u64::try_from(count).unwrap_or(u64::MAX);
        self.read.fetch_add(added, Ordering::Relaxed);
        Ok(count)
    }
}
