//! The stages' rows in columns (Apache Parquet): written here or by others, such as Spark.
//!
//! Columns are found by their names, whatever their order; those that are not known are passed over. A reader holds a row
//! group at a time.

use std::error::Error;
use std::fs;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use zeroize::Zeroizing;

use crate::batch::error::BatchError;
use crate::batch::sink::Access;
use crate::batch::sink::appended::{create, sync_folder_of};

mod rows;

/// What cannot be read or written, and why.
type Failure = Box<dyn Error + Send + Sync>;

/// A file of rows that grows by row groups; it has its name once it is whole.
pub(in crate::batch) struct Writer {
    writer: SerializedFileWriter<File>,
    whole: PathBuf,
    partial: PathBuf,
}

/// The values of a column in a row group.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::batch) enum Column {
    Numbers(Vec<Option<i64>>),
    Octets(Vec<Option<Vec<u8>>>),
}

/// Files of rows, a row group at a time.
pub(in crate::batch) struct Reader {
    path: PathBuf,
    file: SerializedFileReader<File>,
    next: usize,
}

/// Rows that are read from columns.
pub(in crate::batch) trait FromColumns: Sized {
    /// The names of the columns, each with whether it must be there.
    const COLUMNS: &'static [(&'static str, Needed)];

    /// A row of its cells, in the order of the columns.
    ///
    /// # Errors
    /// What stands where it cannot be.
    fn of_cells(cells: Cells) -> Result<Self, String>;
}

/// Rows that become columns.
pub(in crate::batch) trait ToColumns: Sized {
    /// The schema, in Parquet's notation.
    const SCHEMA: &'static str;

    /// The columns of rows, in the order of the schema.
    fn columns(rows: Vec<Self>) -> Vec<Values>;
}

/// Whether a column must be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::batch) enum Needed {
    /// A file without it is refused.
    Always,
    /// A file without it has no values.
    Maybe,
}

/// The values of a column, to be written.
#[derive(Debug)]
pub(in crate::batch) enum Values {
    /// Numbers, all there.
    Numbers(Vec<i64>),
    /// Texts or octets.
    Octets(Vec<Option<Zeroizing<Vec<u8>>>>),
}

/// The cells of a row, taken one after the other.
#[derive(Debug)]
pub(in crate::batch) struct Cells(std::vec::IntoIter<Cell>);

#[derive(Debug)]
enum Cell {
    Number(Option<i64>),
    Octets(Option<Vec<u8>>),
}

impl Cells {
    /// The next cell, a number from 1 on.
    ///
    /// # Errors
    /// What is there.
    pub(in crate::batch) fn number(&mut self) -> Result<u64, String> {
        match self.0.next() {
            Some(Cell::Number(Some(number))) if number > 0 => Ok(number.unsigned_abs()),
            Some(Cell::Number(Some(number))) => Err(format!("row {number}, from 1 on is allowed")),
            Some(Cell::Octets(Some(_))) => Err("octets where a number belongs".to_owned()),
            _ => Err("no number where one belongs".to_owned()),
        }
    }

    /// The next cell, octets.
    ///
    /// # Errors
    /// What is there.
    pub(in crate::batch) fn octets(&mut self) -> Result<Option<Vec<u8>>, String> {
        match self.0.next() {
            Some(Cell::Octets(octets)) => Ok(octets),
            Some(Cell::Number(Some(number))) => Err(format!("{number} where octets belong")),
            _ => Ok(None),
        }
    }

    /// The next cell, a text.
    ///
    /// # Errors
    /// What is there.
    pub(in crate::batch) fn text(&mut self) -> Result<Option<String>, String> {
        let octets = self.octets()?;
        let text = octets.map(String::from_utf8).transpose();
        text.map_err(|_| "octets that are no UTF-8 where a text belongs".to_owned())
    }
}

impl Writer {
    /// Begins a file; what a run that was stopped left of it gives way.
    ///
    /// # Errors
    /// [`BatchError::Columns`].
    pub(in crate::batch) fn create<T: ToColumns>(
        path: &Path,
        is_secret: bool,
    ) -> Result<Self, BatchError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let partial = path.with_file_name(format!(".{name}.partial"));
        let access = match is_secret {
            true => Access::Owner,
            false => Access::Everyone,
        };
        let begin = || -> Result<_, Failure> {
            if partial.exists() {
                fs::remove_file(&partial)?;
            }
            let schema = Arc::new(parse_message_type(T::SCHEMA)?);
            let file = create(&partial, access)?;
            Ok(SerializedFileWriter::new(
                file,
                schema,
                Arc::new(properties()?),
            )?)
        };
        Ok(Self {
            writer: begin().map_err(failed(path))?,
            whole: path.to_owned(),
            partial,
        })
    }

    /// Adds rows as a row group.
    ///
    /// # Errors
    /// [`BatchError::Columns`].
    pub(in crate::batch) fn put<T: ToColumns>(&mut self, rows: Vec<T>) -> Result<(), BatchError> {
        let put = |writer: &mut SerializedFileWriter<File>| -> Result<(), Failure> {
            let mut group = writer.next_row_group()?;
            for values in T::columns(rows) {
                write(values, &mut group)?;
            }
            group.close()?;
            Ok(())
        };
        put(&mut self.writer).map_err(failed(&self.whole))
    }

    /// Has the file on the disk under its name.
    ///
    /// # Errors
    /// [`BatchError::Columns`].
    pub(in crate::batch) fn finish(self) -> Result<(), BatchError> {
        let Self {
            writer,
            whole,
            partial,
        } = self;
        let finish = || -> Result<(), Failure> {
            writer.into_inner()?.sync_all()?;
            fs::rename(&partial, &whole)?;
            Ok(sync_folder_of(&whole)?)
        };
        finish().map_err(failed(&whole))
    }
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer")
            .field("whole", &self.whole)
            .finish_non_exhaustive()
    }
}

fn properties() -> Result<WriterProperties, Failure> {
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_created_by("certwright".to_owned())
        .build())
}

fn write(values: Values, group: &mut SerializedRowGroupWriter<'_, File>) -> Result<(), Failure> {
    let mut column = group.next_column()?.ok_or("the schema has fewer columns")?;
    match values {
        Values::Numbers(numbers) => {
            column
                .typed::<Int64Type>()
                .write_batch(&numbers, None, None)?;
        }
        Values::Octets(values) => {
            let levels: Vec<_> = values
                .iter()
                .map(|value| i16::from(value.is_some()))
                .collect();
            let values = values.iter().flatten();
            let values: Vec<ByteArray> = values.map(|value| value.to_vec().into()).collect();
            column
                .typed::<ByteArrayType>()
                .write_batch(&values, Some(&levels), None)?;
        }
    }
    Ok(column.close()?)
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// [`BatchError::Columns`].
    pub(in crate::batch) fn open(path: &Path) -> Result<Self, BatchError> {
        let open = || -> Result<_, Failure> { Ok(SerializedFileReader::new(File::open(path)?)?) };
        Ok(Self {
            file: open().map_err(failed(path))?,
            path: path.to_owned(),
            next: 0,
        })
    }

    /// The next row group as rows; none after the last.
    ///
    /// # Errors
    /// [`BatchError::Columns`] with the row that cannot be read.
    pub(in crate::batch) fn rows<T: FromColumns>(&mut self) -> Result<Option<Vec<T>>, BatchError> {
        let Some(columns) = self.columns(T::COLUMNS)? else {
            return Ok(None);
        };
        let n = columns.first().map_or(0, Column::len);
        let mut columns: Vec<_> = columns.into_iter().map(Column::into_cells).collect();
        let row = |at: usize| {
            let cells = columns.iter_mut().filter_map(Iterator::next);
            let row = T::of_cells(Cells(cells.collect::<Vec<_>>().into_iter()));
            row.map_err(|found| {
                format!("row {} of its row group {}: {found}", at + 1, self.next).into()
            })
        };
        let rows = (0..n).map(row).collect::<Result<_, Failure>>();
        rows.map(Some).map_err(failed(&self.path))
    }

    /// The columns of the next row group, all of one length; none after the last.
    ///
    /// # Errors
    /// [`BatchError::Columns`].
    fn columns(&mut self, wanted: &[(&str, Needed)]) -> Result<Option<Vec<Column>>, BatchError> {
        if self.next >= self.file.num_row_groups() {
            return Ok(None);
        }
        let read = || -> Result<Vec<Column>, Failure> {
            let group = self.file.get_row_group(self.next)?;
            let wanted = wanted.iter();
            wanted
                .map(|(name, needed)| column(group.as_ref(), name, *needed))
                .collect()
        };
        let columns = read().map_err(failed(&self.path))?;
        self.next += 1;
        Ok(Some(columns))
    }
}

impl Column {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Octets(values) => values.len(),
        }
    }

    fn into_cells(self) -> Box<dyn Iterator<Item = Cell>> {
        match self {
            Self::Numbers(values) => Box::new(values.into_iter().map(Cell::Number)),
            Self::Octets(values) => Box::new(values.into_iter().map(Cell::Octets)),
        }
    }
}

/// A column by its name.
fn column(group: &dyn RowGroupReader, name: &str, needed: Needed) -> Result<Column, Failure> {
    let n = usize::try_from(group.metadata().num_rows())?;
    let schema = group.metadata().schema_descr();
    let mut columns = schema.columns().iter();
    let Some(place) = columns.position(|column| column.path().string() == name) else {
        return match needed {
            Needed::Always => {
                let names = schema.columns().iter().map(|column| column.path().string());
                let names = names.collect::<Vec<_>>().join(", ");
                Err(format!("no column {name}, found {names}").into())
            }
            Needed::Maybe => Ok(Column::Octets(vec![None; n])),
        };
    };
    let descriptor = schema.column(place);
    if descriptor.max_rep_level() > 0 || descriptor.max_def_level() > 1 {
        return Err(format!("column {name} is a list or a structure").into());
    }
    let is_optional = descriptor.max_def_level() == 1;
    let mut levels = Vec::new();
    macro_rules! read {
        ($reader:expr, $value:expr) => {{
            let mut values = Vec::new();
            let mut seen = 0;
            while seen < n {
                let level = is_optional.then_some(&mut levels);
                let (records, _, _) = $reader.read_records(n - seen, level, None, &mut values)?;
                if records == 0 {
                    return Err(format!("column {name} ends after {seen} of {n} rows").into());
                }
                seen += records;
            }
            let mut values = values.into_iter().map($value);
            match is_optional {
                false => values.map(Some).collect(),
                true => levels
                    .iter()
                    .map(|level| if *level == 1 { values.next() } else { None })
                    .collect(),
            }
        }};
    }
    Ok(match group.get_column_reader(place)? {
        ColumnReader::ByteArrayColumnReader(mut reader) => {
            Column::Octets(read!(reader, |value: ByteArray| value.data().to_vec()))
        }
        ColumnReader::Int64ColumnReader(mut reader) => {
            Column::Numbers(read!(reader, |value| value))
        }
        ColumnReader::Int32ColumnReader(mut reader) => {
            Column::Numbers(read!(reader, |value: i32| i64::from(value)))
        }
        _ => {
            let found = descriptor.physical_type();
            return Err(
                format!("column {name} is {found}, allowed BYTE_ARRAY, INT32, INT64").into(),
            );
        }
    })
}

fn failed(path: &Path) -> impl FnOnce(Failure) -> BatchError {
    let path = path.to_owned();
    move |source| BatchError::Columns { path, source }
}
