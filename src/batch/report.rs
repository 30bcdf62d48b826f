//! What a batch came to.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::batch::artefact::Artefact;
use crate::batch::job::Ignored;

pub(super) use counts::Counts;

mod counts;
pub(super) mod html;
mod joined;

/// What a batch came to: the numbers of `report.json`, and as text for a person.
///
/// Two runs of one job differ in seconds, rate, pace and threads alone when clock, serials and keys are fixed.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    vendor: String,
    /// Whether nothing was issued: what is counted as issued would have been.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    plan: bool,
    artefacts: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shard: Option<String>,
    rows: u64,
    issued: u64,
    #[serde(default)]
    replayed: u64,
    rejected: u64,
    by_rule: BTreeMap<String, u64>,
    by_key: BTreeMap<String, u64>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    unused_keys: BTreeMap<String, u64>,
    by_last_day: BTreeMap<String, u64>,
    by_artefact: BTreeMap<String, u64>,
    lowest_serial: Option<String>,
    highest_serial: Option<String>,
    ignored_files: u64,
    ignored_names: Vec<String>,
    forgotten_moduli: u64,
    threads: usize,
    seconds: f64,
    rows_per_second: u64,
    /// Rows done after so many milliseconds.
    pace: Vec<(u64, u64)>,
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
    pub fn by_rule(&self) -> &BTreeMap<String, u64> {
        &self.by_rule
    }

    /// Keys by their kind that were made, or drawn from the pool, for rows that were rejected then: nobody has them.
    #[must_use]
    pub fn unused_keys(&self) -> &BTreeMap<String, u64> {
        &self.unused_keys
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
            plan,
            artefacts,
            shard,
            rows,
            issued,
            replayed,
            rejected,
            by_rule,
            by_key: _,
            unused_keys,
            by_last_day: _,
            by_artefact: _,
            lowest_serial,
            highest_serial,
            ignored_files,
            ignored_names,
            forgotten_moduli,
            threads,
            seconds,
            rows_per_second,
            pace: _,
        } = self;
        writeln!(
            f,
            "rows      {rows} for {vendor}, as {}",
            artefacts.join(", ")
        )?;
        if let Some(shard) = shard {
            writeln!(f, "shard     {shard}")?;
        }
        if *plan {
            writeln!(
                f,
                "plan      nothing was issued; what follows would have been"
            )?;
        }
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
        write_unused(f, unused_keys)?;
        write_ignored(f, *ignored_files, ignored_names)?;
        write_forgotten(f, *forgotten_moduli)?;
        write!(
            f,
            "time      {seconds:.3} s, {rows_per_second} rows a second, threads: {threads}"
        )
    }
}

fn write_unused(f: &mut fmt::Formatter<'_>, unused: &BTreeMap<String, u64>) -> fmt::Result {
    unused.iter().try_for_each(|(kind, count)| {
        writeln!(
            f,
            "keys      {count} {kind} made for rejected rows, and thrown away"
        )
    })
}

fn write_forgotten(f: &mut fmt::Formatter<'_>, moduli: u64) -> fmt::Result {
    if moduli == 0 {
        return Ok(());
    }
    writeln!(
        f,
        "moduli    {moduli} were forgotten: later RSA keys were not held against them for a shared prime"
    )
}

fn write_ignored(f: &mut fmt::Formatter<'_>, count: u64, names: &[String]) -> fmt::Result {
    if count == 0 {
        return Ok(());
    }
    let known = u64::try_from(names.len()).unwrap_or(0);
    let more = if count > known { ", …" } else { "" };
    let names = names.join(", ");
    writeln!(f, "ignored   {count} in the folder: {names}{more}")
}

/// What a report says beside the counts.
#[derive(Debug)]
pub(super) struct Circumstances<'a> {
    pub(super) vendor: String,
    pub(super) is_plan: bool,
    pub(super) artefacts: &'a [Artefact],
    pub(super) shard: Option<String>,
    pub(super) ignored: &'a Ignored,
    /// RSA moduli that later ones were not compared with.
    pub(super) forgotten_moduli: u64,
    pub(super) threads: usize,
    /// For how long the job was worked on, in all runs.
    pub(super) elapsed: Duration,
    /// Rows done after so many milliseconds.
    pub(super) pace: &'a [(u64, u64)],
}

impl Report {
    /// The report of rows that were counted.
    pub(super) fn of(counts: Counts, circumstances: &Circumstances<'_>) -> Self {
        let Circumstances {
            vendor,
            is_plan,
            artefacts,
            shard,
            ignored,
            forgotten_moduli,
            threads,
            elapsed,
            pace,
        } = circumstances;
        let rows = counts.rows();
        let milliseconds = u64::try_from(elapsed.as_millis())
            .unwrap_or(u64::MAX)
            .max(1);
        let rate = u128::from(rows) * 1000 / u128::from(milliseconds);
        let (lowest, highest) = counts.serials().unzip();
        Self {
            vendor: vendor.clone(),
            plan: *is_plan,
            artefacts: artefacts.iter().map(Artefact::to_string).collect(),
            shard: shard.clone(),
            rows,
            issued: counts.issued,
            replayed: counts.replayed,
            rejected: counts.rejected,
            by_rule: counts.by_rule,
            by_key: counts.by_key,
            unused_keys: counts.unused_keys,
            by_last_day: counts.by_last_day,
            by_artefact: counts.by_artefact,
            lowest_serial: lowest,
            highest_serial: highest,
            ignored_files: ignored.count,
            ignored_names: ignored.names.iter().cloned().collect(),
            forgotten_moduli: *forgotten_moduli,
            threads: *threads,
            seconds: Duration::from_millis(milliseconds).as_secs_f64(),
            rows_per_second: u64::try_from(rate).unwrap_or(u64::MAX),
            pace: thinned(pace),
        }
    }
}

/// No more points than a picture can show, the last one among them.
fn thinned(pace: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let step = pace.len().div_ceil(MAX_POINTS).max(1);
    let mut points: Vec<_> = pace.iter().rev().step_by(step).copied().collect();
    points.reverse();
    points
}

/// Threads that work: those asked for, or all cores.
pub(super) fn threads_used(asked: Option<NonZeroUsize>) -> usize {
    asked.map_or_else(rayon::current_num_threads, NonZeroUsize::get)
}

const MAX_POINTS: usize = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_of_many_points_is_thinned_and_keeps_its_end() {
        let pace: Vec<_> = (1..=1001).map(|n| (n * 10, n)).collect();
        let thin = thinned(&pace);
        assert!(thin.len() <= MAX_POINTS);
        assert_eq!(thin.last(), Some(&(10_010, 1001)));
        assert_eq!(thinned(&pace[..7]), pace[..7]);
    }
}
