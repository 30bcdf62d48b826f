use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::ext::Extensions;
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair, SignJob, SignatureAlgorithm};
use crate::request;
use crate::request::RequestDraft;
use crate::tlv;
use crate::vendor::enos::error::INVALID;
use crate::vendor::enos::tests::{application, check_one, files, rules, sample_csr, text};

fn refusal(request: ApplyRequest) -> Refusal {
    check_one(request).unwrap_err()
}

/// The only fault: code, sentence, rule.
fn only(refusal: &Refusal) -> (u32, &str, &'static str) {
    let [fault] = refusal.faults() else {
        panic!("{refusal}");
    };
    (fault.code(), fault.msg(), fault.finding().rule())
}

#[test]
fn a_sound_application_keeps_what_it_says() {
    let request = application(sample_csr()).with_valid_day(250);
    let checked = check_one(request.with_issue_authority("rSa")).unwrap();
    assert_eq!(checked.org_id(), "o");
    assert_eq!(
        checked.device().to_string(),
        r#"productKey "p" deviceKey "d1""#
    );
    assert_eq!(checked.authority(), Authority::Rsa);
    assert_eq!(checked.valid_days(), Some(250));
    assert_eq!(
        checked.request().subject().to_string(),
        "CN=25SZAl,OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN"
    );
}

#[test]
fn a_csr_stands_under_either_label_with_or_without_its_last_newline() {
    let csr = sample_csr();
    assert!(csr.contains("-----BEGIN NEW CERTIFICATE REQUEST-----"));
    let expected = check_one(application(csr.clone())).unwrap();
    let plain = csr.replace("NEW CERTIFICATE", "CERTIFICATE");
    for text in [csr.trim_end(), &plain, plain.trim_end()] {
        let checked = check_one(application(text)).unwrap();
        let [found, expected] =
            [&checked, &expected].map(|checked| checked.request().request().as_der());
        assert_eq!(found, expected);
    }
}

#[test]
fn the_java_sample_with_its_odd_mail_address_is_accepted() {
    let checked = check_one(application(text("vendor/enos/java-sample.csr.pem"))).unwrap();
    let mail = checked.request().subject().first(crate::oid::EMAIL_ADDRESS);
    assert_eq!(mail.unwrap().value().text().as_deref(), Some("4Dnb1T1"));
}

#[test]
fn an_asset_wins_over_keys_beside_it() {
    let checked = check_one(application(sample_csr()).with_asset_id("a1")).unwrap();
    assert_eq!(checked.device(), &DeviceIdentifier::Asset("a1".to_owned()));
}

#[test]
fn a_device_is_named_by_asset_or_by_both_keys() {
    let bare = || {
        ApplyRequest::new()
            .with_org_id("o")
            .with_csr_pem(sample_csr())
    };
    for request in [
        bare(),
        bare().with_product_key("p"),
        bare().with_device_key("d1"),
        bare().with_asset_id("a\n1"),
        bare().with_asset_id("a".repeat(257)),
        bare().with_product_key("p").with_device_key(" "),
    ] {
        assert_eq!(
            only(&refusal(request)),
            (
                INVALID,
                "invalid argument: The device identifier is invalid",
                "enos.device-identifier"
            )
        );
    }
}

#[test]
fn a_missing_or_blank_csr_is_missing() {
    let bare = || ApplyRequest::new().with_org_id("o").with_asset_id("a1");
    for request in [
        bare(),
        bare().with_csr_pem(" \n"),
        bare().with_csr_octets(Vec::new()),
    ] {
        let refusal = refusal(request);
        assert_eq!(refusal.stage(), Stage::Request);
        assert_eq!(
            only(&refusal),
            (INVALID, "Invalid Argument csr:csr is missing", "enos.csr")
        );
    }
}

#[test]
fn the_organization_is_mandatory_and_may_be_filled_in() {
    let request = || {
        ApplyRequest::new()
            .with_asset_id("a1")
            .with_csr_pem(sample_csr())
    };
    assert_eq!(
        only(&refusal(request())).1,
        "When calling Certificate Services, the call parameters are invalid.message: orgId is missing, \
         detail message: orgId: found nothing, expected an organization"
    );
    assert_eq!(check_one(request().or_org_id("o")).unwrap().org_id(), "o");
    let named = request().with_org_id("x").or_org_id("o");
    assert_eq!(check_one(named).unwrap().org_id(), "x");
}

#[test]
fn valid_day_is_a_positive_number_of_32_bits() {
    for (days, sentence) in [
        (
            0,
            "Invalid Argument validDay:validDay is 0, allowed 1 to 2147483647 days",
        ),
        (
            -1,
            "Invalid Argument validDay:validDay is -1, allowed 1 to 2147483647 days",
        ),
        (
            2_147_483_648,
            "Invalid Argument validDay:validDay is 2147483648, allowed 1 to 2147483647 days",
        ),
    ] {
        let refusal = refusal(application(sample_csr()).with_valid_day(days));
        assert_eq!(only(&refusal), (INVALID, sentence, "enos.valid-day"));
    }
    for days in [1, i32::MAX.into()] {
        let checked = check_one(application(sample_csr()).with_valid_day(days)).unwrap();
        assert_eq!(checked.valid_days().map(i64::from), Some(days));
    }
}

#[test]
fn another_authority_is_a_wrong_parameter() {
    for (name, quoted) in [("DSA", "DSA"), ("", ""), (" RSA", " RSA")] {
        let refusal = refusal(application(sample_csr()).with_issue_authority(name));
        assert_eq!(
            only(&refusal),
            (
                INVALID,
                &*format!(
                    "When calling Certificate Services, the call parameters are invalid.message: \
                     issueAuthority is invalid, detail message: issueAuthority: found \"{quoted}\", \
                     expected RSA or ECC"
                ),
                "enos.issue-authority"
            )
        );
    }
}

#[test]
fn key_and_authority_must_fit() {
    let refusal = refusal(application(sample_csr()).with_issue_authority("ecc"));
    assert_eq!(
        only(&refusal),
        (
            INVALID,
            "Invalid cert request!message: public key does not fit issueAuthority ECC, \
             detail message: subjectPublicKeyInfo: found RSA-2048, expected P-256, or issueAuthority RSA",
            "enos.key"
        )
    );
}

#[test]
fn all_findings_come_back_and_the_pages_order_decides_who_speaks() {
    let request = ApplyRequest::new()
        .with_issue_authority("DSA")
        .with_valid_day(0)
        .with_csr_pem(text("enos/bad/no-cn.csr.pem"));
    let refusal = refusal(request);
    assert_eq!(
        rules(&refusal),
        [
            ("enos.device-identifier", "device"),
            ("enos.valid-day", "validDay"),
            ("enos.subject", "subject.CN"),
            ("enos.org-id", "orgId"),
            ("enos.issue-authority", "issueAuthority"),
        ]
    );
    assert_eq!(refusal.code(), INVALID);
    assert_eq!(
        refusal.msg(),
        "invalid argument: The device identifier is invalid"
    );
}

/// Fault and the files of `testdata/enos/bad` that have it and no other.
const BAD: &[(&str, &str, &[&str])] = &[
    (
        "enos.csr",
        "csr",
        &[
            "ber-indefinite-length",
            "empty",
            "trailing-octets",
            "truncated",
        ],
    ),
    (
        "enos.csr-pem",
        "csr",
        &[
            "not-pem",
            "pem-bad-base64",
            "pem-cut",
            "pem-two-objects",
            "pem-wrong-label",
        ],
    ),
    (
        "enos.key",
        "subjectPublicKeyInfo",
        &["point-off-curve", "rsa-1024", "rsa-3072"],
    ),
    (
        "enos.proof-of-possession",
        "signature",
        &["wrong-signature"],
    ),
    (
        "enos.signature-algorithm",
        "signatureAlgorithm",
        &[
            "p256-sha384",
            "rsa-2048-sha1",
            "rsa-2048-sha384",
            "wrong-signer",
        ],
    ),
    ("enos.subject", "subject", &["invalid-utf8"]),
    ("enos.subject", "subject.C", &["country-of-three", "no-c"]),
    (
        "enos.subject",
        "subject.CN",
        &["cn-empty", "cn-of-65", "no-cn"],
    ),
    ("enos.subject", "subject.L", &["no-l"]),
    ("enos.subject", "subject.O", &["no-o"]),
    ("enos.subject", "subject.OU", &["no-ou"]),
    ("enos.subject", "subject.ST", &["no-st"]),
    (
        "enos.weak-key",
        "subjectPublicKeyInfo",
        &[
            "weak-close-primes",
            "weak-even-exponent",
            "weak-even-modulus",
            "weak-exponent-3",
            "weak-roca",
            "weak-small-factor",
        ],
    ),
];

const FOR_ECC: [&str; 3] = ["p256-sha384", "point-off-curve", "wrong-signer"];

#[test]
fn each_bad_request_is_refused_for_its_own_fault() {
    let mut files = files("enos/bad");
    for (rule, field, names) in BAD {
        for name in *names {
            let csr = files.remove(&format!("{name}.csr.pem")).unwrap();
            let authority = if FOR_ECC.contains(name) { "ECC" } else { "RSA" };
            let request = application(String::from_utf8(csr).unwrap());
            let refusal = refusal(request.with_issue_authority(authority));
            assert_eq!(rules(&refusal), [(*rule, *field)], "{name}");
            assert_eq!(refusal.stage(), Stage::Request, "{name}");
            assert_eq!(refusal.code(), INVALID, "{name}");
        }
    }
    // Tested below: many faults, and two that are sound alone.
    let rest: Vec<_> = files.into_keys().collect();
    assert_eq!(
        rest,
        [
            "p384.csr.pem",
            "subject-empty.csr.pem",
            "weak-shared-factor-1.csr.pem",
            "weak-shared-factor-2.csr.pem"
        ]
    );
}

#[test]
fn key_signature_algorithm_and_subject_are_told_together() {
    let pem = text("enos/bad/p384.csr.pem");
    let request = CertificationRequest::from_pem(pem.as_bytes()).unwrap();
    let mut der = request.as_der().to_vec();
    // C=CN becomes C=C1; the signature over it need not be good, since nobody here could check it.
    let country = der.windows(4).position(|at| at == b"\x13\x02CN").unwrap();
    der[country + 3] = b'1';
    for authority in ["ECC", "DSA"] {
        let asked = application("").with_csr_octets(der.clone());
        let refusal = refusal(asked.with_issue_authority(authority));
        let mut found = rules(&refusal);
        found.retain(|(rule, _)| *rule != "enos.issue-authority");
        assert_eq!(
            found,
            [
                ("enos.key", "subjectPublicKeyInfo"),
                ("enos.signature-algorithm", "signatureAlgorithm"),
                ("enos.subject", "subject.C"),
            ],
            "{authority}"
        );
    }
}

fn p256_key() -> KeyPair {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let mut keys = key::generate(KeyAlgorithm::P256, 1, &mut rng);
    keys.remove(0).unwrap()
}

fn signed(subject: &str, key: &KeyPair) -> CertificationRequest {
    let draft = RequestDraft {
        subject: &subject.parse().unwrap(),
        key,
        algorithm: SignatureAlgorithm::EcdsaWithSha256,
        extensions: &Extensions::default(),
    };
    request::sign(&[draft]).remove(0).unwrap()
}

fn ecc(der: Vec<u8>) -> ApplyRequest {
    let request = application("").with_csr_octets(der);
    request.with_issue_authority("ECC")
}

#[test]
fn control_characters_in_any_part_of_a_subject_are_told() {
    let subject = "emailAddress=a\\0A@b.example,CN=g2\\00evil,OU=x,O=x\\7F,L=x,ST=x,C=CN";
    let request = signed(subject, &p256_key());
    let refusal = refusal(ecc(request.as_der().to_vec()));
    assert_eq!(
        rules(&refusal),
        [
            ("enos.subject", "subject.O"),
            ("enos.subject", "subject.CN"),
            ("enos.subject", "subject.emailAddress"),
        ]
    );
    let found = refusal.faults()[1].finding().found();
    assert_eq!(found, r#""g2\0evil""#);
}

#[test]
fn a_compressed_point_is_not_the_vendors_form() {
    let key = p256_key();
    let request = signed("CN=x,OU=x,O=x,L=x,ST=x,C=CN", &key);
    assert!(check_one(ecc(request.as_der().to_vec())).is_ok());
    // The same key and subject, the point as its x and the sign of its y, signed again.
    let point = key.public_key().bit_string();
    let sign = 2 + (point[64] & 1);
    let compressed = [&[0x03, 0x22, 0x00, sign], &point[1..33]].concat();
    let whole = [&[0x03, 0x42, 0x00], point].concat();
    let spki = key.public_key().spki_der();
    let algorithm = tlv::read(spki, tlv::SEQUENCE).unwrap();
    let algorithm = algorithm.strip_suffix(whole.as_slice()).unwrap();
    let spki = tlv::write(tlv::SEQUENCE, &[algorithm, &compressed].concat());
    let subject = request.subject().as_der();
    let info = [b"\x02\x01\x00", subject, &spki, b"\xa0\x00"].concat();
    let info = tlv::write(tlv::SEQUENCE, &info);
    let algorithm = SignatureAlgorithm::EcdsaWithSha256;
    let job = SignJob {
        key: &key,
        algorithm,
        message: &info,
    };
    let signature = key::sign(&[job]).remove(0).unwrap();
    let signature = tlv::bit_string(signature.as_bytes());
    let der = [info.as_slice(), algorithm.to_der(), &signature].concat();
    let der = tlv::write(tlv::SEQUENCE, &der);
    assert!(
        CertificationRequest::from_der(&der)
            .unwrap()
            .verify()
            .is_ok()
    );
    let refusal = refusal(ecc(der));
    assert_eq!(rules(&refusal), [("enos.key", "subjectPublicKeyInfo")]);
    let finding = refusal.faults()[0].finding();
    assert_eq!(finding.found(), "P-256 with a compressed point");
    assert_eq!(finding.expected(), "P-256 with an uncompressed point");
}

#[test]
fn every_missing_part_of_a_subject_is_told() {
    let refusal = refusal(application(text("enos/bad/subject-empty.csr.pem")));
    let fields: Vec<_> = rules(&refusal)
        .into_iter()
        .map(|(_, field)| field)
        .collect();
    assert_eq!(
        fields,
        [
            "subject.C",
            "subject.ST",
            "subject.L",
            "subject.O",
            "subject.OU",
            "subject.CN"
        ]
    );
}

#[test]
fn a_shared_prime_refuses_both_and_their_neighbour_passes() {
    let csr = |n: u8| text(&format!("enos/bad/weak-shared-factor-{n}.csr.pem"));
    let slice = vec![
        application(csr(1)),
        application(sample_csr()),
        application(csr(2)),
    ];
    let results = check(slice);
    let faults: Vec<_> = results
        .iter()
        .map(|result| result.as_ref().err().map(rules))
        .collect();
    let weak = Some(vec![("enos.weak-key", "subjectPublicKeyInfo")]);
    assert_eq!(faults, [weak.clone(), None, weak]);
    assert!(check_one(application(csr(1))).is_ok());
}

#[test]
fn der_is_a_file_and_never_the_wire() {
    let pem = sample_csr();
    let der = CertificationRequest::from_pem(pem.as_bytes()).unwrap();
    let der = der.as_der().to_vec();
    let file = application("").with_csr_octets(der);
    assert!(check_one(file).is_ok());
    let file = application("").with_csr_octets(pem.into_bytes());
    assert!(check_one(file).is_ok());
    // An oversized text is refused by its length before anything is decoded.
    let long = format!("{}{}", " ".repeat(70_000), sample_csr());
    assert_eq!(
        rules(&refusal(application(long))),
        [("enos.csr-pem", "csr")]
    );
}

#[test]
fn an_attribute_that_stands_twice_is_refused() {
    let csr = signed("CN=b,CN=a,OU=x,O=x,L=x,ST=x,C=CN", &p256_key());
    let refusal = refusal(ecc(csr.as_der().to_vec()));
    assert_eq!(
        only(&refusal).1,
        "Invalid cert request!message: subject attribute CN stands more than once, \
         detail message: subject.CN: found 2 times, expected once, 1 to 64 characters"
    );
}
