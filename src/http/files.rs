//! Files of the server's own, in the workspace's folder.

use std::fs;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::io::Write;
use std::path::Path;
use std::process;

use crate::http::error::ServeError;

/// Puts a file in the place of what is there, whole or not at all; only its owner reads it.
pub(super) fn replace(path: &Path, octets: &[u8]) -> Result<(), ServeError> {
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}.tmp", process::id()));
    let written = folder_of_owner(folder)
        .and_then(|()| write(&beside, octets))
        .and_then(|()| fs::rename(&beside, path))
        .and_then(|()| File::open(folder)?.sync_all());
    written.map_err(|source| ServeError::File {
        path: path.to_owned(),
        action: "written",
        source,
    })
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, ServeError> {
    fs::read(path).map_err(|source| ServeError::File {
        path: path.to_owned(),
        action: "read",
        source,
    })
}

fn folder_of_owner(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write(path: &Path, octets: &[u8]) -> io::Result<()> {
    // One of this name is from a process that was killed and had the same number.
    drop(fs::remove_file(path));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(octets)?;
    file.sync_all()
}
