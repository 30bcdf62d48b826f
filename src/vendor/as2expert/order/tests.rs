use super::*;
use crate::vendor::as2expert::access::Scope;
use crate::vendor::as2expert::check::check;
use crate::vendor::as2expert::error::FaultKind;
use crate::vendor::as2expert::tests::{
    TestWorld, caller, page_subject, place_one, terms, terms_with,
};
use crate::vendor::as2expert::wire::CreateRequest;

fn place(request: CreateRequest, caller: &Caller, world: &TestWorld) -> Result<Placed, Refusal> {
    let checked = check(&[request], &terms()).remove(0).unwrap();
    order(vec![checked], caller, world, &terms()).remove(0)
}

fn subject_of(request: CreateRequest) -> String {
    let placed = place_one(request, &terms()).unwrap();
    placed.unkeyed().subject().to_string()
}

#[test]
fn what_a_request_leaves_out_comes_from_the_station_and_then_from_the_sample() {
    assert_eq!(
        subject_of(CreateRequest::new(62)),
        "CN=My station,L=Madrid,C=ES"
    );
    assert_eq!(
        subject_of(CreateRequest::new(62).with_subject(page_subject())),
        "emailAddress=as2@example.com,CN=free.as2expert.com,L=Madrid,C=ES"
    );
    assert_eq!(
        subject_of(CreateRequest::new(63)),
        "emailAddress=as2@other.example,CN=OTHER-AS2,OU=EDI,O=Other SA,L=Paris,ST=IDF,C=FR"
    );
    let asked = SubjectFields {
        country_name: Some("pt".to_owned()),
        organization: Some("Mine".to_owned()),
        ..page_subject()
    };
    assert_eq!(
        subject_of(CreateRequest::new(63).with_subject(asked)),
        "emailAddress=as2@example.com,CN=free.as2expert.com,OU=EDI,O=Mine,L=Paris,ST=IDF,C=PT"
    );
}

#[test]
fn a_request_comes_to_key_names_validity_and_profile() {
    let request = CreateRequest::new(62)
        .with_subject(page_subject())
        .with_key_bits(3072)
        .with_hash("sha384");
    let placed = place_one(request, &terms()).unwrap();
    let order = placed.unkeyed();
    assert_eq!(order.key_algorithm().to_string(), "RSA-3072");
    let names: Vec<_> = order
        .subject_alt_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["rfc822Name:as2@example.com"]);
    assert_eq!(order.profile().name(), "as2expert-station");
    assert_eq!(
        order.profile().signature_algorithm_names(),
        "sha384WithRSAEncryption"
    );
    assert_eq!(placed.hash(), HashAlgorithm::Sha384);
    assert_eq!((placed.station().id, placed.holder().as_str()), (62, "62"));
}

#[test]
fn a_station_that_is_absent_or_another_sites_is_not_found() {
    for station in [1, 64] {
        let refusal = place(CreateRequest::new(station), &caller(), &TestWorld::new()).unwrap_err();
        assert_eq!(refusal.kind(), &FaultKind::NotFound(Thing::Station));
        assert_eq!(refusal.stage(), Stage::World);
        assert_eq!(refusal.faults()[0].finding().rule(), "as2expert.station");
    }
    assert!(place(CreateRequest::new(64), &Caller::local(), &TestWorld::new()).is_ok());
}

#[test]
fn a_scope_that_is_too_small_is_told_before_any_question() {
    let mut world = TestWorld::new();
    world.fails = true;
    let reader = Caller::of_site("default", &[Scope::Read]);
    let refusal = place(CreateRequest::new(62), &reader, &world).unwrap_err();
    assert_eq!(refusal.msg(), "Scope write requerido");
    let refusal = place(CreateRequest::new(62), &caller(), &world).unwrap_err();
    assert_eq!(refusal.msg(), "DB error: internal detail");
}

#[test]
fn terms_without_sha1_have_no_profile_for_it() {
    let sha1 = CreateRequest::new(62).with_hash("sha1");
    let checked = check(&[sha1], &terms()).remove(0).unwrap();
    let refused = order(vec![checked], &caller(), &TestWorld::new(), &terms_with("")).remove(0);
    assert_eq!(refused.unwrap_err().msg(), "Campo inválido: hash");
}
