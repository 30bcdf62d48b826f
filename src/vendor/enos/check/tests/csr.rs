//! Certification requests that are refused, each for its own fault.

use super::*;

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
            let expected = refusal.faults()[0].finding().expected();
            match *field {
                "subject.C" => assert_eq!(expected, "once, two letters", "{name}"),
                "subject.CN" => assert_eq!(expected, "once, 1 to 64 characters", "{name}"),
                _ => {}
            }
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
