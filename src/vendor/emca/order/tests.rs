use serde_json::{Value, json};

use super::*;
use crate::name::StringType;
use crate::oid;
use crate::serial::SerialNumber;
use crate::vendor::emca::tests::{CUSTOM, NOW, at, base64, checked, fixture, placed, terms, told};

fn refused(changes: &[(&str, Value)]) -> Vec<(String, &'static str)> {
    let refusal = placed(changes).unwrap_err();
    assert_eq!(refusal.stage(), Stage::Profile);
    let told = told(&refusal).into_iter();
    told.map(|(message, rule)| (message.to_owned(), rule))
        .collect()
}

/// What the profile and the lints find when the certificate is put together.
fn unprepared(changes: &[(&str, Value)]) -> Vec<(String, &'static str)> {
    let placed = placed(changes).unwrap();
    let issuer = terms().issuer(placed.profile().ca()).unwrap().clone();
    let serial = SerialNumber::from_u64(5_000_001).unwrap();
    let findings = issuer.prepare(placed.order(), serial).unwrap_err();
    let refusal = Refusal::from_findings(&findings);
    assert_eq!(refusal.stage(), Stage::Profile);
    let told = told(&refusal).into_iter();
    told.map(|(message, rule)| (message.to_owned(), rule))
        .collect()
}

fn data(rule: &'static str) -> Vec<(String, &'static str)> {
    vec![("Please enter valid data".to_owned(), rule)]
}

fn validity(rule: &'static str) -> Vec<(String, &'static str)> {
    vec![("Invalid validity".to_owned(), rule)]
}

fn lifetime(changes: &[(&str, Value)]) -> (String, u64) {
    let validity = placed(changes).unwrap().order().validity();
    let seconds = validity.not_after().seconds() - validity.not_before().seconds();
    (validity.not_before().to_string(), seconds)
}

#[test]
fn validity_and_start_are_the_requests_or_the_profiles() {
    assert_eq!(
        lifetime(&[]),
        ("2026-11-12T12:23:45Z".to_owned(), 31_581_945)
    );
    let neither = [("validity", Value::Null), ("validFrom", Value::Null)];
    assert_eq!(lifetime(&neither), (NOW.to_owned(), 730 * 86_400));
    // Without "Support Customize Validity" the field does not count.
    let fixed = [("profileID", json!("5")), ("validFrom", Value::Null)];
    assert_eq!(lifetime(&fixed), (NOW.to_owned(), 100 * 86_400));
    let india = [
        ("profileID", json!("7")),
        ("validFrom", json!("01:04:2026 05:30:00")),
    ];
    assert_eq!(
        lifetime(&india),
        ("2026-04-01T00:00:00Z".to_owned(), 31_581_945)
    );
}

#[test]
fn what_outlives_the_ca_is_refused_or_ends_with_it() {
    let ca_end = terms()
        .issuer(None)
        .unwrap()
        .validity()
        .unwrap()
        .not_after();
    let long = json!("36135:23:59:59");
    let plain = [
        ("validity", long.clone()),
        ("profileID", json!("4")),
        ("sANValues", json!("")),
    ];
    assert_eq!(refused(&plain), validity("emca.past-ca"));
    let clamped = [("validity", long), ("profileID", json!("6"))];
    let placed_one = placed(&clamped).unwrap();
    assert_eq!(placed_one.order().validity().not_after(), ca_end);
    // A start after the CA's end cannot be cut to fit.
    let late = [
        ("validFrom", json!("01:01:2050 00:00:00")),
        ("profileID", json!("6")),
    ];
    assert_eq!(refused(&late), validity("emca.past-ca"));
    let latest = [("validFrom", json!("31:12:9999 23:59:59"))];
    assert_eq!(refused(&latest), validity("profile.validity"));
    assert_eq!(
        unprepared(&[("validity", json!("1000:00:00:01"))]),
        validity("profile.maximum-lifetime")
    );
    assert!(placed(&[("validity", json!("1000:00:00:00"))]).is_ok());
}

#[test]
fn subjects_stand_in_the_order_and_the_string_types_of_profile() {
    let subject =
        "2.5.4.3|gateway~2.5.4.10|Straße~2.5.4.6|IN~1.2.840.113549.1.9.1|a@example.com~1.2.3.4|x";
    let placed_one =
        placed(&[("subjectDNOids", json!(subject)), ("profileID", json!("7"))]).unwrap();
    let types: Vec<_> = placed_one
        .order()
        .subject()
        .attributes()
        .map(|attribute| (attribute.oid(), attribute.value().string_type()))
        .collect();
    assert_eq!(
        types,
        [
            (oid::COMMON_NAME, StringType::PrintableString),
            (oid::ORGANIZATION, StringType::BmpString),
            (oid::COUNTRY, StringType::PrintableString),
            (oid::EMAIL_ADDRESS, StringType::Ia5String),
            ("1.2.3.4".parse().unwrap(), StringType::Utf8String),
        ]
    );
    let unicode = [
        ("subjectDNOids", json!("2.5.4.3|上海~2.5.4.6|München")),
        ("profileID", json!("7")),
    ];
    let refusal = placed(&unicode).unwrap_err();
    let expected = [("Please enter valid data", "emca.string-type"); 2];
    assert_eq!(told(&refusal), expected);
    assert!(
        refusal.faults()[1]
            .finding()
            .found()
            .starts_with("at character 19: ")
    );
    assert!(placed(&[("subjectDNOids", json!("2.5.4.3|上海"))]).is_ok());
}

#[test]
fn the_pages_country_is_refused_unless_the_profile_is_lenient() {
    let subject = ("subjectDNOids", json!("2.5.4.3|Test~2.5.4.6|India"));
    assert_eq!(
        unprepared(std::slice::from_ref(&subject)),
        data("rfc5280.country")
    );
    let lenient = [subject, ("profileID", json!("6"))];
    let placed_one = placed(&lenient).unwrap();
    let issuer = terms().issuer(None).unwrap().clone();
    let serial = SerialNumber::from_u64(1).unwrap();
    assert!(issuer.prepare(placed_one.order(), serial).is_ok());
}

#[test]
fn bounds_of_x520_are_held() {
    for (attribute, bound, rule) in [
        ("2.5.4.3", 64, "rfc5280.attribute-length"),
        ("2.5.4.7", 128, "rfc5280.attribute-length"),
        ("1.2.840.113549.1.9.1", 255, "rfc5280.attribute-length"),
        ("2.5.4.9", 128, "emca.attribute-length"),
        ("2.5.4.17", 40, "emca.attribute-length"),
        ("2.5.4.20", 32, "emca.attribute-length"),
    ] {
        let of = |length| {
            let subject = format!("{attribute}|{}", "a".repeat(length));
            [("subjectDNOids", json!(subject))]
        };
        assert!(placed(&of(bound)).is_ok(), "{attribute}");
        let found = match rule.starts_with("emca") {
            true => refused(&of(bound + 1)),
            false => unprepared(&of(bound + 1)),
        };
        assert_eq!(found, data(rule), "{attribute}");
    }
}

#[test]
fn an_attribute_of_bits_is_not_written_as_text() {
    let subject = [("subjectDNOids", json!("2.5.4.3|gateway~2.5.4.45|0101"))];
    assert_eq!(refused(&subject), data("emca.string-type"));
}

#[test]
fn what_a_profile_wants_must_be_there() {
    let lacking = [
        ("profileID", json!("5")),
        ("subjectDNOids", json!("2.5.4.6|IN")),
    ];
    let expected = [
        data("emca.mandatory-attribute"),
        data("emca.mandatory-attribute"),
    ]
    .concat();
    assert_eq!(refused(&lacking), expected);
    let ec = [
        ("profileID", json!("5")),
        ("signature", json!(base64(fixture!("ec-request.p7")))),
    ];
    assert_eq!(unprepared(&ec), data("profile.subject-key"));
    let names = [("profileID", json!("4"))];
    assert_eq!(unprepared(&names), data("profile.subject-alt-name"));
}

#[test]
fn a_profile_whose_ca_is_not_there_is_an_internal_error() {
    let checked = checked(CUSTOM, &[]).unwrap();
    let refusal = order(checked, &Terms::new(at(NOW))).unwrap_err();
    assert_eq!(
        told(&refusal),
        [("Internal server error", "emca.ca-absent")]
    );
}

#[test]
fn every_attribute_that_the_pages_name_stands_in_the_subject() {
    let parts = [
        "2.5.4.3|Test",
        "2.5.4.4|Sur",
        "2.5.4.5|7768",
        "2.5.4.6|IN",
        "2.5.4.7|Town",
        "2.5.4.8|Delhi",
        "2.5.4.10|Personal",
        "2.5.4.11|Unit",
        "2.5.4.12|Dr",
        "1.2.840.113549.1.9.1|test@example.com",
        "2.5.4.51|House",
        "2.5.4.65|Pseudonym",
        "0.9.2342.19200300.100.1.1|uid",
        "2.5.4.17|110001",
        "2.5.4.9|Street",
        "2.5.4.20|+91 1",
    ];
    let placed_one = placed(&[("subjectDNOids", json!(parts.join("~")))]).unwrap();
    let attributes = placed_one.order().subject().attributes();
    let found: Vec<_> = attributes
        .map(|one| format!("{}|{}", one.oid(), one.value().text().unwrap()))
        .collect();
    assert_eq!(found, parts);
}

#[test]
fn a_subject_is_longer_in_all_than_a_name_may_be() {
    let part = format!("1.2.3.4|{}", "x".repeat(200));
    let long = [("subjectDNOids", json!(vec![part; 60].join("~")))];
    assert_eq!(refused(&long), data("emca.subject"));
}

#[test]
fn what_the_profile_cannot_write_is_refused() {
    let twice = [("sANValues", json!("dNSName=a.example|dNSName=a.example"))];
    assert_eq!(unprepared(&twice), data("profile.extension-value"));
}

#[test]
fn manual_authorization_waits() {
    let released = [("profileID", json!("4")), ("sANValues", json!(""))];
    let placed_one = placed(&released).unwrap();
    assert!(placed_one.waits());
    assert_eq!(placed_one.holder(), "apiuser/sub-1");
    assert_eq!(
        (placed_one.subscriber_id(), placed_one.form()),
        ("sub-1", Form::Cer)
    );
    assert!(!placed(&[]).unwrap().waits());
}
