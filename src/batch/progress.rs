//! How far a batch is, for whoever watches.

/// Told after each slice; the batch itself knows no terminal.
///
/// Called from the thread that writes.
pub trait Progress: Send {
    /// `done` rows are written, `rejected` of them among the rejections.
    ///
    /// `total` is how many rows there are: counted for a folder, estimated from the octets read so far for a file.
    fn slice_done(&mut self, done: u64, rejected: u64, total: Option<u64>);
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn slice_done(&mut self, _done: u64, _rejected: u64, _total: Option<u64>) {}
}
