//! Rows of a job that were issued in another workspace of the same CAs, taken into this one.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use super::emca::pfx_name;
use super::rows::unreadable;
use super::{Service, ServiceError};
use crate::cert::Certificate;
use crate::ledger::{
    BatchId, BatchRow, CertificateId, Conflict, IssuerId, Ledger, NewCertificate, Record,
    Supersedes,
};
use crate::vendor::emca::Form;
use crate::vendor::emca::wire::Transaction;
use crate::vendor::{as2expert, ecgrid, emca, enos};
use crate::workspace::Workspace;

/// A row whose certificate cannot stand beside what is here.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Doubled {
    /// The row, counted from 1.
    pub row: u64,
    /// What is there twice.
    pub what: Double,
    /// Its value, for a person.
    pub found: String,
}

/// What becomes of the number that a vendor has given a certificate, where it is another's here.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Numbers {
    /// The certificate gets another number.
    Anew,
    /// It is not taken in: somebody was told its number.
    AsTold,
}

/// What two certificates have alike that never meet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Double {
    /// The public key.
    Key,
    /// The number that the vendor knows it by.
    Number,
    /// The serial number of one issuer.
    Serial,
    /// The subject.
    Subject,
    /// The transaction that it answers.
    Transaction,
}

impl fmt::Display for Double {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "key",
            Self::Number => "number",
            Self::Serial => "serial number",
            Self::Subject => "subject",
            Self::Transaction => "transaction",
        })
    }
}

impl Service {
    /// Takes in what `from` has issued for these rows of a job, with the private keys that it keeps. What is here already is
    /// passed over, so that a call which was interrupted may be made again. A row whose key, subject, serial number or
    /// transaction is that of a certificate here which `from` did not know is not taken in: nobody has held the two against
    /// each other.
    ///
    /// # Errors
    /// [`ServiceError::NotJoined`] for rows of a vendor that is not known, [`ServiceError::OtherAuthority`],
    /// [`ServiceError::UnknownJob`], [`ServiceError::Workspace`] for keys, [`ServiceError::Ledger`].
    pub fn take_in(
        &mut self,
        from: &Workspace,
        job: &str,
        rows: RangeInclusive<u64>,
        numbers: Numbers,
    ) -> Result<Vec<Doubled>, ServiceError> {
        let unknown = || ServiceError::UnknownJob {
            job: job.to_owned(),
        };
        let theirs = from.ledger().find_batch(job)?.ok_or_else(unknown)?;
        let batch = self.workspace.ledger_mut().batch(job)?;
        let issuers = self.issuers_of(from);
        let mut doubled = Vec::new();
        let mut taken = Vec::new();
        for (row, id) in from.ledger().issued_rows(theirs, rows)? {
            let Some(record) = from.ledger().find(id)? else {
                continue;
            };
            let here = self.workspace.ledger();
            if !here.find_by_fingerprint(&record.fingerprint)?.is_empty() {
                continue;
            }
            if let Some(what) = double(here, from.ledger(), &record)? {
                doubled.push(Doubled::of(row, what, &record));
                continue;
            }
            match self.keep_joined(from, row, &record, numbers)? {
                Ok(row_key) => taken.push((row, Record { row_key, ..record })),
                Err(what) => doubled.push(Doubled::of(row, what, &record)),
            }
        }
        doubled.extend(self.record_joined(from, batch, taken, &issuers)?);
        doubled.sort_by_key(|doubled| doubled.row);
        Ok(doubled)
    }

    /// Brings what is kept beside the ledger for a certificate, before it is recorded; gives what the vendor knows it by here.
    fn keep_joined(
        &mut self,
        from: &Workspace,
        row: u64,
        record: &Record,
        numbers: Numbers,
    ) -> Result<Result<Option<String>, Double>, ServiceError> {
        let vendor = match record.vendor.as_str() {
            enos::NAME => return Ok(Ok(record.row_key.clone())),
            emca::NAME => return self.keep_transaction(from, record),
            as2expert::NAME => as2expert::NAME,
            ecgrid::NAME => ecgrid::NAME,
            _ => {
                let vendor = record.vendor.clone();
                return Err(ServiceError::NotJoined { row, vendor });
            }
        };
        let told = record.row_key.as_ref().and_then(|text| text.parse().ok());
        let told: i32 = told.ok_or_else(|| unreadable(record, "it has no number"))?;
        let key = from.read_key(vendor, told)?;
        if key.public_key().spki_sha256() != record.key_sha256 {
            return Err(ServiceError::KeyOfAnother {
                vendor: vendor.to_owned(),
                number: told,
            });
        }
        let number = self.number_here(vendor, told, record)?;
        let number = match (number, numbers) {
            (Some(Number { is_kept: true, .. }), _) => return Ok(Ok(Some(told.to_string()))),
            (Some(Number { id, .. }), _) => id,
            (None, Numbers::AsTold) => return Ok(Err(Double::Number)),
            (None, Numbers::Anew) => {
                let mut ids = self.workspace.reserve_key_ids(vendor, 1)?;
                ids.next().ok_or(ServiceError::Unanswered)?
            }
        };
        self.workspace.store_key(vendor, number, &key)?;
        Ok(Ok(Some(number.to_string())))
    }

    /// The number that a certificate had elsewhere, if it can have it here; a call that was interrupted may have brought its
    /// key already.
    fn number_here(
        &mut self,
        vendor: &'static str,
        told: i32,
        record: &Record,
    ) -> Result<Option<Number>, ServiceError> {
        if self.workspace.claim_key_id(vendor, told)? {
            let is_kept = false;
            return Ok(Some(Number { id: told, is_kept }));
        }
        let of_it = self.ledger().find_by_row_key(vendor, &told.to_string())?;
        let kept = self.kept_key(vendor, told, &record.key_sha256);
        let is_kept = of_it.is_empty() && kept.is_ok();
        Ok(is_kept.then_some(Number { id: told, is_kept }))
    }

    /// emCA knows a certificate by its transaction, and keeps the PFX of those whose keys it made.
    fn keep_transaction(
        &mut self,
        from: &Workspace,
        record: &Record,
    ) -> Result<Result<Option<String>, Double>, ServiceError> {
        let transaction = record.row_key.as_deref();
        let transaction = transaction.ok_or_else(|| unreadable(record, "it has no transaction"))?;
        let asked = Transaction::from_row_key(transaction).map(|(_, asked)| asked);
        let asked = asked.ok_or_else(|| unreadable(record, "its transaction cannot be read"))?;
        for form in Form::ALL {
            let found = self
                .ledger()
                .find_by_row_key(emca::NAME, &asked.row_key(form))?;
            if !found.is_empty() {
                return Ok(Err(Double::Transaction));
            }
        }
        self.keep_pfx(from, &pfx_name(&record.fingerprint))?;
        Ok(Ok(record.row_key.clone()))
    }

    /// Brings the PFX of a name, if there is one. Half of one, which a call that was killed may have left, is replaced: a
    /// certificate that is not recorded yet has no other.
    fn keep_pfx(&self, from: &Workspace, name: &str) -> Result<(), ServiceError> {
        if !from.has_private(emca::NAME, name) {
            return Ok(());
        }
        let pfx = from.read_private(emca::NAME, name)?;
        if self.workspace.has_private(emca::NAME, name) {
            let kept = self.workspace.read_private(emca::NAME, name)?;
            // A rehearsal keeps nothing, and changes nothing of what was kept before it.
            if kept == pfx || self.is_rehearsal() {
                return Ok(());
            }
            self.workspace.remove_private(emca::NAME, name)?;
        }
        Ok(self.workspace.store_private(emca::NAME, name, &pfx)?)
    }

    /// What the CAs of another workspace are called here.
    fn issuers_of(&self, from: &Workspace) -> BTreeMap<IssuerId, IssuerId> {
        let own = self.workspace.authorities();
        let theirs = from.authorities().iter();
        let pair = |ca: &crate::workspace::CertificateAuthority| {
            let same = own
                .iter()
                .find(|own| own.certificate().as_der() == ca.certificate().as_der())?;
            Some((ca.id(), same.id()))
        };
        theirs.filter_map(pair).collect()
    }

    fn record_joined(
        &mut self,
        from: &Workspace,
        batch: BatchId,
        taken: Vec<(u64, Record)>,
        issuers: &BTreeMap<IssuerId, IssuerId>,
    ) -> Result<Vec<Doubled>, ServiceError> {
        let mut new = Vec::with_capacity(taken.len());
        for (row, record) in &taken {
            let issuer = record.issuer.map(|id| {
                let other = ServiceError::OtherAuthority { row: *row };
                issuers.get(&id).copied().ok_or(other)
            });
            let certificate = Certificate::from_der(&record.certificate);
            let certificate = certificate.map_err(|error| unreadable(record, error))?;
            new.push(NewCertificate {
                issuer: issuer.transpose()?,
                serial: record.serial.clone(),
                certificate: Cow::Borrowed(&record.certificate),
                request: record.request.as_deref().map(Cow::Borrowed),
                subject: Cow::Borrowed(&record.subject),
                subject_sha256: certificate.subject().folded_sha256(),
                subject_text: Cow::Borrowed(&record.subject_text),
                key_sha256: record.key_sha256,
                key_id: record.key_id,
                key_algorithm: certificate.public_key().algorithm(),
                fingerprint: record.fingerprint,
                validity: record.validity,
                issued_at: record.issued_at,
                vendor: Cow::Borrowed(&record.vendor),
                row_key: record.row_key.as_deref().map(Cow::Borrowed),
                batch_row: Some(BatchRow { batch, row: *row }),
                holder: record.holder.as_deref().map(Cow::Borrowed),
                supersedes: self.superseded_here(from, *row, record)?,
            });
        }
        let outcomes = self.workspace.ledger_mut().record(&new)?;
        let refused =
            |((row, record), outcome): (&(u64, Record), Result<CertificateId, Conflict>)| {
                outcome.err()?;
                Some(Doubled::of(*row, Double::Serial, record))
            };
        Ok(taken.iter().zip(outcomes).filter_map(refused).collect())
    }

    /// The certificate here that a row's takes the place of.
    fn superseded_here(
        &self,
        from: &Workspace,
        row: u64,
        record: &Record,
    ) -> Result<Option<Supersedes>, ServiceError> {
        let Some(id) = record.supersedes else {
            return Ok(None);
        };
        let absent = || ServiceError::SupersededElsewhere { row };
        let old = from.ledger().find(id)?.ok_or_else(absent)?;
        let here = self
            .workspace
            .ledger()
            .find_by_fingerprint(&old.fingerprint)?;
        let here = here.first().ok_or_else(absent)?;
        Ok(Some(Supersedes {
            certificate: here.id,
            revocation: old.revocation,
        }))
    }
}

/// A number that a certificate can have here.
struct Number {
    id: i32,
    /// Whether its key is here under it.
    is_kept: bool,
}

impl Doubled {
    fn of(row: u64, what: Double, record: &Record) -> Self {
        let found = match what {
            Double::Key => record
                .key_id
                .iter()
                .map(|octet| format!("{octet:02x}"))
                .collect(),
            Double::Number | Double::Transaction => record.row_key.clone().unwrap_or_default(),
            Double::Serial => record.serial.to_string(),
            Double::Subject => record.subject_text.clone(),
        };
        Self { row, what, found }
    }
}

/// What a certificate has in common with one here that its own ledger did not know.
fn double(here: &Ledger, theirs: &Ledger, record: &Record) -> Result<Option<Double>, ServiceError> {
    let unknown = |found: Vec<Record>| -> Result<bool, ServiceError> {
        for other in found {
            if theirs.find_by_fingerprint(&other.fingerprint)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    };
    if unknown(here.find_by_key(&record.key_sha256)?)? {
        return Ok(Some(Double::Key));
    }
    let certificate = Certificate::from_der(&record.certificate);
    let certificate = certificate.map_err(|error| unreadable(record, error))?;
    let subject = certificate.subject().folded_sha256();
    Ok(unknown(here.find_by_subject(&subject)?)?.then_some(Double::Subject))
}
