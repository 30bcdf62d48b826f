//! Where rows are worked on: an issuer that is one of many, or a workspace that records.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use arrow_array::{RecordBatch, RecordBatchReader};
use certwright::batch::stage::{DoneRow, InputRow, PreparedRow, SignedRow, Stages};
use certwright::batch::{Artefact, BatchError, KeyTerms, Options, SinkKind, Vendor};
use certwright::cert::Certificate;
use certwright::cms::Recipient;
use certwright::key::Passphrase;
use certwright::service::{Part, Service};
use certwright::time::UnixSeconds;
use getrandom::SysRng;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use serde_json::Value;

use crate::batch::Batch;
use crate::errors::{SchemaError, failed, refused};
use crate::input;
use crate::input::Columns;
use crate::output;

/// One of many that issue for a job: reads a workspace and changes nothing in it.
#[pyclass(frozen, module = "certwright")]
#[derive(Debug)]
pub(crate) struct Issuer(Station);

/// A workspace, whose ledger has every certificate before it is handed out.
#[pyclass(frozen, module = "certwright")]
#[derive(Debug)]
pub(crate) struct Workspace(Station);

/// A service that one caller at a time has.
#[derive(Debug)]
struct Station(Mutex<Option<Service>>);

/// What a call says of its rows.
#[derive(FromPyObject)]
struct Terms {
    #[pyo3(item)]
    vendor: String,
    #[pyo3(item)]
    artefacts: Vec<String>,
    #[pyo3(item)]
    defaults: Vec<(String, String)>,
    #[pyo3(item)]
    start: Option<String>,
    #[pyo3(item)]
    serial_start: Option<String>,
    #[pyo3(item)]
    first_row: u64,
    #[pyo3(item)]
    threads: Option<usize>,
    #[pyo3(item)]
    user: Option<String>,
    #[pyo3(item)]
    job: String,
    #[pyo3(item)]
    key_passphrase: Option<String>,
    #[pyo3(item)]
    encrypt_keys_for: Option<Vec<u8>>,
    #[pyo3(item)]
    plain_keys: bool,
    #[pyo3(item)]
    pass_over: Vec<String>,
    #[pyo3(item)]
    raises: bool,
}

impl Terms {
    fn vendor(&self) -> PyResult<Vendor> {
        self.vendor.parse().map_err(value)
    }

    fn options(&self) -> PyResult<Options> {
        let artefacts = self
            .artefacts
            .iter()
            .map(|name| name.replace('_', "-").parse());
        let artefacts = artefacts
            .collect::<Result<Vec<Artefact>, _>>()
            .map_err(value)?;
        let options = Options::new(self.vendor()?).with_artefacts(artefacts);
        // All rows of a batch share its columns, as they would share a file.
        let mut options = options.with_sink(SinkKind::Jsonl);
        for (name, text) in &self.defaults {
            options = options.with_default(name, text);
        }
        if let Some(start) = self.start()? {
            options = options.with_not_before(start);
        }
        if let Some(serial) = &self.serial_start {
            options = options.with_serial_start(serial.parse().map_err(value)?);
        }
        if let Some(user) = &self.user {
            options = options.with_caller(user);
        }
        if let Some(threads) = self.threads {
            let threads = NonZeroUsize::new(threads);
            let threads =
                threads.ok_or_else(|| PyValueError::new_err("0 threads, allowed from 1 on"))?;
            options = options.with_threads(threads);
        }
        match self.key_terms()? {
            None => Ok(options),
            Some(terms) => Ok(options.with_key_terms(terms)),
        }
    }

    fn start(&self) -> PyResult<Option<UnixSeconds>> {
        self.start
            .as_ref()
            .map(|text| text.parse().map_err(value))
            .transpose()
    }

    fn key_terms(&self) -> PyResult<Option<KeyTerms>> {
        let said = [
            self.key_passphrase.is_some(),
            self.encrypt_keys_for.is_some(),
            self.plain_keys,
        ];
        if said.into_iter().filter(|said| *said).count() > 1 {
            let error =
                "keys can be protected in one way: key_passphrase, encrypt_keys_for or plain_keys";
            return Err(PyValueError::new_err(error));
        }
        if let Some(text) = &self.key_passphrase {
            let passphrase = Passphrase::new(text.clone()).map_err(value)?;
            let terms = KeyTerms::under_passphrase(&passphrase, &mut SysRng);
            return terms.map(Some).map_err(|error| failed(&error));
        }
        if let Some(octets) = &self.encrypt_keys_for {
            let recipient = Recipient::new(Certificate::from_bytes(octets).map_err(value)?);
            return Ok(Some(KeyTerms::for_recipient(recipient.map_err(value)?)));
        }
        Ok(self.plain_keys.then(KeyTerms::plain))
    }
}

impl Station {
    fn of(service: Service) -> Self {
        Self(Mutex::new(Some(service)))
    }

    fn lock(&self) -> PyResult<MutexGuard<'_, Option<Service>>> {
        self.0
            .lock()
            .map_err(|_| PyRuntimeError::new_err("a call before this one was torn off"))
    }

    /// Works on slices without the interpreter's lock; between them a signal is heard.
    fn work<T: Send, U: Send>(
        &self,
        py: Python<'_>,
        terms: &Terms,
        slices: Vec<Vec<T>>,
        mut work: impl FnMut(&mut Stages, Vec<T>, UnixSeconds) -> Result<Vec<U>, BatchError> + Send,
    ) -> PyResult<Vec<U>> {
        let options = terms.options()?;
        let start = terms.start()?;
        py.detach(|| {
            let mut held = self.lock()?;
            let service = held.take();
            let service = service.ok_or_else(|| PyRuntimeError::new_err("closed"))?;
            let mut stages = match Stages::begin(service, &terms.job, options) {
                Ok(stages) => stages,
                Err(refused) => {
                    let (service, error) = *refused;
                    *held = Some(service);
                    return Err(failed(&error));
                }
            };
            let mut done = Vec::new();
            let all = || -> PyResult<()> {
                for slice in slices {
                    let now = now()?;
                    let worked = work(&mut stages, slice, start.unwrap_or(now));
                    done.extend(worked.map_err(|error| failed(&error))?);
                    Python::attach(|py| py.check_signals())?;
                }
                Ok(())
            };
            let ended = all();
            *held = Some(stages.into_service());
            ended.map(|()| done)
        })
    }

    fn rows(terms: &Terms, batch: AnyRecordBatch) -> PyResult<Vec<Vec<InputRow>>> {
        let reader = batch.into_reader()?;
        let columns = Columns::of(
            &reader.schema(),
            terms.vendor()?,
            &terms.defaults,
            &terms.pass_over,
        )?;
        let (mut slices, mut first) = (Vec::new(), terms.first_row);
        for batch in reader {
            let batch = batch.map_err(|error| SchemaError::new_err(error.to_string()))?;
            let rows = columns.rows(&batch, first)?;
            first = first.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
            slices.extend(sliced(rows));
        }
        Ok(slices)
    }

    fn issue(&self, py: Python<'_>, batch: AnyRecordBatch, terms: &Terms) -> PyResult<Batch> {
        let slices = Self::rows(terms, batch)?;
        let done = self.work(py, terms, slices, |stages, rows, now| {
            stages.issue(rows, now, &mut SysRng)
        })?;
        raise(py, terms, done.iter().map(DoneRow::rejection))?;
        let artefacts = terms.options()?;
        let artefacts = artefacts.artefacts();
        Ok(Batch(py.detach(|| output::done(&done, artefacts))?))
    }
}

/// Refusals as an exception, where they are wanted so.
fn raise<'a>(
    py: Python<'_>,
    terms: &Terms,
    rejections: impl Iterator<Item = Option<&'a str>>,
) -> PyResult<()> {
    if !terms.raises {
        return Ok(());
    }
    let (mut findings, mut rows) = (Vec::new(), 0_u64);
    for rejection in rejections.flatten() {
        rows += 1;
        let read: Value = serde_json::from_str(rejection).map_err(value)?;
        let (row, key) = (read.get("row").cloned(), read.get("rowKey").cloned());
        for finding in read
            .get("findings")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let mut finding = finding.clone();
            if let Value::Object(fields) = &mut finding {
                fields.insert("row".to_owned(), row.clone().unwrap_or_default());
                fields.insert("row_key".to_owned(), key.clone().unwrap_or_default());
            }
            findings.push(finding);
        }
    }
    match rows {
        0 => Ok(()),
        rows => Err(refused(py, format!("{rows} rows were refused"), &findings)),
    }
}

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
        let slices = Station::rows(&terms, batch)?;
        let work = |stages: &mut Stages, rows, now| stages.prepare(rows, now, &mut SysRng);
        let rows = self.0.work(py, &terms, slices, work)?;
        raise(py, &terms, rows.iter().map(|row| row.rejection.as_deref()))?;
        Ok(Batch(py.detach(|| output::prepared(&rows))?))
    }

    fn _check(&self, py: Python<'_>, batch: AnyRecordBatch, terms: Terms) -> PyResult<Batch> {
        let slices = Station::rows(&terms, batch)?;
        let work = |stages: &mut Stages, rows, now| stages.check(rows, now, &mut SysRng);
        let rows = self.0.work(py, &terms, slices, work)?;
        raise(py, &terms, rows.iter().map(|row| row.rejection.as_deref()))?;
        Ok(Batch(py.detach(|| output::checked(&rows))?))
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
        let rows = self.0.work(py, &terms, slices, work)?;
        raise(py, &terms, rows.iter().map(|row| row.rejection.as_deref()))?;
        Ok(Batch(py.detach(|| output::signed(&rows))?))
    }

    fn _finish(&self, py: Python<'_>, batch: AnyRecordBatch, terms: Terms) -> PyResult<Batch> {
        let mut slices = Vec::new();
        for batch in batch.into_reader()? {
            let batch = batch.map_err(|error| SchemaError::new_err(error.to_string()))?;
            slices.extend(sliced(to_finish(&batch)?));
        }
        let work = |stages: &mut Stages, rows, now| stages.finish(rows, now);
        let rows = self.0.work(py, &terms, slices, work)?;
        raise(py, &terms, rows.iter().map(DoneRow::rejection))?;
        let options = terms.options()?;
        Ok(Batch(
            py.detach(|| output::done(&rows, options.artefacts()))?,
        ))
    }
}

#[pymethods]
impl Workspace {
    #[new]
    #[pyo3(signature = (path, *, passphrase=None, create=false))]
    fn new(
        py: Python<'_>,
        path: PathBuf,
        passphrase: Option<String>,
        create: bool,
    ) -> PyResult<Self> {
        let passphrase = passphrase
            .map(Passphrase::new)
            .transpose()
            .map_err(value)?
            .map(Arc::new);
        let opened = py.detach(|| -> PyResult<Service> {
            let fault = |error: certwright::service::ServiceError| failed(&error);
            let now = now()?;
            let mut service = match create {
                true => {
                    Service::open_or_create_under(&path, passphrase, now, &mut SysRng)
                        .map_err(fault)?
                        .0
                }
                false => {
                    let mut service = Service::open(&path).map_err(fault)?;
                    if let Some(passphrase) = passphrase {
                        let unlocked = service.workspace_mut().unlock(passphrase, &mut SysRng);
                        unlocked.map_err(|error| failed(&error))?;
                    }
                    service
                }
            };
            let begun = service.workspace_mut().begin(now);
            begun.map_err(|error| failed(&error))?;
            Ok(service)
        });
        Ok(Self(Station::of(opened?)))
    }

    fn _issue(&self, py: Python<'_>, batch: AnyRecordBatch, terms: Terms) -> PyResult<Batch> {
        self.0.issue(py, batch, &terms)
    }

    /// Lets another process have the workspace.
    fn close(&self) -> PyResult<()> {
        *self.0.lock()? = None;
        Ok(())
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

fn sliced<T>(rows: Vec<T>) -> Vec<Vec<T>> {
    let mut rows = rows.into_iter();
    let slices = std::iter::from_fn(|| {
        let slice: Vec<_> = rows.by_ref().take(SLICE_ROWS).collect();
        (!slice.is_empty()).then_some(slice)
    });
    slices.collect()
}

fn now() -> PyResult<UnixSeconds> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_err(value)?.as_secs();
    UnixSeconds::new(seconds).map_err(value)
}

fn value(error: impl std::error::Error + 'static) -> PyErr {
    PyValueError::new_err(crate::errors::chain(&error))
}

/// Rows that are worked on together: long enough for all threads, short enough for a signal to be heard.
const SLICE_ROWS: usize = 2048;
