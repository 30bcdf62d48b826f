use super::netscape::{CaRevocationUrl, NetscapeComment, NetscapeEncoding};
use super::*;
use crate::general_name::{GeneralName, UniformResourceIdentifier};
use crate::name::Name;
use crate::oid;
use crate::pem;
use crate::serial::SerialNumber;

mod refused;

const CA: &[u8] = include_bytes!("../../testdata/vendor/enos/ca.cert.pem");
const DEVICE: &[u8] = include_bytes!("../../testdata/vendor/enos/device.cert.pem");

/// The `extensions` field of a certificate: the last value of the `TBSCertificate`, its [3] taken off.
fn extensions_of(certificate: &[u8]) -> Vec<u8> {
    let block = pem::decode_one(certificate, &[pem::Label::Certificate], 10_000).unwrap();
    let content = tlv::read(block.der(), tlv::SEQUENCE).unwrap();
    let tbs = tlv::Reader::new(content)
        .unwrap()
        .expect(tlv::SEQUENCE)
        .unwrap();
    let mut reader = tlv::Reader::new(tbs).unwrap();
    let mut last = &[][..];
    while !reader.is_finished() {
        last = reader.any().unwrap().content;
    }
    last.to_vec()
}

fn key_identifier(hex: &str) -> SubjectKeyIdentifier {
    let octets: Vec<u8> = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect();
    SubjectKeyIdentifier::from_octets(&octets).unwrap()
}

const CA_KEY: &str = "8363CC8DF77AB991151BE1E685661F54DB81871A";
const DEVICE_KEY: &str = "469A288590A0724A574C73CAAD88179758BB584C";
const CRL_URL: &str = "https://alpha-portal-cn4.eniot.io:8081/enos/CA/crl";

/// The subject of the sample's CA, whose strings are `UTF8String` but for C and emailAddress.
fn ca_name() -> Name {
    "emailAddress=ca@eniot.io,CN=EnOS CA,OU=EnOS CA,O=EnOS,L=Shanghai,ST=Shanghai,C=CN"
        .parse()
        .unwrap()
}

fn der(extension: &Extension) -> Vec<u8> {
    let mut out = Vec::new();
    extension.push_der(&mut out);
    out
}

#[test]
fn the_sample_ca_has_these_extensions() {
    let signs = KeyUsage::new(&[KeyUsageBit::KeyCertSign, KeyUsageBit::CrlSign]).unwrap();
    let extensions = Extensions::new(vec![
        key_identifier(CA_KEY).to_extension(),
        AuthorityKeyIdentifier::new(key_identifier(CA_KEY)).to_extension(),
        BasicConstraints::ca(None).to_extension(Criticality::Critical),
        signs.to_extension(Criticality::Critical),
    ])
    .unwrap();
    assert_eq!(extensions.to_der(), extensions_of(CA));
    assert_eq!(Extensions::from_der(&extensions_of(CA)), Ok(extensions));
}

#[test]
fn the_sample_device_certificate_has_these_extensions() {
    let serial: SerialNumber = "0xADC2B9258043F3C8".parse().unwrap();
    let authority = AuthorityKeyIdentifier::with_issuer(key_identifier(CA_KEY), ca_name(), serial);
    let comment =
        NetscapeComment::new("Enos Generated Certificate", NetscapeEncoding::Bare).unwrap();
    let url = UniformResourceIdentifier::new(CRL_URL).unwrap();
    let extensions = Extensions::new(vec![
        BasicConstraints::end_entity().to_extension(Criticality::NonCritical),
        comment.to_extension(),
        key_identifier(DEVICE_KEY).to_extension(),
        authority.to_extension(),
        CaRevocationUrl::new(url, NetscapeEncoding::Bare).to_extension(),
    ])
    .unwrap();
    assert_eq!(extensions.to_der(), extensions_of(DEVICE));
    assert_eq!(Extensions::from_der(&extensions_of(DEVICE)), Ok(extensions));
}

#[test]
fn the_samples_are_described_in_words() {
    let lines: Vec<String> = [CA, DEVICE]
        .iter()
        .flat_map(|certificate| {
            let extensions = Extensions::from_der(&extensions_of(certificate)).unwrap();
            extensions.iter().map(describe).collect::<Vec<_>>()
        })
        .collect();
    let ca_key = "83:63:CC:8D:F7:7A:B9:91:15:1B:E1:E6:85:66:1F:54:DB:81:87:1A";
    let device_key = "46:9A:28:85:90:A0:72:4A:57:4C:73:CA:AD:88:17:97:58:BB:58:4C";
    assert_eq!(
        lines,
        [
            format!("subjectKeyIdentifier: {ca_key}"),
            format!("authorityKeyIdentifier: keyid:{ca_key}"),
            "basicConstraints (critical): CA:TRUE".to_owned(),
            "keyUsage (critical): keyCertSign, cRLSign".to_owned(),
            "basicConstraints: CA:FALSE".to_owned(),
            "netscape-comment: Enos Generated Certificate (bare ASCII)".to_owned(),
            format!("subjectKeyIdentifier: {device_key}"),
            format!(
                "authorityKeyIdentifier: keyid:{ca_key}, issuer:{}, serial:12520773484760265672",
                ca_name()
            ),
            format!("netscape-ca-revocation-url: {CRL_URL} (bare ASCII)"),
        ]
    );
}

#[test]
fn what_is_unknown_or_unreadable_is_described_in_hexadecimal() {
    let unknown = Extension::raw(
        "1.2.3".parse().unwrap(),
        Criticality::Critical,
        vec![0xAB, 0x00],
    );
    assert_eq!(describe(&unknown), "1.2.3 (critical): AB00");
    let unreadable = Extension::raw(oid::KEY_USAGE, Criticality::NonCritical, vec![3, 1, 0]);
    let described = describe(&unreadable);
    assert!(described.starts_with("keyUsage: 030100 ("), "{described}");
}

#[test]
fn key_usage_ends_with_its_last_bit() {
    use KeyUsageBit as Bit;
    for (bits, value) in [
        (
            &[
                Bit::DataEncipherment,
                Bit::DigitalSignature,
                Bit::KeyEncipherment,
            ][..],
            &[0x03, 0x02, 0x04, 0xB0][..],
        ),
        (&[Bit::KeyCertSign, Bit::CrlSign], &[0x03, 0x02, 0x01, 0x06]),
        (&[Bit::DigitalSignature], &[0x03, 0x02, 0x07, 0x80]),
        (
            &[Bit::KeyAgreement, Bit::DecipherOnly],
            &[0x03, 0x03, 0x07, 0x08, 0x80],
        ),
        (&Bit::ALL, &[0x03, 0x03, 0x07, 0xFF, 0x80]),
    ] {
        let usage = KeyUsage::new(bits).unwrap();
        assert_eq!(usage.to_extension(Criticality::Critical).value(), value);
        assert_eq!(KeyUsage::from_extension_value(value), Ok(usage));
    }
    let trailing_zeros = KeyUsage::from_extension_value(&[0x03, 0x02, 0x00, 0x80]).unwrap();
    assert_eq!(trailing_zeros.to_string(), "digitalSignature");
    assert_eq!("contentCommitment".parse(), Ok(Bit::NonRepudiation));
    assert!("crlsign".parse::<Bit>().is_err());
}

#[test]
fn a_path_length_needs_a_ca() {
    for (constraints, value) in [
        (BasicConstraints::end_entity(), &[0x30, 0x00][..]),
        (BasicConstraints::ca(None), &[0x30, 0x03, 1, 1, 0xFF]),
        (
            BasicConstraints::ca(Some(0)),
            &[0x30, 0x06, 1, 1, 0xFF, 2, 1, 0],
        ),
        (
            BasicConstraints::ca(Some(200)),
            &[0x30, 0x07, 1, 1, 0xFF, 2, 2, 0, 200],
        ),
    ] {
        let written = constraints.to_extension(Criticality::Critical);
        assert_eq!(written.value(), value);
        assert_eq!(
            BasicConstraints::from_extension_value(value),
            Ok(constraints)
        );
    }
    assert_eq!(
        BasicConstraints::from_extension_value(&[0x30, 0x03, 2, 1, 3]),
        Err(ExtensionError::PathLenWithoutCa { path_len: 3 })
    );
    // cA FALSE written out is no DER, yet common.
    assert_eq!(
        BasicConstraints::from_extension_value(&[0x30, 0x03, 1, 1, 0]),
        Ok(BasicConstraints::end_entity())
    );
    for bad in [
        &[0x30, 0x03, 1, 1, 1][..],
        &[0x30, 0x06, 1, 1, 0xFF, 2, 1, 0x80],
        &[0x30, 0x00, 0x00],
        &[0x30, 0x0B, 1, 1, 0xFF, 2, 6, 1, 0, 0, 0, 0, 0],
    ] {
        let error = BasicConstraints::from_extension_value(bad).unwrap_err();
        assert!(
            matches!(error, ExtensionError::Malformed { .. }),
            "{error:?}"
        );
    }
}

#[test]
fn purposes_names_and_places_go_round() {
    let purposes = ExtendedKeyUsage::new(vec![oid::CLIENT_AUTH, oid::EMAIL_PROTECTION]).unwrap();
    let written = purposes.to_extension(Criticality::NonCritical);
    assert_eq!(
        written.value(),
        b"\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x02\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x04"
    );
    assert_eq!(
        describe(&written),
        "extKeyUsage: clientAuth, emailProtection"
    );
    assert_eq!(
        ExtendedKeyUsage::from_extension_value(written.value()),
        Ok(purposes)
    );

    let url = GeneralName::uri("http://h/c").unwrap();
    let points = CrlDistributionPoints::new(vec![url.clone()]).unwrap();
    let written = points.to_extension(Criticality::NonCritical);
    assert_eq!(
        written.value(),
        b"\x30\x12\x30\x10\xa0\x0e\xa0\x0c\x86\x0ahttp://h/c"
    );
    assert_eq!(
        CrlDistributionPoints::from_extension_value(written.value()),
        Ok(points)
    );

    let access =
        AuthorityInfoAccess::new(vec![AccessDescription::new(oid::OCSP, url.clone())]).unwrap();
    let written = access.to_extension();
    assert_eq!(
        written.value(),
        b"\x30\x18\x30\x16\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x0ahttp://h/c"
    );
    assert_eq!(
        AuthorityInfoAccess::from_extension_value(written.value()),
        Ok(access)
    );

    let names = SubjectAltName::new(vec![GeneralName::dns_name("a.b").unwrap(), url]).unwrap();
    let written = names.to_extension(Criticality::Critical);
    assert_eq!(written.value(), b"\x30\x11\x82\x03a.b\x86\x0ahttp://h/c");
    assert_eq!(
        SubjectAltName::from_extension_value(written.value()),
        Ok(names)
    );
}

#[test]
fn netscape_texts_are_bare_or_tagged() {
    let strict = NetscapeComment::new("hi", NetscapeEncoding::Ia5String).unwrap();
    assert_eq!(strict.to_extension().value(), b"\x16\x02hi");
    assert_eq!(
        NetscapeComment::from_extension_value(b"\x16\x02hi"),
        Ok(strict)
    );
    for bad in [&b"\x16\x03hi"[..], b"h\0", b"\x16\x02h\n", b"h\xff"] {
        assert!(NetscapeComment::from_extension_value(bad).is_err());
    }
    assert!(CaRevocationUrl::from_extension_value(b"no-scheme").is_err());
}

#[test]
fn numbers_and_reasons_of_crls_go_round() {
    for (number, value) in [
        (0, &[2, 1, 0][..]),
        (127, &[2, 1, 127]),
        (128, &[2, 2, 0, 128]),
    ] {
        let crl_number = CrlNumber::from_u64(number);
        assert_eq!(crl_number.to_extension().value(), value);
        assert_eq!(crl_number.to_string(), number.to_string());
        assert_eq!(CrlNumber::from_extension_value(value), Ok(crl_number));
    }
    assert!(CrlNumber::from_extension_value(&[2, 1, 0x80]).is_err());
    let too_long = [&[2, 21][..], &[1; 21]].concat();
    assert!(CrlNumber::from_extension_value(&too_long).is_err());

    for reason in CrlReason::ALL {
        assert_eq!(CrlReason::from_code(reason.code()), Ok(reason));
        assert_eq!(reason.to_string().to_uppercase().parse(), Ok(reason));
        let Some(code) = ReasonCode::new(reason) else {
            assert_eq!(reason, CrlReason::Unspecified);
            continue;
        };
        let written = code.to_extension();
        assert_eq!(written.value(), [0x0A, 1, reason.code()]);
        assert_eq!(ReasonCode::from_extension_value(written.value()), Ok(code));
    }
    for code in [7, 11, 255] {
        assert_eq!(
            CrlReason::from_code(code),
            Err(ExtensionError::UnknownReason { code })
        );
    }
}
