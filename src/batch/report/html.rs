//! `report.html`: the report as one page that needs nothing else, light or dark as its reader has it.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::Report;

/// The page.
pub(in crate::batch) fn page(report: &Report) -> String {
    let mut page = String::from(HEAD);
    let planned = if report.plan { "Plan: " } else { "" };
    let title = match report.rejected {
        0 => format!("{} issued", grouped(report.issued)),
        rejected => format!(
            "{} issued, {} rejected",
            grouped(report.issued),
            grouped(rejected)
        ),
    };
    put(
        &mut page,
        format_args!("<title>Batch: {planned}{title}</title></head><body><main>"),
    );
    put(&mut page, format_args!("<h1>{planned}{title}</h1>"));
    facts(&mut page, report);
    rate(&mut page, &report.pace);
    bars(&mut page, "Rejections by rule", &report.by_rule, true);
    bars(
        &mut page,
        "Certificates by their last day",
        &report.by_last_day,
        false,
    );
    bars(
        &mut page,
        "Certificates by kind of key",
        &report.by_key,
        true,
    );
    bars(&mut page, "Artefacts", &report.by_artefact, true);
    page.push_str("</main></body></html>\n");
    page
}

fn facts(page: &mut String, report: &Report) {
    let serials = match (&report.lowest_serial, &report.highest_serial) {
        (Some(lowest), Some(highest)) => format!("{lowest} to {highest}"),
        _ => "none".to_owned(),
    };
    let replayed = match report.replayed {
        0 => String::new(),
        replayed => grouped(replayed),
    };
    let unused = report.unused_keys.iter();
    let unused: Vec<_> = unused
        .map(|(kind, count)| format!("{} {kind}", grouped(*count)))
        .collect();
    let facts = [
        ("Rows", grouped(report.rows)),
        ("Issued", grouped(report.issued)),
        ("Replayed", replayed),
        ("Rejected", grouped(report.rejected)),
        ("Keys thrown away", unused.join(", ")),
        ("For", report.vendor.clone()),
        ("As", report.artefacts.join(", ")),
        ("Shard", report.shard.clone().unwrap_or_default()),
        ("Serial numbers", serials),
        ("Seconds", format!("{:.1}", report.seconds)),
        ("Rows a second", grouped(report.rows_per_second)),
        ("Threads", report.threads.to_string()),
    ];
    page.push_str("<dl>");
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        put(
            page,
            format_args!("<div><dt>{name}</dt><dd>{}</dd></div>", text(value)),
        );
    }
    page.push_str("</dl>");
}

/// Rows a second between one point and the next.
fn rate(page: &mut String, pace: &[(u64, u64)]) {
    let mut before = (0, 0);
    let mut rates: Vec<(u64, u64)> = Vec::with_capacity(pace.len());
    for point in pace {
        let milliseconds = point.0.saturating_sub(before.0);
        let rows = point.1.saturating_sub(before.1);
        if let Some(rate) = rows.saturating_mul(1000).checked_div(milliseconds) {
            rates.push((point.0, rate));
            before = *point;
        }
    }
    let (Some((end, _)), Some(most)) = (
        rates.last().copied(),
        rates.iter().map(|(_, rate)| *rate).max(),
    ) else {
        return;
    };
    put(
        page,
        format_args!(
            "<h2>Rows a second over time</h2><svg viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-label=\"at most {most} rows a second in {end} ms\">",
            WIDTH + 20,
            HEIGHT + 40
        ),
    );
    let mut points = format!("10,{}", HEIGHT + 10);
    for (at, rate) in &rates {
        let x = 10 + scaled(*at, end, WIDTH);
        let y = 10 + HEIGHT - scaled(*rate, most, HEIGHT);
        put(&mut points, format_args!(" {x},{y}"));
    }
    put(&mut points, format_args!(" {},{}", WIDTH + 10, HEIGHT + 10));
    put(
        page,
        format_args!(
            "<polygon points=\"{points}\"/><text x=\"10\" y=\"24\">{} a second</text>\
         <text x=\"10\" y=\"{y}\">0 s</text><text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{} s</text></svg>",
            grouped(most),
            end.div_ceil(1000),
            x = WIDTH + 10,
            y = HEIGHT + 30,
        ),
    );
}

/// A bar for each name; the longest first, or in the order of their names.
fn bars(page: &mut String, title: &str, counts: &BTreeMap<String, u64>, longest_first: bool) {
    let mut bars: Vec<_> = counts.iter().collect();
    if longest_first {
        bars.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    }
    let Some(most) = bars.iter().map(|(_, count)| **count).max() else {
        return;
    };
    let left_out = bars.len().saturating_sub(MAX_BARS);
    bars.truncate(MAX_BARS);
    let height = bars.len() * BAR;
    put(
        page,
        format_args!(
            "<h2>{title}</h2><svg viewBox=\"0 0 {} {height}\" role=\"img\" aria-label=\"{title}\">",
            WIDTH + 20
        ),
    );
    for (at, (name, count)) in bars.iter().enumerate() {
        let y = at * BAR;
        let width = scaled(**count, most, BAR_WIDTH).max(1);
        put(
            page,
            format_args!(
                "<text x=\"10\" y=\"{}\">{}</text><rect x=\"300\" y=\"{}\" width=\"{width}\" height=\"16\" rx=\"2\"/>\
             <text x=\"{}\" y=\"{}\">{}</text>",
                y + 18,
                text(name),
                y + 5,
                308 + width,
                y + 18,
                grouped(**count),
            ),
        );
    }
    page.push_str("</svg>");
    if left_out > 0 {
        put(
            page,
            format_args!("<p>and {left_out} more in report.json</p>"),
        );
    }
}

/// A part of a length, in whole units.
fn scaled(part: u64, whole: u64, length: u64) -> u64 {
    let scaled = u128::from(part) * u128::from(length);
    let scaled = scaled.checked_div(u128::from(whole)).unwrap_or(0);
    u64::try_from(scaled).unwrap_or(length)
}

/// With thin spaces between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202F}');
        }
        text.push(digit);
    }
    text
}

/// As HTML.
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn put(to: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _infallible = to.write_fmt(arguments);
}

const WIDTH: u64 = 760;
const HEIGHT: u64 = 160;
const BAR_WIDTH: u64 = 360;
const BAR: usize = 26;
const MAX_BARS: usize = 60;

const HEAD: &str = "<!DOCTYPE html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">
<style>
:root { color-scheme: light dark; --ink: #1d2433; --faint: #5b6577; --ground: #fff; --mark: #2f6fde; --line: #dfe3ea }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ef; --faint: #9aa5b8; --ground: #14181f; --mark: #6aa1ff; --line: #2c3442 }
}
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 800px; margin: 0 auto; padding: 24px 16px }
h1 { font-size: 28px; margin: 0 0 16px } h2 { font-size: 18px; margin: 32px 0 8px }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(170px, 1fr)); gap: 12px; margin: 0 }
dl div { border-top: 2px solid var(--line); padding-top: 6px } dt { color: var(--faint); font-size: 13px }
dd { margin: 0; overflow-wrap: anywhere } svg { width: 100%; height: auto }
rect, polygon { fill: var(--mark) } polygon { fill-opacity: .35; stroke: var(--mark) }
text { fill: var(--ink); font-size: 14px }
</style>
";
