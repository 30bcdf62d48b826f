//! Why a batch cannot begin, or had to stop.

use std::error::Error;
use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::batch::MAX_THREADS;
use crate::batch::artefact;
use crate::batch::artefact::Artefact;
use crate::batch::job::Format;
use crate::batch::sink;
use crate::batch::sink::SinkKind;
use crate::batch::stage::MAX_ROW;
use crate::batch::vendors;
use crate::batch::vendors::Vendor;
use crate::key::KeyError;
use crate::vendor::who::WhoError;
use crate::workspace::WorkspaceError;

/// Why a batch cannot begin, or had to stop; what is wrong with a row is a rejection instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// An archive is not what it says.
    #[error("{} cannot be read after its row {rows}: {reason}", path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// Rows read from it before.
        rows: u64,
    },
    /// A certificate that was issued cannot be put into one of its forms.
    #[error("row {row}: the certificate is recorded, but its {artefact} cannot be made")]
    Artefact {
        /// The row, counted from 1.
        row: u64,
        /// The form.
        artefact: Artefact,
        /// What the bundle reports.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// It is not known who asks.
    #[error("it is not known who asks")]
    Caller(#[source] WhoError),
    /// The header of a CSV job names a column twice.
    #[error("column {column:?} stands twice in the header of {}", path.display())]
    ColumnTwice {
        /// The column.
        column: String,
        /// The job.
        path: PathBuf,
    },
    /// The columns cannot be made of what was issued; the rows stand beside, as lines of JSON.
    #[error("{} cannot be made", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Rows of a part have what others have that they never met.
    #[error(
        "{rows} rows cannot stand beside what is in the ledger: row {row} has the {what} {found}, which is there already"
    )]
    Doubled {
        /// How many rows.
        rows: usize,
        /// The first of them.
        row: u64,
        /// What it has that another has: key, subject or serial number.
        what: String,
        /// Its value.
        found: String,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system reports.
        #[source]
        source: io::Error,
    },
    /// The job is a folder and a file's format was asked for, or the other way round.
    #[error("{} is {found}, which format {asked} does not fit", path.display())]
    FormatMismatch {
        /// The format asked for.
        asked: Format,
        /// A folder or a file.
        found: &'static str,
        /// The job.
        path: PathBuf,
    },
    /// The journal of an earlier run cannot be read.
    #[error("{} cannot be read from line {line} on: {reason}", path.display())]
    Journal {
        /// The journal.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A private key that a row asks for cannot be made.
    #[error("row {row}: its private key cannot be made")]
    Key {
        /// The row, counted from 1.
        row: u64,
        /// What the key reports.
        #[source]
        source: KeyError,
    },
    /// The ledger cannot be asked about the job.
    #[error("the ledger cannot be asked about the job")]
    Ledger(#[source] Box<dyn Error + Send + Sync>),
    /// Two parts of a job have a file of the same name.
    #[error("two parts have a file {}", path.display())]
    NameTaken {
        /// Where it would go.
        path: PathBuf,
    },
    /// An artefact with the private key was asked for, and the job holds requests, whose keys others have.
    #[error(
        "a job of requests for {vendor} has no private keys, so there is no {artefact} to write"
    )]
    NoKey {
        /// What was asked for.
        artefact: Artefact,
        /// The vendor.
        vendor: Vendor,
    },
    /// A folder or tar of certification requests, and the vendor takes none.
    #[error("{vendor} takes no certification requests, so {} cannot hold them", path.display())]
    NoRequests {
        /// The job.
        path: PathBuf,
        /// The vendor.
        vendor: Vendor,
    },
    /// The job has no row.
    #[error("{} holds no row: {expected}", path.display())]
    NoRows {
        /// What a row would be.
        expected: &'static str,
        /// The job.
        path: PathBuf,
    },
    /// A folder is no part that can be joined with others.
    #[error("{} cannot be merged: {reason}", folder.display())]
    NotMerged {
        /// The folder.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// The vendor's certificates have numbers and keys in one workspace, or answer transactions that it knows.
    #[error(
        "rows of {vendor} need the workspace that records them: many who share none cannot work on them"
    )]
    NotParted {
        /// The vendor.
        vendor: Vendor,
    },
    /// The service was opened for something else than what is asked of it.
    #[error("the issuer was not opened to {asked}")]
    OtherPart {
        /// What is asked.
        asked: &'static str,
    },
    /// The folder for the results holds another job, or the same one as it was before something was changed.
    #[error("{} holds another job: its {what} was {found}, and is {asked} now", out.display())]
    OtherJob {
        /// The folder.
        out: PathBuf,
        /// What differs.
        what: String,
        /// What it was.
        found: String,
        /// What it is now.
        asked: String,
    },
    /// The folder for the results is not empty.
    #[error("{} is not empty (it holds {found}): a new or an empty folder is needed, nothing there was touched", out.display())]
    OutNotEmpty {
        /// A name in it.
        found: String,
        /// The folder.
        out: PathBuf,
    },
    /// What should become the folder for the results is something else.
    #[error("{} is not a folder", out.display())]
    OutNotFolder {
        /// The path.
        out: PathBuf,
    },
    /// A `.p12` was asked for without a password.
    #[error("no password for the P12 files")]
    P12Password,
    /// Private keys would stand open in a file of many rows, and nobody said that they may.
    #[error(
        "sink {sink} puts the private keys of all rows into one file, and nothing protects them"
    )]
    PlainKeys {
        /// Where they would go.
        sink: SinkKind,
    },
    /// Keys that were made ahead of time cannot be had.
    #[error("no keys can be drawn from the pool")]
    Pool(#[source] WorkspaceError),
    /// The generator of random numbers failed.
    #[error("no random numbers")]
    Random(#[source] Box<dyn Error + Send + Sync>),
    /// A plan issues nothing, and a batch does: the service was opened for the other of the two.
    #[error("the service {} rehearse, and {} is asked for", if *asked { "does not" } else { "does" }, if *asked { "a plan" } else { "a batch" })]
    Rehearsal {
        /// Whether a plan is asked for.
        asked: bool,
    },
    /// A row has the number of another one, or one that no row has.
    #[error("row {found} after row {last}, allowed {} to {MAX_ROW}, each once", last + 1)]
    RowNumber {
        /// The number.
        found: u64,
        /// The highest of the rows before.
        last: u64,
    },
    /// The rows of a job are not those that an earlier run read.
    #[error("the job has changed: up to row {until}, its rows are not those of the run before")]
    RowsChanged {
        /// The first of the rows that were compared at which they differ, counted from 1.
        until: u64,
    },
    /// The serial numbers that were asked for end before the rows do.
    #[error("row {row}: no serial number is left after the first one asked for")]
    SerialsEnded {
        /// The row, counted from 1.
        row: u64,
    },
    /// The service failed; what was issued before is recorded and written.
    #[error(
        "issuing failed in the rows from {row} on: what was issued before is recorded and written"
    )]
    Service {
        /// The first row of the slice, counted from 1.
        row: u64,
        /// What the service reports.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// No part of a job.
    #[error("part {found:?} of a job, allowed i/n with i from 1 to n")]
    Shard {
        /// What was found.
        found: String,
    },
    /// Less is there of what an earlier run wrote than it said.
    #[error("{} has {found} octets, and an earlier run left {expected}", path.display())]
    SinkShort {
        /// The file.
        path: PathBuf,
        /// Octets found.
        found: u64,
        /// Octets that were brought to the disk.
        expected: u64,
    },
    /// Standard input has no name that tells its format.
    #[error("the format of standard input is not said, allowed csv, jsonl and tar")]
    StdinFormat,
    /// The keys that were made for rows cannot be kept, or read back.
    #[error("{} cannot be kept or read: the keys of rows are in it", path.display())]
    Spool {
        /// The file or the folder.
        path: PathBuf,
        /// What stood in the way.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// Rows that many work on get what they get again when they are worked on twice only from a fixed beginning.
    #[error(
        "no {what} is given, without which a row that is worked on twice gets two certificates"
    )]
    Unanchored {
        /// What is not given.
        what: &'static str,
    },
    /// Somebody asked to stop.
    #[error("stopped after {rows} rows: what was issued is recorded and written")]
    Stopped {
        /// Rows that are done, in all runs.
        rows: u64,
    },
    /// The threads cannot be started.
    #[error("{threads} threads cannot be started")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the system reports.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// More threads than there is any use for.
    #[error("{threads} threads, allowed 1 to {MAX_THREADS}")]
    TooManyThreads {
        /// How many were asked for.
        threads: NonZeroUsize,
    },
    /// The folder for the results holds the same job, unfinished.
    #[error("{} holds this job, unfinished: ask to resume it", out.display())]
    Unfinished {
        /// The folder.
        out: PathBuf,
    },
    /// No artefact has this name.
    #[error("artefact {found:?}, allowed {}", artefact::names())]
    UnknownArtefact {
        /// The name that was found.
        found: String,
    },
    /// The header of a CSV job has a column that the vendor does not know.
    #[error("column {found:?} in the header of {}, allowed {allowed}", path.display())]
    UnknownColumn {
        /// The column.
        found: String,
        /// The vendor's names.
        allowed: String,
        /// The job.
        path: PathBuf,
    },
    /// A field that is to be filled in where a row has none is not one of the vendor's that may be.
    #[error("{vendor} has no field {found:?} that can be filled in for rows, allowed {allowed}")]
    UnknownDefault {
        /// The field.
        found: String,
        /// The fields that may be filled in.
        allowed: String,
        /// The vendor.
        vendor: Vendor,
    },
    /// The name of the job does not tell its format, or no format has this name.
    #[error(
        "format of {found:?} is not known, allowed jsonl, csv and tar, also with gz or zst behind it, or a folder"
    )]
    UnknownFormat {
        /// The name that was found.
        found: String,
    },
    /// No sink has this name.
    #[error("sink {found:?}, allowed {}", sink::names())]
    UnknownSink {
        /// The name that was found.
        found: String,
    },
    /// No vendor has this name here.
    #[error("vendor {found:?}, allowed {}", vendors::names())]
    UnknownVendor {
        /// The name that was found.
        found: String,
    },
}

impl BatchError {
    /// For `map_err`: the service failed in a slice that begins with this row.
    pub(super) fn service<E: Error + Send + Sync + 'static>(row: u64) -> impl Fn(E) -> Self {
        move |source| Self::Service {
            row,
            source: Box::new(source),
        }
    }

    /// For `map_err`: what was tried on which path.
    pub(super) fn file(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File {
            action,
            path,
            source,
        }
    }
}
