use super::*;

/// Subject of the vendor's sample request: `PrintableString` throughout.
const SAMPLE: &[(Oid, StringType, &str)] = &[
    (oid::COUNTRY, StringType::PrintableString, "CN"),
    (
        oid::STATE_OR_PROVINCE,
        StringType::PrintableString,
        "Shanghai",
    ),
    (oid::COMMON_NAME, StringType::PrintableString, "25SZAl"),
];

#[test]
fn octets_and_order_are_kept() {
    let name = Name::from_attributes(SAMPLE).unwrap();
    let again = Name::from_der(name.as_der()).unwrap();
    assert_eq!(again, name);
    assert_eq!(
        name.as_der()[..13],
        *b"\x30\x31\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02"
    );
    let oids: Vec<_> = again.attributes().map(Attribute::oid).collect();
    assert_eq!(
        oids,
        [oid::COUNTRY, oid::STATE_OR_PROVINCE, oid::COMMON_NAME]
    );
    assert_eq!(
        again
            .first(oid::COMMON_NAME)
            .unwrap()
            .value()
            .text()
            .unwrap(),
        "25SZAl"
    );
}

#[test]
fn text_is_rfc_4514_and_goes_round() {
    let name = Name::from_attributes(SAMPLE).unwrap();
    assert_eq!(name.to_string(), "CN=25SZAl,ST=Shanghai,C=CN");
    for text in [
        "CN=dk1,O=Acme\\, Inc.,C=DE",
        "CN=\\ edge\\ ,O=a\\+b",
        "serialNumber=7+CN=Müller,C=DE",
        "2.5.4.99=#0c0161,C=DE",
        "",
    ] {
        assert_eq!(text.parse::<Name>().unwrap().to_string(), text);
    }
    let loose: Name = "cn = dk1 , c=DE".parse().unwrap();
    assert_eq!(loose.to_string(), "CN=dk1,C=DE");
}

#[test]
fn faults_in_text_are_told_with_their_place() {
    for (text, position) in [
        ("CN", 0),
        ("CN=a,", 5),
        ("CN=a,XX=b", 5),
        ("CN=a\"b", 4),
        ("CN=a\\zz", 4),
        ("CN=#0c0", 3),
    ] {
        let error = text.parse::<Name>().unwrap_err();
        assert!(
            matches!(error, NameError::Text { position: at, .. } if at == position),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn strings_that_break_their_type_are_refused() {
    let broken = |tag: u8, content: &[u8]| {
        let mut attribute = vec![0x06, 0x03, 0x55, 0x04, 0x03, tag];
        attribute.push(u8::try_from(content.len()).unwrap());
        attribute.extend(content);
        let set = tlv::write(tlv::SET, &tlv::write(tlv::SEQUENCE, &attribute));
        Name::from_der(&tlv::write(tlv::SEQUENCE, &set)).unwrap_err()
    };
    let error = |string_type, offset| NameError::StringContent {
        oid: oid::COMMON_NAME,
        string_type,
        offset,
    };
    assert_eq!(broken(0x0C, b"ab\xFFc"), error(StringType::Utf8String, 2));
    assert_eq!(broken(0x13, b"a*b"), error(StringType::PrintableString, 1));
    assert_eq!(broken(0x16, b"\x80"), error(StringType::Ia5String, 0));
    assert_eq!(broken(0x1E, b"\x00a\x00"), error(StringType::BmpString, 3));
    assert_eq!(broken(0x1E, b"\xD8\x00"), error(StringType::BmpString, 0));
    assert_eq!(
        broken(0x0C, b"ab\xFFc").to_string(),
        "CN at octet 2 is not a valid UTF8String"
    );
}

#[test]
fn bmp_and_teletex_are_read_as_text() {
    let name = Name::from_attributes(&[(oid::COMMON_NAME, StringType::BmpString, "上海")]).unwrap();
    assert_eq!(name.to_string(), "CN=上海");
    let teletex = b"\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x03\x14\x02\xe9a";
    assert_eq!(Name::from_der(teletex).unwrap().to_string(), "CN=éa");
}

#[test]
fn limits_hold() {
    let long = "x".repeat(Name::MAX_OCTETS);
    let error =
        Name::from_attributes(&[(oid::COMMON_NAME, StringType::Utf8String, &long)]).unwrap_err();
    assert!(matches!(error, NameError::TooLong { .. }));
    let many = vec![(oid::COMMON_NAME, StringType::Utf8String, "x"); 65];
    assert_eq!(
        Name::from_attributes(&many),
        Err(NameError::TooManyAttributes { found: 65 })
    );
}

#[test]
fn octets_that_are_no_name_are_refused() {
    let cases: [&[u8]; 6] = [
        b"",
        b"\x31\x00",
        b"\x30\x02\x31\x00",
        b"\x30\x80\x00\x00",
        b"\x30\x00\x00",
        // A set out of order.
        b"\x30\x16\x31\x14\x30\x08\x06\x03\x55\x04\x04\x0c\x01a\x30\x08\x06\x03\x55\x04\x03\x0c\x01a",
    ];
    for octets in cases {
        assert!(
            matches!(Name::from_der(octets), Err(NameError::Malformed { .. })),
            "{octets:02x?}"
        );
    }
}

#[test]
fn names_match_whatever_their_string_types_case_and_white_space() {
    let name = |string_type, text: &str| {
        let organization = (oid::ORGANIZATION, StringType::Utf8String, "Acme");
        Name::from_attributes(&[organization, (oid::COMMON_NAME, string_type, text)]).unwrap()
    };
    let device = name(StringType::PrintableString, "Pump 7");
    for same in [
        name(StringType::Utf8String, "Pump 7"),
        name(StringType::BmpString, "PUMP 7"),
        name(StringType::Ia5String, "  pump\t  7 "),
        name(StringType::Utf8String, "Pu\u{AD}mp\u{200B}\u{A0}7\0"),
        "CN=#140650756d702037,O=aCME".parse().unwrap(),
    ] {
        assert_ne!(same, device);
        assert_eq!(same.folded(), device.folded(), "{same}");
        assert_eq!(same.folded_sha256(), device.folded_sha256());
    }
    for other in [
        "CN=Pump7,O=Acme",
        "CN=Pump 7",
        "O=Acme,CN=Pump 7",
        "CN=Pump 7+O=Acme",
    ] {
        let other: Name = other.parse().unwrap();
        assert_ne!(other.folded(), device.folded(), "{other}");
    }
    let folded = |text: &str| text.parse::<Name>().unwrap().folded();
    assert_eq!(folded("CN=STRASSE ΣΑΣ"), folded("CN=Straße σας"));
    assert_eq!(folded("CN=a+O=B"), folded("O=b+CN=A"));
    // What is no string goes by its octets.
    assert_ne!(folded("CN=#020141"), folded("CN=#020161"));
    assert_ne!(folded("CN=#0403414243"), folded("CN=ABC"));
}
