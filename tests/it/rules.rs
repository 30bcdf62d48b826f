//! Every row of a vendor's table of rules names a test that is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_rule_of_emca_has_its_test() {
    let text = fs::read_to_string(root().join("docs/vendors/emca.md")).unwrap();
    let tests = tests_of(&root().join("src"));
    let mut rows = 0;
    for row in rows_of(&text, "## Field, rule, test") {
        let last = row.last().unwrap();
        let named: Vec<_> = last.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test in {row:?}");
        for name in named {
            assert!(tests.contains(name), "no test {name}: {row:?}");
        }
        rows += 1;
    }
    assert!(rows >= 40, "{rows} rows");
}

/// The cells of the table under a heading, without its two head lines.
fn rows_of(text: &str, heading: &str) -> Vec<Vec<String>> {
    let section = text.split_once(heading).unwrap().1;
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    rows.map(|row| {
        let cells = row.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// The names of all functions that a `#[test]` stands above.
fn tests_of(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files(folder) {
        let text = fs::read_to_string(&file).unwrap();
        for after in text.split("#[test]\n").skip(1) {
            let name = after.trim_start().strip_prefix("fn ");
            let name = name.and_then(|name| name.split('(').next());
            names.extend(name.map(str::to_owned));
        }
    }
    names
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
