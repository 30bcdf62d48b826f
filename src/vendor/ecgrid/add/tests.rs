use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::*;
use crate::key;
use crate::vendor::ecgrid::tests::{NOW, TestWorld, at, key, rules, sample};
use crate::vendor::ecgrid::wire::Call;

fn public(fields: serde_json::Value) -> Result<AddPublicRequest, Refusal> {
    let mut object = json!({
        "commId": 5001,
        "certType": "X509",
        "cert": STANDARD.encode(sample().as_der()),
    });
    let object = object.as_object_mut().unwrap();
    object.extend(fields.as_object().unwrap().clone());
    AddPublicRequest::read(&Call::Json(object))
}

fn added(fields: serde_json::Value, world: &TestWorld) -> Result<Addition, Refusal> {
    add_public(&public(fields)?, &Caller::local(), world, at(NOW))
}

fn private(fields: serde_json::Value) -> AddPrivateRequest {
    let mut object = json!({
        "commId": 5001, "certType": "X509", "cert": "AAAA", "password": "p",
    });
    let object = object.as_object_mut().unwrap();
    object.extend(fields.as_object().unwrap().clone());
    AddPrivateRequest::read(&Call::Json(object)).unwrap()
}

#[test]
fn a_partners_certificate_is_added_with_what_was_said_of_it() {
    let fields = json!({
        "keyId": "k", "userId": "u", "beginUsage": "2026-06-01T00:00:00Z",
        "usage": "Encryption", "partnerCommId": 5002, "partnerUrl": "https://p/",
    });
    let addition = added(fields, &TestWorld::new()).unwrap();
    assert_eq!(&addition.certificate, sample());
    assert_eq!(addition.usage, CertificateUsage::Encryption);
    assert_eq!(addition.begin_usage, at("2026-06-01T00:00:00Z"));
    assert_eq!(addition.partner_id.as_deref(), Some("DIVISION AS2"));
    assert_eq!(addition.partner_url.as_deref(), Some("https://p/"));
    assert_eq!(addition.key_id.as_deref(), Some("k"));
    assert_eq!(addition.user_id.as_deref(), Some("u"));
    let plain = added(json!({}), &TestWorld::new()).unwrap();
    assert_eq!(plain.usage, CertificateUsage::EncryptionAndSignature);
    assert_eq!(plain.begin_usage, at(NOW));
    assert_eq!(plain.comm.id, 5001);
}

#[test]
fn pem_is_a_certificate_too() {
    let pem = STANDARD.encode(sample().to_pem());
    let addition = added(json!({ "cert": pem }), &TestWorld::new()).unwrap();
    assert_eq!(&addition.certificate, sample());
}

#[test]
fn what_is_no_certificate_or_cannot_be_used_is_refused() {
    for (fields, rule) in [
        (json!({ "cert": "AAAA" }), "ecgrid.cert"),
        (json!({ "certType": "PGP" }), "ecgrid.cert-type"),
        (json!({ "certType": "SSH" }), "ecgrid.cert-type"),
        (
            json!({ "beginUsage": "2028-05-07T00:00:00Z" }),
            "ecgrid.begin-usage",
        ),
        (json!({ "partnerCommId": 9 }), "ecgrid.comm"),
        (json!({ "commId": 9 }), "ecgrid.comm"),
    ] {
        let refusal = added(fields, &TestWorld::new()).unwrap_err();
        assert_eq!(rules(&refusal)[0].0, rule);
    }
}

#[test]
fn a_certificate_that_the_comm_has_is_a_duplicate_until_it_is_terminated() {
    let mut world = TestWorld::with_key();
    let refusal = added(json!({}), &world).unwrap_err();
    assert_eq!(refusal.kind(), FaultKind::DuplicateObject);
    let expected = [("ecgrid.duplicate", "cert: exists as certKeyId 79")];
    assert_eq!(rules(&refusal), expected);
    world.keys[0].1.terminated_at = Some(at(NOW));
    assert!(added(json!({}), &world).is_ok());
}

#[test]
fn a_private_key_must_be_the_certificates() {
    let (caller, world) = (Caller::local(), TestWorld::new());
    let request = private(json!({ "partnerAS2ID": "x", "partnerAs2Id": "Q" }));
    let addition = add_private(&request, sample(), key(), &caller, &world, at(NOW)).unwrap();
    assert_eq!(addition.partner_id.as_deref(), Some("Q"));
    let mut rng = <rand_chacha::ChaCha20Rng as rand_core::SeedableRng>::from_seed([1; 32]);
    let other = key::generate(key::KeyAlgorithm::P256, 1, &mut rng)
        .remove(0)
        .unwrap();
    let refusal = add_private(&request, sample(), &other, &caller, &world, at(NOW)).unwrap_err();
    assert_eq!(rules(&refusal)[0].0, "ecgrid.cert-key-pair");
    let refusal = unreadable_pkcs12("the password is wrong");
    assert_eq!(
        refusal.message(),
        "cert: is a file that does not open (the password is wrong), expected a PKCS #12 that its \
         password opens, with one private key"
    );
    let refusal = unsupported_pkcs12();
    assert_eq!(rules(&refusal)[0].0, "ecgrid.pkcs12-unsupported");
    assert_eq!(refusal.kind(), FaultKind::Internal);
    let refusal = unexplained(CERT);
    assert_eq!(rules(&refusal)[0].0, "ecgrid.request");
}
