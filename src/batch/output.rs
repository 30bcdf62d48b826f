//! The folder for the results: artefacts, `rejected.jsonl`, and `report.json` when all is done.

use std::fs;
use std::fs::File;
use std::io;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::batch::error::BatchError;
use crate::batch::outcome::{DoneSlice, Outcome};
use crate::batch::progress::Progress;
use crate::batch::report::{Circumstances, Report, Tally};
use crate::batch::sink;
use crate::batch::sink::{Access, Sink, SinkKind};

/// The results of a batch as they come.
pub(super) struct Output {
    out: PathBuf,
    sink: Box<dyn Sink>,
    rejected: BufWriter<File>,
    tally: Tally,
}

/// Refuses a place for the results that has something in it; nothing is made.
///
/// # Errors
/// [`BatchError::OutNotEmpty`], [`BatchError::OutNotFolder`], [`BatchError::File`].
pub(super) fn check_free(out: &Path) -> Result<(), BatchError> {
    let failed = || BatchError::file("read", out);
    let mut entries = match fs::read_dir(out) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            return Err(BatchError::OutNotFolder {
                out: out.to_owned(),
            });
        }
        Err(error) => return Err(failed()(error)),
    };
    let Some(entry) = entries.next() else {
        return Ok(());
    };
    Err(BatchError::OutNotEmpty {
        found: entry.map_err(failed())?.file_name().display().to_string(),
        out: out.to_owned(),
    })
}

impl Output {
    /// Makes the folder.
    ///
    /// # Errors
    /// As [`check_free`].
    pub(super) fn create(out: &Path, kind: SinkKind, access: Access) -> Result<Self, BatchError> {
        check_free(out)?;
        fs::create_dir_all(out).map_err(BatchError::file("create", out))?;
        // Two batches that begin at once: the second one finds the file and stops before anything is issued.
        let path = out.join(REJECTED);
        let rejected = File::create_new(&path).map_err(BatchError::file("create", &path))?;
        Ok(Self {
            out: out.to_owned(),
            sink: sink::open(kind, out, access, None)?,
            rejected: BufWriter::new(rejected),
            tally: Tally::default(),
        })
    }

    /// Writes a slice and tells who watches.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(super) fn write(
        &mut self,
        slice: &DoneSlice,
        progress: &mut dyn Progress,
    ) -> Result<(), BatchError> {
        let mut issued = Vec::with_capacity(slice.outcomes.len());
        for outcome in &slice.outcomes {
            match outcome {
                Outcome::Issued(row) => issued.push(row),
                Outcome::Rejected(row) => {
                    write_line(&mut self.rejected, row).map_err(self.failed())?;
                }
            }
            self.tally.add(outcome);
        }
        self.sink.put(&issued)?;
        self.rejected.flush().map_err(self.failed())?;
        progress.slice_done(self.tally.rows(), self.tally.rejected(), slice.total);
        Ok(())
    }

    /// Writes the report; where it stands, the job is finished.
    ///
    /// # Errors
    /// [`BatchError::File`].
    pub(super) fn finish(
        mut self,
        circumstances: &Circumstances<'_>,
    ) -> Result<Report, BatchError> {
        self.sink.finish()?;
        let synced = self
            .rejected
            .flush()
            .and_then(|()| self.rejected.get_ref().sync_all());
        synced.map_err(self.failed())?;
        let report = self.tally.report(circumstances);
        let (path, partial) = (self.out.join(REPORT), self.out.join(REPORT_PARTIAL));
        write_report(&partial, &report)
            .and_then(|()| fs::rename(&partial, &path))
            .map_err(BatchError::file("write", &path))?;
        Ok(report)
    }

    fn failed(&self) -> impl FnOnce(io::Error) -> BatchError + use<> {
        BatchError::file("write", self.out.join(REJECTED))
    }
}

fn write_line(to: &mut impl Write, row: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *to, row)?;
    to.write_all(b"\n")
}

fn write_report(path: &Path, report: &Report) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(report)?;
    text.push(b'\n');
    let mut file = File::create_new(path)?;
    file.write_all(&text)?;
    file.sync_all()
}

/// The rejected rows, an object a line.
const REJECTED: &str = "rejected.jsonl";
/// The report.
const REPORT: &str = "report.json";
/// The report before it is whole.
const REPORT_PARTIAL: &str = ".report.json.partial";
