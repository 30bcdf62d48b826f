//! Rows of a job: a row that was issued before is answered with what was recorded then, and what is refused is noted once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Moment, Service, ServiceError};
use crate::ledger::{AuditKind, AuditNote, BatchId, BatchRow, Record, Refusal};
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
