use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use super::*;
use crate::key::KeyAlgorithm;
use crate::lint;
use crate::lint::Severity;
use crate::vendor::emca::config::{EmcaConfig, EmcaProfileConfig};
use crate::vendor::emca::near_miss::near_misses;
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
fn what_one_stage_finds_does_not_hide_the_next_and_each_has_the_vendors_sentence() {
    let settings = Emca::from_config(EmcaConfig::default()).unwrap();
    let judged = |body: Value| {
        let octets = serde_json::to_vec(&body).unwrap();
        let specimen = Specimen::from_octets(octets).unwrap();
        let found = judge(vec![specimen], tests::at(tests::NOW), &settings).unwrap();
        let told = |finding: &Finding| {
            let message = finding.answer().map_or("", lint::Answer::message);
            format!("{} {message}", finding.field())
        };
        found.concat().iter().map(told).collect::<Vec<_>>()
    };
    let changes = [
        ("password", Value::Null),
        ("validity", json!("zz")),
        ("profileID", json!("99")),
    ];
    assert_eq!(
        judged(tests::object(&changes).into()),
        [
            "password Invalid parameter",
            "profileID 99 profile does not exist",
            "validity Invalid validity"
        ]
    );
    let missing = [
        "userName",
        "password",
        "applicationId",
        "signature",
        "subscriberId",
        "profileID",
        "isP7BRequest",
        "sANValues",
        "subjectDNOids",
    ];
    let mut found = judged(json!({ "a": 1 }));
    let mut expected = missing.map(|name| format!("{name} Invalid parameter"));
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let sealed = judged(json!({ "requestData": "AAAA", "userName": "u" }));
    assert_eq!(sealed, ["requestData "]);
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

#[test]
fn a_certificate_is_held_against_the_profile_that_it_comes_nearest_to() {
    let now = tests::at(tests::NOW);
    let made = near_misses(now, &mut ChaCha20Rng::from_seed([3; 32])).unwrap();
    let critical = made
        .iter()
        .find(|file| file.rule() == "rfc5280.ski-critical");
    let specimen = Specimen::from_octets(critical.unwrap().octets().to_vec()).unwrap();
    let rules = |config: EmcaConfig| {
        let settings = Emca::from_config(config).unwrap();
        let found = judge(vec![specimen.clone()], now, &settings).unwrap();
        found.concat().iter().map(Finding::rule).collect::<Vec<_>>()
    };
    let mut compatible = EmcaProfileConfig::new("2", "as sampled");
    compatible.critical_key_identifiers = true;
    let mut config = EmcaConfig::default();
    config.profiles.push(compatible.clone());
    assert_eq!(rules(config.clone()), ["rfc5280.ski-critical"]);
    // There both identifiers are critical, and this certificate has one that is not.
    config.profiles = vec![compatible];
    assert_eq!(rules(config), ["emca.extension-value"]);
}

#[test]
fn what_each_profile_issues_passes_with_its_chain() {
    let settings = tests::settings();
    let (ca, signer) = tests::ca(KeyAlgorithm::P256);
    let issuer = IssuerName::of_certificate(&ca).unwrap();
    for (id, country) in [
        ("3", "IN"),
        ("5", "IN"),
        ("6", "India"),
        ("7", "IN"),
        ("8", "IN"),
    ] {
        let subject = format!("2.5.4.3|gateway~2.5.4.10|Example~2.5.4.6|{country}");
        let changes = [("profileID", json!(id)), ("subjectDNOids", json!(subject))];
        let placed = tests::placed(&changes).unwrap();
        let serial = SerialNumber::from_u64(5_000_001).unwrap();
        let prepared = issuer.prepare(placed.order(), serial).unwrap();
        let made = signer.sign(vec![prepared]).pop().unwrap().unwrap();
        let chain = [made.to_pem(), ca.to_pem()].concat();
        let specimen = Specimen::from_octets(chain.into_bytes()).unwrap();
        let at = placed.order().validity().not_before();
        let found = judge(vec![specimen], at, &settings).unwrap();
        let is_error = |finding: &&Finding| finding.severity() == Severity::Error;
        assert_eq!(found[0].iter().find(is_error), None, "profile {id}");
        // The string type of profile 7 is one that RFC 5280 keeps for old names.
        let warned: Vec<_> = found[0].iter().map(Finding::rule).collect();
        let expected: &[&str] = if id == "7" {
            &["rfc5280.string-type"]
        } else {
            &[]
        };
        assert_eq!(warned, expected, "profile {id}");
    }
}
