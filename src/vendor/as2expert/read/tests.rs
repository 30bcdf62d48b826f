use super::*;
use crate::vendor::as2expert::access::Scope;
use crate::vendor::as2expert::tests::{NOW, TestWorld, at, caller, held};

#[test]
fn a_list_has_the_sites_certificates_by_rising_id() {
    let mut world = TestWorld::with_certificate();
    let mut of_other_station = held(104);
    of_other_station.station_id = 63;
    let mut of_other_site = held(103);
    of_other_site.station_id = 64;
    world.held.extend([of_other_station, of_other_site]);
    let ids = |caller: &Caller| {
        let rows = list(caller, &world).unwrap();
        rows.iter().map(CertificateRow::id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&caller()), [104, 105]);
    assert_eq!(ids(&Caller::local()), [103, 104, 105]);
}

#[test]
fn a_detail_is_the_sites_alone() {
    let mut world = TestWorld::with_certificate();
    let detail = |world: &TestWorld, id, caller: &Caller| {
        detail(&DetailRequest::new(id), caller, world, at(NOW))
    };
    let found = detail(&world, 105, &caller()).unwrap();
    assert_eq!(found.lifecycle().current().len(), 2);
    let absent = detail(&world, 106, &caller()).unwrap_err();
    assert_eq!(absent.msg(), "Certificate not found");
    world.held[0].station_id = 64;
    let elsewhere = detail(&world, 105, &caller()).unwrap_err();
    assert_eq!(elsewhere.msg(), "Certificate not found");
    assert!(detail(&world, 105, &Caller::local()).is_ok());
}

#[test]
fn reading_needs_its_scope_and_a_world_that_answers() {
    let mut world = TestWorld::with_certificate();
    let writer = Caller::of_site("default", &[Scope::Write]);
    assert_eq!(
        list(&writer, &world).unwrap_err().msg(),
        "Scope read requerido"
    );
    let request = DetailRequest::new(105);
    let refusal = detail(&request, &writer, &world, at(NOW)).unwrap_err();
    assert_eq!(refusal.msg(), "Scope read requerido");
    world.fails = true;
    let refusal = list(&caller(), &world).unwrap_err();
    assert_eq!(refusal.msg(), "DB error: internal detail");
    assert_eq!(refusal.kind().status(), 500);
}
