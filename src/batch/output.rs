//! The folder for the results: artefacts, `rejected.jsonl`, the journal, and the reports when all is done.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::batch::disk::{Disk, Log, Step};
use crate::batch::error::BatchError;
use crate::batch::journal;
use crate::batch::journal::chain::Chain;
use crate::batch::journal::spool;
use crate::batch::journal::{Done, Head, Journal, Past};
use crate::batch::outcome::{DoneSlice, Outcome};
use crate::batch::plan;
use crate::batch::progress::Progress;
use crate::batch::report::{Counts, Report, html};
use crate::batch::sink;
use crate::batch::sink::{Access, Sink, SinkKind};

/// The results of a batch as they come.
pub(super) struct Output {
    disk: Disk,
    out: PathBuf,
    sink: Box<dyn Sink>,
    rejected: Log,
    journal: Journal,
    counts: Counts,
    clock: Clock,
    /// Rows done after so many milliseconds, in all runs.
    pace: Vec<(u64, u64)>,
}

/// For how long a job is worked on.
#[derive(Debug)]
pub(super) struct Clock {
    /// Milliseconds of earlier runs.
    pub(super) before: u64,
    pub(super) begun: Instant,
}

/// Refuses a place for the results that has something in it; nothing is made.
///
/// # Errors
/// [`BatchError::OutNotEmpty`], [`BatchError::OutNotFolder`], [`BatchError::File`].
pub(super) fn check_free(out: &Path) -> Result<(), BatchError> {
    let failed = || BatchError::file("read", out);
    let entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(BatchError::OutNotFolder {
                out: out.to_owned(),
            });
        }
        Err(error) => return Err(failed()(error)),
    };
    for entry in entries {
        let name = entry.map_err(failed())?.file_name();
        // A journal that does not say what the job is was begun before anything else; a plan is made before the job.
        if name != journal::NAME && name != plan::FOLDER {
            return Err(BatchError::OutNotEmpty {
                found: name.display().to_string(),
                out: out.to_owned(),
            });
        }
    }
    Ok(())
}

impl Output {
    /// Begins in a free folder, or goes on where the journal says that an earlier run stood.
    ///
    /// # Errors
    /// As [`check_free`], and what the sink reports.
    pub(super) fn open(
        disk: &Disk,
        out: &Path,
        (kind, access): (Option<SinkKind>, Access),
        head: &Head,
        past: Option<&Past>,
    ) -> Result<Self, BatchError> {
        let mut journal = match past {
            Some(past) => Journal::reopen(disk, out, past)?,
            None => {
                check_free(out)?;
                let made = disk.make_folders(out);
                made.map_err(BatchError::file("create", out))?;
                Journal::create(disk, out, head)?
            }
        };
        let begun = Instant::now();
        let path = out.join(REJECTED);
        let last = past.and_then(|past| past.last.as_ref());
        let failed = BatchError::file("open", &path);
        let (sink, rejected) = match last {
            Some(done) => {
                let rejected = disk.reopen(&path, done.rejected_octets).map_err(failed)?;
                let sink = sink::open(kind, out, access, Some(done.sink))?;
                (sink, rejected)
            }
            None => {
                clear(out).map_err(BatchError::file("clear", out))?;
                let rejected = disk.create(&path).map_err(failed)?;
                let mut sink = sink::open(kind, out, access, None)?;
                disk.sync_folder(out)
                    .map_err(BatchError::file("write", out))?;
                // From here on there is something to go on with.
                journal.done(Done {
                    row: 0,
                    chain: Chain::default(),
                    sink: sink.flush()?,
                    rejected_octets: 0,
                    counts: Counts::default(),
                    milliseconds: 0,
                })?;
                (sink, rejected)
            }
        };
        Ok(Self {
            disk: disk.clone(),
            out: out.to_owned(),
            sink,
            rejected,
            journal,
            counts: past.map(|past| past.counts.clone()).unwrap_or_default(),
            clock: Clock {
                before: last.map_or(0, |done| done.milliseconds),
                begun,
            },
            pace: past.map(|past| past.pace.clone()).unwrap_or_default(),
        })
    }

    /// Writes a slice, up to this row of the job, and tells who watches.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(super) fn write(
        &mut self,
        slice: &DoneSlice,
        progress: &mut dyn Progress,
    ) -> Result<(), BatchError> {
        let mut counts = Counts::default();
        let (mut issued, mut lines) = (Vec::with_capacity(slice.outcomes.len()), Vec::new());
        for outcome in &slice.outcomes {
            match outcome {
                Outcome::Issued(row) => issued.push(row),
                Outcome::Rejected(row) => {
                    serde_json::to_writer(&mut lines, row)
                        .map_err(|error| self.failed()(error.into()))?;
                    lines.push(b'\n');
                }
            }
            counts.add(outcome);
        }
        let failed = || BatchError::file("write", &self.out);
        self.disk.step(|| Step::Put).map_err(failed())?;
        self.sink.put(&issued)?;
        let written = self.rejected.append(&lines);
        written.map_err(self.failed())?;
        let failed = || BatchError::file("write", &self.out);
        self.disk.step(|| Step::Flush).map_err(failed())?;
        let sink = self.sink.flush()?;
        if !lines.is_empty() {
            self.rejected.sync().map_err(self.failed())?;
        }
        self.counts.join(&counts);
        let milliseconds = self.clock.milliseconds();
        self.pace.push((milliseconds, self.counts.rows()));
        self.journal.done(Done {
            row: slice.row,
            chain: slice.chain,
            sink,
            rejected_octets: self.rejected.octets(),
            counts,
            milliseconds,
        })?;
        let forgotten = spool::forget(&self.disk, &self.out, slice.row);
        forgotten.map_err(BatchError::file("clear", self.out.join(spool::FOLDER)))?;
        progress.slice_done(self.counts.rows(), self.counts.rejected, slice.total);
        Ok(())
    }

    /// Gives everything its final names, writes the report and tidies up; where the report stands in the journal, the job
    /// is finished.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(super) fn finish(
        mut self,
        report: impl FnOnce(Counts, &Clock, &[(u64, u64)]) -> Report,
        tidy: impl FnOnce() -> Result<(), BatchError>,
    ) -> Result<Report, BatchError> {
        let failed = || BatchError::file("write", &self.out);
        self.disk.step(|| Step::FinishSink).map_err(failed())?;
        self.sink.finish()?;
        let report = report(self.counts, &self.clock, &self.pace);
        let mut text = serde_json::to_vec_pretty(&report)
            .map_err(|error| BatchError::file("write", self.out.join(REPORT))(error.into()))?;
        text.push(b'\n');
        let page = html::page(&report);
        for (name, octets) in [(PAGE, page.as_bytes()), (REPORT, &text)] {
            let path = self.out.join(name);
            let put = self.disk.put(&path, octets, false);
            put.map_err(BatchError::file("write", path))?;
        }
        tidy()?;
        self.journal.finished(&report)?;
        Ok(report)
    }

    fn failed(&self) -> impl FnOnce(io::Error) -> BatchError + use<> {
        BatchError::file("write", self.out.join(REJECTED))
    }
}

impl Clock {
    /// So far, in all runs.
    pub(super) fn milliseconds(&self) -> u64 {
        let own = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.before.saturating_add(own)
    }
}

/// Removes what a run left that was killed before it began to issue.
fn clear(out: &Path) -> io::Result<()> {
    for entry in fs::read_dir(out)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if !OURS.iter().any(|own| name.starts_with(own)) {
            continue;
        }
        match entry.file_type()?.is_dir() {
            true => fs::remove_dir_all(entry.path())?,
            false => fs::remove_file(entry.path())?,
        }
    }
    Ok(())
}

/// How the names of everything begin that is made before the first row is issued.
const OURS: [&str; 5] = [".partial", ".spool", "certs", "issued.", REJECTED];

/// The rejected rows, an object a line.
pub(super) const REJECTED: &str = "rejected.jsonl";
/// The report.
pub(super) const REPORT: &str = "report.json";
/// The report for a browser.
pub(super) const PAGE: &str = "report.html";
