use serde_json::{Value, json};

use super::*;
use crate::vendor::emca::config::EmcaConfig;
use crate::vendor::emca::tests;
use crate::vendor::emca::tests::fixture;

fn rules(changes: &[(&str, Value)], settings: &Emca) -> Vec<&'static str> {
    let body = serde_json::to_vec(&tests::object(changes)).unwrap();
    let specimen = Specimen::from_octets(body).unwrap();
    let found = judge(vec![specimen], tests::at(tests::NOW), settings).unwrap();
    found.concat().iter().map(Finding::rule).collect()
}

#[test]
fn where_users_are_registered_the_body_is_judged_as_theirs() {
    let settings = tests::settings();
    assert_eq!(rules(&[], &settings), [""; 0]);
    assert_eq!(
        rules(&[("password", json!("x"))], &settings),
        ["emca.password"]
    );
    assert_eq!(rules(&[("userName", json!("x"))], &settings), ["emca.user"]);
    let other = (
        "signature",
        json!(tests::base64(fixture!("other-signer.p7"))),
    );
    assert_eq!(rules(&[other], &settings), ["emca.signature"]);
}

#[test]
fn where_nobody_is_registered_the_signer_in_the_message_is_believed() {
    let settings = Emca::from_config(EmcaConfig::default()).unwrap();
    let profile = || ("profileID", json!("1"));
    assert_eq!(rules(&[profile()], &settings), [""; 0]);
    let changes = [
        profile(),
        ("password", json!("x")),
        ("userName", json!("x")),
    ];
    assert_eq!(rules(&changes, &settings), [""; 0]);
    let changes = [
        profile(),
        ("validity", json!("365")),
        ("sANValues", json!("dNSName")),
        ("isP7BRequest", json!("yes")),
    ];
    let all = ["emca.validity", "emca.san-values", "emca.is-p7b-request"];
    let found = rules(&changes, &settings);
    assert_eq!(found.len(), all.len(), "{found:?}");
    assert!(all.iter().all(|rule| found.contains(rule)), "{found:?}");
}

#[test]
fn what_the_profile_forbids_is_told_as_well() {
    let settings = Emca::from_config(EmcaConfig::default()).unwrap();
    let changes = [
        ("profileID", json!("1")),
        ("subjectDNOids", json!("2.5.4.3|gateway~2.5.4.6|India")),
    ];
    assert_eq!(rules(&changes, &settings), ["rfc5280.country"]);
}

#[test]
fn a_bare_request_is_judged_by_its_form_proof_and_key() {
    let settings = Emca::from_config(EmcaConfig::default()).unwrap();
    let rules = |octets: &[u8]| {
        let specimen = Specimen::from_octets(octets.to_vec()).unwrap();
        let found = judge(vec![specimen], tests::at(tests::NOW), &settings).unwrap();
        found.concat().iter().map(Finding::rule).collect::<Vec<_>>()
    };
    assert_eq!(rules(fixture!("request.csr.pem")), [""; 0]);
    assert_eq!(rules(fixture!("request-ec.csr.pem")), [""; 0]);
    assert_eq!(rules(b"neither this nor that"), ["emca.csr"]);
}
