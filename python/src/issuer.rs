//! One of many that issue for a job.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::RecordBatch;
use certwright::batch::stage::{DoneRow, PreparedRow, SignedRow, Stages};
use certwright::key::Passphrase;
use certwright::service::{Part, Service};
use getrandom::SysRng;
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;

use crate::batch::Batch;
use crate::errors::{SchemaError, failed, value};
use crate::input;
use crate::output;
use crate::station::{Station, hand_out, put_back, sliced};
use crate::terms::Terms;

/// One of many that issue for a job: reads a workspace and changes nothing in it.
#[pyclass(frozen, module = "certwright")]
#[derive(Debug)]
pub(crate) struct Issuer(Station);

#[pymethods]
impl Issuer {
    #[new]
    #[pyo3(signature = (workspace, *, passphrase=None, prepares_only=false))]
    fn new(
        py: Python<'_>,
        workspace: PathBuf,
        passphrase: Option<String>,
        prepares_only: bool,
    ) -> PyResult<Self> {
        let passphrase = passphrase.map(Passphrase::new).transpose().map_err(value)?;
        let part = match prepares_only {
            true => Part::Prepares,
            false => Part::Issues,
        };
        let opened = py
            .detach(|| Service::open_part(&workspace, part, passphrase.map(Arc::new), &mut SysRng));
        Ok(Self(Station::of(opened.map_err(|error| failed(&error))?)))
    }

    fn _issue(&self, py: Python<'_>, batch: AnyRecordBatch, terms: Terms) -> PyResult<Batch> {
        self.0.issue(py, batch, &terms)
    }

    fn _prepare(&self, py: Python<'_>, batch: AnyRecordBatch, terms: Terms) -> PyResult<Batch> {
        let (slices, numbers) = Station::rows(&terms, batch)?;
        let work = |stages: &mut Stages, rows, now| stages.prepare(rows, now, &mut SysRng);
        let mut worked = self.0.work(py, &terms, slices, work)?;
        put_back(&mut worked.done, &numbers, |row| row.row);
        hand_out(
            py,
            &terms,
            worked,
            |row| row.rejection.as_deref(),
            output::prepared,
        )
    }

    fn _check(&self, py: Python<'_>, batch: AnyRecordBatch, terms: Terms) -> PyResult<Batch> {
        let (slices, numbers) = Station::rows(&terms, batch)?;
        let work = |stages: &mut Stages, rows, now| stages.check(rows, now, &mut SysRng);
        let mut worked = self.0.work(py, &terms, slices, work)?;
        put_back(&mut worked.done, &numbers, |row| row.row);
        hand_out(
            py,
            &terms,
            worked,
            |row| row.rejection.as_deref(),
            output::checked,
        )
    }

    fn _sign(&self, py: Python<'_>, batch: AnyRecordBatch, terms: Terms) -> PyResult<Batch> {
        let mut slices = Vec::new();
        for batch in batch.into_reader()? {
            let batch = batch.map_err(|error| SchemaError::new_err(error.to_string()))?;
            let numbers = numbers(&batch)?;
            let keys = texts("row_key", &batch)?;
            let tbs = wanted("tbs", &batch)?;
            let rows = numbers.into_iter().zip(keys).zip(tbs);
            let rows = rows.map(|((row, key), tbs)| (row, key.unwrap_or_default(), tbs));
            slices.extend(sliced(rows.collect()));
        }
        let work = |stages: &mut Stages, rows: Vec<(u64, String, Option<Vec<u8>>)>, now| {
            stages.sign(&rows, now)
        };
        let worked = self.0.work(py, &terms, slices, work)?;
        hand_out(
            py,
            &terms,
            worked,
            |row| row.rejection.as_deref(),
            output::signed,
        )
    }

    fn _finish(&self, py: Python<'_>, batch: AnyRecordBatch, terms: Terms) -> PyResult<Batch> {
        let mut slices = Vec::new();
        for batch in batch.into_reader()? {
            let batch = batch.map_err(|error| SchemaError::new_err(error.to_string()))?;
            slices.extend(sliced(to_finish(&batch)?));
        }
        // A part's clock is the job's, here as where it issues.
        let (start, artefacts) = (terms.start()?, terms.artefacts()?);
        let work = |stages: &mut Stages, rows, now| stages.finish(rows, start.unwrap_or(now));
        let worked = self.0.work(py, &terms, slices, work)?;
        let table = |rows: &[DoneRow]| output::done(rows, &artefacts);
        hand_out(py, &terms, worked, DoneRow::rejection, table)
    }
}

fn to_finish(batch: &RecordBatch) -> PyResult<Vec<(PreparedRow, Option<SignedRow>)>> {
    let numbers = numbers(batch)?;
    let mut keys = texts("row_key", batch)?.into_iter();
    let mut holders = texts("holder", batch)?.into_iter();
    let mut requests = wanted("request", batch)?.into_iter();
    let mut tbs = wanted("tbs", batch)?.into_iter();
    let mut signatures = wanted("signature", batch)?.into_iter();
    let mut sealed = input::octets("key", batch)?.unwrap_or_default().into_iter();
    let mut rejections = texts_or_none("rejection", batch)?.into_iter();
    let row = |row: u64| {
        let prepared = PreparedRow {
            row,
            row_key: keys.next().flatten().unwrap_or_default(),
            holder: holders.next().flatten(),
            request: requests.next().flatten(),
            tbs: tbs.next().flatten(),
            key: sealed.next().flatten().map(Into::into),
            rejection: rejections.next().flatten(),
        };
        let signature = signatures.next().flatten();
        let signed = signature.map(|signature| SignedRow {
            row,
            tbs_sha256: None,
            signature: Some(signature),
            rejection: None,
        });
        (prepared, signed)
    };
    Ok(numbers.into_iter().map(row).collect())
}

fn numbers(batch: &RecordBatch) -> PyResult<Vec<u64>> {
    let column = batch
        .column_by_name("row")
        .ok_or_else(|| absent("row", batch))?;
    input::numbers("row", column)
}

fn wanted(name: &str, batch: &RecordBatch) -> PyResult<Vec<Option<Vec<u8>>>> {
    input::octets(name, batch)?.ok_or_else(|| absent(name, batch))
}

fn texts(name: &str, batch: &RecordBatch) -> PyResult<Vec<Option<String>>> {
    as_texts(name, wanted(name, batch)?)
}

fn texts_or_none(name: &str, batch: &RecordBatch) -> PyResult<Vec<Option<String>>> {
    as_texts(name, input::octets(name, batch)?.unwrap_or_default())
}

fn as_texts(name: &str, octets: Vec<Option<Vec<u8>>>) -> PyResult<Vec<Option<String>>> {
    let texts = octets
        .into_iter()
        .map(|value| value.map(String::from_utf8).transpose());
    let texts: Result<Vec<_>, _> = texts.collect();
    texts.map_err(|_| SchemaError::new_err(format!("column {name} holds octets that are no UTF-8")))
}

fn absent(name: &str, batch: &RecordBatch) -> PyErr {
    let schema = batch.schema();
    let found: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    SchemaError::new_err(format!("no column {name}, found {}", found.join(", ")))
}
