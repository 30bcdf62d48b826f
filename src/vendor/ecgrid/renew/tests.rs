use super::*;
use crate::vendor::ecgrid::enums::CertificateUsage;
use crate::vendor::ecgrid::error::FaultKind;
use crate::vendor::ecgrid::tests::{NOW, TestWorld, at, rules, strict_terms, terms_at};

fn renewed(request: RenewRequest, world: &TestWorld, now: &str) -> Result<Placed, Refusal> {
    let terms = terms_at(now);
    let checked = check(&[request], &terms).remove(0)?;
    renew(&[checked], &Caller::local(), world, &terms).remove(0)
}

fn request() -> RenewRequest {
    RenewRequest::new(5001, 79)
}

#[test]
fn the_overlap_says_when_the_new_one_begins_and_years_count_from_there() {
    let world = TestWorld::with_key(); // in use until 2028-05-07
    for (request, now, begin, end) in [
        (
            request(),
            NOW,
            "2028-05-07T00:00:00Z",
            "2030-05-07T00:00:00Z",
        ),
        (
            request().with_overlap_days(30).with_years(3),
            NOW,
            "2028-04-07T00:00:00Z",
            "2031-04-07T00:00:00Z",
        ),
        (
            request().with_overlap_days(30),
            "2028-04-20T01:02:03Z",
            "2028-04-20T01:02:03Z",
            "2030-04-20T01:02:03Z",
        ),
        (
            request().with_overlap_days(0).with_years(1),
            "2029-01-01T00:00:00Z",
            "2029-01-01T00:00:00Z",
            "2030-01-01T00:00:00Z",
        ),
    ] {
        let placed = renewed(request, &world, now).unwrap();
        let validity = placed.unkeyed().validity();
        assert_eq!(validity.not_before(), at(begin));
        assert_eq!(validity.not_after(), at(end));
    }
}

#[test]
fn usage_and_partner_stay_and_the_old_one_is_named() {
    let world = TestWorld::with_key();
    let request = request().with_hash(SecureHashAlgorithm::Sha512);
    let placed = renewed(request, &world, NOW).unwrap();
    assert_eq!(placed.usage(), CertificateUsage::Signature);
    assert_eq!(placed.hash(), SecureHashAlgorithm::Sha512);
    assert_eq!(placed.partner().map(PartnerId::as_str), Some("P"));
    assert_eq!(placed.supersedes(), Some(7));
    assert_eq!(placed.comm().id, 5001);
}

#[test]
fn overlap_days_and_years_have_their_bounds() {
    for (request, rule, said) in [
        (
            request().with_overlap_days(-1),
            "ecgrid.overlap-days",
            "overlapDays: is -1, expected 0 to 32767 days",
        ),
        (
            request().with_overlap_days(32768),
            "ecgrid.overlap-days",
            "overlapDays: is 32768, expected 0 to 32767 days",
        ),
        (
            request().with_years(0),
            "ecgrid.years",
            "years: is 0, expected 1 to 32767 years",
        ),
        (
            request().with_years(32768),
            "ecgrid.years",
            "years: is 32768, expected 1 to 32767 years",
        ),
        (
            request().with_years(7972),
            "ecgrid.years",
            "years: is 7972 from 2028-05-07T00:00:00Z, expected an end of \
             9999-12-31T23:59:59Z at the latest",
        ),
    ] {
        let refusal = renewed(request, &TestWorld::with_key(), NOW).unwrap_err();
        assert_eq!(rules(&refusal), [(rule, said)]);
    }
    let sha1 = request().with_hash(SecureHashAlgorithm::Sha1);
    let refusal = check(&[sha1], &strict_terms()).remove(0).unwrap_err();
    assert_eq!(rules(&refusal)[0].0, "ecgrid.sha1");
}

#[test]
fn what_cannot_be_renewed_is_refused() {
    let mut world = TestWorld::with_key();
    let absent = renewed(RenewRequest::new(5001, 80), &world, NOW).unwrap_err();
    assert_eq!(absent.kind(), FaultKind::ObjectNotFound);
    assert_eq!(
        rules(&absent),
        [("ecgrid.cert-key", "certKeyId: 80 was not found")]
    );
    let elsewhere = renewed(RenewRequest::new(5002, 79), &world, NOW).unwrap_err();
    assert_eq!(elsewhere.kind(), FaultKind::ObjectNotFound);
    world.keys[0].1.has_private_key = false;
    let public = renewed(request(), &world, NOW).unwrap_err();
    assert_eq!(
        public.message(),
        "certKeyId: is 79, without a private key, expected a certificate with one"
    );
    world.keys[0].1.terminated_at = Some(at(NOW));
    let over = renewed(request(), &world, NOW).unwrap_err();
    assert_eq!(rules(&over)[0].0, "ecgrid.renewable");
}
