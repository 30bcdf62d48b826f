//! Exceptions; those that refuse carry their findings.

use std::error::Error;

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use serde_json::Value;

create_exception!(
    certwright,
    CertwrightError,
    PyException,
    "The engine, a workspace or a key did not do its part."
);
create_exception!(
    certwright,
    RefusedError,
    CertwrightError,
    "Rows or a request were refused; `findings` is a list of dicts: rule, source, severity, field, found, expected."
);
create_exception!(
    certwright,
    BusyError,
    CertwrightError,
    "Another call is at work with this issuer or workspace."
);
create_exception!(
    certwright,
    SchemaError,
    PyValueError,
    "A batch has not the columns that are wanted, or not of the types that are allowed."
);

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let base = py.get_type::<CertwrightError>();
    // What was done before the call ended so; findings come with those that refuse.
    base.setattr("batch", py.None())?;
    module.add("BusyError", py.get_type::<BusyError>())?;
    module.add("CertwrightError", base)?;
    module.add("RefusedError", py.get_type::<RefusedError>())?;
    module.add("SchemaError", py.get_type::<SchemaError>())
}

/// An error with what caused it.
pub(crate) fn failed(error: &(dyn Error + 'static)) -> PyErr {
    CertwrightError::new_err(chain(error))
}

/// A word of the call's that cannot be.
pub(crate) fn value(error: impl Error + 'static) -> PyErr {
    PyValueError::new_err(chain(&error))
}

pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}

/// Of findings as JSON has them.
pub(crate) fn refused(py: Python<'_>, message: String, findings: &[Value]) -> PyErr {
    let error = RefusedError::new_err(message);
    let list = || -> PyResult<Bound<'_, PyAny>> {
        let json = py.import("json")?;
        json.call_method1("loads", (Value::from(findings.to_vec()).to_string(),))
    };
    match list().and_then(|list| error.value(py).setattr("findings", list)) {
        Ok(()) => error,
        Err(other) => other,
    }
}
