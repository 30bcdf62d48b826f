//! The audit log: what was done, in a chain of hashes, one entry for each certificate, revocation, refusal, key that
//! left, CA and change of the configuration.
//!
//! An entry is written in the transaction of what it tells of: both are on disk or neither is. Its hash covers the hash
//! before it ([`AuditHead`] is the last), so whoever has kept a head can tell later that nothing up to it was changed,
//! moved or taken out. Without a head kept elsewhere, a log whose end was cut off *together with* `meta.audit_head` and
//! the certificates of that time cannot be told from a shorter one.

mod head;
mod kind;
#[cfg(test)]
mod tests;
mod verify;

pub use head::{AuditHead, AuditHeadError};
pub use kind::{AuditKind, AuditKindError};
pub use verify::{AuditFault, AuditReport, MAX_FAULTS};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use sha2::{Digest, Sha256};

use crate::ledger::error::LedgerError;
use crate::ledger::record::CertificateId;
use crate::ledger::sql;
use crate::ledger::{Ledger, META, SET_META};
use crate::time::UnixSeconds;

/// Something that is to be told in the log.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who note")]
pub struct AuditNote {
    /// When it happened.
    pub at: UnixSeconds,
    /// What it was.
    pub kind: AuditKind,
    /// The certificate that it is about, if it is one of this ledger.
    pub certificate: Option<CertificateId>,
    /// SHA-256 of what it is about: a certificate, a file.
    pub sha256: Option<[u8; 32]>,
    /// What else is to be said; no secrets. It is cut after [`MAX_TEXT_OCTETS`].
    pub text: String,
}

/// An entry of the log.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When it happened.
    pub at: UnixSeconds,
    /// What it was.
    pub kind: AuditKind,
    /// The certificate that it is about, if it is one of this ledger.
    pub certificate: Option<CertificateId>,
    /// SHA-256 of what it is about: a certificate, a file.
    pub sha256: Option<[u8; 32]>,
    /// What else was said.
    pub text: String,
    /// SHA-256 over the hash before it and all of the above.
    pub hash: [u8; 32],
}

/// Which entries are asked for, oldest first.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who ask")]
pub struct AuditFilter {
    /// Only entries with a higher number than this.
    pub after: u64,
    /// At most so many.
    pub limit: u32,
}

impl AuditEntry {
    /// Its hash, when the one before it has this one.
    fn hash_after(&self, before: &[u8; 32]) -> [u8; 32] {
        let note = AuditNote {
            at: self.at,
            kind: self.kind,
            certificate: self.certificate,
            sha256: self.sha256,
            text: String::new(),
        };
        hash(before, self.number, &note, &self.text)
    }
}

impl Ledger {
    /// Adds entries to the log, on disk before this returns.
    ///
    /// # Errors
    /// As [`Ledger::set_meta`].
    pub fn note(&mut self, notes: &[AuditNote]) -> Result<(), LedgerError> {
        if notes.is_empty() {
            return Ok(());
        }
        let transaction = self.begin()?;
        append(&transaction, notes)?;
        Ok(transaction.commit()?)
    }

    /// Where the log ends.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn audit_head(&self) -> Result<AuditHead, LedgerError> {
        head(&self.connection)
    }

    /// A page of entries, as they stand; [`Ledger::verify_audit`] tells whether they can be believed.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn audit(&self, filter: &AuditFilter) -> Result<Vec<AuditEntry>, LedgerError> {
        let after = filter.after.min(i64::MAX.unsigned_abs()).cast_signed();
        self.connection
            .prepare_cached(PAGE)?
            .query_and_then(params![after, filter.limit], entry_of)?
            .collect()
    }
}

/// Adds entries within the transaction of what they tell of.
pub(super) fn append(
    transaction: &Transaction<'_>,
    notes: &[AuditNote],
) -> Result<(), LedgerError> {
    let Some(first) = notes.first() else {
        return Ok(());
    };
    let mut head = head(transaction)?;
    let mut insert = transaction.prepare_cached(INSERT)?;
    let began = match head.number {
        0 => Some(began(transaction, first.at)?),
        _ => None,
    };
    for note in began.iter().chain(notes) {
        let text = cut(&note.text);
        let number = head.number + 1;
        head = AuditHead {
            number,
            hash: hash(&head.hash, number, note, text),
        };
        insert.execute(params![
            number.cast_signed(),
            sql::seconds(note.at),
            note.kind.as_str(),
            note.certificate.map(CertificateId::get),
            note.sha256,
            text,
            head.hash,
        ])?;
    }
    transaction
        .prepare_cached(SET_META)?
        .execute([HEAD, &head.to_string()])?;
    Ok(())
}

/// The first entry says what came before the log.
fn began(connection: &Connection, at: UnixSeconds) -> Result<AuditNote, LedgerError> {
    let last = last_before(connection)?;
    Ok(AuditNote {
        at,
        kind: AuditKind::Began,
        certificate: None,
        sha256: None,
        text: began_text(last),
    })
}

fn began_text(last: i64) -> String {
    match last {
        0 => "no certificate was recorded before".to_owned(),
        _ => format!("certificates 1 to {last} were recorded before"),
    }
}

/// The last certificate that was recorded before there was a log, 0 for none.
fn last_before(connection: &Connection) -> Result<i64, LedgerError> {
    let text: String = connection
        .prepare_cached(META)?
        .query_row([BEFORE], |row| row.get(0))?;
    text.parse().map_err(|_| LedgerError::Corrupt {
        column: "meta.audit_before",
    })
}

fn head(connection: &Connection) -> Result<AuditHead, LedgerError> {
    let text: Option<String> = connection
        .prepare_cached(META)?
        .query_row([HEAD], |row| row.get(0))
        .optional()?;
    let Some(text) = text else {
        return Ok(AuditHead {
            number: 0,
            hash: origin(),
        });
    };
    text.parse().map_err(|_| LedgerError::Corrupt {
        column: "meta.audit_head",
    })
}

/// What stands before the first entry.
fn origin() -> [u8; 32] {
    sha256(b"certwright audit log, version 1")
}

/// Every part has a fixed length or is preceded by its own, so that no two entries hash the same octets.
fn hash(before: &[u8; 32], number: u64, note: &AuditNote, text: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(number.to_be_bytes());
    hash.update(note.at.seconds().to_be_bytes());
    let certificate = note.certificate.map_or(0, CertificateId::get);
    hash.update(certificate.to_be_bytes());
    hash.update([
        u8::from(note.certificate.is_some()),
        u8::from(note.sha256.is_some()),
    ]);
    hash.update(note.sha256.unwrap_or_default());
    let kind = note.kind.as_str();
    hash.update(u64::try_from(kind.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(kind);
    hash.update(text);
    hash.finalize().into()
}

fn sha256(octets: &[u8]) -> [u8; 32] {
    Sha256::digest(octets).into()
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_TEXT_OCTETS);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn entry_of(row: &Row<'_>) -> Result<AuditEntry, LedgerError> {
    let kind: String = sql::column(row, 2, "audit.kind")?;
    Ok(AuditEntry {
        number: u64::try_from(sql::column::<i64>(row, 0, "audit.id")?)
            .map_err(|_| LedgerError::Corrupt { column: "audit.id" })?,
        at: sql::time(sql::column(row, 1, "audit.at")?, "audit.at")?,
        kind: kind.parse().map_err(|_| LedgerError::Corrupt {
            column: "audit.kind",
        })?,
        certificate: sql::column::<Option<i64>>(row, 3, "audit.certificate_id")?
            .map(CertificateId::from_row),
        sha256: sql::column(row, 4, "audit.sha256")?,
        text: sql::column(row, 5, "audit.text")?,
        hash: sql::column(row, 6, "audit.hash")?,
    })
}

/// An entry's text is cut after so many octets.
pub const MAX_TEXT_OCTETS: usize = 2048;

/// The key in the meta table of where the log ends.
const HEAD: &str = "audit_head";

/// The key in the meta table of the last certificate that was recorded before there was a log.
const BEFORE: &str = "audit_before";

const INSERT: &str = "INSERT INTO audit (id, at, kind, certificate_id, sha256, text, hash)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const PAGE: &str = "SELECT id, at, kind, certificate_id, sha256, text, hash FROM audit
    WHERE id > ?1 ORDER BY id LIMIT ?2";
