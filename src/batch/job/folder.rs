//! Rows from a folder: one certification request a file.

use std::ffi::OsStr;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::names::{Names, Sorted};
use super::{Content, IgnoredFiles, MAX_ROW_OCTETS, fault, too_long};
use crate::batch::error::BatchError;

/// The files of a folder that are rows, in bytewise order of their names, read one by one.
pub(super) struct Requests {
    dir: PathBuf,
    names: Sorted,
}

impl Requests {
    /// Lists the folder. Other files and folders are noted, and not entered.
    pub(super) fn list(dir: &Path, ignored: &IgnoredFiles) -> Result<Self, BatchError> {
        let failed = || BatchError::file("read", dir);
        let mut names = Names::new();
        for entry in fs::read_dir(dir).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let name = entry.file_name();
            // A link counts as what it leads to; where that cannot be seen, reading the row will say so.
            let is_file = || fs::metadata(entry.path()).map_or(true, |metadata| metadata.is_file());
            if stem(&name).is_some() && is_file() {
                let pushed = names.push(name.into_encoded_bytes());
                pushed.map_err(BatchError::file("sort the names of", dir))?;
            } else {
                ignored.add(name.to_string_lossy().into_owned());
            }
        }
        Ok(Self {
            dir: dir.to_owned(),
            names: names.sorted().map_err(failed())?,
        })
    }

    /// How many there are.
    pub(super) fn rows(&self) -> u64 {
        self.names.total()
    }

    fn content(&self, name: &[u8]) -> Content {
        let lossy = String::from_utf8_lossy(name);
        let unreadable = |finding| {
            let lossy = OsStr::new(&*lossy);
            let stem = stem(lossy).unwrap_or(lossy).to_string_lossy();
            Content::Unreadable {
                stem: Some(stem.into_owned()),
                finding,
            }
        };
        let Ok(name) = str::from_utf8(name) else {
            return unreadable(fault("batch.row-utf8", "file name", &*lossy, "UTF-8"));
        };
        match read(&self.dir.join(name)) {
            Err(error) => {
                let found = format!("{lossy}: {error}");
                unreadable(fault(
                    "batch.row-file",
                    "file",
                    found,
                    "a file that can be read",
                ))
            }
            Ok(octets) if octets.len() > MAX_ROW_OCTETS => {
                unreadable(too_long("file", format!("{lossy}: more octets")))
            }
            Ok(octets) => {
                let name = OsStr::new(name);
                named(
                    stem(name).unwrap_or(name).to_string_lossy().into_owned(),
                    octets,
                )
            }
        }
    }
}

impl Iterator for Requests {
    type Item = Result<Content, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let name = match self.names.next()? {
            Ok(name) => name,
            Err(error) => {
                return Some(Err(BatchError::file("sort the names of", &self.dir)(error)));
            }
        };
        Some(Ok(self.content(&name)))
    }
}

/// The name without its ending, when it has one that a request's file has: `dk1` of `dk1.csr.pem`.
pub(super) fn stem(name: &OsStr) -> Option<&OsStr> {
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

/// The row of a file.
pub(super) fn named(stem: String, octets: Vec<u8>) -> Content {
    Content::Request { stem, octets }
}

/// The file, or as much of it as shows that it is too long.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    let limit = u64::try_from(MAX_ROW_OCTETS).unwrap_or(u64::MAX);
    File::open(path)?.take(limit + 1).read_to_end(&mut octets)?;
    Ok(octets)
}

const ENDINGS: &[&str] = &["csr", "der", "pem"];
