//! The columns of several files in one, rows in their order.

use std::fs::File;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parquet::file::reader::SerializedFileReader;
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use serde_json::Value;

use super::{FIELDS, Failure, Fields, write};
use crate::time::UnixSeconds;

/// Writes the rows of these files into one; in each of them they rise.
///
/// # Errors
/// What cannot be read or written.
pub(in crate::batch) fn join(from: &[PathBuf], to: File) -> Result<(), Failure> {
    let parts = from.iter().map(|path| Part::open(path));
    let parts = parts.collect::<Result<_, _>>()?;
    write(Merged { parts }, to)
}

/// One of the files, and the row that comes next.
struct Part {
    rows: RowIter<'static>,
    next: Option<(u64, usize, Fields)>,
}

impl Part {
    fn open(path: &PathBuf) -> Result<Self, Failure> {
        let rows = SerializedFileReader::new(File::open(path)?)?.into_iter();
        let mut part = Self { rows, next: None };
        part.take()?;
        Ok(part)
    }

    /// The next row; the one after it becomes next.
    fn take(&mut self) -> Result<Option<(usize, Fields)>, Failure> {
        let after = self.rows.next().transpose()?.as_ref().map(fields);
        let taken = std::mem::replace(&mut self.next, after.transpose()?);
        Ok(taken.map(|(_, octets, fields)| (octets, fields)))
    }
}

/// The rows of all, in order.
struct Merged {
    parts: Vec<Part>,
}

impl Iterator for Merged {
    type Item = Result<(usize, Fields), Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        let open = self.parts.iter_mut().filter(|part| part.next.is_some());
        let first = open.min_by_key(|part| part.next.as_ref().map(|(row, _, _)| *row))?;
        first.take().transpose()
    }
}

/// A row as a line has it, its number and about how many octets it has.
fn fields(row: &Row) -> Result<(u64, usize, Fields), Failure> {
    let (mut number, mut octets) = (0, 0);
    let mut fields = Fields::new();
    for ((name, _), (_, field)) in FIELDS.iter().zip(row.get_column_iter()) {
        let value = match field {
            Field::Null => continue,
            Field::ULong(row) => {
                number = *row;
                (*row).into()
            }
            Field::Str(text) => {
                octets += text.len();
                text.as_str().into()
            }
            Field::Bytes(bytes) => {
                octets += bytes.len();
                STANDARD.encode(bytes.data()).into()
            }
            Field::TimestampMillis(at) => {
                let at = UnixSeconds::new(u64::try_from(*at)? / 1000)?;
                Value::String(at.to_string())
            }
            other => return Err(format!("column {name} holds {other}").into()),
        };
        fields.insert((*name).to_owned(), value);
    }
    Ok((number, octets, fields))
}
