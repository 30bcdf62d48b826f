//! Files that are written: whole or not at all, and never over another one unless that is asked for.

use std::fs;
use std::fs::{File, OpenOptions};
use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process;

use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::input::{is_stdin, name};

/// Whether a file that is there already may be replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Overwrite {
    Allowed,
    Refused,
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Access {
    /// Whoever the umask lets.
    Everyone,
    /// The owner alone (0600), whatever the umask says.
    Owner,
}

/// Where a result goes. It is claimed before the work is done, so that nothing is issued that cannot be written.
pub(super) enum Sink {
    File(PendingFile),
    Stdout,
}

/// A file under a temporary name in the folder of the one it will become.
pub(super) struct PendingFile {
    file: File,
    temporary: PathBuf,
    path: PathBuf,
    overwrite: Overwrite,
}

impl Overwrite {
    pub(super) fn of(force: bool) -> Self {
        if force { Self::Allowed } else { Self::Refused }
    }
}

impl Sink {
    /// A file, or standard output for no path and for `-`.
    pub(super) fn claim(
        path: Option<&Path>,
        overwrite: Overwrite,
        access: Access,
    ) -> Result<Self, CliError> {
        match path {
            Some(path) if !is_stdin(path) => {
                PendingFile::create(path, overwrite, access).map(Self::File)
            }
            _ => Ok(Self::Stdout),
        }
    }

    /// Whether the result goes to standard output.
    pub(super) fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    /// Writes the whole result.
    pub(super) fn finish(self, octets: &[u8], console: &mut Console<'_>) -> Result<(), CliError> {
        match self {
            Self::File(file) => file.finish(octets),
            Self::Stdout => console.octets(octets),
        }
    }
}

impl PendingFile {
    pub(super) fn create(
        path: &Path,
        overwrite: Overwrite,
        access: Access,
    ) -> Result<Self, CliError> {
        if overwrite == Overwrite::Refused && fs::symlink_metadata(path).is_ok() {
            return Err(CliError::Exists {
                path: path.to_owned(),
            });
        }
        let file_name = path.file_name().ok_or_else(|| {
            CliError::usage(
                format!("{} does not name a file", path.display()),
                "give the name of a file",
            )
        })?;
        let temporary = format!(".{}.{}.tmp", file_name.to_string_lossy(), process::id());
        let temporary = path.with_file_name(temporary);
        let file = open(&temporary, access).map_err(|error| cannot_write(path, error))?;
        Ok(Self {
            file,
            temporary,
            path: path.to_owned(),
            overwrite,
        })
    }

    /// For what is too long to be held at once; [`PendingFile::finish`] adds to it and gives the file its name.
    pub(super) fn writer(&mut self) -> impl Write {
        &mut self.file
    }

    pub(super) fn finish(mut self, octets: &[u8]) -> Result<(), CliError> {
        self.publish(octets).map_err(|error| {
            if error.kind() == io::ErrorKind::AlreadyExists {
                return CliError::Exists {
                    path: self.path.clone(),
                };
            }
            cannot_write(&self.path, error)
        })
    }

    fn publish(&mut self, octets: &[u8]) -> io::Result<()> {
        self.file.write_all(octets)?;
        self.file.sync_all()?;
        match self.overwrite {
            Overwrite::Allowed => fs::rename(&self.temporary, &self.path)?,
            // A link fails when the name is taken, where a rename would replace what came there meanwhile.
            Overwrite::Refused => match fs::hard_link(&self.temporary, &self.path) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
                // Some file systems know no links.
                Err(_) => fs::rename(&self.temporary, &self.path)?,
            },
        }
        sync_folder(&self.path)
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove.
        let _gone = fs::remove_file(&self.temporary);
    }
}

fn cannot_write(path: &Path, error: io::Error) -> CliError {
    CliError::failed(format!("write {}", name(path)), error)
}

#[cfg(unix)]
fn open(path: &Path, access: Access) -> io::Result<File> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    match access {
        Access::Everyone => options.open(path),
        Access::Owner => {
            // The mode holds from the first octet on; a umask can only have taken bits away.
            let file = options.mode(0o600).open(path)?;
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
            Ok(file)
        }
    }
}

#[cfg(not(unix))]
fn open(path: &Path, _access: Access) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// A name that was just given survives a power cut only once its folder is on disk.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pending(path: &Path, overwrite: Overwrite) -> Result<PendingFile, CliError> {
        PendingFile::create(path, overwrite, Access::Everyone)
    }

    #[test]
    fn what_came_there_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let file = pending(&path, Overwrite::Refused).unwrap();
        fs::write(&path, "theirs").unwrap();
        assert!(matches!(file.finish(b"ours"), Err(CliError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let file = pending(&path, Overwrite::Allowed).unwrap();
        file.finish(b"ours").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"ours");
    }

    #[test]
    fn a_file_that_is_not_finished_does_not_appear() {
        let folder = tempfile::tempdir().unwrap();
        drop(pending(&folder.path().join("a"), Overwrite::Refused).unwrap());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
