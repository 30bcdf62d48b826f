//! Rows from a tar (POSIX.1-2001 pax, ustar, GNU): one certification request an entry, in the order of the archive.
//!
//! Nothing is unpacked, and no more of an entry is kept than a row may have. What the archive says of itself must be
//! true up to its end: a part that is missing would be rows that nobody misses.

use std::ffi::OsStr;
use std::io;
use std::io::Read;
use std::path::{Path, PathBuf};

use tar::{EntryType, Header};

use super::folder::{named, stem};
use super::{Content, IgnoredFiles, MAX_ROW_OCTETS, fault, too_long};
use crate::batch::error::BatchError;

/// The entries that are rows.
pub(super) struct Entries<R> {
    reader: R,
    path: PathBuf,
    ignored: IgnoredFiles,
    rows: u64,
    has_ended: bool,
}

/// What stands before an entry and says more of it.
#[derive(Default)]
struct Remarks {
    path: Option<Vec<u8>>,
    size: Option<u64>,
    is_sparse: bool,
}

/// Why an archive cannot be read on.
enum Broken {
    File(io::Error),
    Archive(String),
}

impl<R: Read> Entries<R> {
    pub(super) fn new(reader: R, path: &Path, ignored: IgnoredFiles) -> Self {
        Self {
            reader,
            path: path.to_owned(),
            ignored,
            rows: 0,
            has_ended: false,
        }
    }

    /// The next entry that is a row; `None` at the end.
    fn row(&mut self) -> Result<Option<Content>, Broken> {
        let mut remarks = Remarks::default();
        while let Some(header) = self.header()? {
            let size = remarks.size.map_or_else(|| header.entry_size(), Ok);
            let size = size.map_err(|error| Broken::Archive(error.to_string()))?;
            match header.entry_type() {
                EntryType::GNULongName => {
                    let name = self.remark(size)?;
                    let end = name.iter().position(|octet| *octet == 0);
                    remarks.path = Some(name.into_iter().take(end.unwrap_or(usize::MAX)).collect());
                }
                EntryType::XHeader => remarks.read_pax(&self.remark(size)?)?,
                EntryType::GNULongLink | EntryType::XGlobalHeader => {
                    self.remark(size)?;
                }
                EntryType::Directory => {
                    self.skip(size)?;
                    remarks = Remarks::default();
                }
                kind => {
                    let told = std::mem::take(&mut remarks);
                    let path = told
                        .path
                        .unwrap_or_else(|| header.path_bytes().into_owned());
                    if let Some(content) = self.entry(kind, &path, size, told.is_sparse)? {
                        self.rows += 1;
                        return Ok(Some(content));
                    }
                }
            }
        }
        Ok(None)
    }

    /// An entry that may be a row.
    fn entry(
        &mut self,
        kind: EntryType,
        path: &[u8],
        size: u64,
        is_sparse: bool,
    ) -> Result<Option<Content>, Broken> {
        let lossy = String::from_utf8_lossy(path).into_owned();
        let name = lossy.rsplit('/').next().unwrap_or(&lossy);
        let stem = stem(OsStr::new(name)).map(|stem| stem.to_string_lossy().into_owned());
        let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous);
        let Some(stem) = stem.filter(|_| is_file || kind == EntryType::GNUSparse) else {
            self.ignored.add(lossy);
            // Links and devices have no content, whatever their size says.
            let has_content = is_file || !(kind.is_hard_link() || kind.is_symlink());
            self.skip(if has_content { size } else { 0 })?;
            return Ok(None);
        };
        let refused = |finding| {
            Some(Content::Unreadable {
                stem: Some(stem.clone()),
                finding,
            })
        };
        let limit = u64::try_from(MAX_ROW_OCTETS).unwrap_or(u64::MAX);
        let content = if str::from_utf8(path).is_err() {
            refused(fault("batch.row-utf8", "file name", lossy, "UTF-8"))
        } else if is_sparse || !is_file {
            let found = format!("{lossy}: a sparse file");
            refused(fault(
                "batch.row-file",
                "file",
                found,
                "a file in one piece",
            ))
        } else if size > limit {
            refused(too_long("file", format!("{lossy}: {size} octets")))
        } else {
            let octets = self.octets(size)?;
            return Ok(Some(named(stem, octets)));
        };
        self.skip(size)?;
        Ok(content)
    }

    /// The next header; `None` behind the last entry, where nothing but zeros may stand.
    fn header(&mut self) -> Result<Option<Header>, Broken> {
        let mut header = Header::new_old();
        self.exactly(header.as_mut_bytes())?;
        if header.as_bytes().iter().all(|octet| *octet == 0) {
            let mut rest = [0; BLOCK];
            loop {
                match self.reader.read(&mut rest).map_err(Broken::File)? {
                    0 => return Ok(None),
                    count if rest.iter().take(count).all(|octet| *octet == 0) => {}
                    _ => return Err(broken("something stands behind its end")),
                }
            }
        }
        let stated = header.cksum().ok();
        let mut blank = header.clone();
        blank.as_old_mut().cksum = [b' '; 8];
        let sum: u32 = blank.as_bytes().iter().copied().map(u32::from).sum();
        if stated != Some(sum) {
            return Err(broken("a header whose checksum is another"));
        }
        Ok(Some(header))
    }

    /// An entry that says something of the next one.
    fn remark(&mut self, size: u64) -> Result<Vec<u8>, Broken> {
        if size > MAX_REMARK_OCTETS {
            let reason = format!("a name or header of {size} octets, allowed {MAX_REMARK_OCTETS}");
            return Err(Broken::Archive(reason));
        }
        self.octets(size)
    }

    /// The content of an entry, padding taken.
    fn octets(&mut self, size: u64) -> Result<Vec<u8>, Broken> {
        let mut octets = vec![0; usize::try_from(size).unwrap_or(0)];
        self.exactly(&mut octets)?;
        self.skip_exactly(padding(size))?;
        Ok(octets)
    }

    fn skip(&mut self, size: u64) -> Result<(), Broken> {
        let padded = size.checked_add(padding(size));
        self.skip_exactly(padded.ok_or_else(|| broken("an entry without end"))?)
    }

    fn skip_exactly(&mut self, count: u64) -> Result<(), Broken> {
        let skipped = io::copy(&mut (&mut self.reader).take(count), &mut io::sink());
        match skipped.map_err(Broken::File)? {
            skipped if skipped == count => Ok(()),
            _ => Err(broken("its end is missing")),
        }
    }

    fn exactly(&mut self, octets: &mut [u8]) -> Result<(), Broken> {
        self.reader
            .read_exact(octets)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => broken("its end is missing"),
                _ => Broken::File(error),
            })
    }
}

impl<R: Read> Iterator for Entries<R> {
    type Item = Result<Content, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        match self.row() {
            Ok(Some(content)) => Some(Ok(content)),
            Ok(None) => {
                self.has_ended = true;
                None
            }
            Err(broken) => {
                self.has_ended = true;
                Some(Err(match broken {
                    Broken::File(error) => BatchError::file("read", &self.path)(error),
                    Broken::Archive(reason) => BatchError::Archive {
                        path: self.path.clone(),
                        reason,
                        rows: self.rows,
                    },
                }))
            }
        }
    }
}

impl Remarks {
    /// Records of a pax header: `<length> <keyword>=<value>\n`.
    fn read_pax(&mut self, mut records: &[u8]) -> Result<(), Broken> {
        let malformed = || broken("a pax header that cannot be read");
        while !records.is_empty() {
            let space = records.iter().position(|octet| *octet == b' ');
            let length = space.and_then(|space| records.get(..space));
            let length = length.and_then(|digits| str::from_utf8(digits).ok()?.parse().ok());
            let (record, rest) = length
                .and_then(|length: usize| records.split_at_checked(length))
                .ok_or_else(malformed)?;
            let record = record.strip_suffix(b"\n").and_then(|record| {
                let record = record.get(space? + 1..)?;
                let equals = record.iter().position(|octet| *octet == b'=')?;
                Some((record.get(..equals)?, record.get(equals + 1..)?))
            });
            match record.ok_or_else(malformed)? {
                (b"path", value) => self.path = Some(value.to_vec()),
                (b"size", value) => {
                    let size = str::from_utf8(value)
                        .ok()
                        .and_then(|text| text.parse().ok());
                    self.size = Some(size.ok_or_else(malformed)?);
                }
                (keyword, _) => self.is_sparse |= keyword.starts_with(b"GNU.sparse"),
            }
            records = rest;
        }
        Ok(())
    }
}

fn broken(reason: &str) -> Broken {
    Broken::Archive(reason.to_owned())
}

/// Octets between a content and the next header.
fn padding(size: u64) -> u64 {
    let block = u64::try_from(BLOCK).unwrap_or(512);
    (block - size % block) % block
}

const BLOCK: usize = 512;
/// No file system has a longer path, and no header that is of use here more to say.
const MAX_REMARK_OCTETS: u64 = 65_536;
