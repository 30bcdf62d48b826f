//! Every row of a vendor's table of rules names a test that is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_rule_of_every_vendor_has_its_test() {
    for (vendor, at_least) in VENDORS {
        let mut tests = tests_of(&root().join("src"), vendor);
        tests.extend(tests_of(&root().join("tests"), vendor));
        let file = format!("docs/vendors/{vendor}.md");
        let text = fs::read_to_string(root().join(file)).unwrap();
        let rows = rows_of(&text, "## Field, rule, test");
        for row in &rows {
            let last = row.last().unwrap();
            let named: Vec<_> = last.split('`').skip(1).step_by(2).collect();
            assert!(!named.is_empty(), "{vendor}: no test in {row:?}");
            for name in named {
                assert!(tests.contains(name), "{vendor}: no test {name}: {row:?}");
            }
        }
        assert!(rows.len() >= at_least, "{vendor}: {} rows", rows.len());
    }
}

/// A test may stand in the engine or under the vendor; one of the same name under another vendor is another test.
fn is_of_another(path: &Path, vendor: &str) -> bool {
    let below = path.strip_prefix(root()).unwrap();
    let parts = below.iter().filter_map(|part| Path::new(part).file_stem());
    let mut others = parts.filter(|part| *part != vendor);
    others.any(|part| VENDORS.iter().any(|(other, _)| part == *other))
}

#[test]
fn a_test_of_another_vendor_proves_nothing() {
    let is_of_another = |path: &str| is_of_another(&root().join(path), "emca");
    assert!(is_of_another("src/vendor/ecgrid/tests.rs"));
    assert!(is_of_another("src/service/ecgrid.rs"));
    assert!(is_of_another("tests/interop/enos.rs"));
    assert!(!is_of_another("src/vendor/emca/tests.rs"));
    assert!(!is_of_another("tests/interop/emca.rs"));
    assert!(!is_of_another("src/cms/signed/tests.rs"));
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

/// The names of all functions that a `#[test]` stands above, without those of other vendors.
fn tests_of(folder: &Path, vendor: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files(folder) {
        if is_of_another(&file, vendor) {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for after in text.split("#[test]\n").skip(1) {
            // Other attributes may stand between.
            let mut lines = after.lines().map(str::trim_start);
            let name = lines.find_map(|line| line.strip_prefix("fn "));
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

/// The vendors, and how many rows their tables have: none is lost unseen.
const VENDORS: [(&str, usize); 4] = [
    ("as2expert", 37),
    ("ecgrid", 56),
    ("emca", 64),
    ("enos", 50),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
