//! Where artefacts go.

use crate::batch::error::BatchError;
use crate::batch::outcome::IssuedRow;

pub(super) mod folder;

/// Takes artefacts, row by row in the order of the job.
pub(super) trait Sink: Send {
    /// Takes the artefacts of one row, all or none of them under their final names.
    ///
    /// # Errors
    /// [`BatchError::File`].
    fn put(&mut self, row: &IssuedRow) -> Result<(), BatchError>;

    /// Nothing more comes.
    ///
    /// # Errors
    /// [`BatchError::File`].
    fn finish(&mut self) -> Result<(), BatchError>;
}
