use serde_json::json;

use super::*;
use crate::vendor::as2expert::read::{detail, list};
use crate::vendor::as2expert::tests::{NOW, TestWorld, at, caller, held};
use crate::vendor::as2expert::wire::DetailRequest;

#[test]
fn what_was_made_is_told_in_the_pages_order() {
    let json = Reply::created(&held(129)).to_json().unwrap();
    let page = r#"{"status":"success","msg":"Certificate created","data":{"id":129,"certificate_id":129,"station_id":62,"commonName":"free.as2expert.com","countryName":"ES","localityName":"Madrid","cert_pem":"#;
    assert!(json.starts_with(page), "{json}");
    let pem = held(129).certificate.to_pem();
    assert!(pem.ends_with("-----END CERTIFICATE-----\n"));
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["data"]["cert_pem"], pem);
    assert!(!json.contains("PRIVATE"));
}

#[test]
fn a_list_is_the_pages_but_for_its_names() {
    let rows = list(&caller(), &TestWorld::with_certificate()).unwrap();
    assert_eq!(
        Reply::listed(rows).to_json().unwrap(),
        r#"{"status":"success","total":1,"data":[{"id":105,"email":"as2@example.com","commonname":"free.as2expert.com","commonName":"free.as2expert.com","validitystart":"2026-04-26 12:00:00","validityend":"2027-04-26 12:00:00","station":"My station","station_name":"My station"}]}"#
    );
    assert_eq!(
        Reply::listed(Vec::new()).to_json().unwrap(),
        r#"{"status":"success","total":0,"data":[]}"#
    );
}

#[test]
fn a_detail_has_every_field_of_the_contract() {
    let world = TestWorld::with_certificate();
    let found = detail(&DetailRequest::new(105), &caller(), &world, at(NOW)).unwrap();
    let certificate = held(105).certificate;
    let value = serde_json::to_value(Reply::detailed(found)).unwrap();
    let partner =
        |id: i64, name: &str| json!({ "partner_id": id, "partner_name": name, "station_id": 62 });
    let partners = json!([partner(140, "First"), partner(141, "Second")]);
    let subject = "emailAddress=as2@example.com,CN=free.as2expert.com,L=Madrid,C=ES";
    let expected = json!({
        "id": 105, "certificate_id": 105, "station_id": 62, "email": "as2@example.com",
        "commonname": "free.as2expert.com", "commonName": "free.as2expert.com",
        "validitystart": "2026-04-26 12:00:00", "validityend": "2027-04-26 12:00:00",
        "station": "My station", "station_name": "My station", "countryName": "ES",
        "localityName": "Madrid", "provinceName": "", "organization": "",
        "organizationUnitName": "", "dias": 365, "keybits": 2048, "hash": "sha256",
        "serial": "8000000000000000",
        "fingerprint": { "sha1": hex(&certificate.sha1()), "sha256": hex(&certificate.sha256()) },
        "issuer": subject, "subject": subject, "cert_pem": certificate.to_pem(),
        "lifecycle": {
            "current_count": 2, "next_count": 0, "current": partners, "next": [],
            "partners_affected": partners
        }
    });
    assert_eq!(value, json!({ "status": "success", "data": expected }));
}
