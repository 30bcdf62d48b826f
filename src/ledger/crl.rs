//! CRL numbers (RFC 5280 §5.2.3) and the CRLs that were published under them.

use rusqlite::{Row, params};

use crate::ledger::Ledger;
use crate::ledger::audit;
use crate::ledger::audit::{AuditKind, AuditNote};
use crate::ledger::error::LedgerError;
use crate::ledger::issuer::{IssuerId, authority};
use crate::ledger::sql;
use crate::time::UnixSeconds;

/// A CRL that was published.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PublishedCrl {
    /// The issuer whose key signed it.
    pub issuer: IssuerId,
    /// `cRLNumber`, taken with [`Ledger::next_crl_number`].
    pub number: u64,
    /// `thisUpdate`.
    pub this_update: UnixSeconds,
    /// `nextUpdate`.
    pub next_update: UnixSeconds,
    /// Certificates on it.
    pub entries: u64,
    /// [`Ledger::revocation_changes`] when it was made, or before; `None` for one that was made when nobody counted.
    pub changes: Option<u64>,
}

impl Ledger {
    /// Takes the next CRL number of the issuer's name, from 1; it is never given again, and that is on disk before
    /// this returns (RFC 5280 §5.2.3: a monotonically increasing sequence). A number may stay unused.
    ///
    /// # Errors
    /// [`LedgerError::UnknownIssuer`], [`LedgerError::CrlNumbersEnded`] past 2^63 - 2, and as [`Ledger::set_meta`].
    pub fn next_crl_number(&mut self, issuer: IssuerId) -> Result<u64, LedgerError> {
        let transaction = self.begin()?;
        let authority = authority(&transaction, issuer)?;
        let number: i64 = transaction
            .prepare_cached("SELECT next_crl_number FROM authority WHERE id = ?1")?
            .query_row([authority], |row| row.get(0))?;
        let next = number.checked_add(1).ok_or(LedgerError::CrlNumbersEnded)?;
        transaction
            .prepare_cached("UPDATE authority SET next_crl_number = ?2 WHERE id = ?1")?
            .execute([authority, next])?;
        transaction.commit()?;
        u64::try_from(number).map_err(|_| LedgerError::Corrupt {
            column: "authority.next_crl_number",
        })
    }

    /// Records that a CRL was published; a second call with the same number replaces the first.
    ///
    /// # Errors
    /// [`LedgerError::UnknownIssuer`], and as [`Ledger::set_meta`].
    pub fn record_crl(&mut self, crl: &PublishedCrl) -> Result<(), LedgerError> {
        let transaction = self.begin()?;
        let authority = authority(&transaction, crl.issuer)?;
        let number = i64::try_from(crl.number).map_err(|_| LedgerError::CrlNumbersEnded)?;
        transaction.prepare_cached(INSERT_CRL)?.execute(params![
            authority,
            number,
            crl.issuer.get(),
            sql::seconds(crl.this_update),
            sql::seconds(crl.next_update),
            i64::try_from(crl.entries).unwrap_or(i64::MAX),
            crl.changes
                .and_then(|n| i64::try_from(n).ok())
                .unwrap_or(-1),
        ])?;
        let note = AuditNote {
            at: crl.this_update,
            kind: AuditKind::CrlPublished,
            certificate: None,
            sha256: None,
            text: format!(
                "issuer {}, number {}, entries {}",
                crl.issuer.get(),
                crl.number,
                crl.entries
            ),
        };
        audit::append(&transaction, &[note])?;
        Ok(transaction.commit()?)
    }

    /// The published CRL of this issuer with the highest number.
    ///
    /// # Errors
    /// As [`Ledger::last_crl`].
    pub fn last_crl_of(&self, issuer: IssuerId) -> Result<Option<PublishedCrl>, LedgerError> {
        let authority = authority(&self.connection, issuer)?;
        self.connection
            .prepare_cached(LAST_CRL_OF)?
            .query_and_then([authority, issuer.get()], crl_of)?
            .next()
            .transpose()
    }

    /// The published CRL of the issuer's name with the highest number, whichever issuer of that name signed it.
    ///
    /// # Errors
    /// [`LedgerError::UnknownIssuer`], [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn last_crl(&self, issuer: IssuerId) -> Result<Option<PublishedCrl>, LedgerError> {
        let authority = authority(&self.connection, issuer)?;
        self.connection
            .prepare_cached(LAST_CRL)?
            .query_and_then([authority], crl_of)?
            .next()
            .transpose()
    }
}

fn crl_of(row: &Row<'_>) -> Result<PublishedCrl, LedgerError> {
    let unsigned = |index, column| {
        u64::try_from(sql::column::<i64>(row, index, column)?)
            .map_err(|_| LedgerError::Corrupt { column })
    };
    Ok(PublishedCrl {
        issuer: IssuerId::from_row(sql::column(row, 0, "crl.issuer_id")?),
        number: unsigned(1, "crl.number")?,
        this_update: sql::time(sql::column(row, 2, "crl.this_update")?, "crl.this_update")?,
        next_update: sql::time(sql::column(row, 3, "crl.next_update")?, "crl.next_update")?,
        entries: unsigned(4, "crl.entries")?,
        changes: u64::try_from(sql::column::<i64>(row, 5, "crl.revocation_changes")?).ok(),
    })
}

const INSERT_CRL: &str = "INSERT INTO crl (authority_id, number, issuer_id, this_update, next_update, entries,
        revocation_changes)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (authority_id, number) DO UPDATE SET issuer_id = excluded.issuer_id,
        this_update = excluded.this_update, next_update = excluded.next_update, entries = excluded.entries,
        revocation_changes = excluded.revocation_changes";

pub(super) const LAST_CRL: &str =
    "SELECT issuer_id, number, this_update, next_update, entries, revocation_changes FROM crl
    WHERE authority_id = ?1 ORDER BY number DESC LIMIT 1";

pub(super) const LAST_CRL_OF: &str =
    "SELECT issuer_id, number, this_update, next_update, entries, revocation_changes FROM crl
    WHERE authority_id = ?1 AND issuer_id = ?2 ORDER BY number DESC LIMIT 1";
