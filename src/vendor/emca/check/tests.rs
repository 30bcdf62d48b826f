use serde_json::{Value, json};

use super::*;
use crate::ext::{Criticality, Extension, Extensions};
use crate::key;
use crate::key::{KeyAlgorithm, SignatureAlgorithm};
use crate::request::RequestDraft;
use crate::vendor::emca::order;
use crate::vendor::emca::tests::{
    CUSTOM, authenticated, base64, checked, fixture, settings, terms, told,
};

mod signed;

fn refused(changes: &[(&str, Value)]) -> Vec<(String, &'static str)> {
    let refusal = checked(CUSTOM, changes).unwrap_err();
    assert_eq!(refusal.stage(), Stage::Request);
    let told = told(&refusal).into_iter();
    told.map(|(message, rule)| (message.to_owned(), rule))
        .collect()
}

fn one(message: &str, rule: &'static str) -> Vec<(String, &'static str)> {
    vec![(message.to_owned(), rule)]
}

fn signature(octets: &[u8]) -> (&'static str, Value) {
    ("signature", json!(base64(octets)))
}

/// The key of `request.csr.pem`, which most messages hold.
fn key_of_request() -> [u8; 32] {
    let request = CertificationRequest::from_pem(fixture!("request.csr.pem")).unwrap();
    request.public_key().spki_sha256()
}

#[test]
fn a_request_is_what_its_strings_say() {
    let checked = checked(CUSTOM, &[]).unwrap();
    assert_eq!(
        checked.transaction().row_key(Form::Cer),
        "cer/apiuser/app-1"
    );
    assert_eq!((checked.form(), checked.profile().id()), (Form::Cer, "3"));
    assert_eq!(
        checked.request().public_key().spki_sha256(),
        key_of_request()
    );
    assert_eq!(checked.common.subscriber_id, "sub-1");
    assert_eq!(checked.common.lifetime.unwrap().seconds(), 31_581_945);
    assert_eq!(
        checked.common.not_before.unwrap().to_string(),
        "2026-11-12T12:23:45Z"
    );
    let subject = checked.subject.unwrap();
    assert_eq!(
        subject
            .iter()
            .map(|part| part.value.as_str())
            .collect::<Vec<_>>(),
        ["gateway", "Example", "IN"]
    );
    assert_eq!(
        checked.subject_alt_names[0].to_string(),
        "dNSName:www.example.com"
    );
}

#[test]
fn each_field_has_its_own_message() {
    for (name, value, message, rule) in MESSAGES {
        assert_eq!(refused(&[(name, json!(value))]), one(message, rule));
    }
    for name in [
        "signature",
        "profileID",
        "subscriberId",
        "sANValues",
        "subjectDNOids",
        "isP7BRequest",
    ] {
        assert_eq!(
            refused(&[(name, Value::Null)]),
            one("Invalid parameter", "emca.parameter"),
            "{name}"
        );
    }
    let finding = checked(CUSTOM, &[("isP7BRequest", json!("yes"))]).unwrap_err();
    let finding = finding.faults()[0].finding().clone();
    assert_eq!(
        finding.expected(),
        "enter true for p7bCertificate and false for .cer certificate"
    );
    let optional = [
        ("validity", Value::Null),
        ("validFrom", Value::Null),
        ("sANValues", json!("")),
    ];
    assert!(checked(CUSTOM, &optional).is_ok());
}

#[test]
fn all_faults_come_back_in_the_order_of_the_process() {
    let all = [
        ("isP7BRequest", json!("yes")),
        ("validFrom", json!("x")),
        ("validity", json!("x")),
        ("sANValues", json!("x")),
        ("profileID", json!("9")),
        signature(b"junk"),
        ("subscriberId", Value::Null),
    ];
    let messages: Vec<_> = refused(&all)
        .into_iter()
        .map(|(message, _)| message)
        .collect();
    assert_eq!(
        messages,
        [
            "Invalid parameter",
            "Signature verification failed",
            "9 profile does not exist",
            "Please enter valid data",
            "Invalid validity",
            "Invalid From Date",
            "isP7BRequest",
        ]
    );
}

#[test]
fn the_calls_by_request_take_subject_and_names_from_it() {
    for (method, form) in [
        (Method::CreateCertificateById, Form::Cer),
        (Method::CreateCertificateP7bById, Form::P7b),
    ] {
        let without =
            ["sANValues", "subjectDNOids", "isP7BRequest"].map(|name| (name, Value::Null));
        let checked = checked(method, &without).unwrap();
        assert_eq!((checked.form(), checked.subject.is_none()), (form, true));
        assert_eq!(checked.subject_alt_names, []);
    }
    let with_names = include_bytes!("../../../../testdata/enos/fleet/meter-01.csr.pem");
    let request = CertificationRequest::from_pem(with_names).unwrap();
    let bare = [
        ("userName", json!("bareuser")),
        ("signature", Value::Null),
        ("csrData", json!(base64(request.as_der()))),
    ];
    let checked = checked(Method::CreateCertificateById, &bare).unwrap();
    assert_eq!(
        checked.subject_alt_names[0].to_string(),
        "dNSName:meter-01.example.com"
    );
}

#[test]
fn a_slice_is_answered_in_its_order() {
    let settings = settings();
    let calls = [json!("a"), json!("b"), json!("c")].map(|id| {
        let signature = match id == json!("b") {
            true => base64(b"junk"),
            false => base64(fixture!("ber.p7")),
        };
        let changes = [("applicationId", id), ("signature", json!(signature))];
        authenticated(CUSTOM, &changes, &settings)
    });
    let answers = check(calls.into(), &settings);
    let ids: Vec<_> = answers
        .iter()
        .map(|answer| {
            answer
                .as_ref()
                .map(|checked| checked.transaction().application_id.as_str())
        })
        .collect();
    assert_eq!((ids[0].as_ref(), ids[2].as_ref()), (Ok(&"a"), Ok(&"c")));
    assert_eq!(
        ids[1].as_ref().unwrap_err().message(),
        "Signature verification failed"
    );
    let other = authenticated(Method::Revoke, &[], &settings);
    let refusal = check(vec![other], &settings).pop().unwrap().unwrap_err();
    assert_eq!(told(&refusal), [("Invalid parameter", "emca.method")]);
}

const MESSAGES: &[(&str, &str, &str, &str)] = &[
    ("profileID", "9", "9 profile does not exist", "emca.profile"),
    (
        "profileID",
        "tls",
        "tls profile does not exist",
        "emca.profile",
    ),
    ("validity", "365", "Invalid validity", "emca.validity"),
    ("validity", "0:0:0:0", "Invalid validity", "emca.validity"),
    (
        "validFrom",
        "2026-01-01",
        "Invalid From Date",
        "emca.valid-from",
    ),
    ("isP7BRequest", "yes", "isP7BRequest", "emca.is-p7b-request"),
    (
        "sANValues",
        "DNS=x",
        "Please enter valid data",
        "emca.san-values",
    ),
    (
        "subjectDNOids",
        "CN=x",
        "Please enter valid data",
        "emca.subject-dn-oids",
    ),
    (
        "subjectDNOids",
        "",
        "Please enter valid data",
        "emca.subject-dn-oids",
    ),
];

#[test]
fn the_esign_call_takes_a_bare_request_and_waits_for_nobody() {
    let esign = Method::CreateEsignCustomCertificateById;
    let csr = String::from_utf8(fixture!("request.csr.pem").to_vec()).unwrap();
    let bare = ("signature", json!(csr));
    let of = |user: &str| [bare.clone(), ("userName", json!(user))];
    assert!(checked(esign, &of("bareuser")).is_ok());
    // Another call, or a user who must sign: it is no signature.
    for (method, user) in [(CUSTOM, "bareuser"), (esign, "apiuser")] {
        let refusal = checked(method, &of(user)).unwrap_err();
        let expected = [("Signature verification failed", "emca.signature")];
        assert_eq!(told(&refusal), expected);
    }
    let released = [("profileID", json!("4")), ("sANValues", json!(""))];
    for (method, waits) in [(CUSTOM, true), (esign, false)] {
        let checked = checked(method, &released).unwrap();
        assert_eq!(order::order(checked, &terms()).unwrap().waits(), waits);
    }
}

#[test]
fn the_calls_by_name_take_a_profile_name_and_no_validity() {
    let by_name = Method::CreateCertificate;
    let named = |name: Value| [("profileName", name), ("validity", json!("junk"))];
    let found = checked(by_name, &named(json!("tls"))).unwrap();
    assert_eq!(found.profile().id(), "3");
    let refusal = checked(by_name, &named(json!("absent"))).unwrap_err();
    assert_eq!(
        told(&refusal),
        [("Invalid Certificate Profile name", "emca.profile-name")]
    );
    let refusal = checked(by_name, &named(Value::Null)).unwrap_err();
    assert_eq!(told(&refusal), [("Invalid parameter", "emca.parameter")]);
}
