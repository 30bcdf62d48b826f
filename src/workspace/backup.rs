//! Backups: a workspace in one sealed file, and a workspace again from it.
//!
//! The file is an age file ([`crate::seal`]) around a tar: `manifest.json` first, then the ledger as it was at one moment,
//! then the configuration, the CAs and every key. The ledger is copied before the keys are read: a key is on disk
//! before the ledger records its certificate, so no certificate of a backup lacks its key.

mod error;
mod restore;
#[cfg(test)]
mod tests;

use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;

use rand_core::TryCryptoRng;
use serde::{Deserialize, Serialize};

use super::files::Temporary;
use super::pool;
use super::{CONFIG_FILE, LEDGER_FILE, Workspace, WorkspaceError, files};
use crate::key::Passphrase;
use crate::ledger::{AuditKind, AuditNote, Filter, Ledger};
use crate::seal::{WorkFactor, Writer};
use crate::time::UnixSeconds;

pub use error::BackupError;
pub use restore::{Restored, restore};

/// What a backup says of itself.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// The form of the backup, [`FORMAT`].
    pub format: u32,
    /// What wrote it.
    pub program: String,
    /// When, in seconds since 1970.
    pub created_at: u64,
    /// Certificates in the ledger.
    pub certificates: u64,
    /// Where its audit log ends.
    pub audit_head: String,
}

/// How a backup is protected.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who back up"
)]
pub struct Protection<'a> {
    /// What opens it.
    pub passphrase: &'a Passphrase,
    /// What it costs to try one.
    pub work_factor: WorkFactor,
}

/// Writes a backup of the workspace in `dir`, which others may go on writing to.
///
/// That a backup was made is noted in its audit log, where that can be written.
///
/// # Errors
/// [`BackupError::Workspace`] when it cannot be read, [`BackupError::Seal`], and [`BackupError::Write`] for what `to`
/// reports.
pub fn backup<W: Write, R: TryCryptoRng + ?Sized>(
    dir: &Path,
    to: W,
    protection: Protection<'_>,
    now: UnixSeconds,
    rng: &mut R,
) -> Result<Manifest, BackupError> {
    note(dir, now)?;
    let workspace = Workspace::open_read_only(dir)?;
    let temporary = Temporary::beside(dir)?;
    let copy = temporary.path().join(LEDGER_FILE);
    workspace
        .ledger
        .copy_to(&copy)
        .map_err(WorkspaceError::Ledger)?;
    let manifest = manifest_of(&copy, now)?;

    let Protection {
        passphrase,
        work_factor,
    } = protection;
    let sealed = Writer::new(to, passphrase, work_factor, rng)?;
    let mut archive = Archive(tar::Builder::new(sealed), now);
    let text = serde_json::to_vec_pretty(&manifest).map_err(io::Error::other);
    archive.octets(MANIFEST, &text.map_err(BackupError::Write)?)?;
    archive.file(LEDGER_FILE, &copy)?;
    archive.file(CONFIG_FILE, &dir.join(CONFIG_FILE))?;
    for folder in FOLDERS {
        archive.folder(folder, &dir.join(folder))?;
    }
    let sealed = archive.0.into_inner().map_err(BackupError::Write)?;
    sealed.finish().map_err(BackupError::Write)?;
    Ok(manifest)
}

/// A ledger that can only be read is backed up without a note.
fn note(dir: &Path, now: UnixSeconds) -> Result<(), BackupError> {
    drop(Workspace::open_read_only(dir)?);
    let Ok(mut ledger) = Ledger::open(&dir.join(LEDGER_FILE)) else {
        return Ok(());
    };
    let note = AuditNote {
        at: now,
        kind: AuditKind::BackedUp,
        certificate: None,
        sha256: None,
        text: "the whole workspace, sealed".to_owned(),
    };
    // Where not even this can be written, the disk may be full: the more is a backup wanted.
    let _unnoted = ledger.note(&[note]);
    Ok(())
}

fn manifest_of(copy: &Path, now: UnixSeconds) -> Result<Manifest, BackupError> {
    let ledger = Ledger::open_read_only(copy).map_err(WorkspaceError::Ledger)?;
    let certificates = ledger.count(&Filter::default());
    let head = ledger.audit_head().map_err(WorkspaceError::Ledger)?;
    Ok(Manifest {
        format: FORMAT,
        program: concat!("certwright ", env!("CARGO_PKG_VERSION")).to_owned(),
        created_at: now.seconds(),
        certificates: certificates.map_err(WorkspaceError::Ledger)?,
        audit_head: head.to_string(),
    })
}

/// A tar whose files are all private and of one time.
struct Archive<W: Write>(tar::Builder<W>, UnixSeconds);

impl<W: Write> Archive<W> {
    fn header(&self, octets: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_size(octets);
        header.set_mode(0o600);
        header.set_mtime(self.1.seconds());
        header
    }

    fn octets(&mut self, name: &str, octets: &[u8]) -> Result<(), BackupError> {
        let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
        let mut header = self.header(length);
        let appended = self.0.append_data(&mut header, name, octets);
        appended.map_err(BackupError::Write)
    }

    fn file(&mut self, name: &str, path: &Path) -> Result<(), BackupError> {
        let fault = |source| files::fault(path, "read", source);
        let file = File::open(path).map_err(fault)?;
        let length = file.metadata().map_err(fault)?.len();
        let mut header = self.header(length);
        // As many octets as the header says, also of a file that grows.
        let appended = self
            .0
            .append_data(&mut header, name, io::Read::take(file, length));
        appended.map_err(BackupError::Write)
    }

    /// Everything below a folder, by name; nothing for one that is not there.
    fn folder(&mut self, name: &str, path: &Path) -> Result<(), BackupError> {
        let fault = |source| files::fault(path, "read", source);
        let entries = match fs::read_dir(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(fault)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(fault)?;
            // The workspace names its files in ASCII; what is named otherwise is not its.
            if let Ok(name) = entry.file_name().into_string() {
                names.push((name, entry.file_type().map_err(fault)?));
            }
        }
        names.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (below, kind) in names {
            let (name, path) = (format!("{name}/{below}"), path.join(&below));
            // What is drawn from the pool here must not be drawn once more where the backup is restored.
            if name == pool::FOLDER {
                continue;
            }
            if kind.is_dir() {
                self.folder(&name, &path)?;
            } else if kind.is_file() {
                self.file(&name, &path)?;
            }
        }
        Ok(())
    }
}

/// The form of a backup that this version writes and reads.
pub const FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";

/// What there is beside the ledger and the configuration.
const FOLDERS: [&str; 2] = ["ca", "keys"];
