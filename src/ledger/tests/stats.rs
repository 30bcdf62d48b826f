//! Counts.

use super::*;

#[test]
fn counts_follow_every_change() {
    let mut fixture = Fixture::new();
    let mut recorded = Vec::new();
    for n in 1..=6 {
        let mut new = fixture.certificate(n);
        new.validity = days(0, if n < 6 { 1 } else { 40 });
        if n == 5 {
            new.key_algorithm = None;
        }
        recorded.push(fixture.record(new));
    }
    // One that is refused is not counted.
    assert!(fixture.ledger.record(&[fixture.certificate(1)]).unwrap()[0].is_err());
    let rows = [
        revocation(recorded[0], 5, 1),
        revocation(recorded[1], 5, 6),
        revocation(recorded[2], 5, 6),
    ];
    fixture.ledger.revoke(&rows).unwrap();
    // A hold that becomes a revocation moves, and moves once.
    let rows = [
        revocation(recorded[3], 5, 6),
        revocation(recorded[3], 6, 4),
        revocation(recorded[3], 7, 4),
    ];
    fixture.ledger.revoke(&rows).unwrap();
    fixture
        .ledger
        .release(&[recorded[2]], at(6), "operator")
        .unwrap();
    let first_day = [
        "maker - 1970-01 Valid 1",
        "maker P-256 1970-01 OnHold 1",
        "maker P-256 1970-01 Revoked 2",
        "other P-256 1970-01 Valid 1",
        "other P-256 1970-02 Valid 1",
    ];
    assert_eq!(told(&fixture, 86_399), first_day);
    let third_day = [
        "maker - 1970-01 Expired 1",
        "maker P-256 1970-01 OnHold 1",
        "maker P-256 1970-01 Revoked 2",
        "other P-256 1970-01 Expired 1",
        "other P-256 1970-02 Valid 1",
    ];
    assert_eq!(told(&fixture, 3 * 86_400), third_day);
}

#[test]
fn one_that_is_superseded_within_its_slice_is_counted_as_revoked() {
    let mut fixture = Fixture::new();
    let (old, mut new) = (fixture.certificate(1), fixture.certificate(2));
    let [old_id, new_id] = [1, 2].map(CertificateId::new);
    new.supersedes = Some(Supersedes {
        certificate: old_id,
        revocation: Some(revocation(old_id, 5, 4).fact),
    });
    let both = fixture.ledger.record(&[old, new]).unwrap();
    assert_eq!(both, [Ok(old_id), Ok(new_id)]);
    let counts = fixture.ledger.stats(at(0)).unwrap();
    let counts = counts
        .iter()
        .map(|count| (count.standing, count.certificates));
    assert_eq!(
        counts.collect::<Vec<_>>(),
        [(Standing::Valid, 1), (Standing::Revoked, 1)]
    );
}

fn told(fixture: &Fixture, now: u64) -> Vec<String> {
    let counts = fixture.ledger.stats(at(now)).unwrap();
    let told = counts.into_iter().map(|count| {
        let key = count.key_algorithm.unwrap_or_else(|| "-".to_owned());
        let Count {
            vendor,
            month,
            standing,
            certificates,
            ..
        } = count;
        format!("{vendor} {key} {month} {standing:?} {certificates}")
    });
    told.collect()
}
