use super::*;
use der::{Decode, Encode};
use proptest::prelude::*;

const CA: &[u8] = include_bytes!("../../testdata/vendor/enos/ca.cert.pem");
const DEVICE: &[u8] = include_bytes!("../../testdata/vendor/enos/device.cert.pem");

/// The device's certificate and its issuer's, which sorts before it.
fn chain() -> Vec<Certificate> {
    [DEVICE, CA]
        .map(|text| Certificate::from_pem(text).unwrap())
        .to_vec()
}

/// Octets around certificates and lists, up to the signers.
fn message(econtent: &[u8], elements: &[u8], signers: &[u8]) -> Vec<u8> {
    let encapsulated = [tlv::write_oid(oid::DATA), econtent.to_vec()].concat();
    let signed_data = [
        &[2, 1, 1, 0x31, 0][..],
        &tlv::write(tlv::SEQUENCE, &encapsulated),
        elements,
        &tlv::write(tlv::SET, signers),
    ]
    .concat();
    let content = tlv::write(
        tlv::context_constructed(0),
        &tlv::write(tlv::SEQUENCE, &signed_data),
    );
    let content_info = [tlv::write_oid(oid::SIGNED_DATA), content].concat();
    tlv::write(tlv::SEQUENCE, &content_info)
}

#[test]
fn a_message_is_these_octets_around_its_certificates() {
    let chain = chain();
    let written = CertificatesOnly::new(&chain, SetOrder::AsGiven).unwrap();
    let expected = [
        &b"\x30\x82\x08\xd4\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x08\xc5"[..],
        b"\x30\x82\x08\xc1\x02\x01\x01\x31\x00\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
        b"\xa0\x82\x08\xa9",
        chain[0].as_der(),
        chain[1].as_der(),
        b"\x31\x00",
    ]
    .concat();
    assert_eq!(written.as_der(), expected);
    let again = CertificatesOnly::from_bytes(written.to_pem().as_bytes()).unwrap();
    assert_eq!(again, written);
    assert_eq!(again.certificates(), chain);
    assert_eq!(CertificatesOnly::from_bytes(&expected).unwrap(), written);
}

#[test]
fn a_sorted_message_is_der_for_another_decoder() {
    let chain = chain();
    let sorted = CertificatesOnly::new(&chain, SetOrder::DerSorted).unwrap();
    assert_eq!(sorted.certificates(), [chain[1].clone(), chain[0].clone()]);
    let info = ::cms::content_info::ContentInfo::from_der(sorted.as_der()).unwrap();
    let content = info.content.to_der().unwrap();
    let signed_data = ::cms::signed_data::SignedData::from_der(&content).unwrap();
    assert_eq!(signed_data.version, ::cms::content_info::CmsVersion::V1);
    assert_eq!(signed_data.certificates.as_ref().unwrap().0.len(), 2);
    assert_eq!(signed_data.to_der().unwrap(), content);
}

#[test]
fn a_streamed_message_is_read() {
    let written = CertificatesOnly::new(&chain(), SetOrder::AsGiven).unwrap();
    // ContentInfo, content, SignedData and certificates without length, each ended by 00 00.
    let octets = written.as_der();
    let certificates = &octets[octets.len() - 2 - 0x8A9..octets.len() - 2];
    let streamed = [
        &b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80"[..],
        b"\x30\x80\x02\x01\x01\x31\x00\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\0\0",
        b"\xa0\x80",
        certificates,
        b"\0\0\x31\x00\0\0\0\0\0\0",
    ]
    .concat();
    assert_eq!(CertificatesOnly::from_der(&streamed).unwrap(), written);
}

#[test]
fn bags_that_cannot_be_are_refused() {
    let chain = chain();
    let new = |certificates: &[Certificate]| {
        CertificatesOnly::new(certificates, SetOrder::AsGiven).unwrap_err()
    };
    assert!(matches!(new(&[]), CmsError::Empty));
    let twice = [&chain[..], &chain[..1]].concat();
    assert!(matches!(new(&twice), CmsError::Duplicate { position: 2 }));
    let many = vec![chain[0].clone(); 257];
    assert!(matches!(new(&many), CmsError::TooMany { found: 257 }));
}

#[test]
fn messages_that_are_no_bag_of_certificates_are_refused() {
    let refused = |octets: &[u8]| CertificatesOnly::from_der(octets).unwrap_err();
    let chain = chain();
    let bag = tlv::write(tlv::context_constructed(0), chain[0].as_der());
    assert!(CertificatesOnly::from_der(&message(b"", &bag, b"")).is_ok());

    assert!(matches!(refused(&message(b"", b"", b"")), CmsError::Empty));
    let signed = message(b"", &bag, b"\x30\x00");
    assert!(matches!(refused(&signed), CmsError::Signers));
    let content = message(b"\xa0\x03\x04\x01a", &bag, b"");
    assert!(matches!(refused(&content), CmsError::ContentPresent));
    let attribute = message(b"", b"\xa0\x02\xa2\x00", b"");
    assert!(matches!(
        refused(&attribute),
        CmsError::Unsupported { tag: 0xA2 }
    ));
    let broken = message(b"", b"\xa0\x02\x30\x00", b"");
    assert!(matches!(
        refused(&broken),
        CmsError::Certificate { position: 0, .. }
    ));
    let data = [tlv::write_oid(oid::DATA), b"\xa0\x02\x04\x00".to_vec()].concat();
    assert!(matches!(
        refused(&tlv::write(tlv::SEQUENCE, &data)),
        CmsError::ContentType {
            found: oid::DATA,
            ..
        }
    ));
    let mut trailing = message(b"", &bag, b"");
    trailing.push(0);
    let cut = &trailing[..trailing.len() - 3];
    for malformed in [&b""[..], b"\x30\x00", &trailing, cut, chain[0].as_der()] {
        assert!(matches!(refused(malformed), CmsError::Malformed { .. }));
    }
    let long = vec![0x30; CertificatesOnly::MAX_OCTETS + 1];
    assert!(matches!(refused(&long), CmsError::TooLong { .. }));
}

proptest! {
    #[test]
    fn a_changed_octet_never_makes_the_reader_panic(at in 0..2264_usize, octet in any::<u8>()) {
        let written = CertificatesOnly::new(&chain(), SetOrder::AsGiven).unwrap();
        let mut octets = written.as_der().to_vec();
        octets[at] = octet;
        if let Ok(read) = CertificatesOnly::from_der(&octets) {
            prop_assert!(read.certificates().len() <= 2);
        }
    }
}
