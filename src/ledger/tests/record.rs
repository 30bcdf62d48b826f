//! Recording, serial numbers, and questions about single certificates.

use std::sync::Barrier;
use std::thread;

use proptest::prelude::*;

use super::*;

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
            key_algorithm: None,
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

#[test]
fn issuers_that_count_together_pass_over_what_any_of_them_bears() {
    let mut fixture = Fixture::new();
    let rsa = fixture.issuer;
    // 7 is the first root's own number, 10 the other's.
    let other = new_issuer("other-root", b"CN=other", 10);
    let other = fixture.ledger.add_issuer(&other).unwrap();
    let mut reserve = |issuers: &[IssuerId], first, n| {
        let range = fixture.ledger.reserve_common_serials(issuers, first, n);
        range.unwrap()
    };
    assert_eq!(reserve(&[rsa, other], 6, 3), 11..14);
    assert_eq!(reserve(&[rsa], 1, 6), 14..20);
    assert_eq!(reserve(&[other], 1, 1), 14..15);
    assert_eq!(reserve(&[other, rsa], 1, 1), 20..21);
}
