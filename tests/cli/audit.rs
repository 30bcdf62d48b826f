//! The log of what was done: shown, verified, held against a head that was kept.

use rusqlite::Connection;

use super::{Folder, fleet};

#[test]
fn the_log_tells_what_was_done_and_a_change_is_found() {
    let folder = Folder::new();
    folder.issue(&fleet("sensor-01"), "--device-key s1 --issue-authority ECC");
    let run = folder.words("revoke enos --cert-sn 1 --device-key s1 --reason 1 --by tester");
    assert_eq!(run.code, 0, "{}", run.err);

    let run = folder.words("audit head --out head");
    assert_eq!(run.code, 0, "{}", run.err);
    folder.issue(&fleet("sensor-02"), "--device-key s2 --issue-authority ECC");
    let run = folder.words("audit show --kind issued,revoked --json");
    let entries = run.json();
    let told = |at: usize, field: &str| entries[at][field].as_str().unwrap().to_owned();
    assert_eq!(entries.as_array().unwrap().len(), 3);
    assert_eq!(told(0, "text"), "enos open/s1");
    assert_eq!(told(1, "text"), "reason 1, by tester");
    assert_eq!(told(2, "text"), "enos open/s2");
    let shown = folder.words("show open/s1 --json").json();
    let fingerprint = shown[0]["sha256Fingerprint"].as_str().unwrap();
    assert_eq!(told(0, "sha256"), fingerprint);
    let run = folder.words("audit show --last 1");
    assert!(run.text().contains("issued") && run.text().ends_with("enos open/s2\n"));
    assert_eq!(run.text().lines().count(), 1);

    let run = folder.words("audit verify --head-file head --json");
    assert_eq!(run.code, 0, "{}", run.err);
    let kept = String::from_utf8(folder.read("head")).unwrap();
    assert_eq!(run.json()["keptHead"], kept.trim());

    let ledger = folder.path("certwright-workspace/ledger.sqlite");
    let connection = Connection::open(ledger).unwrap();
    let sql = "UPDATE audit SET text = 'enos open/s3' WHERE text = 'enos open/s1'";
    assert_eq!(connection.execute(sql, []).unwrap(), 1);
    let run = folder.words("audit verify");
    assert_eq!(run.code, 4);
    assert!(run.text().starts_with("log NOT sound\n"), "{}", run.text());
    let number = &entries[0]["number"];
    let fault = format!("entry {number} was changed, or the one before it was");
    assert!(run.text().contains(&fault), "{}", run.text());
}

#[test]
fn another_workspaces_head_is_not_part_of_this_log() {
    let folder = Folder::new();
    for workspace in ["a", "b"] {
        let run = folder.words(&format!("init --workspace {workspace}"));
        assert_eq!(run.code, 0, "{}", run.err);
    }
    let head = folder.words("audit head --workspace b");
    let run = folder.words(&format!(
        "audit verify --workspace a --head {}",
        head.text().trim()
    ));
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(run.text().contains("has not the head"), "{}", run.text());
    let run = folder.words("audit verify --workspace a --head 1:xyz");
    assert_eq!(run.code, 2);
}
