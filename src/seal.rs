//! Octets sealed with a passphrase: the [age file format, version 1], with its scrypt recipient.
//!
//! The `age` program opens what is sealed here, and the other way round. Every chunk of 64 KiB is authenticated before
//! any of it is handed on, and the last one is marked: a file that was changed or cut off is never read to its end.
//!
//! [age file format, version 1]: https://age-encryption.org/v1

mod error;
mod header;
#[cfg(test)]
mod tests;

use std::io;
use std::io::{Read, Write};

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit, Nonce, Tag};
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use crate::key::Passphrase;

pub use error::SealError;

/// What it costs to try a passphrase: scrypt with N = 2^n, r = 8, p = 1, so 2^n KiB of memory.
///
/// Invariant: 1 to 20.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct WorkFactor(u8);

impl WorkFactor {
    /// What `age` takes by itself, about a second and 256 MiB.
    pub const DEFAULT: Self = Self(18);
    /// The highest that is accepted, about four seconds and 1 GiB.
    pub const MAX: Self = Self(20);

    /// The logarithm of N to base 2; `None` outside 1 to 20.
    #[must_use]
    pub fn new(log2_n: u8) -> Option<Self> {
        (1..=Self::MAX.0).contains(&log2_n).then_some(Self(log2_n))
    }

    /// The logarithm of N to base 2.
    #[must_use]
    pub fn log2_n(self) -> u8 {
        self.0
    }
}

/// Seals what is written to it; [`Writer::finish`] must be called, or the file has no end.
pub struct Writer<W> {
    to: W,
    stream: Stream,
    /// What waits for its chunk to be full.
    chunk: Zeroizing<Vec<u8>>,
}

impl<W: Write> Writer<W> {
    /// Begins a sealed file.
    ///
    /// # Errors
    /// [`SealError::Rng`] and what `to` reports.
    pub fn new<R: TryCryptoRng + ?Sized>(
        mut to: W,
        passphrase: &Passphrase,
        work_factor: WorkFactor,
        rng: &mut R,
    ) -> Result<Self, SealError> {
        let file_key = header::FileKey::draw(rng)?;
        let mut salt = [0; header::SALT_OCTETS];
        let mut nonce = [0; header::NONCE_OCTETS];
        header::fill(&mut salt, rng)?;
        header::fill(&mut nonce, rng)?;
        let head = header::write(&file_key, passphrase, work_factor, &salt)?;
        to.write_all(head.as_bytes()).map_err(SealError::Io)?;
        to.write_all(&nonce).map_err(SealError::Io)?;
        Ok(Self {
            to,
            stream: Stream::new(&file_key.payload_key(&nonce)),
            chunk: Zeroizing::new(Vec::with_capacity(CHUNK_OCTETS)),
        })
    }

    /// Writes the last chunk, and gives back what was written to.
    ///
    /// # Errors
    /// What it reports.
    pub fn finish(mut self) -> io::Result<W> {
        self.write_chunk(true)?;
        self.to.flush()?;
        Ok(self.to)
    }

    fn write_chunk(&mut self, last: bool) -> io::Result<()> {
        let tag = self.stream.seal(&mut self.chunk, last)?;
        self.to.write_all(&self.chunk)?;
        self.to.write_all(&tag)?;
        self.chunk.clear();
        Ok(())
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        // A full chunk waits until more comes: the last one must be known as such.
        if self.chunk.len() == CHUNK_OCTETS && !octets.is_empty() {
            self.write_chunk(false)?;
        }
        let room = CHUNK_OCTETS.saturating_sub(self.chunk.len());
        let taken = octets.get(..room).unwrap_or(octets);
        self.chunk.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        // A chunk that is not full would be the last.
        self.to.flush()
    }
}

impl<W> std::fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer([elided])")
    }
}

/// Opens what was sealed. Reading to the end proves that all of it is there: without it, an end is an error.
pub struct Reader<R> {
    from: R,
    stream: Stream,
    chunk: Zeroizing<Vec<u8>>,
    /// How much of the chunk was handed on.
    taken: usize,
    /// What begins the next chunk.
    ahead: Option<u8>,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the beginning of a sealed file.
    ///
    /// # Errors
    /// [`SealError::Header`] for a file of another kind, [`SealError::WorkFactor`] for one that costs too much to open,
    /// [`SealError::Passphrase`] when it is another's, and what `from` reports.
    pub fn new(mut from: R, passphrase: &Passphrase) -> Result<Self, SealError> {
        let file_key = header::read(&mut from, passphrase)?;
        let mut nonce = [0; header::NONCE_OCTETS];
        from.read_exact(&mut nonce).map_err(SealError::Io)?;
        Ok(Self {
            from,
            stream: Stream::new(&file_key.payload_key(&nonce)),
            chunk: Zeroizing::new(Vec::new()),
            taken: 0,
            ahead: None,
            ended: false,
        })
    }

    fn read_chunk(&mut self) -> io::Result<()> {
        self.taken = 0;
        self.chunk.clear();
        self.chunk.extend(self.ahead.take());
        // One octet more tells whether this is the last chunk.
        let sealed = CHUNK_OCTETS + TAG_OCTETS;
        let wanted = u64::try_from(sealed + 1 - self.chunk.len()).unwrap_or(u64::MAX);
        (&mut self.from).take(wanted).read_to_end(&mut self.chunk)?;
        if self.chunk.len() > sealed {
            self.ahead = self.chunk.pop();
        }
        let last = self.ahead.is_none();
        let first = self.stream.counter == 0;
        self.stream.open(&mut self.chunk, last)?;
        if last && self.chunk.is_empty() && !first {
            return Err(invalid(SealError::Changed));
        }
        self.ended = last;
        Ok(())
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.chunk.len() {
            if self.ended {
                return Ok(0);
            }
            self.read_chunk()?;
        }
        let mut left = self.chunk.get(self.taken..).unwrap_or_default();
        let read = left.read(into)?;
        self.taken += read;
        Ok(read)
    }
}

impl<R> std::fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader([elided])")
    }
}

/// The STREAM construction: a chunk's nonce is its number and whether it is the last.
struct Stream {
    cipher: ChaCha20Poly1305,
    counter: u64,
}

impl Stream {
    fn new(key: &[u8; 32]) -> Self {
        Self {
            cipher: ChaCha20Poly1305::new(key.into()),
            counter: 0,
        }
    }

    fn next_nonce(&mut self, last: bool) -> io::Result<Nonce> {
        let mut nonce = Nonce::default();
        let number = self.counter.to_be_bytes();
        let parts = nonce.iter_mut().skip(3).zip(number);
        parts.for_each(|(place, octet)| *place = octet);
        if let Some(end) = nonce.last_mut() {
            *end = u8::from(last);
        }
        self.counter = (self.counter.checked_add(1)).ok_or_else(|| invalid(SealError::Changed))?;
        Ok(nonce)
    }

    fn seal(&mut self, chunk: &mut [u8], last: bool) -> io::Result<Tag> {
        let nonce = self.next_nonce(last)?;
        let chunk = InOutBuf::from(chunk);
        let sealed = self.cipher.encrypt_inout_detached(&nonce, b"", chunk);
        sealed.map_err(|_| invalid(SealError::Changed))
    }

    /// Takes the tag off the end of a chunk and opens the rest in its place.
    fn open(&mut self, chunk: &mut Vec<u8>, last: bool) -> io::Result<()> {
        let nonce = self.next_nonce(last)?;
        let end = chunk.len().checked_sub(TAG_OCTETS);
        let end = end.ok_or_else(|| invalid(SealError::CutOff))?;
        let tag: Vec<u8> = chunk.drain(end..).collect();
        let tag = Tag::try_from(tag.as_slice()).map_err(|_| invalid(SealError::CutOff))?;
        let open = InOutBuf::from(chunk.as_mut_slice());
        let opened = self.cipher.decrypt_inout_detached(&nonce, b"", open, &tag);
        opened.map_err(|_| invalid(SealError::Changed))
    }
}

fn invalid(error: SealError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

const CHUNK_OCTETS: usize = 64 * 1024;

const TAG_OCTETS: usize = 16;
