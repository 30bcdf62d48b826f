//! A workspace that records.

use std::path::PathBuf;
use std::sync::Arc;

use certwright::key::Passphrase;
use certwright::service::Service;
use getrandom::SysRng;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;

use crate::batch::Batch;
use crate::errors::{failed, value};
use crate::station::{Held, Station, now};
use crate::terms::Terms;

/// A workspace, whose ledger has every certificate before it is handed out.
#[pyclass(frozen, module = "certwright")]
#[derive(Debug)]
pub(crate) struct Workspace(Station);

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
        if terms.job.as_ref().is_none_or(String::is_empty) {
            let error = "no job is named: a workspace records rows under the name of their job, and answers a row of it again";
            return Err(PyValueError::new_err(error));
        }
        self.0.issue(py, batch, &terms)
    }

    /// Lets another process have the workspace.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        if self.0.is_closed() {
            return Ok(());
        }
        let service = self.0.take(Held::Closed)?;
        py.detach(|| drop(service));
        Ok(())
    }
}
