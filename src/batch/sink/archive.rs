//! The files of a folder in one tar, `certs/<3 hex of SHA-256(row key)>/<row key>~row-000007.<ext>`.
//!
//! Row keys need not be unique, and a tar does not know what is in it already: so every name has its row's number.
//! Compressed, each slice is a Zstandard frame of its own (RFC 8878 §3.1: frames follow one another), so that the file can
//! be cut back between any two.

use std::io;
use std::path::Path;

use tar::{Builder, EntryType, Header};

use super::appended::Appended;
use super::{Access, Position, Sink};
use crate::batch::error::BatchError;
use crate::batch::outcome::{IssuedRow, Made};

/// The sink.
pub(super) struct Archive {
    file: Appended,
    packing: Packing,
}

/// Whether a tar is compressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::batch) enum Packing {
    Plain,
    Zstd,
}

impl Archive {
    /// Opens it.
    ///
    /// # Errors
    /// As [`Appended::open`].
    pub(super) fn open(
        out: &Path,
        packing: Packing,
        access: Access,
        at: Option<Position>,
    ) -> Result<Self, BatchError> {
        let file = Appended::open(out, packing.name(), access, at)?;
        Ok(Self { file, packing })
    }

    fn write(&mut self, row: u64, octets: &[u8]) -> Result<(), BatchError> {
        match self.packing {
            Packing::Plain => self.file.write(row, octets),
            Packing::Zstd => {
                let packed = zstd::bulk::compress(octets, LEVEL);
                let packed = packed.map_err(BatchError::file("compress", self.packing.name()))?;
                self.file.write(row, &packed)
            }
        }
    }
}

impl Sink for Archive {
    fn put(&mut self, rows: &[&IssuedRow]) -> Result<(), BatchError> {
        let Some(last) = rows.last() else {
            return Ok(());
        };
        let mut builder = Builder::new(Vec::new());
        for row in rows {
            for made in &row.artefacts {
                append(&mut builder, row, made)
                    .map_err(BatchError::file("write", self.packing.name()))?;
            }
        }
        // Taken before the builder ends the archive: more follows.
        let octets = zeroize::Zeroizing::new(std::mem::take(builder.get_mut()));
        self.write(last.row, &octets)
    }

    fn flush(&mut self) -> Result<Position, BatchError> {
        self.file.flush()
    }

    fn finish(&mut self) -> Result<(), BatchError> {
        let row = self.file.flush()?.row;
        self.write(row, &END)?;
        self.file.finish()
    }
}

fn append(builder: &mut Builder<Vec<u8>>, row: &IssuedRow, made: &Made) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Regular);
    header.set_size(u64::try_from(made.octets.len()).unwrap_or(u64::MAX));
    header.set_mode(if made.is_secret { 0o600 } else { 0o644 });
    header.set_mtime(row.not_before.seconds());
    let (fan, stem) = (row.key.fan(), row.key.file_stem());
    let path = format!("certs/{fan}/{stem}{ROW}{:06}.{}", row.row, made.extension);
    builder.append_data(&mut header, path, made.octets.as_slice())
}

impl Packing {
    /// The name of the file.
    pub(in crate::batch) fn name(self) -> &'static str {
        match self {
            Self::Plain => "certs.tar",
            Self::Zstd => "certs.tar.zst",
        }
    }
}

/// The row that an entry is of, by its name.
pub(in crate::batch) fn row_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    let (_, behind) = name.rsplit_once(ROW)?;
    behind.split_once('.')?.0.parse().ok()
}

/// What stands between a row's key and its number; no key has a tilde in a file's name.
const ROW: &str = "~row-";
/// Two blocks of zeros end a tar (POSIX.1-2001, pax Interchange Format).
const END: [u8; 1024] = [0; 1024];
/// Base64 has no more to give than a fast level takes.
pub(in crate::batch) const LEVEL: i32 = 3;
