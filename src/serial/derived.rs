//! Serial numbers that follow from a job and its rows, so that a row which is worked on twice gets the same number twice.

use std::fmt;

use pbkdf2::hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{MAX_OCTETS, MIN_RANDOM_OCTETS, SerialNumber, SerialNumberError};

/// What only those who work on a job know: without it nobody foresees its serial numbers.
///
/// Invariant: 16 octets at the least.
pub struct JobSecret(Zeroizing<Vec<u8>>);

/// The serial numbers of one job, for policies that draw them at random.
///
/// `HMAC-SHA-256(secret, "certwright job" ‖ id ‖ start)` keys the job, and `HMAC-SHA-256(job, row ‖ row key)` is a row's
/// number: its first octets, as many as the policy draws, the topmost bit cleared. Texts have their length in octets before
/// them and numbers are of eight octets, big-endian. Whoever does not know the secret cannot tell them from random ones.
pub struct JobSerials(Zeroizing<[u8; 32]>);

impl JobSecret {
    /// The secret of these octets, as they are.
    ///
    /// # Errors
    /// [`SerialNumberError::SecretTooShort`].
    pub fn new(octets: Zeroizing<Vec<u8>>) -> Result<Self, SerialNumberError> {
        match octets.len() {
            actual if actual < MIN_SECRET_OCTETS => {
                Err(SerialNumberError::SecretTooShort { actual })
            }
            _ => Ok(Self(octets)),
        }
    }
}

impl JobSerials {
    /// Of the job with this name that begins at this second, counted from 1970 on.
    #[must_use]
    pub fn new(secret: &JobSecret, id: &str, start_seconds: u64) -> Self {
        let start = start_seconds.to_be_bytes();
        Self(mac(&secret.0, [LABEL, &length(id), id.as_bytes(), &start]))
    }

    /// The number of a row, of so many octets.
    ///
    /// # Errors
    /// [`SerialNumberError::PolicyOctets`] outside 9 to 20.
    pub fn serial(
        &self,
        octets: u8,
        row: u64,
        row_key: &str,
    ) -> Result<SerialNumber, SerialNumberError> {
        let n = usize::from(octets);
        if !(MIN_RANDOM_OCTETS..=MAX_OCTETS).contains(&n) {
            return Err(SerialNumberError::PolicyOctets { octets });
        }
        let row = row.to_be_bytes();
        let parts: [&[u8]; 3] = [&row, &length(row_key), row_key.as_bytes()];
        let drawn = mac(self.0.as_slice(), parts);
        let mut drawn: Vec<u8> = drawn.iter().copied().take(n).collect();
        if let Some(top) = drawn.first_mut() {
            *top &= 0x7F;
        }
        SerialNumber::from_be_bytes(&drawn)
    }

    /// A short text by which two jobs are told apart; nothing follows from it.
    #[must_use]
    pub fn mark(&self) -> String {
        let mark = mac(self.0.as_slice(), [MARK]);
        mark.iter()
            .take(8)
            .map(|octet| format!("{octet:02x}"))
            .collect()
    }
}

impl fmt::Debug for JobSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JobSecret([elided])")
    }
}

impl fmt::Debug for JobSerials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JobSerials([elided])")
    }
}

fn length(text: &str) -> [u8; 8] {
    u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes()
}

fn mac<'a>(key: &[u8], parts: impl IntoIterator<Item = &'a [u8]>) -> Zeroizing<[u8; 32]> {
    // RFC 2104 §2: keys longer than a block are hashed first, so that every length is one.
    let mut block = Zeroizing::new([0; BLOCK_OCTETS]);
    let hashed;
    let key = match key.len() > BLOCK_OCTETS {
        true => {
            hashed = Zeroizing::new(<[u8; 32]>::from(<Sha256 as sha2::Digest>::digest(key)));
            hashed.as_slice()
        }
        false => key,
    };
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    parts.into_iter().for_each(|part| mac.update(part));
    Zeroizing::new(mac.finalize().into_bytes().into())
}

const LABEL: &[u8] = b"certwright job";
const MARK: &[u8] = b"certwright job mark";
const BLOCK_OCTETS: usize = 64;
/// 128 bits, if they are random.
const MIN_SECRET_OCTETS: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn serials(secret: &[u8], id: &str) -> JobSerials {
        let secret = JobSecret::new(secret.to_vec().into()).unwrap();
        JobSerials::new(&secret, id, 1_767_323_045)
    }

    #[test]
    fn a_number_follows_from_secret_job_and_row() {
        let of = |secret: &[u8], id: &str, row, key: &str| {
            serials(secret, id).serial(16, row, key).unwrap()
        };
        let one = of(&[7; 16], "night-1", 1, "dk1");
        // Python: hmac.digest(hmac.digest(bytes([7] * 16), b"certwright job" + pack(">Q7sQ", 7, b"night-1", 1767323045),
        // "sha256"), pack(">QQ3s", 1, 3, b"dk1"), "sha256")[:16], topmost bit cleared.
        assert_eq!(one.to_hex(), "754b4ce7dca39d236b89884319caba05");
        for other in [
            of(&[8; 16], "night-1", 1, "dk1"),
            of(&[7; 16], "night-2", 1, "dk1"),
            of(&[7; 16], "night-1", 2, "dk1"),
            of(&[7; 16], "night-1", 1, "dk2"),
            of(&[7; 100], "night-1", 1, "dk1"),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn numbers_are_positive_and_as_long_as_the_policy_says() {
        let serials = serials(&[1; 32], "n");
        for octets in [9, 20] {
            let longest = (1..200)
                .map(|row| serials.serial(octets, row, "k").unwrap())
                .inspect(|serial| assert!(serial.as_be_bytes().len() <= usize::from(octets)))
                .inspect(|serial| {
                    let short = serial.as_be_bytes().len() < usize::from(octets);
                    assert!(short || serial.as_be_bytes()[0] < 0x80);
                })
                .map(|serial| serial.as_be_bytes().len())
                .max();
            assert_eq!(longest, Some(usize::from(octets)));
        }
        let refused = serials.serial(8, 1, "k").unwrap_err();
        assert_eq!(refused, SerialNumberError::PolicyOctets { octets: 8 });
        let short = JobSecret::new(vec![0; 15].into()).unwrap_err();
        assert_eq!(short, SerialNumberError::SecretTooShort { actual: 15 });
    }
}
