//! Bars of rates, on a logarithmic scale, as SVG.

use std::fmt::Write;

use serde_json::Value;

use crate::Failure;

const ROW: f64 = 16.0;
const LABEL: f64 = 190.0;
const BARS: f64 = 430.0;
const PANEL: f64 = LABEL + BARS + 90.0;

/// One panel beside the other, each with a title and what `--json` prints.
pub(crate) fn svg(panels: &[(String, Value)]) -> Result<String, Failure> {
    let mut body = String::new();
    let mut height = 0.0_f64;
    for (i, (title, works)) in panels.iter().enumerate() {
        let x = PANEL * i as f64;
        writeln!(body, r#"<g transform="translate({x} 0)">"#)?;
        writeln!(
            body,
            r#"<text x="10" y="20" class="title">{title}: operations per second and core, logarithmic</text>"#
        )?;
        height = height.max(panel(&mut body, works)?);
        writeln!(body, "</g>")?;
    }
    let width = PANEL * panels.len() as f64;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\">\n\
         <style>text{{font:12px sans-serif;fill:#222}}.title{{font-weight:bold;font-size:14px}}.work{{font-weight:bold}}\
         .ours{{fill:#1a6fb5}}.peer{{fill:#b9c3cc}}line{{stroke:#222}}</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n{body}</svg>\n"
    ))
}

fn panel(body: &mut String, works: &Value) -> Result<f64, Failure> {
    let mut y = 44.0;
    for (work, engines) in works.as_object().into_iter().flatten() {
        writeln!(body, r#"<text x="10" y="{y}" class="work">{work}</text>"#)?;
        y += ROW;
        let mut rows: Vec<(&String, [f64; 3])> = engines
            .as_object()
            .into_iter()
            .flatten()
            .map(|(engine, spread)| {
                (
                    engine,
                    ["min", "median", "max"].map(|key| spread[key].as_f64().unwrap_or(f64::NAN)),
                )
            })
            .collect();
        rows.sort_by(|a, b| b.1[1].total_cmp(&a.1[1]));
        let least = rows
            .iter()
            .map(|row| row.1[1])
            .fold(f64::INFINITY, f64::min)
            / 2.0;
        let most = rows.iter().map(|row| row.1[2]).fold(0.0, f64::max);
        let place = |rate: f64| (rate.max(least) / least).ln() / (most / least).ln() * BARS;
        for (engine, [min, median, max]) in rows {
            let class = if engine.starts_with("certwright") {
                "ours"
            } else {
                "peer"
            };
            let (bar, left, right) = (place(median), LABEL + place(min), LABEL + place(max));
            let middle = y - 4.0;
            writeln!(body, r#"<text x="20" y="{y}">{engine}</text>"#)?;
            writeln!(
                body,
                r#"<rect x="{LABEL}" y="{:.1}" width="{bar:.1}" height="11" class="{class}"/>"#,
                y - 10.0
            )?;
            writeln!(
                body,
                r#"<line x1="{left:.1}" x2="{right:.1}" y1="{middle:.1}" y2="{middle:.1}"/>"#
            )?;
            writeln!(
                body,
                r#"<text x="{:.1}" y="{y}">{}</text>"#,
                right + 5.0,
                thousands(median)
            )?;
            y += ROW;
        }
        y += ROW / 2.0;
    }
    Ok(y)
}

fn thousands(rate: f64) -> String {
    if rate < 100.0 {
        return format!("{rate:.1}");
    }
    let digits = format!("{rate:.0}");
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
