//! What became of a row.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::batch::artefact::Artefact;
use crate::batch::row_key::RowKey;
use crate::lint::Finding;
use crate::serial::SerialNumber;
use crate::vendor::Stage;

/// What became of a row: one of the two, and never both.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A certificate, which the ledger has already.
    Issued(IssuedRow),
    /// Nothing was issued.
    Rejected(RejectedRow),
}

/// A row whose certificate is recorded.
#[derive(Debug)]
pub(super) struct IssuedRow {
    /// Counted from 1.
    pub(super) row: u64,
    pub(super) key: RowKey,
    pub(super) serial: SerialNumber,
    pub(super) artefacts: Vec<Made>,
}

/// An artefact that was made.
pub(super) struct Made {
    pub(super) artefact: Artefact,
    pub(super) octets: Zeroizing<Vec<u8>>,
    /// Whether only the owner of the file may read it.
    pub(super) is_secret: bool,
}

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} octets", self.artefact, self.octets.len())
    }
}

/// A row of `rejected.jsonl`: the vendor's answer, and all findings of the stage that stopped it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RejectedRow {
    /// Counted from 1.
    pub(super) row: u64,
    pub(super) row_key: RowKey,
    pub(super) stage: Stage,
    /// The vendor's code, in the vendor's type.
    pub(super) code: Value,
    /// The vendor's sentence.
    pub(super) msg: String,
    pub(super) findings: Vec<Finding>,
}

/// What became of a slice.
#[derive(Debug)]
pub(super) struct DoneSlice {
    /// In the order of the rows.
    pub(super) outcomes: Vec<Outcome>,
    /// How many rows the job has, counted or estimated.
    pub(super) total: Option<u64>,
}
