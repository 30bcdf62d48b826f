//! The tables of errors in docs/vendors against what the clients met: each says which client provokes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

/// A row of a table of errors.
struct Row {
    vendor: &'static str,
    code: String,
    /// The sentence, with `…` for what varies.
    sentence: String,
    /// The clients that provoke it.
    by: BTreeSet<String>,
    /// Why none does.
    reason: Option<String>,
}

impl Row {
    /// `| code | sentence | clients |`, where `none: …` stands for clients when there are none.
    fn of(vendor: &'static str, line: &str) -> Self {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [code, sentence, by] = cells[..] else {
            panic!("{vendor}: {line}")
        };
        let plain = |text: &str| text.trim_matches('`').to_owned();
        let reason = by.strip_prefix("none: ").map(str::to_owned);
        let by = match reason {
            Some(_) => BTreeSet::new(),
            None => by.split(", ").map(plain).collect(),
        };
        let (code, sentence) = (plain(code), plain(sentence));
        Self {
            vendor,
            code,
            sentence,
            by,
            reason,
        }
    }

    fn says(&self, message: &str) -> bool {
        let mut parts = self.sentence.split('…');
        let Some(rest) = message.strip_prefix(parts.next().unwrap_or_default()) else {
            return false;
        };
        let mut rest = Some(rest);
        for part in parts {
            rest = rest.and_then(|rest| Some(rest.split_at(rest.find(part)? + part.len()).1));
        }
        rest.is_some_and(|rest| rest.is_empty() || self.sentence.ends_with('…'))
    }
}

/// Compares what clients met, which they wrote to their folder, with what the tables say that they meet: no row without
/// its clients or a reason, nothing met that is not documented.
pub(super) fn every_documented_refusal_was_met(folder: &Path, clients: &[&str]) {
    let rows = documented();
    let mut met: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    let text = fs::read_to_string(folder.join("met.jsonl")).unwrap();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| line.get(name).and_then(Value::as_str).unwrap();
        let is_it = |row: &Row| {
            let same = (row.vendor, row.code.as_str()) == (field("vendor"), field("code"));
            same && row.says(field("msg"))
        };
        let row = rows.iter().position(is_it);
        let row = row.unwrap_or_else(|| panic!("not in docs/vendors: {line}"));
        met.entry(row).or_default().insert(field("by").to_owned());
    }
    let mut wrong = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let found = met.remove(&at).unwrap_or_default();
        let ran = |client: &&String| clients.contains(&client.as_str());
        let said: BTreeSet<_> = row.by.iter().filter(ran).cloned().collect();
        if row.by.is_empty() && row.reason.is_none() || found != said {
            let (vendor, code, sentence) = (row.vendor, &row.code, &row.sentence);
            wrong.push(format!(
                "{vendor}: {code} {sentence}: the table says {said:?}, met by {found:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn documented() -> Vec<Row> {
    let mut rows = Vec::new();
    for vendor in ["as2expert", "ecgrid", "emca", "enos"] {
        let path = format!("docs/vendors/{vendor}.md");
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let text = fs::read_to_string(path).unwrap();
        let (_, rest) = text.split_once("\n## Errors\n").unwrap();
        let section = rest.split("\n## ").next().unwrap();
        let mut table = section.lines().filter(|line| line.starts_with('|')).skip(2);
        let before = rows.len();
        rows.extend(table.by_ref().map(|line| Row::of(vendor, line)));
        assert!(rows.len() > before, "{vendor} has no table");
    }
    rows
}
