//! `validity` and `validFrom`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{GrammarError, parts};
use crate::time::{Lifetime, UnixSeconds};

/// Days of the longest validity (vendor page, `validity`).
pub const MAX_DAYS: u64 = 36_135;

/// How far a profile's clock is ahead of UTC; the vendor does not say which zone `validFrom` is in.
///
/// Invariant: at most 14 hours either way.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct UtcOffset {
    minutes: i32,
}

/// Reads `dd:hh:mm:ss`: days 0 to [`MAX_DAYS`], hours to 23, minutes and seconds to 59, more than nothing in all.
///
/// # Errors
/// [`GrammarError`].
pub fn validity(text: &str) -> Result<Lifetime, GrammarError> {
    let fields: Vec<_> = parts(text, ':').collect();
    let [days, hours, minutes, seconds] = fields.as_slice() else {
        let reason = format!("{} fields, expected dd:hh:mm:ss", fields.len());
        return Err(GrammarError::at(0, reason));
    };
    let days = number(*days, 1..=5, "days", 0..=MAX_DAYS)?;
    let hours = number(*hours, 1..=2, "hours", 0..=23)?;
    let minutes = number(*minutes, 1..=2, "minutes", 0..=59)?;
    let seconds = number(*seconds, 1..=2, "seconds", 0..=59)?;
    let total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    Lifetime::from_seconds(total).map_err(|_| GrammarError::at(0, "no time at all"))
}

/// Reads `dd:MM:yyyy HH:mm:ss`, as every sample has it, or the same with a colon before the time, as the table of
/// parameters has it; the text is in the profile's zone.
///
/// # Errors
/// [`GrammarError`], also for a day that the calendar does not have, and for times before 1970.
pub fn valid_from(text: &str, zone: UtcOffset) -> Result<UnixSeconds, GrammarError> {
    let fields: Vec<_> = match text.split_once(' ') {
        Some((date, time)) => {
            let start = date.chars().count() + 1;
            let of_time = parts(time, ':').map(|(at, field)| (start + at, field));
            parts(date, ':').chain(of_time).collect()
        }
        None => parts(text, ':').collect(),
    };
    let [day, month, year, hour, minute, second] = fields.as_slice() else {
        let reason = format!("{} fields, expected dd:MM:yyyy HH:mm:ss", fields.len());
        return Err(GrammarError::at(0, reason));
    };
    let field = |given: &(usize, &str), digits: usize, name, allowed| {
        number(*given, digits..=digits, name, allowed)
    };
    let day = field(day, 2, "day", 1..=31)?;
    let month = field(month, 2, "month", 1..=12)?;
    let year = field(year, 4, "year", 1970..=9999)?;
    let hour = field(hour, 2, "hour", 0..=23)?;
    let minute = field(minute, 2, "minute", 0..=59)?;
    let second = field(second, 2, "second", 0..=59)?;
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}");
    let at: Result<UnixSeconds, _> = text.parse();
    at.map_err(|_| GrammarError::at(0, "a day that is not in the calendar, or not after 1970"))
}

/// Decimal digits, so many of them, within a range.
fn number(
    (at, text): (usize, &str),
    digits: std::ops::RangeInclusive<usize>,
    name: &str,
    allowed: std::ops::RangeInclusive<u64>,
) -> Result<u64, GrammarError> {
    let foreign = text.chars().position(|c| !c.is_ascii_digit());
    if let Some(offset) = foreign {
        let found = text.chars().nth(offset).unwrap_or_default();
        return Err(GrammarError::at(
            at + offset,
            format!("{found:?} among the digits of {name}"),
        ));
    }
    if !digits.contains(&text.len()) {
        let reason = match (digits.start(), digits.end()) {
            (least, most) if least == most => format!("{name} has {least} digits"),
            (least, most) => format!("{name} has {least} to {most} digits"),
        };
        return Err(GrammarError::at(at, reason));
    }
    let value: u64 = text.parse().unwrap_or(u64::MAX);
    if allowed.contains(&value) {
        return Ok(value);
    }
    let (least, most) = (allowed.start(), allowed.end());
    Err(GrammarError::at(
        at,
        format!("{name} {value}, allowed {least} to {most}"),
    ))
}

/// RFC 3339 `time-numoffset`.
impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minutes < 0 { '-' } else { '+' };
        let minutes = self.minutes.abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

impl FromStr for UtcOffset {
    type Err = GrammarError;

    /// Reads `+05:30`, `-03:00` or `Z`.
    fn from_str(text: &str) -> Result<Self, GrammarError> {
        if text == "Z" {
            return Ok(Self::default());
        }
        let malformed = || GrammarError::at(0, "an offset is written +05:30, -03:00 or Z");
        let (sign, digits) = text.split_at_checked(1).ok_or_else(malformed)?;
        let (hours, minutes) = digits.split_once(':').ok_or_else(malformed)?;
        let two = |part: &str, most: i32| {
            let plain = part.len() == 2 && part.bytes().all(|octet| octet.is_ascii_digit());
            part.parse().ok().filter(|value| plain && *value <= most)
        };
        let (hours, minutes): (Option<i32>, Option<i32>) = (two(hours, 14), two(minutes, 59));
        let minutes = hours
            .zip(minutes)
            .map(|(hours, minutes)| hours * 60 + minutes);
        let minutes = minutes
            .filter(|minutes| *minutes <= 14 * 60)
            .ok_or_else(malformed)?;
        match sign {
            "+" => Ok(Self { minutes }),
            "-" => Ok(Self { minutes: -minutes }),
            _ => Err(malformed()),
        }
    }
}

impl TryFrom<String> for UtcOffset {
    type Error = GrammarError;

    fn try_from(text: String) -> Result<Self, GrammarError> {
        text.parse()
    }
}

impl From<UtcOffset> for String {
    fn from(offset: UtcOffset) -> Self {
        offset.to_string()
    }
}
