//! Serial numbers of certificates (RFC 5280 §4.1.2.2) and the policies that draw them.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use rand_core::TryCryptoRng;

pub use derived::{JobSecret, JobSerials};

mod derived;

/// Serial number of a certificate, unique for one issuer ([RFC 5280 §4.1.2.2]).
///
/// Invariant: positive, big-endian without leading zeros, 1 to 20 octets once DER-encoded. They are ordered as numbers.
///
/// [RFC 5280 §4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
#[derive(Clone, Eq, Hash, PartialEq)]
pub struct SerialNumber(Vec<u8>);

/// How an issuer draws its serial numbers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SerialPolicy {
    /// The issuer's own counter; the ledger hands out ranges.
    Sequence {
        /// The first number of a new issuer.
        first: u64,
    },
    /// Random octets from a CSPRNG.
    Random {
        /// Octets drawn, 9 to 20: one bit is spent on the sign, and at least 64 are to be random.
        octets: u8,
    },
}

/// Why octets or a text are no serial number.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SerialNumberError {
    /// The text is neither decimal nor `0x` and hexadecimal digits.
    #[error(
        "{found:?} is not a serial number: decimal digits or 0x and hexadecimal digits are expected"
    )]
    Malformed {
        /// The text that was found.
        found: String,
    },
    /// A policy asks for too few or too many octets.
    #[error("{octets} random octets, allowed {MIN_RANDOM_OCTETS} to {MAX_OCTETS}")]
    PolicyOctets {
        /// The octets asked for.
        octets: u8,
    },
    /// The random number generator failed.
    #[error("the random number generator failed")]
    Rng,
    /// The secret of a job is shorter than 128 bits.
    #[error("job secret of {actual} octets, at least 16 are required")]
    SecretTooShort {
        /// Octets found.
        actual: usize,
    },
    /// A sequence has no number left.
    #[error("the sequence of serial numbers is used up")]
    SequenceEnded,
    /// RFC 5280 §4.1.2.2: CAs MUST NOT use values longer than 20 octets.
    #[error("serial number of {actual} octets, allowed 1 to {MAX_OCTETS}")]
    TooLong {
        /// Octets of the DER content, the sign octet included.
        actual: usize,
    },
    /// RFC 5280 §4.1.2.2: the serial number MUST be a positive integer.
    #[error("serial number 0, at least 1 is required")]
    Zero,
}

impl SerialNumber {
    /// From a big-endian magnitude; leading zeros are dropped.
    ///
    /// # Errors
    /// [`SerialNumberError::Zero`] and [`SerialNumberError::TooLong`].
    pub fn from_be_bytes(octets: &[u8]) -> Result<Self, SerialNumberError> {
        let first = octets.iter().position(|octet| *octet != 0);
        let magnitude = first
            .and_then(|first| octets.get(first..))
            .ok_or(SerialNumberError::Zero)?;
        let sign = usize::from(magnitude.first().is_some_and(|octet| *octet >= 0x80));
        let actual = magnitude.len() + sign;
        if actual > MAX_OCTETS {
            return Err(SerialNumberError::TooLong { actual });
        }
        Ok(Self(magnitude.to_vec()))
    }

    /// From a number, as a sequence counts.
    ///
    /// # Errors
    /// [`SerialNumberError::Zero`].
    pub fn from_u64(number: u64) -> Result<Self, SerialNumberError> {
        Self::from_be_bytes(&number.to_be_bytes())
    }

    /// Draws `octets` random octets, the topmost bit cleared so that no sign octet is needed.
    ///
    /// # Errors
    /// [`SerialNumberError::PolicyOctets`] outside 9 to 20, [`SerialNumberError::Rng`] when the generator fails.
    pub fn random<R: TryCryptoRng + ?Sized>(
        octets: u8,
        rng: &mut R,
    ) -> Result<Self, SerialNumberError> {
        let length = usize::from(octets);
        if !(MIN_RANDOM_OCTETS..=MAX_OCTETS).contains(&length) {
            return Err(SerialNumberError::PolicyOctets { octets });
        }
        let mut drawn = vec![0; length];
        loop {
            rng.try_fill_bytes(&mut drawn)
                .map_err(|_| SerialNumberError::Rng)?;
            if let Some(top) = drawn.first_mut() {
                *top &= 0x7F;
            }
            // All zeros is no serial number: draw again.
            match Self::from_be_bytes(&drawn) {
                Err(SerialNumberError::Zero) => {}
                result => return result,
            }
        }
    }

    /// The number that comes `n` after this one.
    ///
    /// # Errors
    /// [`SerialNumberError::TooLong`] when it needs more than 20 octets.
    pub fn plus(&self, n: u64) -> Result<Self, SerialNumberError> {
        let mut carry = n;
        let mut sum: Vec<u8> = Vec::with_capacity(self.0.len() + 8);
        let mut octets = self.0.iter().rev();
        loop {
            let octet = octets.next();
            if octet.is_none() && carry == 0 {
                break;
            }
            let column = u128::from(carry) + u128::from(octet.copied().unwrap_or(0));
            let [low, ..] = column.to_le_bytes();
            sum.push(low);
            carry = u64::try_from(column >> 8).unwrap_or(u64::MAX);
        }
        sum.reverse();
        Self::from_be_bytes(&sum)
    }

    /// Big-endian magnitude without leading zeros.
    #[must_use]
    pub fn as_be_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The number, when it fits.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        if self.0.len() > 8 {
            return None;
        }
        Some(
            self.0
                .iter()
                .fold(0, |sum, octet| sum << 8 | u64::from(*octet)),
        )
    }

    /// Lower-case hexadecimal of the magnitude, two digits an octet.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

/// Decimal digits, as the vendors' replies write it.
impl Ord for SerialNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        // Without leading zeros the longer number is the greater one.
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for SerialNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Digits of base 10^9, least significant first.
        let mut digits: Vec<u64> = Vec::new();
        for octet in &self.0 {
            let mut carry = u64::from(*octet);
            for digit in &mut digits {
                let sum = (*digit << 8) + carry;
                *digit = sum % BASE;
                carry = sum / BASE;
            }
            if carry > 0 {
                digits.push(carry);
            }
        }
        let mut most_first = digits.iter().rev();
        write!(f, "{}", most_first.next().unwrap_or(&0))?;
        most_first.try_for_each(|digit| write!(f, "{digit:09}"))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

impl FromStr for SerialNumber {
    type Err = SerialNumberError;

    /// Reads decimal digits, or `0x` and hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, SerialNumberError> {
        let malformed = || SerialNumberError::Malformed {
            found: text.chars().take(80).collect(),
        };
        let (digits, radix) = match text.strip_prefix("0x") {
            Some(digits) => (digits, 16),
            None => (text, 10),
        };
        // 60 digits hold more than 20 octets in either radix; longer text is not worth reading.
        if digits.is_empty() || digits.len() > 60 {
            return Err(malformed());
        }
        let mut magnitude: Vec<u8> = Vec::new();
        for digit in digits.chars() {
            let mut carry = digit.to_digit(radix).ok_or_else(malformed)?;
            for octet in magnitude.iter_mut().rev() {
                let sum = u32::from(*octet) * radix + carry;
                *octet = sum.to_le_bytes()[0];
                carry = sum >> 8;
            }
            if carry > 0 {
                magnitude.insert(0, carry.to_le_bytes()[0]);
            }
        }
        Self::from_be_bytes(&magnitude)
    }
}

/// RFC 5280 §4.1.2.2: at most 20 octets.
const MAX_OCTETS: usize = 20;
/// 63 random bits at the least: one bit of eight octets is the sign.
const MIN_RANDOM_OCTETS: usize = 9;
const BASE: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn serial_of_21_octets_is_refused() {
        let error = SerialNumber::from_be_bytes(&[0x80; 20]).unwrap_err(); // high bit: one sign octet more
        assert_eq!(error, SerialNumberError::TooLong { actual: 21 });
        assert!(SerialNumber::from_be_bytes(&[0x7F; 20]).is_ok());
    }

    #[test]
    fn zero_is_refused() {
        assert_eq!(
            SerialNumber::from_be_bytes(&[0, 0]),
            Err(SerialNumberError::Zero)
        );
        assert_eq!("0".parse::<SerialNumber>(), Err(SerialNumberError::Zero));
    }

    #[test]
    fn decimal_and_hexadecimal_go_round() {
        let sample: SerialNumber = "32720".parse().unwrap();
        assert_eq!(sample.as_be_bytes(), [0x7F, 0xD0]);
        assert_eq!(sample.to_string(), "32720");
        assert_eq!(sample.to_u64(), Some(32_720));
        let ca: SerialNumber = "0xADC2B9258043F3C8".parse().unwrap();
        assert_eq!(ca.to_string(), "12520773484760265672");
        assert_eq!(ca.to_hex(), "adc2b9258043f3c8");
        let large: SerialNumber = "1000000000000000000000000000001".parse().unwrap();
        assert_eq!(large.to_string(), "1000000000000000000000000000001");
    }

    #[test]
    fn counting_on_carries_into_new_octets() {
        let serial = |text: &str| text.parse::<SerialNumber>().unwrap();
        assert_eq!(serial("32720").plus(0), Ok(serial("32720")));
        assert_eq!(serial("255").plus(1), Ok(serial("256")));
        assert_eq!(
            serial("1").plus(u64::MAX),
            Ok(serial("18446744073709551616"))
        );
        assert_eq!(
            serial("0xffffffffffffffffff").plus(1),
            Ok(serial("0x1000000000000000000"))
        );
        let last = SerialNumber::from_be_bytes(&[0x7F; 20]).unwrap();
        let last = last.plus(0).unwrap();
        assert!(
            SerialNumber::from_be_bytes(&[0x7F, 0xFF].repeat(10))
                .unwrap()
                .plus(1)
                .is_ok()
        );
        let most = [&[0x7F][..], &[0xFF; 19]].concat();
        let most = SerialNumber::from_be_bytes(&most).unwrap();
        assert_eq!(most.plus(1), Err(SerialNumberError::TooLong { actual: 21 }));
        assert!(last < most);
    }

    #[test]
    fn serials_are_ordered_as_numbers() {
        let serial = |text: &str| text.parse::<SerialNumber>().unwrap();
        let mut serials = ["256", "2", "65536", "255", "10"].map(serial);
        serials.sort();
        assert_eq!(serials, ["2", "10", "255", "256", "65536"].map(serial));
    }

    #[test]
    fn text_that_is_no_serial_is_refused() {
        for text in ["", "-1", "1.5", "0x", "0xg", " 1", "12a"] {
            let error = text.parse::<SerialNumber>().unwrap_err();
            assert_eq!(
                error,
                SerialNumberError::Malformed {
                    found: text.to_owned()
                }
            );
        }
    }

    #[test]
    fn random_serials_have_the_octets_asked_for() {
        let mut rng = ChaCha20Rng::from_seed([7; 32]);
        for _ in 0..200 {
            let serial = SerialNumber::random(20, &mut rng).unwrap();
            assert!(serial.as_be_bytes().len() <= 20);
        }
        assert_eq!(
            SerialNumber::random(8, &mut rng),
            Err(SerialNumberError::PolicyOctets { octets: 8 })
        );
    }
}
