//! Revocations, holds and what a CRL shows of them.

use super::*;

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
        changes: Some(fixture.ledger.revocation_changes(fixture.issuer).unwrap()),
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
fn a_hold_is_ended_and_nothing_else_is() {
    let mut fixture = Fixture::new();
    let held = fixture.record(fixture.certificate(1));
    let revoked = fixture.record(fixture.certificate(2));
    let good = fixture.record(fixture.certificate(3));
    let rows = [revocation(held, 50, 6), revocation(revoked, 50, 1)];
    fixture.ledger.revoke(&rows).unwrap();
    assert_eq!(
        fixture.entries(100),
        [("101".to_owned(), 6), ("102".to_owned(), 1)]
    );
    let changes = fixture.ledger.revocation_changes(fixture.issuer).unwrap();
    assert_eq!(changes, 2);
    let asked = [held, revoked, good];
    let outcomes = fixture.ledger.release(&asked, at(60), "operator").unwrap();
    let found = revocation(revoked, 50, 1).fact;
    assert_eq!(
        outcomes,
        [
            Ok(()),
            Err(ReleaseConflict::Revoked { found }),
            Err(ReleaseConflict::NotOnHold { id: good })
        ]
    );
    assert_eq!(fixture.entries(100), [("102".to_owned(), 1)]);
    assert_eq!(
        fixture.ledger.revocation_changes(fixture.issuer).unwrap(),
        3
    );
    let record = fixture.ledger.find(held).unwrap().unwrap();
    assert_eq!(record.status_at(at(100)), Status::Valid);
    // The log knows of it, and may be held against the ledger.
    let report = fixture.ledger.verify_audit(None).unwrap();
    assert_eq!(report.faults, []);
    // Held again, it is on the list again.
    fixture.ledger.revoke(&[revocation(held, 70, 6)]).unwrap();
    assert_eq!(fixture.entries(100).len(), 2);
}

#[test]
fn each_issuer_of_a_name_publishes_its_own_lists() {
    let mut fixture = Fixture::new();
    let mut renewed = new_issuer("rsa-root-2", b"CN=root", 8);
    renewed.key_id = [10; 20];
    let renewed = fixture.ledger.add_issuer(&renewed).unwrap();
    let revoked = fixture.record(fixture.certificate(1));
    fixture
        .ledger
        .revoke(&[revocation(revoked, 50, 1)])
        .unwrap();
    let crl = PublishedCrl {
        issuer: fixture.issuer,
        number: fixture.ledger.next_crl_number(fixture.issuer).unwrap(),
        this_update: at(90_000),
        next_update: at(99_000),
        entries: 1,
        changes: Some(1),
    };
    fixture.ledger.record_crl(&crl).unwrap();
    assert_eq!(
        fixture.ledger.last_crl_of(fixture.issuer).unwrap(),
        Some(crl)
    );
    assert_eq!(fixture.ledger.last_crl_of(renewed).unwrap(), None);
    // The old issuer's list has shown the expired one; the new issuer's has not.
    assert_eq!(fixture.entries(91_000), []);
    fixture.issuer = renewed;
    assert_eq!(fixture.entries(91_000), [("101".to_owned(), 1)]);
}

#[test]
fn an_expired_entry_stays_until_each_key_of_the_name_has_shown_it() {
    let mut fixture = Fixture::new();
    let mut renewed = new_issuer("rsa-root.2", b"CN=root", 8);
    renewed.key_id = [10; 20];
    let renewed = fixture.ledger.add_issuer(&renewed).unwrap();
    let id = fixture.record(fixture.certificate(1));
    let end = fixture
        .ledger
        .find(id)
        .unwrap()
        .unwrap()
        .validity
        .not_after();
    fixture.ledger.revoke(&[revocation(id, 20, 1)]).unwrap();
    let after = at(end.seconds() + 10);
    let later = at(end.seconds() + 20);
    let number = fixture.ledger.next_crl_number(fixture.issuer).unwrap();
    let crl = PublishedCrl {
        issuer: fixture.issuer,
        number,
        this_update: after,
        next_update: at(end.seconds() + 1000),
        entries: 1,
        changes: None,
    };
    fixture.ledger.record_crl(&crl).unwrap();
    let entries = |issuer| {
        let mut count = 0;
        let each = |_| {
            count += 1;
            ControlFlow::Continue(())
        };
        fixture.ledger.revoked(issuer, later, each).unwrap();
        count
    };
    assert_eq!((entries(fixture.issuer), entries(renewed)), (0, 1));
    // One sequence of numbers for the name.
    let next = fixture.ledger.next_crl_number(renewed).unwrap();
    assert_eq!(next, number + 1);
}
