//! Slices of several vendors: each row goes to its own, and what became of all comes back in the order of the job.

use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::job::{Content, ROW_RULES, Row, VENDOR};
use crate::batch::outcome::Outcome;
use crate::batch::sink::Access;
use crate::batch::vendors::{Means, Terms, Vendor};
use crate::lint::Finding;
use crate::service::{KeyExport, Moment, Service};

/// What holds for the rows of a job.
#[derive(Debug)]
pub(super) struct JobTerms {
    /// Those that name no vendor.
    pub(super) own: Terms,
    /// Those that name another one.
    pub(super) others: Vec<Terms>,
}

impl JobTerms {
    fn of(&self, vendor: Vendor) -> &Terms {
        let named = self.others.iter().find(|terms| terms.vendor == vendor);
        named.unwrap_or(&self.own)
    }

    /// Whether somebody keeps keys that rows ask for.
    pub(super) fn set_keys_are_kept(&mut self, are_kept: bool) {
        for terms in self.others.iter_mut().chain([&mut self.own]) {
            terms.keys_are_kept = are_kept;
        }
    }

    /// Who may read a file that holds what all rows have.
    pub(super) fn access(&self) -> Access {
        let is_secret =
            |terms: &Terms| terms.wants_key() || (terms.wants_reply() && terms.reply_is_secret);
        match self.others.iter().chain([&self.own]).any(is_secret) {
            true => Access::Owner,
            false => Access::Everyone,
        }
    }
}

/// Takes rows through the service, those of one vendor together.
///
/// # Errors
/// As [`crate::batch::vendors::Line::issue`].
pub(super) fn issue(
    service: &mut Service,
    rows: Vec<Row>,
    terms: &JobTerms,
    moment: &Moment,
    means: &mut Means<'_>,
) -> Result<Vec<Outcome>, BatchError> {
    let mut outcomes = Vec::with_capacity(rows.len());
    let own = terms.own.vendor;
    for (vendor, mut rows) in groups(rows, own) {
        let terms = terms.of(vendor);
        // Whether the job's own vendor can be asked was seen before it began.
        if vendor != own
            && let Err(error) = vendor.check_terms(service, terms)
        {
            rows = rows
                .into_iter()
                .map(|row| unasked(row, vendor, &error))
                .collect();
        }
        outcomes.extend(vendor.line().issue(service, rows, terms, moment, means)?);
    }
    note_fresh_keys(service, &outcomes, terms, moment)?;
    outcomes.sort_by_key(Outcome::row);
    Ok(outcomes)
}

/// Tells in the audit log of keys that were made for rows and go out with them.
fn note_fresh_keys(
    service: &mut Service,
    outcomes: &[Outcome],
    terms: &JobTerms,
    moment: &Moment,
) -> Result<(), BatchError> {
    let form = Artefact::key_forms(&terms.own.artefacts);
    let issued = outcomes.iter().filter_map(|outcome| match outcome {
        Outcome::Issued(row) if row.has_fresh_key => Some(row),
        _ => None,
    });
    let exports = issued.map(|row| KeyExport {
        vendor: row.vendor.line().name(),
        serial: &row.serial,
        sha256: row.sha256,
        form: &form,
    });
    let exports: Vec<_> = exports.collect();
    let first = outcomes.iter().map(Outcome::row).min().unwrap_or(0);
    let noted = service.note_key_exports(&exports, moment.now);
    noted.map_err(BatchError::service(first))
}

/// Rows by their vendors, in the order in which these come first.
fn groups(rows: Vec<Row>, own: Vendor) -> Vec<(Vendor, Vec<Row>)> {
    let mut groups: Vec<(Vendor, Vec<Row>)> = Vec::new();
    for row in rows {
        let vendor = row.vendor.unwrap_or(own);
        match groups.iter_mut().find(|(of, _)| *of == vendor) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((vendor, vec![row])),
        }
    }
    groups
}

/// A row of a vendor that cannot be asked for anybody.
fn unasked(row: Row, vendor: Vendor, error: &BatchError) -> Row {
    let found = format!("{vendor}: {error}");
    let expected = "a vendor that this job can ask";
    let finding = Finding::error("batch.vendor", ROW_RULES, VENDOR, found, expected);
    let stem = None;
    Row {
        content: Content::Unreadable { stem, finding },
        ..row
    }
}
