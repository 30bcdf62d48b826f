use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::cert::TbsCertificate;
use crate::cert::TbsFields;
use crate::ext::{
    AuthorityKeyIdentifier, BasicConstraints, Criticality, Extension, Extensions, KeyUsage,
    KeyUsageBit, NameConstraints, SubjectAltName, SubjectKeyIdentifier,
};
use crate::general_name::GeneralName;
use crate::key;
use crate::key::{KeyAlgorithm, SignatureAlgorithm};
use crate::lint;
use crate::lint::{Finding, Findings};
use crate::serial::SerialNumber;
use crate::time::{UnixSeconds, Validity};
use crate::tlv;

use Criticality::{Critical, NonCritical};

fn fields() -> TbsFields {
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let key = key::generate(KeyAlgorithm::P256, 1, &mut rng)
        .remove(0)
        .unwrap();
    let at = |seconds| UnixSeconds::new(seconds).unwrap();
    TbsFields {
        serial: SerialNumber::from_u64(1).unwrap(),
        signature_algorithm: SignatureAlgorithm::EcdsaWithSha256,
        issuer: "CN=issuer,C=DE".parse().unwrap(),
        validity: Validity::new(at(1_700_000_000), at(1_800_000_000)).unwrap(),
        subject: "CN=subject".parse().unwrap(),
        public_key: key.public_key().clone(),
        extensions: Extensions::default(),
    }
}

fn aki() -> Extension {
    let identifier = SubjectKeyIdentifier::from_octets(&[1; 20]).unwrap();
    AuthorityKeyIdentifier::new(identifier).to_extension()
}

fn ski() -> Extension {
    SubjectKeyIdentifier::from_octets(&[2; 20])
        .unwrap()
        .to_extension()
}

fn ca(path_len: Option<u32>) -> BasicConstraints {
    BasicConstraints::ca(path_len)
}

fn usage(bits: &[KeyUsageBit]) -> Extension {
    KeyUsage::new(bits).unwrap().to_extension(Critical)
}

fn signs() -> Extension {
    usage(&[KeyUsageBit::KeyCertSign])
}

fn critical(extension: &Extension) -> Extension {
    Extension::raw(extension.oid(), Critical, extension.value().to_vec())
}

fn raw(oid: Oid, value: &[u8]) -> Extension {
    Extension::raw(oid, NonCritical, value.to_vec())
}

fn rules(fields: TbsFields) -> Vec<&'static str> {
    let tbs = TbsCertificate::new(fields);
    lint::run(&tbs, &[]).iter().map(Finding::rule).collect()
}

fn with(extensions: Vec<Extension>) -> Vec<&'static str> {
    let extensions = Extensions::new(extensions).unwrap();
    rules(TbsFields {
        extensions,
        ..fields()
    })
}

fn named(subject: &str) -> Vec<&'static str> {
    let extensions = Extensions::new(vec![aki()]).unwrap();
    let subject = subject.parse().unwrap();
    rules(TbsFields {
        extensions,
        subject,
        ..fields()
    })
}

#[test]
fn good_certificates_have_no_findings() {
    let none: [&str; 0] = [];
    assert_eq!(
        with(vec![aki(), ski(), usage(&[KeyUsageBit::DigitalSignature])]),
        none
    );
    assert_eq!(
        with(vec![
            aki(),
            ski(),
            signs(),
            ca(Some(0)).to_extension(Critical)
        ]),
        none
    );
    assert_eq!(
        named("CN=dk1,OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN"),
        none
    );
}

#[test]
fn each_clause_on_extensions_has_its_finding() {
    let san = SubjectAltName::new(vec![GeneralName::dns_name("a.example").unwrap()]).unwrap();
    let enciphers = usage(&[KeyUsageBit::KeyEncipherment]);
    let uncritical = raw(
        oid::KEY_USAGE,
        usage(&[KeyUsageBit::DigitalSignature]).value(),
    );
    let ca_only = ca(None).to_extension(Critical);
    for (extensions, expected) in [
        (vec![ski()], "rfc5280.aki-missing"),
        (vec![critical(&aki())], "rfc5280.aki-critical"),
        (vec![aki(), critical(&ski())], "rfc5280.ski-critical"),
        (vec![aki(), signs(), ca_only.clone()], "rfc5280.ski-missing"),
        (vec![aki(), ski(), ca_only], "rfc5280.key-usage-ca"),
        (vec![aki(), signs()], "rfc5280.key-usage-ca"),
        (vec![aki(), uncritical], "rfc5280.key-usage-critical"),
        (vec![aki(), enciphers], "rfc8813.key-usage-ec"),
        (
            vec![aki(), ski(), signs(), ca(None).to_extension(NonCritical)],
            "rfc5280.basic-constraints-critical",
        ),
        (
            vec![aki(), raw(oid::KEY_USAGE, &[0x05, 0x00])],
            "rfc5280.key-usage-critical",
        ),
        (
            vec![aki(), raw(oid::BASIC_CONSTRAINTS, b"x")],
            "rfc5280.extension-value",
        ),
        (
            vec![
                aki(),
                critical(&raw("1.2.3".parse().unwrap(), &[0x05, 0x00])),
            ],
            "rfc5280.critical-unknown",
        ),
        (
            vec![aki(), raw(oid::NETSCAPE_COMMENT, b"bare")],
            "netscape.ia5-string",
        ),
        (
            vec![
                aki(),
                raw(oid::NETSCAPE_CA_REVOCATION_URL, b"http://a.example/"),
            ],
            "netscape.ia5-string",
        ),
    ] {
        assert_eq!(with(extensions)[0], expected);
    }
    let extensions = Extensions::new(vec![aki(), san.to_extension(NonCritical)]).unwrap();
    let subject = "".parse().unwrap();
    assert_eq!(
        rules(TbsFields {
            extensions,
            subject,
            ..fields()
        }),
        ["rfc5280.san-critical"]
    );
}

#[test]
fn name_constraints_are_a_cas_and_critical() {
    let constraints = NameConstraints::new(vec!["dns:a.example".parse().unwrap()], Vec::new());
    let constraints = constraints.unwrap().to_extension();
    let is_ca = [aki(), ski(), signs(), ca(None).to_extension(Critical)];
    let of_ca = |constraints: &Extension| {
        let constraints = std::slice::from_ref(constraints);
        with([&is_ca[..], constraints].concat())
    };
    assert_eq!(of_ca(&constraints), [""; 0]);
    let uncritical = raw(constraints.oid(), constraints.value());
    assert_eq!(of_ca(&uncritical), ["rfc5280.name-constraints-critical"]);
    assert_eq!(
        with(vec![aki(), constraints]),
        ["rfc5280.name-constraints-ca"]
    );
}

#[test]
fn a_path_length_needs_a_ca_that_signs() {
    let agrees = usage(&[KeyUsageBit::KeyAgreement]);
    let found = with(vec![
        aki(),
        ski(),
        agrees,
        ca(Some(0)).to_extension(Critical),
    ]);
    assert_eq!(found, ["rfc5280.key-usage-ca", "rfc5280.path-len"]);
}

#[test]
fn each_clause_on_names_has_its_finding() {
    let long = format!("CN={}", "x".repeat(65));
    for (subject, expected) in [
        ("", "rfc5280.subject-empty"),
        (long.as_str(), "rfc5280.attribute-length"),
        ("OU=", "rfc5280.attribute-length"),
        ("C=CHN", "rfc5280.country"),
        ("C=12", "rfc5280.country"),
        ("C=I ", "rfc5280.country"),
        ("2.5.4.6=#0c024445", "rfc5280.country"),
        ("CN=good\\00evil", "rfc4518.control-character"),
        (
            "emailAddress=ops@a\\1B.example",
            "rfc4518.control-character",
        ),
        ("CN=a\\C2\\85b", "rfc4518.control-character"),
        ("CN=a\\E2\\80\\AEb", "rfc4518.control-character"),
        ("CN=a\\E2\\81\\A6b", "rfc4518.control-character"),
        ("2.5.4.3=#1e020061", "rfc5280.string-type"),
    ] {
        assert_eq!(named(subject), [expected], "{subject}");
    }
    let issuer = "".parse().unwrap();
    let extensions = Extensions::new(vec![aki()]).unwrap();
    assert_eq!(
        rules(TbsFields {
            extensions,
            issuer,
            ..fields()
        }),
        ["rfc5280.issuer-empty"]
    );
}

/// Another octet string in the place of one, and the length of the whole set right again.
fn patched(der: &[u8], from: &[u8], to: &[u8]) -> Vec<&'static str> {
    let at = der
        .windows(from.len())
        .position(|window| window == from)
        .unwrap();
    let changed = [&der[..at], to, &der[at + from.len()..]].concat();
    let content = tlv::read(der, tlv::SEQUENCE).unwrap();
    let head = der.len() - content.len();
    let tbs = TbsCertificate::from_der(&tlv::write(tlv::SEQUENCE, &changed[head..])).unwrap();
    lint::run(&tbs, &[]).iter().map(Finding::rule).collect()
}

#[test]
fn versions_and_forms_of_time_that_others_write_have_their_findings() {
    let extensions = Extensions::new(vec![aki()]).unwrap();
    let tbs = TbsCertificate::new(TbsFields {
        extensions,
        ..fields()
    });
    let der = tbs.as_der();
    let serial: &[u8] = &[2, 1, 1, 0x30];
    assert_eq!(patched(der, serial, serial), [""; 0]);
    // Version 3, and no extension that would need it.
    let plain = TbsCertificate::new(fields());
    let v3 = [&[0xa0, 3, 2, 1, 2], serial].concat();
    let found = patched(plain.as_der(), serial, &v3);
    assert_eq!(found, ["rfc5280.version", "rfc5280.aki-missing"]);
    let utc = b"\x30\x1e\x17\x0d231114221320Z\x17\x0d270115080000Z";
    let general = b"\x30\x22\x18\x0f20231114221320Z\x18\x0f20270115080000Z";
    let expected = ["rfc5280.time-form", "rfc5280.time-form"];
    assert_eq!(patched(der, utc, general), expected);
}

#[test]
fn an_accepted_finding_is_left_out() {
    let extensions = Extensions::new(vec![aki(), raw(oid::NETSCAPE_COMMENT, b"bare")]).unwrap();
    let tbs = TbsCertificate::new(TbsFields {
        extensions,
        ..fields()
    });
    assert_eq!(lint::run(&tbs, &["netscape.ia5-string".to_owned()]), []);
}

#[test]
fn rules_have_names_of_their_own() {
    let mut names: Vec<_> = lint::rules().collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), LINTS.len());
}

#[test]
fn every_rule_has_its_name_and_its_source() {
    for (lint, rule) in LINTS.iter().zip(lint::rules()) {
        assert_eq!(lint.rule(), rule);
        assert!(!lint.source().is_empty(), "{rule}");
    }
}

#[test]
fn findings_are_told_one_after_the_other() {
    let finding = |field| Finding::error("a.rule", "RFC 1 §2", field, "x", "y");
    let found = Findings::from_vec(vec![finding("one"), finding("two")]).unwrap();
    assert_eq!(
        found.to_string(),
        "one: found x, expected y [a.rule, RFC 1 §2]; two: found x, expected y [a.rule, RFC 1 §2]"
    );
    let one = "one: found x, expected y [a.rule, RFC 1 §2]";
    assert_eq!(Findings::from(finding("one")).to_string(), one);
}
