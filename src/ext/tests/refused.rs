//! What is no extension, or none that may stand here.

use proptest::prelude::*;

use super::*;

#[test]
fn extensions_that_say_nothing_are_refused() {
    let empty = |oid, element| ExtensionError::Empty { oid, element };
    let no_bit = empty(oid::KEY_USAGE, "bit");
    assert_eq!(KeyUsage::new(&[]), Err(no_bit.clone()));
    for value in [&[0x03, 0x01, 0x00][..], &[0x03, 0x02, 0x07, 0x00]] {
        assert_eq!(KeyUsage::from_extension_value(value), Err(no_bit.clone()));
    }
    assert_eq!(
        ExtendedKeyUsage::new(Vec::new()),
        Err(empty(oid::EXTENDED_KEY_USAGE, "purpose"))
    );
    assert_eq!(
        SubjectAltName::from_extension_value(&[0x30, 0x00]),
        Err(empty(oid::SUBJECT_ALT_NAME, "name"))
    );
    assert_eq!(
        AuthorityKeyIdentifier::from_extension_value(&[0x30, 0x00]),
        Err(empty(oid::AUTHORITY_KEY_IDENTIFIER, "identifier"))
    );
    assert!(CrlDistributionPoints::new(Vec::new()).is_err());
    assert!(AuthorityInfoAccess::new(Vec::new()).is_err());
    assert!(NetscapeComment::new("", NetscapeEncoding::Bare).is_err());
    assert!(NetscapeComment::from_extension_value(&[0x16, 0x00]).is_err());
}

#[test]
fn one_name_twice_is_refused() {
    let name = GeneralName::dns_name("a.b").unwrap();
    assert_eq!(
        SubjectAltName::new(vec![name.clone(), name]),
        Err(ExtensionError::DuplicateElement {
            oid: oid::SUBJECT_ALT_NAME,
            found: "dNSName:a.b".to_owned()
        })
    );
}

#[test]
fn fields_that_are_not_interpreted_are_refused() {
    // A point with cRLIssuer, one with reasons only, and one relative to the issuer.
    for value in [
        &b"\x30\x09\x30\x07\xa2\x05\x82\x03a.b"[..],
        b"\x30\x06\x30\x04\x81\x02\x07\x80",
        b"\x30\x06\x30\x04\xa0\x02\xa1\x00",
    ] {
        let error = CrlDistributionPoints::from_extension_value(value).unwrap_err();
        assert!(
            matches!(error, ExtensionError::Unsupported { .. }),
            "{error:?}"
        );
    }
    // Issuer without serial number, and an issuer that is a dNSName.
    for value in [
        &b"\x30\x07\xa1\x05\x82\x03a.b"[..],
        b"\x30\x0a\xa1\x05\x82\x03a.b\x82\x01\x01",
    ] {
        assert!(AuthorityKeyIdentifier::from_extension_value(value).is_err());
    }
}

#[test]
fn an_identifier_twice_is_refused() {
    let one = BasicConstraints::end_entity().to_extension(Criticality::NonCritical);
    let twice = tlv::write(tlv::SEQUENCE, &[der(&one), der(&one)].concat());
    let duplicate = ExtensionError::Duplicate {
        oid: oid::BASIC_CONSTRAINTS,
    };
    assert_eq!(
        Extensions::new(vec![one.clone(), one]),
        Err(duplicate.clone())
    );
    assert_eq!(Extensions::from_der(&twice), Err(duplicate));
}

#[test]
fn lists_that_are_malformed_or_too_long_are_refused() {
    let numbered = |number: usize| {
        let oid = format!("1.2.{number}").parse().unwrap();
        Extension::raw(oid, Criticality::NonCritical, Vec::new())
    };
    let many: Vec<u8> = (0..1000)
        .flat_map(|number| der(&numbered(number)))
        .collect();
    assert_eq!(
        Extensions::from_der(&tlv::write(tlv::SEQUENCE, &many)),
        Err(ExtensionError::TooMany {
            what: "extensions",
            found: 65,
            allowed: 64
        })
    );
    let most = Extensions::new((0..64).map(numbered).collect()).unwrap();
    assert_eq!(Extensions::from_der(&most.to_der()), Ok(most));
    for bad in [
        &b""[..],
        b"\x31\x00",
        b"\x30\x00\x00",
        b"\x30\x02\x30\x00",
        b"\x30\x05\x30\x03\x06\x01\x55",
        b"\x30\x0b\x30\x09\x06\x03\x55\x1d\x13\x05\x00\x04\x00",
        b"\x30\x0c\x30\x0a\x06\x03\x55\x1d\x13\x01\x01\x01\x04\x00",
        b"\x30\x0b\x30\x09\x06\x03\x55\x1d\x13\x04\x00\x04\x00",
    ] {
        let error = Extensions::from_der(bad).unwrap_err();
        assert!(
            matches!(error, ExtensionError::MalformedList { .. }),
            "{bad:?}"
        );
    }
    assert_eq!(Extensions::from_der(b"\x30\x00"), Ok(Extensions::default()));
}

proptest! {
    #[test]
    fn no_octets_make_a_reader_panic(octets in prop::collection::vec(any::<u8>(), 0..60)) {
        for oid in [
            oid::AUTHORITY_INFO_ACCESS,
            oid::AUTHORITY_KEY_IDENTIFIER,
            oid::BASIC_CONSTRAINTS,
            oid::CRL_DISTRIBUTION_POINTS,
            oid::CRL_NUMBER,
            oid::CRL_REASON,
            oid::EXTENDED_KEY_USAGE,
            oid::KEY_USAGE,
            oid::NAME_CONSTRAINTS,
            oid::NETSCAPE_COMMENT,
            oid::SUBJECT_ALT_NAME,
        ] {
            let extension = Extension::raw(oid, Criticality::NonCritical, octets.clone());
            prop_assert!(!describe(&extension).is_empty());
        }
        if let Ok(extensions) = Extensions::from_der(&octets) {
            prop_assert_eq!(Extensions::from_der(&extensions.to_der()), Ok(extensions));
        }
    }
}
