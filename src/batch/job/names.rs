//! Names in bytewise order, however many: sorted in memory by chunks, which lie in a file of their own until they are
//! merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::env;
use std::fs;
use std::fs::{File, OpenOptions};
use std::io;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::vec;

/// Names that are being collected.
pub(super) struct Names {
    chunk: Vec<Vec<u8>>,
    chunk_octets: usize,
    most_octets: usize,
    count: u64,
    spill: Option<Spill>,
}

/// The names in order.
pub(super) struct Sorted {
    spill: Option<Spill>,
    runs: Vec<Run>,
    next: BinaryHeap<Reverse<(Vec<u8>, usize)>>,
    count: u64,
}

/// Sorted chunks, one after the other.
struct Spill {
    file: File,
    path: PathBuf,
    /// Where each begins and ends.
    runs: Vec<(u64, u64)>,
}

/// Names in order, in memory or in the spill.
enum Run {
    Memory(vec::IntoIter<Vec<u8>>),
    Spilt {
        at: u64,
        end: u64,
        buffer: io::Cursor<Vec<u8>>,
    },
}

impl Names {
    pub(super) fn new() -> Self {
        Self::with_chunks(CHUNK_OCTETS)
    }

    fn with_chunks(most_octets: usize) -> Self {
        Self {
            chunk: Vec::new(),
            chunk_octets: 0,
            most_octets,
            count: 0,
            spill: None,
        }
    }

    /// Takes a name of at most 65,535 octets; no file system has longer ones.
    pub(super) fn push(&mut self, name: Vec<u8>) -> io::Result<()> {
        self.count += 1;
        self.chunk_octets += name.len() + NAME_COSTS;
        self.chunk.push(name);
        if self.chunk_octets < self.most_octets {
            return Ok(());
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        self.chunk_octets = 0;
        chunk.sort_unstable();
        let spill = match &mut self.spill {
            Some(spill) => spill,
            none => none.insert(Spill::create()?),
        };
        spill.write(&chunk)
    }

    pub(super) fn sorted(mut self) -> io::Result<Sorted> {
        self.chunk.sort_unstable();
        let mut runs = vec![Run::Memory(self.chunk.into_iter())];
        for (at, end) in self.spill.iter().flat_map(|spill| &spill.runs) {
            runs.push(Run::Spilt {
                at: *at,
                end: *end,
                buffer: io::Cursor::default(),
            });
        }
        let mut sorted = Sorted {
            spill: self.spill,
            next: BinaryHeap::with_capacity(runs.len()),
            runs,
            count: self.count,
        };
        for run in 0..sorted.runs.len() {
            sorted.draw(run)?;
        }
        Ok(sorted)
    }
}

impl Sorted {
    /// How many there are, those that were taken included.
    pub(super) fn total(&self) -> u64 {
        self.count
    }

    /// Draws the next name of a run.
    fn draw(&mut self, index: usize) -> io::Result<()> {
        let name = match (self.runs.get_mut(index), &mut self.spill) {
            (Some(Run::Memory(names)), _) => names.next(),
            (Some(Run::Spilt { at, end, buffer }), Some(spill)) => spill.read(at, *end, buffer)?,
            _ => None,
        };
        if let Some(name) = name {
            self.next.push(Reverse((name, index)));
        }
        Ok(())
    }
}

impl Iterator for Sorted {
    type Item = io::Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((name, run)) = self.next.pop()?;
        Some(self.draw(run).map(|()| name))
    }
}

impl Spill {
    fn create() -> io::Result<Self> {
        let number = SPILLS.fetch_add(1, Ordering::Relaxed);
        let name = format!("certwright-names-{}-{number}", process::id());
        let path = env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        let file = options
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        Ok(Self {
            file,
            path,
            runs: Vec::new(),
        })
    }

    fn write(&mut self, chunk: &[Vec<u8>]) -> io::Result<()> {
        let start = self.file.seek(SeekFrom::End(0))?;
        let mut to = io::BufWriter::with_capacity(BUFFER_OCTETS, &self.file);
        for name in chunk {
            let length = u16::try_from(name.len()).map_err(io::Error::other)?;
            to.write_all(&length.to_be_bytes())?;
            to.write_all(name)?;
        }
        to.flush()?;
        drop(to);
        self.runs.push((start, self.file.stream_position()?));
        Ok(())
    }

    /// The next name of a run that goes on at `at`.
    fn read(
        &mut self,
        at: &mut u64,
        end: u64,
        buffer: &mut io::Cursor<Vec<u8>>,
    ) -> io::Result<Option<Vec<u8>>> {
        let mut length = [0; 2];
        if !self.fill(at, end, buffer, &mut length)? {
            return Ok(None);
        }
        let mut name = vec![0; usize::from(u16::from_be_bytes(length))];
        if !self.fill(at, end, buffer, &mut name)? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some(name))
    }

    /// Fills octets from the buffer, and the buffer from the file; nothing at the end of the run.
    fn fill(
        &mut self,
        at: &mut u64,
        end: u64,
        buffer: &mut io::Cursor<Vec<u8>>,
        octets: &mut [u8],
    ) -> io::Result<bool> {
        let mut filled = buffer.read(octets)?;
        while filled < octets.len() {
            if *at >= end {
                return match filled {
                    0 => Ok(false),
                    _ => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
            self.file.seek(SeekFrom::Start(*at))?;
            let room = u64::try_from(BUFFER_OCTETS).unwrap_or(u64::MAX);
            let mut more = Vec::new();
            let count = (&self.file)
                .take(room.min(end - *at))
                .read_to_end(&mut more)?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            *at += u64::try_from(count).unwrap_or(u64::MAX);
            *buffer = io::Cursor::new(more);
            filled += buffer.read(octets.get_mut(filled..).unwrap_or_default())?;
        }
        Ok(true)
    }
}

impl Drop for Spill {
    fn drop(&mut self) {
        // What cannot be removed is a file of names in the folder for temporary files.
        let _removed = fs::remove_file(&self.path);
    }
}

/// So that the spills of one process have names of their own.
static SPILLS: AtomicU64 = AtomicU64::new(0);

/// Names of ten million devices in some twenty chunks.
const CHUNK_OCTETS: usize = 32 << 20;
/// What a name takes in memory beside its octets.
const NAME_COSTS: usize = 40;
const BUFFER_OCTETS: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_bytewise_order_from_any_number_of_chunks() {
        // 7919 is prime to 5000: every number comes once, in no order.
        let names = (0..5000u32).map(|n| format!("dk{}", n * 7919 % 5000).into_bytes());
        let names: Vec<_> = names.collect();
        let mut expected = names.clone();
        expected.sort();
        for most_octets in [usize::MAX, 20_000, 100] {
            let mut collected = Names::with_chunks(most_octets);
            for name in &names {
                collected.push(name.clone()).unwrap();
            }
            let sorted = collected.sorted().unwrap();
            let spilt = sorted.spill.as_ref().map(|spill| spill.path.clone());
            assert_eq!(spilt.is_some(), most_octets < usize::MAX);
            assert_eq!(sorted.total(), 5000);
            let sorted: Vec<_> = sorted.map(Result::unwrap).collect();
            assert_eq!(sorted, expected);
            assert!(spilt.is_none_or(|path| !path.exists()));
        }
    }
}
