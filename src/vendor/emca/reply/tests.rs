use super::*;
use crate::bundle;
use crate::cms::CertificatesOnly;
use crate::ext::CrlReason;
use crate::key::KeyAlgorithm;
use crate::vendor::emca::Form;
use crate::vendor::emca::error::Refusal;
use crate::vendor::emca::tests::{CUSTOM, ca, checked};
use serde_json::{Value, json};

#[test]
fn a_success_is_the_samples_body() {
    let reply = Reply::octets(b"abc", "sub-1");
    assert_eq!(
        reply.to_json().unwrap(),
        r#"{"status":"success","result":"YWJj","subscriberId":"sub-1","requestId":null}"#
    );
    assert!(reply.is_success());
}

#[test]
fn a_failure_has_its_message_and_nothing_else() {
    let refusal: Refusal = checked(CUSTOM, &[("profileID", json!("9"))]).unwrap_err();
    let reply = Reply::refused(&refusal);
    assert_eq!(
        reply.to_json().unwrap(),
        r#"{"status":"failure","result":"9 profile does not exist","subscriberId":null,"requestId":null}"#
    );
    assert!(!reply.is_success());
}

#[test]
fn what_waits_is_told_in_the_vendors_words_and_in_lower_case() {
    let earlier = Earlier::Waiting {
        request_id: "77".to_owned(),
        subscriber_id: "sub-1".to_owned(),
    };
    let expected = r#"{"status":"success","result":" your request proceded sucssusfully","subscriberId":"sub-1","requestId":"77"}"#;
    assert_eq!(Reply::waiting("77", "sub-1").to_json().unwrap(), expected);
    assert_eq!(Reply::earlier(&earlier).to_json().unwrap(), expected);
}

#[test]
fn what_was_answered_is_answered_again() {
    let earlier = Earlier::Issued {
        octets: b"abc".to_vec(),
        form: Form::Cer,
        leaf_first: Vec::new(),
        subscriber_id: "sub-1".to_owned(),
    };
    assert_eq!(Reply::earlier(&earlier), Reply::octets(b"abc", "sub-1"));
    assert_eq!(Reply::text("done").result(), "done");
}

#[test]
fn the_form_is_the_certificate_or_a_message_with_its_chain() {
    let (root, _) = ca(KeyAlgorithm::P256);
    let octets = |form: Form| {
        let artefact = form.artefact().unwrap();
        bundle::write(artefact, std::slice::from_ref(&root)).unwrap()
    };
    assert_eq!(octets(Form::Cer), root.as_der());
    let message = octets(Form::P7b);
    let message = CertificatesOnly::from_der(&message).unwrap();
    assert_eq!(message.certificates(), [root]);
}

#[test]
fn replies_are_json_with_four_fields() {
    let body: Value = serde_json::from_str(&Reply::text("x").to_json().unwrap()).unwrap();
    let names: Vec<_> = body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names.len(), 4);
}

#[test]
fn a_hold_is_told_otherwise_than_a_revocation() {
    for (reason, told) in [
        (
            CrlReason::CertificateHold,
            "Certificate suspended successfully",
        ),
        (CrlReason::KeyCompromise, "Certificate revoked successfully"),
        (CrlReason::Unspecified, "Certificate revoked successfully"),
    ] {
        assert_eq!(Reply::revoked(reason).result(), told);
    }
}
