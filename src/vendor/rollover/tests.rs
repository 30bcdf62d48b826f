use super::*;

const SAMPLE: &str = include_str!("../../../testdata/vendor/enos/device.cert.pem");

fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

fn used(id: i64, purpose: Purpose, begin: &str, end: &str) -> Used {
    Used {
        id,
        certificate: Certificate::from_pem(SAMPLE.as_bytes()).unwrap(),
        purpose,
        begin: at(begin),
        end: at(end),
    }
}

/// 1 for both until 2028-05-07; 2 for both, 30 days before.
fn two() -> [Used; 2] {
    [
        used(
            1,
            Purpose::Both,
            "2026-05-07T00:00:00Z",
            "2028-05-07T00:00:00Z",
        ),
        used(
            2,
            Purpose::Both,
            "2028-04-07T00:00:00Z",
            "2030-04-07T00:00:00Z",
        ),
    ]
}

fn ids(slot: &Slot) -> [Option<i64>; 2] {
    [&slot.current, &slot.next].map(|used| used.as_ref().map(|used| used.id))
}

#[test]
fn the_next_takes_over_in_the_second_after_the_last() {
    for (now, expected) in [
        ("2026-05-06T23:59:59Z", [None, Some(2)]),
        ("2026-05-07T00:00:00Z", [Some(1), Some(2)]),
        ("2028-04-06T23:59:59Z", [Some(1), Some(2)]),
        ("2028-04-07T00:00:00Z", [Some(1), Some(2)]),
        ("2028-05-07T00:00:00Z", [Some(1), Some(2)]),
        ("2028-05-07T00:00:01Z", [Some(2), None]),
        ("2030-04-07T00:00:00Z", [Some(2), None]),
        ("2030-04-07T00:00:01Z", [None, None]),
    ] {
        assert_eq!(ids(&Slot::among(&two(), at(now))), expected, "{now}");
    }
    let both = Slot::among(&two(), at("2026-06-01T00:00:00Z"));
    let both = both.overlap().unwrap();
    assert_eq!(both.not_before(), at("2028-04-07T00:00:00Z"));
    assert_eq!(both.not_after(), at("2028-05-07T00:00:00Z"));
}

#[test]
fn the_last_made_of_those_that_last_longer_is_the_next() {
    let mut all = two().to_vec();
    let (begin, end) = ("2028-04-20T00:00:00Z", "2029-04-20T00:00:00Z");
    all.push(used(3, Purpose::Both, begin, end));
    let (begin, end) = ("2026-06-01T00:00:00Z", "2027-06-01T00:00:00Z");
    all.push(used(4, Purpose::Both, begin, end));
    let slot = Slot::among(&all, at("2026-07-01T00:00:00Z"));
    assert_eq!(ids(&slot), [Some(1), Some(3)]);
}

#[test]
fn separate_certificates_follow_a_combined_one_each_for_itself() {
    let [one, _] = two();
    let (begin, end) = ("2028-04-07T00:00:00Z", "2030-04-07T00:00:00Z");
    let signing = used(2, Purpose::Signing, begin, end);
    let encryption = used(3, Purpose::Encryption, begin, end);
    let now = at("2027-01-01T00:00:00Z");
    let apart = Slots::among(&[one.clone(), signing, encryption], now);
    assert_eq!(ids(&apart.signing), [Some(1), Some(2)]);
    assert_eq!(ids(&apart.encryption), [Some(1), Some(3)]);
    let lanes = apart.lanes(None, &[]);
    let purposes: Vec<_> = lanes.iter().map(|lane| lane.purpose).collect();
    assert_eq!(purposes, [Purpose::Signing, Purpose::Encryption]);
    let pairs = apart.pairs(Pairs::Separate).unwrap();
    let next: Vec<_> = pairs
        .iter()
        .map(|pair| (pair.current.id, pair.next.id))
        .collect();
    assert_eq!(next, [(1, 2), (1, 3)]);
    let together = Slots::among(&[one], now);
    assert_eq!(together.lanes(None, &[]).len(), 1);
    assert_eq!(Slots::default().lanes(None, &[]), []);
}

#[test]
fn what_stands_in_the_way_is_told() {
    let [one, two] = two();
    let now = at("2027-01-01T00:00:00Z");
    let refuse = IfNext::Refuse;
    let steps = |all: &[Used], pairs, if_next| {
        let steps = Slots::among(all, now).steps(pairs, if_next)?;
        Ok::<Vec<_>, Hindrance>(steps.iter().map(|step| step.current.id).collect())
    };
    assert_eq!(
        steps(std::slice::from_ref(&one), Pairs::Separate, refuse),
        Ok(vec![1, 1])
    );
    let both = [one.clone(), two];
    let next = Hindrance::NextExists {
        function: "signing",
        id: 2,
        begin: at("2028-04-07T00:00:00Z"),
    };
    assert_eq!(steps(&both, Pairs::Combined, refuse), Err(next));
    let again = steps(&both, Pairs::Combined, IfNext::MakeAnother);
    assert_eq!(again, Ok(vec![1]));
    let function = "encryption";
    let of_signing = [Used {
        purpose: Purpose::Signing,
        ..one.clone()
    }];
    let none = Hindrance::NoCurrent { function };
    assert_eq!(steps(&of_signing, Pairs::Combined, refuse), Err(none));
    let only = Pairs::Only(Function::Signing);
    assert_eq!(steps(&of_signing, only, refuse), Ok(vec![1]));
    let of_encryption = Used {
        id: 5,
        purpose: Purpose::Encryption,
        ..one
    };
    let apart = [of_signing[0].clone(), of_encryption];
    let refused = Hindrance::Apart {
        signing: 1,
        encryption: 5,
    };
    assert_eq!(steps(&apart, Pairs::Combined, refuse), Err(refused));
    let absent = Slots::among(&apart, now).pairs(only);
    let purpose = "signing";
    assert_eq!(absent, Err(Hindrance::NoNext { purpose }));
}

#[test]
fn the_new_one_begins_days_before_the_end_and_lasts_longer() {
    let [one, _] = two();
    let validity = |overlap, lasting, now| {
        let validity = validity(&one, overlap, lasting, at(now))?;
        let ends = [validity.not_before(), validity.not_after()];
        Ok::<_, Hindrance>(ends.map(|end| end.to_string()))
    };
    let now = "2027-01-01T00:00:00Z";
    for (overlap, lasting, now, begin, end) in [
        (
            30,
            Lasting::Years(2),
            now,
            "2028-04-07T00:00:00Z",
            "2030-04-07T00:00:00Z",
        ),
        (
            0,
            Lasting::Days(365),
            now,
            "2028-05-07T00:00:00Z",
            "2029-05-07T00:00:00Z",
        ),
        (
            69,
            Lasting::Years(1),
            now,
            "2028-02-28T00:00:00Z",
            "2029-02-28T00:00:00Z",
        ),
        // What is left of the present one is less than was asked for.
        (
            30,
            Lasting::Years(1),
            "2028-05-01T01:02:03Z",
            "2028-05-01T01:02:03Z",
            "2029-05-01T01:02:03Z",
        ),
    ] {
        let expected = [begin.to_owned(), end.to_owned()];
        assert_eq!(validity(overlap, lasting, now), Ok(expected));
    }
    let short = Hindrance::TooShort {
        end: at("2028-01-01T00:00:00Z"),
        current_end: one.end,
    };
    assert_eq!(validity(1000, Lasting::Years(1), now), Err(short));
    for (lasting, found) in [
        (Lasting::Years(0), "0 years"),
        (Lasting::Days(0), "0 days"),
        (Lasting::Years(9000), "9000 years"),
    ] {
        let refused = Hindrance::Lifetime {
            found: found.to_owned(),
            begin: at("2028-04-07T00:00:00Z"),
        };
        assert_eq!(validity(30, lasting, now), Err(refused));
    }
}
