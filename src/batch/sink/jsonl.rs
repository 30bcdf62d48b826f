//! A JSON object a row, in `issued.jsonl`.
//!
//! Artefacts stand under their names: PEM as text, the vendor's reply as the object it is, all else as base64.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use zeroize::Zeroizing;

use super::appended::Appended;
use super::{Access, Position, Sink};
use crate::batch::artefact::Notation;
use crate::batch::error::BatchError;
use crate::batch::outcome::{IssuedRow, Made};

/// The sink.
#[derive(Debug)]
pub(super) struct Jsonl {
    file: Appended,
    requests: Requests,
}

/// Whether the request that a certificate answers stands beside it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Requests {
    Beside,
    Elsewhere,
}

impl Jsonl {
    /// Opens it.
    ///
    /// # Errors
    /// As [`Appended::open`].
    pub(super) fn open(
        out: &Path,
        access: Access,
        at: Option<Position>,
    ) -> Result<Self, BatchError> {
        let file = Appended::open(out, NAME, access, at)?;
        let requests = Requests::Elsewhere;
        Ok(Self { file, requests })
    }

    /// The same as what another sink is made of in the end.
    #[cfg(feature = "parquet")]
    pub(super) fn staged(
        out: &Path,
        name: &str,
        access: Access,
        at: Option<Position>,
    ) -> Result<Self, BatchError> {
        let file = Appended::open(out, name, access, at)?;
        let requests = Requests::Beside;
        Ok(Self { file, requests })
    }

    /// Where the rows stand until all have come.
    #[cfg(feature = "parquet")]
    pub(super) fn partial(&self) -> &Path {
        self.file.partial()
    }
}

impl Sink for Jsonl {
    fn put(&mut self, rows: &[&IssuedRow]) -> Result<(), BatchError> {
        let Some(last) = rows.last() else {
            return Ok(());
        };
        // Grown in place, so that nothing secret is left behind where it was too small.
        let room = rows.iter().map(|row| row.octets() * 2 + ROW_OCTETS).sum();
        let mut lines = Zeroizing::new(Vec::with_capacity(room));
        for row in rows {
            let written = line(row, self.requests, &mut lines);
            written.map_err(|error| BatchError::file("write", NAME)(error.into()))?;
        }
        self.file.write(last.row, &lines)
    }

    fn flush(&mut self) -> Result<Position, BatchError> {
        self.file.flush()
    }

    fn finish(&mut self) -> Result<(), BatchError> {
        self.file.finish()
    }
}

/// What is said of a certificate beside its artefacts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    row: u64,
    row_key: &'a str,
    vendor: String,
    status: &'static str,
    serial: String,
    subject: &'a str,
    holder: Option<&'a str>,
    not_before: String,
    not_after: String,
    key_kind: &'a str,
}

fn line(row: &IssuedRow, requests: Requests, to: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let head = Head {
        row: row.row,
        row_key: row.key.as_str(),
        vendor: row.vendor.to_string(),
        status: "issued",
        serial: row.serial.to_string(),
        subject: &row.subject,
        holder: row.holder.as_deref(),
        not_before: row.not_before.to_string(),
        not_after: row.not_after.to_string(),
        key_kind: &row.key_kind,
    };
    serde_json::to_writer(&mut *to, &head)?;
    // The brace comes behind the artefacts.
    to.pop();
    for made in &row.artefacts {
        to.push(b',');
        serde_json::to_writer(&mut *to, &made.artefact.to_string())?;
        to.push(b':');
        value(made, to)?;
    }
    if let Some(request) = row
        .request
        .as_ref()
        .filter(|_| requests == Requests::Beside)
    {
        to.extend_from_slice(b",\"request\":");
        serde_json::to_writer(&mut *to, &STANDARD.encode(request))?;
    }
    to.extend_from_slice(b"}\n");
    Ok(())
}

fn value(made: &Made, to: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let Made {
        artefact, octets, ..
    } = made;
    match (artefact.notation(), str::from_utf8(octets)) {
        (Notation::Text, Ok(text)) => serde_json::to_writer(&mut *to, text),
        (Notation::Json, Ok(json)) => {
            to.extend_from_slice(json.trim_end().as_bytes());
            Ok(())
        }
        _ => {
            let text = Zeroizing::new(STANDARD.encode(octets));
            serde_json::to_writer(&mut *to, &*text)
        }
    }
}

/// The file.
pub(in crate::batch) const NAME: &str = "issued.jsonl";
/// Room for what stands beside the artefacts; a subject of the greatest length takes more.
const ROW_OCTETS: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::outcome;
    use serde_json::{Value, json};

    #[test]
    fn a_row_has_its_artefacts_by_their_names() {
        let out = tempfile::tempdir().unwrap();
        let mut sink = Jsonl::open(out.path(), Access::Everyone, None).unwrap();
        let artefacts = [("cer", "DER"), ("pem", "P\n"), ("reply", "{\"code\":0}\n")];
        let row = outcome::sample(7, "dk\"7", &artefacts);
        sink.put(&[&row]).unwrap();
        sink.finish().unwrap();
        let text = std::fs::read_to_string(out.path().join(NAME)).unwrap();
        let read: Value = serde_json::from_str(text.strip_suffix('\n').unwrap()).unwrap();
        let expected = json!({
            "row": 7, "rowKey": "dk\"7", "vendor": "enos", "status": "issued", "serial": "7",
            "subject": "CN=dk\"7", "holder": "pk1/dk\"7", "notBefore": "2026-01-02T03:04:05Z",
            "notAfter": "2027-01-02T03:04:05Z", "keyKind": "P-256",
            "cer": "REVS", "pem": "P\n", "reply": { "code": 0 },
        });
        assert_eq!(read, expected);
    }
}
