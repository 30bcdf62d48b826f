//! What a batch came to.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use serde::Serialize;

use crate::batch::artefact::Artefact;
use crate::batch::job::Ignored;
use crate::batch::outcome::Outcome;
use crate::batch::vendors::Vendor;
use crate::serial::SerialNumber;

/// What a batch came to: the numbers of `report.json`, and as text for a person.
///
/// Two runs of one job differ in seconds, rate and threads alone when clock, serials and keys are fixed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    vendor: String,
    artefacts: Vec<String>,
    rows: u64,
    issued: u64,
    replayed: u64,
    rejected: u64,
    by_rule: BTreeMap<&'static str, u64>,
    lowest_serial: Option<String>,
    highest_serial: Option<String>,
    ignored_files: u64,
    ignored_names: Vec<String>,
    forgotten_moduli: u64,
    threads: usize,
    seconds: f64,
    rows_per_second: u64,
}

/// How a batch ended.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// Every row has a certificate.
    AllIssued,
    /// Some rows have one, some were rejected.
    SomeIssued,
    /// Every row was rejected.
    NoneIssued,
}

impl Report {
    /// Rows of the job.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Rows with a certificate that was issued now.
    #[must_use]
    pub fn issued(&self) -> u64 {
        self.issued
    }

    /// Rows whose transaction was answered before, in this job or earlier: given the same certificate again.
    #[must_use]
    pub fn replayed(&self) -> u64 {
        self.replayed
    }

    /// Rows without one, each in `rejected.jsonl`.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected
    }

    /// Findings by the name of their rule; a row may have several.
    #[must_use]
    pub fn by_rule(&self) -> &BTreeMap<&'static str, u64> {
        &self.by_rule
    }

    /// Whether all, some or no rows were issued.
    #[must_use]
    pub fn ending(&self) -> Ending {
        match (self.issued + self.replayed, self.rejected) {
            (_, 0) => Ending::AllIssued,
            (0, _) => Ending::NoneIssued,
            _ => Ending::SomeIssued,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            vendor,
            artefacts,
            rows,
            issued,
            replayed,
            rejected,
            by_rule,
            lowest_serial,
            highest_serial,
            ignored_files,
            ignored_names,
            forgotten_moduli,
            threads,
            seconds,
            rows_per_second,
        } = self;
        writeln!(
            f,
            "rows      {rows} for {vendor}, as {}",
            artefacts.join(", ")
        )?;
        writeln!(f, "issued    {issued}")?;
        if let (Some(lowest), Some(highest)) = (lowest_serial, highest_serial) {
            writeln!(f, "serials   {lowest} to {highest}")?;
        }
        if *replayed > 0 {
            writeln!(f, "replayed  {replayed} that were answered before")?;
        }
        writeln!(f, "rejected  {rejected}")?;
        for (rule, count) in by_rule {
            writeln!(f, "          {count} x {rule}")?;
        }
        if *ignored_files > 0 {
            let more = if *ignored_files > u64::try_from(ignored_names.len()).unwrap_or(0) {
                ", …"
            } else {
                ""
            };
            let names = ignored_names.join(", ");
            writeln!(f, "ignored   {ignored_files} in the folder: {names}{more}")?;
        }
        if *forgotten_moduli > 0 {
            writeln!(
                f,
                "moduli    {forgotten_moduli} were forgotten: later RSA keys were not held against them for a shared prime"
            )?;
        }
        write!(
            f,
            "time      {seconds:.3} s, {rows_per_second} rows a second, threads: {threads}"
        )
    }
}

/// A report in the making.
#[derive(Debug, Default)]
pub(super) struct Tally {
    issued: u64,
    replayed: u64,
    rejected: u64,
    by_rule: BTreeMap<&'static str, u64>,
    /// The lowest and the highest: rows of several authorities, or of random serials, need not come in their order.
    serials: Option<(SerialNumber, SerialNumber)>,
}

/// What a report says beside the counts.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) vendor: Vendor,
    pub(super) artefacts: &'a [Artefact],
    pub(super) ignored: &'a Ignored,
    /// RSA moduli that later ones were not compared with.
    pub(super) forgotten_moduli: u64,
    pub(super) threads: usize,
    pub(super) elapsed: Duration,
}

impl Tally {
    /// Counts a row.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Issued(row) if row.answered_before => self.replayed += 1,
            Outcome::Issued(row) => {
                self.issued += 1;
                let serial = &row.serial;
                let (lowest, highest) = self
                    .serials
                    .get_or_insert_with(|| (serial.clone(), serial.clone()));
                if serial < lowest {
                    lowest.clone_from(serial);
                }
                if serial > highest {
                    highest.clone_from(serial);
                }
            }
            Outcome::Rejected(row) => {
                self.rejected += 1;
                for finding in &row.findings {
                    *self.by_rule.entry(finding.rule()).or_default() += 1;
                }
            }
        }
    }

    /// Rows counted.
    pub(super) fn rows(&self) -> u64 {
        self.issued + self.replayed + self.rejected
    }

    /// Rows rejected among them.
    pub(super) fn rejected(&self) -> u64 {
        self.rejected
    }

    /// The report.
    pub(super) fn report(self, circumstances: &Circumstances<'_>) -> Report {
        let Circumstances {
            vendor,
            artefacts,
            ignored,
            forgotten_moduli,
            threads,
            elapsed,
        } = circumstances;
        let rows = self.rows();
        let milliseconds = elapsed.as_millis().max(1);
        let rate = u128::from(rows) * 1000 / milliseconds;
        let (lowest, highest) = self.serials.unzip();
        Report {
            vendor: vendor.to_string(),
            artefacts: artefacts.iter().map(Artefact::to_string).collect(),
            rows,
            issued: self.issued,
            replayed: self.replayed,
            rejected: self.rejected,
            by_rule: self.by_rule,
            lowest_serial: lowest.map(|serial| serial.to_string()),
            highest_serial: highest.map(|serial| serial.to_string()),
            ignored_files: ignored.count,
            ignored_names: ignored.names.iter().cloned().collect(),
            forgotten_moduli: *forgotten_moduli,
            threads: *threads,
            seconds: Duration::from_millis(u64::try_from(milliseconds).unwrap_or(u64::MAX))
                .as_secs_f64(),
            rows_per_second: u64::try_from(rate).unwrap_or(u64::MAX),
        }
    }
}

/// Threads that work: those asked for, or all cores.
pub(super) fn threads_used(asked: Option<NonZeroUsize>) -> usize {
    asked.map_or_else(rayon::current_num_threads, NonZeroUsize::get)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::outcome;
    use crate::batch::outcome::IssuedRow;

    #[test]
    fn the_serials_of_a_report_are_the_lowest_and_the_highest() {
        let mut tally = Tally::default();
        for (row, serial) in (1..).zip(["18", "1", "256", "11"]) {
            tally.add(&Outcome::Issued(IssuedRow {
                serial: serial.parse().unwrap(),
                ..outcome::sample(row, "dk", &[])
            }));
        }
        let report = tally.report(&Circumstances {
            vendor: Vendor::EnOs,
            artefacts: &[],
            ignored: &Ignored::default(),
            forgotten_moduli: 7,
            threads: 1,
            elapsed: Duration::from_secs(1),
        });
        assert!(report.to_string().contains("7 were forgotten"));
        assert_eq!(report.lowest_serial.as_deref(), Some("1"));
        assert_eq!(report.highest_serial.as_deref(), Some("256"));
    }
}
