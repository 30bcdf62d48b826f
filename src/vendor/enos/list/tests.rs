use super::*;
use crate::vendor::enos::tests::{NOW, TestWorld, at, text};
use crate::vendor::enos::world::Revocation;

fn list_at(world: &TestWorld, now: &str) -> Vec<CertificateRow> {
    let request = ListRequest::new("p", "d1").or_org_id("o");
    list(&check(&request).unwrap(), world, at(now)).unwrap()
}

#[test]
fn a_row_has_the_vendors_fields_in_their_order() {
    let rows = list_at(&TestWorld::with_sample("p/d1"), NOW);
    let cert = serde_json::to_string(&text("vendor/enos/device.cert.pem")).unwrap();
    let expected = format!(
        "[{{\"certSN\":\"32720\",\"cert\":{cert},\"certStatus\":0,\
         \"issuer\":\"EMAILADDRESS=ca@eniot.io, CN=EnOS CA, OU=EnOS CA, O=EnOS, L=Shanghai, ST=Shanghai, C=CN\",\
         \"subject\":\"CN=25SZAl, OU=EnOS, O=EnOS, L=Shanghai, ST=Shanghai, C=CN\",\
         \"signDate\":1578307593000,\"effectiveDate\":1578307593000,\"expireDate\":1599907593000,\
         \"revoker\":\"\",\"revokerReason\":\"\"}}]"
    );
    assert_eq!(serde_json::to_string(&rows).unwrap(), expected);
}

#[test]
fn a_status_is_valid_revoked_or_expired() {
    let mut world = TestWorld::with_sample("p/d1");
    let after = "2020-09-12T10:46:34Z";
    assert_eq!(list_at(&world, "2020-09-12T10:46:33Z")[0].cert_status, 0);
    assert_eq!(list_at(&world, after)[0].cert_status, 2);
    world.held[0].1.superseded = true;
    let row = &list_at(&world, NOW)[0];
    assert_eq!((row.cert_status, &*row.revoker_reason), (1, "SUPERSEDED"));
    world.held[0].1.revocation = Some(Revocation {
        at: at(NOW),
        reason: CrlReason::KeyCompromise,
        by: "operator".to_owned(),
    });
    let row = &list_at(&world, after)[0];
    assert_eq!(
        (row.cert_status, &*row.revoker, &*row.revoker_reason),
        (1, "operator", "KEY COMPROMISE")
    );
}

#[test]
fn a_device_without_certificates_has_an_empty_list() {
    assert_eq!(list_at(&TestWorld::with_sample("p/d2"), NOW), []);
}

#[test]
fn an_unknown_device_has_none() {
    let request = ListRequest::new("p", "d9").or_org_id("o");
    let world = TestWorld::new();
    let refusal = list(&check(&request).unwrap(), &world, at(NOW)).unwrap_err();
    assert_eq!(refusal.code(), 11404);
    let refusal = check(&ListRequest::default()).unwrap_err();
    assert_eq!(
        refusal.msg(),
        "invalid argument: The device identifier is invalid"
    );
}

#[test]
fn an_unreadable_certificate_fails_the_query() {
    let mut world = TestWorld::with_sample("p/d1");
    world.held[0].1.certificate_der.clear();
    let request = ListRequest::new("p", "d1").or_org_id("o");
    let refusal = list(&check(&request).unwrap(), &world, at(NOW)).unwrap_err();
    let begin = "Query cert is failed!message: a certificate on file cannot be read";
    assert!(refusal.msg().starts_with(begin), "{refusal}");
    let rule = refusal.faults()[0].finding().rule();
    assert_eq!(rule, "enos.certificate-on-file");
}

#[test]
fn special_characters_stand_in_quotation_marks() {
    assert_eq!(quoted("Acme, Inc."), "\"Acme, Inc.\"");
    assert_eq!(quoted("a\"b\\"), "\"a\\\"b\\\\\"");
    assert_eq!(quoted(" a"), "\" a\"");
    assert_eq!(quoted("EnOS CA"), "EnOS CA");
}
