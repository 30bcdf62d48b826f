//! Rows that are done: with a certificate, or refused.

use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::outcome::{IssuedRow, Made, Outcome};
use crate::batch::row_key::RowKey;
use crate::batch::stage::{PreparedRow, SignedRow};
use crate::batch::vendors::{Terms, enos_handout, issued_row, rejection_of};
use crate::cert::Certificate;
use crate::service::EnosIssued;
use crate::vendor::enos::again;
use crate::vendor::enos::error::Refusal;

/// A row with its certificate, or with why it has none.
#[derive(Debug)]
pub struct DoneRow(Done);

#[derive(Debug)]
enum Done {
    Issued(Box<IssuedRow>),
    Rejected {
        row: u64,
        row_key: String,
        rejection: String,
    },
}

impl DoneRow {
    pub(super) fn of(outcome: Outcome) -> Self {
        Self(match outcome {
            Outcome::Issued(row) => Done::Issued(Box::new(row)),
            Outcome::Rejected(row) => Done::Rejected {
                row: row.row,
                row_key: row.row_key.as_str().to_owned(),
                rejection: row.to_json(),
            },
        })
    }

    fn rejected(row: u64, row_key: String, rejection: String) -> Self {
        Self(Done::Rejected {
            row,
            row_key,
            rejection,
        })
    }

    /// Counted from 1.
    #[must_use]
    pub fn row(&self) -> u64 {
        match &self.0 {
            Done::Issued(row) => row.row,
            Done::Rejected { row, .. } => *row,
        }
    }

    /// What the row is called.
    #[must_use]
    pub fn row_key(&self) -> &str {
        match &self.0 {
            Done::Issued(row) => row.key.as_str(),
            Done::Rejected { row_key, .. } => row_key,
        }
    }

    /// Why it has no certificate: a line of `rejected.jsonl`, an object of JSON.
    #[must_use]
    pub fn rejection(&self) -> Option<&str> {
        match &self.0 {
            Done::Issued(_) => None,
            Done::Rejected { rejection, .. } => Some(rejection),
        }
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        self.issued()?.certificate.as_ref()
    }

    /// The certification request that it answers, DER, where the vendor keeps one.
    #[must_use]
    pub fn request(&self) -> Option<&[u8]> {
        self.issued()?.request.as_deref()
    }

    /// Whose rules it was issued under.
    #[must_use]
    pub fn vendor(&self) -> Option<String> {
        Some(self.issued()?.vendor.to_string())
    }

    /// Whom the ledger would name as its holder.
    #[must_use]
    pub fn holder(&self) -> Option<&str> {
        self.issued()?.holder.as_deref()
    }

    /// The certificate in a form that was asked for.
    #[must_use]
    pub fn artefact(&self, artefact: Artefact) -> Option<&[u8]> {
        let mut made = self.issued()?.artefacts.iter();
        let made = made.find(|made| made.artefact == artefact)?;
        Some(&made.octets)
    }

    pub(super) fn issued(&self) -> Option<&IssuedRow> {
        match &self.0 {
            Done::Issued(row) => Some(row),
            Done::Rejected { .. } => None,
        }
    }
}

impl PreparedRow {
    /// What was prepared: the certificate is one without a signature.
    pub(super) fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Issued(row) => {
                let mut artefacts = row.artefacts.into_iter();
                let key = artefacts.find(|made| made.artefact == Artefact::Key);
                let tbs = row.certificate.as_ref();
                Self {
                    row: row.row,
                    row_key: row.key.as_str().to_owned(),
                    holder: row.holder,
                    request: row.request,
                    tbs: tbs.map(|unsigned| unsigned.tbs().as_der().to_vec()),
                    key: key.map(|made| made.octets),
                    rejection: None,
                }
            }
            Outcome::Rejected(row) => Self {
                row: row.row,
                row_key: row.row_key.as_str().to_owned(),
                holder: None,
                request: None,
                tbs: None,
                key: None,
                rejection: Some(row.to_json()),
            },
        }
    }
}

/// A refusal as a line of `rejected.jsonl`.
pub(super) fn rejection(refusal: &Refusal, row: u64, row_key: &str) -> String {
    rejection_of(refusal, row, RowKey::new(row_key)).to_json()
}

/// Makes the artefacts of a row that was put together.
///
/// # Errors
/// [`BatchError::Artefact`].
pub(super) fn finish(
    row: PreparedRow,
    signed: Option<SignedRow>,
    joined: Option<Result<EnosIssued, Refusal>>,
    terms: &Terms,
) -> Result<DoneRow, BatchError> {
    let PreparedRow {
        row: number,
        row_key,
        key,
        rejection: refused,
        ..
    } = row;
    let refused = refused.or_else(|| signed.and_then(|signed| signed.rejection));
    if let Some(refused) = refused {
        return Ok(DoneRow::rejected(number, row_key, refused));
    }
    let joined = joined.unwrap_or_else(|| Err(again::unsigned()));
    let handout = match joined.and_then(|joined| enos_handout(joined, terms)) {
        Ok(handout) => handout,
        Err(refusal) => {
            let refused = rejection(&refusal, number, &row_key);
            return Ok(DoneRow::rejected(number, row_key, refused));
        }
    };
    let mut issued = issued_row(number, RowKey::new(row_key), handout, terms)?;
    if let Some(octets) = key.filter(|_| terms.artefacts.contains(&Artefact::Key)) {
        let extension = match octets.starts_with(SEALED) {
            true => "key.pem.p7m",
            false => Artefact::Key.extension(),
        };
        issued.has_fresh_key = true;
        issued.artefacts.push(Made {
            artefact: Artefact::Key,
            extension,
            octets,
            is_secret: true,
        });
    }
    Ok(DoneRow(Done::Issued(Box::new(issued))))
}

/// How a key begins that was encrypted for somebody (RFC 7468 §9).
const SEALED: &[u8] = b"-----BEGIN CMS";
