//! The octets of a job: a file or standard input, compressed or not.

use std::fs::File;
use std::io;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use flate2::bufread::MultiGzDecoder;

use super::counted::Counted;
use super::{Format, Size};
use crate::batch::error::BatchError;

/// Octets that are read one after the other.
pub(super) type Octets = Box<dyn BufRead + Send>;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Packing {
    /// gzip (RFC 1952), of any number of members.
    Gzip,
    None,
    /// Zstandard (RFC 8878), of any number of frames.
    Zstd,
}

impl Packing {
    /// By the last ending of a name, and the name without it; `tgz` and `tzst` are two endings in one.
    fn of(path: &Path) -> (Self, &Path) {
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        let stem = path.file_stem().map_or(path, Path::new);
        match ending.as_deref().and_then(|ending| ending.to_str()) {
            Some("gz") => (Self::Gzip, stem),
            Some("zst") => (Self::Zstd, stem),
            Some("tgz") => (Self::Gzip, path),
            Some("tzst") => (Self::Zstd, path),
            _ => (Self::None, path),
        }
    }

    /// By the first octets, which neither JSON nor a header nor a tar begins with.
    fn of_octets(octets: &[u8]) -> Self {
        match octets {
            [0x1F, 0x8B, ..] => Self::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    fn open(self, reader: impl BufRead + Send + 'static) -> io::Result<Octets> {
        Ok(match self {
            Self::None => Box::new(reader),
            Self::Gzip => {
                let plain = MultiGzDecoder::new(reader);
                Box::new(BufReader::with_capacity(BUFFER_OCTETS, plain))
            }
            Self::Zstd => {
                let mut plain = zstd::Decoder::with_buffer(reader)?;
                plain.window_log_max(MAX_WINDOW_LOG)?;
                Box::new(BufReader::with_capacity(BUFFER_OCTETS, plain))
            }
        })
    }
}

impl Format {
    /// The format of a file, by its ending, that of a compression left aside.
    ///
    /// # Errors
    /// [`BatchError::UnknownFormat`].
    pub(super) fn of_file(path: &Path) -> Result<Self, BatchError> {
        let (_, inner) = Packing::of(path);
        let ending = inner.extension().map(|ending| ending.to_ascii_lowercase());
        match ending.as_deref().and_then(|ending| ending.to_str()) {
            Some("csv") => Ok(Self::Csv),
            Some("json" | "jsonl" | "ndjson") => Ok(Self::Jsonl),
            Some("tar" | "tgz" | "tzst") => Ok(Self::Tar),
            _ => Err(BatchError::UnknownFormat {
                found: path.display().to_string(),
            }),
        }
    }
}

/// Opens a file of so many octets.
///
/// # Errors
/// [`BatchError::File`].
pub(super) fn open_file(path: &Path, total: u64) -> Result<(Octets, Size), BatchError> {
    let failed = || BatchError::file("open", path);
    let file = File::open(path).map_err(failed())?;
    let read = Arc::new(AtomicU64::new(0));
    let size = Size::Octets {
        total,
        read: Arc::clone(&read),
    };
    let reader = BufReader::with_capacity(BUFFER_OCTETS, Counted::new(file, read));
    let octets = Packing::of(path).0.open(reader).map_err(failed())?;
    Ok((octets, size))
}

/// Takes what somebody reads, such as standard input; its first octets tell how it is compressed.
///
/// # Errors
/// [`BatchError::File`].
pub(super) fn open_stream(
    stream: impl Read + Send + 'static,
    name: &Path,
) -> Result<Octets, BatchError> {
    let failed = || BatchError::file("read", name);
    let mut reader = BufReader::with_capacity(BUFFER_OCTETS, stream);
    let packing = Packing::of_octets(reader.fill_buf().map_err(failed())?);
    packing.open(reader).map_err(failed())
}

const BUFFER_OCTETS: usize = 256 * 1024;
/// 64 MiB, which every level but the two greatest keeps to; what asks for more memory is refused.
const MAX_WINDOW_LOG: u32 = 26;
