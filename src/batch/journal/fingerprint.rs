//! What a job is made of, in a few octets: whether a later run has the same file, folder and configuration.

use std::fs;
use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::chain::hex;
use crate::service::Service;

/// SHA-256 of a file, or of the names, lengths and times of a folder's files.
///
/// A folder's sums are added up, so that ten million names need not be sorted for it.
pub(in crate::batch) fn of_job(path: &Path) -> io::Result<String> {
    if !path.is_dir() {
        return of_file(path);
    }
    let mut sum = [0u64; 4];
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let metadata = fs::metadata(entry.path()).or_else(|_| entry.metadata())?;
        let changed = metadata.modified().ok();
        let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let changed = changed.map_or(0, |time| time.as_nanos());
        let mut hash = Sha256::new();
        hash.update(metadata.len().to_be_bytes());
        hash.update(changed.to_be_bytes());
        hash.update(entry.file_name().as_encoded_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let (parts, _) = digest.as_chunks::<8>();
        for (sum, part) in sum.iter_mut().zip(parts) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*part));
        }
    }
    Ok(hex(&sum.map(u64::to_be_bytes).concat()))
}

fn of_file(path: &Path) -> io::Result<String> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut buffer = vec![0; BUFFER_OCTETS];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hex(&hash.finalize()));
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
}

/// SHA-256 of the configuration and of every CA, in their order.
pub(in crate::batch) fn of_configuration(service: &Service) -> io::Result<String> {
    let workspace = service.workspace();
    let mut hash = Sha256::new();
    let text = workspace.config_octets().map_err(io::Error::other)?;
    hash.update(Sha256::digest(&text));
    for authority in workspace.authorities() {
        hash.update(authority.certificate().sha256());
    }
    Ok(hex(&hash.finalize()))
}

const BUFFER_OCTETS: usize = 256 * 1024;
