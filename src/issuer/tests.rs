use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::cert::TbsFields;
use crate::ext::{Criticality, Extensions};
use crate::general_name::GeneralName;
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair, SignJob, Signature, SignatureAlgorithm};
use crate::profile::Profile;
use crate::time::{Lifetime, UnixSeconds};

const PROFILE: &str = r#"
name = "test"
serial = { random = { octets = 16 } }
subject_keys = ["RSA-2048", "P-256"]
signature_algorithms = ["sha256WithRSAEncryption", "ecdsa-with-SHA256"]
validity = { default_days = 365, maximum_days = 730 }
extensions = [
  { type = "basicConstraints", ca = false, critical = true },
  { type = "subjectKeyIdentifier" },
  { type = "authorityKeyIdentifier" },
]
"#;

const CA_PROFILE: &str = r#"
name = "ca"
serial = { random = { octets = 16 } }
subject_keys = ["P-256"]
signature_algorithms = ["ecdsa-with-SHA256"]
validity = { default_days = 3650 }
extensions = [
  { type = "basicConstraints", ca = true, critical = true },
  { type = "keyUsage", bits = ["keyCertSign", "cRLSign"], critical = true },
  { type = "subjectKeyIdentifier" },
]
"#;

fn keys(seed: u8, n: usize) -> Vec<KeyPair> {
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let keys = key::generate(KeyAlgorithm::P256, n, &mut rng);
    keys.into_iter().map(Result::unwrap).collect()
}

fn serial(number: u64) -> SerialNumber {
    SerialNumber::from_u64(number).unwrap()
}

fn order(key: &KeyPair, profile: &str, subject: &str) -> Order {
    let profile = Arc::new(Profile::from_toml(profile).unwrap());
    let now = UnixSeconds::new(1_700_000_000).unwrap();
    let validity = profile.validity(now, None).unwrap();
    Order::for_key(key, subject.parse().unwrap(), profile, validity)
}

fn ca() -> (Certificate, Signer) {
    let key = keys(1, 1).remove(0);
    let order = order(&key, CA_PROFILE, "CN=test CA");
    let prepared = IssuerName::of_subject(&order, &serial(1))
        .prepare(&order, serial(1))
        .unwrap();
    let signer = Signer::new(key);
    let certificate = signer.sign(vec![prepared]).remove(0).unwrap();
    (certificate, signer)
}

fn rules(answer: Result<Prepared, Findings>) -> Vec<&'static str> {
    answer.unwrap_err().iter().map(Finding::rule).collect()
}

#[test]
fn a_slice_is_signed_in_order() {
    let (ca, signer) = ca();
    ca.verify_signature(ca.public_key()).unwrap();
    let issuer = IssuerName::of_certificate(&ca).unwrap();
    let keys = keys(2, 3);
    let prepare = |(key, number)| {
        issuer
            .prepare(&order(key, PROFILE, "CN=leaf"), serial(number))
            .unwrap()
    };
    let prepared: Vec<_> = keys.iter().zip(10..).map(prepare).collect();
    let certificates = signer.sign(prepared);
    for ((certificate, key), number) in certificates.into_iter().zip(&keys).zip(10..) {
        let certificate = certificate.unwrap();
        assert_eq!(certificate.serial(), &serial(number));
        assert_eq!(certificate.public_key(), key.public_key());
        assert_eq!(certificate.issuer(), ca.subject());
        certificate.verify_signature(ca.public_key()).unwrap();
        assert_eq!(
            Certificate::from_der(certificate.as_der()).unwrap(),
            certificate
        );
    }
}

#[test]
fn a_signature_made_elsewhere_is_verified_before_it_is_joined() {
    let (ca, signer) = ca();
    let issuer = IssuerName::of_certificate(&ca).unwrap();
    let key = keys(3, 1).remove(0);
    let prepared = || {
        issuer
            .prepare(&order(&key, PROFILE, "CN=leaf"), serial(7))
            .unwrap()
    };
    let written = prepared().tbs_der().to_vec();
    let job = SignJob {
        key: signer.key(),
        algorithm: SignatureAlgorithm::EcdsaWithSha256,
        message: &written,
    };
    let signature = key::sign(&[job]).remove(0).unwrap();
    let here = signer.sign(vec![prepared()]).remove(0).unwrap();
    let there = Detached::from_tbs_der(&written, &issuer).unwrap();
    assert_eq!(there.attach(signature.as_bytes()).unwrap(), here);
    let mut broken = signature.into_bytes();
    *broken.last_mut().unwrap() ^= 1;
    assert!(matches!(
        prepared().attach(&broken),
        Err(SignError::Certificate(_))
    ));
}

#[test]
fn another_issuers_certificate_is_neither_signed_nor_taken_up() {
    let (ca, _) = ca();
    let issuer = IssuerName::of_certificate(&ca).unwrap();
    let mut others = keys(4, 2);
    let stranger = Signer::new(others.remove(0));
    let order = order(&others[0], PROFILE, "CN=leaf");
    let prepared = issuer.prepare(&order, serial(7)).unwrap();
    let octets = prepared.tbs_der().to_vec();
    let answer = stranger.sign(vec![prepared]).remove(0);
    assert!(matches!(answer, Err(SignError::OtherKey { .. })));
    let other_issuer = IssuerName::of_subject(&order, &serial(7));
    let answer = Detached::from_tbs_der(&octets, &other_issuer);
    assert!(matches!(answer, Err(SignError::OtherIssuer { .. })));
    assert!(matches!(
        Detached::from_tbs_der(&octets[1..], &issuer),
        Err(SignError::Certificate(_))
    ));
    let leaf_key = Signer::for_certificate(&ca, others.remove(0));
    assert!(matches!(leaf_key, Err(SignError::OtherKey { .. })));
}

#[test]
fn all_findings_come_back_at_once() {
    let (ca, _) = ca();
    let issuer = IssuerName::of_certificate(&ca).unwrap();
    let key = keys(5, 1).remove(0);
    let mut order = order(&key, PROFILE, "CN=leaf,C=CHN");
    let start = order.validity.not_before();
    order.validity = Validity::starting(start, Lifetime::from_days(4000).unwrap()).unwrap();
    let order = order.with_subject_alt_names(vec![GeneralName::dns_name("a.example").unwrap()]);
    assert_eq!(
        rules(issuer.prepare(&order, serial(7))),
        [
            "profile.maximum-lifetime",
            "issuer.validity",
            "profile.subject-alt-name",
            "rfc5280.country"
        ]
    );
}

#[test]
fn a_ca_whose_key_the_profile_has_no_algorithm_for_issues_nothing() {
    let (ca, _) = ca();
    let issuer = IssuerName::of_certificate(&ca).unwrap();
    let profile = PROFILE.replace(", \"ecdsa-with-SHA256\"", "");
    let order = order(&keys(6, 1)[0], &profile, "CN=leaf");
    let found = rules(issuer.prepare(&order, serial(7)));
    assert_eq!(found, ["profile.signature-algorithm"]);
}

#[test]
fn an_end_entity_issues_nothing() {
    let (ca, signer) = ca();
    let issuer = IssuerName::of_certificate(&ca).unwrap();
    let key = keys(6, 1).remove(0);
    let prepared = issuer
        .prepare(&order(&key, PROFILE, "CN=leaf"), serial(7))
        .unwrap();
    let leaf = signer.sign(vec![prepared]).remove(0).unwrap();
    let error = IssuerName::of_certificate(&leaf).unwrap_err();
    assert_eq!(
        error.to_string(),
        "certificate of CN=leaf is not a CA's: basicConstraints does not say cA TRUE"
    );
}

#[test]
fn a_subject_in_another_string_type_than_the_profile_allows_is_not_prepared() {
    let (ca, _) = ca();
    let issuer = IssuerName::of_certificate(&ca).unwrap();
    let key = keys(7, 1).remove(0);
    let profile = format!("{PROFILE}[subject.CN]\nallowed = [\"PrintableString\"]");
    let order = order(&key, &profile, "CN=leaf");
    assert_eq!(
        rules(issuer.prepare(&order, serial(7))),
        ["profile.string-type"]
    );
    let subject = order.profile().new_subject(&[(oid::COMMON_NAME, "leaf")]);
    let order = order.with_subject(subject.unwrap());
    issuer.prepare(&order, serial(7)).unwrap();
}

/// A CA of this profile under an issuer, or a root of its own.
fn ca_under(
    issuer: Option<(&IssuerName, &Signer)>,
    name: &str,
    extensions: &str,
    seed: u8,
) -> Result<(Certificate, Signer), Findings> {
    let key = keys(seed, 1).remove(0);
    let profile = CA_PROFILE
        .replace("extensions = [", &format!("extensions = [\n{extensions}"))
        .replace(
            "ca = true",
            if name == "CN=one" {
                "ca = true, path_len = 1"
            } else {
                "ca = true"
            },
        );
    let profile = profile.replace(
        "{ type = \"subjectKeyIdentifier\" },",
        "{ type = \"subjectKeyIdentifier\" }, { type = \"authorityKeyIdentifier\" },",
    );
    let order = order(&key, &profile, name);
    let own = IssuerName::of_subject(&order, &serial(9));
    let prepared = issuer
        .map_or(&own, |(issuer, _)| issuer)
        .prepare(&order, serial(9))?;
    let signer = Signer::new(key);
    let certificate = issuer
        .map_or(&signer, |(_, signer)| signer)
        .sign(vec![prepared]);
    let certificate = certificate.into_iter().next().unwrap().unwrap();
    Ok((certificate, signer))
}

#[test]
fn a_path_ends_where_a_ca_above_says() {
    let (one, one_key) = ca_under(None, "CN=one", "", 21).unwrap();
    let issuer = IssuerName::of_certificate(&one).unwrap();
    let (two, two_key) = ca_under(Some((&issuer, &one_key)), "CN=two", "", 22).unwrap();
    // By its own certificate it has no limit; the one above leaves none for a third.
    let alone = IssuerName::of_certificate(&two).unwrap();
    ca_under(Some((&alone, &two_key)), "CN=three", "", 23).unwrap();
    let issuer = IssuerName::of_chain(&two, std::slice::from_ref(&one)).unwrap();
    let third = ca_under(Some((&issuer, &two_key)), "CN=three", "", 23);
    assert_eq!(third.unwrap_err().as_slice()[0].rule(), "issuer.path-len");
    let leaf = order(&keys(24, 1)[0], PROFILE, "CN=leaf");
    issuer.prepare(&leaf, serial(7)).unwrap();
    // A CA's own limit must not promise more than is left.
    let issuer = IssuerName::of_certificate(&one).unwrap();
    let found = ca_under(Some((&issuer, &one_key)), "CN=one", "", 25);
    assert!(found.is_ok(), "self-issued: it stands for the same CA");
}

#[test]
fn names_outside_what_a_ca_above_permits_are_not_prepared() {
    let constraints = r#"{ type = "nameConstraints", permitted = ["dns:example.com"], excluded = ["dn:O=Evil"] },"#;
    let (root, root_key) = ca_under(None, "CN=root", constraints, 31).unwrap();
    let issuer = IssuerName::of_certificate(&root).unwrap();
    let (sub, _) = ca_under(Some((&issuer, &root_key)), "CN=sub", "", 32).unwrap();
    let issuer = IssuerName::of_chain(&sub, &[root]).unwrap();
    let profile = PROFILE.replace(
        "extensions = [",
        "extensions = [\n{ type = \"subjectAltName\" },",
    );
    let ask = |subject: &str, host: &str| {
        let names = vec![GeneralName::dns_name(host).unwrap()];
        let order = order(&keys(33, 1)[0], &profile, subject).with_subject_alt_names(names);
        issuer.prepare(&order, serial(7))
    };
    ask("CN=leaf", "a.example.com").unwrap();
    assert_eq!(
        rules(ask("CN=leaf,O=evil", "a.example.org")),
        ["issuer.name-constraints", "issuer.name-constraints"]
    );
}

#[test]
fn a_path_length_is_at_most_what_is_left() {
    let (one, _) = ca_under(None, "CN=one", "", 26).unwrap();
    let issuer = IssuerName::of_certificate(&one).unwrap();
    let ask = |path_len: u32| {
        let asked = format!("ca = true, path_len = {path_len}");
        let profile = CA_PROFILE.replace("ca = true", &asked).replace(
            "extensions = [",
            "extensions = [\n{ type = \"authorityKeyIdentifier\" },",
        );
        issuer.prepare(&order(&keys(27, 1)[0], &profile, "CN=two"), serial(9))
    };
    ask(0).unwrap();
    assert_eq!(rules(ask(1)), ["issuer.path-len"]);
    assert_eq!(rules(ask(2)), ["issuer.path-len"]);
}

/// The CA with another key usage, which no profile allows; nobody signed it.
fn with_usage(bits: &[KeyUsageBit]) -> Certificate {
    let fields = ca().0.tbs().fields().clone();
    let usage = KeyUsage::new(bits)
        .unwrap()
        .to_extension(Criticality::Critical);
    let changed = |one: &Extension| match one.oid() == oid::KEY_USAGE {
        true => usage.clone(),
        false => one.clone(),
    };
    let extensions = fields.extensions.iter().map(changed).collect();
    let tbs = TbsCertificate::new(TbsFields {
        extensions: Extensions::new(extensions).unwrap(),
        ..fields
    });
    Certificate::assemble(tbs, &Signature::from_bytes(Vec::new())).unwrap()
}

#[test]
fn a_ca_signs_only_what_its_key_usage_says() {
    let certificates = with_usage(&[KeyUsageBit::KeyCertSign]);
    IssuerName::of_certificate(&certificates).unwrap();
    let answer = check_crl_issuer(&certificates);
    assert!(matches!(answer, Err(IssuerError::CrlSign { subject }) if subject == "CN=test CA"));
    let lists = with_usage(&[KeyUsageBit::CrlSign]);
    check_crl_issuer(&lists).unwrap();
    assert!(matches!(
        IssuerName::of_certificate(&lists),
        Err(IssuerError::NotACa { reason, .. }) if reason == "keyUsage does not say keyCertSign"
    ));
}

#[test]
fn a_warning_does_not_stop_issuing_and_is_told() {
    let (ca, _) = ca();
    let issuer = IssuerName::of_certificate(&ca).unwrap();
    let profile = PROFILE.replace(
        "extensions = [",
        "extensions = [\n{ type = \"keyUsage\", bits = [\"digitalSignature\"], critical = false },",
    );
    let order = order(&keys(8, 1)[0], &profile, "CN=leaf");
    let prepared = issuer.prepare(&order, serial(7)).unwrap();
    let warnings: Vec<_> = prepared.warnings().iter().map(Finding::rule).collect();
    assert_eq!(warnings, ["rfc5280.key-usage-critical"]);
}
