use super::*;
use crate::vendor::as2expert::tests::{NOW, at, rules, terms, terms_with};

fn checked(request: CreateRequest) -> Result<CheckedCreate, Refusal> {
    check(&[request], &terms()).remove(0)
}

fn refused(request: CreateRequest) -> (&'static str, String) {
    let refusal = checked(request).unwrap_err();
    assert_eq!(refusal.stage(), Stage::Request);
    let (rule, msg) = rules(&refusal)[0];
    (rule, msg.to_owned())
}

#[test]
fn what_is_not_said_is_the_contracts_default() {
    let checked = checked(CreateRequest::new(62)).unwrap();
    assert_eq!(checked.station(), 62);
    assert_eq!(checked.subject(), &SubjectFields::default());
    assert_eq!(checked.key_algorithm(), KeyAlgorithm::Rsa2048);
    assert_eq!(checked.hash(), HashAlgorithm::Sha256);
    assert_eq!(checked.validity().not_before(), at(NOW));
    assert_eq!(checked.validity().not_after(), at("2027-04-26T12:00:00Z"));
}

#[test]
fn dias_are_days_of_86400_seconds_within_the_year_9999() {
    for (days, end) in [
        (1, "2026-04-27T12:00:00Z"),
        (730, "2028-04-25T12:00:00Z"),
        (2_912_327, "9999-12-31T12:00:00Z"),
    ] {
        let checked = checked(CreateRequest::new(62).with_days(days)).unwrap();
        assert_eq!(checked.validity().not_after().to_string(), end);
    }
    for days in [0, -1, 2_912_328, i64::MAX] {
        let refused = refused(CreateRequest::new(62).with_days(days));
        assert_eq!(
            refused,
            ("as2expert.dias", "Campo inválido: dias".to_owned())
        );
    }
}

#[test]
fn keybits_are_those_that_are_strong_enough() {
    for (bits, expected) in [
        (2048, KeyAlgorithm::Rsa2048),
        (3072, KeyAlgorithm::Rsa3072),
        (4096, KeyAlgorithm::Rsa4096),
    ] {
        let checked = checked(CreateRequest::new(62).with_key_bits(bits)).unwrap();
        assert_eq!(checked.key_algorithm(), expected);
    }
    for bits in [0, 1024, 2049, 8192] {
        let refusal = checked(CreateRequest::new(62).with_key_bits(bits)).unwrap_err();
        assert_eq!(
            rules(&refusal),
            [("as2expert.keybits", "Campo inválido: keybits")]
        );
        let finding = refusal.faults()[0].finding();
        assert_eq!(finding.expected(), "2048, 3072 or 4096");
    }
}

#[test]
fn hashes_go_by_name_and_sha1_needs_the_workspaces_leave() {
    for hash in HashAlgorithm::ALL {
        let name = hash.as_str().to_ascii_uppercase();
        assert_eq!(
            checked(CreateRequest::new(62).with_hash(name))
                .unwrap()
                .hash(),
            hash
        );
    }
    for name in ["md5", "sha-256", "sha2"] {
        assert_eq!(
            refused(CreateRequest::new(62).with_hash(name)),
            ("as2expert.hash", "Campo inválido: hash".to_owned())
        );
    }
    let sha1 = CreateRequest::new(62).with_hash("sha1");
    let refusal = check(&[sha1], &terms_with("")).remove(0).unwrap_err();
    let finding = refusal.faults()[0].finding();
    assert_eq!(finding.expected(), "one of sha256, sha384, sha512");
}

#[test]
fn station_and_self_signed_are_required() {
    let mut request = CreateRequest::default();
    let refusal = checked(request.clone()).unwrap_err();
    assert_eq!(
        rules(&refusal),
        [
            ("as2expert.required", "Campo requerido: station"),
            ("as2expert.required", "Campo requerido: selfSigned")
        ]
    );
    request.self_signed = Some(false);
    request.station = Some(62);
    assert_eq!(
        refused(request),
        (
            "as2expert.self-signed",
            "selfSigned must be true".to_owned()
        )
    );
}

#[test]
fn subject_fields_fit_their_attributes() {
    let with = |change: fn(&mut SubjectFields, String), text: &str| {
        let mut subject = SubjectFields::default();
        change(&mut subject, text.to_owned());
        CreateRequest::new(62).with_subject(subject)
    };
    type Change = fn(&mut SubjectFields, String);
    let fields: [(&str, Change, usize); 5] = [
        (
            "commonName",
            |fields, text| fields.common_name = Some(text),
            64,
        ),
        (
            "localityName",
            |fields, text| fields.locality_name = Some(text),
            128,
        ),
        (
            "provinceName",
            |fields, text| fields.province_name = Some(text),
            128,
        ),
        (
            "organization",
            |fields, text| fields.organization = Some(text),
            64,
        ),
        (
            "organizationUnitName",
            |fields, text| fields.organization_unit_name = Some(text),
            64,
        ),
    ];
    for (name, change, most) in fields {
        for good in ["x", "ñandú, \"S.A.\"", &"ñ".repeat(most)] {
            assert!(checked(with(change, good)).is_ok(), "{name} {good}");
        }
        for bad in [
            "a\tb",
            "a\0",
            "a\u{202E}b",
            "\u{2066}a",
            &"ñ".repeat(most + 1),
        ] {
            let msg = format!("Campo inválido: {name}");
            assert_eq!(refused(with(change, bad)), ("as2expert.subject", msg));
        }
    }
}

#[test]
fn a_country_has_two_letters_and_an_address_is_one() {
    let subject = |country: &str, email: &str| SubjectFields {
        country_name: Some(country.to_owned()),
        email: Some(email.to_owned()),
        ..SubjectFields::default()
    };
    let good = CreateRequest::new(62).with_subject(subject("es", "as2@example.com"));
    let checked = checked(good).unwrap();
    assert_eq!(checked.subject().country_name.as_deref(), Some("ES"));
    for country in ["E", "ESP", "E1", "ñ", "España"] {
        let request = CreateRequest::new(62).with_subject(subject(country, "a@b"));
        assert_eq!(
            refused(request),
            (
                "as2expert.country",
                "Campo inválido: countryName".to_owned()
            )
        );
    }
    for email in [
        "as2",
        "@b",
        "a@",
        "ñ@example.com",
        &format!("{}@b", "a".repeat(254)),
    ] {
        let request = CreateRequest::new(62).with_subject(subject("ES", email));
        assert_eq!(
            refused(request),
            ("as2expert.email", "Campo inválido: email".to_owned()),
            "{email}"
        );
    }
}

#[test]
fn a_text_that_does_not_fit_is_shown_unless_it_is_too_long() {
    let found = |text: &str| {
        let fault = text_fault("commonName", text, 4);
        fault.map(|fault| fault.finding().found().to_owned())
    };
    assert_eq!(found("abcd"), None);
    assert_eq!(found("abc\t").as_deref(), Some(r#""abc\t""#));
    assert_eq!(found("").as_deref(), Some(r#""""#));
    assert_eq!(found("abcde").as_deref(), Some("5 characters"));
}
