use super::*;

fn subtrees(texts: &[&str]) -> Vec<Subtree> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn constraints(permitted: &[&str], excluded: &[&str]) -> NameConstraints {
    NameConstraints::new(subtrees(permitted), subtrees(excluded)).unwrap()
}

fn dns(text: &str) -> GeneralName {
    GeneralName::dns_name(text).unwrap()
}

fn mail(text: &str) -> GeneralName {
    GeneralName::rfc822_name(text).unwrap()
}

fn uri(text: &str) -> GeneralName {
    GeneralName::uri(text).unwrap()
}

fn ip(text: &str) -> GeneralName {
    GeneralName::IpAddress(text.parse().unwrap())
}

fn dn(text: &str) -> GeneralName {
    GeneralName::DirectoryName(text.parse().unwrap())
}

#[test]
fn constraints_are_the_der_that_openssl_writes() {
    // openssl: permitted;DNS:example.com, permitted;IP:10.0.0.0/255.0.0.0, excluded;email:.example.org
    let openssl = [
        &[0x30, 0x2F, 0xA0, 0x1B][..],
        &[0x30, 0x0D, 0x82, 0x0B],
        b"example.com",
        &[0x30, 0x0A, 0x87, 0x08, 10, 0, 0, 0, 255, 0, 0, 0],
        &[0xA1, 0x10, 0x30, 0x0E, 0x81, 0x0C],
        b".example.org",
    ]
    .concat();
    let ours = constraints(
        &["dns:example.com", "ip:10.0.0.0/8"],
        &["email:.example.org"],
    );
    let extension = ours.to_extension();
    assert_eq!(extension.value(), openssl);
    assert!(extension.critical());
    assert_eq!(
        NameConstraints::from_extension_value(&openssl).unwrap(),
        ours
    );
    assert_eq!(
        ours.to_string(),
        "permitted: dNSName:example.com, iPAddress:10.0.0.0/8; excluded: rfc822Name:.example.org"
    );
}

#[test]
fn every_form_goes_round() {
    let all = [
        "dns:",
        "dns:.example.com",
        "email:a@example.com",
        "email:example.com",
        "uri:example.com",
        "uri:.example.com",
        "ip:0.0.0.0/0",
        "ip:192.0.2.16/31",
        "ip:2001:db8::/33",
        "dn:O=Acme,C=DE",
    ];
    for side in [constraints(&all, &[]), constraints(&[], &all)] {
        let read = NameConstraints::from_extension_value(side.to_extension().value());
        assert_eq!(read, Ok(side));
    }
    // otherName of a user principal name: carried along as it was read.
    let other = b"\x30\x17\xa0\x15\x30\x13\xa0\x11\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03\xa0\x03\x0c\x01\x61";
    let read = NameConstraints::from_extension_value(other).unwrap();
    assert_eq!(read.permitted()[0].form(), GeneralNameForm::OtherName);
    assert_eq!(read.to_extension().value(), other);
}

#[test]
fn what_rfc_5280_does_not_allow_is_refused() {
    assert!(NameConstraints::new(Vec::new(), Vec::new()).is_err());
    let twice = subtrees(&["dns:a.example", "dns:a.example"]);
    assert!(NameConstraints::new(twice, Vec::new()).is_err());
    for text in [
        "example.com",
        "dns:*.example.com",
        "dns:..example.com",
        "email:@example.com",
        "uri:",
        "uri:https://example.com",
        "ip:10.0.0.0",
        "ip:10.0.0.1/8",
        "ip:10.0.0.0/33",
        "ip:2001:db8::/129",
        "dn:X",
        "upn:a",
    ] {
        assert!(text.parse::<Subtree>().is_err(), "{text}");
    }
    for octets in [
        &b"\x30\x00"[..],                                                    // no side
        b"\x30\x02\xa0\x00",                                                 // an empty side
        b"\x30\x08\xa0\x06\x30\x04\x82\x02ab\x05\x00",                       // more behind
        b"\x30\x0a\xa0\x08\x30\x06\x82\x01a\x80\x01\x01",                    // minimum 1
        b"\x30\x0a\xa0\x08\x30\x06\x82\x01a\x81\x01\x05",                    // a maximum
        b"\x30\x0a\xa0\x08\x30\x06\x87\x04\x0a\x00\x00\x00",                 // no mask
        b"\x30\x0e\xa0\x0c\x30\x0a\x87\x08\x0a\x00\x00\x00\xff\x00\xff\x00", // a mask with a hole
    ] {
        assert!(
            NameConstraints::from_extension_value(octets).is_err(),
            "{octets:?}"
        );
    }
    let default_written_out = b"\x30\x0a\xa0\x08\x30\x06\x82\x01a\x80\x01\x00";
    assert_eq!(
        NameConstraints::from_extension_value(default_written_out),
        Ok(constraints(&["dns:a"], &[]))
    );
}

/// A subtree, names in it, and names outside of it.
type Row = (&'static str, Vec<GeneralName>, Vec<GeneralName>);

fn table() -> Vec<Row> {
    vec![
        (
            "dns:example.com",
            vec![
                dns("example.com"),
                dns("A.b.EXAMPLE.com"),
                dns("*.example.com"),
            ],
            vec![dns("myexample.com"), dns("example.org"), dns("com")],
        ),
        (
            "dns:.example.com",
            vec![dns("a.example.com")],
            vec![dns("example.com")],
        ),
        ("dns:", vec![dns("example.com")], vec![]),
        (
            "email:example.com",
            vec![mail("a@EXAMPLE.com")],
            vec![mail("a@b.example.com")],
        ),
        (
            "email:.example.com",
            vec![mail("a@b.example.com")],
            vec![mail("a@example.com")],
        ),
        (
            "email:a@example.com",
            vec![mail("a@Example.com")],
            vec![mail("A@example.com")],
        ),
        (
            "uri:example.com",
            vec![uri("https://u@EXAMPLE.com:8/x")],
            vec![uri("https://a.example.com/"), uri("urn:x:y")],
        ),
        (
            "uri:.example.com",
            vec![uri("https://a.example.com")],
            vec![uri("https://example.com")],
        ),
        (
            "ip:10.0.0.0/8",
            vec![ip("10.255.0.1")],
            vec![ip("11.0.0.0"), ip("::a00:1")],
        ),
        (
            "ip:2001:db8::/33",
            vec![ip("2001:db8:7fff::1")],
            vec![ip("2001:db8:8000::")],
        ),
        (
            "dn:O=Acme,C=DE",
            vec![dn("O=acme,C=DE"), dn("CN=x,O=Acme,C=DE")],
            vec![dn("C=DE"), dn("O=Acme Two,C=DE")],
        ),
    ]
}

#[test]
fn each_form_is_permitted_and_excluded_as_rfc_5280_has_it() {
    let nobody: Name = Name::from_attributes(&[]).unwrap();
    for (subtree, inside, outside) in &table() {
        let forbidden = |side: &NameConstraints, name: &GeneralName| {
            !side
                .forbidden(&nobody, std::slice::from_ref(name))
                .is_empty()
        };
        let (permits, excludes) = (constraints(&[subtree], &[]), constraints(&[], &[subtree]));
        for name in inside {
            assert!(!forbidden(&permits, name), "{subtree} {name}");
            assert!(forbidden(&excludes, name), "{subtree} {name}");
        }
        for name in outside {
            assert!(forbidden(&permits, name), "{subtree} {name}");
            // A URI without a host is refused either way.
            let hostless = name.to_string().contains("urn:");
            assert_eq!(forbidden(&excludes, name), hostless, "{subtree} {name}");
        }
        // Other forms are not concerned.
        let other = GeneralName::RegisteredId(oid::COMMON_NAME);
        assert!(!forbidden(&permits, &other));
    }
}

#[test]
fn a_wildcard_that_can_be_an_excluded_host_is_forbidden() {
    let excluded = constraints(&[], &["dns:a.example.com"]);
    let nobody = Name::from_attributes(&[]).unwrap();
    assert_eq!(
        excluded.forbidden(&nobody, &[dns("*.example.com")]).len(),
        1
    );
    assert_eq!(excluded.forbidden(&nobody, &[dns("b.example.com")]), []);
}

#[test]
fn mail_addresses_of_the_subject_count_where_there_are_no_others() {
    let only = constraints(&["email:example.com"], &[]);
    let subject: Name = "emailAddress=a@example.org,CN=x".parse().unwrap();
    let found = only.forbidden(&subject, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name(), &mail("a@example.org"));
    assert_eq!(found[0].excluded_by(), None);
    assert_eq!(only.forbidden(&subject, &[mail("b@example.com")]), []);
}
