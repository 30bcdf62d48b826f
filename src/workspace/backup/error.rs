//! Why a backup cannot be written or restored.

use std::io;

use super::WorkspaceError;
use crate::seal::SealError;

/// Why a backup cannot be written or restored; no workspace was made then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The ledger of the backup is damaged.
    #[error("the ledger of the backup is damaged: {first}")]
    Damaged {
        /// The first thing that was found.
        first: String,
    },
    /// What was unsealed is no backup.
    #[error("not a backup of a workspace: {what}")]
    Form {
        /// What stands in the way.
        what: String,
    },
    /// A backup of a later version.
    #[error(
        "the backup has format {found}, this version reads {supported}: use a newer certwright"
    )]
    NewerFormat {
        /// Its format.
        found: u32,
        /// The format that this version knows.
        supported: u32,
    },
    /// The backup cannot be read: cut off, changed, or what the system says.
    #[error("the backup cannot be read")]
    Read(#[source] io::Error),
    /// It cannot be sealed or opened.
    #[error("the backup cannot be sealed or opened")]
    Seal(#[from] SealError),
    /// The workspace cannot be read or made.
    #[error("the workspace cannot be read or made")]
    Workspace(#[from] WorkspaceError),
    /// The backup cannot be written.
    #[error("the backup cannot be written")]
    Write(#[source] io::Error),
}
