//! Tests of the ledger.

use std::fs;
use std::ops::ControlFlow;
use std::sync::Barrier;
use std::thread;

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use crate::serial::SerialNumber;
use crate::time::{Lifetime, Validity};

struct Fixture {
    folder: TempDir,
    ledger: Ledger,
    issuer: IssuerId,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
        let issuer = ledger
            .add_issuer(&new_issuer("rsa-root", b"CN=root", 7))
            .unwrap();
        Self {
            folder,
            ledger,
            issuer,
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger.db")
    }

    fn record(&mut self, new: NewCertificate<'_>) -> CertificateId {
        self.ledger.record(&[new]).unwrap()[0].clone().unwrap()
    }

    fn certificate(&self, n: u64) -> NewCertificate<'static> {
        certificate(Some(self.issuer), n)
    }

    fn entries(&self, now: u64) -> Vec<(String, u8)> {
        let mut entries = Vec::new();
        self.ledger
            .revoked(self.issuer, at(now), |entry| {
                entries.push((entry.serial.to_string(), entry.reason.get()));
                ControlFlow::Continue(())
            })
            .unwrap();
        entries
    }
}

pub(super) fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds::new(seconds).unwrap()
}

fn days(start: u64, days: u32) -> Validity {
    Validity::starting(at(start), Lifetime::from_days(days).unwrap()).unwrap()
}

fn sha256(of: &[u8]) -> [u8; 32] {
    Sha256::digest(of).into()
}

pub(super) fn new_issuer(name: &str, subject: &[u8], serial: u64) -> NewIssuer {
    NewIssuer {
        name: name.to_owned(),
        certificate: name.as_bytes().to_vec(),
        fingerprint: sha256(name.as_bytes()),
        subject: subject.to_vec(),
        key_id: [9; 20],
        serial: SerialNumber::from_u64(serial).unwrap(),
        validity: days(1000, 3650),
        parent: None,
        added_at: at(1000),
    }
}

/// The `n`th device: serial number 100 + n, issued at n, good for a day.
pub(super) fn certificate(issuer: Option<IssuerId>, n: u64) -> NewCertificate<'static> {
    let der = format!("certificate {n}").into_bytes();
    NewCertificate {
        issuer,
        serial: SerialNumber::from_u64(100 + n).unwrap(),
        fingerprint: sha256(&der),
        certificate: der.into(),
        request: n
            .is_multiple_of(2)
            .then(|| format!("request {n}").into_bytes().into()),
        subject: format!("subject {n}").into_bytes().into(),
        subject_sha256: sha256(format!("subject {n}").as_bytes()),
        subject_text: format!("CN=device {n},O=Example_{n}").into(),
        key_sha256: sha256(&n.to_be_bytes()),
        key_id: [u8::try_from(n % 256).unwrap(); 20],
        validity: days(n, 1),
        issued_at: at(n),
        vendor: if n.is_multiple_of(3) {
            "other"
        } else {
            "maker"
        }
        .into(),
        row_key: Some(format!("row {n}").into()),
        batch_row: None,
        holder: Some(format!("product/device{n}").into()),
        supersedes: None,
    }
}

pub(super) fn revocation(certificate: CertificateId, seconds: u64, reason: u8) -> Revocation {
    Revocation {
        certificate,
        fact: RevokedFact {
            at: at(seconds),
            reason: ReasonCode::new(reason).unwrap(),
            by: "operator".to_owned(),
            note: Some("lost".to_owned()),
        },
    }
}

fn ids(records: &[Record]) -> Vec<i64> {
    records.iter().map(|record| record.id.get()).collect()
}

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
    let name = "ledger::tests::every_file_of_a_fresh_ledger_has_mode_0600";
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
fn what_was_recorded_is_there_after_reopening() {
    let mut fixture = Fixture::new();
    let first = fixture.record(fixture.certificate(1));
    let mut renewed = fixture.certificate(2);
    renewed.supersedes = Some(Supersedes {
        certificate: first,
        revocation: None,
    });
    let second = fixture.record(renewed);
    fixture.ledger.revoke(&[revocation(first, 50, 6)]).unwrap()[0]
        .clone()
        .unwrap();
    fixture.ledger.set_meta("workspace", "w1").unwrap();
    fixture.ledger.set_meta("workspace", "w2").unwrap();
    let path = fixture.path();
    drop(fixture.ledger);

    for ledger in [Ledger::open(&path), Ledger::open_read_only(&path)] {
        let ledger = ledger.unwrap();
        assert_eq!(ledger.meta("workspace").unwrap().as_deref(), Some("w2"));
        let issuer = ledger.issuer("rsa-root").unwrap().unwrap();
        assert_eq!(issuer.id, fixture.issuer);
        assert_eq!(issuer.subject, b"CN=root");
        assert_eq!(issuer.validity, days(1000, 3650));
        assert_eq!(ledger.issuers().unwrap(), [issuer]);
        assert_eq!(ledger.issuer("none").unwrap(), None);
        let record = ledger.find(first).unwrap().unwrap();
        assert_eq!(record.superseded_by, Some(second));
        assert_eq!(record.revocation, Some(revocation(first, 50, 6).fact));
        assert_eq!(
            ledger.find(second).unwrap().unwrap().supersedes,
            Some(first)
        );
    }
}

#[test]
fn a_taken_serial_number_conflicts_alone() {
    let mut fixture = Fixture::new();
    let mut same = fixture.certificate(2);
    same.serial = SerialNumber::from_u64(101).unwrap();
    let mut own = fixture.certificate(3);
    own.serial = SerialNumber::from_u64(7).unwrap();
    let rows = [fixture.certificate(1), same, own, fixture.certificate(4)];
    let outcomes = fixture.ledger.record(&rows).unwrap();
    let first = outcomes[0].clone().unwrap();
    assert_eq!(
        outcomes[1],
        Err(Conflict::Serial {
            serial: rows[1].serial.clone(),
            existing: first
        })
    );
    assert_eq!(
        outcomes[2],
        Err(Conflict::SerialOfIssuer {
            serial: rows[2].serial.clone()
        })
    );
    assert!(outcomes[3].is_ok());
    assert_eq!(fixture.ledger.count(&Filter::default()).unwrap(), 2);
}

#[test]
fn a_renewed_ca_of_the_same_name_shares_serial_and_crl_numbers() {
    let mut fixture = Fixture::new();
    let renewed = fixture
        .ledger
        .add_issuer(&new_issuer("rsa-root-2", b"CN=root", 8))
        .unwrap();
    let other = fixture
        .ledger
        .add_issuer(&new_issuer("ecc-root", b"CN=other", 8))
        .unwrap();
    let first = fixture.record(fixture.certificate(1));
    let outcomes = fixture
        .ledger
        .record(&[certificate(Some(renewed), 1), certificate(Some(other), 1)])
        .unwrap();
    assert!(matches!(outcomes[0], Err(Conflict::Serial { existing, .. }) if existing == first));
    assert!(outcomes[1].is_ok());
    assert_eq!(fixture.ledger.next_crl_number(fixture.issuer).unwrap(), 1);
    assert_eq!(fixture.ledger.next_crl_number(renewed).unwrap(), 2);
    assert_eq!(fixture.ledger.next_crl_number(other).unwrap(), 1);
    let serial = SerialNumber::from_u64(101).unwrap();
    let found = |issuer| {
        fixture
            .ledger
            .find_by_serial(issuer, &serial)
            .unwrap()
            .len()
    };
    assert_eq!(
        [found(None), found(Some(renewed)), found(Some(other))],
        [2, 1, 1]
    );
}

#[test]
fn self_signed_certificates_are_unique_by_subject_and_serial() {
    let mut fixture = Fixture::new();
    let mut other_subject = certificate(None, 2);
    other_subject.serial = certificate(None, 1).serial;
    let rows = [certificate(None, 1), certificate(None, 1), other_subject];
    let outcomes = fixture.ledger.record(&rows).unwrap();
    let existing = outcomes[0].clone().unwrap();
    let serial = rows[0].serial.clone();
    assert_eq!(outcomes[1], Err(Conflict::Serial { serial, existing }));
    assert!(outcomes[2].is_ok());
}

#[test]
fn ids_of_another_ledger_are_refused_and_nothing_is_kept() {
    let mut fixture = Fixture::new();
    let mut unknown = fixture.certificate(2);
    unknown.supersedes = Some(Supersedes {
        certificate: CertificateId::from_row(99),
        revocation: None,
    });
    let rows = [fixture.certificate(1), unknown];
    let error = fixture.ledger.record(&rows).unwrap_err();
    assert!(matches!(error, LedgerError::UnknownSuperseded { id } if id.get() == 99));
    let rows = [certificate(Some(IssuerId::from_row(5)), 1)];
    let error = fixture.ledger.record(&rows).unwrap_err();
    assert!(matches!(error, LedgerError::UnknownIssuer { id } if id.get() == 5));
    assert_eq!(fixture.ledger.count(&Filter::default()).unwrap(), 0);
    let error = fixture
        .ledger
        .add_issuer(&new_issuer("rsa-root", b"CN=new", 1))
        .unwrap_err();
    assert!(matches!(error, LedgerError::IssuerExists { name } if name == "rsa-root"));
}

#[test]
fn serial_ranges_pass_over_what_is_borne_already() {
    let mut fixture = Fixture::new();
    let issuer = fixture.issuer;
    fixture.record(fixture.certificate(1));
    fixture.record(fixture.certificate(3));
    let mut random = fixture.certificate(5);
    random.serial = SerialNumber::from_be_bytes(&[0x7F; 20]).unwrap();
    fixture.record(random);
    let mut reserve = |first, n| fixture.ledger.reserve_serials(issuer, first, n).unwrap();
    assert_eq!(reserve(1, 6), 1..7);
    // 7 is the root's own number.
    assert_eq!(reserve(1, 2), 8..10);
    assert_eq!(reserve(1, 100), 104..204);
    assert_eq!(reserve(1000, 1), 1000..1001);
    assert_eq!(reserve(1, 0), 1001..1001);
    let last = i64::MAX.unsigned_abs();
    assert_eq!(reserve(last - 1, 1), last - 1..last);
    let error = fixture.ledger.reserve_serials(issuer, 1, 1).unwrap_err();
    assert!(matches!(error, LedgerError::SerialsEnded));
}

#[test]
fn serial_ranges_of_many_writers_never_overlap() {
    let fixture = Fixture::new();
    let path = fixture.path();
    let issuer = fixture.issuer;
    let start = Barrier::new(4);
    let mut taken: Vec<u64> = thread::scope(|scope| {
        let writers: Vec<_> = (1..=4)
            .map(|n| {
                let (path, start) = (&path, &start);
                scope.spawn(move || {
                    start.wait();
                    let mut numbers = Vec::new();
                    for _ in 0..10 {
                        // A new connection each time: the range must have been on disk.
                        let mut ledger = Ledger::open(path).unwrap();
                        numbers.extend(ledger.reserve_serials(issuer, 1, n).unwrap());
                    }
                    numbers
                })
            })
            .collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().unwrap())
            .collect()
    });
    assert_eq!(taken.len(), 100);
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), 100);
}

#[test]
fn a_ledger_that_many_open_at_once_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
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
                    supported: 3,
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

#[test]
fn a_revocation_stands() {
    let mut fixture = Fixture::new();
    let first = fixture.record(fixture.certificate(1));
    let second = fixture.record(fixture.certificate(2));
    let nobody = CertificateId::from_row(99);
    let outcomes = fixture
        .ledger
        .revoke(&[
            revocation(first, 50, 1),
            revocation(first, 60, 4),
            revocation(nobody, 60, 4),
        ])
        .unwrap();
    let found = revocation(first, 50, 1).fact;
    assert_eq!(
        outcomes,
        [
            Ok(()),
            Err(RevokeConflict::AlreadyRevoked {
                found: found.clone()
            }),
            Err(RevokeConflict::Unknown { id: nobody })
        ]
    );
    let status = |id, now| {
        let record = fixture.ledger.find(id).unwrap().unwrap();
        record.status_at(at(now))
    };
    assert_eq!(status(first, 10), Status::Revoked(found.clone()));
    assert_eq!(status(first, 1_000_000), Status::Revoked(found));
    assert_eq!(status(second, 86_402), Status::Valid);
    assert_eq!(status(second, 86_403), Status::Expired);
}

#[test]
fn a_hold_becomes_a_revocation_with_the_date_of_the_hold() {
    let mut fixture = Fixture::new();
    let held = fixture.record(fixture.certificate(1));
    let late = fixture.record(fixture.certificate(2));
    let serial = |id: CertificateId| fixture.ledger.find(id).unwrap().unwrap().serial.to_string();
    let numbers = [held, late].map(serial);
    let mut revoke = |rows: &[Revocation]| fixture.ledger.revoke(rows).unwrap();
    let outcomes = revoke(&[
        revocation(held, 50, 6),
        revocation(held, 55, 6),
        revocation(late, 50, 6),
    ]);
    let found = revocation(held, 50, 6).fact;
    let stands = Err(RevokeConflict::AlreadyRevoked { found });
    assert_eq!(outcomes, [Ok(()), stands, Ok(())]);
    let outcomes = revoke(&[
        revocation(held, 60, 1),
        revocation(held, 70, 6),
        revocation(held, 70, 4),
        // A key that was lost before it was put on hold.
        revocation(late, 40, 1),
    ]);
    let found = revocation(held, 50, 1).fact;
    let stands = Err(RevokeConflict::AlreadyRevoked { found });
    assert_eq!(outcomes, [Ok(()), stands.clone(), stands, Ok(())]);
    let mut entries = Vec::new();
    let each = |entry: RevokedEntry| {
        entries.push((entry.serial.to_string(), entry.at, entry.reason.get()));
        ControlFlow::Continue(())
    };
    fixture
        .ledger
        .revoked(fixture.issuer, at(80), each)
        .unwrap();
    let [held, late] = numbers;
    assert_eq!(entries, [(held, at(50), 1), (late, at(40), 1)]);
    // The log has each step at its own time, and agrees.
    let report = fixture.ledger.verify_audit(None).unwrap();
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

#[test]
fn reasons_that_revoke_nothing_are_refused() {
    let taken: Vec<u8> = (0..=255)
        .filter(|code| ReasonCode::new(*code).is_some())
        .collect();
    assert_eq!(taken, [0, 1, 2, 3, 4, 5, 6, 9, 10]);
}

#[test]
fn a_crl_lists_by_serial_and_drops_the_expired_only_once_they_were_shown() {
    let mut fixture = Fixture::new();
    let mut wide = fixture.certificate(1);
    wide.serial = SerialNumber::from_be_bytes(&[0x7F; 20]).unwrap();
    wide.validity = days(0, 30);
    let rows = [wide, fixture.certificate(200), fixture.certificate(50)];
    let recorded = fixture.ledger.record(&rows).unwrap();
    let revocations: Vec<_> = recorded
        .into_iter()
        .map(|id| revocation(id.unwrap(), 300, 4))
        .collect();
    fixture.ledger.revoke(&revocations).unwrap();
    let wide = rows[0].serial.to_string();
    let three = [
        ("150".to_owned(), 4),
        ("300".to_owned(), 4),
        (wide.clone(), 4),
    ];
    assert_eq!(fixture.entries(1000), three);
    // Two ended after 86,600 seconds; no CRL has shown them since.
    assert_eq!(fixture.entries(90_000), three);
    let crl = PublishedCrl {
        issuer: fixture.issuer,
        number: fixture.ledger.next_crl_number(fixture.issuer).unwrap(),
        this_update: at(90_000),
        next_update: at(99_000),
        entries: 3,
    };
    fixture.ledger.record_crl(&crl).unwrap();
    assert_eq!(fixture.ledger.last_crl(fixture.issuer).unwrap(), Some(crl));
    assert_eq!(fixture.entries(91_000), [(wide, 4)]);
    let mut seen = 0;
    fixture
        .ledger
        .revoked(fixture.issuer, at(1000), |_| {
            seen += 1;
            ControlFlow::Break(())
        })
        .unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn crl_numbers_go_on_after_reopening() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.ledger.next_crl_number(fixture.issuer).unwrap(), 1);
    let path = fixture.path();
    drop(fixture.ledger);
    let mut ledger = Ledger::open(&path).unwrap();
    assert_eq!(ledger.next_crl_number(fixture.issuer).unwrap(), 2);
    assert_eq!(ledger.last_crl(fixture.issuer).unwrap(), None);
}

#[test]
fn keys_subjects_and_holders_are_asked_in_slices() {
    let mut fixture = Fixture::new();
    let mut second = fixture.certificate(2);
    second.key_sha256 = sha256(&1_u64.to_be_bytes());
    let mut third = fixture.certificate(3);
    third.subject = (&b"SUBJECT 1"[..]).into();
    third.subject_sha256 = fixture.certificate(1).subject_sha256;
    third.holder = None;
    third.supersedes = Some(Supersedes {
        certificate: fixture.record(fixture.certificate(1)),
        revocation: None,
    });
    fixture.record(second);
    let third_id = fixture.record(third);
    fixture
        .ledger
        .revoke(&[revocation(third_id, 5, 1)])
        .unwrap();
    let keys = [sha256(b"none"), sha256(&1_u64.to_be_bytes())];
    let by_key = fixture.ledger.holders_of_keys(&keys).unwrap();
    assert!(by_key[0].is_empty());
    let holders: Vec<_> = by_key[1].iter().map(|b| b.holder.as_deref()).collect();
    assert_eq!(holders, [Some("product/device1"), Some("product/device2")]);
    assert_eq!(
        [by_key[1][0].superseded, by_key[1][1].superseded],
        [true, false]
    );
    let by_subject = fixture
        .ledger
        .holders_of_subjects(&[sha256(b"subject 1"), sha256(b"subject 9")])
        .unwrap();
    assert_eq!(by_subject[0].len(), 2);
    assert_eq!(by_subject[0][1].holder, None);
    assert_eq!(
        [by_subject[0][0].revoked, by_subject[0][1].revoked],
        [false, true]
    );
    assert!(by_subject[1].is_empty());
    let asked = ["product/device2", "product/device3"];
    let by_holder = fixture.ledger.bindings_of_holders("maker", &asked).unwrap();
    assert_eq!([by_holder[0].len(), by_holder[1].len()], [1, 0]);
}

#[test]
fn the_filter_in_memory_never_hides_a_binding() {
    let mut fixture = Fixture::new();
    // One row stands at the end of the fourth epoch: the filter is worth its while from there on.
    fixture.record(fixture.certificate(1));
    let raw = Connection::open(fixture.path()).unwrap();
    raw.execute_batch("PRAGMA foreign_keys = OFF; UPDATE certificate SET id = 300000")
        .unwrap();
    let mut other = Ledger::open(&fixture.path()).unwrap();
    for n in 2..200_u64 {
        let writer = if n.is_multiple_of(50) {
            &mut other
        } else {
            &mut fixture.ledger
        };
        writer
            .record(&[certificate(Some(fixture.issuer), n)])
            .unwrap()[0]
            .clone()
            .unwrap();
        let keys: Vec<_> = (1..=200_u64).map(|n| sha256(&n.to_be_bytes())).collect();
        let found = fixture.ledger.holders_of_keys(&keys).unwrap();
        let expected: Vec<usize> = (1..=200).map(|m| usize::from(m <= n)).collect();
        let found: Vec<usize> = found.iter().map(Vec::len).collect();
        assert_eq!(found, expected);
    }
    let presence = fixture.ledger.presence.borrow();
    assert!(presence.rules_out(presence::Mark::Subject(&sha256(b"subject 200"))));
}

#[test]
fn lists_come_in_pages_that_neither_repeat_nor_skip() {
    let mut fixture = Fixture::new();
    for n in 1..=40_u64 {
        let mut new = fixture.certificate(n);
        // Many equals in both orders.
        new.validity = days(n % 3, 1 + u32::try_from(n % 4).unwrap());
        new.issued_at = at(1000 - n / 10);
        new.holder = Some(format!("holder {}", n % 2).into());
        let id = fixture.record(new);
        if n.is_multiple_of(5) {
            fixture.ledger.revoke(&[revocation(id, 5, 1)]).unwrap();
        }
    }
    let now = at(2 * 86_400 + 1);
    let everything = fixture
        .ledger
        .list(&Filter {
            limit: 1000,
            ..Filter::default()
        })
        .unwrap();
    assert_eq!(everything.len(), 40);
    let statuses = [
        None,
        Some(StatusFilter::ExpiredAt(now)),
        Some(StatusFilter::Revoked),
        Some(StatusFilter::ValidAt(now)),
    ];
    let ranges = [None, Some(at(0)..=now)];
    let issues = [None, Some(at(997)..=at(998))];
    for status in statuses {
        for not_after in &ranges {
            for issued_at in &issues {
                for (vendor, holder) in [
                    (None, None),
                    (Some("maker"), None),
                    (None, Some("holder 1")),
                ] {
                    let filter = Filter {
                        vendor: vendor.map(str::to_owned),
                        holder: holder.map(str::to_owned),
                        status,
                        not_after: not_after.clone(),
                        issued_at: issued_at.clone(),
                        limit: 3,
                        ..Filter::default()
                    };
                    assert_pages(&fixture.ledger, &filter, &everything);
                }
            }
        }
    }
    let part = Filter {
        subject_contains: Some("DEVICE 4,o=example_".to_owned()),
        ..Filter::default()
    };
    assert_eq!(ids(&fixture.ledger.list(&part).unwrap()), [4]);
    assert_eq!(fixture.ledger.count(&part).unwrap(), 1);
}

fn assert_pages(ledger: &Ledger, filter: &Filter, everything: &[Record]) {
    let mut filter = filter.clone();
    let mut found = Vec::new();
    loop {
        let page = ledger.list(&filter).unwrap();
        assert!(page.len() <= 3);
        found.extend(ids(&page));
        let Some(last) = page.last() else { break };
        filter.after = Some(last.position());
    }
    let matches = |record: &&Record| {
        let status = match filter.status {
            None => true,
            Some(StatusFilter::ExpiredAt(now)) => record.status_at(now) == Status::Expired,
            Some(StatusFilter::ValidAt(now)) => record.status_at(now) == Status::Valid,
            Some(StatusFilter::Revoked) => record.revocation.is_some(),
        };
        let within = |range: &Option<std::ops::RangeInclusive<UnixSeconds>>, at| {
            range.as_ref().is_none_or(|range| range.contains(&at))
        };
        status
            && filter
                .vendor
                .as_ref()
                .is_none_or(|vendor| *vendor == record.vendor)
            && (filter.holder.is_none() || filter.holder == record.holder)
            && within(&filter.not_after, record.validity.not_after())
            && within(&filter.issued_at, record.issued_at)
    };
    let mut expected: Vec<i64> = everything
        .iter()
        .filter(matches)
        .map(|record| record.id.get())
        .collect();
    assert_eq!(
        ledger.count(&filter).unwrap(),
        u64::try_from(expected.len()).unwrap()
    );
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected, "{filter:?}");
}

#[test]
fn no_question_reads_every_row() {
    let fixture = Fixture::new();
    let mut questions = vec![
        presence::NEWEST.to_owned(),
        presence::KEYS.to_owned(),
        presence::SUBJECTS.to_owned(),
        presence::HOLDERS.to_owned(),
        crl::LAST_CRL.to_owned(),
        issuer::LAST_TAKEN.to_owned(),
        revocation::LAST_UPDATE.to_owned(),
        revocation::SELECT_REVOKED.to_owned(),
        record::EXISTING.to_owned(),
        record::EXISTING_SELF_SIGNED.to_owned(),
    ];
    for by in [
        query::BY_ID,
        query::BY_SERIAL,
        query::BY_ISSUER_AND_SERIAL,
        query::BY_FINGERPRINT,
        query::BY_KEY,
        query::BY_SUBJECT,
        query::BY_HOLDER,
        query::BY_ROW_KEY,
    ] {
        questions.push(query::records(by));
        questions.push(query::bindings(by));
    }
    for filter in filters() {
        questions.extend(filter.pages().iter().map(list::Query::select_records));
        let (all, revoked) = filter.counts();
        // Counting everything there is reads the smallest index, and counting the revoked their table.
        let count = all.select_count();
        if count.contains("WHERE") {
            questions.push(count);
        }
        questions.extend(revoked.map(|revoked| revoked.select_count()));
    }
    for question in questions {
        for step in plan(&fixture.ledger, &question) {
            let scan = step.starts_with("SCAN")
                && ![
                    "SCAN CONSTANT ROW",
                    "SCAN epoch",
                    "SCAN r",
                    "SCAN (subquery",
                ]
                .iter()
                .any(|allowed| step.starts_with(allowed));
            assert!(!scan, "{question}: {step}");
            // A page is not sorted; a handful of answers, or one holder's, may be.
            let page = question.contains("LIMIT ?") && !question.contains("epoch");
            let sort = page && step.contains("TEMP B-TREE");
            assert!(!sort, "{question}: {step}");
        }
    }
}

fn filters() -> Vec<Filter> {
    let statuses = [
        None,
        Some(StatusFilter::ExpiredAt(at(9))),
        Some(StatusFilter::Revoked),
        Some(StatusFilter::ValidAt(at(9))),
    ];
    let range = || Some(at(1)..=at(9));
    let after = Some(Position::default());
    let mut filters = Vec::new();
    for status in statuses {
        for bits in 0..32 {
            filters.push(Filter {
                status,
                vendor: (bits & 1 > 0).then(|| "maker".to_owned()),
                holder: (bits & 2 > 0).then(|| "holder".to_owned()),
                not_after: (bits & 4 > 0).then(range).flatten(),
                issued_at: (bits & 8 > 0).then(range).flatten(),
                after: if bits & 16 > 0 { after } else { None },
                ..Filter::default()
            });
        }
    }
    filters
}

fn plan(ledger: &Ledger, question: &str) -> Vec<String> {
    let mut statement = ledger
        .connection
        .prepare(&format!("EXPLAIN QUERY PLAN {question}"))
        .unwrap();
    // Parameters stay NULL: the plan does not depend on them.
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get(3).unwrap());
    }
    steps
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_record_gives_back_what_was_recorded(
        serial in proptest::collection::vec(1_u8..0x80, 1..=20),
        der in proptest::collection::vec(any::<u8>(), 0..3000),
        request in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300)),
        subject_text in "\\PC{0,40}",
        hashes in any::<([u8; 32], [u8; 20], [u8; 32])>(),
        times in any::<(u32, u32, u32)>(),
        names in any::<(String, Option<String>, Option<String>)>(),
        signed in any::<bool>(),
    ) {
        let mut fixture = Fixture::new();
        prop_assume!(serial != [7]);
        let end = u64::from(times.0) + u64::from(times.1);
        let new = NewCertificate {
            issuer: signed.then_some(fixture.issuer),
            serial: SerialNumber::from_be_bytes(&serial).unwrap(),
            certificate: der.clone().into(),
            request: request.clone().map(Into::into),
            subject: der.iter().rev().copied().collect::<Vec<_>>().into(),
            subject_sha256: sha256(&hashes.1),
            subject_text: subject_text.into(),
            key_sha256: hashes.0,
            key_id: hashes.1,
            fingerprint: hashes.2,
            validity: Validity::new(at(times.0.into()), at(end)).unwrap(),
            issued_at: at(times.2.into()),
            vendor: names.0.into(),
            row_key: names.1.map(Into::into),
            batch_row: None,
            holder: names.2.map(Into::into),
            supersedes: None,
        };
        let id = fixture.record(new.clone());
        let expected = Record {
            id,
            issuer: new.issuer,
            serial: new.serial.clone(),
            certificate: der,
            request,
            subject: new.subject.to_vec(),
            subject_text: new.subject_text.to_string(),
            key_sha256: new.key_sha256,
            key_id: new.key_id,
            fingerprint: new.fingerprint,
            validity: new.validity,
            issued_at: new.issued_at,
            vendor: new.vendor.to_string(),
            row_key: new.row_key.as_ref().map(ToString::to_string),
            holder: new.holder.as_ref().map(ToString::to_string),
            supersedes: None,
            superseded_by: None,
            revocation: None,
        };
        let ledger = &fixture.ledger;
        let mut answers = vec![
            ledger.find(id).unwrap().into_iter().collect(),
            ledger.find_by_serial(None, &new.serial).unwrap(),
            ledger.find_by_fingerprint(&new.fingerprint).unwrap(),
            ledger.find_by_key(&new.key_sha256).unwrap(),
            ledger.find_by_subject(&new.subject_sha256).unwrap(),
            ledger.list(&Filter::default()).unwrap(),
        ];
        if let Some(holder) = &new.holder {
            answers.push(ledger.find_by_holder(&new.vendor, holder).unwrap());
        }
        if let Some(row_key) = &new.row_key {
            answers.push(ledger.find_by_row_key(&new.vendor, row_key).unwrap());
        }
        if signed {
            answers.push(ledger.find_by_serial(new.issuer, &new.serial).unwrap());
        }
        for answer in answers {
            prop_assert_eq!(answer, vec![expected.clone()]);
        }
    }
}
