//! What a batch does to its own files, step by step, so that a test can stop it before each one.

use std::fmt;
use std::fs;
use std::fs::{File, OpenOptions};
use std::io;
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, MutexGuard};

/// A step that changes what a later run finds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// The ledger has committed what a slice issued.
    Committed,
    /// Octets go to the end of a file.
    Append {
        path: PathBuf,
        octets: usize,
        /// Octets that the file had.
        at: u64,
    },
    /// A file is forced to the disk.
    Sync { path: PathBuf },
    /// A file gets its final name.
    Rename { to: PathBuf },
    /// The names in a folder are forced to the disk.
    SyncFolder { path: PathBuf },
    /// A file is made, or cut to a length.
    Cut { path: PathBuf, octets: u64 },
    /// A file goes.
    Remove { path: PathBuf },
    /// Artefacts go to the sink.
    Put,
    /// The sink is forced to the disk.
    Flush,
    /// The sink gets its final names.
    FinishSink,
}

/// Sees each step before it is taken.
pub(super) trait Watch: Send + Sync {
    /// An error takes the place of the step.
    fn before(&self, step: Step) -> io::Result<()>;

    /// Held while a slice is worked on, and while one is written: whoever looks at the files wants nothing to move meanwhile.
    fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        None
    }
}

/// The disk, with or without somebody who watches.
#[derive(Clone, Default)]
pub(super) struct Disk(Option<Arc<dyn Watch>>);

/// A file that only grows.
#[derive(Debug)]
pub(super) struct Log {
    disk: Disk,
    path: PathBuf,
    file: File,
    octets: u64,
}

impl Disk {
    /// With somebody who watches.
    #[cfg(test)]
    pub(super) fn watched(watch: Arc<dyn Watch>) -> Self {
        Self(Some(watch))
    }

    /// Tells that a step is about to be taken.
    pub(super) fn step(&self, step: impl FnOnce() -> Step) -> io::Result<()> {
        match &self.0 {
            None => Ok(()),
            Some(watch) => watch.before(step()),
        }
    }

    /// Waits for its turn, where somebody who watches wants turns.
    pub(super) fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        self.0.as_ref()?.turn()
    }

    /// Makes an empty file.
    pub(super) fn create(&self, path: &Path) -> io::Result<Log> {
        self.step(|| Step::Cut {
            path: path.to_owned(),
            octets: 0,
        })?;
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(path)?;
        Ok(Log {
            disk: self.clone(),
            path: path.to_owned(),
            file,
            octets: 0,
        })
    }

    /// Opens a file to go on at a length, and forgets what comes after.
    pub(super) fn reopen(&self, path: &Path, octets: u64) -> io::Result<Log> {
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).open(path)?;
        let found = file.metadata()?.len();
        if found < octets {
            let text = format!("{found} octets, and an earlier run left {octets}");
            return Err(io::Error::new(ErrorKind::InvalidData, text));
        }
        if found > octets {
            self.step(|| Step::Cut {
                path: path.to_owned(),
                octets,
            })?;
            file.set_len(octets)?;
        }
        file.seek(SeekFrom::End(0))?;
        Ok(Log {
            disk: self.clone(),
            path: path.to_owned(),
            file,
            octets,
        })
    }

    /// Writes a file aside, forces it to the disk and gives it its name, so that it is whole or not there.
    pub(super) fn put(&self, path: &Path, octets: &[u8], secret: bool) -> io::Result<()> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let aside = path.with_file_name(format!(".{name}.partial"));
        self.step(|| Step::Append {
            path: aside.clone(),
            octets: octets.len(),
            at: 0,
        })?;
        let mut file = open_new(&aside, secret)?;
        file.write_all(octets)?;
        self.step(|| Step::Sync {
            path: aside.clone(),
        })?;
        file.sync_all()?;
        self.step(|| Step::Rename {
            to: path.to_owned(),
        })?;
        fs::rename(&aside, path)?;
        self.sync_folder(path.parent().unwrap_or(path))
    }

    /// Makes a folder, and those above it that are not there; all have their names on the disk then.
    pub(super) fn make_folders(&self, folder: &Path) -> io::Result<()> {
        if folder.as_os_str().is_empty() || folder.is_dir() {
            return Ok(());
        }
        let above = folder.parent().unwrap_or(folder);
        self.make_folders(above)?;
        match fs::create_dir(folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
            made => made?,
        }
        self.sync_folder(above)
    }

    /// Forces the names in a folder to the disk.
    pub(super) fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.step(|| Step::SyncFolder {
            path: folder.to_owned(),
        })?;
        sync_folder(folder)
    }

    /// Removes a file, unless it is gone.
    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(|| Step::Remove {
            path: path.to_owned(),
        })?;
        match fs::remove_file(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done,
        }
    }
}

impl Log {
    /// Adds octets, all in one write.
    pub(super) fn append(&mut self, octets: &[u8]) -> io::Result<()> {
        if octets.is_empty() {
            return Ok(());
        }
        self.disk.step(|| Step::Append {
            path: self.path.clone(),
            octets: octets.len(),
            at: self.octets,
        })?;
        self.file.write_all(octets)?;
        self.octets += u64::try_from(octets.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Forces what was added to the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.disk.step(|| Step::Sync {
            path: self.path.clone(),
        })?;
        self.file.sync_data()
    }

    /// Octets so far.
    pub(super) fn octets(&self) -> u64 {
        self.octets
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk")
    }
}

/// A file that was left behind by a run that was killed gives way: nothing counts before it has its final name.
fn open_new(path: &Path, secret: bool) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = secret;
    options.open(path)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}
