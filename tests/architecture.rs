//! Modules depend downwards only: `src/lib.rs` draws the picture, this file holds it. So does it hold the sizes, and
//! who may name a vendor.

#![expect(
    clippy::unwrap_used,
    reason = "a file that cannot be read must fail the test"
)]

use std::fs;
use std::path::{Path, PathBuf};

/// Lowest layer first. Modules of one layer do not see each other.
const LAYERS: &[&[&str]] = &[
    &["oid", "pem", "serial", "time"],
    &["tlv"],
    &["key", "name"],
    &["general_name", "seal"],
    &["ext"],
    &["cert", "crl", "request"],
    &["cms"],
    &["bundle"],
    &["lint"],
    &["profile"],
    &["order"],
    &["issuer"],
    &["vendor"],
    &["ledger"],
    &["workspace"],
    &["service"],
    &["batch"],
    &["http"],
    &["cli"],
];

/// Only `vendor` and what stands above it may say these.
const VENDORS: &[&str] = &["as2expert", "ecgrid", "emca", "enos"];

/// Put together from pieces, so that this file does not name them either.
const REGISTRY_HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("deb.debian", ".org"),
    concat!("npmjs", ".org"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
];

const MAX_LINES: usize = 400;

const MAX_LINES_OF_MAIN: usize = 40;

#[test]
fn modules_depend_downwards() {
    let mut faults = Vec::new();
    for module in LAYERS.concat() {
        for file in module_files(module) {
            let text = fs::read_to_string(&file).unwrap();
            let found = import_faults(module, depth_of(&file), &text);
            faults.extend(found.iter().map(|what| at(&file, what)));
        }
    }
    none(&faults);
}

#[test]
fn every_module_has_a_layer() {
    let src = root().join("src");
    for entry in fs::read_dir(src).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        let known = LAYERS.concat().contains(&module) || ["lib", "main"].contains(&module);
        assert!(known, "{module} is in no layer");
    }
}

#[test]
fn no_file_is_long() {
    let mut faults = Vec::new();
    for file in rust_files(&root().join("src")) {
        let allowed = match file.strip_prefix(root().join("src")).unwrap().to_str() {
            Some("main.rs") => MAX_LINES_OF_MAIN,
            _ => MAX_LINES,
        };
        let lines = before_tests(&file).lines().count();
        if lines > allowed {
            faults.push(at(&file, &format!("{lines} lines, allowed {allowed}")));
        }
    }
    none(&faults);
}

#[test]
fn nothing_below_vendor_names_a_vendor() {
    let mut faults = Vec::new();
    let below = LAYERS.iter().take_while(|layer| **layer != ["vendor"]);
    for module in below.copied().flatten() {
        for file in module_files(module) {
            let code = without_comments(&before_tests(&file)).to_lowercase();
            let named = VENDORS.iter().filter(|vendor| code.contains(**vendor));
            faults.extend(named.map(|vendor| at(&file, &format!("names {vendor}"))));
        }
    }
    none(&faults);
}

#[test]
fn no_file_names_a_registry_host() {
    let mut faults = Vec::new();
    for file in ["src", "tests", "benches", "testdata", ".ci", "ci", "."]
        .iter()
        .flat_map(|folder| texts(&root().join(folder)))
    {
        let text = fs::read_to_string(&file).unwrap();
        let named = REGISTRY_HOSTS.iter().filter(|host| text.contains(**host));
        faults.extend(named.map(|host| at(&file, &format!("names {host}"))));
    }
    none(&faults);
}

#[test]
fn every_way_upwards_is_noticed() {
    let upwards = [
        "use crate::cert::Certificate;",
        "use crate::cert;",
        "use crate::cert as c;",
        "fn f() -> crate::cert::Certificate {}",
        "use crate::name::Name;", // the same layer
        "use super::cert::Certificate;",
        "use super::{cert, oid};",
        "use crate::{cert::Certificate};",
        "use crate::*;",
        "use crate as root;",
        "extern crate self as root;",
        "#[cfg(test)]\nmod tests {\n    use super::super::cert::Certificate;\n}",
    ];
    for code in upwards {
        assert_eq!(import_faults("key", 1, code).len(), 1, "{code}");
    }
    assert_eq!(import_faults("key", 2, "use super::super::cert;").len(), 1);
}

#[test]
fn downwards_is_allowed() {
    let downwards = [
        "use crate::oid::Oid;",
        "use crate::key::engine::Engine;",
        "use crate::certain::Thing;", // a longer name is another name
        "/// See [`crate::cert::Certificate`].\npub(super) fn f() {}",
        "let a = 1; // crate::cert::Certificate",
        "#[cfg(test)]\nmod tests {\n    use super::*;\n}",
    ];
    for code in downwards {
        assert_eq!(import_faults("key", 1, code), Vec::<String>::new());
    }
    assert_eq!(
        import_faults("key", 2, "use super::KeyPair;"),
        Vec::<String>::new()
    );
}

/// What in a file of `module` reaches for a module that does not stand below it.
/// `depth` is 1 for `src/module.rs`, 2 for `src/module/part.rs`.
fn import_faults(module: &str, depth: usize, text: &str) -> Vec<String> {
    let (code, tests) = split_tests(text);
    let mut faults = Vec::new();
    // A path through `super` that leaves the module would hide where it leads; tests sit one module deeper.
    for (part, depth) in [(code, depth), (tests, depth + 1)] {
        if without_comments(part).contains(&"super::".repeat(depth)) {
            faults.push("climbs out of its module: write `crate::`".to_owned());
        }
    }
    let code = without_comments(text);
    for hidden in ["crate::{", "crate::*", "use crate as ", "extern crate "] {
        if code.contains(hidden) {
            faults.push(format!("`{hidden}`: name one module per `use`"));
        }
    }
    let layer = LAYERS.iter().position(|layer| layer.contains(&module));
    let not_below = LAYERS.iter().skip(layer.unwrap()).copied().flatten();
    for other in not_below.filter(|other| **other != module) {
        let used = |end| code.contains(&format!("crate::{other}{end}"));
        if ["::", ";", " as "].into_iter().any(used) {
            faults.push(format!("uses {other}"));
        }
    }
    faults
}

/// Files of one top-level module: `src/module.rs` and all of `src/module/`; none when it is not there yet.
fn module_files(module: &str) -> Vec<PathBuf> {
    let src = root().join("src");
    let mut files = rust_files(&src.join(module));
    files.extend(Some(src.join(format!("{module}.rs"))).filter(|file| file.exists()));
    files
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let is_rust = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "rs");
    walk(folder, true).into_iter().filter(is_rust).collect()
}

/// Text files under a folder; in the root itself only what lies there. Fixtures are not text, lock files name hosts.
fn texts(folder: &Path) -> Vec<PathBuf> {
    let is_text = |file: &PathBuf| {
        let ending = file.extension().and_then(|ending| ending.to_str());
        let texts = [
            None,
            Some("md"),
            Some("py"),
            Some("rs"),
            Some("sh"),
            Some("toml"),
        ];
        texts.contains(&ending)
    };
    let deep = folder != root().join(".");
    walk(folder, deep).into_iter().filter(is_text).collect()
}

fn walk(folder: &Path, deep: bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            files.push(path);
        } else if deep {
            files.extend(walk(&path, deep));
        }
    }
    files
}

/// How many modules deep the file of `src/` lies.
fn depth_of(file: &Path) -> usize {
    let inside = file.strip_prefix(root().join("src")).unwrap();
    inside.components().count()
}

/// The code, and the unit tests that end the file.
fn split_tests(text: &str) -> (&str, &str) {
    let start = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    text.split_at(start)
}

/// The file without its unit tests, which may use any vendor's samples; a file of tests is empty.
fn before_tests(file: &Path) -> String {
    if file.file_stem().is_some_and(|name| name == "tests") {
        return String::new();
    }
    let text = fs::read_to_string(file).unwrap();
    split_tests(&text).0.to_owned()
}

/// The text without comments, so that a doc link is not a dependency.
fn without_comments(text: &str) -> String {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .map(|line| line.split_once(" // ").map_or(line, |(code, _)| code));
    code.collect::<Vec<_>>().join("\n")
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn at(file: &Path, what: &str) -> String {
    format!("{}: {what}", file.strip_prefix(root()).unwrap().display())
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
