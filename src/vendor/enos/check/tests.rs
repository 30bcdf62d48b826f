use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::ext::Extensions;
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair, SignJob, SignatureAlgorithm};
use crate::request;
use crate::request::RequestDraft;
use crate::tlv;
use crate::vendor::enos::error::INVALID;
use crate::vendor::enos::tests::{application, check_one, files, rules, sample_csr, text};

mod csr;

fn refusal(request: ApplyRequest) -> Refusal {
    check_one(request).unwrap_err()
}

/// The only fault: code, sentence, rule.
fn only(refusal: &Refusal) -> (u32, &str, &'static str) {
    let [fault] = refusal.faults() else {
        panic!("{refusal}");
    };
    (fault.code(), fault.msg(), fault.finding().rule())
}

#[test]
fn a_sound_application_keeps_what_it_says() {
    let request = application(sample_csr()).with_valid_day(250);
    let checked = check_one(request.with_issue_authority("rSa")).unwrap();
    assert_eq!(checked.org_id(), "o");
    assert_eq!(
        checked.device().to_string(),
        r#"productKey "p" deviceKey "d1""#
    );
    assert_eq!(checked.authority(), Authority::Rsa);
    assert_eq!(checked.valid_days(), Some(250));
    assert_eq!(
        checked.request().subject().to_string(),
        "CN=25SZAl,OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN"
    );
}

#[test]
fn a_csr_stands_under_either_label_with_or_without_its_last_newline() {
    let csr = sample_csr();
    assert!(csr.contains("-----BEGIN NEW CERTIFICATE REQUEST-----"));
    let expected = check_one(application(csr.clone())).unwrap();
    let plain = csr.replace("NEW CERTIFICATE", "CERTIFICATE");
    for text in [csr.trim_end(), &plain, plain.trim_end()] {
        let checked = check_one(application(text)).unwrap();
        let [found, expected] =
            [&checked, &expected].map(|checked| checked.request().request().as_der());
        assert_eq!(found, expected);
    }
}

#[test]
fn the_java_sample_with_its_odd_mail_address_is_accepted() {
    let checked = check_one(application(text("vendor/enos/java-sample.csr.pem"))).unwrap();
    let mail = checked.request().subject().first(crate::oid::EMAIL_ADDRESS);
    assert_eq!(mail.unwrap().value().text().as_deref(), Some("4Dnb1T1"));
}

#[test]
fn an_asset_wins_over_keys_beside_it() {
    let checked = check_one(application(sample_csr()).with_asset_id("a1")).unwrap();
    assert_eq!(checked.device(), &DeviceIdentifier::Asset("a1".to_owned()));
}

#[test]
fn a_device_is_named_by_asset_or_by_both_keys() {
    let bare = || {
        ApplyRequest::new()
            .with_org_id("o")
            .with_csr_pem(sample_csr())
    };
    for request in [
        bare(),
        bare().with_product_key("p"),
        bare().with_device_key("d1"),
        bare().with_asset_id("a\n1"),
        bare().with_asset_id("a".repeat(257)),
        bare().with_product_key("p").with_device_key(" "),
    ] {
        assert_eq!(
            only(&refusal(request)),
            (
                INVALID,
                "invalid argument: The device identifier is invalid",
                "enos.device-identifier"
            )
        );
    }
}

#[test]
fn a_missing_or_blank_csr_is_missing() {
    let bare = || ApplyRequest::new().with_org_id("o").with_asset_id("a1");
    for request in [
        bare(),
        bare().with_csr_pem(" \n"),
        bare().with_csr_octets(Vec::new()),
    ] {
        let refusal = refusal(request);
        assert_eq!(refusal.stage(), Stage::Request);
        assert_eq!(
            only(&refusal),
            (INVALID, "Invalid Argument csr:csr is missing", "enos.csr")
        );
    }
}

#[test]
fn the_organization_is_mandatory_and_may_be_filled_in() {
    let request = || {
        ApplyRequest::new()
            .with_asset_id("a1")
            .with_csr_pem(sample_csr())
    };
    assert_eq!(
        only(&refusal(request())).1,
        "When calling Certificate Services, the call parameters are invalid.message: orgId is missing, \
         detail message: orgId: found nothing, expected an organization"
    );
    assert_eq!(check_one(request().or_org_id("o")).unwrap().org_id(), "o");
    let named = request().with_org_id("x").or_org_id("o");
    assert_eq!(check_one(named).unwrap().org_id(), "x");
}

#[test]
fn valid_day_is_a_positive_number_of_32_bits() {
    for (days, sentence) in [
        (
            0,
            "Invalid Argument validDay:validDay is 0, allowed 1 to 2147483647 days",
        ),
        (
            -1,
            "Invalid Argument validDay:validDay is -1, allowed 1 to 2147483647 days",
        ),
        (
            2_147_483_648,
            "Invalid Argument validDay:validDay is 2147483648, allowed 1 to 2147483647 days",
        ),
    ] {
        let refusal = refusal(application(sample_csr()).with_valid_day(days));
        assert_eq!(only(&refusal), (INVALID, sentence, "enos.valid-day"));
    }
    for days in [1, i32::MAX.into()] {
        let checked = check_one(application(sample_csr()).with_valid_day(days)).unwrap();
        assert_eq!(checked.valid_days().map(i64::from), Some(days));
    }
}

#[test]
fn another_authority_is_a_wrong_parameter() {
    for (name, quoted) in [("DSA", "DSA"), ("", ""), (" RSA", " RSA")] {
        let refusal = refusal(application(sample_csr()).with_issue_authority(name));
        assert_eq!(
            only(&refusal),
            (
                INVALID,
                &*format!(
                    "When calling Certificate Services, the call parameters are invalid.message: \
                     issueAuthority is invalid, detail message: issueAuthority: found \"{quoted}\", \
                     expected RSA or ECC"
                ),
                "enos.issue-authority"
            )
        );
    }
}

#[test]
fn key_and_authority_must_fit() {
    let refusal = refusal(application(sample_csr()).with_issue_authority("ecc"));
    assert_eq!(
        only(&refusal),
        (
            INVALID,
            "Invalid cert request!message: public key does not fit issueAuthority ECC, \
             detail message: subjectPublicKeyInfo: found RSA-2048, expected P-256, or issueAuthority RSA",
            "enos.key"
        )
    );
}

#[test]
fn all_findings_come_back_and_the_pages_order_decides_who_speaks() {
    let request = ApplyRequest::new()
        .with_issue_authority("DSA")
        .with_valid_day(0)
        .with_csr_pem(text("enos/bad/no-cn.csr.pem"));
    let refusal = refusal(request);
    assert_eq!(
        rules(&refusal),
        [
            ("enos.device-identifier", "device"),
            ("enos.valid-day", "validDay"),
            ("enos.subject", "subject.CN"),
            ("enos.org-id", "orgId"),
            ("enos.issue-authority", "issueAuthority"),
        ]
    );
    assert_eq!(refusal.code(), INVALID);
    assert_eq!(
        refusal.msg(),
        "invalid argument: The device identifier is invalid"
    );
}

#[test]
fn a_key_that_would_be_refused_is_told_before_it_is_made() {
    let request = application("").with_issue_authority("RSA");
    let name = "CN=d1,OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN"
        .parse()
        .unwrap();
    check_unkeyed(&request, KeyAlgorithm::Rsa2048, &name).unwrap();
    let refusal = check_unkeyed(&request, KeyAlgorithm::P256, &name).unwrap_err();
    let rules: Vec<_> = refusal
        .faults()
        .iter()
        .map(|one| one.finding().rule())
        .collect();
    assert_eq!(rules, ["enos.key"]);
    assert_eq!(
        [Authority::Rsa, Authority::Ecc].map(|one| one.to_string()),
        ["RSA", "ECC"]
    );
}
