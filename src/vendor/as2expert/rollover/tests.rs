use super::*;
use crate::vendor::as2expert::access::Scope;
use crate::vendor::as2expert::tests::{NOW, TestWorld, at, caller, held, rules, terms, terms_with};
use crate::vendor::rollover::Purpose;

fn request() -> RolloverRequest {
    RolloverRequest::new(62)
}

fn rolled(request: &RolloverRequest, world: &TestWorld) -> Result<Vec<Placed>, Refusal> {
    rollover(request, &caller(), world, &terms())
}

#[test]
fn the_new_one_has_subject_names_and_size_of_the_old_one() {
    let world = TestWorld::with_certificate(); // until 2027-04-26T12:00:00Z
    let placed = rolled(&request(), &world).unwrap().remove(0);
    assert_eq!(placed.replaces(), Some(105));
    let (order, old) = (placed.unkeyed(), held(105).certificate);
    assert_eq!(order.subject(), old.subject());
    assert_eq!(order.key_algorithm(), KeyAlgorithm::Rsa2048);
    let names: Vec<_> = order
        .subject_alt_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["rfc822Name:as2@example.com"]);
    let validity = order.validity();
    assert_eq!(validity.not_before(), at("2027-03-27T12:00:00Z"));
    assert_eq!(validity.not_after(), at("2028-03-26T12:00:00Z"), "365 days");
    let years = RolloverRequest {
        years: Some(2),
        overlap_days: 0,
        ..request()
    };
    let validity = rolled(&years, &world).unwrap()[0].unkeyed().validity();
    assert_eq!(validity.not_before(), at("2027-04-26T12:00:00Z"));
    assert_eq!(validity.not_after(), at("2029-04-26T12:00:00Z"));
}

#[test]
fn separate_ones_have_the_bits_of_their_own() {
    let apart = RolloverRequest {
        pairs: Pairs::Separate,
        ..request()
    };
    let placed = rolled(&apart, &TestWorld::with_certificate()).unwrap();
    let made: Vec<_> = placed
        .iter()
        .map(crate::vendor::as2expert::tests::made)
        .collect();
    let purposes: Vec<_> = made.iter().map(|made| Purpose::of(made.tbs())).collect();
    assert_eq!(purposes, [Purpose::Signing, Purpose::Encryption]);
    for made in &made {
        let sha1 = crate::vendor::as2expert::profile::Sha1::Refused;
        let findings = crate::vendor::as2expert::shape::findings(made.tbs(), sha1);
        assert_eq!(findings.unwrap(), []);
    }
}

#[test]
fn what_cannot_be_rolled_over_is_refused() {
    let world = TestWorld::with_certificate();
    let refused = |request: &RolloverRequest| {
        let refusal = rolled(request, &world).unwrap_err();
        let (rule, msg) = rules(&refusal)[0];
        (rule, msg.to_owned())
    };
    let unknown = RolloverRequest::new(7);
    assert_eq!(refused(&unknown).1, "Station not found");
    // Station 64 is of another site.
    assert_eq!(refused(&RolloverRequest::new(64)).1, "Station not found");
    let partner = RolloverRequest {
        partner: Some(142),
        ..request()
    };
    assert_eq!(refused(&partner).1, "Partner not found");
    let years = RolloverRequest {
        years: Some(0),
        ..request()
    };
    let (rule, msg) = refused(&years);
    assert_eq!(
        (rule, &*msg),
        ("as2expert.rollover-time", "Campo inválido: dias")
    );
    let hash = RolloverRequest {
        hash: Some("md5".to_owned()),
        ..request()
    };
    assert_eq!(refused(&hash).0, "as2expert.hash");
    let none = rolled(&request(), &TestWorld::new()).unwrap_err();
    assert_eq!(rules(&none)[0].0, "as2expert.rollover");
    let reader = Caller::of_site("default", &[Scope::Read]);
    let refusal = rollover(&request(), &reader, &world, &terms_with("")).unwrap_err();
    assert_eq!(refusal.msg(), "Scope write requerido");
}

#[test]
fn all_partners_of_a_station_are_affected() {
    let world = TestWorld::with_certificate();
    let found = successions(Some(62), &caller(), &world, at(NOW)).unwrap();
    let lane = &found[0].lanes[0];
    let partners: Vec<_> = lane.partners.iter().map(|partner| partner.id).collect();
    assert_eq!(partners, [Some(140), Some(141)]);
    assert_eq!(
        (found[0].owner.as_str(), lane.purpose),
        ("My station", Purpose::Both)
    );
    let every = successions(None, &caller(), &world, at(NOW)).unwrap();
    let ids: Vec<_> = every.iter().map(|one| one.owner_id).collect();
    assert_eq!(ids, [62, 63], "the site's own");
}
