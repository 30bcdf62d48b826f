//! Near-misses: each file breaks one rule, and `check` finds it.

use serde_json::Value;

use super::{Folder, Run};

const AT: &str = "2026-03-04T05:06:07Z";

const VENDORS: [&str; 4] = ["enos", "emca", "ecgrid", "as2expert"];

/// Makes the near-misses of a vendor in `out`, and gives the index.
fn make(folder: &Folder, vendor: &str, out: &str) -> Vec<Value> {
    let run = folder.words(&format!(
        "near-miss --vendor {vendor} --out {out} --seed test --at {AT} --json"
    ));
    assert_eq!(run.code, 0, "{}", run.err);
    let index: Value = serde_json::from_slice(&folder.read(&format!("{out}/index.json"))).unwrap();
    assert_eq!(index, run.json());
    assert_eq!(index["vendor"], vendor);
    assert_eq!(index["at"], AT);
    index["files"].as_array().unwrap().clone()
}

fn check(folder: &Folder, vendor: &str, files: &[String], more: &str) -> Run {
    let words = format!("check --vendor {vendor} {} {more}", files.join(" "));
    folder.words(&words)
}

#[test]
fn check_finds_the_rule_that_each_file_breaks() {
    let folder = Folder::new();
    for vendor in VENDORS {
        let index = make(&folder, vendor, vendor);
        let files: Vec<_> = index
            .iter()
            .map(|entry| format!("{vendor}/{}", entry["file"].as_str().unwrap()))
            .collect();
        let run = check(&folder, vendor, &files, &format!("--at {AT} --json"));
        assert_eq!(run.code, 4, "{}", run.err);
        let checked = run.json();
        for (entry, file) in index.iter().zip(checked.as_array().unwrap()) {
            let findings = file["findings"].as_array().unwrap();
            let is_error = |finding: &&Value| finding["severity"] == "error";
            let mut errors = findings.iter().filter(is_error);
            let rule = &entry["rule"];
            let said = findings.iter().find(|one| one["rule"] == *rule);
            assert_eq!(said.unwrap()["says"], entry["says"], "{file}");
            assert!(errors.all(|one| one["rule"] == *rule), "{file}");
        }
    }
}

#[test]
fn the_same_seed_and_moment_give_the_same_files() {
    let folder = Folder::new();
    let index = make(&folder, "ecgrid", "one");
    assert_eq!(index, make(&folder, "ecgrid", "two"));
    for entry in &index {
        let name = entry["file"].as_str().unwrap();
        let [one, two] = ["one", "two"].map(|out| folder.read(&format!("{out}/{name}")));
        assert_eq!(one, two, "{name}");
    }
    // Nothing is written over.
    let again = folder.words(&format!("near-miss --vendor ecgrid --out one --at {AT}"));
    assert_eq!(again.code, 1);
    let words = format!("near-miss --vendor ecgrid --out one --at {AT} --force");
    assert_eq!(folder.words(&words).code, 0);
}

#[test]
fn one_rule_can_be_asked_for() {
    let folder = Folder::new();
    let run = folder.words("near-miss --vendor as2expert --out o --rule as2expert.dias --seed a");
    assert_eq!(run.code, 0, "{}", run.err);
    let text = run.text();
    assert!(
        text.contains("as2expert.dias.cert.pem: it lasts a second longer than whole days"),
        "{text}"
    );
    let names = std::fs::read_dir(folder.path("o")).unwrap().count();
    assert_eq!(names, 3, "a certificate, a body, the index");
    let unknown = folder.words("near-miss --vendor enos --out p --rule enos.nothing --json");
    assert_eq!(unknown.code, 2);
    assert_eq!(
        unknown.error()["error"],
        "\"enos.nothing\" is no rule of this vendor"
    );
    let none = folder.words("near-miss --vendor enos --out p --rule enos.product --json");
    assert_eq!(none.code, 2);
    assert_eq!(none.error()["error"], "no file breaks enos.product alone");
    assert!(!folder.path("p").exists());
}

#[test]
fn warnings_alone_are_exit_code_3_and_text_tells_what_the_rule_says() {
    let folder = Folder::new();
    make(&folder, "enos", "o");
    let files = ["o/rfc5280.string-type.cert.pem".to_owned()];
    let run = check(&folder, "enos", &files, &format!("--at {AT}"));
    assert_eq!(run.code, 3, "{}", run.text());
    let lines: Vec<_> = run.text().lines().collect();
    assert_eq!(lines[0], "o/rfc5280.string-type.cert.pem: certificate");
    assert_eq!(
        lines[1],
        "  warning: subject O: found BMPString, expected UTF8String or PrintableString \
         [rfc5280.string-type, RFC 5280 §4.1.2.4]"
    );
    assert_eq!(
        lines[2],
        "    New names are written as PrintableString or UTF8String."
    );
}

#[test]
fn a_certificate_that_has_ended_is_a_warning_and_exit_code_3_for_every_vendor() {
    let folder = Folder::new();
    for vendor in VENDORS {
        let rule = format!("{vendor}.expired");
        let words =
            format!("near-miss --vendor {vendor} --out {vendor} --rule {rule} --seed a --at {AT}");
        assert_eq!(folder.words(&words).code, 0);
        let files = [format!("{vendor}/{rule}.cert.pem")];
        let run = check(&folder, vendor, &files, &format!("--at {AT} --json"));
        assert_eq!(run.code, 3, "{}", run.text());
        let findings = run.json()[0]["findings"].clone();
        assert_eq!(findings.as_array().unwrap().len(), 1, "{findings}");
        assert_eq!(
            (&findings[0]["rule"], &findings[0]["severity"]),
            (&rule.into(), &"warning".into())
        );
    }
}

#[test]
fn a_moment_and_a_workspace_decide() {
    let folder = Folder::new();
    make(&folder, "ecgrid", "o");
    let expired = ["o/ecgrid.expired.cert.pem".to_owned()];
    let earlier = check(&folder, "ecgrid", &expired, "--at 2026-03-01T00:00:00Z");
    assert_eq!(earlier.code, 0, "{}", earlier.text());
    // SHA-1 is allowed where the workspace says so.
    let sha1 = [
        "o/ecgrid.signature-algorithm.cert.pem".to_owned(),
        "o/ecgrid.sha1.json".to_owned(),
    ];
    let at = format!("--at {AT}");
    assert_eq!(check(&folder, "ecgrid", &sha1, &at).code, 4);
    assert_eq!(folder.words("init").code, 0);
    let path = "certwright-workspace/certwright.toml";
    let settings = String::from_utf8(folder.read(path)).unwrap();
    assert!(settings.contains("[ecgrid]"), "{settings}");
    let allowed = settings.replace("allow_sha1 = false", "allow_sha1 = true");
    folder.write(path, allowed);
    let at = format!("{at} --workspace certwright-workspace");
    let run = check(&folder, "ecgrid", &sha1, &at);
    assert_eq!(run.code, 0, "{}{}", run.text(), run.err);
    assert_eq!(check(&folder, "ecgrid", &sha1, "--workspace none").code, 1);
}

#[test]
fn a_bundle_is_judged_like_a_chain_but_for_its_order() {
    let folder = Folder::new();
    make(&folder, "emca", "o");
    let words = "convert o/emca.chain.chain.pem --out o/chain.p7b";
    assert_eq!(folder.words(words).code, 0);
    let files = ["o/chain.p7b".to_owned()];
    let run = check(&folder, "emca", &files, &format!("--at {AT} --json"));
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(run.json()[0]["type"], "PKCS #7 bundle");
}
