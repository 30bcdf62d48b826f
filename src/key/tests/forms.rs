//! The forms in which keys are read and written.

use super::*;

#[test]
fn every_form_of_a_key_that_openssl_writes_is_read() {
    let rsa = pair(fixture!("rsa2048-pkcs8.pem"));
    for text in [
        fixture!("rsa2048-pkcs1.pem"),
        fixture!("rsa2048-pbkdf2.pem"),
    ] {
        assert_eq!(pair(text).public_key(), rsa.public_key());
        assert_eq!(pair(text).to_pkcs8_der(), rsa.to_pkcs8_der());
    }
    let p256 = pair(fixture!("p256-sec1.pem"));
    for text in [fixture!("p256-pkcs8.pem"), fixture!("p256-scrypt.pem")] {
        assert_eq!(pair(text).to_pkcs8_der(), p256.to_pkcs8_der());
    }
    assert_eq!(
        *p256.public_key(),
        public(fixture!("p256-pub.pem")).unwrap()
    );
}

#[test]
fn plain_keys_are_written_as_openssl_writes_them() {
    for text in [fixture!("rsa2048-pkcs8.pem"), fixture!("p256-pkcs8.pem")] {
        assert_eq!(pair(text).to_pkcs8_pem().unwrap().as_bytes(), text);
    }
}

#[test]
fn encrypted_keys_go_round() {
    let key = pair(fixture!("p256-sec1.pem"));
    let quick = Pbes2::Pbkdf2 { iterations: 1000 };
    for pbes2 in [quick, Pbes2::SCRYPT] {
        let text = key
            .to_encrypted_pkcs8_pem(&passphrase(), pbes2, &mut seeded())
            .unwrap();
        assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
        assert_eq!(pair(text.as_bytes()).to_pkcs8_der(), key.to_pkcs8_der());
        let missing = KeyPair::from_pem(text.as_bytes(), None).unwrap_err();
        assert_eq!(missing, KeyError::PassphraseMissing);
        for wrong in ["Certwright test", "x", "certwright test "] {
            let wrong = Passphrase::new(wrong.to_owned()).unwrap();
            let error = KeyPair::from_pem(text.as_bytes(), Some(&wrong)).unwrap_err();
            assert_eq!(error, KeyError::Decryption);
        }
    }
    let empty = Passphrase::new(String::new()).unwrap_err();
    assert_eq!(empty, KeyError::EmptyPassphrase);
}

#[test]
fn key_derivations_that_cost_too_much_or_too_little_are_refused() {
    let iterations = |actual, min| KeyError::KdfCost {
        parameter: "PBKDF2 iteration count",
        actual,
        min,
        max: 10_000_000,
    };
    assert_eq!(
        refused(fixture!("p256-costly.pem")),
        iterations(10_000_001, 1)
    );
    let key = pair(fixture!("p256-sec1.pem"));
    let written = |pbes2| key.to_encrypted_pkcs8_pem(&passphrase(), pbes2, &mut seeded());
    let few = written(Pbes2::Pbkdf2 { iterations: 999 }).unwrap_err();
    assert_eq!(few, iterations(999, 1000));
    for (log_n, r, p) in [
        (0, 8, 1),
        (18, 16, 1),
        (63, 8, 1),
        (64, 8, 1),
        (14, 0, 1),
        (18, 8, 5),
    ] {
        let error = written(Pbes2::Scrypt { log_n, r, p }).unwrap_err();
        assert!(matches!(error, KeyError::KdfCost { .. }), "{log_n} {r} {p}");
    }
}

#[test]
fn foreign_encryptions_and_keys_are_named() {
    assert_eq!(
        refused(fixture!("p256-des3.pem")),
        KeyError::UnsupportedEncryption {
            name: "1.2.840.113549.3.7".to_owned()
        }
    );
    assert_eq!(
        refused(fixture!("p384-sec1.pem")),
        KeyError::UnsupportedKey {
            name: "P-384 (1.3.132.0.34)".to_owned()
        }
    );
    assert_eq!(
        refused(fixture!("p256-pub.pem")),
        KeyError::Pem(PemError::UnexpectedLabel {
            found: "PUBLIC KEY".to_owned(),
            expected: vec![
                Label::PrivateKey,
                Label::EncryptedPrivateKey,
                Label::RsaPrivateKey,
                Label::EcPrivateKey
            ]
        })
    );
}

#[test]
fn foreign_public_keys_are_named() {
    for (text, name) in [
        (fixture!("p384-pub.pem"), "P-384 (1.3.132.0.34)"),
        (fixture!("p521-pub.pem"), "P-521 (1.3.132.0.35)"),
        (fixture!("ed25519-pub.pem"), "Ed25519 (1.3.101.112)"),
        (
            fixture!("rsa-pss-pub.pem"),
            "RSASSA-PSS (1.2.840.113549.1.1.10)",
        ),
        (
            fixture!("p256-explicit-pub.pem"),
            "EC with explicit or implicit curve parameters (1.2.840.10045.2.1)",
        ),
    ] {
        let key = public(text).unwrap();
        let name = name.to_owned();
        assert_eq!(*key.kind(), PublicKeyKind::Unsupported { name });
        assert_eq!(SignatureAlgorithm::default_for(&key), None);
    }
}

#[test]
fn points_are_read_in_two_forms_and_kept_as_they_came() {
    let whole = public(fixture!("p256-pub.pem")).unwrap();
    let compressed = public(fixture!("p256-compressed-pub.pem")).unwrap();
    assert_eq!(*compressed.kind(), PublicKeyKind::P256);
    assert_ne!(compressed.key_identifier(), whole.key_identifier());
    let algorithm = SignatureAlgorithm::EcdsaWithSha256;
    let signature = signed(&pair(fixture!("p256-sec1.pem")), algorithm, MESSAGE).unwrap();
    for key in [&whole, &compressed] {
        assert_eq!(
            verified(key, algorithm, MESSAGE, signature.as_bytes()),
            Ok(())
        );
    }
    let malformed = |reason: &str| {
        Err(KeyError::Malformed {
            what: "ECPoint",
            reason: reason.to_owned(),
        })
    };
    let hybrid = public(fixture!("p256-hybrid-pub.pem"));
    assert_eq!(
        hybrid,
        malformed("neither an uncompressed nor a compressed point")
    );
    let mut beside = whole.spki_der().to_vec();
    *beside.last_mut().unwrap() ^= 1;
    let beside = PublicKey::from_spki_der(&beside);
    assert_eq!(beside, malformed("not a point of P-256"));
}

#[test]
fn a_subject_public_key_info_is_strict_der() {
    let key = public(fixture!("rsa1024-pub.pem")).unwrap();
    let der = key.spki_der();
    assert_eq!(key.bit_string(), &der[der.len() - 140..]);
    assert_eq!(key.rsa_exponent(), Some(&[1, 0, 1][..]));
    assert_eq!(key.rsa_modulus().map(<[u8]>::len), Some(128));
    let trailing = [der, &[0]].concat();
    let mut without_null = der.to_vec();
    // NULL becomes a BOOLEAN of no length.
    let null = without_null
        .windows(2)
        .position(|pair| pair == [5, 0])
        .unwrap();
    without_null[null] = 1;
    for bad in [&[], &der[..der.len() - 1], &trailing, &without_null] {
        let error = PublicKey::from_spki_der(bad).unwrap_err();
        assert!(matches!(error, KeyError::Malformed { .. }), "{error}");
    }
}

/// `openssl pkey -pubin -in p256-pub.pem -outform DER | tail -c 65 | openssl sha1`, and `sha256` of the whole.
#[test]
fn identifiers_are_those_that_openssl_computes() {
    let key = public(fixture!("p256-pub.pem")).unwrap();
    assert_eq!(
        key.key_identifier().to_hex(),
        "fa473fe40aa4a70c97728a480adf0659f74b10ea"
    );
    assert_eq!(
        key.spki_sha256().to_vec(),
        octets("1cf52e638dcc9a112bf27e97a5b5d0f77f32c9640bf5248c2b906e696cc08718")
    );
}

#[test]
fn keys_whose_parts_contradict_each_other_are_refused() {
    // Octets of a whole key, one of them changed: each lands in another part, or breaks the DER.
    let der = pair(fixture!("rsa2048-pkcs8.pem")).to_pkcs8_der().unwrap();
    for part in [100, 400, 620, 760, 890, 1020, 1150] {
        let mut broken = der.to_vec();
        broken[part] ^= 4;
        let error = KeyPair::from_pkcs8_der(&broken).unwrap_err();
        assert!(
            matches!(error, KeyError::Contradictory { .. }),
            "{part} {error}"
        );
    }
    let p256 = pair(fixture!("p256-sec1.pem")).to_pkcs8_der().unwrap();
    let other = &keys(KeyAlgorithm::P256, 1)[0];
    let mut broken = p256.to_vec();
    let start = broken.len() - 65;
    broken[start..].copy_from_slice(other.public_key().bit_string());
    assert!(matches!(
        KeyPair::from_pkcs8_der(&broken),
        Err(KeyError::Contradictory { .. })
    ));
}
