//! A plan: the rows of a job held against every rule, and nothing issued.
//!
//! It is the batch itself in a [rehearsal](crate::service::Service::rehearse): rows meet what rows before them would have
//! left, duplicates among them. Below `plan` in the folder for the results stand `rejected.jsonl` and the reports; the
//! job can be run into the same folder afterwards.

use std::fs;
use std::io;
use std::path::Path;

use crate::batch::error::BatchError;
use crate::batch::journal;
use crate::batch::output::{PAGE, REJECTED, REPORT};

/// Refuses a folder with something in it that no plan left; nothing is touched.
///
/// # Errors
/// [`BatchError::OutNotEmpty`], [`BatchError::OutNotFolder`], [`BatchError::File`].
pub(super) fn check_own(folder: &Path) -> Result<(), BatchError> {
    for name in names(folder)? {
        if !OURS.contains(&name.as_str()) {
            return Err(BatchError::OutNotEmpty {
                found: name,
                out: folder.to_owned(),
            });
        }
    }
    Ok(())
}

/// Removes an earlier plan.
///
/// # Errors
/// [`BatchError::File`].
pub(super) fn clear(folder: &Path) -> Result<(), BatchError> {
    check_own(folder)?;
    for name in names(folder)? {
        let path = folder.join(name);
        fs::remove_file(&path).map_err(BatchError::file("remove", path))?;
    }
    Ok(())
}

/// A plan that was stopped is made anew, so that its journal is of no use.
///
/// # Errors
/// [`BatchError::File`].
pub(super) fn forget_journal(folder: &Path) -> Result<(), BatchError> {
    let path = folder.join(journal::NAME);
    fs::remove_file(&path).map_err(BatchError::file("remove", path))
}

fn names(folder: &Path) -> Result<Vec<String>, BatchError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(BatchError::OutNotFolder {
                out: folder.to_owned(),
            });
        }
        entries => entries.map_err(BatchError::file("read", folder))?,
    };
    let name =
        |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let names: io::Result<_> = entries.map(name).collect();
    names.map_err(BatchError::file("read", folder))
}

/// The folder among the results.
pub(super) const FOLDER: &str = "plan";

/// What a plan leaves, also one that was stopped.
const OURS: [&str; 6] = [
    ".report.html.partial",
    ".report.json.partial",
    journal::NAME,
    REJECTED,
    PAGE,
    REPORT,
];
