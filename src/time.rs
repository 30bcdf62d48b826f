//! Points in time and spans: whole seconds, as X.509 knows them (RFC 5280 §4.1.2.5).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use der::DateTime;

/// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Invariant: at most 9999-12-31T23:59:59Z, the last second that RFC 5280 §4.1.2.5 can write.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixSeconds(u64);

/// A span of whole seconds.
///
/// Invariant: at least one second.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Lifetime(u64);

/// The period for which a certificate is meant to be used (RFC 5280 §4.1.2.5).
///
/// Invariant: `not_before` is not after `not_after`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Validity {
    not_before: UnixSeconds,
    not_after: UnixSeconds,
}

/// Why a time, a span or a validity cannot be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TimeError {
    /// The text is not an RFC 3339 date and time.
    #[error("{found:?} is not an RFC 3339 time: one such as 2020-01-06T10:46:33Z is expected")]
    Malformed {
        /// The text that was found.
        found: String,
    },
    /// RFC 5280 cannot write this second.
    #[error("{seconds} seconds after 1970 lie past 9999-12-31T23:59:59Z")]
    OutOfRange {
        /// Seconds since 1970.
        seconds: u64,
    },
    /// The end lies before the start.
    #[error("notAfter {not_after} lies before notBefore {not_before}")]
    Reversed {
        /// The start that was asked for.
        not_before: UnixSeconds,
        /// The end that was asked for.
        not_after: UnixSeconds,
    },
    /// A span of no time.
    #[error("a lifetime of zero seconds")]
    Zero,
}

impl UnixSeconds {
    /// 9999-12-31T23:59:59Z, which RFC 5280 §4.1.2.5 also reads as "no well-defined expiration".
    pub const MAX: Self = Self(253_402_300_799);

    /// 1970-01-01T00:00:00Z.
    pub const MIN: Self = Self(0);

    /// A second after 1970.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] past the year 9999.
    pub fn new(seconds: u64) -> Result<Self, TimeError> {
        if seconds > Self::MAX.0 {
            return Err(TimeError::OutOfRange { seconds });
        }
        Ok(Self(seconds))
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// This second and `lifetime` more.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] past the year 9999.
    pub fn plus(self, lifetime: Lifetime) -> Result<Self, TimeError> {
        Self::new(self.0.saturating_add(lifetime.0))
    }

    /// The same day and time of day so many calendar years later; 29 February becomes the 28th in a year without it.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] past the year 9999.
    pub fn plus_years(self, years: u16) -> Result<Self, TimeError> {
        let out_of_range = || TimeError::OutOfRange {
            seconds: Self::MAX.0.saturating_add(1),
        };
        let text = self.to_string();
        let rest = text.get(4..).ok_or_else(out_of_range)?;
        let year = self.year().checked_add(years);
        let year = year.filter(|year| *year <= 9999).ok_or_else(out_of_range)?;
        format!("{year:04}{rest}").parse().or_else(|_| {
            let rest = rest.replacen("-02-29", "-02-28", 1);
            format!("{year:04}{rest}").parse()
        })
    }

    /// The time from `earlier` until now, `None` when there is none.
    #[must_use]
    pub fn since(self, earlier: Self) -> Option<Lifetime> {
        self.0
            .checked_sub(earlier.0)
            .and_then(|seconds| Lifetime::from_seconds(seconds).ok())
    }

    /// The form that the ASN.1 library works with; the invariant makes it infallible.
    pub(crate) fn to_asn1(self) -> Result<DateTime, der::Error> {
        DateTime::from_unix_duration(Duration::from_secs(self.0))
    }

    /// The calendar year in UTC, which decides between `UTCTime` and `GeneralizedTime`.
    #[must_use]
    pub fn year(self) -> u16 {
        self.to_asn1().map_or(9999, |at| at.year())
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_asn1().map_err(|_| fmt::Error)?.fmt(f)
    }
}

impl FromStr for UnixSeconds {
    type Err = TimeError;

    /// Reads RFC 3339 (`2020-01-06T10:46:33Z`, `2020-01-06T18:46:33+08:00`); fractions of a second are refused.
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let malformed = || TimeError::Malformed {
            found: text.to_owned(),
        };
        let (local, offset) = split_offset(text).ok_or_else(malformed)?;
        let at: DateTime = format!("{local}Z").parse().map_err(|_| malformed())?;
        let seconds = at.unix_duration().as_secs();
        let utc = seconds.checked_add_signed(-offset).ok_or_else(malformed)?;
        Self::new(utc)
    }
}

/// Splits `2020-01-06T18:46:33+08:00` into the local time and the offset in seconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    let local = text.get(..19)?;
    let zone = text.get(19..)?;
    if zone == "Z" || zone == "z" {
        return Some((local, 0));
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    let two_digits = |part: &str, max: i64| -> Option<i64> {
        let plain = part.len() == 2 && part.bytes().all(|octet| octet.is_ascii_digit());
        part.parse().ok().filter(|value| plain && *value <= max)
    };
    Some((
        local,
        sign * (two_digits(hours, 23)? * 3600 + two_digits(minutes, 59)? * 60),
    ))
}

impl Lifetime {
    /// A span in seconds.
    ///
    /// # Errors
    /// [`TimeError::Zero`] for no time at all.
    pub fn from_seconds(seconds: u64) -> Result<Self, TimeError> {
        if seconds == 0 {
            return Err(TimeError::Zero);
        }
        Ok(Self(seconds))
    }

    /// A span of days, each 86,400 seconds.
    ///
    /// # Errors
    /// [`TimeError::Zero`] for no day.
    pub fn from_days(days: u32) -> Result<Self, TimeError> {
        Self::from_seconds(u64::from(days) * SECONDS_PER_DAY)
    }

    /// The span in seconds.
    #[must_use]
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// Whole days of 86,400 seconds, the rest dropped.
    #[must_use]
    pub fn whole_days(self) -> u64 {
        self.0 / SECONDS_PER_DAY
    }
}

impl Validity {
    /// From one second to another, both included.
    ///
    /// # Errors
    /// [`TimeError::Reversed`] when the end lies before the start.
    pub fn new(not_before: UnixSeconds, not_after: UnixSeconds) -> Result<Self, TimeError> {
        if not_after < not_before {
            return Err(TimeError::Reversed {
                not_before,
                not_after,
            });
        }
        Ok(Self {
            not_before,
            not_after,
        })
    }

    /// From `not_before` to the same second of the clock `lifetime` later.
    ///
    /// # Errors
    /// [`TimeError::OutOfRange`] past the year 9999.
    pub fn starting(not_before: UnixSeconds, lifetime: Lifetime) -> Result<Self, TimeError> {
        Self::new(not_before, not_before.plus(lifetime)?)
    }

    /// First second of the period.
    #[must_use]
    pub fn not_before(self) -> UnixSeconds {
        self.not_before
    }

    /// Last second of the period.
    #[must_use]
    pub fn not_after(self) -> UnixSeconds {
        self.not_after
    }

    /// Whether `at` lies in the period.
    #[must_use]
    pub fn contains(self, at: UnixSeconds) -> bool {
        self.not_before <= at && at <= self.not_after
    }
}

const SECONDS_PER_DAY: u64 = 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc_3339_goes_round() {
        let at: UnixSeconds = "2020-01-06T10:46:33Z".parse().unwrap();
        assert_eq!(at.seconds(), 1_578_307_593);
        assert_eq!(at.to_string(), "2020-01-06T10:46:33Z");
        assert_eq!("2020-01-06T18:46:33+08:00".parse(), Ok(at));
        assert_eq!("2020-01-06T09:16:33-01:30".parse(), Ok(at));
        assert_eq!("9999-12-31T23:59:59Z".parse(), Ok(UnixSeconds::MAX));
        assert_eq!(
            "2024-02-29T00:00:00Z".parse(),
            UnixSeconds::new(1_709_164_800)
        );
    }

    #[test]
    fn calendar_years_keep_the_day_but_for_the_29th_of_february() {
        let at = |text: &str| text.parse::<UnixSeconds>().unwrap();
        for (from, years, to) in [
            ("2026-05-07T01:02:03Z", 2, "2028-05-07T01:02:03Z"),
            ("2024-02-29T01:02:03Z", 2, "2026-02-28T01:02:03Z"),
            ("2024-02-29T01:02:03Z", 4, "2028-02-29T01:02:03Z"),
            ("9997-01-01T00:00:00Z", 2, "9999-01-01T00:00:00Z"),
        ] {
            assert_eq!(at(from).plus_years(years), Ok(at(to)));
        }
        assert!(at("9998-01-01T00:00:00Z").plus_years(2).is_err());
        assert!(at("2026-01-01T00:00:00Z").plus_years(u16::MAX).is_err());
    }

    #[test]
    fn text_that_is_no_time_is_refused() {
        for text in [
            "",
            "2020-01-06",
            "2020-01-06 10:46:33Z",
            "2020-01-06T10:46:33",
            "2020-13-06T10:46:33Z",
            "2023-02-29T00:00:00Z",
            "2020-01-06T10:46:33.5Z",
            "2020-01-06T10:46:33+8:00",
            "2020-01-06T10:46:33+24:00",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "２020-01-06T10:46:33Z",
        ] {
            assert!(text.parse::<UnixSeconds>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_year_9999_is_the_last() {
        let past = UnixSeconds::MAX.seconds() + 1;
        assert_eq!(
            UnixSeconds::new(past),
            Err(TimeError::OutOfRange { seconds: past })
        );
        let day = Lifetime::from_days(1).unwrap();
        assert!(UnixSeconds::MAX.plus(day).is_err());
    }

    #[test]
    fn a_reversed_validity_is_refused() {
        let early = UnixSeconds::new(10).unwrap();
        let late = UnixSeconds::new(11).unwrap();
        assert_eq!(
            Validity::new(late, early),
            Err(TimeError::Reversed {
                not_before: late,
                not_after: early
            })
        );
        assert!(Validity::new(early, early).is_ok());
    }

    #[test]
    fn a_lifetime_has_at_least_a_second() {
        assert_eq!(Lifetime::from_days(0), Err(TimeError::Zero));
        assert_eq!(Lifetime::from_days(250).unwrap().seconds(), 21_600_000);
        assert_eq!(Lifetime::from_seconds(86_401).unwrap().whole_days(), 1);
    }
}
