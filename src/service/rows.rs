//! Rows of a job: a row that was issued before is answered with what was recorded then, and what is refused is noted once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::stages::Placed;
use super::{Moment, Service, ServiceError};
use crate::cert::Certificate;
use crate::ext::{ExtensionError, SubjectAltName};
use crate::general_name::GeneralName;
use crate::key::PublicKey;
use crate::ledger::{AuditKind, AuditNote, BatchId, BatchRow, Record, Refusal};
use crate::lint::Finding;
use crate::name::Name;
use crate::oid;
use crate::serial::{JobSerials, SerialNumber};

/// The rows of a job that the items of a slice are, in their order.
#[derive(Clone, Debug)]
pub struct JobRows {
    batch: BatchId,
    /// The number of each, counted from 1, and what it is called.
    rows: Vec<(u64, String)>,
    /// The rules that refused rows which are no requests: what stands in for them is refused for other reasons.
    unreadable: BTreeMap<u64, Vec<&'static str>>,
    /// What takes the place of random serial numbers.
    serials: Option<Arc<JobSerials>>,
}

/// A vendor's refusal, as the audit log tells of it.
pub(super) trait Refused {
    /// The rules that refused.
    fn rules(&self) -> Vec<&'static str>;
}

/// A refusal of a row whose number and job another row had before.
pub(super) trait OtherRow: Clone + Sized {
    /// As the vendor would say it.
    fn other_row(finding: Finding) -> Self;
}

/// What a row asks for, as far as what was recorded for a row of its number must be the same.
pub(super) struct Asked<'a> {
    pub(super) vendor: &'static str,
    /// None where nobody knows whom the row names.
    pub(super) holder: Option<String>,
    /// None where the key is made here.
    pub(super) key: Option<&'a PublicKey>,
    pub(super) subject: &'a Name,
    pub(super) names: &'a [GeneralName],
}

impl Asked<'_> {
    /// What differs, if anything does: the certificate is somebody else's then.
    ///
    /// # Errors
    /// [`ServiceError::Kept`] for a certificate that cannot be read.
    fn differs(&self, record: &Record) -> Result<Option<Finding>, ServiceError> {
        let Self {
            vendor,
            holder,
            key,
            subject,
            names,
        } = self;
        let failed = |error: &dyn ToString| unreadable(record, error.to_string());
        let certificate =
            Certificate::from_der(&record.certificate).map_err(|error| failed(&error))?;
        let other = |field: &str, asked: String, recorded: String| {
            let found = format!("{asked}, and this row of the job was issued for {recorded}");
            let expected = "the row as it was, or another job";
            Some(Finding::error(RULE, JOB_RULES, field, found, expected))
        };
        if record.vendor != *vendor {
            return Ok(other("vendor", (*vendor).to_owned(), record.vendor.clone()));
        }
        let recorded = record.holder.as_deref().unwrap_or_default();
        if let Some(holder) = holder.as_ref().filter(|holder| *holder != recorded) {
            return Ok(other("holder", holder.clone(), recorded.to_owned()));
        }
        if let Some(key) = key.filter(|key| *key != certificate.public_key()) {
            let shown = |key: &PublicKey| format!("key {}", key.key_identifier());
            let recorded = shown(certificate.public_key());
            return Ok(other("publicKey", shown(key), recorded));
        }
        if subject.folded() != certificate.subject().folded() {
            let recorded = certificate.subject().to_string();
            return Ok(other("subject", subject.to_string(), recorded));
        }
        let recorded = names_of(&certificate).map_err(|error| failed(&error))?;
        if recorded != *names {
            return Ok(other("subjectAltName", shown(names), shown(&recorded)));
        }
        Ok(None)
    }
}

fn names_of(certificate: &Certificate) -> Result<Vec<GeneralName>, ExtensionError> {
    match certificate.extensions().find(oid::SUBJECT_ALT_NAME) {
        None => Ok(Vec::new()),
        Some(extension) => {
            let names = SubjectAltName::from_extension_value(extension.value())?;
            Ok(names.names().to_vec())
        }
    }
}

fn shown(names: &[GeneralName]) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    match names.is_empty() {
        true => "no name".to_owned(),
        false => names.join(", "),
    }
}

/// Answers items that were issued before as the rows that they are, by their places. One that asks for something else than
/// was issued is refused: nobody is handed another's certificate.
///
/// # Errors
/// What `answer` reports, [`ServiceError::Kept`].
pub(super) fn answer_again<'a, T: 'a, U, E: OtherRow>(
    recorded: BTreeMap<usize, Record>,
    items: &'a [Result<Placed<T>, E>],
    asked: impl Fn(&'a T) -> Asked<'a>,
    answer: impl Fn(Record) -> Result<U, ServiceError>,
) -> Result<BTreeMap<usize, Result<U, E>>, ServiceError> {
    let mut answered = BTreeMap::new();
    for (index, record) in recorded {
        let again = match items.get(index) {
            None => continue,
            Some(Err(refusal)) => Err(refusal.clone()),
            Some(Ok(placed)) => match asked(&placed.item).differs(&record)? {
                None => Ok(answer(record)?),
                Some(finding) => Err(E::other_row(finding)),
            },
        };
        answered.insert(index, again);
    }
    Ok(answered)
}

impl JobRows {
    /// Rows by their numbers, which rise, and their names.
    #[must_use]
    pub fn new(batch: BatchId, rows: Vec<(u64, String)>) -> Self {
        Self {
            batch,
            rows,
            unreadable: BTreeMap::new(),
            serials: None,
        }
    }

    /// With serial numbers that follow from the job where a policy would draw them at random.
    #[must_use]
    pub fn with_serials(mut self, serials: Option<Arc<JobSerials>>) -> Self {
        self.serials = serials;
        self
    }

    /// With the rules that refused rows before anybody was asked, by the rows' numbers.
    #[must_use]
    pub fn with_unreadable(mut self, rules: BTreeMap<u64, Vec<&'static str>>) -> Self {
        self.unreadable = rules;
        self
    }
}

impl Moment {
    /// The row of a job that an item is.
    pub(super) fn row(&self, index: usize) -> Option<BatchRow> {
        let rows = self.rows.as_ref()?;
        let (row, _) = rows.rows.get(index)?;
        let batch = rows.batch;
        Some(BatchRow { batch, row: *row })
    }

    /// The serial number of an item, where they are fixed.
    pub(super) fn serial(&self, index: usize) -> Option<Result<SerialNumber, ServiceError>> {
        let start = self.serial_start.as_ref()?;
        let place = u64::try_from(index).unwrap_or(u64::MAX);
        let place = match &self.rows {
            None => place,
            Some(_) => self.row(index).map_or(place, |row| row.row - 1),
        };
        Some(start.plus(place).map_err(ServiceError::Serial))
    }

    /// The serial number of an item in the place of a random one of so many octets, where it follows from the job.
    pub(super) fn derived_serial(
        &self,
        index: usize,
        octets: u8,
    ) -> Option<Result<SerialNumber, ServiceError>> {
        let rows = self.rows.as_ref()?;
        let (row, key) = rows.rows.get(index)?;
        let serial = rows.serials.as_ref()?.serial(octets, *row, key);
        Some(serial.map_err(ServiceError::Serial))
    }

    /// The rules that refused a row before it was asked for.
    fn rules_before(&self, index: usize) -> Option<Vec<&'static str>> {
        let rows = self.rows.as_ref()?;
        let (row, _) = rows.rows.get(index)?;
        rows.unreadable.get(row).cloned()
    }

    fn row_key(&self, index: usize) -> Option<&str> {
        let (_, key) = self.rows.as_ref()?.rows.get(index)?;
        Some(key)
    }
}

impl Service {
    /// The job of this name in the ledger, which is made when there is none.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`].
    pub fn batch(&mut self, name: &str) -> Result<BatchId, ServiceError> {
        Ok(self.workspace.ledger_mut().batch(name)?)
    }

    /// What was recorded for rows of the slice before, by the places of their items. A job that was killed between the
    /// ledger and its own journal asks again.
    pub(super) fn recorded_rows(
        &self,
        moment: &Moment,
    ) -> Result<BTreeMap<usize, Record>, ServiceError> {
        let mut found = BTreeMap::new();
        let Some(rows) = moment.rows.as_ref().filter(|_| !self.is_part()) else {
            return Ok(found);
        };
        let (Some((first, _)), Some((last, _))) = (rows.rows.first(), rows.rows.last()) else {
            return Ok(found);
        };
        let ledger = self.workspace.ledger();
        let issued = ledger.issued_rows(rows.batch, *first..=*last)?;
        let issued: BTreeMap<_, _> = issued.into_iter().collect();
        if issued.is_empty() {
            return Ok(found);
        }
        for (index, (row, _)) in rows.rows.iter().enumerate() {
            if let Some(id) = issued.get(row)
                && let Some(record) = ledger.find(*id)?
            {
                found.insert(index, record);
            }
        }
        Ok(found)
    }

    /// The places of items that were issued before as the rows that they are.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`].
    pub(crate) fn issued_as_rows(&self, moment: &Moment) -> Result<BTreeSet<usize>, ServiceError> {
        Ok(self.recorded_rows(moment)?.into_keys().collect())
    }

    /// Tells the audit log what of a slice was refused: by whose rules, which, and the row's name if it is one of a job.
    pub(super) fn note_refusals<T, E: Refused>(
        &mut self,
        vendor: &str,
        answers: &[Result<T, E>],
        moment: &Moment,
    ) -> Result<(), ServiceError> {
        if self.is_part() {
            return Ok(());
        }
        let refused = answers.iter().enumerate();
        let refused = refused.filter_map(|(index, answer)| Some((index, answer.as_ref().err()?)));
        let refusal = |(index, refusal): (usize, &E)| {
            let rules = moment.rules_before(index);
            let rules = rules.unwrap_or_else(|| refusal.rules());
            let mut text = format!("{vendor} {}", rules.join(", "));
            if let Some(key) = moment.row_key(index) {
                text.push_str(&format!(" row {key}"));
            }
            Refusal {
                row: moment.row(index),
                note: AuditNote {
                    at: moment.now,
                    kind: AuditKind::Refused,
                    certificate: None,
                    sha256: None,
                    text,
                },
            }
        };
        let refusals: Vec<_> = refused.map(refusal).collect();
        Ok(self.workspace.ledger_mut().note_refusals(&refusals)?)
    }
}

/// What a record lacks that every certificate of the vendor's has.
pub(super) fn unreadable(record: &Record, reason: impl ToString) -> ServiceError {
    ServiceError::Kept {
        what: format!("certificate {}", record.id.get()),
        reason: reason.to_string(),
    }
}

/// Whose rule a rule for rows of jobs is.
pub(crate) const JOB_RULES: &str = "certwright, batch jobs";

const RULE: &str = "batch.recorded";
