use serde_json::json;

use super::*;
use crate::vendor::Stage;
use crate::vendor::emca::tests::{CUSTOM, object, told};

fn refused(changes: &[(&str, Value)]) -> Vec<String> {
    let refusal = Request::from_object(CUSTOM, &object(changes)).unwrap_err();
    assert_eq!(
        (refusal.stage(), refusal.message()),
        (Stage::Wire, "Invalid parameter")
    );
    let faults = refusal.faults().iter();
    faults
        .map(|fault| format!("{}: {}", fault.finding().field(), fault.finding().found()))
        .collect()
}

#[test]
fn every_field_is_read() {
    let all = [
        ("csrData", json!("c")),
        ("isSignedData", json!("false")),
        ("profileName", json!("tls")),
        ("remarks", json!("r")),
        ("revokeMode", json!("1")),
    ];
    let request = Request::from_object(CUSTOM, &object(&all)).unwrap();
    assert_eq!(request.user_name(), "apiuser");
    assert_eq!(request.password.expose_secret(), "apipass");
    assert_eq!(request.application_id, "app-1");
    let text = |text: &str| Some(text.to_owned());
    let Parameters {
        signature,
        csr_data,
        is_signed_data,
        profile_id,
        profile_name,
        subscriber_id,
        validity,
        valid_from,
        san_values,
        subject_dn_oids,
        is_p7b_request,
        remarks,
        revoke_mode,
    } = request.fields;
    let signature = signature.unwrap();
    assert!(
        signature
            .expose_secret()
            .starts_with("MIAGCSqGSIb3DQEHAqCAMIACAQEx")
    );
    // The text of createPKCS12ById has a password in it.
    assert_eq!(format!("{signature:?}"), "Message([elided])");
    assert_eq!(profile_name, text("tls"));
    assert_eq!((csr_data, is_signed_data), (text("c"), text("false")));
    assert_eq!(profile_id, Some(ProfileId::new("3")));
    assert_eq!(subscriber_id, text("sub-1"));
    assert_eq!(
        (validity, valid_from),
        (text("365:12:45:45"), text("12:11:2026 12:23:45"))
    );
    assert_eq!(san_values, text("dNSName=www.example.com"));
    assert_eq!(
        subject_dn_oids,
        text("2.5.4.3|gateway~2.5.4.10|Example~2.5.4.6|IN")
    );
    assert_eq!(is_p7b_request, text("false"));
    assert_eq!((remarks, revoke_mode), (text("r"), text("1")));
}

#[test]
fn names_are_read_with_blanks_inside_and_by_their_aliases() {
    let changes = [
        ("applicationId", Value::Null),
        (" application Id ", json!("app-2")),
        ("profileID", Value::Null),
        ("profileId", json!("4")),
    ];
    let request = Request::from_object(CUSTOM, &object(&changes)).unwrap();
    assert_eq!(request.application_id, "app-2");
    assert_eq!(request.fields.profile_id, Some(ProfileId::new("4")));
    let both = Request::from_object(CUSTOM, &object(&[("profileId", json!("3"))])).unwrap();
    assert_eq!(both.fields.profile_id, Some(ProfileId::new("3")));
    assert_eq!(
        refused(&[("profileId", json!("4"))]),
        ["profileID: two values"]
    );
}

#[test]
fn booleans_and_numbers_stand_for_their_texts_where_they_may() {
    let changes = [("isP7BRequest", json!(true)), ("revokeMode", json!(9))];
    let request = Request::from_object(CUSTOM, &object(&changes)).unwrap();
    assert_eq!(request.fields.is_p7b_request.as_deref(), Some("true"));
    assert_eq!(request.fields.revoke_mode.as_deref(), Some("9"));
}

#[test]
fn an_empty_name_list_is_kept_and_other_empty_texts_are_absent() {
    let changes = [
        ("sANValues", json!("")),
        ("validity", json!("")),
        ("validFrom", json!(null)),
    ];
    let request = Request::from_object(CUSTOM, &object(&changes)).unwrap();
    assert_eq!(request.fields.san_values.as_deref(), Some(""));
    assert_eq!(
        (request.fields.validity, request.fields.valid_from),
        (None, None)
    );
}

#[test]
fn wrong_types_and_missing_names_are_invalid_parameters() {
    assert_eq!(refused(&[("userName", Value::Null)]), ["userName: nothing"]);
    assert_eq!(refused(&[("password", json!(" "))]), ["password: nothing"]);
    assert_eq!(
        refused(&[("applicationId", Value::Null)]),
        ["applicationId: nothing"]
    );
    assert_eq!(
        refused(&[("validity", json!(5))]),
        ["validity: a JSON number"]
    );
    assert_eq!(
        refused(&[("password", json!(5))]),
        ["password: a JSON number"]
    );
    assert_eq!(
        refused(&[("isP7BRequest", json!(1))]),
        ["isP7BRequest: a JSON number"]
    );
    assert_eq!(
        refused(&[("revokeMode", json!(1.5))]),
        ["revokeMode: a JSON number"]
    );
    assert_eq!(
        refused(&[("signature", json!([]))]),
        ["signature: a JSON array"]
    );
    assert_eq!(
        refused(&[("applicationId", json!("a\n"))]),
        ["applicationId: \"a\\n\""]
    );
    let long = "a".repeat(257);
    assert_eq!(
        refused(&[("applicationId", json!(long))]),
        ["applicationId: 257 characters"]
    );
    let several = [("userName", Value::Null), ("sANValues", json!(false))];
    assert_eq!(
        refused(&several),
        ["userName: nothing", "sANValues: a JSON boolean"]
    );
}

#[test]
fn what_is_no_object_is_invalid_input_data() {
    for octets in [&b"\x80\x81"[..], b"[]", b"", b"{\"a\":"] {
        let refusal = Request::from_json(CUSTOM, octets).unwrap_err();
        assert_eq!(told(&refusal), [("Invalid input data", "emca.body")]);
    }
}

#[test]
fn a_name_that_stands_twice_is_an_invalid_parameter() {
    let twice = br#"{"applicationId":"a","applicationId":"b"}"#;
    let refusal = Request::from_json(CUSTOM, twice).unwrap_err();
    assert_eq!(told(&refusal), [("Invalid parameter", "emca.body")]);
    let found = refusal.to_string();
    assert!(
        found.contains(r#"more than once: "applicationId""#),
        "{found}"
    );
}

#[test]
fn a_call_that_creates_nothing_needs_no_application() {
    let object = object(&[("applicationId", Value::Null)]);
    assert!(Request::from_object(Method::Revoke, &object).is_ok());
}

#[test]
fn a_transaction_goes_round_as_a_row_key() {
    let transaction = Transaction {
        user_name: "apiuser".to_owned(),
        application_id: "a/b".to_owned(),
    };
    assert_eq!(transaction.row_key(Form::P7b), "p7b/apiuser/a/b");
    let read = Transaction::from_row_key("p7b/apiuser/a/b");
    assert_eq!(read, Some((Form::P7b, transaction)));
    assert_eq!(Transaction::from_row_key("pfx/apiuser/a"), None);
}

#[test]
fn the_password_does_not_show() {
    let request = Request::from_object(CUSTOM, &object(&[])).unwrap();
    assert!(!format!("{request:?}").contains("apipass"));
}
