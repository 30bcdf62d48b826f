use super::*;
use crate::ext::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsageBit};
use crate::issuer::IssuerName;
use crate::key::KeyAlgorithm;
use crate::oid;
use crate::serial::{SerialNumber, SerialPolicy};
use crate::vendor::emca::order;
use crate::vendor::emca::order::Terms;
use crate::vendor::emca::tests::{CUSTOM, NOW, at, base64, ca, checked, fixture, placed, settings};
use serde_json::json;

/// What a placed request comes to under a CA with such a key.
fn issued(
    changes: &[(&str, serde_json::Value)],
    algorithm: KeyAlgorithm,
) -> crate::cert::Certificate {
    let (certificate, signer) = ca(algorithm);
    let issuer = IssuerName::of_certificate(&certificate).unwrap();
    let terms = Terms::new(at(NOW))
        .with_issuer(None, issuer.clone())
        .with_issuer(Some("lab-ca"), issuer.clone());
    let placed = order::order(checked(CUSTOM, changes).unwrap(), &terms).unwrap();
    let serial = SerialNumber::from_u64(5_000_001).unwrap();
    let prepared = issuer.prepare(placed.order(), serial).unwrap();
    signer.sign(vec![prepared]).pop().unwrap().unwrap()
}

fn shape(certificate: &crate::cert::Certificate) -> Vec<(Oid, bool)> {
    let extensions = certificate.extensions().iter();
    extensions
        .map(|extension| (extension.oid(), extension.critical()))
        .collect()
}

fn usage(certificate: &crate::cert::Certificate) -> Vec<u8> {
    certificate
        .extensions()
        .find(oid::KEY_USAGE)
        .unwrap()
        .value()
        .to_vec()
}

#[test]
fn a_certificate_has_the_samples_extensions_in_the_samples_order() {
    let certificate = issued(
        &[("validity", json!("730:00:00:00"))],
        KeyAlgorithm::Rsa2048,
    );
    assert_eq!(
        shape(&certificate),
        [
            (oid::BASIC_CONSTRAINTS, true),
            (oid::AUTHORITY_KEY_IDENTIFIER, false),
            (oid::SUBJECT_KEY_IDENTIFIER, false),
            (oid::KEY_USAGE, true),
            (oid::EXTENDED_KEY_USAGE, false),
            (oid::SUBJECT_ALT_NAME, false),
        ]
    );
    assert_eq!(usage(&certificate), [0x03, 0x02, 0x04, 0xB0]);
    let value = |oid| certificate.extensions().find(oid).unwrap().value();
    assert_eq!(value(oid::BASIC_CONSTRAINTS), [0x30, 0x00]);
    assert_eq!(
        BasicConstraints::from_extension_value(&[0x30, 0x00]).unwrap(),
        BasicConstraints::end_entity()
    );
    let purposes = ExtendedKeyUsage::from_extension_value(value(oid::EXTENDED_KEY_USAGE)).unwrap();
    assert_eq!(purposes.purposes(), [oid::SERVER_AUTH, oid::CLIENT_AUTH]);
    assert_eq!(
        certificate.signature_algorithm().to_string(),
        "sha256WithRSAEncryption"
    );
    assert_eq!(certificate.serial().as_be_bytes(), [0x4C, 0x4B, 0x41]);
    assert_eq!(
        certificate.subject().to_string(),
        "C=IN,O=Example,CN=gateway"
    );
    let validity = certificate.validity();
    assert_eq!(validity.not_before(), at("2026-11-12T12:23:45Z"));
    assert_eq!(validity.not_after(), at("2028-11-11T12:23:45Z"));
}

#[test]
fn the_samples_departures_are_a_switch() {
    let certificate = issued(
        &[("profileID", json!("8")), ("sANValues", json!(""))],
        KeyAlgorithm::P256,
    );
    assert_eq!(
        shape(&certificate),
        [
            (oid::BASIC_CONSTRAINTS, true),
            (oid::AUTHORITY_KEY_IDENTIFIER, true),
            (oid::SUBJECT_KEY_IDENTIFIER, true),
            (oid::KEY_USAGE, true),
            (oid::EXTENDED_KEY_USAGE, false),
        ]
    );
    let purposes = certificate
        .extensions()
        .find(oid::EXTENDED_KEY_USAGE)
        .unwrap();
    // The sample's octets.
    assert_eq!(
        purposes.value(),
        b"\x30\x1a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02\x06\x04\x55\x1d\x25\x00"
    );
    let settings = settings();
    let key = certificate.public_key();
    let accepted = settings
        .profile("8")
        .unwrap()
        .shape(key)
        .accepted_findings();
    assert_eq!(accepted, ["rfc5280.aki-critical", "rfc5280.ski-critical"]);
    assert!(
        settings
            .profile("3")
            .unwrap()
            .shape(key)
            .accepted_findings()
            .is_empty()
    );
}

#[test]
fn a_key_on_a_curve_signs_only() {
    let ec = ("signature", json!(base64(fixture!("ec-request.p7"))));
    let certificate = issued(&[ec], KeyAlgorithm::P256);
    let usage = KeyUsage::from_extension_value(&usage(&certificate)).unwrap();
    assert_eq!(
        usage.bits().collect::<Vec<_>>(),
        [KeyUsageBit::DigitalSignature]
    );
    assert_eq!(
        certificate.signature_algorithm().to_string(),
        "ecdsa-with-SHA256"
    );
}

#[test]
fn serial_numbers_are_a_sequence_from_5000001() {
    let settings = settings();
    let placed = placed(&[]).unwrap();
    let shape = settings
        .profile("3")
        .unwrap()
        .shape(placed.order().public_key());
    assert_eq!(shape.serial(), SerialPolicy::Sequence { first: 5_000_001 });
    assert_eq!(shape.default_lifetime().whole_days(), 730);
}

#[test]
fn another_shape_may_be_given_whole() {
    let mut config = EmcaProfileConfig::new("9", "own");
    let own = CERTIFICATE_TOML.replace("clientAuth", "codeSigning");
    config.certificate = Some(toml::from_str(&own).unwrap());
    let profile = EmcaProfile::from_config(&config).unwrap();
    let key = placed(&[]).unwrap().order().public_key().clone();
    assert_eq!(profile.shape(&key).name(), "emca");
    let text = format!("{:?}", profile.shape(&key).extensions());
    assert!(
        text.contains("ExtensionRule") || text.contains("Fixed"),
        "{text}"
    );
}
