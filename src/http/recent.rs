//! The last requests, and what the rules found in them.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::http::route::Outcome;

/// The last requests, newest first.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<Entry>>);

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    /// RFC 3339.
    pub(super) at: String,
    pub(super) id: String,
    pub(super) vendor: &'static str,
    pub(super) route: &'static str,
    pub(super) status: u16,
    #[serde(flatten)]
    pub(super) outcome: Outcome,
}

impl Recent {
    pub(super) fn add(&self, entry: Entry) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.truncate(KEPT - 1);
        entries.push_front(entry);
    }

    pub(super) fn all(&self) -> Vec<Entry> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().cloned().collect()
    }
}

/// Requests that are kept.
const KEPT: usize = 200;
