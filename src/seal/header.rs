//! The header: a file key, wrapped by what scrypt makes of a passphrase, and a MAC over all of it.

use std::io::Read;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use hkdf::Hkdf;
use hkdf::hmac::{Hmac, Mac};
use rand_core::TryCryptoRng;
use scrypt::Params;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{SealError, WorkFactor};
use crate::key::Passphrase;

/// The key that all others of a file follow from.
pub(super) struct FileKey(Zeroizing<[u8; FILE_KEY_OCTETS]>);

impl FileKey {
    pub(super) fn draw<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0; FILE_KEY_OCTETS]);
        fill(key.as_mut_slice(), rng)?;
        Ok(Self(key))
    }

    pub(super) fn payload_key(&self, nonce: &[u8; NONCE_OCTETS]) -> Zeroizing<[u8; 32]> {
        self.derive(Some(nonce), b"payload")
    }

    fn derive(&self, salt: Option<&[u8]>, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // HKDF-SHA-256 fails for more than 8,160 octets only.
        let _enough = Hkdf::<Sha256>::new(salt, self.0.as_slice()).expand(info, key.as_mut_slice());
        key
    }

    /// Over the header up to and with the three hyphens of its last line.
    fn mac(&self, header: &str) -> Hmac<Sha256> {
        let key = self.derive(None, b"header");
        // HMAC pads a short key with zeros to a block of the hash.
        let mut block = Zeroizing::new([0; 64]);
        let parts = block.iter_mut().zip(key.iter());
        parts.for_each(|(place, octet)| *place = *octet);
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        mac.update(header.as_bytes());
        mac
    }
}

pub(super) fn fill<R: TryCryptoRng + ?Sized>(
    into: &mut [u8],
    rng: &mut R,
) -> Result<(), SealError> {
    rng.try_fill_bytes(into)
        .map_err(|error| SealError::Rng(error.to_string().into()))
}

pub(super) fn write(
    file_key: &FileKey,
    passphrase: &Passphrase,
    work_factor: WorkFactor,
    salt: &[u8; SALT_OCTETS],
) -> Result<String, SealError> {
    let wrapping = wrapping(passphrase, work_factor, salt)?;
    let wrapped = wrapping.encrypt(&Nonce::default(), file_key.0.as_slice());
    let wrapped = wrapped.map_err(|_| SealError::Changed)?;
    let salt = STANDARD_NO_PAD.encode(salt);
    let factor = work_factor.log2_n();
    let wrapped = STANDARD_NO_PAD.encode(wrapped);
    let head = format!("{VERSION}\n{RECIPIENT}{salt} {factor}\n{wrapped}\n{END}");
    let mac = STANDARD_NO_PAD.encode(file_key.mac(&head).finalize().into_bytes());
    Ok(format!("{head} {mac}\n"))
}

/// Reads the header of a file that one passphrase opens, and nothing behind it.
pub(super) fn read(from: &mut impl Read, passphrase: &Passphrase) -> Result<FileKey, SealError> {
    let no = |what| SealError::Header { what };
    if line(from)? != VERSION {
        return Err(no("it does not begin with age-encryption.org/v1"));
    }
    let recipient = line(from)?;
    let stanza = recipient.strip_prefix(RECIPIENT);
    let stanza = stanza.and_then(|stanza| stanza.split_once(' '));
    let (salt, factor) =
        stanza.ok_or_else(|| no("it is sealed for a key, not with a passphrase"))?;
    let plain = factor.bytes().all(|digit| digit.is_ascii_digit()) && !factor.starts_with('0');
    let factor: u8 = plain
        .then(|| factor.parse().ok())
        .flatten()
        .ok_or_else(|| no("its work factor is not a number"))?;
    let work_factor = WorkFactor::new(factor).ok_or(SealError::WorkFactor {
        found: factor,
        allowed: WorkFactor::MAX.log2_n(),
    })?;
    let salt_octets: [u8; SALT_OCTETS] =
        decode(salt).ok_or_else(|| no("its salt is not 16 octets"))?;
    let wrapped = line(from)?;
    let wrapped_octets: [u8; WRAPPED_OCTETS] =
        decode(&wrapped).ok_or_else(|| no("its wrapped key is not 32 octets"))?;
    let end = line(from)?;
    let mac = end
        .strip_prefix(END)
        .and_then(|rest| rest.strip_prefix(' '));
    let mac = mac.ok_or_else(|| no("it has more than one recipient"))?;
    let mac: [u8; MAC_OCTETS] = decode(mac).ok_or_else(|| no("its MAC is not 32 octets"))?;

    let wrapping = wrapping(passphrase, work_factor, &salt_octets)?;
    let opened = wrapping.decrypt(&Nonce::default(), wrapped_octets.as_slice());
    let opened = Zeroizing::new(opened.map_err(|_| SealError::Passphrase)?);
    let mut key = Zeroizing::new([0; FILE_KEY_OCTETS]);
    let parts = key.iter_mut().zip(opened.iter());
    parts.for_each(|(place, octet)| *place = *octet);
    let key = FileKey(key);
    let head = format!("{VERSION}\n{recipient}\n{wrapped}\n{END}");
    let right = key.mac(&head).verify_slice(&mac);
    right.map_err(|_| SealError::Changed)?;
    Ok(key)
}

fn wrapping(
    passphrase: &Passphrase,
    work_factor: WorkFactor,
    salt: &[u8; SALT_OCTETS],
) -> Result<ChaCha20Poly1305, SealError> {
    let kdf = |error: &dyn std::fmt::Display| SealError::Kdf {
        reason: error.to_string(),
    };
    let params = Params::new(work_factor.log2_n(), 8, 1).map_err(|error| kdf(&error))?;
    let mut label = SALT_LABEL.to_vec();
    label.extend_from_slice(salt);
    let mut key = Zeroizing::new([0; 32]);
    let password = passphrase.expose_secret().as_bytes();
    scrypt::scrypt(password, &label, &params, key.as_mut_slice()).map_err(|error| kdf(&error))?;
    Ok(ChaCha20Poly1305::new((&*key).into()))
}

/// A line without its end. Octet by octet, since what follows the header is not text.
fn line(from: &mut impl Read) -> Result<String, SealError> {
    let mut line = Vec::new();
    let mut octet = [0];
    loop {
        match from.read_exact(&mut octet) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(SealError::Header {
                    what: "it ends in its header",
                });
            }
            read => read.map_err(SealError::Io)?,
        }
        match octet {
            [b'\n'] => break,
            [other] => line.push(other),
        }
        if line.len() > MAX_LINE_OCTETS {
            return Err(SealError::Header {
                what: "its header has a longer line than any that is known",
            });
        }
    }
    String::from_utf8(line).map_err(|_| SealError::Header {
        what: "its header is not text",
    })
}

/// Canonical base64 without padding.
fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    STANDARD_NO_PAD.decode(text).ok()?.try_into().ok()
}

pub(super) const SALT_OCTETS: usize = 16;
pub(super) const NONCE_OCTETS: usize = 16;
const FILE_KEY_OCTETS: usize = 16;
const WRAPPED_OCTETS: usize = 32;
const MAC_OCTETS: usize = 32;
const MAX_LINE_OCTETS: usize = 256;

const VERSION: &str = "age-encryption.org/v1";
const RECIPIENT: &str = "-> scrypt ";
const END: &str = "---";
const SALT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
