use super::*;
use crate::vendor::as2expert::tests::{NOW, at, held, settings};

fn usage(current: Option<i64>, next: Option<i64>) -> StationUsage {
    let usage = FunctionUsage { current, next };
    StationUsage {
        signing: usage,
        encryption: usage,
        placed: current.max(next).unwrap_or(0),
    }
}

#[test]
fn the_first_certificate_is_current_and_a_later_one_next() {
    let now = at(NOW);
    let first = StationUsage::default().settled(&[held(105)], now);
    assert_eq!(first, usage(Some(105), None));
    let second = first.settled(&[held(105), held(129)], now);
    assert_eq!(second, usage(Some(105), Some(129)));
    // The one made last, whoever came to say so.
    let all = [held(130), held(129), held(105)];
    let expected = usage(Some(105), Some(130));
    assert_eq!(second.settled(&all, now), expected);
    assert_eq!(StationUsage::default().settled(&all, now), expected);
    let mut ended = all;
    ended[0].ended = true;
    let expected = StationUsage {
        placed: 130,
        ..second
    };
    assert_eq!(second.settled(&ended, now), expected);
    assert_eq!(second.rolled_over().signing, usage(Some(129), None).signing);
    assert_eq!(first.rolled_over(), first);
}

#[test]
fn what_has_ended_or_is_absent_gives_way_to_the_next() {
    let both = usage(Some(105), Some(129));
    let good = [held(105), held(129)];
    assert_eq!(both.settled(&good, at(NOW)), both);
    let mut revoked = good.clone();
    revoked[0].ended = true;
    let settled = |held: &[Held], now| both.settled(held, now).encryption;
    let function = |current, next| FunctionUsage { current, next };
    assert_eq!(settled(&revoked, at(NOW)), function(Some(129), None));
    assert_eq!(settled(&good[1..], at(NOW)), function(Some(129), None));
    assert_eq!(settled(&good[..1], at(NOW)), function(Some(105), None));
    let later = at("2027-04-26T12:00:01Z");
    assert_eq!(settled(&good, later), function(None, None));
}

#[test]
fn a_rollover_touches_the_partners_of_the_station() {
    let settings = settings("");
    let partners: Vec<_> = settings.partners_of(62).cloned().collect();
    let both = usage(Some(105), Some(129));
    let uses = |uses: &[Use]| uses.iter().map(Use::partner_id).collect::<Vec<_>>();
    let current = Lifecycle::of(105, both, &partners);
    assert_eq!(uses(current.current()), [140, 141]);
    assert_eq!(uses(current.next()), [0; 0]);
    assert_eq!(uses(current.partners_affected()), [140, 141]);
    let next = Lifecycle::of(129, both, &partners);
    assert_eq!(
        (next.current().len(), uses(next.next())),
        (0, vec![140, 141])
    );
    assert_eq!(next.next()[0].partner_name(), "First");
    assert_eq!(next.next()[0].station_id(), 62);
    let unused = Lifecycle::of(7, both, &partners);
    assert_eq!(unused, Lifecycle::default());
}

#[test]
fn the_view_is_the_contracts_json() {
    let settings = settings("");
    let partners: Vec<_> = settings.partners_of(63).cloned().collect();
    let view = Lifecycle::of(105, usage(Some(105), None), &partners);
    assert_eq!(
        serde_json::to_string(&view).unwrap(),
        r#"{"current_count":1,"next_count":0,"current":[{"partner_id":142,"partner_name":"Third","station_id":63}],"next":[],"partners_affected":[{"partner_id":142,"partner_name":"Third","station_id":63}]}"#
    );
}
