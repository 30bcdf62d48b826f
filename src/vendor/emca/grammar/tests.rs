use super::*;
use crate::general_name::GeneralName;
use crate::oid;
use crate::time::UnixSeconds;

use bad::{BAD_NAMES, BAD_STARTS, BAD_SUBJECTS, BAD_VALIDITIES};

mod bad;

/// The strings of the vendor's page, line-wrap damage left in where it falls into identifiers.
const PAGE_NAMES: &str = "rfc822Name=test@gmail.com|dNSName=www.example.com|iPAddress=127.0.0.1|registeredID=2. 10.100.2.4.5";
const PAGE_SUBJECT: &str = "2.5.4.3|Test~2.5.4.6|India~2.5.4.8|Delhi~2.5.4.7|test~2.5.4.5|77686868687~\
    2.5.4.10|Personal~1.2.84 0.113549.1.9.1|test@gmail.com~2.5.4.12|test";

fn told<T: fmt::Debug>(result: Result<T, GrammarError>) -> (usize, String) {
    let error = result.unwrap_err();
    (error.position(), error.reason().to_owned())
}

fn utc(text: &str) -> Result<UnixSeconds, GrammarError> {
    valid_from(text, UtcOffset::default())
}

#[test]
fn the_pages_strings_parse() {
    let names: Vec<_> = subject_alt_names(PAGE_NAMES).unwrap();
    let names: Vec<_> = names.iter().map(GeneralName::to_string).collect();
    assert_eq!(
        names,
        [
            "rfc822Name:test@gmail.com",
            "dNSName:www.example.com",
            "iPAddress:127.0.0.1",
            "registeredID:2.10.100.2.4.5"
        ]
    );
    let subject = subject_dn_oids(PAGE_SUBJECT).unwrap();
    let expected = [
        (oid::COMMON_NAME, "Test"),
        (oid::COUNTRY, "India"),
        (oid::STATE_OR_PROVINCE, "Delhi"),
        (oid::LOCALITY, "test"),
        (oid::SERIAL_NUMBER, "77686868687"),
        (oid::ORGANIZATION, "Personal"),
        (oid::EMAIL_ADDRESS, "test@gmail.com"),
        (oid::TITLE, "test"),
    ];
    let found: Vec<_> = subject
        .iter()
        .map(|part| (part.oid, part.value.as_str()))
        .collect();
    assert_eq!(found, expected);
    assert_eq!(validity("120:23:45:54").unwrap().seconds(), 10_453_554);
    assert_eq!(validity("365:12:45:45").unwrap().seconds(), 31_581_945);
    assert_eq!(
        utc("12:12:2019 00:00:00").unwrap().to_string(),
        "2019-12-12T00:00:00Z"
    );
    assert_eq!(
        utc("12:11:2020 12:23:45").unwrap().to_string(),
        "2020-11-12T12:23:45Z"
    );
}

#[test]
fn validity_is_plain_seconds_up_to_its_limits() {
    for (text, seconds) in [
        ("0:0:0:1", 1),
        ("00:00:00:01", 1),
        ("1:00:00:00", 86_400),
        ("365:00:00:00", 31_536_000),
        ("36135:23:59:59", 3_122_150_399),
        ("00001:00:00:00", 86_400),
    ] {
        assert_eq!(validity(text).unwrap().seconds(), seconds, "{text}");
    }
}

#[test]
fn malformed_validities_are_refused_where_they_are_wrong() {
    for (text, position, reason) in BAD_VALIDITIES {
        assert_eq!(
            told(validity(text)),
            (*position, (*reason).to_owned()),
            "{text:?}"
        );
    }
}

#[test]
fn a_start_is_read_in_both_forms_and_in_the_profiles_zone() {
    let india: UtcOffset = "+05:30".parse().unwrap();
    for (text, zone, expected) in [
        (
            "29:02:2028 23:59:59",
            UtcOffset::default(),
            "2028-02-29T23:59:59Z",
        ),
        (
            "29:02:2028:23:59:59",
            UtcOffset::default(),
            "2028-02-29T23:59:59Z",
        ),
        ("01:01:2026 00:00:00", india, "2025-12-31T18:30:00Z"),
        (
            "01:01:2026 00:00:00",
            "-03:00".parse().unwrap(),
            "2026-01-01T03:00:00Z",
        ),
        (
            "31:12:9999 23:59:59",
            UtcOffset::default(),
            "9999-12-31T23:59:59Z",
        ),
        (
            "01:01:1970 00:00:00",
            UtcOffset::default(),
            "1970-01-01T00:00:00Z",
        ),
    ] {
        assert_eq!(
            valid_from(text, zone).unwrap().to_string(),
            expected,
            "{text}"
        );
    }
    assert_eq!(india.to_string(), "+05:30");
    for (read, written) in [("Z", "+00:00"), ("-03:30", "-03:30"), ("+14:00", "+14:00")] {
        let zone: UtcOffset = read.parse().unwrap();
        assert_eq!(String::from(zone), written);
    }
    for bad in [
        "", "5:30", "+5:30", "+15:00", "+14:01", "+05:60", "05:30", "+0530", "z",
    ] {
        assert!(bad.parse::<UtcOffset>().is_err(), "{bad}");
    }
}

#[test]
fn malformed_starts_are_refused_where_they_are_wrong() {
    for (text, position, reason) in BAD_STARTS {
        let (at, why) = told(utc(text));
        assert_eq!((at, why.as_str()), (*position, *reason), "{text:?}");
    }
}

#[test]
fn names_of_every_type_are_read_in_their_order() {
    let text = "dNSName=*.example.com|dnsname=b.example.com|iPAddress=2001:db8::1|iPAddress=10.80.106.78|\
        uniformResourceIdentifier=https://example.com/a=b?c=d|directoryName=CN=a\\,b,O=Example|\
        rfc822Name=a@example.com|registeredID=1.2.840.113549";
    let names: Vec<_> = subject_alt_names(text).unwrap();
    let names: Vec<_> = names.iter().map(GeneralName::to_string).collect();
    assert_eq!(
        names,
        [
            "dNSName:*.example.com",
            "dNSName:b.example.com",
            "iPAddress:2001:db8::1",
            "iPAddress:10.80.106.78",
            "uniformResourceIdentifier:https://example.com/a=b?c=d",
            "directoryName:CN=a\\,b,O=Example",
            "rfc822Name:a@example.com",
            "registeredID:1.2.840.113549"
        ]
    );
    assert_eq!(subject_alt_names("").unwrap(), []);
    assert_eq!(subject_alt_names(" ").unwrap(), []);
    // As the vendor's page is wrapped.
    let wrapped = subject_alt_names(" dNSName =a.com|registeredID=2. 10.1").unwrap();
    let wrapped: Vec<_> = wrapped.iter().map(GeneralName::to_string).collect();
    assert_eq!(wrapped, ["dNSName:a.com", "registeredID:2.10.1"]);
}

#[test]
fn malformed_names_are_refused_where_they_are_wrong() {
    let most = ["dNSName=a.example.com"; MAX_NAMES].join("|");
    assert_eq!(subject_alt_names(&most).unwrap().len(), MAX_NAMES);
    let many = ["dNSName=a.example.com"; MAX_NAMES + 1].join("|");
    let expected = (0, "more than 100 names".to_owned());
    assert_eq!(told(subject_alt_names(&many)), expected);
    for (text, position, reason) in BAD_NAMES {
        let (at, why) = told(subject_alt_names(text));
        assert_eq!(at, *position, "{text:?}: {why}");
        assert!(why.starts_with(reason), "{text:?}: {why}");
    }
}

#[test]
fn a_subject_keeps_its_order_its_blanks_and_its_letters() {
    let text =
        "2.5.4.10|Straßen & Söhne, GmbH~2.5.4.11|a = b~2.5.4.11|上海~1.2.3.4|x~ 2.5.4.3 | padded ";
    let parts = subject_dn_oids(text).unwrap();
    let found: Vec<_> = parts
        .iter()
        .map(|part| (part.oid.to_string(), part.value.as_str(), part.position))
        .collect();
    assert_eq!(
        found,
        [
            ("2.5.4.10".to_owned(), "Straßen & Söhne, GmbH", 9),
            ("2.5.4.11".to_owned(), "a = b", 40),
            ("2.5.4.11".to_owned(), "上海", 55),
            ("1.2.3.4".to_owned(), "x", 66),
            ("2.5.4.3".to_owned(), " padded ", 78),
        ]
    );
}

#[test]
fn malformed_subjects_are_refused_where_they_are_wrong() {
    let most = ["2.5.4.11|x"; MAX_ATTRIBUTES].join("~");
    assert_eq!(subject_dn_oids(&most).unwrap().len(), MAX_ATTRIBUTES);
    let many = ["2.5.4.11|x"; MAX_ATTRIBUTES + 1].join("~");
    let expected = (0, "more than 64 attributes".to_owned());
    assert_eq!(told(subject_dn_oids(&many)), expected);
    for (text, position, reason) in BAD_SUBJECTS {
        let (at, why) = told(subject_dn_oids(text));
        assert_eq!(at, *position, "{text:?}: {why}");
        assert!(why.starts_with(reason), "{text:?}: {why}");
    }
}

#[test]
fn a_flag_is_true_or_false_in_any_letter_case() {
    assert_eq!(flag("true"), Ok(true));
    assert_eq!(flag("FALSE"), Ok(false));
    for bad in ["", "yes", "1", " true", "truefalse"] {
        assert_eq!(told(flag(bad)), (0, "neither true nor false".to_owned()));
    }
}
