//! The journal of a job: how far it is, so that it goes on there after it was killed.
//!
//! `journal.jsonl` among the results holds a JSON object a line: first what the job is, then one for each slice whose rows
//! are in the ledger and in the sink and forced to the disk, last the report. A line without an end was being written when
//! the machine stopped, and does not count. What is written is written in this order:
//!
//! ```text
//! spool     keys that were made for rows of the slice, sealed
//! ledger    their certificates, and which row each is of
//! sink      artefacts and rejections
//! journal   that all of this is done
//! ```
//!
//! So a later run finds for every row after the journal's last one either nothing, and works on it; or a certificate in the
//! ledger, and writes that one out. It makes no second one.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::batch::disk::{Disk, Log};
use crate::batch::error::BatchError;
use crate::batch::report::{Counts, Report};
use crate::batch::sink::Position;

pub(super) mod chain;
pub(super) mod fingerprint;
pub(super) mod spool;

use chain::Chain;

/// What a job is; a later run must be of the same one.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Head {
    /// The form of this file.
    version: u32,
    /// The job's name in the ledger.
    pub(super) job: String,
    /// What decides what the results are, by names for a person.
    pub(super) terms: BTreeMap<String, String>,
}

/// A slice that is done.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Done {
    /// The last row of the job that was looked at, counted from 1.
    pub(super) row: u64,
    /// Digest over this row and all before it.
    pub(super) chain: Chain,
    /// Where the sink stands.
    pub(super) sink: Position,
    /// Octets of `rejected.jsonl`.
    pub(super) rejected_octets: u64,
    /// What became of the slice's rows.
    pub(super) counts: Counts,
    /// For how long the job was worked on so far, in all runs.
    pub(super) milliseconds: u64,
}

/// A line of the file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Head(Head),
    Done(Box<Done>),
    Finished(Box<Report>),
}

/// What a journal says.
#[derive(Debug)]
pub(super) struct Past {
    pub(super) head: Head,
    /// Where the job stands, if a slice is done.
    pub(super) last: Option<Done>,
    /// What became of all rows so far.
    pub(super) counts: Counts,
    /// The ends of the slices, and their digests.
    pub(super) ends: Vec<(u64, Chain)>,
    /// Rows done after so many milliseconds.
    pub(super) pace: Vec<(u64, u64)>,
    /// The report, when the job is finished.
    pub(super) finished: Option<Report>,
    /// Octets of the lines that count.
    octets: u64,
}

/// A journal that is being written.
#[derive(Debug)]
pub(super) struct Journal(Log);

impl Head {
    /// A new job.
    pub(super) fn new(job: String, terms: BTreeMap<String, String>) -> Self {
        Self {
            version: VERSION,
            job,
            terms,
        }
    }
}

impl Journal {
    /// Begins a journal in a folder; it is on the disk before anything else is done.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(super) fn create(disk: &Disk, out: &Path, head: &Head) -> Result<Self, BatchError> {
        let path = path(out);
        let failed = || BatchError::file("write", &path);
        disk.remove(&path).map_err(failed())?;
        let mut journal = Self(disk.create(&path).map_err(failed())?);
        journal.write(&Line::Head(head.clone()))?;
        disk.sync_folder(out).map_err(failed())?;
        let above = out.parent().unwrap_or(out);
        disk.sync_folder(above).map_err(failed())?;
        Ok(journal)
    }

    /// Goes on with a journal.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(super) fn reopen(disk: &Disk, out: &Path, past: &Past) -> Result<Self, BatchError> {
        let path = path(out);
        let log = disk.reopen(&path, past.octets);
        Ok(Self(log.map_err(BatchError::file("write", &path))?))
    }

    /// Says that a slice is done.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(super) fn done(&mut self, done: Done) -> Result<(), BatchError> {
        self.write(&Line::Done(Box::new(done)))
    }

    /// Says that the job is.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(super) fn finished(&mut self, report: &Report) -> Result<(), BatchError> {
        self.write(&Line::Finished(Box::new(report.clone())))
    }

    fn write(&mut self, line: &Line) -> Result<(), BatchError> {
        let written = serde_json::to_vec(line)
            .map_err(io::Error::from)
            .and_then(|mut octets| {
                octets.push(b'\n');
                self.0.append(&octets)
            })
            .and_then(|()| self.0.sync());
        written.map_err(BatchError::file("write", self.0.path()))
    }
}

impl Past {
    /// Reads the journal in a folder; `None` where there is none, or one that ended before it said what the job is.
    ///
    /// # Errors
    /// [`BatchError::File`] and [`BatchError::Journal`].
    pub(super) fn read(out: &Path) -> Result<Option<Self>, BatchError> {
        let path = path(out);
        let octets = match fs::read(&path) {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                return Ok(None);
            }
            read => read.map_err(BatchError::file("read", &path))?,
        };
        let lines = octets.split_inclusive(|octet| *octet == b'\n');
        let mut lines = lines.filter(|line| line.ends_with(b"\n")).enumerate();
        let damaged = |line: usize, reason: String| BatchError::Journal {
            path: path.clone(),
            line: line + 1,
            reason,
        };
        let Some((_, first)) = lines.next() else {
            return Ok(None);
        };
        let mut past = match serde_json::from_slice(first) {
            Ok(Line::Head(head)) if head.version == VERSION => Self::begun(head, first.len()),
            Ok(Line::Head(head)) => {
                let found = head.version;
                return Err(damaged(0, format!("version {found}, expected {VERSION}")));
            }
            Ok(_) => return Err(damaged(0, "it does not say what the job is".to_owned())),
            Err(error) => return Err(damaged(0, error.to_string())),
        };
        for (at, line) in lines {
            let read = serde_json::from_slice(line);
            let read = read.map_err(|error| damaged(at, error.to_string()))?;
            past.add(read, line.len())
                .map_err(|reason| damaged(at, reason.to_owned()))?;
        }
        Ok(Some(past))
    }

    fn begun(head: Head, octets: usize) -> Self {
        Self {
            head,
            last: None,
            counts: Counts::default(),
            ends: Vec::new(),
            pace: Vec::new(),
            finished: None,
            octets: u64::try_from(octets).unwrap_or(u64::MAX),
        }
    }

    fn add(&mut self, line: Line, octets: usize) -> Result<(), &'static str> {
        match line {
            Line::Head(_) => return Err("it says twice what the job is"),
            Line::Finished(report) => self.finished = Some(*report),
            Line::Done(done) => {
                if self.finished.is_some() {
                    return Err("it goes on after the job's end");
                }
                if self.last.is_some() && self.row() >= done.row {
                    return Err("its rows do not rise");
                }
                self.counts.join(&done.counts);
                self.ends.push((done.row, done.chain));
                self.pace.push((done.milliseconds, self.counts.rows()));
                self.last = Some(*done);
            }
        }
        self.octets += u64::try_from(octets).unwrap_or(u64::MAX);
        Ok(())
    }

    /// Whether it is this job, and whether to go on with it.
    ///
    /// # Errors
    /// [`BatchError::OtherJob`], and [`BatchError::Unfinished`] where nobody asked to go on.
    pub(super) fn check(
        &self,
        terms: &BTreeMap<String, String>,
        out: &Path,
        resume: bool,
    ) -> Result<(), BatchError> {
        let mut of_job = self.head.terms.clone();
        of_job.remove(CONFIGURATION);
        if let Some((what, found, asked)) = difference(&of_job, terms) {
            return Err(BatchError::OtherJob {
                out: out.to_owned(),
                what,
                found,
                asked,
            });
        }
        if self.finished.is_none() && !resume {
            let out = out.to_owned();
            return Err(BatchError::Unfinished { out });
        }
        Ok(())
    }

    /// Whether the configuration is what it was.
    ///
    /// # Errors
    /// [`BatchError::OtherJob`].
    pub(super) fn check_configuration(&self, out: &Path, now: &str) -> Result<(), BatchError> {
        match self.head.terms.get(CONFIGURATION) {
            Some(then) if then != now => Err(BatchError::OtherJob {
                out: out.to_owned(),
                what: CONFIGURATION.to_owned(),
                found: then.clone(),
                asked: now.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The last row that is done, 0 for none.
    pub(super) fn row(&self) -> u64 {
        self.last.as_ref().map_or(0, |done| done.row)
    }
}

/// The first term in which two jobs differ, and what each has.
pub(super) fn difference(
    one: &BTreeMap<String, String>,
    other: &BTreeMap<String, String>,
) -> Option<(String, String, String)> {
    let mut names = one.keys().chain(other.keys());
    let name = names.find(|name| one.get(*name) != other.get(*name))?;
    let of = |terms: &BTreeMap<String, String>| {
        let value = terms.get(name).map_or("none", String::as_str);
        value.to_owned()
    };
    Some((name.clone(), of(one), of(other)))
}

fn path(out: &Path) -> PathBuf {
    out.join(NAME)
}

/// The file among the results.
pub(super) const NAME: &str = "journal.jsonl";

/// The term of a job that is what configures the vendors and who signs.
pub(super) const CONFIGURATION: &str = "configuration";

const VERSION: u32 = 1;
