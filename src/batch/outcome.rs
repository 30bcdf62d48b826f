//! What became of a row.

use std::fmt;

use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::batch::artefact::Artefact;
use crate::batch::journal::chain::Chain;
use crate::batch::row_key::RowKey;
use crate::batch::vendors::Vendor;
use crate::cert::Certificate;
use crate::lint::Finding;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::vendor::Stage;

/// What became of a row: one of the two, and never both.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A certificate, which the ledger has already.
    Issued(IssuedRow),
    /// Nothing was issued.
    Rejected(RejectedRow),
}

impl Outcome {
    /// The row, counted from 1.
    pub(super) fn row(&self) -> u64 {
        match self {
            Self::Issued(row) => row.row,
            Self::Rejected(row) => row.row,
        }
    }
}

/// A row whose certificate is recorded.
#[derive(Debug)]
pub(super) struct IssuedRow {
    /// Counted from 1.
    pub(super) row: u64,
    pub(super) key: RowKey,
    pub(super) vendor: Vendor,
    pub(super) serial: SerialNumber,
    /// SHA-256 of the certificate.
    pub(super) sha256: [u8; 32],
    /// Whether it was issued before, and is given again.
    pub(super) answered_before: bool,
    /// Whether its key was made for this row, and is kept nowhere.
    pub(super) has_fresh_key: bool,
    /// RFC 4514.
    pub(super) subject: String,
    /// Whom the ledger names as the holder, where the vendor has such.
    pub(super) holder: Option<String>,
    pub(super) not_before: UnixSeconds,
    pub(super) not_after: UnixSeconds,
    /// The kind of the certified key.
    pub(super) key_kind: String,
    pub(super) artefacts: Vec<Made>,
    /// None for a sample of a test alone.
    pub(super) certificate: Option<Certificate>,
    /// The certification request that it answers, DER, where the vendor keeps one.
    pub(super) request: Option<Vec<u8>>,
}

impl IssuedRow {
    /// Octets of its artefacts.
    pub(super) fn octets(&self) -> usize {
        self.artefacts.iter().map(|made| made.octets.len()).sum()
    }
}

/// An artefact that was made.
pub(super) struct Made {
    pub(super) artefact: Artefact,
    /// The ending of its file, without the first dot.
    pub(super) extension: &'static str,
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
    /// The kind of the key that was made or drawn for it, and is nobody's now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) unused_key: Option<String>,
}

impl RejectedRow {
    /// As a line of `rejected.jsonl`, without its end.
    pub(super) fn to_json(&self) -> String {
        // Texts, numbers and lists: nothing that has no JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// What became of a slice.
#[derive(Debug)]
pub(super) struct DoneSlice {
    /// In the order of the rows.
    pub(super) outcomes: Vec<Outcome>,
    /// The last row of the job that was read for it.
    pub(super) row: u64,
    /// Digest over this row and all before it.
    pub(super) chain: Chain,
    /// How many rows the job has, counted or estimated.
    pub(super) total: Option<u64>,
}

/// A row with these artefacts.
#[cfg(test)]
pub(super) fn sample(row: u64, key: &str, artefacts: &[(&str, &str)]) -> IssuedRow {
    let made = artefacts.iter().map(|(name, text)| {
        let artefact: Artefact = name.parse().unwrap();
        Made {
            artefact,
            extension: artefact.extension(),
            octets: text.as_bytes().to_vec().into(),
            is_secret: artefact.holds_key(),
        }
    });
    IssuedRow {
        row,
        key: RowKey::new(key),
        vendor: Vendor::EnOs,
        serial: SerialNumber::from_u64(row).unwrap(),
        sha256: [0; 32],
        answered_before: false,
        has_fresh_key: false,
        subject: format!("CN={key}"),
        holder: Some(format!("pk1/{key}")),
        not_before: "2026-01-02T03:04:05Z".parse().unwrap(),
        not_after: "2027-01-02T03:04:05Z".parse().unwrap(),
        key_kind: "P-256".to_owned(),
        artefacts: made.collect(),
        certificate: None,
        request: None,
    }
}
