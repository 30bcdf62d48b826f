//! A folder with a file for each artefact: `certs/<2 hex of SHA-256(row key)>/<row key>.<ext>`.
//!
//! A file is written aside and renamed, so that no half-written file has a final name. It is not forced to the disk: an
//! `fsync` each would cost some eighty times the writing, and the ledger, which is on the disk by then, holds every
//! certificate for a file that a power cut took.
//!
//! Row keys need not be unique. A row whose name is taken gets its number added, `dk1~row-000007.pem`, so that no file
//! is ever overwritten; rows come in order, so that the names do not depend on the threads.

use std::collections::HashSet;
use std::fs;
#[cfg(unix)]
use std::fs::OpenOptions;
use std::io;
#[cfg(unix)]
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Sink;
use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::outcome::{IssuedRow, Made};

/// The sink; nobody else writes into its folders.
#[derive(Debug)]
pub(in crate::batch) struct Folder {
    certs: PathBuf,
    partial: PathBuf,
    made: HashSet<String>,
}

impl Folder {
    /// Makes the folders below `out`, which is empty.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(in crate::batch) fn create(out: &Path) -> Result<Self, BatchError> {
        let (certs, partial) = (out.join("certs"), out.join(".partial"));
        for folder in [&certs, &partial] {
            fs::create_dir(folder).map_err(BatchError::file("create", folder))?;
        }
        Ok(Self {
            certs,
            partial,
            made: HashSet::new(),
        })
    }

    /// The folder for a row's files.
    fn folder(&mut self, row: &IssuedRow) -> Result<PathBuf, BatchError> {
        let fan = row.key.fan();
        let folder = self.certs.join(&fan);
        if self.made.insert(fan) {
            fs::create_dir(&folder).map_err(BatchError::file("create", &folder))?;
        }
        Ok(folder)
    }
}

impl Sink for Folder {
    fn put(&mut self, row: &IssuedRow) -> Result<(), BatchError> {
        let folder = self.folder(row)?;
        let stem = free_stem(&folder, row);
        for made in &row.artefacts {
            let partial = self.partial.join("artefact");
            write(&partial, made).map_err(BatchError::file("write", &partial))?;
            let path = folder.join(file_name(&stem, made.artefact));
            fs::rename(&partial, &path).map_err(BatchError::file("write", &path))?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), BatchError> {
        fs::remove_dir(&self.partial).map_err(BatchError::file("remove", &self.partial))
    }
}

/// A stem under which none of the row's artefacts exists.
fn free_stem(folder: &Path, row: &IssuedRow) -> String {
    let stem = row.key.file_stem();
    let is_taken = row.artefacts.iter().any(|made| {
        let path = folder.join(file_name(&stem, made.artefact));
        path.symlink_metadata().is_ok()
    });
    if is_taken {
        return format!("{stem}~row-{:06}", row.row);
    }
    stem
}

fn write(path: &Path, made: &Made) -> io::Result<()> {
    if made.is_secret {
        return write_secret(path, &made.octets);
    }
    fs::write(path, &made.octets)
}

/// The owner alone reads it (0600), from the first octet on and whatever the umask says.
#[cfg(unix)]
fn write_secret(path: &Path, octets: &[u8]) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(octets)
}

#[cfg(not(unix))]
fn write_secret(path: &Path, octets: &[u8]) -> io::Result<()> {
    fs::write(path, octets)
}

fn file_name(stem: &str, artefact: Artefact) -> String {
    format!("{stem}.{}", artefact.extension())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::row_key::RowKey;
    use crate::bundle;
    use crate::serial::SerialNumber;

    fn issued(row: u64, key: &str, text: &str) -> IssuedRow {
        IssuedRow {
            row,
            key: RowKey::new(key),
            serial: SerialNumber::from_u64(row).unwrap(),
            artefacts: [bundle::Artefact::Cer, bundle::Artefact::Pem]
                .map(|artefact| Made {
                    artefact: Artefact::Bundle(artefact),
                    octets: text.as_bytes().to_vec().into(),
                    is_secret: false,
                })
                .into(),
        }
    }

    #[test]
    fn nothing_is_overwritten() {
        let out = tempfile::tempdir().unwrap();
        let mut sink = Folder::create(out.path()).unwrap();
        sink.put(&issued(1, "abc", "one")).unwrap();
        sink.put(&issued(2, "abc", "two")).unwrap();
        sink.put(&issued(3, "abc", "three")).unwrap();
        sink.finish().unwrap();
        let read = |name: &str| fs::read_to_string(out.path().join("certs/ba").join(name)).unwrap();
        assert_eq!(read("abc.pem"), "one");
        assert_eq!(read("abc.cer"), "one");
        assert_eq!(read("abc~row-000002.pem"), "two");
        assert_eq!(read("abc~row-000003.cer"), "three");
        assert!(!out.path().join(".partial").exists());
    }

    #[test]
    fn a_key_that_looks_like_a_path_stays_in_the_folder() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("out");
        fs::create_dir(&out).unwrap();
        let mut sink = Folder::create(&out).unwrap();
        let row = issued(1, "../../x", "one");
        sink.put(&row).unwrap();
        let path = out
            .join("certs")
            .join(row.key.fan())
            .join("%2E.%2F..%2Fx.pem");
        assert_eq!(fs::read_to_string(path).unwrap(), "one");
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
        assert_eq!(fs::read_dir(out).unwrap().count(), 2);
    }
}
