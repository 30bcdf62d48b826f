use super::*;
use crate::service::as2expert::tests::{create, now, rng, service};
use crate::vendor::as2expert::wire::{CreateRequest, DetailRequest};
use crate::vendor::rollover::{IfNext, Lane, Pairs, Purpose};

fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

/// Each rollover draws from a seed of its own.
fn roll(
    service: &mut Service,
    request: &RolloverRequest,
    now: UnixSeconds,
) -> Result<Rollover, Refusal> {
    let moment = Moment::at(now);
    let kept = service.ledger().find_by_holder("as2expert", "62").unwrap();
    let seed = 100 + u8::try_from(kept.len()).unwrap();
    let made = service.as2expert_rollover(request, &Caller::local(), &moment, &mut rng(seed));
    made.unwrap()
}

fn lanes(service: &Service, now: &str) -> Vec<(Purpose, Option<i64>, Option<i64>)> {
    let found = service.as2expert_successions(Some(62), &Caller::local(), at(now));
    let id = |used: &Option<crate::vendor::rollover::Used>| used.as_ref().map(|used| used.id);
    let lane = |lane: &Lane| (lane.purpose, id(&lane.slot.current), id(&lane.slot.next));
    found.unwrap()[0].lanes.iter().map(lane).collect()
}

#[test]
fn the_next_is_scheduled_and_takes_over_at_the_boundary() {
    let (_folder, mut service) = service(30);
    create(&mut service, &[CreateRequest::new(62)], 2);
    let request = RolloverRequest {
        partner: Some(140),
        ..RolloverRequest::new(62)
    };
    let rollover = roll(&mut service, &request, now()).unwrap();
    assert_eq!(rollover.partner.as_deref(), Some("A partner"));
    assert_eq!(rollover.partners[0].id, Some(140));
    let pair = &rollover.pairs[0];
    assert_eq!((pair.current.id, pair.next.id), (1, 2));
    let both = pair.overlap().unwrap();
    assert_eq!(both.not_before(), at("2027-03-27T12:00:00Z"));
    assert_eq!(both.not_after(), at("2027-04-26T12:00:00Z"));
    let records = service.ledger().find_by_holder("as2expert", "62").unwrap();
    assert_eq!(records[1].supersedes, Some(records[0].id));
    let key = service.workspace().read_key("as2expert", 2).unwrap();
    assert_eq!(key.public_key(), pair.next.certificate.public_key());
    for (now, expected) in [
        ("2027-04-26T12:00:00Z", (Purpose::Both, Some(1), Some(2))),
        ("2027-04-26T12:00:01Z", (Purpose::Both, Some(2), None)),
        ("2028-03-26T12:00:00Z", (Purpose::Both, Some(2), None)),
    ] {
        assert_eq!(lanes(&service, now), [expected], "{now}");
    }
    assert_eq!(lanes(&service, "2028-03-26T12:00:01Z"), []);
    // As a crash would leave it, between the record and what is kept of the station.
    let before = r#"{"signing":{"current":1},"encryption":{"current":1},"placed":1}"#;
    let ledger = service.workspace_mut().ledger_mut();
    ledger.set_meta("as2expert-usage-62", before).unwrap();
    let expected = (Purpose::Both, Some(1), Some(2));
    assert_eq!(lanes(&service, "2027-04-26T12:00:00Z"), [expected]);
    let refusal = roll(&mut service, &request, now()).unwrap_err();
    assert_eq!(refusal.faults()[0].finding().rule(), "as2expert.rollover");
    assert!(service.workspace().read_key("as2expert", 3).is_err());
    let asked = RolloverRequest {
        if_next: IfNext::MakeAnother,
        ..request
    };
    let other = roll(&mut service, &asked, now()).unwrap();
    assert_eq!((other.pairs[0].current.id, other.pairs[0].next.id), (1, 3));
}

#[test]
fn separate_ones_are_scheduled_each_for_its_function() {
    let (_folder, mut service) = service(32);
    create(&mut service, &[CreateRequest::new(62)], 2);
    let request = RolloverRequest {
        pairs: Pairs::Separate,
        ..RolloverRequest::new(62)
    };
    roll(&mut service, &request, now()).unwrap();
    let today = now().to_string();
    let expected = [
        (Purpose::Signing, Some(1), Some(2)),
        (Purpose::Encryption, Some(1), Some(3)),
    ];
    assert_eq!(lanes(&service, &today), expected);
    // The vendor's own view shows either where it is used.
    let counts = |id| {
        let detail = service.as2expert_detail(&DetailRequest::new(id), &Caller::local(), now());
        let lifecycle = detail.unwrap();
        let lifecycle = lifecycle.lifecycle();
        [lifecycle.current().len(), lifecycle.next().len()]
    };
    assert_eq!([counts(1), counts(2), counts(3)], [[1, 0], [0, 1], [0, 1]]);
    // An early change of both.
    service
        .as2expert_roll_over(62, at("2027-04-01T00:00:00Z"))
        .unwrap();
    let expected = [
        (Purpose::Signing, Some(2), None),
        (Purpose::Encryption, Some(3), None),
    ];
    assert_eq!(lanes(&service, "2027-04-01T00:00:00Z"), expected);
}
