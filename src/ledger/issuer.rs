//! Certification authorities and the serial numbers that they hand out.

use std::ops::Range;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::ledger::Ledger;
use crate::ledger::audit;
use crate::ledger::audit::{AuditKind, AuditNote};
use crate::ledger::error::LedgerError;
use crate::ledger::sql;
use crate::serial::SerialNumber;
use crate::time::{UnixSeconds, Validity};

/// An issuer of this ledger.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IssuerId(i64);

/// A CA certificate that is to be known as an issuer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewIssuer {
    /// A short name, unique in the ledger, such as `rsa-root`.
    pub name: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// The subject, a DER `Name`; issuers with the same one share serial and CRL numbers.
    pub subject: Vec<u8>,
    /// SHA-1 of the public key's BIT STRING content (RFC 5280 §4.2.1.2).
    pub key_id: [u8; 20],
    /// The certificate's own serial number.
    pub serial: SerialNumber,
    /// The certificate's validity.
    pub validity: Validity,
    /// Who issued the certificate; `None` for a root, or when that CA is not in the ledger.
    pub parent: Option<IssuerId>,
    /// When it was made or imported.
    pub added_at: UnixSeconds,
}

/// A CA certificate that the ledger knows as an issuer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issuer {
    /// Its id.
    pub id: IssuerId,
    /// A short name, unique in the ledger, such as `rsa-root`.
    pub name: String,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// The subject, a DER `Name`.
    pub subject: Vec<u8>,
    /// SHA-1 of the public key's BIT STRING content (RFC 5280 §4.2.1.2).
    pub key_id: [u8; 20],
    /// The certificate's own serial number.
    pub serial: SerialNumber,
    /// The certificate's validity.
    pub validity: Validity,
    /// Who issued the certificate; `None` for a root, or when that CA is not in the ledger.
    pub parent: Option<IssuerId>,
    /// When it was made or imported.
    pub added_at: UnixSeconds,
    /// The issuer in whose place it stands, of the same CA.
    pub renews: Option<IssuerId>,
    /// Since when it issues no more.
    pub retired_at: Option<UnixSeconds>,
}

impl IssuerId {
    /// The number that the ledger gave, from 1.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    pub(super) fn from_row(id: i64) -> Self {
        Self(id)
    }
}

impl NewIssuer {
    /// What the audit log says of it.
    pub(super) fn to_note(&self) -> AuditNote {
        AuditNote {
            at: self.added_at,
            kind: AuditKind::AuthorityAdded,
            certificate: None,
            sha256: Some(self.fingerprint),
            text: self.name.clone(),
        }
    }
}

impl Ledger {
    /// Makes a CA certificate known as an issuer.
    ///
    /// # Errors
    /// [`LedgerError::IssuerExists`] when the name or the certificate is taken, [`LedgerError::UnknownIssuer`] for a
    /// parent that is not there, and as [`Ledger::set_meta`].
    pub fn add_issuer(&mut self, new: &NewIssuer) -> Result<IssuerId, LedgerError> {
        let transaction = self.begin()?;
        let id = insert(&transaction, new)?;
        audit::append(&transaction, &[new.to_note()])?;
        transaction.commit()?;
        Ok(id)
    }

    /// Every issuer, in the order in which they were added.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn issuers(&self) -> Result<Vec<Issuer>, LedgerError> {
        let sql = format!("{SELECT_ISSUER} ORDER BY i.id");
        self.connection
            .prepare_cached(&sql)?
            .query_and_then([], issuer_of)?
            .collect()
    }

    /// The issuer with this name.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn issuer(&self, name: &str) -> Result<Option<Issuer>, LedgerError> {
        let sql = format!("{SELECT_ISSUER} WHERE i.name = ?1");
        self.connection
            .prepare_cached(&sql)?
            .query_and_then([name], issuer_of)?
            .next()
            .transpose()
    }

    /// Takes `n` serial numbers of the issuer's sequence, none of them below `first`; they are never given again.
    ///
    /// Numbers that certificates under the issuer's name bear already, however they were drawn, are passed over,
    /// so every range is free as a whole. That the range is taken is on disk before this returns.
    ///
    /// # Errors
    /// [`LedgerError::UnknownIssuer`], [`LedgerError::SerialsEnded`] past 2^63 - 1, and as [`Ledger::set_meta`].
    pub fn reserve_serials(
        &mut self,
        issuer: IssuerId,
        first: u64,
        n: u64,
    ) -> Result<Range<u64>, LedgerError> {
        self.reserve_common_serials(&[issuer], first, n)
    }

    /// As [`Ledger::reserve_serials`] for issuers that count together: the numbers are free under each of their names,
    /// and none of them gives them again.
    ///
    /// # Errors
    /// As [`Ledger::reserve_serials`].
    pub fn reserve_common_serials(
        &mut self,
        issuers: &[IssuerId],
        first: u64,
        n: u64,
    ) -> Result<Range<u64>, LedgerError> {
        let transaction = self.begin()?;
        let authorities = issuers
            .iter()
            .map(|issuer| authority(&transaction, *issuer))
            .collect::<Result<Vec<_>, _>>()?;
        let mut start = first.max(1);
        for authority in &authorities {
            start = start.max(next_serial(&transaction, *authority)?);
        }
        let range = common_free_range(&transaction, &authorities, start, n)?;
        let end = i64::try_from(range.end).map_err(|_| LedgerError::SerialsEnded)?;
        if n > 0 {
            for authority in authorities {
                transaction
                    .prepare_cached("UPDATE authority SET next_serial = ?2 WHERE id = ?1")?
                    .execute([authority, end])?;
            }
            transaction.commit()?;
        }
        Ok(range)
    }
}

pub(super) fn insert(connection: &Connection, new: &NewIssuer) -> Result<IssuerId, LedgerError> {
    let taken = connection
        .prepare_cached(ISSUER_TAKEN)?
        .exists(params![new.name, new.fingerprint])?;
    if taken {
        return Err(LedgerError::IssuerExists {
            name: new.name.clone(),
        });
    }
    if let Some(parent) = new.parent {
        authority(connection, parent)?;
    }
    connection
        .prepare_cached("INSERT INTO authority (subject) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([&new.subject])?;
    let id = connection.prepare_cached(INSERT_ISSUER)?.insert(params![
        new.subject,
        new.parent.map(IssuerId::get),
        new.name,
        new.certificate,
        new.fingerprint,
        new.key_id,
        sql::serial_key(&new.serial),
        sql::seconds(new.validity.not_before()),
        sql::seconds(new.validity.not_after()),
        sql::seconds(new.added_at),
    ])?;
    Ok(IssuerId(id))
}

/// The name under which the issuer signs.
pub(super) fn authority(connection: &Connection, issuer: IssuerId) -> Result<i64, LedgerError> {
    connection
        .prepare_cached("SELECT authority_id FROM issuer WHERE id = ?1")?
        .query_row([issuer.0], |row| row.get(0))
        .optional()?
        .ok_or(LedgerError::UnknownIssuer { id: issuer })
}

/// The serial numbers, in column form, of the root certificates of this name, which are their own issuers.
pub(super) fn own_serials(
    connection: &Connection,
    authority: i64,
) -> Result<Vec<Vec<u8>>, LedgerError> {
    connection
        .prepare_cached(OWN_SERIALS)?
        .query_and_then([authority], |row| sql::column(row, 0, "issuer.serial"))?
        .collect()
}

/// The number that the name's sequence goes on with.
fn next_serial(connection: &Connection, authority: i64) -> Result<u64, LedgerError> {
    let next: i64 = connection
        .prepare_cached("SELECT next_serial FROM authority WHERE id = ?1")?
        .query_row([authority], |row| row.get(0))?;
    u64::try_from(next).map_err(|_| LedgerError::Corrupt {
        column: "authority.next_serial",
    })
}

/// The lowest `n` numbers in a row, from `start` on, that no certificate under any of the names bears.
fn common_free_range(
    connection: &Connection,
    authorities: &[i64],
    mut start: u64,
    n: u64,
) -> Result<Range<u64>, LedgerError> {
    loop {
        let mut range = start..start.checked_add(n).ok_or(LedgerError::SerialsEnded)?;
        for authority in authorities {
            range = free_range(connection, *authority, range.start, n)?;
        }
        // What was free under the first names is free still if none of the later ones went on.
        if range.start == start {
            return Ok(range);
        }
        start = range.start;
    }
}

/// The lowest `n` numbers in a row, from `start` on, that no certificate under the name bears.
fn free_range(
    connection: &Connection,
    authority: i64,
    mut start: u64,
    n: u64,
) -> Result<Range<u64>, LedgerError> {
    let mut last_taken = connection.prepare_cached(LAST_TAKEN)?;
    loop {
        let end = start.checked_add(n).ok_or(LedgerError::SerialsEnded)?;
        let taken: Option<Vec<u8>> = last_taken.query_row(
            params![
                authority,
                sql::serial_key_u64(start),
                sql::serial_key_u64(end)
            ],
            |row| row.get(0),
        )?;
        let Some(taken) = taken else {
            return Ok(start..end);
        };
        let column = "certificate.serial";
        start = sql::serial_from_key(&taken, column)?
            .to_u64()
            .and_then(|taken| taken.checked_add(1))
            .ok_or(LedgerError::SerialsEnded)?;
    }
}

fn issuer_of(row: &Row<'_>) -> Result<Issuer, LedgerError> {
    Ok(Issuer {
        id: IssuerId(sql::column(row, 0, "issuer.id")?),
        name: sql::column(row, 1, "issuer.name")?,
        certificate: sql::column(row, 2, "issuer.certificate")?,
        fingerprint: sql::column(row, 3, "issuer.fingerprint")?,
        subject: sql::column(row, 4, "authority.subject")?,
        key_id: sql::column(row, 5, "issuer.key_id")?,
        serial: sql::serial_from_key(
            &sql::column::<Vec<u8>>(row, 6, "issuer.serial")?,
            "issuer.serial",
        )?,
        validity: sql::validity(
            sql::column(row, 7, "issuer.not_before")?,
            sql::column(row, 8, "issuer.not_after")?,
            "issuer.not_after",
        )?,
        parent: sql::column::<Option<i64>>(row, 9, "issuer.parent_id")?.map(IssuerId),
        added_at: sql::time(sql::column(row, 10, "issuer.added_at")?, "issuer.added_at")?,
        renews: sql::column::<Option<i64>>(row, 11, "issuer.renews")?.map(IssuerId),
        retired_at: sql::column::<Option<i64>>(row, 12, "issuer.retired_at")?
            .map(|at| sql::time(at, "issuer.retired_at"))
            .transpose()?,
    })
}

const ISSUER_TAKEN: &str = "SELECT 1 FROM issuer WHERE name = ?1 OR fingerprint = ?2";

const INSERT_ISSUER: &str =
    "INSERT INTO issuer (authority_id, parent_id, name, certificate, fingerprint, key_id,
        serial, not_before, not_after, added_at)
    VALUES ((SELECT id FROM authority WHERE subject = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

const SELECT_ISSUER: &str =
    "SELECT i.id, i.name, i.certificate, i.fingerprint, a.subject, i.key_id, i.serial,
        i.not_before, i.not_after, i.parent_id, i.added_at, i.renews, i.retired_at
    FROM issuer i CROSS JOIN authority a ON a.id = i.authority_id";

const OWN_SERIALS: &str = "SELECT serial FROM issuer WHERE authority_id = ?1 AND parent_id IS NULL";

/// The highest serial number from ?2 on, below ?3, that is borne under the name, by a certificate or by a root itself.
/// The unary plus keeps the search on the serial number: it ends at the first hit from above.
pub(super) const LAST_TAKEN: &str = "SELECT max(serial) FROM (
        SELECT * FROM (
            SELECT serial FROM certificate
            WHERE serial >= ?2 AND serial < ?3 AND +authority_id = ?1
            ORDER BY serial DESC LIMIT 1)
        UNION ALL
        SELECT serial FROM issuer
        WHERE authority_id = ?1 AND parent_id IS NULL AND serial >= ?2 AND serial < ?3)";
