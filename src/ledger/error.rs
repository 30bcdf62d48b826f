//! Why the ledger refuses.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::ErrorCode;

use crate::ledger::issuer::IssuerId;
use crate::ledger::record::CertificateId;
use crate::ledger::revocation::RevokedFact;
use crate::serial::SerialNumber;

/// Why a ledger cannot be opened, asked or written; nothing of the call was kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Another writer did not finish in time.
    #[error(
        "another process holds the ledger for writing, waited {} ms",
        .waited.as_millis()
    )]
    Busy {
        /// How long this writer waited.
        waited: Duration,
    },
    /// A certificate that was to come in together with an issuer cannot.
    #[error("a certificate that comes with the issuer cannot be recorded")]
    Conflict(#[source] Conflict),
    /// A value that this crate never writes.
    #[error("the ledger is damaged: {column} holds a value that was never written")]
    Corrupt {
        /// Table and column.
        column: &'static str,
    },
    /// CRL numbers of 63 bits are used up.
    #[error("the sequence of CRL numbers is used up")]
    CrlNumbersEnded,
    /// No room left on the disk.
    #[error("no room left on the disk for the ledger")]
    DiskFull(#[source] Box<dyn Error + Send + Sync>),
    /// The file is an `SQLite` database of another program.
    #[error("{} is a database of another program: application id {found:#010x}, expected {expected:#010x}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its application id.
        found: i32,
        /// The application id of a ledger.
        expected: i32,
    },
    /// Another issuer of this ledger has the name or the certificate.
    #[error("issuer {name:?} is in the ledger already, by its name or its certificate")]
    IssuerExists {
        /// The name that was asked for.
        name: String,
    },
    /// The file was written by a later version.
    #[error("{} has schema version {found}, this version reads up to {supported}: use a newer certwright", .path.display())]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The newest schema version that this version knows.
        supported: u32,
    },
    /// The file is no `SQLite` database.
    #[error("{} is not a ledger: no SQLite database", .path.display())]
    NotSqlite {
        /// The file.
        path: PathBuf,
    },
    /// The schema is older than this version's, and the ledger was opened for questions only.
    #[error("{} has schema version {found}, expected {expected}: open it once for writing", .path.display())]
    OlderSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The schema version that this version asks.
        expected: u32,
    },
    /// The file cannot be made or read.
    #[error("cannot open {} as a ledger", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A change to a ledger that cannot be written.
    #[error("the ledger is read-only")]
    ReadOnly,
    /// A row of a job has a certificate already.
    #[error("row {row} of the job has a certificate already")]
    RowIssued {
        /// The row, counted from 1.
        row: u64,
    },
    /// The issuer's sequence has too few numbers left.
    #[error("the sequence of serial numbers is used up")]
    SerialsEnded,
    /// Anything else that `SQLite` reports.
    #[error("the ledger's database failed")]
    Sqlite(#[source] Box<dyn Error + Send + Sync>),
    /// No such issuer.
    #[error("no issuer with id {}", .id.get())]
    UnknownIssuer {
        /// The id that was asked for.
        id: IssuerId,
    },
    /// A certificate is said to supersede one that is not there.
    #[error("no certificate with id {} to supersede", .id.get())]
    UnknownSuperseded {
        /// The id that was named.
        id: CertificateId,
    },
}

impl LedgerError {
    /// From an error of `SQLite`, where a lock was asked for and `waited` was the longest wait.
    pub(super) fn from_waiting(error: rusqlite::Error, waited: Duration) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { waited },
            _ => error.into(),
        }
    }

    /// From an error of `SQLite` while `path` was being opened and `waited` was the longest wait.
    pub(super) fn from_opening(error: rusqlite::Error, path: &Path, waited: Duration) -> Self {
        let path = path.to_owned();
        if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
            return Self::NotSqlite { path };
        }
        match Self::from_waiting(error, waited) {
            Self::Sqlite(source) => Self::Open { path, source },
            known => known,
        }
    }
}

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull(Box::new(error)),
            Some(ErrorCode::ReadOnly) => Self::ReadOnly,
            _ => Self::Sqlite(Box::new(error)),
        }
    }
}

/// Why one certificate of a slice was not recorded; the others were.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// The issuer has given this serial number to another certificate (RFC 5280 §4.1.2.2: it MUST be unique).
    #[error("serial number {serial} is in the ledger already, on certificate {}", .existing.get())]
    Serial {
        /// The serial number.
        serial: SerialNumber,
        /// The certificate that has it.
        existing: CertificateId,
    },
    /// The serial number is that of the issuer's own self-signed certificate.
    #[error("serial number {serial} is that of the issuer's own certificate")]
    SerialOfIssuer {
        /// The serial number.
        serial: SerialNumber,
    },
}

/// Why one hold of a slice was not ended; the others were.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseConflict {
    /// Nothing holds it, or there is no such certificate.
    #[error("no certificate with id {} is on hold", .id.get())]
    NotOnHold {
        /// The id that was asked for.
        id: CertificateId,
    },
    /// Revoked for good.
    #[error("the certificate was revoked at {} with reason {}, only reason 6 (hold) can be taken back", .found.at, .found.reason.get())]
    Revoked {
        /// The revocation that stands.
        found: RevokedFact,
    },
}

/// Why one revocation of a slice was not recorded; the others were.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RevokeConflict {
    /// Revoked before.
    #[error("the certificate was revoked at {} with reason {}", .found.at, .found.reason.get())]
    AlreadyRevoked {
        /// The revocation that stands.
        found: RevokedFact,
    },
    /// No such certificate.
    #[error("no certificate with id {}", .id.get())]
    Unknown {
        /// The id that was asked for.
        id: CertificateId,
    },
}
