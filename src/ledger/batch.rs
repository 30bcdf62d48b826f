//! Rows of jobs: what became of each is recorded with it, so that a job that was killed neither issues nor refuses twice.

use std::ops::RangeInclusive;

use rusqlite::{OptionalExtension, Transaction, params};

use crate::ledger::Ledger;
use crate::ledger::audit;
use crate::ledger::audit::AuditNote;
use crate::ledger::error::LedgerError;
use crate::ledger::record::CertificateId;
use crate::ledger::sql;

/// A job of this ledger.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BatchId(i64);

/// A row of a job.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who record")]
pub struct BatchRow {
    /// The job.
    pub batch: BatchId,
    /// The row, counted from 1.
    pub row: u64,
}

/// How many rows of a job are recorded.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct BatchCount {
    /// Rows with a certificate.
    pub issued: u64,
    /// Rows that were refused.
    pub refused: u64,
}

/// A request that was refused.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who note")]
pub struct Refusal {
    /// The row that asked, if it was one of a job.
    pub row: Option<BatchRow>,
    /// What the audit log is to say.
    pub note: AuditNote,
}

impl BatchId {
    /// No job: where nothing is recorded.
    pub(crate) const NONE: Self = Self(0);
}

impl Ledger {
    /// The job of this name, which is made when there is none.
    ///
    /// # Errors
    /// As [`Ledger::set_meta`].
    pub fn batch(&mut self, name: &str) -> Result<BatchId, LedgerError> {
        let transaction = self.begin()?;
        transaction.prepare_cached(INSERT_BATCH)?.execute([name])?;
        let id = transaction
            .prepare_cached(BATCH)?
            .query_row([name], |row| row.get(0))?;
        transaction.commit()?;
        Ok(BatchId(id))
    }

    /// The job of this name, if there is one.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn find_batch(&self, name: &str) -> Result<Option<BatchId>, LedgerError> {
        let mut statement = self.connection.prepare_cached(BATCH)?;
        let id = statement.query_row([name], |row| row.get(0)).optional()?;
        Ok(id.map(BatchId))
    }

    /// The rows among these that have a certificate, in order.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn issued_rows(
        &self,
        batch: BatchId,
        rows: RangeInclusive<u64>,
    ) -> Result<Vec<(u64, CertificateId)>, LedgerError> {
        let range = params![batch.0, number(*rows.start()), number(*rows.end())];
        self.connection
            .prepare_cached(ISSUED_ROWS)?
            .query_and_then(range, |row| {
                let at: i64 = sql::column(row, 0, "batch_row.row")?;
                let id = sql::column(row, 1, "batch_row.certificate_id")?;
                Ok((at.unsigned_abs(), CertificateId::from_row(id)))
            })?
            .collect()
    }

    /// How many rows of a job are recorded.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn count_rows(&self, batch: BatchId) -> Result<BatchCount, LedgerError> {
        let counted = self
            .connection
            .prepare_cached(COUNT_ROWS)?
            .query_row([batch.0], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            })?;
        Ok(BatchCount {
            issued: counted.0.unsigned_abs(),
            refused: counted.1.unsigned_abs() - counted.0.unsigned_abs(),
        })
    }

    /// Notes what was refused, all in one transaction. A row of a job is noted once, however often it is refused.
    ///
    /// # Errors
    /// As [`Ledger::set_meta`].
    pub fn note_refusals(&mut self, refusals: &[Refusal]) -> Result<(), LedgerError> {
        if refusals.is_empty() {
            return Ok(());
        }
        let transaction = self.begin()?;
        let notes = refuse(&transaction, refusals)?;
        audit::append(&transaction, &notes)?;
        Ok(transaction.commit()?)
    }
}

/// Records that rows were refused, and gives what the audit log is to say of those of which it was not known.
pub(super) fn refuse(
    transaction: &Transaction<'_>,
    refusals: &[Refusal],
) -> Result<Vec<AuditNote>, LedgerError> {
    let mut notes = Vec::with_capacity(refusals.len());
    for refusal in refusals {
        let is_new = match refusal.row {
            None => true,
            Some(BatchRow { batch, row }) => {
                let row = params![batch.0, number(row)];
                transaction.prepare_cached(INSERT_REFUSED)?.execute(row)? > 0
            }
        };
        if is_new {
            notes.push(refusal.note.clone());
        }
    }
    Ok(notes)
}

/// Records that a row has a certificate, in the transaction that records the certificate.
pub(super) fn issue(
    transaction: &Transaction<'_>,
    row: BatchRow,
    certificate: i64,
) -> Result<(), LedgerError> {
    let BatchRow { batch, row } = row;
    let values = params![batch.0, number(row), certificate];
    let is_recorded = transaction.prepare_cached(INSERT_ISSUED)?.execute(values)? > 0
        || transaction.prepare_cached(ISSUE_REFUSED)?.execute(values)? > 0;
    match is_recorded {
        false => Err(LedgerError::RowIssued { row }),
        true => Ok(()),
    }
}

fn number(row: u64) -> i64 {
    i64::try_from(row).unwrap_or(i64::MAX)
}

const INSERT_BATCH: &str = "INSERT INTO batch (name) VALUES (?1) ON CONFLICT DO NOTHING";

const BATCH: &str = "SELECT id FROM batch WHERE name = ?1";

const ISSUED_ROWS: &str = "SELECT row, certificate_id FROM batch_row
    WHERE batch_id = ?1 AND row BETWEEN ?2 AND ?3 AND certificate_id IS NOT NULL ORDER BY row";

const COUNT_ROWS: &str =
    "SELECT count(certificate_id), count(*) FROM batch_row WHERE batch_id = ?1";

const INSERT_REFUSED: &str =
    "INSERT INTO batch_row (batch_id, row) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

const INSERT_ISSUED: &str = "INSERT INTO batch_row (batch_id, row, certificate_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

/// What was refused may be issued later, when the world has changed; what was issued is never issued again. A statement of its
/// own: as one with the insertion, `SQLite` would prepare to undo it for every row.
const ISSUE_REFUSED: &str = "UPDATE batch_row SET certificate_id = ?3
    WHERE batch_id = ?1 AND row = ?2 AND certificate_id IS NULL";
