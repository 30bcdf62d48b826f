//! Jobs: the rows that a batch is made of, read one after the other.
//!
//! | form | a row is | its name |
//! |---|---|---|
//! | JSONL | a line with a JSON object: the vendor's request body, and the names of its query beside them | `rowKey`, or the device |
//! | CSV | a record; the header has the vendor's field names | `rowKey`, or the device |
//! | folder | a file `*.csr`, `*.pem` or `*.der`, PEM or DER, in bytewise order of their names | the file's name without its ending |
//!
//! A row that cannot be read is a row all the same: it fails alone.

use std::fmt;
use std::fs;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::iter::Peekable;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::batch::error::BatchError;
use crate::lint::Finding;

use counted::Counted;
use csv::Records;
use folder::Requests;
use jsonl::Lines;

mod counted;
mod csv;
mod folder;
mod jsonl;

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
}

/// An open job that has at least one row.
pub(super) struct Job {
    rows: Peekable<Rows>,
    size: Size,
    ignored: Ignored,
}

/// Files of a folder that are no rows.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Ignored {
    /// How many.
    pub(super) count: u64,
    /// The first of their names, in bytewise order, at most [`Ignored::MAX_NAMES`].
    pub(super) names: Vec<String>,
}

/// A row as it was read, not yet understood.
#[derive(Debug)]
pub(super) struct Row {
    /// Counted from 1.
    pub(super) number: u64,
    pub(super) content: Content,
}

/// What a row holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Cells, each with its column.
    Cells(Vec<(Arc<str>, String)>),
    /// A line of JSON, UTF-8.
    Json(String),
    /// A file with a certification request, and its name without the ending.
    Request { stem: String, octets: Vec<u8> },
    /// Nothing that can be read; the name if there is one.
    Unreadable {
        stem: Option<String>,
        finding: Finding,
    },
}

/// How much there is to do.
enum Size {
    /// So many rows.
    Rows(u64),
    /// So many octets; the counter says how many are read.
    Octets { total: u64, read: Arc<AtomicU64> },
}

type Rows = Box<dyn Iterator<Item = Result<Content, BatchError>> + Send>;

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Folder, Self::Jsonl];

    /// The format of a job: a folder by what it is, a file by its ending.
    fn of(path: &Path, is_folder: bool) -> Result<Self, BatchError> {
        if is_folder {
            return Ok(Self::Folder);
        }
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        match ending.as_deref().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("json" | "jsonl" | "ndjson") => Ok(Self::Jsonl),
            _ => Err(BatchError::UnknownFormat {
                found: path.display().to_string(),
            }),
        }
    }
}

impl Job {
    /// Opens a job and reads its first row; a header may have these columns.
    ///
    /// # Errors
    /// [`BatchError::File`], [`BatchError::FormatMismatch`], [`BatchError::UnknownFormat`], [`BatchError::NoRows`], and
    /// for CSV [`BatchError::UnknownColumn`] and [`BatchError::ColumnTwice`].
    pub(super) fn open(
        path: &Path,
        format: Option<Format>,
        columns: &[&str],
    ) -> Result<Self, BatchError> {
        let metadata = fs::metadata(path).map_err(BatchError::file("read", path))?;
        let format = format.map_or_else(|| Format::of(path, metadata.is_dir()), Ok)?;
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
        let mut ignored = Ignored::default();
        let (rows, size): (Rows, _) = match format {
            Format::Csv => {
                let (reader, size) = open_file(path, metadata.len())?;
                (Box::new(Records::new(reader, path, columns)?), size)
            }
            Format::Folder => {
                let requests = Requests::list(path, &mut ignored)?;
                let size = Size::Rows(requests.rows());
                (Box::new(requests), size)
            }
            Format::Jsonl => {
                let (reader, size) = open_file(path, metadata.len())?;
                (Box::new(Lines::new(reader, path)), size)
            }
        };
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

    /// Files of a folder that are no rows.
    pub(super) fn ignored(&self) -> &Ignored {
        &self.ignored
    }

    /// The rows that are left, in slices.
    pub(super) fn into_slices(self) -> Slices {
        Slices {
            job: self,
            taken: 0,
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
}

impl Iterator for Slices {
    type Item = Result<Slice, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.taken;
        let (mut rows, mut octets) = (Vec::new(), 0);
        while rows.len() < SLICE_ROWS && octets < SLICE_OCTETS {
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
            rows.push(Row {
                number: self.taken,
                content,
            });
        }
        let total = self.job.size.estimate(self.taken);
        (!rows.is_empty()).then_some(Ok(Slice { index, rows, total }))
    }
}

impl Content {
    /// Octets in memory, roughly.
    fn octets(&self) -> usize {
        match self {
            Self::Cells(cells) => cells.iter().map(|(_, text)| text.len()).sum(),
            Self::Json(text) => text.len(),
            Self::Request { octets, .. } => octets.len(),
            Self::Unreadable { .. } => 0,
        }
    }
}

impl Size {
    /// The number of rows, given how many are read.
    fn estimate(&self, rows: u64) -> Option<u64> {
        match self {
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

impl Ignored {
    /// A report names no more than these.
    pub(super) const MAX_NAMES: usize = 20;

    fn add(&mut self, name: String) {
        self.count += 1;
        if self.names.len() < Self::MAX_NAMES {
            self.names.push(name);
        }
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
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "csv",
            Self::Folder => "folder",
            Self::Jsonl => "jsonl",
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

fn open_file(path: &Path, total: u64) -> Result<(impl BufRead + Send + use<>, Size), BatchError> {
    let file = File::open(path).map_err(BatchError::file("open", path))?;
    let read = Arc::new(AtomicU64::new(0));
    let size = Size::Octets {
        total,
        read: Arc::clone(&read),
    };
    let counted = Counted::new(file, read);
    Ok((BufReader::with_capacity(BUFFER_OCTETS, counted), size))
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

const BUFFER_OCTETS: usize = 256 * 1024;

/// Where the rules for rows stand.
pub(super) const ROW_RULES: &str = "certwright, batch jobs";

#[cfg(test)]
mod tests;
