//! Rows from comma-separated values (RFC 4180): a header with the vendor's field names, then records.
//!
//! The parser works in a buffer of a row's greatest size, so that neither a long record nor a quote that is never
//! closed can fill the memory.

use std::io;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv_core::ReadRecordResult;

use super::{Columns, Content, MAX_ROW_OCTETS, VENDOR, fault, not_utf8, too_long};
use crate::batch::error::BatchError;

/// The records after the header.
pub(super) struct Records<R> {
    parser: Parser<R>,
    path: PathBuf,
    columns: Vec<Arc<str>>,
}

impl<R: BufRead> Records<R> {
    /// Reads the header.
    pub(super) fn new(reader: R, path: &Path, allowed: &Columns) -> Result<Self, BatchError> {
        let mut parser = Parser::new(reader);
        let header = parser.record().map_err(BatchError::file("read", path))?;
        let columns = match header {
            None => Vec::new(),
            Some(record) => columns(record, path, allowed)?,
        };
        Ok(Self {
            parser,
            path: path.to_owned(),
            columns,
        })
    }

    fn content(&self, record: Record) -> Content {
        let expected = self.columns.len();
        match record.cells() {
            Err(finding) => Content::Unreadable {
                stem: None,
                finding,
            },
            Ok(cells) if cells.len() != expected => {
                let found = format!("{} cells", cells.len());
                let expected = format!("{expected} cells, as in the header");
                Content::Unreadable {
                    stem: None,
                    finding: fault("batch.row-cells", "record", found, &expected),
                }
            }
            Ok(cells) => Content::Cells(self.columns.iter().cloned().zip(cells).collect()),
        }
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Content, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.parser.record() {
            Err(error) => Some(Err(BatchError::file("read", &self.path)(error))),
            Ok(record) => Some(Ok(self.content(record?))),
        }
    }
}

/// The columns that a header names.
fn columns(record: Record, path: &Path, allowed: &Columns) -> Result<Vec<Arc<str>>, BatchError> {
    let cells = record.cells();
    let is_mixed = cells
        .as_ref()
        .is_ok_and(|cells| cells.iter().any(|cell| cell.trim() == VENDOR));
    let allowed = if is_mixed {
        &allowed.mixed
    } else {
        &allowed.own
    };
    let unknown = |found: &str| BatchError::UnknownColumn {
        found: found.chars().take(80).collect(),
        allowed: allowed.join(", "),
        path: path.to_owned(),
    };
    let cells = cells.map_err(|finding| unknown(finding.found()))?;
    let mut columns: Vec<Arc<str>> = Vec::new();
    for cell in &cells {
        let column = cell.trim();
        if !allowed.contains(&column) {
            return Err(unknown(column));
        }
        if columns.iter().any(|other| **other == *column) {
            return Err(BatchError::ColumnTwice {
                column: column.to_owned(),
                path: path.to_owned(),
            });
        }
        columns.push(column.into());
    }
    Ok(columns)
}

/// `csv_core` over a reader, one record at a time.
struct Parser<R> {
    core: csv_core::Reader,
    reader: R,
    octets: Vec<u8>,
    ends: Vec<usize>,
}

/// A record, of which no more is kept than a row may have.
struct Record {
    octets: Vec<u8>,
    ends: Vec<usize>,
    too_long: bool,
}

impl<R: BufRead> Parser<R> {
    fn new(reader: R) -> Self {
        Self {
            core: csv_core::Reader::new(),
            reader,
            octets: vec![0; MAX_ROW_OCTETS],
            ends: vec![0; MAX_CELLS],
        }
    }

    /// The next record; `None` at the end. Blank lines are no records.
    fn record(&mut self) -> io::Result<Option<Record>> {
        let (mut written, mut ended, mut too_long) = (0, 0, false);
        loop {
            let input = self.reader.fill_buf()?;
            let octets = self.octets.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(ended..).unwrap_or_default();
            let (result, used, out, cells) = self.core.read_record(input, octets, ends);
            self.reader.consume(used);
            (written, ended) = (written + out, ended + cells);
            match result {
                ReadRecordResult::InputEmpty => {}
                // What does not fit is read on, over what was kept, up to the record's end.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    (written, ended, too_long) = (0, 0, true);
                }
                ReadRecordResult::Record => {
                    let octets = self.octets.get(..written).unwrap_or_default().to_vec();
                    let ends = self.ends.get(..ended).unwrap_or_default().to_vec();
                    return Ok(Some(Record {
                        octets,
                        ends,
                        too_long,
                    }));
                }
                ReadRecordResult::End => return Ok(None),
            }
        }
    }
}

impl Record {
    /// The cells as text.
    fn cells(self) -> Result<Vec<String>, crate::lint::Finding> {
        if self.too_long {
            let found = format!("more than {MAX_ROW_OCTETS} octets or {MAX_CELLS} cells");
            return Err(too_long("record", found));
        }
        let text = str::from_utf8(&self.octets).map_err(|error| not_utf8("record", &error))?;
        let mut start = 0;
        let mut cells = Vec::with_capacity(self.ends.len());
        for end in self.ends {
            // A bound that falls into a character has no UTF-8 on either side, though the whole has.
            let cell = text.get(start..end);
            cells.push(cell.map(str::to_owned).ok_or_else(|| {
                fault(
                    "batch.row-utf8",
                    "record",
                    "a character cut by a comma",
                    "UTF-8",
                )
            })?);
            start = end;
        }
        Ok(cells)
    }
}

/// No vendor has so many fields.
const MAX_CELLS: usize = 64;
