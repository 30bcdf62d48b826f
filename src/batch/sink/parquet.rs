//! Columns, in `issued.parquet` (Apache Parquet, pages compressed with Zstandard).
//!
//! A Parquet file has its directory at its end and cannot be gone on with. So rows are kept as lines of JSON until all have
//! come, and become columns then, a group of rows at a time. The columns are the same whatever was asked for: artefacts
//! that were not are null.

use std::error::Error;
use std::fs;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::{Map, Value};

use super::appended::{create, sync_folder_of};
use super::jsonl::Jsonl;
use super::{Access, Position, Sink};
use crate::batch::error::BatchError;
use crate::batch::outcome::IssuedRow;
use crate::time::UnixSeconds;

pub(in crate::batch) mod joined;

/// The sink.
#[derive(Debug)]
pub(super) struct Parquet {
    /// None when an earlier run had made the columns already.
    rows: Option<Jsonl>,
    whole: PathBuf,
    partial: PathBuf,
    access: Access,
    at: Position,
}

/// What cannot be made of lines, and why.
type Failure = Box<dyn Error + Send + Sync>;

/// A row by the names that its fields have in a line.
type Fields = Map<String, Value>;

impl Parquet {
    /// Opens it.
    ///
    /// # Errors
    /// [`BatchError::File`], [`BatchError::SinkShort`].
    pub(super) fn open(
        out: &Path,
        access: Access,
        at: Option<Position>,
    ) -> Result<Self, BatchError> {
        let whole = out.join(NAME);
        let staged = out.join(format!("{STAGED}.partial"));
        // Lines are removed once the columns have their name.
        let is_made = at.is_some() && whole.exists() && !staged.exists();
        let rows = match is_made {
            true => None,
            false => Some(Jsonl::staged(out, STAGED, access, at)?),
        };
        Ok(Self {
            rows,
            whole,
            partial: out.join(format!("{NAME}.partial")),
            access,
            at: at.unwrap_or_default(),
        })
    }

    fn write(&self, lines: &Path) -> Result<(), Failure> {
        if self.partial.exists() {
            fs::remove_file(&self.partial)?;
        }
        let file = create(&self.partial, self.access)?;
        let lines = BufReader::new(File::open(lines)?).lines();
        let row = |line: String| Ok((line.len(), serde_json::from_str(&line)?));
        write(lines.map(|line| row(line?)), file)?;
        fs::rename(&self.partial, &self.whole)?;
        Ok(sync_folder_of(&self.whole)?)
    }
}

impl Sink for Parquet {
    fn put(&mut self, rows: &[&IssuedRow]) -> Result<(), BatchError> {
        match &mut self.rows {
            Some(lines) => lines.put(rows),
            None => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<Position, BatchError> {
        if let Some(lines) = &mut self.rows {
            self.at = lines.flush()?;
        }
        Ok(self.at)
    }

    fn finish(&mut self) -> Result<(), BatchError> {
        let Some(mut rows) = self.rows.take() else {
            return Ok(());
        };
        rows.flush()?;
        let lines = rows.partial().to_owned();
        self.write(&lines).map_err(|source| BatchError::Columns {
            path: self.whole.clone(),
            source,
        })?;
        fs::remove_file(&lines).map_err(BatchError::file("remove", lines))
    }
}

/// Makes columns of rows, a group at a time, and has them on the disk. Each row comes with about how many octets it has.
fn write(
    mut rows: impl Iterator<Item = Result<(usize, Fields), Failure>>,
    file: File,
) -> Result<(), Failure> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by("certwright".to_owned())
        .build();
    let schema = Arc::new(parse_message_type(SCHEMA)?);
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    loop {
        let rows = group(&mut rows)?;
        if rows.is_empty() {
            break;
        }
        let mut group = writer.next_row_group()?;
        columns(&rows, &mut group)?;
        group.close()?;
    }
    Ok(writer.into_inner()?.sync_all()?)
}

/// The next rows, so many that a group is worth its header and few enough for memory to stay small.
fn group(
    rows: &mut impl Iterator<Item = Result<(usize, Fields), Failure>>,
) -> Result<Vec<Fields>, Failure> {
    let (mut group, mut octets) = (Vec::new(), 0);
    while group.len() < GROUP_ROWS && octets < GROUP_OCTETS {
        let Some((length, row)) = rows.next().transpose()? else {
            break;
        };
        octets += length;
        group.push(row);
    }
    Ok(group)
}

fn columns(rows: &[Fields], group: &mut SerializedRowGroupWriter<'_, File>) -> Result<(), Failure> {
    for (field, form) in FIELDS {
        let values = rows
            .iter()
            .map(|row| row.get(*field).filter(|value| !value.is_null()));
        let values: Vec<_> = values.collect();
        let is_there = |value: &Option<&Value>| i16::from(value.is_some());
        let levels: Vec<_> = values.iter().map(is_there).collect();
        let levels = form.is_optional().then_some(levels.as_slice());
        let there = values.into_iter().flatten();
        let mut column = group.next_column()?.ok_or("the schema has fewer columns")?;
        if form.is_number() {
            let numbers = there.map(|value| form.number(value));
            let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
            let column = column.typed::<Int64Type>();
            column.write_batch(&numbers, levels, None)?;
        } else {
            let octets = there.map(|value| form.octets(value));
            let octets = octets.collect::<Result<Vec<_>, _>>()?;
            let column = column.typed::<ByteArrayType>();
            column.write_batch(&octets, levels, None)?;
        }
        column.close()?;
    }
    Ok(())
}

/// How a field of a line becomes a value of a column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    /// A text that is always there.
    Label,
    /// Base64 of octets.
    Octets,
    Row,
    /// A text, or an object, whose text it becomes.
    Text,
    Time,
}

impl Form {
    fn is_optional(self) -> bool {
        matches!(self, Self::Octets | Self::Text)
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Row | Self::Time)
    }

    fn number(self, value: &Value) -> Result<i64, Failure> {
        if self == Self::Row {
            return value
                .as_i64()
                .ok_or_else(|| "a row without a number".into());
        }
        let at: UnixSeconds = value.as_str().unwrap_or_default().parse()?;
        Ok(i64::try_from(at.seconds())? * 1000)
    }

    fn octets(self, value: &Value) -> Result<ByteArray, Failure> {
        Ok(match (self, value) {
            (Self::Octets, Value::String(text)) => STANDARD.decode(text)?.into(),
            (_, Value::String(text)) => text.as_str().into(),
            (_, other) => other.to_string().as_str().into(),
        })
    }
}

pub(in crate::batch) const NAME: &str = "issued.parquet";
const STAGED: &str = ".issued.parquet.rows";

const GROUP_ROWS: usize = 16_384;
const GROUP_OCTETS: usize = 32 << 20;

const SCHEMA: &str = "message certwright_issued {
    REQUIRED INT64 row (INTEGER(64,false));
    REQUIRED BYTE_ARRAY row_key (STRING);
    REQUIRED BYTE_ARRAY vendor (STRING);
    REQUIRED BYTE_ARRAY status (STRING);
    REQUIRED BYTE_ARRAY serial (STRING);
    REQUIRED BYTE_ARRAY subject (STRING);
    OPTIONAL BYTE_ARRAY holder (STRING);
    REQUIRED INT64 not_before (TIMESTAMP(MILLIS,true));
    REQUIRED INT64 not_after (TIMESTAMP(MILLIS,true));
    REQUIRED BYTE_ARRAY key_kind (STRING);
    OPTIONAL BYTE_ARRAY cer;
    OPTIONAL BYTE_ARRAY chain (STRING);
    OPTIONAL BYTE_ARRAY p7b;
    OPTIONAL BYTE_ARRAY p7b_pem (STRING);
    OPTIONAL BYTE_ARRAY pem (STRING);
    OPTIONAL BYTE_ARRAY key (STRING);
    OPTIONAL BYTE_ARRAY p12;
    OPTIONAL BYTE_ARRAY reply (STRING);
    OPTIONAL BYTE_ARRAY request;
}";

/// What the columns are called in a line, in the order of the schema.
const FIELDS: &[(&str, Form)] = &[
    ("row", Form::Row),
    ("rowKey", Form::Label),
    ("vendor", Form::Label),
    ("status", Form::Label),
    ("serial", Form::Label),
    ("subject", Form::Label),
    ("holder", Form::Text),
    ("notBefore", Form::Time),
    ("notAfter", Form::Time),
    ("keyKind", Form::Label),
    ("cer", Form::Octets),
    ("chain", Form::Text),
    ("p7b", Form::Octets),
    ("p7b-pem", Form::Text),
    ("pem", Form::Text),
    ("key", Form::Text),
    ("p12", Form::Octets),
    ("reply", Form::Text),
    ("request", Form::Octets),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::artefact::{Artefact, Notation};
    use crate::batch::outcome;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    #[test]
    fn every_artefact_has_a_column_of_its_form() {
        let schema = parse_message_type(SCHEMA).unwrap();
        assert_eq!(schema.get_fields().len(), FIELDS.len());
        for artefact in Artefact::all() {
            let name = artefact.to_string();
            let form = FIELDS.iter().find(|(field, _)| *field == name).unwrap().1;
            let octets = artefact.notation() == Notation::Base64;
            assert_eq!(form == Form::Octets, octets, "{name}");
        }
    }

    #[test]
    fn rows_come_back_from_their_columns() {
        let out = tempfile::tempdir().unwrap();
        let open = |at| Parquet::open(out.path(), Access::Owner, at).unwrap();
        let rows =
            [1, 2, 3].map(|row| outcome::sample(row, "dk", &[("cer", "\u{1}"), ("pem", "P")]));
        let mut sink = open(None);
        sink.put(&[&rows[0]]).unwrap();
        let at = sink.flush().unwrap();
        sink.put(&[&rows[1]]).unwrap();
        drop(sink);
        fs::write(out.path().join("issued.parquet.partial"), "half").unwrap();

        let mut sink = open(Some(at));
        sink.put(&[&rows[1], &rows[2]]).unwrap();
        let at = sink.flush().unwrap();
        sink.finish().unwrap();
        // Finished, and then killed before anyone heard of it.
        open(Some(at)).finish().unwrap();

        assert_eq!(fs::read_dir(out.path()).unwrap().count(), 1);
        let file = File::open(out.path().join(NAME)).unwrap();
        let read = SerializedFileReader::new(file).unwrap();
        let read: Vec<_> = read
            .get_row_iter(None)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(read.len(), 3);
        let text = read[2].to_string();
        for part in [
            "row: 3, ",
            "holder: \"pk1/dk\"",
            "pem: \"P\"",
            "key: null",
            "cer: [1]",
            "not_before: 2026-01-02 03:04:05.000 +00:00",
        ] {
            assert!(text.contains(part), "{text}");
        }
    }
}
