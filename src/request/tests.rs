use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::ext::{BasicConstraints, Criticality};
use crate::key::{KeyAlgorithm, KeyPair};
use crate::oid;

const SAMPLE: &[u8] = include_bytes!("../../testdata/vendor/enos/request.csr.pem");
const JAVA: &[u8] = include_bytes!("../../testdata/vendor/enos/java-sample.csr.pem");

fn key() -> KeyPair {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    key::generate(KeyAlgorithm::P256, 1, &mut rng)
        .remove(0)
        .unwrap()
}

fn signed(extensions: &Extensions) -> CertificationRequest {
    let subject: Name = "CN=dk1,C=CN".parse().unwrap();
    let key = key();
    let draft = RequestDraft {
        subject: &subject,
        key: &key,
        algorithm: SignatureAlgorithm::EcdsaWithSha256,
        extensions,
    };
    sign(&[draft]).remove(0).unwrap()
}

#[test]
fn the_samples_prove_possession() {
    for (text, subject) in [
        (
            SAMPLE,
            "CN=25SZAl,OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN",
        ),
        (
            JAVA,
            "emailAddress=4Dnb1T1,OU=EnOS,CN=MRmIyzPW,O=EnOS,L=Shanghai,ST=Shanghai,C=CN",
        ),
    ] {
        let request = CertificationRequest::from_pem(text).unwrap();
        assert_eq!(request.subject().to_string(), subject);
        assert_eq!(
            *request.signature_algorithm(),
            RequestSignatureAlgorithm::Known(SignatureAlgorithm::Sha256WithRsa)
        );
        assert_eq!(request.attributes(), []);
        assert_eq!(request.requested_extensions(), None);
        request.verify().unwrap();
    }
}

#[test]
fn requests_of_our_own_go_round() {
    let constraints = BasicConstraints::end_entity().to_extension(Criticality::NonCritical);
    for extensions in [
        Extensions::default(),
        Extensions::new(vec![constraints]).unwrap(),
    ] {
        let request = signed(&extensions);
        let again = CertificationRequest::from_der(request.as_der()).unwrap();
        let asked = again.requested_extensions().cloned().unwrap_or_default();
        assert_eq!(asked, extensions);
        assert_eq!(again.subject().to_string(), "CN=dk1,C=CN");
        assert_eq!(again.verify().unwrap().public_key(), key().public_key());
    }
}

#[test]
fn an_unknown_signature_algorithm_is_a_value_that_fails_alone() {
    let pem = include_bytes!("../../testdata/enos/bad/p384.csr.pem");
    let unknown = CertificationRequest::from_pem(pem).unwrap();
    let name = "ecdsa-with-SHA384 (1.2.840.10045.4.3.3)";
    assert_eq!(unknown.signature_algorithm().to_string(), name);
    assert_eq!(
        unknown.public_key().kind().to_string(),
        "P-384 (1.3.132.0.34)"
    );
    let good = CertificationRequest::from_pem(SAMPLE).unwrap();
    let answers = verify_all(vec![unknown.clone(), good]);
    assert!(answers[1].is_ok());
    for answer in [&answers[0], &unknown.verify()] {
        let Err(RequestError::SignatureAlgorithm { key, source }) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(key, "P-384 (1.3.132.0.34)");
        let name = name.to_owned();
        assert_eq!(*source, KeyError::UnsupportedSignatureAlgorithm { name });
    }
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let der = CertificationRequest::from_pem(SAMPLE)
        .unwrap()
        .as_der()
        .to_vec();
    for at in (0..der.len()).step_by(7) {
        let mut bad = der.clone();
        bad[at] ^= 1;
        let answer = CertificationRequest::from_der(&bad).and_then(CertificationRequest::verify);
        assert!(answer.is_err(), "octet {at}");
    }
}

#[test]
fn a_wrong_signature_fails_alone() {
    let good = CertificationRequest::from_pem(SAMPLE).unwrap();
    let mut der = good.as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    let bad = CertificationRequest::from_der(&der).unwrap();
    let answers = verify_all(vec![good.clone(), bad, good]);
    assert!(answers[0].is_ok() && answers[2].is_ok());
    assert!(matches!(
        answers[1],
        Err(RequestError::ProofOfPossession(_))
    ));
}

#[test]
fn limits_and_form_are_held() {
    let der = CertificationRequest::from_pem(SAMPLE)
        .unwrap()
        .as_der()
        .to_vec();
    for length in 0..der.len() {
        assert!(CertificationRequest::from_der(&der[..length]).is_err());
    }
    let tail = [der.as_slice(), b"\n"].concat();
    assert!(matches!(
        CertificationRequest::from_der(&tail),
        Err(RequestError::Malformed { .. })
    ));
    let long = vec![b' '; CertificationRequest::MAX_OCTETS + 1];
    for answer in [
        CertificationRequest::from_bytes(&long),
        CertificationRequest::from_der(&long),
    ] {
        assert!(matches!(
            answer,
            Err(RequestError::TooLong { actual: 65_537 })
        ));
    }
    let twice = [SAMPLE, SAMPLE].concat();
    assert!(matches!(
        CertificationRequest::from_pem(&twice),
        Err(RequestError::Pem(PemError::TooMany {
            found: 2,
            allowed: 1
        }))
    ));
    let mut v2 = der.clone();
    assert_eq!(v2[8..11], [0x02, 0x01, 0x00]);
    v2[10] = 1;
    assert!(
        matches!(CertificationRequest::from_der(&v2), Err(RequestError::Version { found }) if found == "01")
    );
}

/// The sample with one attribute of these values; its signature is no longer good.
fn with_attribute(oid: Oid, values: &[u8]) -> Result<CertificationRequest, RequestError> {
    let sample = CertificationRequest::from_pem(SAMPLE).unwrap();
    let values = tlv::write(tlv::SET, values);
    let attribute = tlv::write(tlv::SEQUENCE, &[tlv::write_oid(oid), values].concat());
    let info = tlv::read(&sample.as_der()[sample.info.clone()], tlv::SEQUENCE).unwrap();
    let info = info.strip_suffix(&[0xA0, 0x00]).unwrap();
    let attributes = tlv::write(tlv::context_constructed(0), &attribute);
    let info = tlv::write(tlv::SEQUENCE, &[info, &attributes].concat());
    let rest = &sample.as_der()[sample.info.end..];
    CertificationRequest::from_der(&tlv::write(tlv::SEQUENCE, &[&info, rest].concat()))
}

#[test]
fn values_of_attributes_are_der_of_bounded_depth() {
    let challenge_password: Oid = "1.2.840.113549.1.9.7".parse().unwrap();
    let nested = |levels: usize| {
        let null = vec![0x05, 0x00];
        (1..levels).fold(null, |inner, _| tlv::write(tlv::SEQUENCE, &inner))
    };
    for good in [b"\x0c\x02pw".to_vec(), nested(16)] {
        let request = with_attribute(challenge_password, &good).unwrap();
        assert_eq!(request.attributes(), [challenge_password]);
    }
    for levels in [17, 1000] {
        let deep = with_attribute(challenge_password, &nested(levels));
        assert!(matches!(deep, Err(RequestError::TooDeep { oid }) if oid == challenge_password));
    }
    for bad in [&b"\x0c\x05pw"[..], b"pw", b"\x30\x03\x0c\x02p"] {
        let bad = with_attribute(challenge_password, bad);
        assert!(matches!(bad, Err(RequestError::Malformed { .. })));
    }
}

#[test]
fn only_an_extension_request_may_be_empty() {
    let unstructured_name: Oid = "1.2.840.113549.1.9.2".parse().unwrap();
    let empty = with_attribute(unstructured_name, b"");
    assert!(matches!(empty, Err(RequestError::EmptyAttribute { oid }) if oid == unstructured_name));
    for (values, asked) in [(&b""[..], None), (b"\x30\x00", Some(Extensions::default()))] {
        let request = with_attribute(oid::EXTENSION_REQUEST, values).unwrap();
        assert_eq!(request.requested_extensions().cloned(), asked);
    }
}

#[test]
fn der_and_pem_are_told_apart() {
    let request = CertificationRequest::from_bytes(SAMPLE).unwrap();
    let again = CertificationRequest::from_bytes(request.as_der()).unwrap();
    assert_eq!(again.as_der(), request.as_der());
    assert!(matches!(
        CertificationRequest::from_bytes(b""),
        Err(RequestError::Pem(_))
    ));
}
