//! Certificates: what is recorded of each, and recording a slice of them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::{CachedStatement, Row, Transaction, params};

use crate::ledger::Ledger;
use crate::ledger::audit;
use crate::ledger::audit::{AuditKind, AuditNote};
use crate::ledger::batch;
use crate::ledger::error::{Conflict, LedgerError};
use crate::ledger::issuer::{IssuerId, authority, own_serials};
use crate::ledger::new::{NewCertificate, Supersedes};
use crate::ledger::revocation;
use crate::ledger::revocation::{ReasonCode, RevokedFact, fact_of};
use crate::ledger::sql;
use crate::ledger::stats::Standing;
use crate::ledger::tally::Tally;
use crate::serial::SerialNumber;
use crate::time::{UnixSeconds, Validity};

/// A certificate of this ledger; later ones have higher ids.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CertificateId(i64);

/// A certificate as the ledger holds it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Its id.
    pub id: CertificateId,
    /// Who issued it; `None` for a self-signed certificate.
    pub issuer: Option<IssuerId>,
    /// Its serial number.
    pub serial: SerialNumber,
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// The certification request that it answers, DER, if there was one.
    pub request: Option<Vec<u8>>,
    /// The subject, a DER `Name`.
    pub subject: Vec<u8>,
    /// The subject for a person.
    pub subject_text: String,
    /// SHA-256 of the `SubjectPublicKeyInfo`.
    pub key_sha256: [u8; 32],
    /// SHA-1 of the public key's BIT STRING content (RFC 5280 §4.2.1.2).
    pub key_id: [u8; 20],
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// Its validity.
    pub validity: Validity,
    /// When it was issued, by the issuer's clock.
    pub issued_at: UnixSeconds,
    /// Under whose rules it was issued.
    pub vendor: String,
    /// The row of a batch that asked for it, if that says more than the holder.
    pub row_key: Option<String>,
    /// Who or what it is bound to, in the vendor's own terms.
    pub holder: Option<String>,
    /// The certificate that it took the place of.
    pub supersedes: Option<CertificateId>,
    /// The latest certificate that took its place; by itself that makes it neither revoked nor invalid.
    pub superseded_by: Option<CertificateId>,
    /// Its revocation, if it was revoked.
    pub revocation: Option<RevokedFact>,
}

/// What a certificate is at a given second.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Status {
    /// Past its `not_after`, and never revoked.
    Expired,
    /// Revoked or on hold, expired since or not.
    Revoked(RevokedFact),
    /// Neither; `not_before` may still lie ahead.
    Valid,
}

impl CertificateId {
    /// The id with this number, as [`CertificateId::get`] gave it; whether the ledger has it, a question tells.
    #[must_use]
    pub fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number that the ledger gave, from 1.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }

    pub(super) fn from_row(id: i64) -> Self {
        Self(id)
    }
}

impl Record {
    /// What the certificate is at `now`. A revocation counts even when its time lies after `now`: a clock that was
    /// set back must not make a revoked certificate good.
    #[must_use]
    pub fn status_at(&self, now: UnixSeconds) -> Status {
        match &self.revocation {
            Some(fact) => Status::Revoked(fact.clone()),
            None if self.validity.not_after() < now => Status::Expired,
            None => Status::Valid,
        }
    }

    /// The same in one word; what is on hold is told from what is revoked.
    #[must_use]
    pub fn standing_at(&self, now: UnixSeconds) -> Standing {
        match self.status_at(now) {
            Status::Valid => Standing::Valid,
            Status::Expired => Standing::Expired,
            Status::Revoked(fact) if fact.reason == ReasonCode::HOLD => Standing::OnHold,
            Status::Revoked(_) => Standing::Revoked,
        }
    }
}

impl Ledger {
    /// Records a slice in one transaction, on disk before this returns. A row whose serial number is taken is left
    /// out and told in its place, in order; the others stand.
    ///
    /// # Errors
    /// [`LedgerError::UnknownIssuer`] and [`LedgerError::UnknownSuperseded`] for ids that are not this ledger's,
    /// [`LedgerError::RowIssued`], and as [`Ledger::set_meta`]; then no row of the slice was recorded.
    pub fn record(
        &mut self,
        new: &[NewCertificate<'_>],
    ) -> Result<Vec<Result<CertificateId, Conflict>>, LedgerError> {
        let transaction = self.begin()?;
        let mut recorder = Recorder::new(&transaction)?;
        let outcomes = recorder.record_all(new)?;
        let notes = recorder.finish()?;
        audit::append(&transaction, &notes)?;
        transaction.commit()?;
        self.presence.get_mut().note(new, &outcomes);
        Ok(outcomes)
    }
}

/// The statements of one call, prepared once.
pub(super) struct Recorder<'t> {
    transaction: &'t Transaction<'t>,
    certificate: CachedStatement<'t>,
    certificate_der: CachedStatement<'t>,
    request_der: CachedStatement<'t>,
    issuers: BTreeMap<IssuerId, KnownIssuer>,
    tally: Tally,
    /// The first and the last certificate of this call: ids of a transaction follow one another.
    recorded: Option<(i64, i64)>,
    /// What the audit log is to say.
    notes: Vec<AuditNote>,
}

/// An issuer that rows of the slice name.
struct KnownIssuer {
    authority: i64,
    own_serials: Vec<Vec<u8>>,
}

impl<'t> Recorder<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>) -> Result<Self, LedgerError> {
        Ok(Self {
            transaction,
            certificate: transaction.prepare_cached(INSERT_CERTIFICATE)?,
            certificate_der: transaction.prepare_cached(INSERT_CERTIFICATE_DER)?,
            request_der: transaction.prepare_cached(INSERT_REQUEST_DER)?,
            issuers: BTreeMap::new(),
            tally: Tally::default(),
            recorded: None,
            notes: Vec::new(),
        })
    }

    pub(super) fn record_all(
        &mut self,
        new: &[NewCertificate<'_>],
    ) -> Result<Vec<Result<CertificateId, Conflict>>, LedgerError> {
        new.iter().map(|row| self.record(row)).collect()
    }

    /// Writes what was gathered for the end; what is left is for the audit log to say.
    pub(super) fn finish(mut self) -> Result<Vec<AuditNote>, LedgerError> {
        self.tally.write(self.transaction)?;
        if let Some((first, last)) = self.recorded {
            let mut words = self.transaction.prepare_cached(INSERT_WORDS)?;
            words.execute([first, last])?;
        }
        Ok(self.notes)
    }

    fn record(
        &mut self,
        new: &NewCertificate<'_>,
    ) -> Result<Result<CertificateId, Conflict>, LedgerError> {
        let serial = sql::serial_key(&new.serial);
        let issuer = match new.issuer {
            Some(id) => Some(self.issuer(id)?),
            None => None,
        };
        if issuer.is_some_and(|issuer| issuer.own_serials.contains(&serial)) {
            let serial = new.serial.clone();
            return Ok(Err(Conflict::SerialOfIssuer { serial }));
        }
        let authority = issuer.map(|issuer| issuer.authority);
        if let Some(Supersedes {
            certificate: id, ..
        }) = new.supersedes
            && !self
                .transaction
                .prepare_cached("SELECT 1 FROM certificate WHERE id = ?1")?
                .exists([id.0])?
        {
            return Err(LedgerError::UnknownSuperseded { id });
        }
        let inserted = self.certificate.execute(params![
            new.issuer.map(IssuerId::get),
            authority,
            serial,
            sql::seconds(new.validity.not_before()),
            sql::seconds(new.validity.not_after()),
            sql::seconds(new.issued_at),
            new.subject_sha256,
            new.fingerprint,
            new.key_sha256,
            new.key_id,
            new.supersedes.as_ref().map(|old| old.certificate.get()),
            new.vendor,
            new.holder,
            new.row_key,
            new.subject,
            new.subject_text,
            new.key_algorithm.map(|algorithm| algorithm.to_string()),
        ])?;
        if inserted == 0 {
            return self.conflict(new, authority, &serial).map(Err);
        }
        let id = self.transaction.last_insert_rowid();
        self.tally.add(new);
        self.recorded = Some((self.recorded.map_or(id, |(first, _)| first), id));
        let revoked = self.supersede(new.supersedes.as_ref())?;
        self.certificate_der.execute(params![id, new.certificate])?;
        if let Some(request) = &new.request {
            self.request_der.execute(params![id, request])?;
        }
        if let Some(row) = new.batch_row {
            batch::issue(self.transaction, row, id)?;
        }
        self.notes.push(issued(CertificateId(id), new));
        self.notes.extend(revoked);
        Ok(Ok(CertificateId(id)))
    }

    /// Revokes what a certificate takes the place of, and gives the note of it.
    fn supersede(&mut self, old: Option<&Supersedes>) -> Result<Option<AuditNote>, LedgerError> {
        let revoked = old.and_then(|old| Some((old.certificate, old.revocation.as_ref()?)));
        let Some((certificate, fact)) = revoked else {
            return Ok(None);
        };
        // It may be one of this transaction.
        self.tally.write(self.transaction)?;
        let is_new = revocation::insert(self.transaction, certificate, fact)? > 0;
        Ok(is_new.then(|| fact.to_note(certificate)))
    }

    fn issuer(&mut self, id: IssuerId) -> Result<&KnownIssuer, LedgerError> {
        Ok(match self.issuers.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let authority = authority(self.transaction, id)?;
                unknown.insert(KnownIssuer {
                    authority,
                    own_serials: own_serials(self.transaction, authority)?,
                })
            }
        })
    }

    /// Which certificate stood in the way.
    fn conflict(
        &self,
        new: &NewCertificate<'_>,
        authority: Option<i64>,
        serial: &[u8],
    ) -> Result<Conflict, LedgerError> {
        let existing = match authority {
            Some(authority) => self
                .transaction
                .prepare_cached(EXISTING)?
                .query_row(params![serial, authority], |row| row.get(0)),
            None => self
                .transaction
                .prepare_cached(EXISTING_SELF_SIGNED)?
                .query_row(params![serial, new.subject_sha256], |row| row.get(0)),
        };
        Ok(Conflict::Serial {
            serial: new.serial.clone(),
            existing: CertificateId(existing?),
        })
    }
}

/// What the audit log says of a new certificate.
fn issued(id: CertificateId, new: &NewCertificate<'_>) -> AuditNote {
    AuditNote {
        at: new.issued_at,
        kind: match new.supersedes {
            None => AuditKind::Issued,
            Some(_) => AuditKind::Renewed,
        },
        certificate: Some(id),
        sha256: Some(new.fingerprint),
        text: match &new.holder {
            None => new.vendor.to_string(),
            Some(holder) => format!("{} {holder}", new.vendor),
        },
    }
}

/// A row of [`RECORD_COLUMNS`].
pub(super) fn record_of(row: &Row<'_>) -> Result<Record, LedgerError> {
    let serial: Vec<u8> = sql::column(row, 2, "certificate.serial")?;
    Ok(Record {
        id: CertificateId(sql::column(row, 0, "certificate.id")?),
        issuer: sql::column::<Option<i64>>(row, 1, "certificate.issuer_id")?
            .map(IssuerId::from_row),
        serial: sql::serial_from_key(&serial, "certificate.serial")?,
        certificate: sql::column(row, 3, "certificate_der.der")?,
        request: sql::column(row, 4, "request_der.der")?,
        subject: sql::column(row, 5, "certificate.subject")?,
        subject_text: sql::column(row, 6, "certificate.subject_text")?,
        key_sha256: sql::column(row, 7, "certificate.key_sha256")?,
        key_id: sql::column(row, 8, "certificate.key_id")?,
        fingerprint: sql::column(row, 9, "certificate.fingerprint")?,
        validity: sql::validity(
            sql::column(row, 10, "certificate.not_before")?,
            sql::column(row, 11, "certificate.not_after")?,
            "certificate.not_after",
        )?,
        issued_at: sql::time(
            sql::column(row, 12, "certificate.issued_at")?,
            "certificate.issued_at",
        )?,
        vendor: sql::column(row, 13, "certificate.vendor")?,
        row_key: sql::column(row, 14, "certificate.row_key")?,
        holder: sql::column(row, 15, "certificate.holder")?,
        supersedes: sql::column::<Option<i64>>(row, 16, "certificate.supersedes")?
            .map(CertificateId),
        superseded_by: sql::column::<Option<i64>>(row, 17, "certificate.supersedes")?
            .map(CertificateId),
        revocation: fact_of(row, 18)?,
    })
}

/// What [`record_of`] reads, of a certificate `c`.
pub(super) const RECORD_COLUMNS: &str = "c.id, c.issuer_id, c.serial, d.der, q.der, c.subject, c.subject_text,
    c.key_sha256, c.key_id, c.fingerprint, c.not_before, c.not_after, c.issued_at, c.vendor, c.row_key, c.holder,
    c.supersedes, (SELECT max(s.id) FROM certificate s WHERE s.supersedes = c.id), r.at, r.reason, r.revoked_by, r.note";

/// The tables of [`RECORD_COLUMNS`] beside `certificate c` and `revocation r`.
pub(super) const DER_JOINS: &str = "CROSS JOIN certificate_der d ON d.certificate_id = c.id
    LEFT JOIN request_der q ON q.certificate_id = c.id";

const INSERT_CERTIFICATE: &str = "INSERT INTO certificate (issuer_id, authority_id, serial, not_before, not_after,
        issued_at, subject_sha256, fingerprint, key_sha256, key_id, supersedes, vendor, holder, row_key, subject,
        subject_text, key_algorithm)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
    ON CONFLICT DO NOTHING";

const INSERT_WORDS: &str = "INSERT INTO subject_words (rowid, subject)
    SELECT id, subject_text FROM certificate WHERE id BETWEEN ?1 AND ?2";

const INSERT_CERTIFICATE_DER: &str =
    "INSERT INTO certificate_der (certificate_id, der) VALUES (?1, ?2)";

const INSERT_REQUEST_DER: &str = "INSERT INTO request_der (certificate_id, der) VALUES (?1, ?2)";

pub(super) const EXISTING: &str =
    "SELECT id FROM certificate WHERE serial = ?1 AND authority_id = ?2";

pub(super) const EXISTING_SELF_SIGNED: &str =
    "SELECT id FROM certificate WHERE authority_id IS NULL AND subject_sha256 = ?2 AND serial = ?1";
