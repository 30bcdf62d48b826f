use super::*;
use crate::service::ecgrid::tests::{create, now, rng, service};
use crate::vendor::ecgrid::enums::CertificateUsage;
use crate::vendor::ecgrid::wire::{CreateRequest, TerminateRequest};
use crate::vendor::rollover::{Function, IfNext, Lane, Pairs, Purpose};

fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

fn request(pairs: Pairs) -> RolloverRequest {
    RolloverRequest {
        pairs,
        ..RolloverRequest::new(5001)
    }
}

fn roll(service: &mut Service, request: &RolloverRequest, now: &str) -> Result<Rollover, Refusal> {
    let moment = Moment::at(at(now));
    let kept = service.ledger().find_by_holder("ecgrid", "5001").unwrap();
    let seed = 100 + u8::try_from(kept.len()).unwrap();
    let made = service.ecgrid_rollover(request, &Caller::local(), &moment, &mut rng(seed));
    made.unwrap()
}

fn lanes(service: &Service, now: &str) -> Vec<(Purpose, Option<i64>, Option<i64>)> {
    let found = service.ecgrid_successions(Some(5001), &Caller::local(), at(now));
    let id = |used: &Option<crate::vendor::rollover::Used>| used.as_ref().map(|used| used.id);
    let lane = |lane: &Lane| (lane.purpose, id(&lane.slot.current), id(&lane.slot.next));
    found.unwrap()[0].lanes.iter().map(lane).collect()
}

#[test]
fn the_next_is_kept_with_its_key_and_takes_over_at_the_boundary() {
    let (_folder, mut service) = service(20);
    create(&mut service, &[CreateRequest::new(5001)], 2);
    let rollover = roll(
        &mut service,
        &request(Pairs::Combined),
        "2028-03-01T00:00:00Z",
    )
    .unwrap();
    assert_eq!(
        (rollover.owner_id, &*rollover.owner),
        (5001, "MYCOMPANY-AS2")
    );
    let [pair] = rollover.pairs.as_slice() else {
        panic!("{rollover:?}");
    };
    assert_eq!((pair.current.id, pair.next.id), (1, 2));
    let both = pair.overlap().unwrap();
    assert_eq!(both.not_before(), at("2028-04-07T00:00:00Z"));
    assert_eq!(both.not_after(), at("2028-05-07T00:00:00Z"));
    let records = service.ledger().find_by_holder("ecgrid", "5001").unwrap();
    assert_eq!(records[1].supersedes, Some(records[0].id));
    for (now, expected) in [
        ("2028-05-07T00:00:00Z", (Purpose::Both, Some(1), Some(2))),
        ("2028-05-07T00:00:01Z", (Purpose::Both, Some(2), None)),
    ] {
        assert_eq!(lanes(&service, now), [expected], "{now}");
    }
    let key = service.workspace().read_key("ecgrid", 2).unwrap();
    assert_eq!(key.public_key(), pair.next.certificate.public_key());
}

#[test]
fn a_second_rollover_tells_that_there_is_a_next_one_unless_asked_for() {
    let (_folder, mut service) = service(22);
    create(&mut service, &[CreateRequest::new(5001)], 2);
    let first = roll(
        &mut service,
        &request(Pairs::Combined),
        "2028-03-01T00:00:00Z",
    )
    .unwrap();
    let again = roll(
        &mut service,
        &request(Pairs::Combined),
        "2028-03-02T00:00:00Z",
    );
    let refusal = again.unwrap_err();
    let finding = refusal.faults()[0].finding();
    assert_eq!(finding.rule(), "ecgrid.rollover");
    assert_eq!(
        finding.found(),
        "certificate 2 as the next for signing, from 2028-04-07T00:00:00Z on"
    );
    let kept = service.ledger().find_by_holder("ecgrid", "5001").unwrap();
    assert_eq!(kept.len(), 2);
    assert!(service.workspace().read_key("ecgrid", 3).is_err());
    let same = service.ecgrid_rolled_over(
        &request(Pairs::Combined),
        &Caller::local(),
        at("2028-03-02T00:00:00Z"),
    );
    assert_eq!(same.unwrap(), first);
    let asked = RolloverRequest {
        if_next: IfNext::MakeAnother,
        ..request(Pairs::Combined)
    };
    let other = roll(&mut service, &asked, "2028-03-02T00:00:00Z").unwrap();
    assert_eq!((other.pairs[0].current.id, other.pairs[0].next.id), (1, 3));
}

#[test]
fn signing_and_encryption_part_and_roll_over_each_for_itself() {
    let (_folder, mut service) = service(23);
    create(&mut service, &[CreateRequest::new(5001)], 2);
    let rollover = roll(
        &mut service,
        &request(Pairs::Separate),
        "2028-03-01T00:00:00Z",
    )
    .unwrap();
    let made: Vec<_> = rollover
        .pairs
        .iter()
        .map(|pair| (pair.purpose, pair.next.id))
        .collect();
    assert_eq!(made, [(Purpose::Signing, 2), (Purpose::Encryption, 3)]);
    let now = "2028-05-07T00:00:01Z";
    let expected = [
        (Purpose::Signing, Some(2), None),
        (Purpose::Encryption, Some(3), None),
    ];
    assert_eq!(lanes(&service, now), expected);
    let signing = request(Pairs::Only(Function::Signing));
    let rollover = roll(&mut service, &signing, now).unwrap();
    assert_eq!(
        (rollover.pairs[0].current.id, rollover.pairs[0].next.id),
        (2, 4)
    );
    let expected = [
        (Purpose::Signing, Some(2), Some(4)),
        (Purpose::Encryption, Some(3), None),
    ];
    assert_eq!(lanes(&service, now), expected);
    let combined = roll(&mut service, &request(Pairs::Combined), now).unwrap_err();
    assert_eq!(
        combined.faults()[0].finding().found(),
        "certificate 2 for signing and 3 for encryption"
    );
    // A partner's own certificate is no part of it.
    let own = CreateRequest::new(5001)
        .with_expires(at("2030-01-01T00:00:00Z"))
        .with_partner("P")
        .with_usage(CertificateUsage::Signature);
    create(&mut service, &[own], 3);
    assert_eq!(lanes(&service, now)[..2], expected);
    assert_eq!(lanes(&service, now).len(), 3);
}

#[test]
fn what_is_terminated_is_neither_current_nor_next() {
    let (_folder, mut service) = service(24);
    create(&mut service, &[CreateRequest::new(5001)], 2);
    roll(
        &mut service,
        &request(Pairs::Combined),
        "2028-03-01T00:00:00Z",
    )
    .unwrap();
    let end = TerminateRequest::new(5001, 2);
    let ended = service.ecgrid_terminate(&end, &Caller::local(), now());
    ended.unwrap().unwrap();
    let expected = [(Purpose::Both, Some(1), None)];
    assert_eq!(lanes(&service, "2028-03-01T00:00:00Z"), expected);
}
