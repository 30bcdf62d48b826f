use super::*;
use crate::ext::CrlReason;
use crate::vendor::enos::tests::{NOW, TestWorld, at, rules, sample_csr, terms_at, text};
use crate::vendor::enos::wire::ApplyRequest;
use crate::vendor::enos::world::Revocation;

const LATER: &str = "2020-02-01T00:00:00Z";

fn device() -> ApplyRequest {
    ApplyRequest::new().with_org_id("o").with_asset_id("a1")
}

fn renew_at(request: RenewRequest, world: &TestWorld, now: &str) -> Result<Placed, Refusal> {
    let checked = check(vec![request]).pop().unwrap()?;
    renew(vec![checked], world, &terms_at(now)).pop().unwrap()
}

fn refusal(request: RenewRequest, world: &TestWorld, now: &str) -> Refusal {
    renew_at(request, world, now).unwrap_err()
}

fn sample() -> TestWorld {
    TestWorld::with_sample("p/d1")
}

#[test]
fn a_renewal_without_csr_reissues_from_the_request_on_file() {
    let request = RenewRequest::new("32720", device().with_valid_day(220));
    let placed = renew_at(request, &sample(), LATER).unwrap();
    assert_eq!(placed.supersedes(), Some(7));
    assert_eq!(placed.holder(), "p/d1");
    assert_eq!(placed.device().asset_id.as_deref(), Some("a1"));
    let validity = placed.order().validity();
    assert_eq!(validity.not_before(), at(LATER));
    let seconds = validity.not_after().seconds() - at(LATER).seconds();
    assert_eq!(seconds, 220 * 86_400);
    let subject = placed.order().subject().to_string();
    assert_eq!(
        subject,
        "CN=25SZAl,OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN"
    );
}

#[test]
fn a_renewal_with_the_same_csr_is_no_duplicate() {
    let request = RenewRequest::new("32720", device().with_csr_pem(sample_csr()));
    assert!(renew_at(request, &sample(), LATER).is_ok());
}

#[test]
fn the_common_name_stays() {
    let csr = text("enos/fleet/boiler-01.csr.pem");
    let request = RenewRequest::new("32720", device().with_csr_pem(csr));
    let refusal = refusal(request, &sample(), LATER);
    assert_eq!(
        rules(&refusal),
        [("enos.renewed-common-name", "subject.CN")]
    );
    let begin = "Renew cert is failed!message: the common name is another, detail message: ";
    assert!(refusal.msg().starts_with(begin), "{refusal}");
}

#[test]
fn the_number_must_be_there_and_be_one() {
    for (number, sentence) in [
        (None, "Invalid Argument certSn:certSn is missing"),
        (Some("0"), "Invalid Argument certSn:certSn is invalid"),
        (Some("-3"), "Invalid Argument certSn:certSn is invalid"),
    ] {
        let request = RenewRequest {
            apply: device(),
            cert_sn: number.map(str::to_owned),
        };
        let refusal = refusal(request, &sample(), LATER);
        assert_eq!((refusal.stage(), refusal.code()), (Stage::Request, 99400));
        assert_eq!(refusal.msg(), sentence);
    }
}

#[test]
fn all_findings_of_a_renewals_request_come_back() {
    let apply = ApplyRequest::new()
        .with_valid_day(0)
        .with_csr_pem("no PEM")
        .with_issue_authority("DSA");
    let request = RenewRequest {
        apply,
        cert_sn: None,
    };
    assert_eq!(
        rules(&refusal(request, &sample(), LATER)),
        [
            ("enos.device-identifier", "device"),
            ("enos.cert-sn", "certSn"),
            ("enos.valid-day", "validDay"),
            ("enos.csr-pem", "csr"),
            ("enos.org-id", "orgId"),
            ("enos.issue-authority", "issueAuthority"),
        ]
    );
}

#[test]
fn only_a_valid_certificate_of_the_device_is_renewed() {
    let request = || RenewRequest::new("32720", device());
    let mut revoked = sample();
    revoked.held[0].1.revocation = Some(Revocation {
        at: at(NOW),
        reason: CrlReason::KeyCompromise,
        by: "x".to_owned(),
    });
    let mut superseded = sample();
    superseded.held[0].1.superseded = true;
    let elsewhere = TestWorld::with_sample("p/d2");
    let unknown = RenewRequest::new("32721", device());
    let not_bound = "The certificate list bound to the device does not have the certificate, or the \
                     certificate is bound to other devices";
    for (request, world, now, message) in [
        (
            request(),
            &revoked,
            LATER,
            "The original certificate has been revoked and cannot be updated",
        ),
        (
            request(),
            &superseded,
            LATER,
            "The original certificate has been superseded and cannot be updated",
        ),
        (
            request(),
            &sample(),
            "2020-09-12T10:46:34Z",
            "The original certificate has expired and cannot be updated",
        ),
        (request(), &elsewhere, LATER, not_bound),
        (unknown, &sample(), LATER, not_bound),
    ] {
        let refusal = refusal(request, world, now);
        assert_eq!((refusal.stage(), refusal.code()), (Stage::World, 99400));
        let begin = format!("Renew cert is failed!message: {message}, detail message: certSn: ");
        assert!(refusal.msg().starts_with(&begin), "{refusal}");
    }
}

#[test]
fn without_a_request_on_file_a_csr_is_needed() {
    let mut world = sample();
    world.held[0].1.request_der = None;
    let refusal = refusal(RenewRequest::new("32720", device()), &world, LATER);
    assert_eq!(rules(&refusal), [("enos.request-on-file", "csr")]);
}

#[test]
fn an_unreadable_certificate_on_file_fails_the_query() {
    let mut world = sample();
    world.held[0].1.certificate_der.truncate(100);
    let refusal = refusal(RenewRequest::new("32720", device()), &world, LATER);
    let begin =
        "Query cert is failed!message: a certificate on file cannot be read, detail message: ";
    assert!(refusal.msg().starts_with(begin), "{refusal}");
}

#[test]
fn a_renewal_is_for_the_authority_of_old_unless_another_is_named() {
    let placed = renew_at(RenewRequest::new("32720", device()), &sample(), LATER).unwrap();
    assert_eq!(placed.authority(), Authority::Rsa);
    let named = RenewRequest::new("32720", device().with_issue_authority("ECC"));
    let refusal = refusal(named, &sample(), LATER);
    assert_eq!(rules(&refusal), [("enos.key", "subjectPublicKeyInfo")]);
}

#[test]
fn a_certificate_is_renewed_once_in_a_slice() {
    let request = || RenewRequest::new("32720", device());
    let checked = check(vec![request(), request()]);
    let checked = checked.into_iter().map(Result::unwrap).collect();
    let world = sample();
    let codes: Vec<_> = renew(checked, &world, &terms_at(LATER))
        .iter()
        .map(|result| result.as_ref().map_or_else(Refusal::code, |_| 0))
        .collect();
    assert_eq!(codes, [0, 99400]);
}
