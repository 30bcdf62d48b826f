use super::*;
use crate::vendor::ecgrid::tests::{NOW, at, rules, strict_terms, terms_at};

fn checked(request: CreateRequest) -> Result<CheckedCreate, Refusal> {
    check(&[request], &terms_at(NOW)).remove(0)
}

fn refused(request: CreateRequest) -> Vec<(&'static str, String)> {
    let refusal = checked(request).unwrap_err();
    assert_eq!(refusal.stage(), Stage::Request);
    let rules = rules(&refusal);
    rules
        .into_iter()
        .map(|(rule, said)| (rule, said.to_owned()))
        .collect()
}

#[test]
fn what_is_not_said_is_the_contracts_default() {
    let checked = checked(CreateRequest::new(5001)).unwrap();
    assert_eq!(checked.comm_id(), 5001);
    assert_eq!(checked.usage(), CertificateUsage::EncryptionAndSignature);
    assert_eq!(checked.hash(), SecureHashAlgorithm::Sha256);
    assert_eq!(checked.partner(), None);
    assert_eq!(checked.validity().not_before(), at(NOW));
    assert_eq!(checked.validity().not_after(), at("2028-05-07T00:00:00Z"));
}

#[test]
fn two_calendar_years_from_begin_usage_and_the_29th_becomes_the_28th() {
    for (begin, end) in [
        ("2024-02-29T12:00:00Z", "2026-02-28T12:00:00Z"),
        ("2028-02-29T12:00:00Z", "2030-02-28T12:00:00Z"),
        ("2026-12-31T23:59:59Z", "2028-12-31T23:59:59Z"),
    ] {
        let request = CreateRequest::new(5001).with_begin_usage(at(begin));
        let checked = check(&[request], &terms_at("2024-03-01T00:00:00Z")).remove(0);
        assert_eq!(checked.unwrap().validity().not_after(), at(end));
    }
}

#[test]
fn begin_usage_and_expires_are_taken_as_they_are() {
    let request = CreateRequest::new(5001)
        .with_begin_usage(at("2020-01-01T00:00:00Z"))
        .with_expires(at("2030-01-01T00:00:00Z"));
    let validity = checked(request).unwrap().validity();
    assert_eq!(validity.not_before(), at("2020-01-01T00:00:00Z"));
    assert_eq!(validity.not_after(), at("2030-01-01T00:00:00Z"));
}

#[test]
fn an_end_before_the_beginning_or_in_the_past_is_refused() {
    let new = || CreateRequest::new(5001);
    for (request, said) in [
        (
            new().with_expires(at(NOW)),
            "expires: is 2026-05-07T00:00:00Z, expected after the begin, 2026-05-07T00:00:00Z",
        ),
        (
            new()
                .with_begin_usage(at("2027-01-01T00:00:00Z"))
                .with_expires(at("2026-12-31T23:59:59Z")),
            "expires: is 2026-12-31T23:59:59Z, expected after the begin, 2027-01-01T00:00:00Z",
        ),
        (
            new()
                .with_begin_usage(at("2020-01-01T00:00:00Z"))
                .with_expires(at(NOW)),
            "expires: is 2026-05-07T00:00:00Z, expected after now, 2026-05-07T00:00:00Z",
        ),
        (
            new().with_begin_usage(at("9999-01-01T00:00:00Z")),
            "expires: is 2 years after the begin, 9999-01-01T00:00:00Z, by default, expected \
             9999-12-31T23:59:59Z at the latest",
        ),
    ] {
        assert_eq!(refused(request), [("ecgrid.expires", said.to_owned())]);
    }
}

#[test]
fn sha1_needs_the_workspaces_leave() {
    let sha1 = || CreateRequest::new(5001).with_hash(SecureHashAlgorithm::Sha1);
    assert_eq!(checked(sha1()).unwrap().hash(), SecureHashAlgorithm::Sha1);
    let refusal = check(&[sha1()], &strict_terms()).remove(0).unwrap_err();
    assert_eq!(
        rules(&refusal),
        [(
            "ecgrid.sha1",
            "secureHashAlgorithm: is SHA1, expected SHA256, SHA384 or SHA512: this workspace does \
             not allow SHA1"
        )]
    );
}

#[test]
fn a_partner_is_an_as2_id_that_fits_a_common_name() {
    for good in [
        "PARTNER-AS2-ID",
        "With Space",
        "\"quoted\"",
        "a",
        &"x".repeat(64),
    ] {
        let checked = checked(CreateRequest::new(5001).with_partner(good)).unwrap();
        assert_eq!(checked.partner().map(PartnerId::as_str), Some(good));
    }
    for bad in ["", " a", "a ", "a\nb", "ñ", "a\u{7f}"] {
        let found = refused(CreateRequest::new(5001).with_partner(bad));
        assert_eq!(found[0].0, "ecgrid.partner", "{bad:?}");
    }
    let long = checked(CreateRequest::new(5001).with_partner("x".repeat(65))).unwrap_err();
    assert_eq!(long.kind(), FaultKind::DataLength);
    assert_eq!(long.message(), "partnerAs2Id: Too Long (max=64)");
}

#[test]
fn all_faults_of_a_request_come_back_at_once_and_others_stand() {
    let bad = CreateRequest::new(5001)
        .with_partner(" ")
        .with_expires(at(NOW));
    let answers = check(&[bad, CreateRequest::new(5001)], &terms_at(NOW));
    let found = rules(answers[0].as_ref().unwrap_err());
    let found: Vec<_> = found.iter().map(|(rule, _)| *rule).collect();
    assert_eq!(found, ["ecgrid.partner", "ecgrid.expires"]);
    assert!(answers[1].is_ok());
}
