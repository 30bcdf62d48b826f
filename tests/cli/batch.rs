//! Batches: exit codes, the report, and output that does not depend on threads.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::{Folder, testdata};

/// Every file below a folder with its octets, by its path in it, in order.
fn tree(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            tree(root, &path, files);
        } else {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            files.push((name, fs::read(&path).unwrap()));
        }
    }
}

fn certificates(folder: &Folder, out: &str) -> Vec<(String, Vec<u8>)> {
    let root = folder.path(out).join("certs");
    let mut files = Vec::new();
    tree(&root, &root, &mut files);
    files
}

#[test]
fn a_folder_is_issued_whole_and_alike_with_one_thread_and_with_eight() {
    let folder = Folder::new();
    assert_eq!(folder.words("init --workspace one").code, 0);
    let mut files = Vec::new();
    tree(&folder.path("one"), &folder.path("one"), &mut files);
    for (name, octets) in files {
        let path = folder.path("eight").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, octets).unwrap();
        private(&path);
    }
    let fleet = testdata("enos/fleet");
    for (workspace, threads) in [("one", "1"), ("eight", "8")] {
        let out = format!("out-{workspace}");
        let fixed = [
            "--not-before",
            "2026-01-01T00:00:00Z",
            "--serial-start",
            "1000",
        ];
        let head = [
            "batch",
            fleet.to_str().unwrap(),
            "--vendor",
            "enos",
            "--json",
        ];
        let place = [
            "--workspace",
            workspace,
            "--threads",
            threads,
            "--out",
            &out,
        ];
        let more = ["--artefacts", "pem,p7b"];
        let run = folder.run(head.iter().chain(&fixed).chain(&place).chain(&more));
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(run.json()["issued"], 18);
        assert_eq!(run.json()["lowestSerial"], "1000");
        assert_eq!(run.json()["highestSerial"], "1017");
        assert!(folder.path(&out).join("report.json").exists());
        assert_eq!(run.err, "", "no progress bar without a terminal");
    }
    let one = certificates(&folder, "out-one");
    assert_eq!(one.len(), 36);
    assert_eq!(one, certificates(&folder, "out-eight"));
}

#[cfg(unix)]
fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[cfg(not(unix))]
fn private(_path: &Path) {}

/// A reader types them one after the other.
#[test]
fn the_batches_that_the_readme_shows_run_from_its_folder() {
    let folder = Folder::new();
    let root = testdata("..");
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let lines = readme.lines().filter_map(|line| {
        let line = line
            .strip_prefix("cargo run -- ")
            .or_else(|| line.strip_prefix("certwright "))?;
        line.starts_with("batch ").then_some(line)
    });
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        let words = line.replace(" testdata/", &format!(" {}/testdata/", root.display()));
        let run = folder.words(&words);
        assert_eq!(run.code, 0, "{line}: {}", run.err);
    }
    assert_eq!(certificates(&folder, "out").len(), 18);
    assert_eq!(certificates(&folder, "out2").len(), 18 * 4);
}

#[test]
fn a_bad_row_fails_alone() {
    let folder = Folder::new();
    let csr = |name: &str| fs::read_to_string(testdata(name)).unwrap();
    let row = |device: &str, csr: String| {
        json!({ "orgId": "o", "productKey": "open", "deviceKey": device, "csr": csr }).to_string()
    };
    let good = row("good", csr("enos/fleet/boiler-01.csr.pem"));
    let bad = row("bad", csr("enos/bad/rsa-1024.csr.pem"));
    folder.write("job.jsonl", format!("{bad}\n{good}\n"));
    let run = folder.words("batch job.jsonl --vendor enos --out out");
    assert_eq!(run.code, 3, "{}", run.err);
    let rejected = String::from_utf8(folder.read("out/rejected.jsonl")).unwrap();
    let rejected: Value = serde_json::from_str(&rejected).unwrap();
    assert_eq!(rejected["row"], 1);
    assert_eq!(rejected["rowKey"], "bad");
    assert_eq!(rejected["findings"][0]["rule"], "enos.key");
    let issued = certificates(&folder, "out");
    assert_eq!(issued.len(), 1);
    assert!(issued[0].0.ends_with("/good.pem"), "{}", issued[0].0);
    assert_eq!(folder.listed().len(), 1);

    folder.write("none.jsonl", format!("{bad}\n{{\"csr\":1}}\n"));
    let run = folder.words("batch none.jsonl --vendor enos --out none --json");
    assert_eq!(run.code, 4, "{}", run.err);
    assert_eq!(run.json()["rejected"], 2);
    assert_eq!(certificates(&folder, "none"), []);
    assert_eq!(folder.listed().len(), 1);
}

#[test]
fn a_job_that_cannot_begin_makes_nothing() {
    let folder = Folder::new();
    folder.write("job.txt", "{}");
    folder.write("empty.jsonl", "");
    folder.write("full/mine", "mine");
    for (words, code) in [
        ("batch job.txt --vendor enos --out out", 2),
        ("batch job.txt --vendor enos", 2),
        ("batch job.txt --vendor nobody --out out", 2),
        ("batch full --vendor ecgrid --out out", 2),
        ("batch full --vendor enos --out out --artefacts key", 2),
        (
            "batch job.txt --format jsonl --vendor enos --out out --artefacts key --sink tar",
            2,
        ),
        (
            "batch job.txt --format jsonl --vendor enos --out out --plain-keys",
            2,
        ),
        ("batch - --vendor enos --out out", 2),
        ("batch job.txt --vendor enos --out out --sink zip", 2),
        ("batch job.txt --vendor enos --out out --threads 0", 2),
        (
            "batch job.txt --vendor enos --out out --format jsonl --threads 1025",
            2,
        ),
        (
            "batch job.txt --vendor enos --out out --format jsonl --default csr=x",
            2,
        ),
        ("batch nowhere.jsonl --vendor enos --out out", 1),
        ("batch empty.jsonl --vendor enos --out out", 1),
        ("batch job.txt --format jsonl --vendor enos --out full", 1),
    ] {
        let run = folder.words(words);
        assert_eq!(run.code, code, "{words}: {}", run.err);
        assert_eq!(run.out, b"", "{words}");
    }
    assert_eq!(folder.read("full/mine"), b"mine");
    assert_eq!(folder.names(), ["empty.jsonl", "full", "job.txt"]);
    assert!(!folder.path("certwright-workspace").exists());
}
