//! New certificates by sort, gathered within a transaction and added to the counts once.

use rusqlite::{Transaction, params};

use crate::key::KeyAlgorithm;
use crate::ledger::error::LedgerError;
use crate::ledger::new::NewCertificate;
use crate::ledger::sql;
use crate::ledger::stats::SECONDS_A_DAY;

/// What was recorded and not yet counted. The rows of a slice are mostly alike, so that a search through the sorts is short.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<Sort>);

#[derive(Debug)]
struct Sort {
    day: i64,
    vendor: String,
    key_algorithm: Option<KeyAlgorithm>,
    certificates: i64,
}

impl Tally {
    /// Counts one more.
    pub(super) fn add(&mut self, new: &NewCertificate<'_>) {
        let day = sql::seconds(new.validity.not_after()) / SECONDS_A_DAY;
        let known = self.0.iter_mut().find(|sort| {
            sort.day == day && sort.key_algorithm == new.key_algorithm && sort.vendor == new.vendor
        });
        match known {
            Some(sort) => sort.certificates += 1,
            None => self.0.push(Sort {
                day,
                vendor: new.vendor.to_string(),
                key_algorithm: new.key_algorithm,
                certificates: 1,
            }),
        }
    }

    /// Adds what was gathered to the counts of the ledger. A revocation of one of these must come after.
    pub(super) fn write(&mut self, transaction: &Transaction<'_>) -> Result<(), LedgerError> {
        let mut statement = transaction.prepare_cached(COUNT)?;
        for sort in self.0.drain(..) {
            let algorithm = sort.key_algorithm.map(|algorithm| algorithm.to_string());
            statement.execute(params![
                sort.day,
                sort.vendor,
                algorithm.unwrap_or_default(),
                sort.certificates,
            ])?;
        }
        Ok(())
    }
}

const COUNT: &str = "INSERT INTO certificate_count VALUES (?1, ?2, ?3, 0, ?4)
    ON CONFLICT DO UPDATE SET certificates = certificates + excluded.certificates";
