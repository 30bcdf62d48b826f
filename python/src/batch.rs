//! What is handed out: a record batch that any library takes without a copy.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StructArray};
use arrow_schema::{Field, FieldRef};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{
    ArrayIterator, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule,
};

/// A record batch of Arrow's.
#[pyclass(frozen, module = "certwright")]
#[derive(Debug)]
pub(crate) struct Batch(pub(crate) RecordBatch);

impl Batch {
    fn parts(&self) -> (FieldRef, ArrayRef) {
        let fields = self.0.schema_ref().fields().clone();
        let array: ArrayRef = Arc::new(StructArray::from(self.0.clone()));
        (Arc::new(Field::new_struct("", fields, false)), array)
    }
}

#[pymethods]
impl Batch {
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyTuple>> {
        let (field, array) = self.parts();
        to_array_pycapsules(py, field, &array, requested_schema)
    }

    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        let (field, array) = self.parts();
        let one = ArrayIterator::new(vec![Ok(array)].into_iter(), field);
        to_stream_pycapsule(py, Box::new(one), requested_schema)
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, self.0.schema_ref().as_ref())
    }

    fn __len__(&self) -> usize {
        self.0.num_rows()
    }

    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        let fields = self.0.schema_ref().fields().iter();
        fields.map(|field| field.name().clone()).collect()
    }

    fn __repr__(&self) -> String {
        format!(
            "<certwright.Batch of {} rows: {}>",
            self.0.num_rows(),
            self.column_names().join(", ")
        )
    }
}
