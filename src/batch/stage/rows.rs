//! The rows of stages, as they come in and go out.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::batch::job::{Columns, Content, ROW_RULES, Row};
use crate::batch::vendors::Vendor;
use crate::lint::Finding;

/// A row of a job, not yet understood.
#[derive(Debug)]
pub struct InputRow(pub(in crate::batch) Row);

/// A row that was prepared, or was refused.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is the columns of a file")]
pub struct PreparedRow {
    /// Counted from 1.
    pub row: u64,
    /// What the row is called.
    pub row_key: String,
    /// Whom the certificate is for, in the vendor's own terms.
    pub holder: Option<String>,
    /// The certification request, DER.
    pub request: Option<Vec<u8>>,
    /// The `TBSCertificate`, DER (RFC 5280 §4.1.2); none for a row that was refused.
    pub tbs: Option<Vec<u8>>,
    /// The key that was made for the row, under what protects it.
    pub key: Option<Zeroizing<Vec<u8>>>,
    /// Why it was refused: a line of `rejected.jsonl`.
    pub rejection: Option<String>,
}

/// A row that was signed, or was not.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is the columns of a file")]
pub struct SignedRow {
    /// Counted from 1.
    pub row: u64,
    /// SHA-256 of the `TBSCertificate`.
    pub tbs_sha256: Option<[u8; 32]>,
    /// The signature over it: the content of the certificate's BIT STRING.
    pub signature: Option<Vec<u8>>,
    /// Why it was not signed: a line of `rejected.jsonl`. A row that was refused before has none here.
    pub rejection: Option<String>,
}

impl InputRow {
    /// A row of cells, each with its column; a cell without text is an empty one.
    #[must_use]
    pub fn of_cells(row: u64, cells: Vec<(Arc<str>, String)>) -> Self {
        Self(Row::new(row, Content::Cells(cells)))
    }

    /// A row that cannot be read, and why: the rest of its slice is worked on.
    #[must_use]
    pub fn unreadable(row: u64, field: &str, found: &str, expected: &str) -> Self {
        let finding = Finding::error("batch.row", ROW_RULES, field, found, expected);
        Self(Row::new(
            row,
            Content::Unreadable {
                stem: None,
                finding,
            },
        ))
    }

    /// The row's number; a job counts from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// The columns that rows of a vendor may have.
    #[must_use]
    pub fn columns(vendor: Vendor) -> Vec<&'static str> {
        Columns::of(vendor).own
    }
}
