//! What was issued, revoked and bound to whom: one `SQLite` file that survives `kill -9`.
//!
//! DER is kept as opaque octets beside the columns that questions are asked of; nothing here reads ASN.1.
//! Every change is a transaction of its own, on disk (WAL, `synchronous=FULL`) before the call returns.
//! Writers take turns: a second one waits for [`BUSY_TIMEOUT`] and is then told. Readers never wait.
//!
//! Serial numbers are unique for one issuer *name* (RFC 5280 §4.1.2.2), so a CA that is renewed under a new key
//! goes on counting where it was.

mod audit;
mod batch;
mod copy;
mod crl;
mod error;
mod import;
mod issuer;
mod life;
mod list;
mod new;
mod presence;
mod query;
mod record;
mod revocation;
mod schema;
mod sql;
mod stats;
mod tally;
#[cfg(test)]
mod tests;

pub use audit::{
    AuditEntry, AuditFault, AuditFilter, AuditHead, AuditHeadError, AuditKind, AuditKindError,
    AuditNote, AuditReport, MAX_FAULTS, MAX_TEXT_OCTETS,
};
pub use batch::{BatchCount, BatchId, BatchRow, Refusal};
pub use copy::Gap;
pub use crl::PublishedCrl;
pub use error::{Conflict, LedgerError, ReleaseConflict, RevokeConflict};
pub use issuer::{Issuer, IssuerId, NewIssuer};
pub use life::{Beside, BesideKind, NewGeneration};
pub use list::{Filter, Position, StatusFilter, SubjectText, Succession};
pub use new::{NewCertificate, Supersedes};
pub use query::Binding;
pub use record::{CertificateId, Record, Status};
pub use revocation::{ReasonCode, Revocation, RevokedEntry, RevokedFact};
pub use stats::{Count, Standing};

use std::cell::RefCell;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use crate::ledger::presence::Presence;
use crate::time::UnixSeconds;

/// How long a writer waits for another before it gives up.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The key in the meta table under which the highest clock seen is kept.
const HIGHEST_CLOCK: &str = "highest_clock";

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
    busy_timeout: Duration,
    presence: RefCell<Presence>,
}

impl Ledger {
    /// Opens the ledger at `path`, or creates it with mode 0600.
    ///
    /// # Errors
    /// [`LedgerError::Foreign`] and [`LedgerError::NotSqlite`] for a file that is no ledger, [`LedgerError::NewerSchema`]
    /// for one of a later version, [`LedgerError::Busy`] when another process keeps writing, [`LedgerError::Open`]
    /// when the file cannot be made or read.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        Self::open_waiting(path, BUSY_TIMEOUT)
    }

    /// As [`Ledger::open`], with another time to wait for writers, here and in every later call.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_waiting(path: &Path, busy_timeout: Duration) -> Result<Self, LedgerError> {
        let connection = schema::open(path, busy_timeout)?;
        Ok(Self {
            connection,
            busy_timeout,
            presence: RefCell::default(),
        })
    }

    /// Opens an existing ledger for questions only; every change is refused with [`LedgerError::ReadOnly`]. The folder
    /// need not be writable, unless a process that wrote was killed and left its log there.
    ///
    /// # Errors
    /// As [`Ledger::open`]; a file that is absent or of an older schema is refused too.
    pub fn open_read_only(path: &Path) -> Result<Self, LedgerError> {
        let connection = schema::open_read_only(path, BUSY_TIMEOUT)?;
        Ok(Self {
            connection,
            busy_timeout: BUSY_TIMEOUT,
            presence: RefCell::default(),
        })
    }

    /// What is kept under `key` in the meta table.
    ///
    /// # Errors
    /// [`LedgerError::Sqlite`].
    pub fn meta(&self, key: &str) -> Result<Option<String>, LedgerError> {
        Ok(self
            .connection
            .prepare_cached(META)?
            .query_row([key], |row| row.get(0))
            .optional()?)
    }

    /// Keeps `value` under `key`, whatever stood there.
    ///
    /// # Errors
    /// [`LedgerError::Busy`], [`LedgerError::ReadOnly`], [`LedgerError::DiskFull`], [`LedgerError::Sqlite`].
    pub fn set_meta(&mut self, key: &str, value: &str) -> Result<(), LedgerError> {
        let transaction = self.begin()?;
        transaction
            .prepare_cached(SET_META)?
            .execute([key, value])?;
        Ok(transaction.commit()?)
    }

    /// Keeps `now` when it is the latest clock seen, and gives the latest that was seen before, if any.
    ///
    /// An answer later than `now` says that the clock was set back.
    ///
    /// # Errors
    /// As [`Ledger::set_meta`].
    pub fn observe_clock(&mut self, now: UnixSeconds) -> Result<Option<UnixSeconds>, LedgerError> {
        let transaction = self.begin()?;
        let text: Option<String> = transaction
            .prepare_cached(META)?
            .query_row([HIGHEST_CLOCK], |row| row.get(0))
            .optional()?;
        let highest = text.map(|text| parse_clock(&text)).transpose()?;
        if highest.is_none_or(|highest| highest < now) {
            transaction
                .prepare_cached(SET_META)?
                .execute([HIGHEST_CLOCK, &now.seconds().to_string()])?;
            transaction.commit()?;
        }
        Ok(highest)
    }

    /// Begins a transaction that may write; waits for its turn.
    fn begin(&mut self) -> Result<Transaction<'_>, LedgerError> {
        let waited = self.busy_timeout;
        self.connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| LedgerError::from_waiting(error, waited))
    }
}

fn parse_clock(text: &str) -> Result<UnixSeconds, LedgerError> {
    text.parse()
        .ok()
        .and_then(|seconds| UnixSeconds::new(seconds).ok())
        .ok_or(LedgerError::Corrupt {
            column: "meta.highest_clock",
        })
}

const META: &str = "SELECT value FROM meta WHERE key = ?1";

const SET_META: &str = "INSERT INTO meta (key, value) VALUES (?1, ?2)
    ON CONFLICT (key) DO UPDATE SET value = excluded.value";
