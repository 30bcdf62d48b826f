//! Rows from a folder: one certification request a file.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Content, Ignored, MAX_ROW_OCTETS, fault, too_long};
use crate::batch::error::BatchError;

/// The files of a folder that are rows, in bytewise order of their names, read one by one.
pub(super) struct Requests {
    dir: PathBuf,
    names: std::vec::IntoIter<OsString>,
}

impl Requests {
    /// Lists the folder. Other files and folders are noted, and not entered.
    pub(super) fn list(dir: &Path, ignored: &mut Ignored) -> Result<Self, BatchError> {
        let failed = || BatchError::file("read", dir);
        let (mut names, mut others) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(dir).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let name = entry.file_name();
            // A link counts as what it leads to; where that cannot be seen, reading the row will say so.
            let is_file = fs::metadata(entry.path()).map_or(true, |metadata| metadata.is_file());
            let kept = if is_file && stem(&name).is_some() {
                &mut names
            } else {
                &mut others
            };
            kept.push(name);
        }
        // An `OsString` is ordered by its octets.
        names.sort_unstable();
        others.sort_unstable();
        for name in others {
            ignored.add(name.to_string_lossy().into_owned());
        }
        Ok(Self {
            dir: dir.to_owned(),
            names: names.into_iter(),
        })
    }

    /// How many are left.
    pub(super) fn rows(&self) -> u64 {
        u64::try_from(self.names.len()).unwrap_or(u64::MAX)
    }

    fn content(&self, name: &OsStr) -> Content {
        let lossy = name.to_string_lossy();
        let stem = stem(name).unwrap_or(name).to_string_lossy().into_owned();
        let unreadable = |stem, finding| Content::Unreadable {
            stem: Some(stem),
            finding,
        };
        if name.to_str().is_none() {
            let finding = fault("batch.row-utf8", "file name", lossy, "UTF-8");
            return unreadable(stem, finding);
        }
        match read(&self.dir.join(name)) {
            Err(error) => {
                let found = format!("{lossy}: {error}");
                unreadable(
                    stem,
                    fault("batch.row-file", "file", found, "a file that can be read"),
                )
            }
            Ok(octets) if octets.len() > MAX_ROW_OCTETS => {
                unreadable(stem, too_long("file", format!("{lossy}: more octets")))
            }
            Ok(octets) => Content::Request { stem, octets },
        }
    }
}

impl Iterator for Requests {
    type Item = Result<Content, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.names.next()?;
        Some(Ok(self.content(&name)))
    }
}

/// The name without its ending, when it has one that a request's file has: `dk1` of `dk1.csr.pem`.
fn stem(name: &OsStr) -> Option<&OsStr> {
    let path = Path::new(name);
    let ending = path.extension()?;
    if !ENDINGS
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
    {
        return None;
    }
    let stem = path.file_stem()?;
    let inner = Path::new(stem);
    match inner.extension() {
        Some(second) if second.eq_ignore_ascii_case("csr") => inner.file_stem(),
        _ => Some(stem),
    }
}

/// The file, or as much of it as shows that it is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    let limit = u64::try_from(MAX_ROW_OCTETS).unwrap_or(u64::MAX);
    File::open(path)?.take(limit + 1).read_to_end(&mut octets)?;
    Ok(octets)
}

const ENDINGS: &[&str] = &["csr", "der", "pem"];
