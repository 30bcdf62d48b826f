use super::*;
use crate::ext::{AuthorityKeyIdentifier, SubjectKeyIdentifier};
use crate::key::KeyAlgorithm;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

fn fields() -> CrlFields {
    CrlFields {
        issuer: "CN=root,C=CN".parse().unwrap(),
        issuer_key_identifier: SubjectKeyIdentifier::from_octets(&[0xA5; 20]).unwrap(),
        number: CrlNumber::from_u64(7),
        this_update: at("2020-01-06T10:46:33Z"),
        next_update: at("2050-01-13T10:46:33Z"),
        signature_algorithm: SignatureAlgorithm::EcdsaWithSha256,
    }
}

fn entry(serial: u64, reason: CrlReason) -> RevokedCertificate {
    let serial = SerialNumber::from_u64(serial).unwrap();
    RevokedCertificate::new(serial, at("2020-01-05T00:00:00Z"), reason)
}

fn p256_key() -> KeyPair {
    let mut rng = ChaCha20Rng::from_seed([7; 32]);
    let mut keys = key::generate(KeyAlgorithm::P256, 1, &mut rng);
    keys.pop().unwrap().unwrap()
}

#[test]
fn a_list_has_these_octets() {
    let entries = [
        entry(32_720, CrlReason::KeyCompromise),
        entry(128, CrlReason::Unspecified),
    ];
    let tbs = TbsCertList::new(fields(), entries).unwrap();
    let expected = [
        &b"\x30\x81\xb8\x02\x01\x01"[..],
        b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02",
        b"\x30\x1c\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02CN",
        b"\x31\x0d\x30\x0b\x06\x03\x55\x04\x03\x0c\x04root",
        b"\x17\x0d200106104633Z\x18\x0f20500113104633Z",
        b"\x30\x38",
        b"\x30\x21\x02\x02\x7f\xd0\x17\x0d200105000000Z",
        b"\x30\x0c\x30\x0a\x06\x03\x55\x1d\x15\x04\x03\x0a\x01\x01",
        b"\x30\x13\x02\x02\x00\x80\x17\x0d200105000000Z",
        b"\xa0\x2f\x30\x2d",
        b"\x30\x1f\x06\x03\x55\x1d\x23\x04\x18\x30\x16\x80\x14",
        &[0xA5; 20],
        b"\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x07",
    ]
    .concat();
    assert_eq!(tbs.as_der(), expected);
}

#[test]
fn a_signed_list_is_read_as_it_was_written() {
    let key = p256_key();
    let entries = vec![
        entry(3, CrlReason::Superseded),
        entry(1, CrlReason::CertificateHold),
        entry(2, CrlReason::Unspecified),
    ];
    let tbs = TbsCertList::new(fields(), entries.clone()).unwrap();
    let octets = tbs.as_der().to_vec();
    let crl = Crl::sign(tbs, &key).unwrap();
    let again = Crl::from_bytes(crl.to_pem().as_bytes()).unwrap();
    assert_eq!(again, crl);
    assert_eq!(Crl::from_bytes(crl.as_der()), Ok(crl));
    assert_eq!(again.tbs_der(), octets);
    assert_eq!(again.entries().collect::<Vec<_>>(), entries);
    assert_eq!(again.issuer(), &fields().issuer);
    assert_eq!(again.this_update(), fields().this_update);
    assert_eq!(again.next_update(), Some(fields().next_update));
    assert_eq!(again.number(), Ok(Some(fields().number)));
    let authority = again.extensions().find(oid::AUTHORITY_KEY_IDENTIFIER);
    let authority = AuthorityKeyIdentifier::from_extension_value(authority.unwrap().value());
    assert_eq!(
        authority.unwrap().key_identifier(),
        Some(&fields().issuer_key_identifier)
    );
    assert_eq!(again.verify_signature(key.public_key()), Ok(()));
}

#[test]
fn a_changed_list_does_not_verify() {
    let key = p256_key();
    let entries = [entry(1, CrlReason::KeyCompromise)];
    let crl = Crl::sign(TbsCertList::new(fields(), entries).unwrap(), &key).unwrap();
    let mut octets = crl.as_der().to_vec();
    let reason = octets
        .windows(3)
        .position(|window| window == [0x0A, 1, 1])
        .unwrap();
    octets[reason + 2] = 4;
    let changed = Crl::from_der(&octets).unwrap();
    assert_eq!(
        changed.entries().next().unwrap().reason(),
        CrlReason::Superseded
    );
    assert_eq!(
        changed.verify_signature(key.public_key()),
        Err(CrlError::Signature(KeyError::SignatureInvalid))
    );
}

#[test]
fn a_list_without_entries_leaves_their_field_out() {
    let crl = Crl::sign(TbsCertList::new(fields(), []).unwrap(), &p256_key()).unwrap();
    assert_eq!(crl.entries().count(), 0);
    let times = b"\x17\x0d200106104633Z\x18\x0f20500113104633Z\xa0";
    assert!(crl.as_der().windows(times.len()).any(|w| w == times));
}

#[test]
fn lists_that_contradict_themselves_are_refused() {
    let twice = [1, 2, 128, 1].map(|serial| entry(serial, CrlReason::Unspecified));
    let serial = SerialNumber::from_u64(1).unwrap();
    assert_eq!(
        TbsCertList::new(fields(), twice),
        Err(CrlError::DuplicateSerial {
            serial: serial.clone()
        })
    );
    assert_eq!(
        TbsCertList::new(fields(), [entry(1, CrlReason::RemoveFromCrl)]),
        Err(CrlError::RemoveFromCrl { serial })
    );
    let next_update = fields().this_update;
    let reversed = CrlFields {
        next_update,
        ..fields()
    };
    assert_eq!(
        TbsCertList::new(reversed, []),
        Err(CrlError::Reversed {
            this_update: next_update,
            next_update
        })
    );
    let nameless = CrlFields {
        issuer: Name::from_attributes(&[]).unwrap(),
        ..fields()
    };
    assert_eq!(TbsCertList::new(nameless, []), Err(CrlError::IssuerEmpty));
    let rsa = CrlFields {
        signature_algorithm: SignatureAlgorithm::Sha256WithRsa,
        ..fields()
    };
    let unfit = Crl::sign(TbsCertList::new(rsa, []).unwrap(), &p256_key());
    assert!(matches!(unfit, Err(CrlError::Signature(_))));
}

/// A list whose parts are given: version and beginning, algorithm outside, entries, extensions.
fn assembled(version: &[u8], algorithm: &[u8], entries: &[u8], extensions: &[u8]) -> Vec<u8> {
    let p256 = SignatureAlgorithm::EcdsaWithSha256.to_der();
    let time = b"\x17\x0d200106104633Z";
    let issuer = fields().issuer;
    let tbs = [version, p256, issuer.as_der(), time, entries, extensions].concat();
    let parts = [
        &tlv::write(tlv::SEQUENCE, &tbs),
        algorithm,
        &tlv::bit_string(&[0]),
    ];
    tlv::write(tlv::SEQUENCE, &parts.concat())
}

#[test]
fn octets_that_are_no_list_are_refused() {
    let p256 = SignatureAlgorithm::EcdsaWithSha256.to_der();
    let sha256 = SignatureAlgorithm::Sha256WithRsa.to_der();
    let v2 = b"\x02\x01\x01";
    let number = b"\xa0\x0e\x30\x0c\x30\x0a\x06\x03\x55\x1d\x14\x04\x03\x02\x01\x07";
    assert!(Crl::from_der(&assembled(v2, p256, b"", number)).is_ok());
    assert!(Crl::from_der(&assembled(b"", p256, b"", b"")).is_ok());

    let refused = |octets: &[u8]| Crl::from_der(octets).unwrap_err();
    assert_eq!(
        refused(&assembled(v2, sha256, b"", number)),
        CrlError::AlgorithmMismatch
    );
    let critical = b"\x30\x25\x30\x23\x02\x01\x01\x17\x0d200106104633Z\x30\x0f\x30\x0d\x06\x03\x55\x1d\x1d\x01\x01\xff\x04\x03\x30\x01\x00";
    assert_eq!(
        refused(&assembled(v2, p256, critical, b"")),
        CrlError::UnknownCriticalEntryExtension {
            oid: "2.5.29.29".parse().unwrap()
        }
    );
    let zero = b"\x30\x14\x30\x12\x02\x01\x00\x17\x0d200106104633Z";
    assert_eq!(
        refused(&assembled(v2, p256, zero, b"")),
        CrlError::Serial(SerialNumberError::Zero)
    );
    let mut trailing = assembled(v2, p256, b"", number);
    trailing.push(0);
    let negative = b"\x30\x14\x30\x12\x02\x01\x80\x17\x0d200106104633Z";
    for malformed in [
        &b""[..],
        b"\x30\x00",
        &trailing,
        &assembled(b"", p256, b"", number),
        &assembled(b"\x02\x01\x00", p256, b"", b""),
        &assembled(v2, p256, negative, b""),
        &assembled(v2, p256, b"\x30\x02\x30\x00", b""),
        &assembled(v2, p256, b"", b"\x05\x00"),
    ] {
        assert!(matches!(refused(malformed), CrlError::Malformed { .. }));
    }
}

#[test]
fn ten_thousand_entries_cost_their_octets_and_little_more() {
    let entries = (1..=10_000).map(|serial| entry(serial, CrlReason::Superseded));
    let tbs = TbsCertList::new(fields(), entries).unwrap();
    let crl = Crl::sign(tbs, &p256_key()).unwrap();
    assert_eq!(crl.entries().count(), 10_000);
    assert!(crl.as_der().len() < 10_000 * 40);
}
