use super::*;
use crate::oid;
use crate::time::UnixSeconds;

const CA: &[u8] = include_bytes!("../../testdata/vendor/enos/ca.cert.pem");
const DEVICE: &[u8] = include_bytes!("../../testdata/vendor/enos/device.cert.pem");

fn ca() -> Certificate {
    Certificate::from_pem(CA).unwrap()
}

fn device() -> Certificate {
    Certificate::from_pem(DEVICE).unwrap()
}

#[test]
fn the_samples_are_read() {
    let device = device();
    assert_eq!(device.serial().to_string(), "32720");
    assert_eq!(device.issuer(), ca().subject());
    assert_eq!(
        device.subject().to_string(),
        "CN=25SZAl,OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN"
    );
    assert_eq!(
        device.validity().not_before().to_string(),
        "2020-01-06T10:46:33Z"
    );
    assert_eq!(
        device.validity().not_after().to_string(),
        "2020-09-12T10:46:33Z"
    );
    assert_eq!(device.tbs().time_forms(), [TimeForm::UtcTime; 2]);
    assert_eq!(device.tbs().version(), 2);
    assert_eq!(device.extensions().len(), 5);
    assert!(device.extensions().find(oid::NETSCAPE_COMMENT).is_some());
    assert_eq!(ca().serial().to_hex(), "adc2b9258043f3c8");
    assert!(ca().is_self_issued());
}

#[test]
fn the_fields_of_the_samples_encode_to_their_octets() {
    for certificate in [ca(), device()] {
        let again = TbsCertificate::new(certificate.tbs().fields().clone());
        assert_eq!(again.as_der(), certificate.tbs().as_der());
        let signature = Signature::from_bytes(certificate.signature().to_vec());
        let whole = Certificate::assemble(again, &signature).unwrap();
        assert_eq!(whole.as_der(), certificate.as_der());
        assert_eq!(
            whole.to_pem(),
            pem::encode(Label::Certificate, certificate.as_der()).to_string()
        );
    }
}

#[test]
fn signatures_hold_for_their_issuer_only() {
    device().verify_signature(ca().public_key()).unwrap();
    let error = device()
        .verify_signature(device().public_key())
        .unwrap_err();
    assert!(matches!(
        error,
        CertificateError::Signature(KeyError::SignatureInvalid)
    ));
}

#[test]
fn times_change_their_form_with_the_year_2050() {
    let mut fields = device().tbs().fields().clone();
    let at = |text: &str| text.parse::<UnixSeconds>().unwrap();
    fields.validity =
        Validity::new(at("2049-12-31T23:59:59Z"), at("2050-01-01T00:00:00Z")).unwrap();
    let tbs = TbsCertificate::new(fields);
    assert_eq!(
        tbs.time_forms(),
        [TimeForm::UtcTime, TimeForm::GeneralizedTime]
    );
    let octets = tbs.as_der();
    assert!(
        octets
            .windows(15)
            .any(|window| window == b"\x17\x0d491231235959Z")
    );
    assert!(
        octets
            .windows(17)
            .any(|window| window == b"\x18\x0f20500101000000Z")
    );
    let again = TbsCertificate::from_der(octets).unwrap();
    assert_eq!(again.validity(), tbs.validity());
}

#[test]
fn every_cut_and_every_tail_is_refused() {
    let der = device().as_der().to_vec();
    for length in 0..der.len() {
        assert!(
            Certificate::from_der(&der[..length]).is_err(),
            "{length} octets"
        );
    }
    let longer = [der.as_slice(), &[0]].concat();
    assert!(matches!(
        Certificate::from_der(&longer),
        Err(CertificateError::Malformed { .. })
    ));
    let huge = vec![0x30; Certificate::MAX_OCTETS + 1];
    assert!(matches!(
        Certificate::from_der(&huge),
        Err(CertificateError::TooLong { .. })
    ));
}

#[test]
fn differing_algorithms_are_refused() {
    let mut der = device().as_der().to_vec();
    // The outer sha256WithRSAEncryption becomes sha384WithRSAEncryption.
    let outer = der.len() - 261 - 15 + 12;
    assert_eq!(der[outer], 0x0B);
    der[outer] = 0x0C;
    assert!(matches!(
        Certificate::from_der(&der),
        Err(CertificateError::AlgorithmMismatch)
    ));
}

#[test]
fn a_chain_is_put_in_order_by_its_signatures() {
    assert_eq!(chain_order(vec![ca(), device()]), Ok(vec![device(), ca()]));
    assert_eq!(chain_order(vec![ca()]), Ok(vec![ca()]));
    assert_eq!(chain_order(Vec::new()), Err(ChainError::Empty));
    let mut fields = ca().tbs().fields().clone();
    fields.subject = "CN=another".parse().unwrap();
    let signature = Signature::from_bytes(ca().signature().to_vec());
    let stray = Certificate::assemble(TbsCertificate::new(fields), &signature).unwrap();
    assert!(matches!(
        chain_order(vec![device(), ca(), stray]),
        Err(ChainError::Stray { .. })
    ));
}

#[test]
fn fingerprints_are_those_of_openssl() {
    let hex: String = device()
        .sha256()
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect();
    assert_eq!(
        hex,
        "3889866EAD815DDE95CC6DFDD7051A3FD3636D0A1030CBB5D821D273DFB71230"
    );
    let hex: String = device()
        .sha1()
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect();
    assert_eq!(hex, "DB5C0C00193064801F2A4E2465E1467725EAB782");
}
