//! A workspace for a rehearsal: configuration, CAs and keys are read where they are, and what is recorded or kept goes to a
//! folder for temporary files, which is removed in the end.

use std::env;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::files::Temporary;
use super::{LEDGER_FILE, Workspace, WorkspaceError};
use crate::ledger::Ledger;

impl Workspace {
    /// Opens a workspace for a rehearsal, also while another process writes. It begins with a copy of the ledger, which
    /// takes its room on the disk for as long.
    ///
    /// # Errors
    /// As [`Workspace::open_read_only`], and what making the copy reports.
    pub fn rehearse(dir: &Path) -> Result<Self, WorkspaceError> {
        let original = Self::open_read_only(dir)?;
        let number = REHEARSALS.fetch_add(1, Ordering::Relaxed);
        let name = format!("certwright-rehearsal-{number}");
        let scratch = Temporary::beside(&env::temp_dir().join(name))?;
        let copy = scratch.path().join(LEDGER_FILE);
        original.ledger.copy_to(&copy)?;
        let ledger = Ledger::open(&copy)?;
        Ok(Self {
            scratch: Some(scratch),
            ..Self::open_with(dir, ledger, None)?
        })
    }
}

/// How many this process has begun, so that no two of them share a folder.
static REHEARSALS: AtomicU64 = AtomicU64::new(0);
