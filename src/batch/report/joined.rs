//! The report of a job whose parts were worked on apart.

use super::{Counts, Report};

impl Report {
    /// As if the parts had been one: they ran beside each other, so the longest time counts.
    pub(in crate::batch) fn joined(parts: &[&Self], counts: Counts) -> Self {
        let seconds = parts.iter().map(|part| part.seconds).fold(0.0, f64::max);
        let first = parts.first();
        let (lowest, highest) = counts.serials().unzip();
        Self {
            vendor: first.map(|part| part.vendor.clone()).unwrap_or_default(),
            plan: false,
            artefacts: first.map(|part| part.artefacts.clone()).unwrap_or_default(),
            shard: None,
            rows: counts.rows(),
            issued: counts.issued,
            replayed: counts.replayed,
            rejected: counts.rejected,
            // Every part sees all files of a folder.
            ignored_files: first.map_or(0, |part| part.ignored_files),
            ignored_names: first
                .map(|part| part.ignored_names.clone())
                .unwrap_or_default(),
            forgotten_moduli: parts.iter().map(|part| part.forgotten_moduli).sum(),
            threads: parts.iter().map(|part| part.threads).sum(),
            rows_per_second: parts.iter().map(|part| part.rows_per_second).sum(),
            seconds,
            pace: Vec::new(),
            by_rule: counts.by_rule,
            by_key: counts.by_key,
            unused_keys: counts.unused_keys,
            by_last_day: counts.by_last_day,
            by_artefact: counts.by_artefact,
            lowest_serial: lowest,
            highest_serial: highest,
        }
    }
}
