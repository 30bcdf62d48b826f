//! Jobs: the rows that a batch is made of, read one after the other.
//!
//! | form | a row is | its name |
//! |---|---|---|
//! | JSONL | a line with a JSON object: the vendor's request body, and the names of its query beside them | `rowKey`, or the device |
//! | CSV | a record; the header has the vendor's field names | `rowKey`, or the device |
//! | folder | a file `*.csr`, `*.pem` or `*.der`, PEM or DER, in bytewise order of their names | the file's name without its ending |
//! | tar | the same files as its entries, in their order | the entry's name without folders and ending |
//!
//! Files may be compressed with gzip or Zstandard, which their endings tell; `-` is standard input. A row can name its own
//! vendor in a field `vendor`. A row that cannot be read is a row all the same: it fails alone.

use std::collections::HashSet;
use std::fmt;
use std::fs;
use std::io::Read;
use std::iter::Peekable;
use std::num::NonZeroUsize;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::batch::error::BatchError;
use crate::batch::vendors::Vendor;
use crate::lint::Finding;
use crate::service::JOB_RULES;

use archive::Entries;
use csv::Records;
use folder::Requests;
pub(super) use ignored::{Ignored, IgnoredFiles};
use jsonl::Lines;
pub(super) use row::{Content, Row, VENDOR};
use source::Octets;

mod archive;
mod counted;
mod csv;
mod folder;
mod ignored;
mod jsonl;
mod names;
mod row;
mod source;

/// Octets of the longest row that is read; a longer one is rejected and its end skipped.
pub const MAX_ROW_OCTETS: usize = 262_144;

/// The form of a job.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Format {
    /// Comma-separated values with a header (RFC 4180).
    Csv,
    /// A folder of certification requests.
    Folder,
    /// A JSON object on each line.
    Jsonl,
    /// A tar of certification requests.
    Tar,
}

/// An open job that has at least one row.
pub(super) struct Job {
    rows: Peekable<Rows>,
    size: Size,
    ignored: IgnoredFiles,
}

/// The columns that a header may have.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    /// Of the job's vendor, and of rows of any vendor.
    pub(super) own: Vec<&'static str>,
    /// Of all vendors, where one of the columns says whose a row is.
    pub(super) mixed: Vec<&'static str>,
}

/// How much there is to do.
enum Size {
    /// Nobody knows.
    Open,
    /// So many rows.
    Rows(u64),
    /// So many octets; the counter says how many are read.
    Octets { total: u64, read: Arc<AtomicU64> },
}

type Rows = Box<dyn Iterator<Item = Result<Content, BatchError>> + Send>;

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Folder, Self::Jsonl, Self::Tar];

    /// Whether its rows are certification requests and nothing else.
    pub(super) fn is_of_requests(self) -> bool {
        matches!(self, Self::Folder | Self::Tar)
    }
}

impl Job {
    /// Opens a job and reads its first row; a header may have these columns. `-` is standard input.
    ///
    /// # Errors
    /// [`BatchError::File`], [`BatchError::FormatMismatch`], [`BatchError::UnknownFormat`], [`BatchError::NoRows`],
    /// [`BatchError::Archive`], and for CSV [`BatchError::UnknownColumn`] and [`BatchError::ColumnTwice`].
    pub(super) fn open(
        path: &Path,
        format: Option<Format>,
        columns: &Columns,
    ) -> Result<Self, BatchError> {
        if is_stdin(path) {
            let format = format.ok_or(BatchError::StdinFormat)?;
            return Self::of_stream(std::io::stdin(), path, format, columns);
        }
        let metadata = fs::metadata(path).map_err(BatchError::file("read", path))?;
        let format = format_of(path, format)?;
        if (format == Format::Folder) != metadata.is_dir() {
            let found = if metadata.is_dir() {
                "a folder"
            } else {
                "a file"
            };
            return Err(BatchError::FormatMismatch {
                asked: format,
                found,
                path: path.to_owned(),
            });
        }
        let ignored = IgnoredFiles::default();
        if format == Format::Folder {
            let requests = Requests::list(path, &ignored)?;
            let size = Size::Rows(requests.rows());
            return Self::begin(Box::new(requests), size, ignored, path, format);
        }
        let (octets, size) = source::open_file(path, metadata.len())?;
        let rows = rows(octets, path, format, columns, &ignored)?;
        Self::begin(rows, size, ignored, path, format)
    }

    /// A job that somebody reads; the name is for messages.
    ///
    /// # Errors
    /// As [`Job::open`].
    pub(super) fn of_stream(
        stream: impl Read + Send + 'static,
        name: &Path,
        format: Format,
        columns: &Columns,
    ) -> Result<Self, BatchError> {
        let ignored = IgnoredFiles::default();
        let octets = source::open_stream(stream, name)?;
        let rows = rows(octets, name, format, columns, &ignored)?;
        Self::begin(rows, Size::Open, ignored, name, format)
    }

    fn begin(
        rows: Rows,
        size: Size,
        ignored: IgnoredFiles,
        path: &Path,
        format: Format,
    ) -> Result<Self, BatchError> {
        let mut rows = rows.peekable();
        match rows.next_if(Result::is_err) {
            Some(Err(error)) => return Err(error),
            _ if rows.peek().is_none() => {
                return Err(BatchError::NoRows {
                    expected: format.expected_row(),
                    path: path.to_owned(),
                });
            }
            _ => {}
        }
        Ok(Self {
            rows,
            size,
            ignored,
        })
    }

    /// Files of a folder or a tar that are no rows.
    pub(super) fn ignored(&self) -> IgnoredFiles {
        self.ignored.clone()
    }

    /// The rows that are left, in slices.
    pub(super) fn into_slices(self) -> Slices {
        Slices {
            job: self,
            taken: 0,
            slice_rows: SLICE_ROWS,
        }
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job")
            .field("ignored", &self.ignored)
            .finish_non_exhaustive()
    }
}

/// Rows that are worked on together.
#[derive(Debug)]
pub(super) struct Slice {
    /// Rows before the first of these.
    pub(super) index: u64,
    pub(super) rows: Vec<Row>,
    /// How many rows the job has, counted or estimated.
    pub(super) total: Option<u64>,
}

/// A job in slices whose bounds depend on the job alone, so that the results do not depend on the number of threads.
#[derive(Debug)]
pub(super) struct Slices {
    job: Job,
    taken: u64,
    slice_rows: usize,
}

impl Slices {
    /// Of another number of rows.
    pub(super) fn of(self, rows: Option<NonZeroUsize>) -> Self {
        let slice_rows = rows.map_or(SLICE_ROWS, NonZeroUsize::get);
        Self { slice_rows, ..self }
    }
}

impl Iterator for Slices {
    type Item = Result<Slice, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.taken;
        let (mut rows, mut octets) = (Vec::new(), 0);
        while rows.len() < self.slice_rows && octets < SLICE_OCTETS {
            // A failure waits until the rows before it have been handed out.
            let failed = matches!(self.job.rows.peek(), Some(Err(_)));
            if failed && !rows.is_empty() {
                break;
            }
            let content = match self.job.rows.next() {
                None => break,
                Some(Err(error)) => return Some(Err(error)),
                Some(Ok(content)) => content,
            };
            self.taken += 1;
            octets += content.octets();
            rows.push(Row::new(self.taken, content));
        }
        let total = self.job.size.estimate(self.taken);
        (!rows.is_empty()).then_some(Ok(Slice { index, rows, total }))
    }
}

impl Size {
    /// The number of rows, given how many are read.
    fn estimate(&self, rows: u64) -> Option<u64> {
        match self {
            Self::Open => None,
            Self::Rows(total) => Some(*total),
            Self::Octets { total, read } => {
                let read = read.load(Ordering::Relaxed);
                if read >= *total {
                    return Some(rows);
                }
                let product = u128::from(rows) * u128::from(*total);
                let estimate = product.checked_div(u128::from(read))?;
                u64::try_from(estimate).ok()
            }
        }
    }
}

impl Columns {
    /// Of a job of this vendor.
    pub(super) fn of(vendor: Vendor) -> Self {
        let own = |vendors: &[Vendor]| {
            let columns = vendors.iter().flat_map(|vendor| vendor.line().columns());
            let mut columns: Vec<_> = columns.copied().chain(ROW_FIELDS).collect();
            let mut seen = HashSet::new();
            columns.retain(|column| seen.insert(*column));
            columns
        };
        Self {
            own: own(&[vendor]),
            mixed: own(&Vendor::ALL),
        }
    }
}

/// The format of a job, by what is there where it is not given.
///
/// # Errors
/// [`BatchError::File`], [`BatchError::StdinFormat`], [`BatchError::UnknownFormat`].
pub(super) fn format_of(path: &Path, format: Option<Format>) -> Result<Format, BatchError> {
    match format {
        Some(format) => Ok(format),
        None if is_stdin(path) => Err(BatchError::StdinFormat),
        None => {
            let metadata = fs::metadata(path).map_err(BatchError::file("read", path))?;
            match metadata.is_dir() {
                true => Ok(Format::Folder),
                false => Format::of_file(path),
            }
        }
    }
}

/// Whether a job is standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn rows(
    octets: Octets,
    path: &Path,
    format: Format,
    columns: &Columns,
    ignored: &IgnoredFiles,
) -> Result<Rows, BatchError> {
    match format {
        Format::Csv => Ok(Box::new(Records::new(octets, path, columns)?)),
        Format::Jsonl => Ok(Box::new(Lines::new(octets, path))),
        Format::Tar => Ok(Box::new(Entries::new(octets, path, ignored.clone()))),
        Format::Folder => Err(BatchError::FormatMismatch {
            asked: format,
            found: "a stream",
            path: path.to_owned(),
        }),
    }
}

impl Format {
    fn expected_row(self) -> &'static str {
        match self {
            Self::Csv => "a header and at least one record are expected",
            Self::Folder => {
                "files with certification requests, *.csr, *.pem or *.der, are expected"
            }
            Self::Jsonl => "a JSON object on each line is expected",
            Self::Tar => "entries with certification requests, *.csr, *.pem or *.der, are expected",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Folder => "folder",
            Self::Jsonl => "jsonl",
            Self::Tar => "tar",
        })
    }
}

impl FromStr for Format {
    type Err = BatchError;

    fn from_str(text: &str) -> Result<Self, BatchError> {
        let named = Self::ALL
            .into_iter()
            .find(|format| format.to_string() == text);
        named.ok_or_else(|| BatchError::UnknownFormat {
            found: text.to_owned(),
        })
    }
}

/// What is wrong with a row before anything is known of its vendor.
fn fault(rule: &'static str, field: &str, found: impl Into<String>, expected: &str) -> Finding {
    Finding::error(rule, ROW_RULES, field, found, expected)
}

fn too_long(field: &str, found: impl Into<String>) -> Finding {
    let expected = format!("at most {MAX_ROW_OCTETS} octets");
    fault("batch.row-octets", field, found, &expected)
}

fn not_utf8(field: &str, error: &std::str::Utf8Error) -> Finding {
    let found = format!("other octets after {} that are UTF-8", error.valid_up_to());
    fault("batch.row-utf8", field, found, "UTF-8")
}

/// Rows worked on together: enough for every core to have work, few enough for memory to stay small.
const SLICE_ROWS: usize = 512;
/// A slice of long rows ends sooner.
const SLICE_OCTETS: usize = 4 * 1024 * 1024;

/// Fields that rows of every vendor may have beside those in its own list.
const ROW_FIELDS: [&str; 3] = [VENDOR, "key", "subject"];

/// Where the rules for rows stand.
pub(super) const ROW_RULES: &str = JOB_RULES;

#[cfg(test)]
mod tests;
