//! Joining the parts of a job that were worked on apart.
//!
//! Every part must be finished, and they must be all parts of the same job. Their rows come together in the order of the
//! job; what was issued in workspaces of their own comes into one ledger, which refuses what is there twice: rows of one
//! subject meet in one part, so that two parts never have the same subject or key unless somebody cut the job otherwise.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::journal;
use crate::batch::journal::Past;
use crate::batch::output;
use crate::batch::report::{Counts, Report};
use crate::batch::shard::Shard;
use crate::service::{Doubled, Numbers, Service};
use crate::workspace::Workspace;

mod archive;
mod write;

/// The finished parts of one job.
#[derive(Debug)]
pub struct Merge {
    parts: Vec<Part>,
    out: PathBuf,
}

/// What a part left.
#[derive(Debug)]
struct Part {
    folder: PathBuf,
    shard: Shard,
    past: Past,
    report: Report,
}

impl Merge {
    /// Reads what the parts say of themselves; nothing is made yet.
    ///
    /// # Errors
    /// [`BatchError::NotMerged`] when a folder holds no finished part, the parts are not all there, one is there twice or
    /// they are of different jobs, and [`BatchError::OutNotEmpty`].
    pub fn open(folders: &[PathBuf], out: &Path) -> Result<Self, BatchError> {
        output::check_free(out)?;
        let mut parts: Vec<Part> = Vec::with_capacity(folders.len());
        for folder in folders {
            let part = Part::read(folder)?;
            if let Some(first) = parts.first() {
                part.check_same_job(first)?;
            }
            // Two jobs never draw the same name.
            let same = |other: &Part| other.past.head.job == part.past.head.job;
            if let Some(other) = parts.iter().find(|other| same(other)) {
                let other = other.folder.display();
                return Err(part.refused(format!("it is the same part as {other}")));
            }
            if parts.iter().any(|other| other.shard == part.shard) {
                return Err(part.refused(format!("part {} is there twice", part.shard)));
            }
            parts.push(part);
        }
        parts.sort_by_key(|part| part.shard.index());
        let found: BTreeSet<_> = parts.iter().map(|part| part.shard.index()).collect();
        let count = parts.first().map_or(0, |part| part.shard.count());
        if let Some(absent) = (1..=count).find(|index| !found.contains(index)) {
            let folder = folders.first().cloned().unwrap_or_default();
            let reason = format!("part {absent}/{count} of its job is not among those given");
            return Err(BatchError::NotMerged { folder, reason });
        }
        Ok(Self {
            parts,
            out: out.to_owned(),
        })
    }

    /// Takes what the parts issued into the service's ledger: each from the one of these workspaces that has it. A part that
    /// none of them has must be in the ledger already.
    ///
    /// Done with a [rehearsal](Service::rehearse) first, it tells of everything that is there twice before anything is
    /// recorded.
    ///
    /// # Errors
    /// [`BatchError::Doubled`] when rows cannot stand beside what is there: the others are recorded all the same.
    /// [`BatchError::NotMerged`] for a part that nobody has, and [`BatchError::Ledger`].
    pub fn take_in(&self, service: &mut Service, from: &[Workspace]) -> Result<(), BatchError> {
        let mut doubled = Vec::new();
        for part in &self.parts {
            let job = &part.past.head.job;
            let mut holder = None;
            for workspace in from {
                let found = workspace.ledger().find_batch(job).map_err(failed)?;
                if found.is_some() {
                    holder = Some(workspace);
                }
            }
            match holder {
                Some(workspace) => doubled.extend(part.take_in(service, workspace)?),
                None => {
                    let found = service.ledger().find_batch(job).map_err(failed)?;
                    if found.is_none() {
                        return Err(part.refused("no ledger that was given has its rows".into()));
                    }
                }
            }
        }
        match doubled.first() {
            None => Ok(()),
            Some(Doubled {
                row, what, found, ..
            }) => Err(BatchError::Doubled {
                rows: doubled.len(),
                row: *row,
                what: what.to_string(),
                found: found.clone(),
            }),
        }
    }

    /// Writes rows, files and reports of all parts into one folder, which appears whole or not at all. Files of a folder are
    /// linked where the disk is the same.
    ///
    /// # Errors
    /// [`BatchError::NameTaken`], [`BatchError::Columns`], [`BatchError::File`].
    pub fn write(&self) -> Result<Report, BatchError> {
        let mut counts = Counts::default();
        for part in &self.parts {
            counts.join(&part.past.counts);
        }
        let reports: Vec<_> = self.parts.iter().map(|part| &part.report).collect();
        let report = Report::joined(&reports, counts);
        write::all(&self.parts, &self.out, &report)?;
        Ok(report)
    }
}

impl Part {
    fn read(folder: &Path) -> Result<Self, BatchError> {
        let refused = |reason: &str| BatchError::NotMerged {
            folder: folder.to_owned(),
            reason: reason.to_owned(),
        };
        let past = Past::read(folder)?.ok_or_else(|| refused("it holds no batch"))?;
        let report = past.finished.clone();
        let report =
            report.ok_or_else(|| refused("its job is not finished: go on with --resume"))?;
        let shard = past.head.terms.get(SHARD);
        let shard = shard
            .ok_or_else(|| refused("its job was not cut into parts"))?
            .parse()?;
        Ok(Self {
            folder: folder.to_owned(),
            shard,
            past,
            report,
        })
    }

    fn check_same_job(&self, first: &Self) -> Result<(), BatchError> {
        let terms = |part: &Self| {
            let mut terms = part.past.head.terms.clone();
            terms.insert(SHARD.to_owned(), part.shard.count().to_string());
            terms
        };
        if let Some((what, found, asked)) = journal::difference(&terms(self), &terms(first)) {
            let first = first.folder.display();
            return Err(self.refused(format!("its {what} is {found}, and {asked} in {first}")));
        }
        let end = |part: &Self| part.past.ends.last().copied();
        if end(self) != end(first) {
            let first = first.folder.display();
            return Err(self.refused(format!("its rows are not those of {first}")));
        }
        Ok(())
    }

    fn take_in(&self, service: &mut Service, from: &Workspace) -> Result<Vec<Doubled>, BatchError> {
        let (job, end) = (&self.past.head.job, self.past.row());
        let numbers = match self.has_replies() {
            true => Numbers::AsTold,
            false => Numbers::Anew,
        };
        let mut doubled = Vec::new();
        let mut first = 1;
        while first <= end {
            let last = end.min(first + ROWS_AT_A_TIME - 1);
            let taken = service.take_in(from, job, first..=last, numbers);
            doubled.extend(taken.map_err(failed)?);
            first = last + 1;
        }
        Ok(doubled)
    }

    /// Whether the vendors' replies were handed out, which tell the numbers of certificates.
    fn has_replies(&self) -> bool {
        let artefacts = self.past.head.terms.get(ARTEFACTS);
        artefacts.is_none_or(|list| {
            list.split(',')
                .any(|name| name == Artefact::Reply.to_string())
        })
    }

    fn refused(&self, reason: String) -> BatchError {
        BatchError::NotMerged {
            folder: self.folder.clone(),
            reason,
        }
    }
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> BatchError {
    BatchError::Ledger(Box::new(error))
}

/// The term of a job that is what it hands out.
const ARTEFACTS: &str = "artefacts";

/// The term of a job that is which part of it was worked on.
const SHARD: &str = "shard";

/// Rows of a job that are asked for together.
const ROWS_AT_A_TIME: u64 = 16_384;
