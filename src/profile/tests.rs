use super::*;
use crate::name::{Name, StringType};
use crate::oid;

const GOOD: &str = r#"
name = "device"
serial = { sequence = { first = 1 } }
subject_keys = ["RSA-2048"]
signature_algorithms = ["sha256WithRSAEncryption"]
validity = { default_days = 365, maximum_days = 3650 }
extensions = [
  { type = "basicConstraints", ca = false, critical = true },
  { type = "keyUsage", bits = ["digitalSignature", "keyEncipherment"], critical = true },
  { type = "extendedKeyUsage", purposes = ["serverAuth", "1.3.6.1.5.5.7.3.2"] },
  { type = "raw", oid = "1.2.3.4", critical = false, value = "0500" },
  { type = "subjectAltName" },
]
"#;

fn refused(from: &str, to: &str) -> ProfileError {
    assert!(GOOD.contains(from), "{from}");
    Profile::from_toml(&GOOD.replace(from, to)).unwrap_err()
}

#[test]
fn a_profile_says_what_was_written() {
    let profile = Profile::from_toml(GOOD).unwrap();
    assert_eq!(profile.name(), "device");
    assert_eq!(profile.serial(), SerialPolicy::Sequence { first: 1 });
    assert_eq!(profile.default_lifetime().whole_days(), 365);
    let oids: Vec<_> = profile
        .extensions()
        .iter()
        .map(|rule| rule.oid().to_string())
        .collect();
    assert_eq!(
        oids,
        [
            "2.5.29.19",
            "2.5.29.15",
            "2.5.29.37",
            "1.2.3.4",
            "2.5.29.17"
        ]
    );
    let ExtensionRule::Fixed(usage) = &profile.extensions()[1] else {
        panic!("key usage is fixed");
    };
    assert_eq!(usage.value(), [0x03, 0x02, 0x05, 0xA0]);
}

#[test]
fn contradictions_are_refused() {
    for (from, to, reason) in [
        (
            "default_days = 365",
            "default_days = 4000",
            "the default lifetime exceeds the maximum",
        ),
        ("\"RSA-2048\"", "", "a subject key is not allowed at all"),
        (
            "ca = false",
            "ca = true",
            "a CA without keyCertSign in its key usage",
        ),
        (
            "ca = false",
            "ca = false, path_len = 0",
            "path_len needs ca = true",
        ),
        (
            "\"digitalSignature\"",
            "\"keyCertSign\"",
            "keyCertSign without ca = true",
        ),
        (
            "ca = false, critical = true },\n  { type = \"keyUsage\", bits = [\"digitalSignature\", \"keyEncipherment\"]",
            "ca = true, critical = true },\n  { type = \"keyUsage\", bits = [\"keyCertSign\"]",
            "a CA without subjectKeyIdentifier",
        ),
    ] {
        let error = refused(from, to);
        assert!(
            matches!(&error, ProfileError::Contradiction { reason: found, .. } if found == reason),
            "{error:?}"
        );
    }
}

#[test]
fn names_that_nothing_has_are_refused_with_those_that_exist() {
    for (from, to, name) in [
        ("\"RSA-2048\"", "\"RSA-1024\"", "RSA-1024"),
        ("sha256With", "md5With", "md5WithRSAEncryption"),
        ("digitalSignature", "signing", "signing"),
        ("serverAuth", "server", "server"),
        ("value = \"0500\"", "value = \"05 0\"", "05 0"),
        (
            "validity =",
            "accepted_findings = [\"rfc5280.nothing\"]\nvalidity =",
            "rfc5280.nothing",
        ),
    ] {
        let error = refused(from, to);
        assert!(
            matches!(&error, ProfileError::Unknown { found, .. } if found == name),
            "{error:?}"
        );
    }
}

#[test]
fn broken_values_are_refused() {
    let error = refused("1.2.3.4", "2.5.29.19");
    assert!(matches!(error, ProfileError::DuplicateExtension { .. }));
    let error = refused("default_days = 365", "default_days = 0");
    assert!(matches!(error, ProfileError::Time { .. }));
    let error = refused(
        "{ sequence = { first = 1 } }",
        "{ random = { octets = 8 } }",
    );
    assert!(matches!(error, ProfileError::Serial { .. }));
    let error = refused("first = 1", "first = 0");
    assert!(matches!(error, ProfileError::Serial { .. }));
    let error = refused(
        "bits = [\"digitalSignature\", \"keyEncipherment\"]",
        "bits = []",
    );
    assert!(matches!(error, ProfileError::Contradiction { .. }));
    let error = refused("oid = \"1.2.3.4\"", "oid = \"x\"");
    assert!(matches!(error, ProfileError::Oid { .. }));
    let error = refused("name = \"device\"", "name = \"device\"\nnme = 1");
    assert!(matches!(error, ProfileError::Syntax { .. }));
}

const SUBJECT: &str = r#"
[subject.CN]
allowed = ["UTF8String", "PrintableString"]
written = "PrintableString"

[subject."1.2.3.4"]
allowed = ["BMPString"]

[subject.C]
allowed = ["PrintableString"]
"#;

fn with_subject(subject: &str) -> Result<Profile, ProfileError> {
    Profile::from_toml(&format!("{GOOD}{subject}"))
}

#[test]
fn a_subject_has_the_string_types_of_the_profile() {
    let profile = with_subject(SUBJECT).unwrap();
    let private: Oid = "1.2.3.4".parse().unwrap();
    let subject = Name::from_attributes(&[
        (oid::COUNTRY, StringType::PrintableString, "CN"),
        (oid::ORGANIZATION, StringType::BmpString, "o"),
        (private, StringType::Utf8String, "x"),
        (oid::COMMON_NAME, StringType::BmpString, "d"),
    ]);
    let findings: Vec<_> = profile
        .subject_findings(&subject.unwrap())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        findings,
        [
            "subject 1.2.3.4: found UTF8String, expected BMPString \
             [profile.string-type, certificate profile]",
            "subject CN: found BMPString, expected UTF8String, PrintableString \
             [profile.string-type, certificate profile]",
        ]
    );
    let attributes = [
        (oid::COUNTRY, "CN"),
        (oid::ORGANIZATION, "o"),
        (private, "x"),
        (oid::COMMON_NAME, "d"),
    ];
    let written = profile.new_subject(&attributes).unwrap();
    let types: Vec<_> = written
        .attributes()
        .map(|attribute| attribute.value().string_type())
        .collect();
    assert_eq!(
        types,
        [
            StringType::PrintableString,
            StringType::Utf8String, // what RFC 5280 has, where the profile says nothing
            StringType::BmpString,
            StringType::PrintableString,
        ]
    );
    assert!(profile.subject_findings(&written).is_empty());
}

#[test]
fn a_profile_without_string_types_leaves_them_to_rfc_5280() {
    let profile = Profile::from_toml(GOOD).unwrap();
    let bmp = [(oid::COMMON_NAME, StringType::BmpString, "d")];
    let bmp = Name::from_attributes(&bmp).unwrap();
    assert!(profile.subject_findings(&bmp).is_empty());
    assert_eq!(profile.string_types(oid::COMMON_NAME), None);
    assert_eq!(
        profile.written_string_type(oid::COUNTRY),
        StringType::PrintableString
    );
}

#[test]
fn string_types_that_contradict_each_other_are_refused() {
    let more = |text: &str| format!("{SUBJECT}\n{text}");
    for (subject, reason) in [
        (
            SUBJECT.replace("[\"BMPString\"]", "[]"),
            "subject 1.2.3.4 is allowed in no string type",
        ),
        (
            SUBJECT.replace("= \"PrintableString\"", "= \"BMPString\""),
            "subject CN is written as BMPString, which it does not allow",
        ),
        (
            SUBJECT.replace("[\"BMPString\"]", "[\"TeletexString\"]"),
            "subject 1.2.3.4 is written as TeletexString, which is only read",
        ),
        (
            more("[subject.\"2.5.4.3\"]\nallowed = [\"UTF8String\"]"),
            "subject CN stands twice",
        ),
        (
            SUBJECT.replace(
                "C]\nallowed = [\"PrintableString\"]",
                "C]\nallowed = [\"UTF8String\"]",
            ),
            "subject C is allowed as UTF8String, RFC 5280 has PrintableString and \
             rfc5280.country is not accepted",
        ),
    ] {
        let error = with_subject(&subject).unwrap_err();
        assert!(
            matches!(&error, ProfileError::Contradiction { reason: found, .. } if found == reason),
            "{error:?}"
        );
    }
    for (subject, name) in [
        (
            SUBJECT.replace("BMPString", "UniversalString"),
            "UniversalString",
        ),
        (SUBJECT.replace("subject.C]", "subject.country]"), "country"),
    ] {
        let error = with_subject(&subject).unwrap_err();
        assert!(
            matches!(&error, ProfileError::Unknown { found, .. } if found == name),
            "{error:?}"
        );
    }
}

#[test]
fn a_departure_in_string_types_is_meant_when_its_lint_is_accepted() {
    let text = GOOD.replace(
        "validity =",
        "accepted_findings = [\"rfc5280.country\"]\nvalidity =",
    );
    let subject = "[subject.C]\nallowed = [\"UTF8String\"]";
    let profile = Profile::from_toml(&format!("{text}{subject}")).unwrap();
    assert_eq!(
        profile.string_types(oid::COUNTRY),
        Some([StringType::Utf8String].as_slice())
    );
}

#[test]
fn a_request_may_choose_among_the_profiles_own_signature_algorithms() {
    let two = GOOD.replace(
        "[\"sha256WithRSAEncryption\"]",
        "[\"sha256WithRSAEncryption\", \"sha512WithRSAEncryption\"]",
    );
    let profile = Profile::from_toml(&two).unwrap();
    let narrowed = profile
        .clone()
        .with_signature_algorithm(SignatureAlgorithm::Sha512WithRsa)
        .unwrap();
    assert_eq!(
        narrowed.signature_algorithm_names(),
        "sha512WithRSAEncryption"
    );
    let error = profile
        .with_signature_algorithm(SignatureAlgorithm::Sha1WithRsa)
        .unwrap_err();
    assert!(matches!(error, ProfileError::Contradiction { .. }));
}

#[test]
fn a_raw_extension_has_the_octets_that_were_written() {
    let profile = Profile::from_toml(&GOOD.replace("\"0500\"", "\"04021aF0\"")).unwrap();
    let ExtensionRule::Fixed(raw) = &profile.extensions()[3] else {
        panic!("a raw extension is fixed");
    };
    assert_eq!(raw.value(), [0x04, 0x02, 0x1A, 0xF0]);
}
