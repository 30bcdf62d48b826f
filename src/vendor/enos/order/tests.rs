use super::*;
use crate::cert::Certificate;
use crate::general_name::UniformResourceIdentifier;
use crate::issuer::IssuerName;
use crate::time::UnixSeconds;
use crate::vendor::enos::check::check;
use crate::vendor::enos::config::DefaultOverMaximum;
use crate::vendor::enos::tests::{
    NOW, TestWorld, application, at, check_one, rules, sample_csr, sample_root, terms_at, testdata,
    text,
};
use crate::vendor::enos::wire::ApplyRequest;

fn place_one(request: ApplyRequest, world: &TestWorld, terms: &Terms) -> Result<Placed, Refusal> {
    let checked = check_one(request).unwrap();
    order(vec![checked], world, terms).pop().unwrap()
}

fn refusal(request: ApplyRequest, world: &TestWorld, now: &str) -> Refusal {
    let refusal = place_one(request, world, &terms_at(now)).unwrap_err();
    assert_eq!(refusal.stage(), Stage::World);
    refusal
}

fn not_after(request: ApplyRequest, terms: &Terms) -> UnixSeconds {
    let placed = place_one(request, &TestWorld::new(), terms).unwrap();
    assert_eq!(placed.order().validity().not_before(), terms.now());
    placed.order().validity().not_after()
}

fn of_product(product_key: &str) -> ApplyRequest {
    application(sample_csr()).with_product_key(product_key)
}

#[test]
fn without_valid_day_a_certificate_lasts_730_days() {
    let end = not_after(application(sample_csr()), &terms_at(NOW));
    assert_eq!(end.seconds() - at(NOW).seconds(), 730 * 86_400);
}

#[test]
fn a_valid_day_up_to_the_products_maximum_is_used() {
    for days in [1, 250, 1000] {
        let request = application(sample_csr()).with_valid_day(days);
        let end = not_after(request, &terms_at(NOW));
        let seconds = end.seconds() - at(NOW).seconds();
        assert_eq!(seconds, u64::try_from(days).unwrap() * 86_400);
    }
}

#[test]
fn a_valid_day_over_the_products_maximum_is_refused() {
    let request = application(sample_csr()).with_valid_day(1001);
    let refusal = refusal(request, &TestWorld::new(), NOW);
    assert_eq!(
        (refusal.code(), refusal.msg()),
        (
            99400,
            "The specified validity period exceeds the maximum certificate validity period of the \
             product to which this device belongs."
        )
    );
    let finding = refusal.faults()[0].finding();
    assert_eq!(
        (finding.field(), finding.found(), finding.expected()),
        ("validDay", "1001 days", "at most 1000 days")
    );
}

#[test]
fn a_default_over_the_maximum_is_refused_or_clamped_as_configured() {
    let refusal = refusal(of_product("short"), &TestWorld::new(), NOW);
    assert_eq!(
        refusal.faults()[0].finding().found(),
        "730 days, the default"
    );
    let clamping = terms_at(NOW).with_default_over_maximum(DefaultOverMaximum::Clamp);
    let end = not_after(of_product("short"), &clamping);
    assert_eq!(end.seconds() - at(NOW).seconds(), 100 * 86_400);
    // What was asked for is never clamped.
    let asked = of_product("short").with_valid_day(101);
    let refusal = place_one(asked, &TestWorld::new(), &clamping).unwrap_err();
    assert_eq!(rules(&refusal), [("enos.valid-day", "validDay")]);
}

#[test]
fn what_outlives_the_root_ends_in_its_last_second() {
    let root_end = sample_root().validity().not_after();
    assert_eq!(root_end, at("2029-02-23T09:11:39Z"));
    for now in [
        "2027-02-24T09:11:40Z",
        "2029-02-23T09:11:38Z",
        "2029-02-23T09:11:39Z",
    ] {
        assert_eq!(
            not_after(application(sample_csr()), &terms_at(now)),
            root_end
        );
    }
    // 730 days before the end nothing is cut off.
    let fits = terms_at("2027-02-24T09:11:39Z");
    assert_eq!(not_after(application(sample_csr()), &fits), root_end);
}

#[test]
fn a_root_that_is_over_issues_nothing() {
    let now = "2029-02-23T09:11:40Z";
    let refusal = refusal(application(sample_csr()), &TestWorld::new(), now);
    assert_eq!(
        (refusal.code(), refusal.msg()),
        (
            99400,
            "Call ca error!: Certificate service err info:, code: enos.root-expired, message: the \
             root certificate has expired, detail message: notAfter: found a root that ended at \
             2029-02-23T09:11:39Z, expected a root that is valid at 2029-02-23T09:11:40Z"
        )
    );
}

#[test]
fn an_authority_without_a_root_issues_nothing() {
    let profile =
        crate::vendor::enos::profile::device(crate::profile::NetscapeEncodingConfig::Bare);
    let terms = Terms::new(at(NOW), std::sync::Arc::new(profile.unwrap()));
    let refusal = place_one(application(sample_csr()), &TestWorld::new(), &terms).unwrap_err();
    assert_eq!(rules(&refusal), [("enos.root-absent", "issueAuthority")]);
}

#[test]
fn an_unknown_device_is_11404() {
    for request in [
        application(sample_csr()).with_device_key("d3"),
        application(sample_csr()).with_product_key("q"),
        application(sample_csr()).with_org_id("another"),
    ] {
        let refusal = refusal(request, &TestWorld::new(), NOW);
        assert_eq!(
            (refusal.code(), refusal.msg()),
            (11404, "Device cannot be found")
        );
    }
}

#[test]
fn a_product_without_bi_directional_authentication_is_refused() {
    let request = of_product("one-way").with_valid_day(101);
    let refusal = refusal(request, &TestWorld::new(), NOW);
    // Both faults come back; the page lists the validity first.
    assert_eq!(
        rules(&refusal),
        [
            ("enos.valid-day", "validDay"),
            ("enos.bidirectional", "productKey")
        ]
    );
    let refusal = self::refusal(
        of_product("one-way").with_valid_day(9),
        &TestWorld::new(),
        NOW,
    );
    assert_eq!(
        (refusal.code(), refusal.msg()),
        (
            99400,
            "The product to which the device belongs to is not a product that supports \
             bi-directional authorization."
        )
    );
}

#[test]
fn a_key_of_another_device_is_11833() {
    let world = TestWorld::with_sample("p/d2");
    let refusal = refusal(application(sample_csr()), &world, "2020-02-01T00:00:00Z");
    assert_eq!(
        (refusal.code(), refusal.msg()),
        (11833, "Certificate is already bound to another device.")
    );
    assert_eq!(refusal.faults().len(), 1);
}

#[test]
fn the_same_request_again_is_a_duplicate_subject() {
    let world = TestWorld::with_sample("p/d1");
    let refusal = refusal(application(sample_csr()), &world, "2020-02-01T00:00:00Z");
    assert_eq!(
        (refusal.code(), refusal.msg()),
        (
            99400,
            "Duplicate subject by certificate request!message: the subject has a valid certificate, \
             detail message: subject: found CN=25SZAl,OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN, \
             of a valid certificate of \"p/d1\", expected a subject without a valid certificate"
        )
    );
}

#[test]
fn what_is_over_stands_in_nobodys_way() {
    let mut world = TestWorld::with_sample("p/d2");
    // The sample certificate ends at 2020-09-12T10:46:33Z.
    let after = terms_at("2020-09-12T10:46:34Z");
    assert!(place_one(application(sample_csr()), &world, &after).is_ok());
    let last = refusal(application(sample_csr()), &world, "2020-09-12T10:46:33Z");
    assert_eq!(last.code(), 11833);
    world.held[0].1.superseded = true;
    assert!(place_one(application(sample_csr()), &world, &terms_at(NOW)).is_ok());
}

#[test]
fn a_failing_service_is_99500() {
    for (service, sentence) in [
        (
            Service::Certificate,
            "Internal error of certificate service.",
        ),
        (Service::Product, "Internal error of product service."),
        (Service::IotHub, "Internal error of IoT Hub service."),
    ] {
        let mut world = TestWorld::new();
        world.fails = Some(service);
        let refusal = refusal(application(sample_csr()), &world, NOW);
        assert_eq!((refusal.code(), refusal.msg()), (99500, sentence));
        let finding = refusal.faults()[0].finding();
        assert_eq!(finding.rule(), "enos.world");
        assert_eq!(finding.found(), "no answer: the disk is gone");
    }
}

#[test]
fn in_a_slice_the_first_row_has_it() {
    let row = |device: &str| application(sample_csr()).with_device_key(device);
    let other = application(text("enos/fleet/boiler-01.csr.pem")).with_device_key("d2");
    let checked = check(vec![row("d1"), row("d1"), row("d2"), other]);
    let checked = checked.into_iter().map(Result::unwrap).collect();
    let world = TestWorld::new();
    let results = order(checked, &world, &terms_at(NOW));
    let codes: Vec<_> = results
        .iter()
        .map(|result| result.as_ref().map_or_else(Refusal::code, |_| 0))
        .collect();
    assert_eq!(codes, [0, 99400, 11833, 0]);
    assert_eq!(
        world.questions.get(),
        4,
        "one question of a kind for a slice"
    );
}

#[test]
fn a_row_that_is_refused_takes_nothing() {
    let too_long = application(sample_csr()).with_valid_day(1001);
    let checked = check(vec![too_long, application(sample_csr())]);
    let checked = checked.into_iter().map(Result::unwrap).collect();
    let results = order(checked, &TestWorld::new(), &terms_at(NOW));
    assert_eq!([results[0].is_ok(), results[1].is_ok()], [false, true]);
}

#[test]
fn requested_extensions_are_left_out_and_the_crl_is_the_roots() {
    let csr = testdata("enos/fleet/meter-01.csr.pem");
    let request = application("").with_csr_octets(csr);
    let placed = place_one(request, &TestWorld::new(), &terms_at(NOW)).unwrap();
    assert!(placed.request().request().requested_extensions().is_some());
    let root: Certificate = sample_root();
    let issuer = IssuerName::of_certificate(&root).unwrap();
    let serial = crate::serial::SerialNumber::from_u64(1).unwrap();
    let prepared = issuer.prepare(placed.order(), serial).unwrap();
    let extensions = prepared.tbs().extensions();
    let oids: Vec<_> = extensions.iter().map(|extension| extension.oid()).collect();
    assert_eq!(
        oids,
        [
            crate::oid::BASIC_CONSTRAINTS,
            crate::oid::NETSCAPE_COMMENT,
            crate::oid::SUBJECT_KEY_IDENTIFIER,
            crate::oid::AUTHORITY_KEY_IDENTIFIER,
            crate::oid::NETSCAPE_CA_REVOCATION_URL,
        ]
    );
    let url = extensions.find(crate::oid::NETSCAPE_CA_REVOCATION_URL);
    let expected: UniformResourceIdentifier = crate::vendor::enos::tests::crl_url();
    assert_eq!(url.unwrap().value(), expected.as_str().as_bytes());
}

#[test]
fn a_dry_run_knows_no_maximum_and_no_device() {
    let request = application(sample_csr())
        .with_product_key("nowhere")
        .with_valid_day(2000);
    let order = order_dry(&check_one(request).unwrap(), &terms_at(NOW)).unwrap();
    let end = order.validity().not_after();
    assert_eq!(end.seconds() - at(NOW).seconds(), 2000 * 86_400);
    let request = application(sample_csr()).with_valid_day(i32::MAX.into());
    let order = order_dry(&check_one(request).unwrap(), &terms_at(NOW)).unwrap();
    assert_eq!(
        order.validity().not_after(),
        sample_root().validity().not_after()
    );
}
