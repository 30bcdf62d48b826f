//! What was signed, and by whom.

use super::*;

#[test]
fn the_request_may_be_signed_as_der_pem_or_base64() {
    for octets in [
        &fixture!("der-noattr.p7")[..],
        fixture!("content-pem.p7"),
        fixture!("content-base64.p7"),
    ] {
        let checked = checked(CUSTOM, &[signature(octets)]).unwrap();
        assert_eq!(
            checked.request().public_key().spki_sha256(),
            key_of_request()
        );
    }
    // The message itself may be PEM, or wrapped base64.
    let pem = std::str::from_utf8(fixture!("message.pem")).unwrap();
    assert!(checked(CUSTOM, &[("signature", json!(pem))]).is_ok());
    let wrapped: Vec<String> = base64(fixture!("ber.p7"))
        .as_bytes()
        .chunks(70)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    assert!(checked(CUSTOM, &[("signature", json!(wrapped.join(" \r\n")))]).is_ok());
    let bouncycastle = [
        signature(fixture!("bc.p7")),
        signature(fixture!("bc-base64.p7")),
    ];
    for one in bouncycastle {
        assert_eq!(
            checked(CUSTOM, &[one])
                .unwrap()
                .request()
                .subject()
                .to_string(),
            "CN=CSR"
        );
    }
    let ec = checked(CUSTOM, &[signature(fixture!("ec-request.p7"))]).unwrap();
    assert_eq!(ec.request().public_key().kind().to_string(), "P-256");
}

#[test]
fn what_the_registered_certificate_did_not_sign_is_refused() {
    let mut flipped = fixture!("der-noattr.p7").to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    let bare = CertificationRequest::from_pem(fixture!("request.csr.pem")).unwrap();
    for octets in [
        &fixture!("other-signer.p7")[..],
        fixture!("impostor.p7"),
        fixture!("impostor-nocerts.p7"),
        fixture!("ec-signer.p7"),
        fixture!("sha1.p7"),
        fixture!("pss.p7"),
        fixture!("detached.p7"),
        &flipped,
        // As one sample of a sibling page has it: a request where a message belongs.
        bare.as_der(),
        b"junk",
    ] {
        let expected = one("Signature verification failed", "emca.signature");
        assert_eq!(refused(&[signature(octets)]), expected);
    }
    let expected = one("Signature verification failed", "emca.signature");
    assert_eq!(refused(&[("signature", json!("*"))]), expected);
    let ec = [
        ("userName", json!("ecuser")),
        signature(fixture!("ec-signer-noattr.p7")),
    ];
    assert!(checked(CUSTOM, &ec).is_ok());
    let sha1 = [
        ("userName", json!("cbcuser")),
        signature(fixture!("sha1.p7")),
    ];
    assert!(checked(CUSTOM, &sha1).is_ok());
}

#[test]
fn a_signed_content_that_is_no_request_is_not_valid_data() {
    let expected = one("Please enter valid data", "emca.csr");
    assert_eq!(refused(&[signature(fixture!("content-text.p7"))]), expected);
    assert_eq!(refused(&[signature(fixture!("serial.p7"))]), expected);
}

#[test]
fn bare_requests_are_for_users_who_may_send_them() {
    let request = CertificationRequest::from_pem(fixture!("request.csr.pem")).unwrap();
    let data = json!(base64(request.as_der()));
    let bare = |user: &str, data: &Value, is_signed: Value| {
        [
            ("userName", json!(user)),
            ("signature", Value::Null),
            ("csrData", data.clone()),
            ("isSignedData", is_signed),
        ]
    };
    for is_signed in [json!("false"), json!(false), Value::Null] {
        let checked = checked(CUSTOM, &bare("bareuser", &data, is_signed.clone())).unwrap();
        assert_eq!(checked.request().request().as_der(), request.as_der());
        let unsigned = one("Signature verification failed", "emca.signature");
        assert_eq!(refused(&bare("apiuser", &data, is_signed)), unsigned);
    }
    // With isSignedData the message stands in csrData.
    let signed = json!(base64(fixture!("ber.p7")));
    assert!(checked(CUSTOM, &bare("apiuser", &signed, json!("true"))).is_ok());
    let expected = one("Signature verification failed", "emca.signature");
    assert_eq!(refused(&bare("apiuser", &data, json!("true"))), expected);
    assert_eq!(refused(&bare("bareuser", &signed, json!("true"))), expected);
    let expected = one("Invalid parameter", "emca.is-signed-data");
    assert_eq!(refused(&bare("bareuser", &data, json!("maybe"))), expected);
    let mut flipped = request.as_der().to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    let flipped = bare("bareuser", &json!(base64(&flipped)), Value::Null);
    assert_eq!(
        refused(&flipped),
        one("Please enter valid data", "emca.csr-proof")
    );
}

#[test]
fn a_request_beside_the_signed_one_must_be_the_same() {
    let same = CertificationRequest::from_pem(fixture!("request.csr.pem")).unwrap();
    let other = CertificationRequest::from_pem(fixture!("request-ec.csr.pem")).unwrap();
    assert!(checked(CUSTOM, &[("csrData", json!(base64(same.as_der())))]).is_ok());
    let expected = one("Please enter valid data", "emca.csr-data");
    assert_eq!(
        refused(&[("csrData", json!(base64(other.as_der())))]),
        expected
    );
    // A signature that does not verify is not made good by a bare request, whoever sends it.
    let both = [
        signature(b"junk"),
        ("csrData", json!(base64(same.as_der()))),
        ("userName", json!("bareuser")),
    ];
    assert_eq!(
        refused(&both),
        one("Signature verification failed", "emca.signature")
    );
}

#[test]
fn a_request_whose_names_cannot_be_read_is_not_valid_data() {
    let mut rng = <rand_chacha::ChaCha20Rng as rand_core::SeedableRng>::from_seed([8; 32]);
    let key = key::generate(KeyAlgorithm::Rsa2048, 1, &mut rng).remove(0);
    let names = Extension::raw(oid::SUBJECT_ALT_NAME, Criticality::NonCritical, vec![5, 0]);
    let draft = RequestDraft {
        subject: &"CN=gateway".parse().unwrap(),
        key: &key.unwrap(),
        algorithm: SignatureAlgorithm::Sha256WithRsa,
        extensions: &Extensions::new(vec![names]).unwrap(),
    };
    let request = request::sign(&[draft]).remove(0).unwrap();
    let bare = [
        ("userName", json!("bareuser")),
        ("signature", Value::Null),
        ("csrData", json!(base64(request.as_der()))),
    ];
    let refusal = checked(Method::CreateCertificateById, &bare).unwrap_err();
    let expected = [("Please enter valid data", "emca.csr-names")];
    assert_eq!(told(&refusal), expected);
    // The custom call takes no names from it.
    assert!(checked(CUSTOM, &bare).is_ok());
}
