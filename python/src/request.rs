//! Certification requests (PKCS #10, RFC 2986), read.

use certwright::request::{CertificationRequest, RequestError};
use pyo3::prelude::*;
use serde_json::json;

use crate::errors::{chain, refused};

/// A certification request whose signature verifies: whoever made it has the private key.
#[pyclass(frozen, get_all, module = "certwright")]
#[derive(Debug)]
pub(crate) struct Request {
    /// RFC 4514.
    subject: String,
    key_kind: String,
    signature_algorithm: String,
    public_key: Vec<u8>,
    der: Vec<u8>,
}

#[pymethods]
impl Request {
    fn __repr__(&self) -> String {
        format!(
            "<certwright.Request of {}, {}>",
            self.subject, self.key_kind
        )
    }
}

/// Reads a request, PEM or DER, and verifies its signature.
#[pyfunction]
pub(crate) fn parse_request(py: Python<'_>, octets: Vec<u8>) -> PyResult<Request> {
    let read = || -> Result<_, RequestError> {
        let request = CertificationRequest::from_bytes(&octets)?;
        let der = request.as_der().to_vec();
        Ok((request.verify()?, der))
    };
    let (request, der) = read().map_err(|error| {
        let found = chain(&error);
        let finding = json!({
            "rule": "rfc2986.request", "source": "RFC 2986 §4", "severity": "error", "field": "request",
            "found": found, "expected": "a PKCS #10 request whose signature verifies",
        });
        refused(py, found, &[finding])
    })?;
    Ok(Request {
        subject: request.subject().to_string(),
        key_kind: request.public_key().kind().to_string(),
        signature_algorithm: request.request().signature_algorithm().to_string(),
        public_key: request.public_key().spki_der().to_vec(),
        der,
    })
}
