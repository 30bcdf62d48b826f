//! Files that are read, `-` for standard input; never more octets than the reader allows.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;

use zeroize::Zeroizing;

use crate::cli::console::Console;
use crate::cli::error::CliError;

/// The octets of a file, at most `max_octets`. They may hold a private key, so they are wiped when they go.
pub(super) fn read(
    path: &Path,
    max_octets: usize,
    console: &mut Console<'_>,
) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let octets = if is_stdin(path) {
        read_limited(console.input(), max_octets)
    } else {
        File::open(path).and_then(|file| read_limited(file, max_octets))
    };
    octets.map_err(|error| CliError::failed(format!("read {}", name(path)), error))
}

/// Whether a path stands for standard input or output.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// How a path is called in messages.
pub(super) fn name(path: &Path) -> String {
    if is_stdin(path) {
        return "standard input".to_owned();
    }
    path.display().to_string()
}

fn read_limited(source: impl Read, max_octets: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let limit = u64::try_from(max_octets).unwrap_or(u64::MAX);
    // A buffer that grows leaves copies of itself behind; a key or a passphrase fits into this one.
    let mut octets = Zeroizing::new(Vec::with_capacity(FIRST_CAPACITY));
    // One octet more than is allowed tells a file that is too long from one that just fits.
    source
        .take(limit.saturating_add(1))
        .read_to_end(&mut octets)?;
    if octets.len() > max_octets {
        return Err(io::Error::other(format!(
            "more than {max_octets} octets, which is all that is allowed here"
        )));
    }
    Ok(octets)
}

/// Far more than a request or a certificate may have: what is too long is for their own rules to say, with its length.
pub(super) const MAX_REQUEST_OCTETS: usize = 1 << 20;

const FIRST_CAPACITY: usize = 128 << 10;
