//! Lists in pages.

use super::*;

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
            let reason = if n.is_multiple_of(2) { 1 } else { 6 };
            fixture.ledger.revoke(&[revocation(id, 5, reason)]).unwrap();
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
        Some(StatusFilter::OnHold),
        Some(StatusFilter::Revoked),
        Some(StatusFilter::ValidAt(now)),
    ];
    let ranges = [None, Some(at(0)..=now)];
    let issues = [None, Some(at(997)..=at(998))];
    for status in statuses {
        for not_after in &ranges {
            for issued_at in &issues {
                for (vendor, holder, subject) in [
                    (None, None, None),
                    (Some("maker"), None, None),
                    (None, Some("holder 1"), None),
                    (None, None, SubjectText::new("cn=DEVICE 1*")),
                    (None, Some("holder 1"), SubjectText::new("cn=DEVICE 1*")),
                ] {
                    let filter = Filter {
                        vendor: vendor.map(str::to_owned),
                        holder: holder.map(str::to_owned),
                        subject,
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
}

#[test]
fn a_subject_is_found_by_whole_words_unless_the_last_is_open() {
    let mut fixture = Fixture::new();
    for n in 1..=12 {
        fixture.record(fixture.certificate(n));
    }
    let found = |text: &str| {
        let filter = Filter {
            subject: SubjectText::new(text),
            ..Filter::default()
        };
        let found = fixture.ledger.list(&filter).unwrap();
        let count = fixture.ledger.count(&filter).unwrap();
        assert_eq!(count, u64::try_from(found.len()).unwrap());
        let text = filter.subject.unwrap();
        let all = fixture.ledger.list(&Filter::default()).unwrap();
        let all = all.iter().filter(|record| text.is_in(&record.subject_text));
        assert_eq!(all.cloned().collect::<Vec<_>>(), found);
        ids(&found)
    };
    assert_eq!(found("DEVICE 4,o=example_"), [4]);
    assert_eq!(found("device 1"), [1]);
    assert_eq!(found("device 1*"), [1, 10, 11, 12]);
    assert_eq!(found("devic"), [0_i64; 0]);
    assert_eq!(found("4 device"), [0_i64; 0]);
    assert_eq!(found("O=Example_1,*"), [0_i64; 0]);
    assert_eq!(SubjectText::new("=,*"), None);
}

#[test]
fn a_serial_number_is_a_condition_as_the_others_are() {
    let mut fixture = Fixture::new();
    for n in 1..=3 {
        fixture.record(fixture.certificate(n));
    }
    let of = |vendor: &str, n: u64| Filter {
        serial: SerialNumber::from_u64(n).ok(),
        vendor: Some(vendor.to_owned()),
        ..Filter::default()
    };
    let all = fixture.ledger.list(&Filter::default()).unwrap();
    let second = all[1].serial.to_u64().unwrap();
    let found = fixture.ledger.list(&of("maker", second)).unwrap();
    assert_eq!(ids(&found), [all[1].id.get()]);
    assert_eq!(fixture.ledger.count(&of("maker", second)).unwrap(), 1);
    for absent in [of("another", second), of("maker", 999_999)] {
        assert_eq!(fixture.ledger.list(&absent).unwrap(), []);
    }
}

#[test]
fn one_that_has_a_next_is_not_missing_one() {
    let mut fixture = Fixture::new();
    let mut next_of = |n: u64, revoked: bool, days_of_next: u32| {
        let old = fixture.record(fixture.certificate(n));
        let mut next = fixture.certificate(n + 100);
        next.validity = days(n, days_of_next);
        next.supersedes = Some(Supersedes {
            certificate: old,
            revocation: None,
        });
        let next = fixture.record(next);
        if revoked {
            fixture.ledger.revoke(&[revocation(next, 5, 1)]).unwrap();
        }
        old.get()
    };
    let _replaced = next_of(1, false, 2);
    let next_revoked = next_of(2, true, 2);
    let not_longer = next_of(3, false, 1);
    let filter = Filter {
        not_after: Some(at(0)..=at(86_400 + 3)),
        succession: Succession::Missing,
        ..Filter::default()
    };
    let found = fixture.ledger.list(&filter).unwrap();
    assert_eq!(ids(&found), [next_revoked, not_longer, not_longer + 1]);
}

fn assert_pages(ledger: &Ledger, filter: &Filter, everything: &[Record]) {
    let mut filter = filter.clone();
    let mut found = Vec::new();
    let mut end = None;
    loop {
        let page = ledger.list(&filter).unwrap();
        assert!(page.len() <= 3);
        found.extend(ids(&page));
        let Some(last) = page.last() else { break };
        end = Some(last.position());
        filter.after = end;
    }
    // The same on the way back, from the last one.
    let mut back: Vec<i64> = found.last().copied().into_iter().collect();
    filter.before = end;
    while filter.before.is_some() {
        let page = ledger.list(&filter).unwrap();
        back = [ids(&page), back].concat();
        filter.before = page.first().map(Record::position);
    }
    assert_eq!(back, found, "{filter:?}");
    let matches = |record: &&Record| {
        let status = match filter.status {
            None => true,
            Some(StatusFilter::ExpiredAt(now)) => record.status_at(now) == Status::Expired,
            Some(StatusFilter::ValidAt(now)) => record.status_at(now) == Status::Valid,
            Some(StatusFilter::OnHold) => {
                matches!(&record.revocation, Some(fact) if fact.reason == ReasonCode::HOLD)
            }
            Some(StatusFilter::Revoked) => {
                matches!(&record.revocation, Some(fact) if fact.reason != ReasonCode::HOLD)
            }
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
            && filter
                .subject
                .as_ref()
                .is_none_or(|text| text.is_in(&record.subject_text))
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
