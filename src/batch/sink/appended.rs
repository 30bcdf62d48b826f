//! A file that grows at its end, under a name of its own until it is whole.

use std::fs;
use std::fs::{File, OpenOptions};
use std::io;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::batch::error::BatchError;
use crate::batch::sink::{Access, Position};

/// `OUT/<name>`, written as `OUT/<name>.partial`.
#[derive(Debug)]
pub(super) struct Appended {
    whole: PathBuf,
    partial: PathBuf,
    file: File,
    at: Position,
}

impl Appended {
    /// Begins the file, or opens the one that an earlier run left and cuts it back to a position.
    ///
    /// # Errors
    /// [`BatchError::File`], [`BatchError::SinkShort`].
    pub(super) fn open(
        out: &Path,
        name: &str,
        access: Access,
        at: Option<Position>,
    ) -> Result<Self, BatchError> {
        let (whole, partial) = (out.join(name), out.join(format!("{name}.partial")));
        let file = match at {
            None => create(&partial, access).map_err(BatchError::file("create", &partial))?,
            Some(at) => reopen(&whole, &partial, at)?,
        };
        Ok(Self {
            whole,
            partial,
            file,
            at: at.unwrap_or_default(),
        })
    }

    /// Adds octets, the last of them of this row.
    pub(super) fn write(&mut self, row: u64, octets: &[u8]) -> Result<(), BatchError> {
        let written = self.file.write_all(octets);
        written.map_err(BatchError::file("write", &self.partial))?;
        self.at.row = row;
        self.at.octets += u64::try_from(octets.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Has what was written on the disk.
    pub(super) fn flush(&mut self) -> Result<Position, BatchError> {
        let synced = self.file.sync_data();
        synced.map_err(BatchError::file("write", &self.partial))?;
        Ok(self.at)
    }

    /// Gives the file its name.
    pub(super) fn finish(&mut self) -> Result<(), BatchError> {
        let named = self
            .file
            .sync_all()
            .and_then(|()| fs::rename(&self.partial, &self.whole))
            .and_then(|()| sync_folder_of(&self.whole));
        named.map_err(BatchError::file("write", &self.whole))
    }

    /// Where the octets stand until then.
    #[cfg(feature = "parquet")]
    pub(super) fn partial(&self) -> &Path {
        &self.partial
    }
}

fn reopen(whole: &Path, partial: &Path, at: Position) -> Result<File, BatchError> {
    // The run before may have ended between giving the name and saying so.
    if !partial.exists() && whole.exists() {
        fs::rename(whole, partial).map_err(BatchError::file("write", partial))?;
    }
    let failed = || BatchError::file("open", partial);
    let opened = OpenOptions::new().read(true).write(true).open(partial);
    let mut file = opened.map_err(failed())?;
    let found = file.metadata().map_err(failed())?.len();
    if found < at.octets {
        return Err(BatchError::SinkShort {
            path: partial.to_owned(),
            found,
            expected: at.octets,
        });
    }
    file.set_len(at.octets)
        .and_then(|()| file.seek(SeekFrom::End(0)))
        .map_err(BatchError::file("write", partial))?;
    Ok(file)
}

/// A new file; a secret one is its owner's alone (0600), from the first octet on and whatever the umask says.
pub(in crate::batch) fn create(path: &Path, access: Access) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    if access == Access::Owner {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

        let file = options.mode(0o600).open(path)?;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
        return Ok(file);
    }
    #[cfg(not(unix))]
    let _ = access;
    options.open(path)
}

/// A name is on the disk when its folder is.
pub(in crate::batch) fn sync_folder_of(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        return File::open(folder)?.sync_all();
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_after_a_position_is_gone() {
        let out = tempfile::tempdir().unwrap();
        let open = |at| Appended::open(out.path(), "x.jsonl", Access::Everyone, at);
        let mut file = open(None).unwrap();
        file.write(1, b"one\n").unwrap();
        let at = file.flush().unwrap();
        file.write(2, b"two, and ha").unwrap();
        drop(file);

        let mut file = open(Some(at)).unwrap();
        file.write(2, b"two\n").unwrap();
        file.finish().unwrap();
        let read = || fs::read_to_string(out.path().join("x.jsonl")).unwrap();
        assert_eq!(read(), "one\ntwo\n");

        // Named, and then killed before anyone heard of it.
        let mut file = open(Some(at)).unwrap();
        file.write(2, b"zwei\n").unwrap();
        file.finish().unwrap();
        assert_eq!(read(), "one\nzwei\n");
        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);

        let beyond = Position { row: 9, octets: 99 };
        assert!(matches!(
            open(Some(beyond)).unwrap_err(),
            BatchError::SinkShort {
                found: 9,
                expected: 99,
                ..
            }
        ));
    }
}
