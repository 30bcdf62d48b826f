//! Files of a workspace: private from their first byte, whole or not there.

use std::fs;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process;

use super::WorkspaceError;

/// A folder that this process alone uses, gone when it goes.
#[derive(Debug)]
pub(super) struct Temporary(PathBuf);

impl Temporary {
    pub(super) fn beside(dir: &Path) -> Result<Self, WorkspaceError> {
        let folder = sibling(dir)?;
        make_folder(&folder)?;
        Ok(Self(folder))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        remove_folder(&self.0);
    }
}

/// Whether a new workspace may stand here.
pub(super) fn is_absent_or_empty(dir: &Path) -> bool {
    match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == io::ErrorKind::NotFound,
    }
}

/// A folder beside `dir` that this process alone uses.
pub(super) fn sibling(dir: &Path) -> Result<PathBuf, WorkspaceError> {
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&parent).map_err(|source| fault(&parent, "made", source))?;
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    Ok(parent.join(format!(".{name}.new-{}", process::id())))
}

/// Makes a folder that only its owner enters; its parents must exist.
pub(super) fn make_folder(dir: &Path) -> Result<(), WorkspaceError> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(dir)
        .map_err(|source| fault(dir, "made", source))
}

/// Removes a folder whose purpose came to nothing. The error that stopped it is what the caller must see, so none is
/// told of here.
pub(super) fn remove_folder(dir: &Path) {
    drop(fs::remove_dir_all(dir));
}

/// Makes a folder that only its owner enters, unless it is there, and forces its name to disk.
pub(super) fn ensure_folder(dir: &Path) -> Result<(), WorkspaceError> {
    if dir.is_dir() {
        return Ok(());
    }
    make_folder(dir)?;
    sync_folder(dir.parent())
}

/// Makes way for a folder: one that is there gets a name of its own beside it.
pub(super) fn step_aside(folder: &Path) -> Result<(), WorkspaceError> {
    if fs::symlink_metadata(folder).is_err() {
        return Ok(());
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let beside = (1..=MAX_ASIDE).map(|n| folder.with_file_name(format!("{name}.unrecorded-{n}")));
    let mut free = beside.filter(|path| fs::symlink_metadata(path).is_err());
    match free.next() {
        Some(path) => rename_folder(folder, &path),
        None => Err(fault(folder, "made", io::ErrorKind::AlreadyExists.into())),
    }
}

/// Puts a finished folder in its place; an empty folder there gives way.
pub(super) fn rename_folder(from: &Path, to: &Path) -> Result<(), WorkspaceError> {
    fs::rename(from, to).map_err(|source| fault(to, "made", source))?;
    sync_folder(to.parent())
}

/// Writes a file that must not exist yet, readable by its owner only, and forces it to disk.
pub(super) fn write_new(path: &Path, octets: &[u8]) -> Result<(), WorkspaceError> {
    write_new_from(path, &mut &*octets)
}

/// As [`write_new`], with the octets of a reader.
pub(super) fn write_new_from(path: &Path, from: &mut impl Read) -> Result<(), WorkspaceError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| {
        io::copy(from, &mut file)?;
        file.sync_all()
    });
    written.map_err(|source| fault(path, "written", source))?;
    sync_folder(path.parent())
}

/// Reads a text file.
pub(super) fn read_text(path: &Path) -> Result<String, WorkspaceError> {
    fs::read_to_string(path).map_err(|source| fault(path, "read", source))
}

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, WorkspaceError> {
    fs::read(path).map_err(|source| fault(path, "read", source))
}

/// Removes a file, and its name from disk.
pub(super) fn remove(path: &Path) -> Result<(), WorkspaceError> {
    fs::remove_file(path).map_err(|source| fault(path, "removed", source))?;
    sync_folder(path.parent())
}

/// Refuses a private key that others may read.
#[cfg(unix)]
pub(super) fn check_private(path: &Path) -> Result<(), WorkspaceError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = fs::metadata(path).map_err(|source| fault(path, "read", source))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(WorkspaceError::KeyMode {
        path: path.to_owned(),
        mode,
    })
}

/// Other systems have no permission bits to look at.
#[cfg(not(unix))]
pub(super) fn check_private(_path: &Path) -> Result<(), WorkspaceError> {
    Ok(())
}

/// A rename or a new name is on disk once its folder is.
pub(super) fn sync_folder(folder: Option<&Path>) -> Result<(), WorkspaceError> {
    let folder = match folder {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|source| fault(folder, "forced to disk", source))
}

pub(super) fn fault(path: &Path, action: &'static str, source: io::Error) -> WorkspaceError {
    WorkspaceError::File {
        path: path.to_owned(),
        action,
        source,
    }
}

/// Folders of one name that may have stepped aside.
const MAX_ASIDE: u32 = 1000;
