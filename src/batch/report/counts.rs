//! What became of rows, counted; counts of slices and of shards add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::batch::outcome::{IssuedRow, Outcome};
use crate::serial::SerialNumber;

/// What became of rows.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::batch) struct Counts {
    pub(in crate::batch) issued: u64,
    /// Rows that were given a certificate which was issued for another row, or before the job.
    #[serde(default)]
    pub(in crate::batch) replayed: u64,
    pub(in crate::batch) rejected: u64,
    /// Findings by their rules; a row may have several.
    pub(in crate::batch) by_rule: BTreeMap<String, u64>,
    /// Certificates by the kind of their keys.
    pub(in crate::batch) by_key: BTreeMap<String, u64>,
    /// Keys that were made or drawn for rows which were rejected, by their kind.
    #[serde(default)]
    pub(in crate::batch) unused_keys: BTreeMap<String, u64>,
    /// Certificates by their last day.
    pub(in crate::batch) by_last_day: BTreeMap<String, u64>,
    /// Artefacts by their names.
    pub(in crate::batch) by_artefact: BTreeMap<String, u64>,
    /// The lowest and the highest: rows of several authorities, or of random serials, need not come in their order.
    serials: Option<(String, String)>,
}

impl Counts {
    /// Counts a row.
    pub(in crate::batch) fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Issued(row) if row.answered_before => {
                self.replayed += 1;
                self.add_artefacts(row);
            }
            Outcome::Issued(row) => {
                self.issued += 1;
                let day: String = row.not_after.to_string().chars().take(DAY).collect();
                *self.by_last_day.entry(day).or_default() += 1;
                *self.by_key.entry(row.key_kind.clone()).or_default() += 1;
                self.add_artefacts(row);
                let serial = row.serial.to_string();
                self.span(&serial, &serial);
            }
            Outcome::Rejected(row) => {
                self.rejected += 1;
                if let Some(kind) = &row.unused_key {
                    *self.unused_keys.entry(kind.clone()).or_default() += 1;
                }
                for finding in &row.findings {
                    *self.by_rule.entry(finding.rule().to_owned()).or_default() += 1;
                }
            }
        }
    }

    fn add_artefacts(&mut self, row: &IssuedRow) {
        for made in &row.artefacts {
            let name = made.artefact.to_string();
            *self.by_artefact.entry(name).or_default() += 1;
        }
    }

    /// With those of other rows.
    pub(in crate::batch) fn join(&mut self, others: &Self) {
        self.issued += others.issued;
        self.replayed += others.replayed;
        self.rejected += others.rejected;
        for (own, others) in [
            (&mut self.by_rule, &others.by_rule),
            (&mut self.by_key, &others.by_key),
            (&mut self.unused_keys, &others.unused_keys),
            (&mut self.by_last_day, &others.by_last_day),
            (&mut self.by_artefact, &others.by_artefact),
        ] {
            for (name, count) in others {
                *own.entry(name.clone()).or_default() += count;
            }
        }
        if let Some((lowest, highest)) = &others.serials {
            self.span(lowest, highest);
        }
    }

    /// Rows counted.
    pub(in crate::batch) fn rows(&self) -> u64 {
        self.issued + self.replayed + self.rejected
    }

    /// The lowest and the highest serial number.
    pub(in crate::batch) fn serials(&self) -> Option<(String, String)> {
        self.serials.clone()
    }

    fn span(&mut self, low: &str, high: &str) {
        let own = self
            .serials
            .get_or_insert_with(|| (low.to_owned(), high.to_owned()));
        if number(low) < number(&own.0) {
            low.clone_into(&mut own.0);
        }
        if number(high) > number(&own.1) {
            high.clone_into(&mut own.1);
        }
    }
}

/// As it compares; it was written by a serial number.
fn number(text: &str) -> Option<SerialNumber> {
    text.parse().ok()
}

/// Characters of a date, as RFC 3339 has it.
const DAY: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::outcome;

    #[test]
    fn the_serials_are_the_lowest_and_the_highest_of_all_slices() {
        let slices = [["18", "1"], ["256", "11"]].map(|serials| {
            let mut counts = Counts::default();
            for (row, serial) in (1..).zip(serials) {
                counts.add(&Outcome::Issued(IssuedRow {
                    serial: serial.parse().unwrap(),
                    ..outcome::sample(row, "dk", &[("pem", "x")])
                }));
            }
            counts
        });
        let mut all = Counts::default();
        slices.iter().for_each(|slice| all.join(slice));
        assert_eq!(all.serials(), Some(("1".to_owned(), "256".to_owned())));
        assert_eq!((all.issued, all.by_artefact["pem"]), (4, 4));
        assert_eq!(all.by_last_day["2027-01-02"], 4);
        assert_eq!(all.by_key["P-256"], 4);
    }
}
