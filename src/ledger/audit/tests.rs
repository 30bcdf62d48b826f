//! Tests of the audit log.

use std::fs;

use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};
use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::ledger::tests::{at, certificate, new_issuer, revocation};
use crate::ledger::{IssuerId, NewCertificate, Supersedes};

struct Fixture {
    folder: TempDir,
    ledger: Ledger,
    issuer: IssuerId,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
        let issuer = new_issuer("rsa-root", b"CN=root", 7);
        let issuer = ledger.add_generation(&current(issuer)).unwrap();
        Self {
            folder,
            ledger,
            issuer,
        }
    }

    /// With `n` certificates, the first revoked, the second renewed and thereby revoked.
    fn with_certificates(n: u64) -> Self {
        let mut fixture = Self::new();
        let new: Vec<_> = (0..n)
            .map(|n| certificate(Some(fixture.issuer), n))
            .collect();
        let ids = fixture.ledger.record(&new).unwrap();
        let id = |at: usize| ids[at].clone().unwrap();
        let revocations = [revocation(id(0), 50, 4), revocation(id(0), 51, 4)];
        let outcomes = fixture.ledger.revoke(&revocations).unwrap();
        assert!(outcomes[0].is_ok() && outcomes[1].is_err());
        let renewal = NewCertificate {
            supersedes: Some(Supersedes {
                certificate: id(1),
                revocation: Some(revocation(id(1), 60, 4).fact),
            }),
            ..certificate(Some(fixture.issuer), n)
        };
        // Its number is taken the second time: nothing is told of what was not recorded.
        fixture.ledger.record(&[renewal.clone(), renewal]).unwrap();
        fixture
    }

    fn all(&self) -> Vec<AuditEntry> {
        let filter = AuditFilter {
            after: 0,
            limit: u32::MAX,
        };
        self.ledger.audit(&filter).unwrap()
    }

    fn faults(&self, kept: Option<&AuditHead>) -> Vec<String> {
        let report = self.ledger.verify_audit(kept).unwrap();
        report.faults.iter().map(ToString::to_string).collect()
    }

    /// Somebody at work with another program.
    fn tamper(&self, sql: &str) {
        let connection = Connection::open(self.folder.path().join("ledger.db")).unwrap();
        connection
            .execute_batch("PRAGMA foreign_keys = OFF")
            .unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

#[test]
fn everything_that_was_done_has_its_entry() {
    let fixture = Fixture::with_certificates(2);
    let told: Vec<_> = fixture
        .all()
        .iter()
        .map(|entry| {
            let certificate = entry.certificate.map_or(0, CertificateId::get);
            (
                entry.number,
                entry.at.seconds(),
                entry.kind.as_str(),
                certificate,
                entry.text.clone(),
            )
        })
        .map(|(number, at, kind, certificate, text)| {
            format!("{number} {at} {kind} {certificate} {text}")
        })
        .collect();
    assert_eq!(
        told,
        [
            "1 1000 began 0 no certificate was recorded before",
            "2 1000 authority-added 0 rsa-root",
            "3 1000 authority-changed 0 current is rsa-root",
            "4 0 issued 1 other product/device0",
            "5 1 issued 2 maker product/device1",
            "6 50 revoked 1 reason 4, by operator: lost",
            "7 2 renewed 3 maker product/device2",
            "8 60 revoked 2 reason 4, by operator: lost",
        ]
    );
    let report = fixture.ledger.verify_audit(None).unwrap();
    assert_eq!(report.entries, 8);
    assert_eq!(report.head, fixture.ledger.audit_head().unwrap());
    assert_eq!(report.faults, []);
}

#[test]
fn the_chain_is_the_documented_one() {
    let mut fixture = Fixture::new();
    let before = fixture.ledger.audit_head().unwrap();
    let note = AuditNote {
        at: at(7),
        kind: AuditKind::KeyExported,
        certificate: Some(CertificateId::from_row(258)),
        sha256: Some([0xAB; 32]),
        text: "to PKCS #12".to_owned(),
    };
    fixture.ledger.note(&[note]).unwrap();
    let mut octets = before.hash.to_vec();
    octets.extend(4_u64.to_be_bytes());
    octets.extend(7_u64.to_be_bytes());
    octets.extend(258_u64.to_be_bytes());
    octets.extend([1, 1]);
    octets.extend([0xAB; 32]);
    octets.extend(12_u64.to_be_bytes());
    octets.extend(b"key-exportedto PKCS #12");
    let head = fixture.ledger.audit_head().unwrap();
    assert_eq!((head.number, head.hash), (4, sha256(&octets)));
    assert_eq!(head.to_string().parse::<AuditHead>(), Ok(head));
}

#[test]
fn each_kind_of_damage_has_its_word() {
    let cases = [
        (
            "UPDATE audit SET text = 'maker product/device9' WHERE id = 5",
            "entry 5 was changed, or the one before it was",
        ),
        (
            "UPDATE audit SET at = at + 1 WHERE id = 1",
            "entry 1 was changed, or the one before it was",
        ),
        (
            "DELETE FROM audit WHERE id = 6",
            "entry 7 stands where 6 should: entries were removed or moved",
        ),
        (
            "DELETE FROM audit WHERE id = 8",
            "the log ends with entry 7:",
        ),
        ("DELETE FROM audit", "the log ends with entry 0:"),
        (
            "UPDATE audit SET kind = 'blessed' WHERE id = 4",
            "entry after 3 cannot be read: the ledger is damaged: audit.kind holds",
        ),
        (
            "DELETE FROM certificate WHERE id = 2",
            "entry 5 tells of certificate 2, which is not there",
        ),
        (
            "UPDATE certificate_der SET der = x'3000' WHERE certificate_id = 3",
            "entry 7 tells of certificate 3, which is another than it was",
        ),
        (
            "DELETE FROM revocation WHERE certificate_id = 1",
            "the revocation of certificate 1 is not what entry 6 says",
        ),
        (
            "UPDATE revocation SET reason = 1 WHERE certificate_id = 2",
            "the revocation of certificate 2 is not what entry 8 says",
        ),
        (
            "INSERT INTO revocation SELECT 3, authority_id, serial, not_after, 9, 1, 'x', NULL FROM certificate WHERE id = 3",
            "the revocation of certificate 3 is not what entry 0 says",
        ),
        (
            "INSERT INTO certificate SELECT 9, issuer_id, authority_id, x'0101', not_before, not_after, issued_at, subject_sha256, fingerprint, key_sha256, key_id, NULL, vendor, holder, row_key, subject, subject_text, NULL FROM certificate WHERE id = 1",
            "certificate 9 is in the ledger, and no entry tells of it",
        ),
        (
            "UPDATE meta SET value = '3' WHERE key = 'audit_before'",
            "entry 1 was changed, or the one before it was",
        ),
    ];
    for (sql, expected) in cases {
        let fixture = Fixture::with_certificates(2);
        fixture.tamper(sql);
        let faults = fixture.faults(None);
        assert!(
            faults.iter().any(|fault| fault.starts_with(expected)),
            "{sql}: {faults:?}"
        );
    }
}

#[test]
fn a_log_that_was_written_anew_has_not_the_head_that_was_kept() {
    let mut fixture = Fixture::with_certificates(2);
    let kept = fixture.ledger.audit_head().unwrap();
    let other = Fixture::with_certificates(3);
    assert_eq!(fixture.faults(Some(&kept)), [""; 0]);
    assert_eq!(other.faults(None), [""; 0]);
    assert_eq!(
        other.faults(Some(&kept)),
        [format!(
            "the log has not the head {kept} that was kept: it was rewritten, cut off, or is another's"
        )]
    );
    let note = AuditNote {
        at: at(70),
        kind: AuditKind::Refused,
        certificate: None,
        sha256: None,
        text: "é".repeat(MAX_TEXT_OCTETS),
    };
    fixture.ledger.note(&[note]).unwrap();
    let later = fixture.ledger.audit_head().unwrap();
    assert_eq!(fixture.faults(Some(&kept)), [""; 0]);
    assert_eq!(fixture.all()[8].text.len(), MAX_TEXT_OCTETS);
    fixture.tamper(&format!(
        "DELETE FROM audit WHERE id = 9; UPDATE meta SET value = '{kept}' WHERE key = 'audit_head'"
    ));
    assert_eq!(fixture.faults(None), [""; 0]);
    assert!(fixture.faults(Some(&later))[0].starts_with("the log has not the head 9:"));
}

#[test]
fn no_other_text_is_a_head() {
    let hash = "ab".repeat(32);
    for text in [
        "",
        "1",
        "1:",
        "x:00",
        &format!("1:{hash}0"),
        &format!("-1:{hash}"),
        &format!("1:{}+b", &hash[2..]),
    ] {
        assert!(text.parse::<AuditHead>().is_err(), "{text:?}");
    }
    assert_eq!(
        format!("1:{hash}").parse::<AuditHead>().unwrap().hash,
        [0xAB; 32]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_edit_is_found(victim in 1..=108_i64, other in 1..=108_i64, column in 0..6_usize, how in 0..4_u8) {
        let fixture = edited();
        let sql = edit(victim, other, column, how);
        fixture.tamper(&sql);
        prop_assert!(!fixture.faults(None).is_empty(), "{}", sql);
    }
}

/// A deletion, of one entry or of many; two entries in each other's place; another value in one of the columns.
fn edit(victim: i64, other: i64, column: usize, how: u8) -> String {
    match how {
        0 => format!("DELETE FROM audit WHERE id = {victim}"),
        1 => format!("DELETE FROM audit WHERE id BETWEEN {} AND {}", victim.min(other), victim.max(other)),
        2 if victim != other => format!(
            "UPDATE audit SET id = -1 WHERE id = {victim}; UPDATE audit SET id = {victim} WHERE id = {other};
             UPDATE audit SET id = {other} WHERE id = -1"
        ),
        _ => {
            let column = ["at", "certificate_id", "hash", "sha256", "text", "kind"][column];
            match column {
                "at" | "certificate_id" => format!("UPDATE audit SET {column} = coalesce({column}, 0) + 1 WHERE id = {victim}"),
                "hash" | "sha256" => format!("UPDATE audit SET {column} = x'{}' WHERE id = {victim}", "5a".repeat(32)),
                "text" => format!("UPDATE audit SET text = text || '.' WHERE id = {victim}"),
                _ => format!("UPDATE audit SET kind = 'refused' WHERE id = {victim}"),
            }
        }
    }
}

#[test]
#[ignore = "takes minutes; run by ci/full"]
fn a_hundred_edits_of_a_hundred_thousand_entries_are_found() {
    const ENTRIES: u64 = 100_000;
    let mut fixture = Fixture::new();
    let begun = fixture.ledger.verify_audit(None).unwrap().entries;
    let new: Vec<_> = (begun..ENTRIES)
        .map(|n| certificate(Some(fixture.issuer), n))
        .collect();
    for outcome in fixture.ledger.record(&new).unwrap() {
        outcome.unwrap();
    }
    let report = fixture.ledger.verify_audit(None).unwrap();
    assert_eq!((report.entries, report.faults), (ENTRIES, Vec::new()));
    let whole = fixture.folder.path().join("whole.db");
    let file = fixture.folder.path().join("ledger.db");
    let Fixture { folder, ledger, .. } = fixture;
    drop(ledger);
    fs::copy(&file, &whole).unwrap();
    let mut rng = ChaCha20Rng::from_seed([42; 32]);
    let mut draw = |end: u64| i64::try_from(rng.next_u64() % end).unwrap();
    for number in 0..100 {
        let (victim, other) = (1 + draw(ENTRIES), 1 + draw(ENTRIES));
        let column = usize::try_from(draw(6)).unwrap();
        let sql = edit(victim, other, column, u8::try_from(draw(4)).unwrap());
        fs::copy(&whole, &file).unwrap();
        let connection = Connection::open(&file).unwrap();
        let sql = format!("PRAGMA foreign_keys = OFF; {sql}");
        connection.execute_batch(&sql).unwrap();
        connection.close().unwrap();
        let report = Ledger::open(&file).unwrap().verify_audit(None).unwrap();
        assert_ne!(report.faults, [], "edit {number}: {sql}");
    }
    drop(folder);
}

fn edited() -> Fixture {
    Fixture::with_certificates(102)
}

fn current(issuer: crate::ledger::NewIssuer) -> crate::ledger::NewGeneration<'static> {
    crate::ledger::NewGeneration {
        current: Some(("current", issuer.name.clone())),
        issuer,
        renews: None,
        beside: Vec::new(),
        issued: Vec::new(),
    }
}
