//! What was measured, as text and as JSON.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::measure::{Measured, Row, Spread};

/// Rates, and how many times a library's rate certwright's is, within each round.
pub(crate) fn text(measured: &Measured) -> String {
    let mut out = format!("{}\n", measured.work);
    let ours: Vec<&Row> = measured
        .rows
        .iter()
        .filter(|row| row.engine.starts_with("certwright"))
        .collect();
    for row in &measured.rows {
        let Spread { min, median, max } = Spread::of(row.rates.iter().copied());
        let _ = write!(
            out,
            "  {:22} {median:>11.1} /s ({min:.1} to {max:.1})",
            row.engine
        );
        if !row.engine.starts_with("certwright") {
            for our in &ours {
                let ratios = our.rates.iter().zip(&row.rates).map(|(a, b)| a / b);
                let Spread { min, median, max } = Spread::of(ratios);
                let _ = write!(
                    out,
                    "   {} {median:.2} x ({min:.2} to {max:.2})",
                    our.engine
                );
            }
        }
        out.push('\n');
    }
    out
}

/// `{"work": {"engine": {"min", "median", "max"}}}`.
pub(crate) fn json(measured: &[Measured]) -> Value {
    let mut works = Map::new();
    for Measured { work, rows } in measured {
        let mut engines = Map::new();
        for row in rows {
            let Spread { min, median, max } = Spread::of(row.rates.iter().copied());
            let spread = json!({"min": round(min), "median": round(median), "max": round(max)});
            engines.insert(row.engine.to_owned(), spread);
        }
        works.insert((*work).to_owned(), Value::Object(engines));
    }
    Value::Object(works)
}

fn round(rate: f64) -> f64 {
    (rate * 100.0).round() / 100.0
}
