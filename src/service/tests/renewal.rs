//! Renewals, and when what they follow is still valid.

use super::*;

#[test]
fn a_renewal_ends_what_it_renews() {
    let (_folder, mut service) = service(4);
    let keys = keys(1);
    let issued = service
        .enos_apply(vec![apply("a", "a", &keys[0])], &Moment::at(now()))
        .unwrap();
    let old = issued[0].as_ref().unwrap().certificate.clone();
    let renew = || {
        let request = ApplyRequest::new()
            .with_org_id("o1")
            .with_product_key("open");
        RenewRequest::new(old.serial().to_string(), request.with_device_key("a"))
    };
    let renewed = service
        .enos_renew(vec![renew()], &Moment::at(now()))
        .unwrap();
    let new = &renewed[0].as_ref().unwrap().certificate;
    assert_eq!(new.public_key(), old.public_key());
    assert_ne!(new.serial(), old.serial());
    let again = service
        .enos_renew(vec![renew()], &Moment::at(now()))
        .unwrap();
    assert_eq!(codes(&again), [99400]);
    let list = ListRequest::new("open", "a").or_org_id("o1");
    let rows = service.enos_list(&list, now()).unwrap();
    let rows = serde_json::to_value(&rows).unwrap();
    let status = |at: usize| rows[at]["certStatus"].as_u64();
    assert_eq!([status(0), status(1), status(2)], [Some(1), Some(0), None]);
}

#[test]
fn what_is_valid_is_judged_by_the_clock_and_not_by_not_before() {
    let (_folder, mut service) = service(7);
    let keys = keys(2);
    let first = service.enos_apply(vec![apply("a", "a", &keys[0])], &Moment::at(now()));
    assert_eq!(codes(&first.unwrap()), [0]);
    let later = Moment {
        not_before: Some("2030-01-01T00:00:00Z".parse().unwrap()),
        ..Moment::at(now())
    };
    let second = service
        .enos_apply(vec![apply("b", "a", &keys[1])], &later)
        .unwrap();
    assert_eq!(codes(&second), [99400]);
}

#[test]
fn a_renewal_and_the_end_of_the_old_are_one_record() {
    let (_folder, mut service) = service(9);
    let keys = keys(1);
    let issued = service
        .enos_apply(vec![apply("a", "a", &keys[0])], &Moment::at(now()))
        .unwrap();
    let old = issued[0].as_ref().unwrap().certificate.clone();
    let request = ApplyRequest::new()
        .with_org_id("o1")
        .with_product_key("open");
    let renew = RenewRequest::new(old.serial().to_string(), request.with_device_key("a"));
    let renewed = service.enos_renew(vec![renew], &Moment::at(now())).unwrap();
    assert_eq!(codes(&renewed), [0]);
    let found = service.ledger().find_by_fingerprint(&old.sha256()).unwrap();
    let fact = found[0].revocation.clone().unwrap();
    assert_eq!(
        (fact.reason.get(), fact.by.as_str(), fact.at),
        (4, "renewal", now())
    );
}
