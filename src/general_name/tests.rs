use super::*;
use proptest::prelude::*;

fn refused(result: Result<GeneralName, GeneralNameError>) -> GeneralNameForm {
    match result {
        Err(GeneralNameError::Content { form, .. }) => form,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_form_has_its_octets() {
    let name: Name = "C=CN".parse().unwrap();
    let upn: Oid = "1.3.6.1.4.1.311.20.2.3".parse().unwrap();
    let goldens: Vec<(GeneralName, Vec<u8>)> = vec![
        (
            GeneralName::OtherName(OtherName::new(upn, b"\x0c\x02me").unwrap()),
            b"\xa0\x12\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03\xa0\x04\x0c\x02me".to_vec(),
        ),
        (
            GeneralName::rfc822_name("a@b.c").unwrap(),
            b"\x81\x05a@b.c".to_vec(),
        ),
        (
            GeneralName::dns_name("*.b.c").unwrap(),
            b"\x82\x05*.b.c".to_vec(),
        ),
        (
            GeneralName::DirectoryName(name),
            b"\xa4\x0f\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02CN".to_vec(),
        ),
        (
            GeneralName::uri("urn:x:1").unwrap(),
            b"\x86\x07urn:x:1".to_vec(),
        ),
        (
            GeneralName::IpAddress("10.80.106.78".parse().unwrap()),
            b"\x87\x04\x0a\x50\x6a\x4e".to_vec(),
        ),
        (
            GeneralName::IpAddress("2001:db8::1".parse().unwrap()),
            b"\x87\x10\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01".to_vec(),
        ),
        (
            GeneralName::RegisteredId("2.10.100.2.4.5".parse().unwrap()),
            b"\x88\x05\x5a\x64\x02\x04\x05".to_vec(),
        ),
    ];
    for (name, der) in goldens {
        assert_eq!(name.to_der(), der, "{name}");
        assert_eq!(GeneralName::from_der(&der), Ok(name));
    }
}

#[test]
fn a_name_is_shown_with_its_form() {
    let shown = [
        GeneralName::dns_name("example.com").unwrap().to_string(),
        GeneralName::IpAddress("::1".parse().unwrap()).to_string(),
        GeneralName::RegisteredId("1.2.3".parse().unwrap()).to_string(),
    ];
    assert_eq!(
        shown,
        ["dNSName:example.com", "iPAddress:::1", "registeredID:1.2.3"]
    );
}

#[test]
fn host_names_keep_to_preferred_name_syntax() {
    let long_label = format!("{}.com", "a".repeat(63));
    let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
    for good in [
        "localhost",
        "a",
        "xn--mller-kva.de",
        "1.2.3.4a",
        "*.x",
        &long_label,
        &longest,
    ] {
        assert!(GeneralName::dns_name(good).is_ok(), "{good:?}");
    }
    let too_long_label = format!("{}.com", "a".repeat(64));
    let too_long = format!("{longest}b");
    for bad in [
        "",
        " ",
        ".",
        "a.",
        ".a",
        "a..b",
        "-a.b",
        "a-.b",
        "a_b.c",
        "müller.de",
        "a b.c",
        "a\0.b",
        "*",
        "*.",
        "a.*.b",
        "*a.b",
        "*.*.a",
        "10.0.0.1",
        "a.1",
        "a:80",
        "a/b",
        &too_long_label,
        &too_long,
    ] {
        let form = refused(GeneralName::dns_name(bad));
        assert_eq!(form, GeneralNameForm::DnsName, "{bad:?}");
    }
}

#[test]
fn mailboxes_need_a_local_part_and_a_domain() {
    for good in [
        "a@b",
        "first.last+tag@example.com",
        "\"a b@c\\\"\"@d.e",
        "a@[192.0.2.1]",
        "a@[IPv6:2001:db8::1]",
    ] {
        assert!(GeneralName::rfc822_name(good).is_ok(), "{good:?}");
    }
    let long_local = format!("{}@b.c", "a".repeat(65));
    for bad in [
        "",
        "@",
        "a",
        "a@",
        "@b.c",
        "a@b@c",
        "a b@c.d",
        ".a@b.c",
        "a.@b.c",
        "a@b..c",
        "a@*.b",
        "Me <a@b.c>",
        "a@b.c\n",
        "é@b.c",
        "\"a@b.c",
        "\"\"\"@b.c",
        "\"\\\"@b.c",
        "a@[b]",
        "a@[1.2.3.4",
        &long_local,
    ] {
        let form = refused(GeneralName::rfc822_name(bad));
        assert_eq!(form, GeneralNameForm::Rfc822Name, "{bad:?}");
    }
}

#[test]
fn uris_are_absolute() {
    for good in [
        "https://alpha-portal-cn4.eniot.io:8081/enos/CA/crl",
        "http://[2001:db8::1]/x",
        "ldap:///CN=a,C=b?certificateRevocationList;binary",
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "http://u@h/%20",
    ] {
        assert!(GeneralName::uri(good).is_ok(), "{good:?}");
    }
    let too_long = format!("http://h/{}", "a".repeat(4096));
    for bad in [
        "",
        "example.com/crl",
        "//h/p",
        "http:",
        "http://",
        "http:///p",
        "http:p",
        "http://:80/",
        "1http://h",
        ":x",
        "http://h/a b",
        "http://h/\0",
        "http://h/é",
        "http://h/<",
        "http://h/%2",
        "http://h/%zz",
        &too_long,
    ] {
        let form = refused(GeneralName::uri(bad));
        assert_eq!(form, GeneralNameForm::UniformResourceIdentifier, "{bad:?}");
    }
}

#[test]
fn octets_that_are_no_general_name_are_refused() {
    for bad in [
        &b""[..],
        b"\x82",
        b"\x82\x81\x01a",
        b"\x82\x01a\x00",
        b"\x30\x00",
        b"\x84\x00",
        b"\xa2\x01a",
        b"\xa0\x00",
        b"\x88\x00",
        b"\x88\x01\x80",
    ] {
        let error = GeneralName::from_der(bad).unwrap_err();
        assert!(
            matches!(error, GeneralNameError::Malformed { .. }),
            "{bad:?}"
        );
    }
    assert_eq!(
        GeneralName::from_der(b"\x87\x08\x0a\0\0\0\xff\0\0\0"),
        Err(GeneralNameError::AddressLength { actual: 8 })
    );
    assert_eq!(
        GeneralName::from_der(b"\xa5\x02\x30\x00"),
        Err(GeneralNameError::Unsupported {
            form: GeneralNameForm::EdiPartyName
        })
    );
    assert_eq!(
        refused(GeneralName::from_der(b"\x82\x02a\xff")),
        GeneralNameForm::DnsName
    );
    assert!(OtherName::new("1.2.3".parse().unwrap(), b"\x05\x00\x05\x00").is_err());
}

proptest! {
    #[test]
    fn what_is_read_is_written_again(octets in prop::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(name) = GeneralName::from_der(&octets) {
            prop_assert_eq!(name.to_der(), octets);
        }
    }

    #[test]
    fn accepted_texts_are_ascii_without_controls(text in any::<String>()) {
        for name in [GeneralName::dns_name(&text), GeneralName::uri(&text), GeneralName::rfc822_name(&text)]
            .into_iter()
            .flatten()
        {
            prop_assert!(text.bytes().all(|octet| (0x20..0x7F).contains(&octet)));
            prop_assert_eq!(GeneralName::from_der(&name.to_der()), Ok(name));
        }
    }
}
