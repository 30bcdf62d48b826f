//! Revocation lists as they are published: whole, numbered upwards, when they are due.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::Instant;

use certwright::cert::Certificate;
use certwright::crl::Crl;
use serde_json::Value;

use super::{Folder, fleet};

const RUNS: u32 = 50;

/// A folder with one certificate that is revoked, one on hold and one that is valid, all under the ECC root.
fn folder() -> Folder {
    let folder = Folder::new();
    for (at, device) in ["s1", "s2", "s3"].iter().enumerate() {
        let csr = fleet(&format!("sensor-0{}", at + 1));
        folder.issue(
            &csr,
            &format!("--device-key {device} --issue-authority ECC"),
        );
    }
    for (number, reason) in [(1, 1), (2, 6)] {
        let words =
            format!("revoke enos --cert-sn {number} --device-key s{number} --reason {reason}");
        assert_eq!(folder.words(&words).code, 0);
    }
    folder
}

fn serials(crl: &Crl) -> Vec<u64> {
    crl.entries()
        .map(|entry| entry.serial().to_u64().unwrap())
        .collect()
}

fn number(crl: &Crl) -> u64 {
    crl.number().unwrap().unwrap().to_u64().unwrap()
}

#[test]
fn fifty_kills_leave_whole_lists_with_rising_numbers() {
    let folder = folder();
    let ca = folder.words("ca show ecc-root --pem");
    let ca = Certificate::from_pem(&ca.out).unwrap();
    let publish = "ca crl ecc-root --out ecc.crl --force";
    let began = Instant::now();
    assert_eq!(folder.words(publish).code, 0);
    let lasts = began.elapsed();
    let mut published = folder.read("ecc.crl");
    let mut killed = 0;
    for run in 1..=RUNS {
        let mut child = folder
            .command()
            .args(publish.split_whitespace())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // From the first moment to a little behind the last.
        thread::sleep(lasts * run * 5 / (RUNS * 4));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let found = folder.read("ecc.crl");
        let (before, after) = (
            Crl::from_der(&published).unwrap(),
            Crl::from_der(&found).unwrap(),
        );
        after.verify_signature(ca.public_key()).unwrap();
        assert_eq!(serials(&after), [1, 2]);
        if found != published {
            assert!(number(&after) > number(&before), "run {run}");
        }
        published = found;
    }
    assert!(killed >= RUNS / 4, "only {killed} runs were killed at work");
    let last = number(&Crl::from_der(&published).unwrap());
    assert_eq!(folder.words(publish).code, 0);
    assert!(number(&Crl::from_der(&folder.read("ecc.crl")).unwrap()) > last);
}

#[test]
fn lists_are_published_when_they_are_due() {
    let folder = folder();
    let run = |words: &str| -> Vec<Value> {
        let words = format!("ca crl --all --out-dir crls --json {words}");
        let run = folder.words(&words);
        assert_eq!(run.code, 0, "{}", run.err);
        run.json().as_array().unwrap().clone()
    };
    let why = |told: &[Value]| -> Vec<(String, Value)> {
        let name = |one: &Value| one["name"].as_str().unwrap().to_owned();
        told.iter()
            .map(|one| (name(one), one["reason"].clone()))
            .collect()
    };
    let reasons = |rsa: Value, ecc: Value| {
        let mut reasons = vec![("ecc-root".to_owned(), ecc), ("rsa-root".to_owned(), rsa)];
        reasons.sort_by(|one, other| one.0.cmp(&other.0));
        reasons
    };
    let sorted = |told: &[Value]| {
        let mut told = why(told);
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told
    };
    let none = Value::Null;
    assert_eq!(sorted(&run("")), reasons("first".into(), "first".into()));
    let ecc = Crl::from_der(&folder.read("crls/ecc-root.crl")).unwrap();
    assert_eq!(serials(&ecc), [1, 2]);
    assert_eq!(
        serials(&Crl::from_der(&folder.read("crls/rsa-root.crl")).unwrap()),
        [0_u64; 0]
    );
    assert_eq!(sorted(&run("")), reasons(none.clone(), none.clone()));

    // What is released is absent, and the list is due at once.
    let released = folder.words("release 2 --by tester --json");
    assert_eq!(released.code, 0, "{}", released.err);
    assert_eq!(released.json()["status"], "valid");
    assert_eq!(folder.words("release 2").code, 4, "no longer on hold");
    assert_eq!(folder.words("release 1").code, 4, "revoked for good");
    assert_eq!(sorted(&run("")), reasons(none.clone(), "changed".into()));
    let ecc = Crl::from_der(&folder.read("crls/ecc-root.crl")).unwrap();
    assert_eq!((serials(&ecc), number(&ecc)), (vec![1], 2));

    fs::remove_file(folder.path("crls/rsa-root.crl")).unwrap();
    assert_eq!(sorted(&run("")), reasons("no file".into(), none.clone()));
    // Of an overlap no more than half the list's time counts: thirty days of which none has gone.
    assert_eq!(
        sorted(&run("--overlap-days 60")),
        reasons(none.clone(), none)
    );
    let mut names: Vec<_> = fs::read_dir(folder.path("crls"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["ecc-root.crl", "rsa-root.crl"]);
}

#[test]
fn a_list_on_standard_output_is_the_lists_text() {
    let folder = folder();
    let text = folder.words("ca crl ecc-root --pem --out -");
    assert_eq!(text.code, 0, "{}", text.err);
    let crl = Crl::from_pem(&text.out).unwrap();
    assert_eq!(crl.to_pem().as_bytes(), text.out);
    assert_eq!(serials(&crl), [1, 2]);
}
