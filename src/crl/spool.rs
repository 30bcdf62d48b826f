//! A list of any length in little memory: its entries wait in a file until their octets are counted.
//!
//! The lengths that stand before the entries, and the signature behind them, need all of them to be known. So they are
//! written once, read once for the hash, and read once more into the list.

use std::cmp::Ordering;
use std::fmt;
use std::io;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

use crate::crl::build::frame;
use crate::crl::{Crl, CrlError, CrlFields, RevokedCertificate};
use crate::key;
use crate::key::{KeyPair, MessageHasher};
use crate::serial::SerialNumber;
use crate::tlv;

/// Takes entries by rising serial number.
pub struct CrlSpool<S: Write> {
    fields: CrlFields,
    spool: BufWriter<S>,
    entry: Vec<u8>,
    entries: u64,
    octets: usize,
    last: Option<SerialNumber>,
}

/// What was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Written {
    /// Certificates on the list.
    pub entries: u64,
    /// Octets of the list, as DER.
    pub octets: u64,
}

impl<S: Read + Seek + Write> CrlSpool<S> {
    /// A list without entries; they will wait in `spool`, which is empty.
    ///
    /// # Errors
    /// [`CrlError::IssuerEmpty`], and [`CrlError::Reversed`] when the next list is not due later than this one.
    pub fn new(fields: CrlFields, spool: S) -> Result<Self, CrlError> {
        fields.check()?;
        Ok(Self {
            fields,
            spool: BufWriter::with_capacity(BUFFER_OCTETS, spool),
            entry: Vec::new(),
            entries: 0,
            octets: 0,
            last: None,
        })
    }

    /// Adds an entry, whose serial number is larger than that of the one before.
    ///
    /// # Errors
    /// [`CrlError::DuplicateSerial`], [`CrlError::Unordered`], [`CrlError::RemoveFromCrl`], [`CrlError::Spool`], and
    /// [`CrlError::TooLong`] once the entries are more than a list may hold.
    pub fn push(&mut self, entry: &RevokedCertificate) -> Result<(), CrlError> {
        entry.check_complete()?;
        let serial = entry.serial();
        match self.last.as_ref().map(|last| compare(last, serial)) {
            None | Some(Ordering::Less) => {}
            Some(Ordering::Equal) => {
                let serial = serial.clone();
                return Err(CrlError::DuplicateSerial { serial });
            }
            Some(Ordering::Greater) => {
                let serial = serial.clone();
                return Err(CrlError::Unordered { serial });
            }
        }
        self.entry.clear();
        entry.append_to(&mut self.entry);
        self.spool.write_all(&self.entry).map_err(spooling)?;
        self.octets += self.entry.len();
        self.entries += 1;
        self.last = Some(serial.clone());
        if self.octets > Crl::MAX_OCTETS {
            return Err(CrlError::TooLong {
                actual: self.octets,
            });
        }
        Ok(())
    }

    /// Signs the list and writes it to `out`. The signature is verified before the first octet is.
    ///
    /// # Errors
    /// [`CrlError::Signature`] when the key does not fit the algorithm or cannot sign, [`CrlError::TooLong`],
    /// [`CrlError::Extension`] should the extensions contradict each other, and [`CrlError::Spool`], also when `out`
    /// cannot be written.
    pub fn sign<W: Write + ?Sized>(self, key: &KeyPair, out: &mut W) -> Result<Written, CrlError> {
        let Self {
            fields,
            spool,
            entry: _,
            entries,
            octets,
            last: _,
        } = self;
        let algorithm = fields.signature_algorithm;
        let (head, tail) = frame(fields, octets)?;
        let mut spool = spool
            .into_inner()
            .map_err(|error| spooling(error.into_error()))?;
        let mut hasher = MessageHasher::new(algorithm);
        copy(&head, &mut spool, octets, &tail, &mut hasher).map_err(spooling)?;
        let digest = hasher.finish();
        let signature = key::sign_digest(key, &digest).map_err(CrlError::Signature)?;
        key::verify_digest(key.public_key(), &digest, signature.as_bytes())
            .map_err(CrlError::Signature)?;
        let mut end = tail;
        end.extend_from_slice(algorithm.to_der());
        end.extend(tlv::bit_string(signature.as_bytes()));
        let mut start = tlv::header(tlv::SEQUENCE, head.len() + octets + end.len());
        start.extend(head);
        let length = start.len() + octets + end.len();
        if length > Crl::MAX_OCTETS {
            return Err(CrlError::TooLong { actual: length });
        }
        copy(&start, &mut spool, octets, &end, out).map_err(spooling)?;
        Ok(Written {
            entries,
            octets: u64::try_from(length).unwrap_or(u64::MAX),
        })
    }
}

impl<S: Write> fmt::Debug for CrlSpool<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CrlSpool({} entries)", self.entries)
    }
}

/// As numbers: magnitudes have no leading zeros.
fn compare(one: &SerialNumber, other: &SerialNumber) -> Ordering {
    let key = |serial: &SerialNumber| serial.as_be_bytes().len();
    key(one)
        .cmp(&key(other))
        .then_with(|| one.as_be_bytes().cmp(other.as_be_bytes()))
}

/// The entries between what stands before and behind them; a spool that lost or gained octets is an error.
fn copy<S: Read + Seek, W: Write + ?Sized>(
    before: &[u8],
    spool: &mut S,
    octets: usize,
    behind: &[u8],
    out: &mut W,
) -> io::Result<()> {
    spool.rewind()?;
    out.write_all(before)?;
    let mut reader = BufReader::with_capacity(BUFFER_OCTETS, spool);
    let copied = io::copy(&mut reader, out)?;
    if u64::try_from(octets) != Ok(copied) {
        let found = format!("{octets} octets were spooled, {copied} are there");
        return Err(io::Error::new(io::ErrorKind::InvalidData, found));
    }
    out.write_all(behind)
}

fn spooling(error: io::Error) -> CrlError {
    CrlError::Spool {
        reason: error.to_string(),
    }
}

const BUFFER_OCTETS: usize = 1 << 18;
