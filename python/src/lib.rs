//! certwright from Python: rows in Arrow, certificates in Arrow, through the `PyCapsule` interface.
//!
//! The engine is that of the command and the library: a slice of rows goes through [`certwright::batch::stage`], without
//! the interpreter's lock and on as many threads as are asked for. Between slices a signal is heard.

use pyo3::prelude::*;

mod batch;
mod errors;
mod input;
mod issuer;
mod keys;
mod output;
mod request;
mod station;
mod terms;
mod workspace;

#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<batch::Batch>()?;
    module.add_class::<request::Request>()?;
    module.add_class::<issuer::Issuer>()?;
    module.add_class::<workspace::Workspace>()?;
    module.add_function(wrap_pyfunction!(keys::generate_keys, module)?)?;
    module.add_function(wrap_pyfunction!(request::parse_request, module)?)?;
    errors::add(module)
}
