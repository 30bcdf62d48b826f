//! What lies among the rows of a folder or a tar and is none.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Files of a folder or a tar that are no rows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(in crate::batch) struct Ignored {
    /// How many.
    pub(in crate::batch) count: u64,
    /// The first of their names, in bytewise order, at most [`Ignored::MAX_NAMES`].
    pub(in crate::batch) names: BTreeSet<String>,
}

/// The same while a job is read: of a tar they are known at its end.
#[derive(Clone, Debug, Default)]
pub(in crate::batch) struct IgnoredFiles(Arc<Mutex<Ignored>>);

impl Ignored {
    /// A report names no more than these.
    pub(in crate::batch) const MAX_NAMES: usize = 20;

    fn add(&mut self, name: String) {
        self.count += 1;
        self.names.insert(name);
        if self.names.len() > Self::MAX_NAMES {
            self.names.pop_last();
        }
    }
}

impl IgnoredFiles {
    /// What was ignored so far.
    pub(in crate::batch) fn so_far(&self) -> Ignored {
        self.lock().clone()
    }

    pub(super) fn add(&self, name: String) {
        self.lock().add(name);
    }

    /// A thread that stopped in the midst of it left a name out at the worst.
    fn lock(&self) -> MutexGuard<'_, Ignored> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
