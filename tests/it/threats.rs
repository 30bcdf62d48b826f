//! Every test that docs/threats.md and docs/testing.md name is there.

use std::collections::BTreeSet;
use std::fs;

use crate::rules::{files, root};

#[test]
fn every_threat_names_tests_that_are_there() {
    let mut tests = BTreeSet::new();
    for folder in ["src", "tests", "crates"] {
        for file in files(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            for after in text.split("#[test]\n").skip(1) {
                let mut lines = after.lines().map(str::trim_start);
                let name = lines.find_map(|line| line.strip_prefix("fn "));
                let name = name.and_then(|name| name.split('(').next());
                tests.extend(name.map(str::to_owned));
            }
        }
    }
    let text = fs::read_to_string(root().join("docs/threats.md")).unwrap();
    let mut rows = 0;
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let last = line.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        if last == "held by" {
            continue;
        }
        rows += 1;
        let named: Vec<_> = last.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test in {line}");
        for name in named {
            assert!(tests.contains(name), "no test {name}: {line}");
        }
    }
    assert!(rows >= 45, "{rows} rows");
}
