//! A stage over files: a job or columns in, columns or a batch's results out.
//!
//! A file has its name once it is whole. A stage that was stopped is run again, and gives the same but for fresh keys.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rand_core::TryCryptoRng;
use serde::Serialize;

use super::file::{Reader, Writer};
use super::{DoneRow, InputRow, PreparedRow, SignedRow, Stages};
use crate::batch::disk::Disk;
use crate::batch::error::BatchError;
use crate::batch::job;
use crate::batch::job::{Columns, Job};
use crate::batch::output;
use crate::batch::sink;
use crate::batch::stop::Stop;
use crate::time::UnixSeconds;

/// What became of the rows of a stage.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tally {
    /// Rows that go on, or are done.
    pub done: u64,
    /// Rows that are refused, here or in a stage before.
    pub rejected: u64,
    /// Files that were there already, and are passed over.
    pub passed_over: u64,
}

impl Tally {
    fn count(&mut self, rows: impl Iterator<Item = bool>) {
        for is_rejected in rows {
            match is_rejected {
                true => self.rejected += 1,
                false => self.done += 1,
            }
        }
    }
}

impl Stages {
    /// Prepares the rows of a job into `OUT/prepared.parquet`; with private keys it is its owner's alone.
    ///
    /// # Errors
    /// [`BatchError`]: job and file, [`BatchError::Stopped`], and as [`Stages::prepare`].
    pub fn prepare_job<R: TryCryptoRng + ?Sized>(
        &mut self,
        path: &Path,
        out: &Path,
        now: UnixSeconds,
        rng: &mut R,
        stop: &Stop,
    ) -> Result<Tally, BatchError>
    where
        R::Error: Send + Sync + 'static,
    {
        let format = job::format_of(path, self.options.format)?;
        let job = Job::open(path, Some(format), &Columns::of(self.options.vendor))?;
        make_folder(out)?;
        let to = out.join(PREPARED);
        if to.exists() {
            let found = PREPARED.to_owned();
            let out = out.to_owned();
            return Err(BatchError::OutNotEmpty { found, out });
        }
        let mut writer = Writer::create::<PreparedRow>(&to, self.terms.own.wants_key())?;
        let mut tally = Tally::default();
        let mut group = Vec::with_capacity(GROUP_ROWS);
        for slice in job.into_slices().of(self.options.slice_rows) {
            let rows = slice?.rows;
            check_stop(stop, tally)?;
            let rows = match self.options.shard {
                None => rows,
                Some(shard) => shard.take(rows),
            };
            let rows = self.prepare(rows.into_iter().map(InputRow).collect(), now, rng)?;
            tally.count(rows.iter().map(|row| row.rejection.is_some()));
            group.extend(rows);
            if group.len() >= GROUP_ROWS {
                writer.put(std::mem::take(&mut group))?;
            }
        }
        if !group.is_empty() {
            writer.put(group)?;
        }
        writer.finish()?;
        Ok(tally)
    }

    /// Signs what stands in files that were prepared, each into a file of its name in `out`. Of them nothing but the row's
    /// number and name and the octets to sign are read.
    ///
    /// # Errors
    /// As [`Stages::prepare_job`] and [`Stages::sign`].
    pub fn sign_files(
        &mut self,
        from: &Path,
        out: &Path,
        now: UnixSeconds,
        stop: &Stop,
    ) -> Result<Tally, BatchError> {
        make_folder(out)?;
        let mut tally = Tally::default();
        for (name, path) in files(from)? {
            let to = out.join(name);
            if to.exists() {
                tally.passed_over += 1;
                continue;
            }
            let mut reader = Reader::open(&path)?;
            let mut writer = Writer::create::<SignedRow>(&to, false)?;
            while let Some(rows) = reader.rows::<ToSign>()? {
                check_stop(stop, tally)?;
                let rows = rows.into_iter().map(|row| (row.row, row.row_key, row.tbs));
                let rows: Vec<_> = rows.collect();
                let signed = self.sign(&rows, now)?;
                tally.count(signed.iter().map(|row| row.signature.is_none()));
                writer.put(signed)?;
            }
            writer.finish()?;
        }
        Ok(tally)
    }

    /// Puts together what stands in files that were prepared and in those of the same names that were signed, into the sink
    /// of a batch and `rejected.jsonl`.
    ///
    /// # Errors
    /// As [`Stages::prepare_job`] and [`Stages::finish`].
    pub fn finish_files(
        &mut self,
        prepared: &Path,
        signed: &Path,
        out: &Path,
        now: UnixSeconds,
        stop: &Stop,
    ) -> Result<Tally, BatchError> {
        let files = files(prepared)?;
        output::check_free(out)?;
        make_folder(out)?;
        let disk = Disk::default();
        let path = out.join(output::REJECTED);
        let mut rejected = disk
            .create(&path)
            .map_err(BatchError::file("create", &path))?;
        let access = self.terms.access();
        let mut sink = sink::open(Some(self.options.sink), out, access, None)?;
        let mut tally = Tally::default();
        for (name, path) in files {
            let mut signatures = signatures(&signed.join(name))?;
            let mut reader = Reader::open(&path)?;
            while let Some(rows) = reader.rows::<PreparedRow>()? {
                for rows in slices(rows) {
                    check_stop(stop, tally)?;
                    let pair = |row: PreparedRow| {
                        let signature = signatures.remove(&row.row);
                        (row, signature)
                    };
                    let done = self.finish(rows.into_iter().map(pair).collect(), now)?;
                    tally.count(done.iter().map(|row| row.rejection().is_some()));
                    let issued: Vec<_> = done.iter().filter_map(DoneRow::issued).collect();
                    sink.put(&issued)?;
                    sink.flush()?;
                    let lines = done.iter().filter_map(DoneRow::rejection);
                    let lines: String = lines.flat_map(|line| [line, "\n"]).collect();
                    let written = rejected.append(lines.as_bytes());
                    written.map_err(BatchError::file("write", out.join(output::REJECTED)))?;
                }
            }
        }
        let synced = rejected.sync();
        synced.map_err(BatchError::file("write", out.join(output::REJECTED)))?;
        sink.finish()?;
        Ok(tally)
    }
}

/// What whoever signs gets to see of a row.
pub(super) struct ToSign {
    pub(super) row: u64,
    pub(super) row_key: String,
    pub(super) tbs: Option<Vec<u8>>,
}

fn signatures(path: &Path) -> Result<HashMap<u64, SignedRow>, BatchError> {
    let mut reader = Reader::open(path)?;
    let mut all = HashMap::new();
    while let Some(rows) = reader.rows::<SignedRow>()? {
        all.extend(rows.into_iter().map(|row| (row.row, row)));
    }
    Ok(all)
}

fn slices(rows: Vec<PreparedRow>) -> impl Iterator<Item = Vec<PreparedRow>> {
    let mut rows = rows.into_iter();
    std::iter::from_fn(move || {
        let slice: Vec<_> = rows.by_ref().take(SLICE_ROWS).collect();
        (!slice.is_empty()).then_some(slice)
    })
}

/// The columns of a file, or of all files of a folder in the order of their names.
pub(in crate::batch) fn files(path: &Path) -> Result<Vec<(PathBuf, PathBuf)>, BatchError> {
    let failed = || BatchError::file("read", path);
    if !path.is_dir() {
        let name = path.file_name().unwrap_or_default();
        return Ok(vec![(name.into(), path.to_owned())]);
    }
    let entries = fs::read_dir(path).map_err(failed())?;
    let names: io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.file_name())).collect();
    let mut names = names.map_err(failed())?;
    // What is not whole yet begins with a dot, and what Spark and others put beside it with one or with `_`.
    names.retain(|name| {
        let name = name.to_string_lossy();
        name.ends_with(".parquet") && !name.starts_with(['.', '_'])
    });
    names.sort();
    if names.is_empty() {
        return Err(BatchError::NoRows {
            expected: "a file *.parquet or more",
            path: path.to_owned(),
        });
    }
    let file = |name: std::ffi::OsString| (PathBuf::from(&name), path.join(name));
    Ok(names.into_iter().map(file).collect())
}

fn make_folder(out: &Path) -> Result<(), BatchError> {
    let made = Disk::default().make_folders(out);
    made.map_err(BatchError::file("create", out))
}

fn check_stop(stop: &Stop, tally: Tally) -> Result<(), BatchError> {
    match stop.is_asked() {
        true => Err(BatchError::Stopped {
            rows: tally.done + tally.rejected,
        }),
        false => Ok(()),
    }
}

/// The rows that were prepared.
pub(super) const PREPARED: &str = "prepared.parquet";

const GROUP_ROWS: usize = 16_384;
const SLICE_ROWS: usize = 2048;
