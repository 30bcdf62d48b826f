//! How a batch tells on standard error how far it is.

use std::io::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;

use crate::batch::{Progress, Unwatched};

/// How to tell how far a batch is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(in crate::cli) enum How {
    /// A bar on a terminal, a line a minute elsewhere.
    Auto,
    /// A JSON object a second.
    Json,
    /// A line a minute.
    Line,
    /// Not at all.
    None,
}

impl How {
    /// Someone who watches, and knows how many rows were done before.
    pub(super) fn watch(self, is_terminal: bool, before: u64) -> Box<dyn Progress> {
        match self {
            Self::Auto if is_terminal => Box::new(Bar::new(before)),
            Self::Auto | Self::Line => Box::new(Told::new(before, MINUTE, line)),
            Self::Json => Box::new(Told::new(before, SECOND, object)),
            Self::None => Box::new(Unwatched),
        }
    }
}

/// Where a batch stands.
struct Standing {
    done: u64,
    rejected: u64,
    total: Option<u64>,
    rows_per_second: u64,
    seconds_left: Option<u64>,
}

/// Tells from time to time.
struct Told {
    begun: Instant,
    before: u64,
    every: Duration,
    last: Instant,
    tell: fn(&Standing) -> String,
}

impl Told {
    fn new(before: u64, every: Duration, tell: fn(&Standing) -> String) -> Self {
        let begun = Instant::now();
        Self {
            begun,
            before,
            every,
            last: begun,
            tell,
        }
    }

    fn standing(&self, done: u64, rejected: u64, total: Option<u64>) -> Standing {
        let milliseconds = self.begun.elapsed().as_millis().max(1);
        let milliseconds = u64::try_from(milliseconds).unwrap_or(u64::MAX);
        let own = done.saturating_sub(self.before);
        let rate = own.saturating_mul(1000).checked_div(milliseconds);
        let rate = rate.unwrap_or(0);
        let left = total.map(|total| total.saturating_sub(done));
        Standing {
            done,
            rejected,
            total,
            rows_per_second: rate,
            seconds_left: left.and_then(|left| left.checked_div(rate)),
        }
    }
}

impl Progress for Told {
    fn slice_done(&mut self, done: u64, rejected: u64, total: Option<u64>) {
        if self.last.elapsed() < self.every {
            return;
        }
        self.last = Instant::now();
        let text = (self.tell)(&self.standing(done, rejected, total));
        // Whoever does not read how far it is does not stop it.
        let _unread = writeln!(std::io::stderr().lock(), "{text}");
    }
}

fn line(standing: &Standing) -> String {
    let Standing {
        done,
        rejected,
        total,
        rows_per_second,
        seconds_left,
    } = standing;
    let mut text = match total {
        Some(total) => format!("{done} of {total} rows"),
        None => format!("{done} rows"),
    };
    text.push_str(&format!(", {rejected} refused, {rows_per_second} a second"));
    if let Some(left) = seconds_left {
        text.push_str(&format!(", {} min {} s left", left / 60, left % 60));
    }
    text
}

fn object(standing: &Standing) -> String {
    let Standing {
        done,
        rejected,
        total,
        rows_per_second,
        seconds_left,
    } = standing;
    json!({
        "rows": done, "rejected": rejected, "total": total, "rowsPerSecond": rows_per_second,
        "secondsLeft": seconds_left,
    })
    .to_string()
}

/// A bar on the terminal: rows, rate, time left.
struct Bar(ProgressBar);

impl Bar {
    fn new(before: u64) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        bar.set_position(before);
        bar.reset_eta();
        Self(bar)
    }

    fn style(total: Option<u64>) -> Option<ProgressStyle> {
        let template = match total {
            Some(_) => "{bar:30} {pos}/{len} rows, {per_sec}, {eta} left, {msg}",
            None => "{spinner} {pos} rows, {per_sec}, {msg}",
        };
        ProgressStyle::with_template(template).ok()
    }
}

impl Progress for Bar {
    fn slice_done(&mut self, done: u64, rejected: u64, total: Option<u64>) {
        if let Some(style) = Self::style(total) {
            self.0.set_style(style);
        }
        if let Some(total) = total {
            self.0.set_length(total.max(done));
        }
        self.0.set_message(format!("{rejected} refused"));
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_standing_is_told_as_a_line_and_as_an_object() {
        let standing = Standing {
            done: 512,
            rejected: 3,
            total: Some(1024),
            rows_per_second: 4,
            seconds_left: Some(128),
        };
        assert_eq!(
            line(&standing),
            "512 of 1024 rows, 3 refused, 4 a second, 2 min 8 s left"
        );
        assert_eq!(
            object(&standing),
            r#"{"rejected":3,"rows":512,"rowsPerSecond":4,"secondsLeft":128,"total":1024}"#
        );
    }
}
