//! Results as columns.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, TimeUnit};
use certwright::batch::Artefact;
use certwright::batch::stage::{DoneRow, PreparedRow, SignedRow};
use certwright::cert::Certificate;
use certwright::time::UnixSeconds;
use pyo3::PyErr;
use pyo3::exceptions::PyOverflowError;
use zeroize::Zeroizing;

use crate::errors::failed;

/// Columns as they grow.
#[derive(Default)]
struct Table {
    fields: Vec<Field>,
    arrays: Vec<ArrayRef>,
}

impl Table {
    fn numbers(&mut self, name: &str, values: impl Iterator<Item = u64>) {
        let mut builder = Int64Builder::new();
        values.for_each(|value| builder.append_value(i64::try_from(value).unwrap_or(i64::MAX)));
        self.fields.push(Field::new(name, DataType::Int64, false));
        self.arrays.push(Arc::new(builder.finish()));
    }

    fn texts<'a>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Option<&'a str>> + Clone,
    ) -> Result<(), PyErr> {
        check_length(name, values.clone().flatten().map(str::len).sum())?;
        let mut builder = StringBuilder::new();
        values.for_each(|value| builder.append_option(value));
        self.fields.push(Field::new(name, DataType::Utf8, true));
        self.arrays.push(Arc::new(builder.finish()));
        Ok(())
    }

    fn octets<'a>(
        &mut self,
        name: &str,
        values: impl Iterator<Item = Option<&'a [u8]>> + Clone,
    ) -> Result<(), PyErr> {
        check_length(name, values.clone().flatten().map(<[u8]>::len).sum())?;
        let mut builder = BinaryBuilder::new();
        values.for_each(|value| builder.append_option(value));
        self.fields.push(Field::new(name, DataType::Binary, true));
        self.arrays.push(Arc::new(builder.finish()));
        Ok(())
    }

    fn times(&mut self, name: &str, values: impl Iterator<Item = Option<UnixSeconds>>) {
        let mut builder = TimestampMicrosecondBuilder::new().with_timezone("UTC");
        let micros = |at: UnixSeconds| i64::try_from(at.seconds()).ok()?.checked_mul(1_000_000);
        values.for_each(|value| builder.append_option(value.and_then(micros)));
        let kind = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        self.fields.push(Field::new(name, kind, true));
        self.arrays.push(Arc::new(builder.finish()));
    }

    fn finish(self) -> Result<RecordBatch, PyErr> {
        let schema = Arc::new(Schema::new(self.fields));
        RecordBatch::try_new(schema, self.arrays).map_err(|error: ArrowError| failed(&error))
    }
}

/// A column of 32-bit offsets has at most 2 GiB.
fn check_length(name: &str, octets: usize) -> Result<(), PyErr> {
    match i32::try_from(octets) {
        Ok(_) => Ok(()),
        Err(_) => Err(PyOverflowError::new_err(format!(
            "column {name} would have {octets} octets, allowed {}: give fewer rows at a time",
            i32::MAX
        ))),
    }
}

/// Rows that are done.
pub(crate) fn done(rows: &[DoneRow], artefacts: &[Artefact]) -> Result<RecordBatch, PyErr> {
    let mut table = Table::default();
    let certificates: Vec<_> = rows.iter().map(DoneRow::certificate).collect();
    let text = |text: &dyn Fn(&Certificate) -> String| -> Vec<_> {
        certificates.iter().map(|found| found.map(text)).collect()
    };
    let vendors: Vec<_> = rows.iter().map(DoneRow::vendor).collect();
    let serials = text(&|found| found.serial().to_string());
    let subjects = text(&|found| found.subject().to_string());
    let kinds = text(&|found| found.public_key().kind().to_string());
    table.numbers("row", rows.iter().map(DoneRow::row));
    table.texts("row_key", rows.iter().map(|row| Some(row.row_key())))?;
    table.texts("vendor", vendors.iter().map(Option::as_deref))?;
    table.texts(
        "status",
        rows.iter()
            .map(|row| Some(status("issued", row.rejection()))),
    )?;
    table.texts("serial", serials.iter().map(Option::as_deref))?;
    table.texts("subject", subjects.iter().map(Option::as_deref))?;
    table.texts("holder", rows.iter().map(DoneRow::holder))?;
    let validity = |found: &Option<&Certificate>| found.map(Certificate::validity);
    let begins = certificates
        .iter()
        .map(|found| Some(validity(found)?.not_before()));
    table.times("not_before", begins);
    table.times(
        "not_after",
        certificates
            .iter()
            .map(|found| Some(validity(found)?.not_after())),
    );
    table.texts("key_kind", kinds.iter().map(Option::as_deref))?;
    table.octets(
        "certificate",
        certificates
            .iter()
            .map(|found| found.map(Certificate::as_der)),
    )?;
    for artefact in artefacts {
        let name = artefact.to_string().replace('-', "_");
        let values = rows.iter().map(|row| row.artefact(*artefact));
        match TEXTS.contains(&name.as_str()) {
            true => table.texts(&name, values.map(|value| str::from_utf8(value?).ok()))?,
            false => table.octets(&name, values)?,
        }
    }
    table.octets("request", rows.iter().map(DoneRow::request))?;
    table.texts("rejection", rows.iter().map(DoneRow::rejection))?;
    table.finish()
}

/// Rows that are prepared.
pub(crate) fn prepared(rows: &[PreparedRow]) -> Result<RecordBatch, PyErr> {
    let mut table = Table::default();
    table.numbers("row", rows.iter().map(|row| row.row));
    table.texts("row_key", rows.iter().map(|row| Some(row.row_key.as_str())))?;
    table.texts(
        "status",
        rows.iter()
            .map(|row| Some(status("prepared", row.rejection.as_deref()))),
    )?;
    table.texts("holder", rows.iter().map(|row| row.holder.as_deref()))?;
    table.octets("request", rows.iter().map(|row| row.request.as_deref()))?;
    table.octets("tbs", rows.iter().map(|row| row.tbs.as_deref()))?;
    table.texts(
        "key",
        rows.iter()
            .map(|row| str::from_utf8(row.key.as_ref()?).ok()),
    )?;
    table.texts("rejection", rows.iter().map(|row| row.rejection.as_deref()))?;
    table.finish()
}

/// What the rules say of rows.
pub(crate) fn checked(rows: &[PreparedRow]) -> Result<RecordBatch, PyErr> {
    let mut table = Table::default();
    table.numbers("row", rows.iter().map(|row| row.row));
    table.texts("row_key", rows.iter().map(|row| Some(row.row_key.as_str())))?;
    table.texts(
        "status",
        rows.iter()
            .map(|row| Some(status("good", row.rejection.as_deref()))),
    )?;
    table.texts("rejection", rows.iter().map(|row| row.rejection.as_deref()))?;
    table.finish()
}

/// Rows that are signed.
pub(crate) fn signed(rows: &[SignedRow]) -> Result<RecordBatch, PyErr> {
    let mut table = Table::default();
    table.numbers("row", rows.iter().map(|row| row.row));
    table.octets(
        "tbs_sha256",
        rows.iter()
            .map(|row| row.tbs_sha256.as_ref().map(<[u8; 32]>::as_slice)),
    )?;
    table.octets("signature", rows.iter().map(|row| row.signature.as_deref()))?;
    table.texts("rejection", rows.iter().map(|row| row.rejection.as_deref()))?;
    table.finish()
}

/// Private and public keys.
pub(crate) fn keys(
    private: &[Zeroizing<String>],
    public: &[Vec<u8>],
) -> Result<RecordBatch, PyErr> {
    let mut table = Table::default();
    table.texts("private_key", private.iter().map(|key| Some(key.as_str())))?;
    table.octets("public_key", public.iter().map(|key| Some(key.as_slice())))?;
    table.finish()
}

fn status(good: &'static str, rejection: Option<&str>) -> &'static str {
    match rejection {
        None => good,
        Some(_) => "rejected",
    }
}

/// Artefacts that are texts.
const TEXTS: [&str; 5] = ["chain", "key", "p7b_pem", "pem", "reply"];
