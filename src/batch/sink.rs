//! Where artefacts go: a folder, or one file that holds those of all rows.
//!
//! A sink takes slices in the order of the job. It can put on the disk what it took and say where it stands; a later run
//! opens it there, and what came after that is gone.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::batch::error::BatchError;
use crate::batch::outcome::IssuedRow;

use archive::Archive;
use folder::Folder;
use jsonl::Jsonl;

pub(super) mod appended;
pub(super) mod archive;
mod folder;
pub(super) mod jsonl;
#[cfg(feature = "parquet")]
pub(super) mod parquet;

/// The form in which artefacts of a batch are written.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SinkKind {
    /// A file for each artefact, below `certs/`.
    #[default]
    Dir,
    /// A JSON object a row, in `issued.jsonl`.
    Jsonl,
    /// Columns, in `issued.parquet`.
    #[cfg(feature = "parquet")]
    Parquet,
    /// The files of [`SinkKind::Dir`] in `certs.tar`.
    Tar,
    /// The same compressed, in `certs.tar.zst`.
    TarZst,
}

/// Who may read what a sink writes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Access {
    /// Whoever the umask lets.
    Everyone,
    /// The owner alone: there is a key in it.
    Owner,
}

/// Where a sink stands; a journal keeps it, and opens the sink there again.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Position {
    /// The last row that was put, counted from 1; 0 before the first.
    pub(super) row: u64,
    /// Octets of the one file; 0 where there are many.
    pub(super) octets: u64,
}

/// Takes artefacts, slice by slice in the order of the job.
pub(super) trait Sink: Send {
    /// Takes the artefacts of a slice.
    ///
    /// # Errors
    /// [`BatchError::File`].
    fn put(&mut self, rows: &[&IssuedRow]) -> Result<(), BatchError>;

    /// Has everything that was put on the disk, and says where it stands. The position before last is forgotten: a
    /// journal keeps each one before it asks for the next.
    ///
    /// # Errors
    /// [`BatchError::File`].
    fn flush(&mut self) -> Result<Position, BatchError>;

    /// Nothing more comes: what was put gets its final names, and is on the disk.
    ///
    /// # Errors
    /// [`BatchError::File`].
    fn finish(&mut self) -> Result<(), BatchError>;
}

/// Where nothing is handed out.
#[derive(Debug, Default)]
struct Nowhere(Position);

impl Sink for Nowhere {
    fn put(&mut self, rows: &[&IssuedRow]) -> Result<(), BatchError> {
        self.0.row = rows.last().map_or(self.0.row, |row| row.row);
        Ok(())
    }

    fn flush(&mut self) -> Result<Position, BatchError> {
        Ok(self.0)
    }

    fn finish(&mut self) -> Result<(), BatchError> {
        Ok(())
    }
}

/// Opens a sink below `out`, or one that keeps nothing: a new one, or the one that an earlier run left, as it was at a position.
///
/// # Errors
/// [`BatchError::File`], and [`BatchError::SinkShort`] when less is there than the position says.
pub(super) fn open(
    kind: Option<SinkKind>,
    out: &Path,
    access: Access,
    at: Option<Position>,
) -> Result<Box<dyn Sink>, BatchError> {
    let Some(kind) = kind else {
        return Ok(Box::new(Nowhere::default()));
    };
    Ok(match kind {
        SinkKind::Dir => Box::new(Folder::open(out, at)?),
        SinkKind::Jsonl => Box::new(Jsonl::open(out, access, at)?),
        #[cfg(feature = "parquet")]
        SinkKind::Parquet => Box::new(parquet::Parquet::open(out, access, at)?),
        SinkKind::Tar => Box::new(Archive::open(out, archive::Packing::Plain, access, at)?),
        SinkKind::TarZst => Box::new(Archive::open(out, archive::Packing::Zstd, access, at)?),
    })
}

impl SinkKind {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            Self::Dir,
            Self::Jsonl,
            #[cfg(feature = "parquet")]
            Self::Parquet,
            Self::Tar,
            Self::TarZst,
        ]
        .into_iter()
    }

    /// Whether the artefacts of all rows share a file, so that one secret among them makes it a secret.
    #[must_use]
    pub fn is_one_file(self) -> bool {
        self != Self::Dir
    }
}

impl fmt::Display for SinkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dir => "dir",
            Self::Jsonl => "jsonl",
            #[cfg(feature = "parquet")]
            Self::Parquet => "parquet",
            Self::Tar => "tar",
            Self::TarZst => "tar.zst",
        })
    }
}

impl FromStr for SinkKind {
    type Err = BatchError;

    fn from_str(text: &str) -> Result<Self, BatchError> {
        let named = Self::all().find(|kind| kind.to_string() == text);
        named.ok_or_else(|| BatchError::UnknownSink {
            found: text.chars().take(80).collect(),
        })
    }
}

/// The names of all sinks.
pub(super) fn names() -> String {
    let names: Vec<_> = SinkKind::all().map(|kind| kind.to_string()).collect();
    names.join(", ")
}
