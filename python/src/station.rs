//! Where rows are worked on, and what is handed out of it.
//!
//! Whoever works has the service for itself: the lock is held while it changes hands and never longer, so that nobody waits for
//! it with the interpreter's lock in hand. A call that comes meanwhile, from another thread or a signal's handler, is told so.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use arrow_array::{RecordBatch, RecordBatchReader};
use certwright::batch::BatchError;
use certwright::batch::stage::{DoneRow, InputRow, Stages};
use certwright::service::Service;
use certwright::time::UnixSeconds;
use getrandom::SysRng;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use serde_json::Value;

use crate::batch::Batch;
use crate::errors::{BusyError, SchemaError, failed, refused, value};
use crate::input::Columns;
use crate::output;
use crate::terms::Terms;

/// A service that one caller at a time has.
#[derive(Debug)]
pub(crate) struct Station(Mutex<Held>);

/// Where the service is.
#[derive(Debug)]
pub(crate) enum Held {
    Busy,
    Closed,
    Here(Box<Service>),
    Torn,
}

/// A service that is at work; without one to give back, the work was torn off.
struct Lent<'a> {
    station: &'a Station,
    back: Option<Service>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        *self.station.held() = match self.back.take() {
            Some(service) => Held::Here(Box::new(service)),
            None => Held::Torn,
        };
    }
}

/// What came of slices, and why not all of them were worked on.
pub(crate) struct Worked<T> {
    pub(crate) done: Vec<T>,
    ended: Option<PyErr>,
}

impl Station {
    pub(crate) fn of(service: Service) -> Self {
        Self(Mutex::new(Held::Here(Box::new(service))))
    }

    /// For as long as it takes to look or to change hands.
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(*self.held(), Held::Closed)
    }

    /// Takes the service out; what stands there instead says why nobody else gets it.
    pub(crate) fn take(&self, left: Held) -> PyResult<Service> {
        let mut held = self.held();
        match std::mem::replace(&mut *held, left) {
            Held::Here(service) => Ok(*service),
            other => {
                let error = match &other {
                    Held::Busy => BusyError::new_err("another call is at work here"),
                    Held::Closed => PyRuntimeError::new_err("closed"),
                    _ => PyRuntimeError::new_err("a call before this one was torn off"),
                };
                *held = other;
                Err(error)
            }
        }
    }

    /// Works on slices without the interpreter's lock; between them a signal is heard.
    pub(crate) fn work<T: Send, U: Send>(
        &self,
        py: Python<'_>,
        terms: &Terms,
        slices: Vec<Vec<T>>,
        mut work: impl FnMut(&mut Stages, Vec<T>, UnixSeconds) -> Result<Vec<U>, BatchError> + Send,
    ) -> PyResult<Worked<U>> {
        let options = terms.options()?;
        let job = terms.job.as_deref().unwrap_or_default();
        py.detach(|| {
            let service = self.take(Held::Busy)?;
            let mut lent = Lent {
                station: self,
                back: None,
            };
            let mut stages = match Stages::begin(service, job, options) {
                Ok(stages) => stages,
                Err(refused) => {
                    let (service, error) = *refused;
                    lent.back = Some(service);
                    return Err(failed(&error));
                }
            };
            let mut done = Vec::new();
            let all = || -> PyResult<()> {
                for slice in slices {
                    let worked = work(&mut stages, slice, now()?);
                    done.extend(worked.map_err(|error| failed(&error))?);
                    Python::attach(|py| py.check_signals())?;
                }
                Ok(())
            };
            let ended = all().err();
            lent.back = Some(stages.into_service());
            Ok(Worked { done, ended })
        })
    }

    /// Slices of rows by their numbers, and the numbers as they came.
    pub(crate) fn rows(
        terms: &Terms,
        batch: AnyRecordBatch,
    ) -> PyResult<(Vec<Vec<InputRow>>, Vec<u64>)> {
        let reader = batch.into_reader()?;
        let columns = Columns::of(
            &reader.schema(),
            terms.vendor()?,
            &terms.defaults,
            &terms.pass_over,
        )?;
        let (mut all, mut first) = (Vec::new(), terms.first_row);
        if first == 0 {
            return Err(PyValueError::new_err("first_row=0, allowed from 1 on"));
        }
        for batch in reader {
            let batch = batch.map_err(|error| SchemaError::new_err(error.to_string()))?;
            let rows = columns.rows(&batch, first)?;
            first = first.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
            all.extend(rows);
        }
        let numbers: Vec<_> = all.iter().map(InputRow::number).collect();
        all.sort_by_key(InputRow::number);
        let mut pairs = all.iter().zip(all.iter().skip(1));
        if let Some((one, _)) = pairs.find(|(one, next)| one.number() == next.number()) {
            let number = one.number();
            let error = format!("row {number} stands twice, allowed each number once");
            return Err(SchemaError::new_err(error));
        }
        Ok((sliced(all), numbers))
    }

    pub(crate) fn issue(
        &self,
        py: Python<'_>,
        batch: AnyRecordBatch,
        terms: &Terms,
    ) -> PyResult<Batch> {
        let artefacts = terms.artefacts()?;
        let (slices, numbers) = Self::rows(terms, batch)?;
        let issue = |stages: &mut Stages, rows, now| stages.issue(rows, now, &mut SysRng);
        let mut worked = self.work(py, terms, slices, issue)?;
        put_back(&mut worked.done, &numbers, DoneRow::row);
        let table = |rows: &[DoneRow]| output::done(rows, &artefacts);
        hand_out(py, terms, worked, DoneRow::rejection, table)
    }
}

/// Puts what became of rows into the order in which they came.
pub(crate) fn put_back<T>(done: &mut [T], numbers: &[u64], number: impl Fn(&T) -> u64) {
    if numbers.is_sorted() {
        return;
    }
    let places: HashMap<_, _> = numbers.iter().zip(0_usize..).collect();
    done.sort_by_key(|row| places.get(&number(row)).copied());
}

/// Columns of what came of rows. Where a call ends otherwise, they hang on the exception: what is done is recorded, and a key
/// that was made is nowhere else.
pub(crate) fn hand_out<T: Sync>(
    py: Python<'_>,
    terms: &Terms,
    worked: Worked<T>,
    rejection: impl Fn(&T) -> Option<&str>,
    table: impl FnOnce(&[T]) -> PyResult<RecordBatch> + Send,
) -> PyResult<Batch> {
    let Worked { done, ended } = worked;
    let batch = py.detach(|| table(&done)).map(Batch);
    let refused = || raise(py, terms, done.iter().map(rejection)).err();
    match (ended.or_else(refused), batch) {
        (None, batch) => batch,
        (Some(error), Err(_)) => Err(error),
        (Some(error), Ok(batch)) => {
            error.value(py).setattr("batch", batch)?;
            Err(error)
        }
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

pub(crate) fn sliced<T>(rows: Vec<T>) -> Vec<Vec<T>> {
    let mut rows = rows.into_iter();
    let slices = std::iter::from_fn(|| {
        let slice: Vec<_> = rows.by_ref().take(SLICE_ROWS).collect();
        (!slice.is_empty()).then_some(slice)
    });
    slices.collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "who calls the engine reads the clock, here as in the command"
)]
pub(crate) fn now() -> PyResult<UnixSeconds> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let seconds = since.map_err(value)?.as_secs();
    UnixSeconds::new(seconds).map_err(value)
}

/// Rows that are worked on together: long enough for all threads, short enough for a signal to be heard.
const SLICE_ROWS: usize = 2048;
