//! Tars of all parts in one, entries in the order of the job.

use std::fs::File;
use std::io;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tar::{Archive, Builder, Entries, Entry};
use zeroize::Zeroizing;

use crate::batch::error::BatchError;
use crate::batch::sink::archive::{LEVEL, Packing, row_of};

type Source = Box<dyn Read>;

/// Writes the entries of these tars into one; in each of them rows rise.
///
/// # Errors
/// [`BatchError::File`].
pub(super) fn join(
    from: &[PathBuf],
    packing: Packing,
    to: File,
    path: &Path,
) -> Result<(), BatchError> {
    let mut archives = Vec::with_capacity(from.len());
    for path in from {
        let source = open(path, packing).map_err(BatchError::file("read", path))?;
        archives.push(Archive::new(source));
    }
    let mut parts = Vec::with_capacity(from.len());
    for (path, archive) in from.iter().zip(&mut archives) {
        parts.push(Part::of(path, archive)?);
    }
    let failed = || BatchError::file("write", path);
    let to = BufWriter::new(to);
    let written = match packing {
        Packing::Plain => copy(&mut parts, to, path)?,
        Packing::Zstd => {
            let to = zstd::Encoder::new(to, LEVEL).map_err(failed())?;
            let to = copy(&mut parts, to, path)?;
            to.finish().map_err(failed())?
        }
    };
    let file = written.into_inner();
    let file = file.map_err(|error| failed()(error.into_error()))?;
    file.sync_all().map_err(failed())
}

fn open(path: &Path, packing: Packing) -> io::Result<Source> {
    let file = BufReader::new(File::open(path)?);
    Ok(match packing {
        Packing::Plain => Box::new(file),
        Packing::Zstd => Box::new(zstd::Decoder::with_buffer(file)?),
    })
}

/// One of the tars, and the entry that comes next with its row's number.
struct Part<'a> {
    path: &'a Path,
    entries: Entries<'a, Source>,
    next: Option<(u64, Entry<'a, Source>)>,
}

impl<'a> Part<'a> {
    fn of(path: &'a Path, archive: &'a mut Archive<Source>) -> Result<Self, BatchError> {
        let entries = archive.entries();
        let mut part = Self {
            path,
            entries: entries.map_err(BatchError::file("read", path))?,
            next: None,
        };
        part.step()?;
        Ok(part)
    }

    fn step(&mut self) -> Result<(), BatchError> {
        let next = self.entries.next().transpose().and_then(|entry| {
            let Some(entry) = entry else { return Ok(None) };
            let row = row_of(&entry.path()?);
            let row = row.ok_or_else(|| bad("the name of an entry has no row"))?;
            Ok(Some((row, entry)))
        });
        self.next = next.map_err(BatchError::file("read", self.path))?;
        Ok(())
    }
}

/// Copies entries by their rows, and ends the archive.
fn copy<W: Write>(parts: &mut [Part<'_>], to: W, path: &Path) -> Result<W, BatchError> {
    let mut builder = Builder::new(to);
    loop {
        let open = parts.iter_mut().filter(|part| part.next.is_some());
        let first = open.min_by_key(|part| part.next.as_ref().map(|(row, _)| *row));
        let Some(part) = first else { break };
        if let Some((_, mut entry)) = part.next.take() {
            let octets = whole(&mut entry).map_err(BatchError::file("read", part.path))?;
            let name = entry.path().map_err(BatchError::file("read", part.path))?;
            let mut header = entry.header().clone();
            let appended = builder.append_data(&mut header, name, octets.as_slice());
            appended.map_err(BatchError::file("write", path))?;
        }
        part.step()?;
    }
    builder
        .into_inner()
        .map_err(BatchError::file("write", path))
}

/// An entry's octets, which may be a key's; a tar that was cut short has fewer than it says.
fn whole(entry: &mut Entry<'_, Source>) -> io::Result<Zeroizing<Vec<u8>>> {
    let size = usize::try_from(entry.size()).map_err(|_| bad("an entry is too long"))?;
    let mut octets = Zeroizing::new(Vec::new());
    entry.take(MAX_OCTETS).read_to_end(&mut octets)?;
    match octets.len() == size {
        true => Ok(octets),
        false => Err(bad("an entry is cut short, or too long")),
    }
}

fn bad(reason: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, reason)
}

/// No artefact has as many.
const MAX_OCTETS: u64 = 64 << 20;
