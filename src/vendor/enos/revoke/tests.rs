use super::*;
use crate::vendor::Stage;
use crate::vendor::enos::tests::{NOW, TestWorld, at, rules};
use crate::vendor::enos::world::Revocation;

fn request() -> RevokeRequest {
    RevokeRequest::new("32720", "p", "d1").or_org_id("o")
}

fn revoke_at(request: &RevokeRequest, world: &TestWorld, now: &str) -> Result<Revocable, Refusal> {
    revoke(&check(request)?, world, at(now))
}

#[test]
fn each_reason_of_the_vendor_is_taken_and_zero_is_the_default() {
    let world = TestWorld::with_sample("p/d1");
    let revocable = revoke_at(&request(), &world, NOW).unwrap();
    assert_eq!(revocable.certificate(), 7);
    assert_eq!(revocable.authority(), Authority::Rsa);
    assert_eq!(revocable.reason(), CrlReason::Unspecified);
    for code in [0, 1, 3, 4, 5, 6, 9] {
        let request = request().with_reason(code);
        let reason = revoke_at(&request, &world, NOW).unwrap().reason();
        assert_eq!(i64::from(reason.code()), code);
    }
}

#[test]
fn other_reasons_are_wrong_parameters() {
    for code in [-1, 2, 7, 8, 10, 256] {
        let refusal = check(&request().with_reason(code)).unwrap_err();
        assert_eq!((refusal.stage(), refusal.code()), (Stage::Request, 99400));
        assert_eq!(rules(&refusal), [("enos.reason", "reason")]);
        assert_eq!(
            refusal.msg(),
            format!(
                "When calling Certificate Services, the call parameters are invalid.message: reason \
                 is invalid, detail message: reason: found {code}, expected 0, 1, 3, 4, 5, 6 or 9"
            )
        );
    }
}

#[test]
fn a_number_and_a_device_are_needed() {
    let refusal = check(&RevokeRequest::default()).unwrap_err();
    assert_eq!(
        rules(&refusal),
        [
            ("enos.device-identifier", "device"),
            ("enos.cert-sn", "certSn"),
            ("enos.org-id", "orgId"),
        ]
    );
    assert_eq!(
        refusal.faults()[1].msg(),
        "Invalid Argument certSn:certSn is missing"
    );
}

#[test]
fn what_is_unknown_revoked_or_over_is_not_revoked() {
    let mut revoked = TestWorld::with_sample("p/d1");
    revoked.held[0].1.revocation = Some(Revocation {
        at: at(NOW),
        reason: CrlReason::Superseded,
        by: "x".to_owned(),
    });
    let elsewhere = TestWorld::with_sample("p/d2");
    let sample = TestWorld::with_sample("p/d1");
    for (world, now, found) in [
        (
            &revoked,
            NOW,
            "revoked at 2020-01-06T10:46:33Z with reason superseded",
        ),
        (&elsewhere, NOW, "certSn 32720"),
        (
            &sample,
            "2020-09-12T10:46:34Z",
            "expired at 2020-09-12T10:46:33Z",
        ),
    ] {
        let refusal = revoke_at(&request(), world, now).unwrap_err();
        assert_eq!((refusal.stage(), refusal.code()), (Stage::World, 99400));
        assert!(refusal.msg().starts_with("Revoke cert is failed!message: "));
        assert_eq!(refusal.faults()[0].finding().found(), found);
    }
    let unknown = RevokeRequest::new("32720", "p", "d9").or_org_id("o");
    assert_eq!(revoke_at(&unknown, &sample, NOW).unwrap_err().code(), 11404);
}

#[test]
fn what_is_on_hold_is_revoked_for_another_reason_and_held_once() {
    let mut held = TestWorld::with_sample("p/d1");
    held.held[0].1.revocation = Some(Revocation {
        at: at(NOW),
        reason: CrlReason::CertificateHold,
        by: "x".to_owned(),
    });
    let revocable = revoke_at(&request().with_reason(1), &held, NOW).unwrap();
    assert_eq!(revocable.reason(), CrlReason::KeyCompromise);
    let refusal = revoke_at(&request().with_reason(6), &held, NOW).unwrap_err();
    assert_eq!(
        refusal.faults()[0].finding().found(),
        "revoked at 2020-01-06T10:46:33Z with reason certificateHold"
    );
}
