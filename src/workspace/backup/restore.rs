//! A workspace from a backup: checked as a whole before it appears.

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use zeroize::Zeroizing;

use super::{BackupError, FOLDERS, FORMAT, MANIFEST, Manifest};
use crate::key::Passphrase;
use crate::ledger::{AuditFault, AuditHead, AuditKind, AuditNote, Gap, Ledger};
use crate::seal::Reader;
use crate::time::UnixSeconds;
use crate::workspace::{CONFIG_FILE, LEDGER_FILE, Workspace, WorkspaceError, files, keys};

/// A workspace that was made from a backup.
#[derive(Debug)]
#[non_exhaustive]
pub struct Restored {
    /// What the backup said of itself.
    pub manifest: Manifest,
    /// What does not fit in its audit log; it did not before the backup either.
    pub faults: Vec<AuditFault>,
    /// CAs of it whose keys are here and sign.
    pub signing_authorities: Vec<String>,
    /// CAs of it whose keys are here under the workspace's own passphrase, which a backup does not know.
    pub locked_authorities: Vec<String>,
}

/// Makes a workspace in `dir`, which must be absent or empty, from a backup.
///
/// The folder appears whole or not at all. Before it does, the ledger is read from end to end, the configuration is
/// checked, and every CA's key that is not encrypted signs for its certificate. Since more may have been issued after the backup, `gap`
/// numbers of each sequence are left out.
///
/// # Errors
/// [`BackupError`]; then nothing is there that was not before.
pub fn restore<R: Read>(
    from: R,
    dir: &Path,
    passphrase: &Passphrase,
    gap: &Gap,
    now: UnixSeconds,
) -> Result<Restored, BackupError> {
    if !files::is_absent_or_empty(dir) {
        let dir = dir.to_owned();
        return Err(WorkspaceError::NotEmpty { dir }.into());
    }
    let sealed = Reader::new(from, passphrase)?;
    let building = files::sibling(dir)?;
    files::make_folder(&building)?;
    let restored = build(sealed, &building, gap, now);
    let moved = restored.and_then(|restored| {
        files::rename_folder(&building, dir)?;
        Ok(restored)
    });
    moved.inspect_err(|_| files::remove_folder(&building))
}

fn build<R: Read>(
    sealed: Reader<R>,
    dir: &Path,
    gap: &Gap,
    now: UnixSeconds,
) -> Result<Restored, BackupError> {
    let manifest = unpack(sealed, dir)?;
    let ledger = Ledger::open(&dir.join(LEDGER_FILE)).map_err(WorkspaceError::Ledger)?;
    let damage = ledger.integrity_faults().map_err(WorkspaceError::Ledger)?;
    if let Some(first) = damage.into_iter().next() {
        return Err(BackupError::Damaged { first });
    }
    let head: AuditHead = manifest.audit_head.parse().map_err(form)?;
    let report = ledger.verify_audit(Some(&head));
    let faults = report.map_err(WorkspaceError::Ledger)?.faults;
    let mut workspace = Workspace::open_with(dir, ledger, None)?;
    let (mut signing_authorities, mut locked_authorities) = (Vec::new(), Vec::new());
    for authority in workspace.authorities() {
        if authority.is_locked() {
            locked_authorities.push(authority.name());
        } else if authority.has_key() {
            authority.signer()?;
            signing_authorities.push(authority.name());
        }
    }
    let note = AuditNote {
        at: now,
        kind: AuditKind::Restored,
        certificate: None,
        sha256: None,
        text: format!(
            "from a backup of {}: {} serial numbers, {} CRL numbers and {} numbers of keys left out, {} faults in the log before",
            UnixSeconds::new(manifest.created_at).map_err(form)?,
            gap.serials,
            gap.crl_numbers,
            gap.key_ids,
            faults.len(),
        ),
    };
    let ledger = workspace.ledger_mut();
    ledger.skip(gap, &note).map_err(WorkspaceError::Ledger)?;
    for vendor in keys::VENDORS {
        let key = keys::next_id(vendor);
        let added = ledger.add_to_meta(&key, gap.key_ids);
        added.map_err(WorkspaceError::Ledger)?;
    }
    Ok(Restored {
        manifest,
        faults,
        signing_authorities,
        locked_authorities,
    })
}

/// Writes every file of the archive, and reads it to its end: only then is all of it proven.
fn unpack<R: Read>(mut sealed: Reader<R>, dir: &Path) -> Result<Manifest, BackupError> {
    let mut archive = tar::Archive::new(&mut sealed);
    let mut entries = archive.entries().map_err(BackupError::Read)?;
    let first = entries.next().ok_or_else(|| form("it is empty"))?;
    let mut first = first.map_err(BackupError::Read)?;
    if first.path().map_err(BackupError::Read)? != Path::new(MANIFEST) {
        return Err(form("it does not begin with its manifest"));
    }
    let manifest = manifest(&mut first)?;
    for entry in entries {
        let mut entry = entry.map_err(BackupError::Read)?;
        let name = entry.path().map_err(BackupError::Read)?.into_owned();
        if !entry.header().entry_type().is_file() || !is_ours(&name) {
            return Err(form(format!("{name:?} is no file of a workspace")));
        }
        let path = dir.join(&name);
        make_parents(dir, &name)?;
        files::write_new_from(&path, &mut entry)?;
    }
    // What stands behind the archive's end is padding, and the proof that the file has one.
    let mut rest = Zeroizing::new([0; 8192]);
    while sealed
        .read(rest.as_mut_slice())
        .map_err(BackupError::Read)?
        > 0
    {}
    Ok(manifest)
}

fn manifest(entry: &mut impl Read) -> Result<Manifest, BackupError> {
    let mut octets = Vec::new();
    let read = entry.take(MAX_MANIFEST_OCTETS).read_to_end(&mut octets);
    read.map_err(BackupError::Read)?;
    let value: serde_json::Value = serde_json::from_slice(&octets).map_err(form)?;
    let found = value.get("format").and_then(serde_json::Value::as_u64);
    let found = found.ok_or_else(|| form("its manifest has no format"))?;
    if found != u64::from(FORMAT) {
        return Err(BackupError::NewerFormat {
            found: u32::try_from(found).unwrap_or(u32::MAX),
            supported: FORMAT,
        });
    }
    serde_json::from_value(value).map_err(form)
}

/// Whether a workspace has a file of this name; none leads out of its folder.
pub(super) fn is_ours(name: &Path) -> bool {
    let parts: Option<Vec<&str>> = name
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    match parts.as_deref() {
        Some([file]) => [CONFIG_FILE, LEDGER_FILE].contains(file),
        Some([folder, _, ..]) => FOLDERS.contains(folder),
        _ => false,
    }
}

fn make_parents(dir: &Path, name: &Path) -> Result<(), WorkspaceError> {
    let mut folder = PathBuf::from(dir);
    for part in name.parent().into_iter().flat_map(Path::components) {
        folder.push(part);
        files::ensure_folder(&folder)?;
    }
    Ok(())
}

fn form(what: impl ToString) -> BackupError {
    BackupError::Form {
        what: what.to_string(),
    }
}

const MAX_MANIFEST_OCTETS: u64 = 64 * 1024;
