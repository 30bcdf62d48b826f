//! Opening, several writers, and what is no ledger.

use std::fs;
use std::sync::Barrier;
use std::thread;

use super::*;

#[cfg(unix)]
#[test]
fn every_file_of_a_fresh_ledger_has_mode_0600() {
    use std::os::unix::fs::PermissionsExt;
    let fixture = Fixture::new();
    let mut names = Vec::new();
    for entry in fs::read_dir(fixture.folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(
            entry.metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["ledger.db", "ledger.db-shm", "ledger.db-wal"]);
}

/// The test above once more, in a process whose umask would leave every right.
#[cfg(unix)]
#[test]
fn the_mode_does_not_depend_on_the_umask() {
    let name = "ledger::tests::open::every_file_of_a_fresh_ledger_has_mode_0600";
    let output = std::process::Command::new("sh")
        .args(["-c", "umask 0; exec \"$0\" --exact \"$1\""])
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("1 passed"), "{report}");
}

#[test]
fn a_ledger_that_many_open_at_once_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    // Few of the races meet where SQLite does not wait by itself.
    for round in 0..20 {
        let path = folder.path().join(format!("ledger-{round}.db"));
        let start = Barrier::new(6);
        thread::scope(|scope| {
            for n in 0..6 {
                let (path, start) = (&path, &start);
                scope.spawn(move || {
                    start.wait();
                    let mut ledger = Ledger::open(path).unwrap();
                    ledger
                        .add_issuer(&new_issuer(&format!("ca-{n}"), b"CN=root", n + 1))
                        .unwrap();
                });
            }
        });
        assert_eq!(Ledger::open(&path).unwrap().issuers().unwrap().len(), 6);
    }
}

#[test]
fn a_second_writer_waits_and_is_then_told() {
    let mut fixture = Fixture::new();
    let path = fixture.path();
    let wait = Duration::from_millis(50);
    let mut second = Ledger::open_waiting(&path, wait).unwrap();
    let held = fixture.ledger.begin().unwrap();
    let error = second.set_meta("k", "v").unwrap_err();
    assert!(matches!(error, LedgerError::Busy { waited } if waited == wait));
    assert_eq!(second.meta("k").unwrap(), None, "readers never wait");
    thread::scope(|scope| {
        let mut third = Ledger::open(&path).unwrap();
        let waiting = scope.spawn(move || third.set_meta("k", "v"));
        thread::sleep(wait);
        held.commit().unwrap();
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(second.meta("k").unwrap().as_deref(), Some("v"));
}

#[test]
fn what_is_no_ledger_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    let text = "the quick brown fox ".repeat(100);
    fs::write(&path, &text).unwrap();
    let error = Ledger::open(&path).unwrap_err();
    assert!(matches!(error, LedgerError::NotSqlite { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);

    let path = folder.path().join("short.txt");
    fs::write(&path, "hello").unwrap();
    let error = Ledger::open(&path).unwrap_err();
    assert!(matches!(error, LedgerError::NotSqlite { .. }), "{error:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "hello");

    let path = folder.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE t (x)").unwrap();
    drop(other);
    let error = Ledger::open(&path).unwrap_err();
    assert!(
        matches!(error, LedgerError::Foreign { found: 0, .. }),
        "{error:?}"
    );

    let absent = folder.path().join("absent.db");
    let error = Ledger::open_read_only(&absent).unwrap_err();
    assert!(matches!(error, LedgerError::Open { .. }), "{error:?}");
    assert!(!absent.exists());
    let error = Ledger::open(&folder.path().join("no/folder.db")).unwrap_err();
    assert!(matches!(error, LedgerError::Open { .. }), "{error:?}");
}

#[test]
fn a_newer_schema_is_refused() {
    let fixture = Fixture::new();
    let path = fixture.path();
    drop(fixture.ledger);
    let raw = Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    drop(raw);
    for opened in [Ledger::open(&path), Ledger::open_read_only(&path)] {
        let error = opened.unwrap_err();
        assert!(
            matches!(
                error,
                LedgerError::NewerSchema {
                    found: 99,
                    supported: 6,
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[test]
fn a_read_only_ledger_answers_and_refuses_changes() {
    let mut fixture = Fixture::new();
    let id = fixture.record(fixture.certificate(1));
    let mut reader = Ledger::open_read_only(&fixture.path()).unwrap();
    assert_eq!(reader.find(id).unwrap().unwrap().id, id);
    let error = reader.set_meta("k", "v").unwrap_err();
    assert!(matches!(error, LedgerError::ReadOnly), "{error:?}");
}

#[cfg(unix)]
#[test]
fn a_ledger_is_read_where_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("100% ü?#");
    fs::create_dir(&folder).unwrap();
    let path = folder.join("ledger.db");
    Ledger::open(&path).unwrap().set_meta("k", "v").unwrap();
    // SQLite follows no link to the index of its WAL: it fails for root too, who may write in any folder.
    std::os::unix::fs::symlink("nowhere", folder.join("ledger.db-shm")).unwrap();
    let mut reader = Ledger::open_read_only(&path).unwrap();
    assert_eq!(reader.meta("k").unwrap().as_deref(), Some("v"));
    let error = reader.set_meta("k", "w").unwrap_err();
    assert!(matches!(error, LedgerError::ReadOnly), "{error:?}");
    // What a killed process left must not be passed over.
    fs::write(folder.join("ledger.db-wal"), [0; 32]).unwrap();
    assert!(Ledger::open_read_only(&path).is_err());
}

#[test]
fn a_clock_that_was_set_back_is_noticed() {
    let mut fixture = Fixture::new();
    let mut observe = |now| fixture.ledger.observe_clock(at(now)).unwrap();
    assert_eq!(observe(100), None);
    assert_eq!(observe(50), Some(at(100)));
    assert_eq!(observe(120), Some(at(100)));
    assert_eq!(observe(120), Some(at(120)));
}
