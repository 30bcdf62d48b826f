//! Rows of a batch: its columns by the vendor's names, or the same in snake case.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, LargeBinaryArray, LargeStringArray, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{DataType, SchemaRef};
use certwright::batch::stage::InputRow;
use certwright::batch::{MAX_ROW_OCTETS, Vendor};
use certwright::pem;
use certwright::pem::Label;
use pyo3::PyResult;

use crate::errors::SchemaError;

/// A column as rows take it.
pub(crate) enum Column {
    Texts(LargeStringArray),
    Octets(LargeBinaryArray),
}

/// The columns of a batch that rows are made of.
pub(crate) struct Columns {
    named: Vec<(Arc<str>, usize)>,
    row: Option<usize>,
}

impl Columns {
    /// Those of a schema; a column that no row of the vendor has is refused unless it is to be passed over.
    pub(crate) fn of(
        schema: &SchemaRef,
        vendor: Vendor,
        defaults: &[(String, String)],
        passed_over: &[String],
    ) -> PyResult<Self> {
        let allowed = InputRow::columns(vendor);
        let (mut named, mut row) = (Vec::new(), None);
        let mut seen = HashSet::new();
        for (at, field) in schema.fields().iter().enumerate() {
            let name = field.name().as_str();
            if passed_over.iter().any(|other| other == name) {
                continue;
            }
            if name == ROW {
                row = Some(at);
                continue;
            }
            let Some(known) = allowed
                .iter()
                .find(|known| **known == name || snake(known) == name)
            else {
                let allowed: Vec<_> = allowed.iter().map(|known| snake(known)).collect();
                return Err(SchemaError::new_err(format!(
                    "column {name:?}, allowed for {vendor}: row, {} (pass_over=[…] leaves others out)",
                    allowed.join(", ")
                )));
            };
            if !seen.insert(*known) {
                return Err(SchemaError::new_err(format!("column {known} stands twice")));
            }
            named.push((Arc::from(*known), at));
        }
        let columns = Self { named, row };
        for needed in needed(vendor) {
            let is_there = |name: &&str| {
                columns.named.iter().any(|(known, _)| **known == **name)
                    || defaults.iter().any(|(known, _)| known == name)
            };
            if !needed.iter().any(is_there) {
                let found: Vec<_> = schema
                    .fields()
                    .iter()
                    .map(|field| field.name().as_str())
                    .collect();
                let needed: Vec<_> = needed.iter().map(|name| snake(name)).collect();
                return Err(SchemaError::new_err(format!(
                    "no column {}, found {}",
                    needed.join(" or "),
                    found.join(", ")
                )));
            }
        }
        Ok(columns)
    }

    /// Rows of a batch, numbered by their column `row` or from `first` on.
    pub(crate) fn rows(&self, batch: &RecordBatch, first: u64) -> PyResult<Vec<InputRow>> {
        let mut columns = Vec::with_capacity(self.named.len());
        for (name, at) in &self.named {
            columns.push((Arc::clone(name), column(name, batch.column(*at))?));
        }
        let numbers = self
            .row
            .map(|at| numbers(ROW, batch.column(at)))
            .transpose()?;
        let mut rows = Vec::with_capacity(batch.num_rows());
        for at in 0..batch.num_rows() {
            let counted = u64::try_from(at).map_or(u64::MAX, |at| first.saturating_add(at));
            let number = match &numbers {
                None => counted,
                Some(numbers) => numbers.get(at).copied().unwrap_or(counted),
            };
            rows.push(row(number, at, &columns));
        }
        Ok(rows)
    }
}

fn row(number: u64, at: usize, columns: &[(Arc<str>, Column)]) -> InputRow {
    let mut cells = Vec::with_capacity(columns.len());
    let mut octets = 0;
    for (name, column) in columns {
        let text = match column {
            Column::Texts(texts) if texts.is_valid(at) => texts.value(at).to_owned(),
            Column::Octets(values) if values.is_valid(at) => {
                let value = values.value(at);
                match str::from_utf8(value) {
                    Ok(text) if pem::is_pem(value) => text.to_owned(),
                    _ if **name == *CSR => pem::encode(Label::CertificateRequest, value)
                        .as_str()
                        .to_owned(),
                    Ok(text) => text.to_owned(),
                    Err(_) => return InputRow::unreadable(number, name, "octets", "UTF-8"),
                }
            }
            // Null is a cell that is not there.
            _ => continue,
        };
        octets += text.len();
        cells.push((Arc::clone(name), text));
    }
    if octets > MAX_ROW_OCTETS {
        let expected = format!("at most {MAX_ROW_OCTETS} octets");
        return InputRow::unreadable(number, "row", &format!("{octets} octets"), &expected);
    }
    InputRow::of_cells(number, cells)
}

/// A column that holds texts, octets or whole numbers, however it is encoded.
pub(crate) fn column(name: &str, array: &ArrayRef) -> PyResult<Column> {
    let plain = match array.data_type() {
        DataType::Dictionary(_, values) => values.as_ref(),
        other => other,
    };
    let wanted = match plain {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => DataType::LargeBinary,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => {
            DataType::LargeUtf8
        }
        other if other.is_integer() => DataType::LargeUtf8,
        other => {
            return Err(SchemaError::new_err(format!(
                "column {name} is {other}, allowed string, binary and integers"
            )));
        }
    };
    let failed =
        |error: arrow_schema::ArrowError| SchemaError::new_err(format!("column {name}: {error}"));
    let array = cast(array, &wanted).map_err(failed)?;
    Ok(match wanted {
        DataType::LargeBinary => Column::Octets(array.as_binary::<i64>().clone()),
        _ => Column::Texts(array.as_string::<i64>().clone()),
    })
}

/// A column of row numbers: whole, from 1 on, none of them null.
pub(crate) fn numbers(name: &str, array: &ArrayRef) -> PyResult<Vec<u64>> {
    if !array.data_type().is_integer() {
        let found = array.data_type();
        return Err(SchemaError::new_err(format!(
            "column {name} is {found}, allowed integers"
        )));
    }
    let failed =
        |error: arrow_schema::ArrowError| SchemaError::new_err(format!("column {name}: {error}"));
    let array = cast(array, &DataType::Int64).map_err(failed)?;
    let array = array.as_primitive::<Int64Type>();
    let number = |(at, value): (usize, Option<i64>)| {
        let number = value
            .and_then(|value| u64::try_from(value).ok())
            .filter(|value| *value > 0);
        number.ok_or_else(|| {
            let found = value.map_or_else(|| "null".to_owned(), |value| value.to_string());
            SchemaError::new_err(format!(
                "column {name} holds {found} at place {at}, allowed numbers from 1 on"
            ))
        })
    };
    array.iter().enumerate().map(number).collect()
}

/// Octets of a column, by their places.
pub(crate) fn octets(name: &str, batch: &RecordBatch) -> PyResult<Option<Vec<Option<Vec<u8>>>>> {
    let Some(array) = batch.column_by_name(name) else {
        return Ok(None);
    };
    Ok(Some(match column(name, array)? {
        Column::Texts(texts) => texts
            .iter()
            .map(|text| text.map(|text| text.as_bytes().to_vec()))
            .collect(),
        Column::Octets(values) => values
            .iter()
            .map(|value| value.map(<[u8]>::to_vec))
            .collect(),
    }))
}

/// What a row must have, each by one of some names.
fn needed(vendor: Vendor) -> &'static [&'static [&'static str]] {
    match vendor {
        Vendor::EnOs => &[&["deviceKey", "assetId"], &["csr", "key"]],
        _ => &[],
    }
}

/// `deviceKey` as `device_key`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

const ROW: &str = "row";
const CSR: &str = "csr";
