//! Bars over time as SVG, in whole units of its view box.

use crate::http::page::html::Html;

/// Months that share a bar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Step {
    Month,
    Quarter,
    Year,
    Decade,
}

/// What stands over a stretch of time.
#[derive(Debug, Default, Eq, PartialEq)]
struct Bar {
    label: String,
    valid: u64,
    expired: u64,
}

/// The number of a month such as `2027-04`, counted from the year 0.
pub(super) fn month_number(month: &str) -> Option<u64> {
    let (year, month) = month.split_once('-')?;
    let (year, month): (u64, u64) = (year.parse().ok()?, month.parse().ok()?);
    Some(year * 12 + month.checked_sub(1)?)
}

/// Draws months with what is valid and what is expired, in order.
pub(super) fn draw(html: &mut Html, months: &[(u64, u64, u64)]) {
    let (step, bars) = bars(months);
    let highest = bars.iter().map(|bar| bar.valid + bar.expired).max();
    let top = rounded_up(highest.unwrap_or(1));
    let view = format!("0 0 {WIDTH} {HEIGHT}");
    let attributes = [
        ("role", "img"),
        ("aria-labelledby", "chart-title"),
        ("aria-describedby", "chart-text"),
        ("viewBox", view.as_str()),
        ("class", "chart"),
    ];
    html.element("svg", &attributes, |html| {
        html.leaf(
            "title",
            &[("id", "chart-title")],
            "Certificates by the time of their end",
        );
        html.leaf("desc", &[("id", "chart-text")], &told(step, &bars));
        for part in [0, top / 2, top] {
            line(html, part, top);
        }
        let many = u64::try_from(bars.len()).unwrap_or(u64::MAX).max(1);
        let pitch = (WIDTH - LEFT) / many;
        let every = many.div_ceil(LABELS);
        for (at, bar) in (0_u64..).zip(&bars) {
            column(html, bar, LEFT + at * pitch, pitch, top);
            if at.is_multiple_of(every) {
                let x = (LEFT + at * pitch + pitch / 2).to_string();
                let y = (HEIGHT - 10).to_string();
                let place = [("x", x.as_str()), ("y", &y), ("text-anchor", "middle")];
                html.leaf("text", &place, &bar.label);
            }
        }
    });
}

/// As few months to a bar as there is room for, without gaps in time.
fn bars(months: &[(u64, u64, u64)]) -> (Step, Vec<Bar>) {
    let first = months.first().map_or(0, |month| month.0);
    let last = months.last().map_or(first, |month| month.0);
    let fits = |step: &Step| last / step.months() - first / step.months() < MOST_BARS;
    let step = Step::ALL.into_iter().find(fits).unwrap_or(Step::Decade);
    let stretches = first / step.months()..=last / step.months();
    let bars = stretches.map(|stretch| {
        let within = months
            .iter()
            .filter(|month| month.0 / step.months() == stretch);
        within.fold(
            Bar {
                label: step.label(stretch),
                ..Bar::default()
            },
            |bar, (_, valid, expired)| Bar {
                valid: bar.valid + valid,
                expired: bar.expired + expired,
                ..bar
            },
        )
    });
    (step, bars.collect())
}

fn told(step: Step, bars: &[Bar]) -> String {
    let highest = bars.iter().max_by_key(|bar| bar.valid + bar.expired);
    let (Some(first), Some(last), Some(highest)) = (bars.first(), bars.last(), highest) else {
        return "There are none.".to_owned();
    };
    format!(
        "A bar for each {}, from {} to {}; the highest is {} in {}.",
        step.name(),
        first.label,
        last.label,
        highest.valid + highest.expired,
        highest.label
    )
}

fn column(html: &mut Html, bar: &Bar, x: u64, pitch: u64, top: u64) {
    let Bar {
        label,
        valid,
        expired,
    } = bar;
    if valid + expired == 0 {
        return;
    }
    let width = (pitch * 4 / 5).clamp(1, 48);
    let x = (x + (pitch - width) / 2).to_string();
    let width = width.to_string();
    html.element("g", &[], |html| {
        html.leaf(
            "title",
            &[],
            &format!("{label}: {valid} valid, {expired} expired"),
        );
        let mut base = HEIGHT - BOTTOM;
        for (class, count) in [("expired", *expired), ("valid", *valid)] {
            if count == 0 {
                continue;
            }
            // A few beside very many are seen too.
            let height = scaled(count, top).max(2);
            base -= height;
            let (y, height) = (base.to_string(), height.to_string());
            let place = [
                ("class", class),
                ("x", &x),
                ("y", &y),
                ("width", &width),
                ("height", &height),
            ];
            html.void("rect", &place);
        }
    });
}

fn line(html: &mut Html, count: u64, top: u64) {
    let y = HEIGHT - BOTTOM - scaled(count, top);
    let (left, right) = ((LEFT - 6).to_string(), WIDTH.to_string());
    let (at, text) = (y.to_string(), (y + 4).to_string());
    let ends = [
        ("class", "grid"),
        ("x1", left.as_str()),
        ("x2", &right),
        ("y1", &at),
        ("y2", &at),
    ];
    html.void("line", &ends);
    let x = (LEFT - 10).to_string();
    let place = [("x", x.as_str()), ("y", &text), ("text-anchor", "end")];
    html.leaf("text", &place, &count.to_string());
}

fn scaled(count: u64, top: u64) -> u64 {
    let height = u128::from(count) * u128::from(HEIGHT - BOTTOM - ABOVE) / u128::from(top.max(1));
    u64::try_from(height).unwrap_or(u64::MAX)
}

/// The next of 2, 4, 10, 20, 40, 100 and so on, so that the half is a whole number too.
fn rounded_up(count: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for factor in [2, 4, 10] {
            let top = unit.saturating_mul(factor);
            if top >= count || top == u64::MAX {
                return top;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

impl Step {
    const ALL: [Self; 4] = [Self::Month, Self::Quarter, Self::Year, Self::Decade];

    fn months(self) -> u64 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
            Self::Decade => 120,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Decade => "ten years",
        }
    }

    fn label(self, stretch: u64) -> String {
        match self {
            Self::Month => format!("{:04}-{:02}", stretch / 12, stretch % 12 + 1),
            Self::Quarter => format!("{:04} Q{}", stretch / 4, stretch % 4 + 1),
            Self::Year => format!("{stretch:04}"),
            Self::Decade => format!("{:04}s", stretch * 10),
        }
    }
}

const WIDTH: u64 = 960;
const HEIGHT: u64 = 320;
/// What the figures beside the bars take.
const LEFT: u64 = 80;
/// What the figures below them take.
const BOTTOM: u64 = 36;
const ABOVE: u64 = 16;
const MOST_BARS: u64 = 48;
/// Words below the bars at the most.
const LABELS: u64 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_no_gaps_and_are_few_enough_to_be_seen() {
        let month = |text: &str| month_number(text).unwrap();
        let (step, short) = bars(&[(month("2026-12"), 2, 1), (month("2027-03"), 5, 0)]);
        assert_eq!(step, Step::Month);
        let labels: Vec<_> = short.iter().map(|bar| bar.label.as_str()).collect();
        assert_eq!(labels, ["2026-12", "2027-01", "2027-02", "2027-03"]);
        let counts: Vec<_> = short.iter().map(|bar| (bar.valid, bar.expired)).collect();
        assert_eq!(counts, [(2, 1), (0, 0), (0, 0), (5, 0)]);
        let ten_years = [
            (month("2026-12"), 1, 0),
            (month("2027-01"), 2, 0),
            (month("2036-12"), 4, 0),
        ];
        let (step, long) = bars(&ten_years);
        assert_eq!((step, long.len()), (Step::Quarter, 41));
        assert_eq!((long[0].label.as_str(), long[0].valid), ("2026 Q4", 1));
        assert_eq!((long[1].label.as_str(), long[1].valid), ("2027 Q1", 2));
        assert_eq!(long[40].valid, 4);
        let (step, ages) = bars(&[(month("1970-01"), 1, 0), (month("9999-12"), 1, 0)]);
        assert_eq!((step, ages.len()), (Step::Decade, 803));
        assert_eq!(month_number("2027"), None);
    }

    #[test]
    fn the_scale_ends_above_the_highest_bar() {
        let tops = [0, 2, 3, 5, 11, 21, 41, 101].map(rounded_up);
        assert_eq!(tops, [2, 2, 4, 10, 20, 40, 100, 200]);
        assert_eq!(rounded_up(u64::MAX), u64::MAX);
        assert_eq!(scaled(5, 10), (HEIGHT - BOTTOM - ABOVE) / 2);
    }
}
