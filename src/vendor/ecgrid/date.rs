//! Dates as the vendor's clients write them.
//!
//! The vendor says that all its times are UTC, so a time without a zone is one in UTC. Fractions of a second, which
//! .NET writes and X.509 cannot, are dropped.

use crate::time::UnixSeconds;

/// Reads `xsd:dateTime` or ISO 8601: `2026-05-07T00:00:00Z`, with fraction, offset or neither, or a date alone.
pub(super) fn iso(text: &str) -> Option<UnixSeconds> {
    let text = text.trim();
    if text.len() == 10 {
        return format!("{text}T00:00:00Z").parse().ok();
    }
    let (whole, rest) = text.split_at_checked(19)?;
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
        None => rest,
    };
    let zone = if rest.is_empty() { "Z" } else { rest };
    // An upper-case T is what the parser wants and what every client writes.
    format!("{whole}{zone}").parse().ok()
}

/// Reads what a .NET client writes in the HTTP POST binding, where dates are text of the machine's culture: the
/// American `5/7/2026 12:00:00 AM`, as well as what [`iso`] reads.
pub(super) fn culture(text: &str) -> Option<UnixSeconds> {
    iso(text).or_else(|| american(text.trim()))
}

fn american(text: &str) -> Option<UnixSeconds> {
    let mut words = text.split_ascii_whitespace();
    let (date, time, half) = (words.next()?, words.next(), words.next());
    if words.next().is_some() {
        return None;
    }
    let [month, day, year] = numbers(date, '/')?;
    let [hour, minute, second] = match time {
        Some(time) => numbers(time, ':')?,
        None => [0, 0, 0],
    };
    let hour = match half {
        None => hour,
        Some(half) if (1..=12).contains(&hour) => {
            let morning = hour % 12;
            match half.to_ascii_uppercase().as_str() {
                "AM" => morning,
                "PM" => morning + 12,
                _ => return None,
            }
        }
        Some(_) => return None,
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
        .parse()
        .ok()
}

fn numbers(text: &str, separator: char) -> Option<[u16; 3]> {
    let number = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let parts: Option<Vec<u16>> = text.split(separator).map(number).collect();
    parts?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(at: Option<UnixSeconds>) -> String {
        at.map_or_else(|| "none".to_owned(), |at| at.to_string())
    }

    #[test]
    fn a_time_without_a_zone_is_in_utc_and_fractions_are_dropped() {
        for (text, expected) in [
            ("2026-05-07T00:00:00Z", "2026-05-07T00:00:00Z"),
            ("2026-05-07T00:00:00", "2026-05-07T00:00:00Z"),
            ("2026-05-07", "2026-05-07T00:00:00Z"),
            ("2026-05-07T01:02:03.4567890Z", "2026-05-07T01:02:03Z"),
            ("2026-05-07T01:02:03.4", "2026-05-07T01:02:03Z"),
            ("2026-05-07T01:02:03.4+02:00", "2026-05-06T23:02:03Z"),
            (" 2026-05-07T01:02:03-05:00 ", "2026-05-07T06:02:03Z"),
            ("2026-02-29", "none"),
            ("2026-05-07T01:02:03.", "none"),
            ("2026-05-07T25:00:00Z", "none"),
            ("5/7/2026", "none"),
            ("tomorrow", "none"),
            ("", "none"),
        ] {
            assert_eq!(shown(iso(text)), expected, "{text}");
        }
    }

    #[test]
    fn the_post_binding_reads_american_dates_too() {
        for (text, expected) in [
            ("5/7/2026 12:00:00 AM", "2026-05-07T00:00:00Z"),
            ("5/7/2026 12:30:00 PM", "2026-05-07T12:30:00Z"),
            ("12/31/2026 11:59:59 pm", "2026-12-31T23:59:59Z"),
            ("05/07/2026", "2026-05-07T00:00:00Z"),
            ("5/7/2026 13:00:00", "2026-05-07T13:00:00Z"),
            ("2026-05-07T00:00:00Z", "2026-05-07T00:00:00Z"),
            ("13/7/2026", "none"),
            ("5/7/2026 13:00:00 PM", "none"),
            ("5/7/2026 0:00:00 AM", "none"),
            ("5/7/2026 1:00:00 XM", "none"),
            ("5/7", "none"),
            ("5/7/2026 1:00:00 AM UTC", "none"),
        ] {
            assert_eq!(shown(culture(text)), expected, "{text}");
        }
    }
}
