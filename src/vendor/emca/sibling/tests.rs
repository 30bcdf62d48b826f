use serde_json::{Value, json};

use super::*;
use crate::key::KeyAlgorithm;
use crate::time::UnixSeconds;
use crate::vendor::emca::caller::Caller;
use crate::vendor::emca::tests::{
    TestWorld, at, authenticated, base64, ca, checked, fixture, object, settings, terms, told,
};
use crate::vendor::emca::wire::Request;
use crate::vendor::emca::{caller, order};

/// A world in which the user holds certificate 5000001, in a state.
fn world(state: State) -> TestWorld {
    let (certificate, _) = ca(KeyAlgorithm::P256);
    let held = Held {
        certificate: 12,
        certificate_der: certificate.as_der().to_vec(),
        validity: certificate.validity(),
        subscriber_id: "sub-1".to_owned(),
        state,
    };
    let serial = SerialNumber::from_u64(5_000_001).unwrap();
    TestWorld {
        held: vec![("apiuser".to_owned(), serial, held)],
        ..TestWorld::default()
    }
}

fn signed(octets: &[u8]) -> (&'static str, Value) {
    ("signature", json!(base64(octets)))
}

fn revoked(
    method: Method,
    changes: &[(&str, Value)],
    world: &TestWorld,
) -> Result<Revocable, Refusal> {
    let settings = settings();
    let base = [signed(fixture!("serial.p7")), ("remarks", json!("lost"))];
    let changes = [&base[..], changes].concat();
    let call = authenticated(method, &changes, &settings);
    revoke(&check_revoke(&call)?, world)
}

#[test]
fn a_certificate_is_revoked_for_each_of_the_vendors_reasons() {
    let world = world(State::Good);
    for (mode, reason) in [0, 1, 2, 3, 4, 5, 9, 10].into_iter().zip(REVOKE_MODES) {
        for mode in [json!(mode), json!(mode.to_string())] {
            let revocable = revoked(Method::Revoke, &[("revokeMode", mode)], &world).unwrap();
            assert_eq!((revocable.certificate, revocable.reason), (12, reason));
            assert_eq!(revocable.remarks, "lost");
        }
    }
    for mode in [json!("6"), json!(6)] {
        let held = revoked(Method::Suspend, &[("revokeMode", mode)], &world).unwrap();
        assert_eq!(held.reason, CrlReason::CertificateHold);
    }
    let empty = revoked(Method::Suspend, &[("revokeMode", json!(""))], &world).unwrap();
    assert_eq!(empty.reason, CrlReason::CertificateHold);
}

#[test]
fn other_modes_are_refused() {
    let world = world(State::Good);
    for (method, mode) in [
        (Method::Revoke, json!("6")),
        (Method::Revoke, json!(7)),
        (Method::Revoke, json!(8)),
        (Method::Revoke, json!(-1)),
        (Method::Revoke, json!("01")),
        (Method::Suspend, json!(1)),
    ] {
        let refusal = revoked(method, &[("revokeMode", mode)], &world).unwrap_err();
        assert_eq!(
            told(&refusal),
            [("Please enter valid data", "emca.revoke-mode")]
        );
    }
    let missing = [("revokeMode", Value::Null), ("remarks", Value::Null)];
    let refusal = revoked(Method::Revoke, &missing, &world).unwrap_err();
    assert_eq!(told(&refusal), [("Invalid parameter", "emca.parameter"); 2]);
}

#[test]
fn what_ended_is_not_ended_again_and_a_hold_may_become_a_revocation() {
    let since: UnixSeconds = at("2026-02-01T00:00:00Z");
    let mode = |mode: i32| [("revokeMode", json!(mode))];
    for (state, method, given, allowed) in [
        (State::Suspended(since), Method::Revoke, 1, true),
        (State::Suspended(since), Method::Suspend, 6, false),
        (State::Revoked(since), Method::Revoke, 1, false),
        (State::Revoked(since), Method::Suspend, 6, false),
    ] {
        let answer = revoked(method, &mode(given), &world(state));
        assert_eq!(answer.is_ok(), allowed, "{state:?} {method}");
        if let Err(refusal) = answer {
            assert_eq!(refusal.stage(), Stage::World);
            assert_eq!(told(&refusal), [("Please enter valid data", "emca.state")]);
        }
    }
}

#[test]
fn a_serial_number_must_be_signed_known_and_the_users_own() {
    let mode = ("revokeMode", json!(1));
    let told_of = |changes: &[(&str, Value)], world: &TestWorld| {
        let refusal = revoked(Method::Revoke, changes, world).unwrap_err();
        let told = told(&refusal);
        (told[0].0.to_owned(), told[0].1)
    };
    let no_number = [mode.clone(), signed(fixture!("content-text.p7"))];
    let expected = ("Please enter valid data".to_owned(), "emca.serial");
    assert_eq!(told_of(&no_number, &world(State::Good)), expected);
    assert_eq!(
        told_of(std::slice::from_ref(&mode), &TestWorld::default()),
        expected
    );
    let others = [mode.clone(), ("userName", json!("strict"))];
    assert_eq!(told_of(&others, &world(State::Good)), expected);
    let unsigned = [mode, signed(b"junk")];
    let expected = ("Signature verification failed".to_owned(), "emca.signature");
    assert_eq!(told_of(&unsigned, &world(State::Good)), expected);
}

/// Rules and sources of a refusal.
fn sources(refusal: &Refusal) -> Vec<(&'static str, &'static str)> {
    let findings = refusal.faults().iter().map(Fault::finding);
    findings.map(|one| (one.rule(), one.source())).collect()
}

#[test]
fn a_finding_names_the_page_of_its_own_call() {
    let settings = settings();
    let junk = [signed(b"junk"), ("remarks", json!("lost"))];
    for (method, page) in [
        (
            Method::CreateCustomCertificateById,
            "emCA, createCustomCertificateById",
        ),
        (
            Method::CreateCertificateById,
            "emCA, createCertificateById and createCertificateP7BById",
        ),
        (
            Method::CreatePkcs12ById,
            "emCA, createPKCS12 and createPKCS12ById",
        ),
        (Method::Suspend, "emCA, suspend"),
        (Method::GetCertificate, "emCA, getCertificate"),
        (
            Method::GetCertificateProfileList,
            "emCA, getCertificateProfileList",
        ),
        (
            Method::GetProfileInfoByProfileName,
            "emCA, getProfileInfoByProfileName",
        ),
    ] {
        let call = authenticated(method, &junk, &settings);
        let refusal = match method {
            Method::Suspend => check_revoke(&call).unwrap_err(),
            Method::CreatePkcs12ById => pkcs12::check(&call, &settings).unwrap_err(),
            Method::GetCertificate => certificate(&call, &TestWorld::default()).unwrap_err(),
            Method::GetCertificateProfileList => profile_list(&call, &settings, "ca").unwrap_err(),
            Method::GetProfileInfoByProfileName => profile_info(&call, &settings).unwrap_err(),
            _ => check::check(vec![call], &settings).remove(0).unwrap_err(),
        };
        assert_eq!(sources(&refusal), [("emca.signature", page)], "{method}");
    }
}

#[test]
fn of_a_mode_and_of_a_state_the_call_is_named() {
    let mode = |mode: i32| [("revokeMode", json!(mode))];
    let wrong = revoked(Method::Revoke, &mode(99), &world(State::Good));
    let expected = [("emca.revoke-mode", "emCA, revoke")];
    assert_eq!(sources(&wrong.unwrap_err()), expected);
    let world = world(State::Suspended(at("2026-02-01T00:00:00Z")));
    let twice = revoked(Method::Suspend, &mode(6), &world);
    let expected = [("emca.state", "emCA, suspend")];
    assert_eq!(sources(&twice.unwrap_err()), expected);
}

#[test]
fn on_the_wire_at_its_caller_and_in_its_profile_the_call_is_named_too() {
    let settings = settings();
    let number = object(&[("validity", json!(1))]);
    let wrong_type = Request::from_object(Method::GetCertificate, &number).unwrap_err();
    let expected = [("emca.field-type", "emCA, getCertificate")];
    assert_eq!(sources(&wrong_type), expected);
    let request = Request::from_object(Method::Revoke, &object(&[])).unwrap();
    let caller = Caller::Remote {
        address: "127.0.0.1".parse().unwrap(),
        em_key: None,
    };
    let no_key = caller::authenticate(request, caller, &settings).unwrap_err();
    assert_eq!(sources(&no_key), [("emca.em-key", "emCA, revoke")]);
    let street = format!("2.5.4.3|gateway~2.5.4.9|{}", "x".repeat(129));
    let street = [("subjectDNOids", json!(street))];
    let checked = checked(Method::CreateEsignCustomCertificateById, &street).unwrap();
    let long = order::order(checked, &terms()).unwrap_err();
    let page = "emCA, createeSignCustomCertificateById";
    assert_eq!(sources(&long), [("emca.attribute-length", page)]);
}

#[test]
fn a_certificate_is_handed_out_by_its_number() {
    let settings = settings();
    let call = authenticated(
        Method::GetCertificate,
        &[signed(fixture!("serial.p7"))],
        &settings,
    );
    let held = certificate(&call, &world(State::Good)).unwrap();
    assert_eq!(
        (held.certificate, held.subscriber_id.as_str()),
        (12, "sub-1")
    );
    let refusal = certificate(&call, &TestWorld::default()).unwrap_err();
    assert_eq!(told(&refusal), [("Please enter valid data", "emca.serial")]);
    // A request is signed here, in DER.
    let call = authenticated(
        Method::GetCertificate,
        &[signed(fixture!("ber.p7"))],
        &settings,
    );
    let refusal = certificate(&call, &TestWorld::default()).unwrap_err();
    let expected = [("Please enter valid data", "emca.signed-text")];
    assert_eq!(told(&refusal), expected);
}

#[test]
fn our_own_failure_is_told_in_the_vendors_words_alone() {
    let gone = std::io::Error::other("the disk is gone");
    for (refusal, rule) in [
        (Refusal::internal(&gone), "emca.world"),
        (error::refused(Stage::Request, Vec::new()), "emca.request"),
    ] {
        assert_eq!(told(&refusal), [("Internal server error", rule)]);
    }
}

#[test]
fn profiles_are_listed_by_their_ca_and_found_by_their_name() {
    let settings = settings();
    let method = Method::GetCertificateProfileList;
    let call = authenticated(method, &[signed(fixture!("ca-name.p7"))], &settings);
    let ids = |profiles: Vec<Arc<EmcaProfile>>| {
        let ids = profiles.iter().map(|profile| profile.id().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(
        ids(profile_list(&call, &settings, "rsa-root").unwrap()),
        ["8"]
    );
    let all = ["3", "4", "5", "6", "7", "8"];
    assert_eq!(ids(profile_list(&call, &settings, "lab-ca").unwrap()), all);
    let other = authenticated(method, &[signed(fixture!("profile-name.p7"))], &settings);
    let refusal = profile_list(&other, &settings, "rsa-root").unwrap_err();
    assert_eq!(told(&refusal), [("Please enter valid data", "emca.ca")]);
    assert_eq!(profile_info(&other, &settings).unwrap().id(), "3");
    let refusal = profile_info(&call, &settings).unwrap_err();
    assert_eq!(
        told(&refusal),
        [("Invalid Certificate Profile name", "emca.profile-name")]
    );
}
