//! Spans of time and days as they are typed.

use crate::time::{Lifetime, UnixSeconds};

/// Reads RFC 3339, or a day (UTC), of which the first second counts.
pub(super) fn first_second(text: &str) -> Result<UnixSeconds, String> {
    time(text, "T00:00:00Z")
}

/// As [`first_second`], of a day the last second.
pub(super) fn last_second(text: &str) -> Result<UnixSeconds, String> {
    time(text, "T23:59:59Z")
}

fn time(text: &str, of_day: &str) -> Result<UnixSeconds, String> {
    let is_day = text.len() == 10;
    let whole = if is_day {
        format!("{text}{of_day}")
    } else {
        text.to_owned()
    };
    whole.parse().map_err(|_| {
        format!("{text:?} is no time: say 2026-01-31T12:00:00Z, or a day as 2026-01-31")
    })
}

/// Reads a number of days, hours or weeks: `30d`, `12h`, `6w`.
pub(super) fn span(text: &str) -> Result<Lifetime, String> {
    let seconds = text.char_indices().next_back().and_then(|(at, unit)| {
        let number: u64 = text.get(..at)?.parse().ok()?;
        let unit = match unit {
            'h' => 3600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return None,
        };
        number.checked_mul(unit)
    });
    let span = seconds.and_then(|seconds| Lifetime::from_seconds(seconds).ok());
    span.ok_or_else(|| format!("{text:?} is no span of time: say 30d, 12h or 6w"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_spans_are_read() {
        let at = |text: &str| text.parse::<UnixSeconds>().unwrap();
        assert_eq!(first_second("2026-01-31"), Ok(at("2026-01-31T00:00:00Z")));
        assert_eq!(last_second("2026-01-31"), Ok(at("2026-01-31T23:59:59Z")));
        assert_eq!(
            last_second("2026-01-31T05:06:07Z"),
            Ok(at("2026-01-31T05:06:07Z"))
        );
        assert!(first_second("2026-02-30").is_err());
        assert!(first_second("tomorrow").is_err());
        assert_eq!(span("30d"), Ok(Lifetime::from_days(30).unwrap()));
        assert_eq!(span("2w"), Ok(Lifetime::from_days(14).unwrap()));
        assert_eq!(span("48h"), Ok(Lifetime::from_days(2).unwrap()));
        for bad in [
            "",
            "d",
            "30",
            "-1d",
            "1m",
            "0d",
            "99999999999999999999d",
            "3ä",
        ] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
