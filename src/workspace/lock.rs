//! One writer at a time: what the rules ask and what the ledger then records must not be another process's in between.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::process;
use std::thread;
use std::time::{Duration, Instant};

use super::WorkspaceError;
use super::files::fault;

/// Held for as long as a workspace is open for writing; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, waiting while another process has it, but no longer than `wait`.
    pub(super) fn acquire(dir: &Path, wait: Duration) -> Result<Self, WorkspaceError> {
        let path = dir.join(LOCK_FILE);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options
            .open(&path)
            .map_err(|source| fault(&path, "opened", source))?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if start.elapsed() < wait => thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => return Err(busy(dir, &mut file)),
                Err(TryLockError::Error(source)) => return Err(fault(&path, "locked", source)),
            }
        }
        // Who holds it, for the message that another process prints; nothing depends on it.
        let noted = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", process::id()));
        noted.map_err(|source| fault(&path, "written", source))?;
        Ok(Self { _file: file })
    }
}

fn busy(dir: &Path, file: &mut File) -> WorkspaceError {
    let mut text = String::new();
    let read = file.take(20).read_to_string(&mut text);
    let holder = match read {
        Ok(_) if !text.trim().is_empty() => format!("process {}", text.trim()),
        _ => "another process".to_owned(),
    };
    WorkspaceError::Busy {
        dir: dir.to_owned(),
        holder,
    }
}

const LOCK_FILE: &str = "lock";
const PAUSE: Duration = Duration::from_millis(20);
