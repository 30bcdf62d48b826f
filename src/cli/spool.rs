//! A file that nobody else sees, for what is too long to be held.

use std::fs;
use std::fs::{File, OpenOptions};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::cli::error::CliError;

/// An empty file that is gone when this is.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    path: PathBuf,
}

impl Spool {
    /// Makes it in `folder`, which is on a disk where there is room.
    pub(super) fn create(folder: &Path, name: &str) -> Result<Self, CliError> {
        let path = folder.join(format!(".{name}.{}.spool", process::id()));
        // One of this name is from a process that was killed and had the same number.
        let _was_not_there = fs::remove_file(&path);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(&path)
            .map_err(|error| CliError::failed(format!("write {}", path.display()), error))?;
        // Without a name it is gone with the process, however that ends.
        #[cfg(unix)]
        let _named_still = fs::remove_file(&path);
        Ok(Self { file, path })
    }
}

impl Read for Spool {
    fn read(&mut self, octets: &mut [u8]) -> io::Result<usize> {
        self.file.read(octets)
    }
}

impl Write for Spool {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.file.write(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        let _gone_already = fs::remove_file(&self.path);
    }
}
