//! Revocations: recording them, and reading them for a CRL.

use std::ops::ControlFlow;

use rusqlite::{OptionalExtension, Row, Transaction, params};

use crate::ledger::Ledger;
use crate::ledger::audit;
use crate::ledger::audit::{AuditKind, AuditNote};
use crate::ledger::error::{LedgerError, ReleaseConflict, RevokeConflict};
use crate::ledger::issuer::{IssuerId, authority};
use crate::ledger::record::CertificateId;
use crate::ledger::sql;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

/// Why a certificate was revoked: a `CRLReason` ([RFC 5280 §5.3.1]).
///
/// Invariant: 0 to 10, but neither 7, which has no meaning, nor 8 (`removeFromCRL`), which revokes nothing.
///
/// [RFC 5280 §5.3.1]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ReasonCode(u8);

/// A revocation that is to be recorded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revocation {
    /// The certificate to revoke.
    pub certificate: CertificateId,
    /// When, and why, and by whom.
    pub fact: RevokedFact,
}

/// That a certificate was revoked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevokedFact {
    /// The second from which it is not to be trusted (`revocationDate`, RFC 5280 §5.1.2.6).
    pub at: UnixSeconds,
    /// Why.
    pub reason: ReasonCode,
    /// Who revoked it.
    pub by: String,
    /// What else was said.
    pub note: Option<String>,
}

/// An entry of `revokedCertificates` (RFC 5280 §5.1.2.6).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevokedEntry {
    /// The certificate's serial number (`userCertificate`).
    pub serial: SerialNumber,
    /// `revocationDate`.
    pub at: UnixSeconds,
    /// `reasonCode`.
    pub reason: ReasonCode,
}

impl ReasonCode {
    /// `certificateHold`, the only one that may be taken back.
    pub const HOLD: Self = Self(6);

    /// A reason by its number, `None` for one that revokes nothing: 7, 8, or over 10.
    #[must_use]
    pub fn new(code: u8) -> Option<Self> {
        matches!(code, 0..=6 | 9..=10).then_some(Self(code))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl RevokedFact {
    /// What the audit log says of it.
    pub(super) fn to_note(&self, certificate: CertificateId) -> AuditNote {
        let Self {
            at,
            reason,
            by,
            note,
        } = self;
        let said = note.iter().map(|note| format!(": {note}"));
        AuditNote {
            at: *at,
            kind: AuditKind::Revoked,
            certificate: Some(certificate),
            sha256: None,
            text: format!(
                "reason {}, by {by}{}",
                reason.get(),
                said.collect::<String>()
            ),
        }
    }
}

impl Ledger {
    /// Records a slice of revocations in one transaction, on disk before this returns. A row that cannot be revoked
    /// is told in its place, in order; the others stand.
    ///
    /// A certificate on hold may be revoked for good: the final reason takes the place of the hold, and the date stays
    /// that of the hold (X.509, reason code: "the date the certificate was placed on hold") unless the final one is earlier.
    /// Nothing else is revoked twice, and no hold is released.
    ///
    /// # Errors
    /// As [`Ledger::set_meta`]; then no row of the slice was recorded.
    pub fn revoke(
        &mut self,
        revocations: &[Revocation],
    ) -> Result<Vec<Result<(), RevokeConflict>>, LedgerError> {
        let transaction = self.begin()?;
        let mut select = transaction.prepare_cached(SELECT_REVOCATION)?;
        let mut outcomes = Vec::with_capacity(revocations.len());
        let mut notes = Vec::new();
        for Revocation { certificate, fact } in revocations {
            let found = if insert(&transaction, *certificate, fact)? == 0 {
                let fact = |row: &Row<'_>| fact_of(row, 0);
                let mut rows = select.query_and_then([certificate.get()], fact)?;
                Some(rows.next().transpose()?.flatten())
            } else {
                None
            };
            outcomes.push(match found {
                None => {
                    notes.push(fact.to_note(*certificate));
                    Ok(())
                }
                Some(Some(found)) => Err(RevokeConflict::AlreadyRevoked { found }),
                Some(None) => Err(RevokeConflict::Unknown { id: *certificate }),
            });
        }
        drop(select);
        audit::append(&transaction, &notes)?;
        transaction.commit()?;
        Ok(outcomes)
    }

    /// Ends holds, in one transaction, on disk before this returns: the certificates are good again. One that is not on
    /// hold is told in its place, in order; the others are released.
    ///
    /// # Errors
    /// As [`Ledger::set_meta`]; then none was released.
    pub fn release(
        &mut self,
        certificates: &[CertificateId],
        at: UnixSeconds,
        by: &str,
    ) -> Result<Vec<Result<(), ReleaseConflict>>, LedgerError> {
        let transaction = self.begin()?;
        let mut outcomes = Vec::with_capacity(certificates.len());
        let mut notes = Vec::new();
        for certificate in certificates {
            let mut select = transaction.prepare_cached(SELECT_REVOCATION)?;
            let fact = |row: &Row<'_>| fact_of(row, 0);
            let found = select.query_and_then([certificate.get()], fact)?.next();
            let found = found.transpose()?.flatten();
            outcomes.push(match found {
                Some(fact) if fact.reason == ReasonCode::HOLD => {
                    transaction
                        .prepare_cached(DELETE_REVOCATION)?
                        .execute([certificate.get()])?;
                    notes.push(released(*certificate, at, by));
                    Ok(())
                }
                Some(found) => Err(ReleaseConflict::Revoked { found }),
                None => Err(ReleaseConflict::NotOnHold { id: *certificate }),
            });
        }
        audit::append(&transaction, &notes)?;
        transaction.commit()?;
        Ok(outcomes)
    }

    /// How many times what a CRL of the issuer's name must show has changed. Asked before [`Ledger::revoked`], it tells
    /// later whether a CRL still shows all: [`PublishedCrl::changes`](crate::ledger::PublishedCrl::changes).
    ///
    /// # Errors
    /// As [`Ledger::revoked`].
    pub fn revocation_changes(&self, issuer: IssuerId) -> Result<u64, LedgerError> {
        let authority = authority(&self.connection, issuer)?;
        let changes: i64 = self
            .connection
            .prepare_cached(CHANGES)?
            .query_row([authority], |row| row.get(0))?;
        Ok(changes.unsigned_abs())
    }

    /// Calls `each` with every entry of a complete CRL for the issuer's name, by rising serial number, until it
    /// breaks; nothing is collected. `this_update` is that of the CRL to be.
    ///
    /// An expired certificate is dropped once a CRL from after its end has shown it (RFC 5280 §3.3: an entry MUST NOT
    /// be removed before): its end and its revocation both lie before the last CRL that the same key signed and before
    /// `this_update`. Who holds another key of the issuer's name has not seen that CRL.
    ///
    /// # Errors
    /// [`LedgerError::UnknownIssuer`], [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn revoked(
        &self,
        issuer: IssuerId,
        this_update: UnixSeconds,
        mut each: impl FnMut(RevokedEntry) -> ControlFlow<()>,
    ) -> Result<(), LedgerError> {
        let authority = authority(&self.connection, issuer)?;
        let last: Option<i64> = self
            .connection
            .prepare_cached(LAST_UPDATE)?
            .query_row([authority, issuer.get()], |row| row.get(0))
            .optional()?;
        let kept_from = last.map_or(0, |last| last.min(sql::seconds(this_update)));
        let mut statement = self.connection.prepare_cached(SELECT_REVOKED)?;
        for entry in statement.query_and_then([authority, kept_from], entry_of)? {
            if each(entry?).is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// Four columns from `first` on: `at`, `reason`, `revoked_by`, `note`; all NULL where there is no revocation.
pub(super) fn fact_of(row: &Row<'_>, first: usize) -> Result<Option<RevokedFact>, LedgerError> {
    let Some(at) = sql::column(row, first, "revocation.at")? else {
        return Ok(None);
    };
    Ok(Some(RevokedFact {
        at: sql::time(at, "revocation.at")?,
        reason: reason_of(row, first + 1)?,
        by: sql::column(row, first + 2, "revocation.revoked_by")?,
        note: sql::column(row, first + 3, "revocation.note")?,
    }))
}

fn entry_of(row: &Row<'_>) -> Result<RevokedEntry, LedgerError> {
    let serial: Vec<u8> = sql::column(row, 0, "revocation.serial")?;
    Ok(RevokedEntry {
        serial: sql::serial_from_key(&serial, "revocation.serial")?,
        at: sql::time(sql::column(row, 1, "revocation.at")?, "revocation.at")?,
        reason: reason_of(row, 2)?,
    })
}

fn reason_of(row: &Row<'_>, index: usize) -> Result<ReasonCode, LedgerError> {
    let column = "revocation.reason";
    ReasonCode::new(sql::column(row, index, column)?).ok_or(LedgerError::Corrupt { column })
}

/// What the audit log says of a release.
fn released(certificate: CertificateId, at: UnixSeconds, by: &str) -> AuditNote {
    AuditNote {
        at,
        kind: AuditKind::Released,
        certificate: Some(certificate),
        sha256: None,
        text: format!("by {by}"),
    }
}

/// Records one revocation, with what a CRL needs of the certificate, and answers 1; or 0 when the certificate is revoked
/// for good already, on hold and to be held again, or not there.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    certificate: CertificateId,
    fact: &RevokedFact,
) -> Result<usize, LedgerError> {
    let mut insert = transaction.prepare_cached(INSERT_REVOCATION)?;
    Ok(insert.execute(params![
        certificate.get(),
        sql::seconds(fact.at),
        fact.reason.get(),
        fact.by,
        fact.note,
    ])?)
}

/// 6 is certificateHold (RFC 5280 §5.3.1), the one reason that another may follow.
const INSERT_REVOCATION: &str =
    "INSERT INTO revocation (certificate_id, authority_id, serial, not_after, at, reason,
        revoked_by, note)
    SELECT id, authority_id, serial, not_after, ?2, ?3, ?4, ?5 FROM certificate WHERE id = ?1
    ON CONFLICT (certificate_id) DO UPDATE SET at = min(at, excluded.at),
        reason = excluded.reason, revoked_by = excluded.revoked_by, note = excluded.note
    WHERE reason = 6 AND excluded.reason <> 6";

const SELECT_REVOCATION: &str =
    "SELECT at, reason, revoked_by, note FROM revocation WHERE certificate_id = ?1";

pub(super) const LAST_UPDATE: &str = "SELECT this_update FROM crl
    WHERE authority_id = ?1 AND issuer_id IN (SELECT same.id FROM issuer same
        WHERE same.authority_id = ?1 AND same.key_id = (SELECT key_id FROM issuer WHERE id = ?2))
    ORDER BY number DESC LIMIT 1";

const CHANGES: &str = "SELECT revocation_changes FROM authority WHERE id = ?1";

const DELETE_REVOCATION: &str = "DELETE FROM revocation WHERE certificate_id = ?1";

pub(super) const SELECT_REVOKED: &str =
    "SELECT serial, at, reason FROM revocation INDEXED BY revocation_serial
    WHERE authority_id = ?1 AND (not_after >= ?2 OR at >= ?2) ORDER BY serial";
