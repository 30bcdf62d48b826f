//! The calls beside the custom one.

use super::*;

#[test]
fn a_certificate_is_handed_out_suspended_and_found_by_its_number() {
    let (_folder, mut service) = service();
    let issued = create(&mut service, &[]).unwrap();
    assert_eq!(serial(&issued), 5_000_001);
    let signed = include_bytes!("../../../../testdata/emca/serial.p7");
    let signed = ("signature", json!(STANDARD.encode(signed)));
    let get = || call(Method::GetCertificate, std::slice::from_ref(&signed));
    let held = service.emca_certificate(get()).unwrap();
    assert_eq!(
        reply(&issued)["result"],
        STANDARD.encode(&held.certificate_der)
    );
    assert_eq!(held.subscriber_id, "sub-1");
    let suspend = || call(Method::Suspend, &[signed.clone(), ("revokeMode", json!(6))]);
    service.emca_revoke(suspend(), now()).unwrap().unwrap();
    let held = service.emca_certificate(get()).unwrap();
    assert_eq!(held.state, emca::world::State::Suspended(now()));
    let refusal = service.emca_revoke(suspend(), now()).unwrap().unwrap_err();
    assert_eq!(refusal.message(), "Please enter valid data");
    let next_update = "2026-01-09T03:04:05Z".parse().unwrap();
    let (crl, _) = service.crl("rsa-root", now(), next_update).unwrap();
    let reasons: Vec<_> = crl.entries().map(|entry| entry.reason()).collect();
    assert_eq!(reasons, [CrlReason::CertificateHold]);
    // Another user does not find it.
    let other = call(
        Method::GetCertificate,
        &[signed.clone(), ("userName", json!("second"))],
    );
    assert_eq!(
        service.emca_certificate(other).unwrap_err().message(),
        "Please enter valid data"
    );
}

#[test]
fn two_cas_never_give_the_same_number() {
    let (_folder, mut service) = service();
    let under_ecc = |id: &'static str| [("profileID", json!("8")), ("applicationId", json!(id))];
    let calls = [vec![], under_ecc("app-2").to_vec()];
    let calls = calls
        .iter()
        .map(|changes| call(Method::CreateCustomCertificateById, changes));
    let answers = service.emca_create(calls.collect(), &moment(), &mut rng());
    let answers = answers.unwrap().into_iter().map(Result::unwrap);
    assert_eq!(
        answers.map(|answer| serial(&answer)).collect::<Vec<_>>(),
        [5_000_001, 5_000_002]
    );
    let third = create(&mut service, &under_ecc("app-3")).unwrap();
    assert_eq!(serial(&third), 5_000_003);
    let fourth = create(&mut service, &[("applicationId", json!("app-4"))]).unwrap();
    assert_eq!(serial(&fourth), 5_000_004);
    // Given twice by hand: nobody can tell which one a call means, and none is revoked.
    let mut twice = moment();
    twice.serial_start = Some("5000001".parse().unwrap());
    let calls = vec![call(
        Method::CreateCustomCertificateById,
        &under_ecc("app-5"),
    )];
    let given = service.emca_create(calls, &twice, &mut rng()).unwrap();
    assert_eq!(serial(given[0].as_ref().unwrap()), 5_000_001);
    let signed = include_bytes!("../../../../testdata/emca/serial.p7");
    let end = [
        ("signature", json!(STANDARD.encode(signed))),
        ("revokeMode", json!(1)),
    ];
    let refusal = service
        .emca_revoke(call(Method::Revoke, &end), now())
        .unwrap()
        .unwrap_err();
    assert_eq!(refusal.message(), "Please enter valid data");
    let found = refusal.faults()[0].finding().to_string();
    assert!(
        found.contains("5000001, the number of 2 certificates"),
        "{found}"
    );
}

#[test]
fn a_hold_is_revoked_for_good_under_the_date_of_the_hold() {
    let (_folder, mut service) = service();
    create(&mut service, &[]).unwrap();
    let signed = include_bytes!("../../../../testdata/emca/serial.p7");
    let signed = ("signature", json!(STANDARD.encode(signed)));
    let end = |method, mode: u8| call(method, &[signed.clone(), ("revokeMode", json!(mode))]);
    let later: UnixSeconds = "2026-01-03T03:04:05Z".parse().unwrap();
    let suspend = end(Method::Suspend, 6);
    service.emca_revoke(suspend, now()).unwrap().unwrap();
    let revoke = || end(Method::Revoke, 1);
    service.emca_revoke(revoke(), later).unwrap().unwrap();
    let next_update = "2026-01-09T03:04:05Z".parse().unwrap();
    let (crl, _) = service.crl("rsa-root", later, next_update).unwrap();
    let entries = crl.entries();
    let entries: Vec<_> = entries
        .map(|entry| (entry.revocation_date(), entry.reason()))
        .collect();
    assert_eq!(entries, [(now(), CrlReason::KeyCompromise)]);
    let refusal = service.emca_revoke(revoke(), later).unwrap().unwrap_err();
    assert_eq!(refusal.message(), "Please enter valid data");
}

#[test]
fn the_calls_by_id_and_by_name_issue_on_the_request_alone() {
    let (_folder, mut service) = service();
    let of = [
        (Method::CreateCertificateById, ("profileID", "3"), 1),
        (Method::CreateCertificateP7bById, ("profileID", "3"), 2),
        (Method::CreateCertificate, ("profileName", "tls"), 1),
        (Method::CreateCertificateP7b, ("profileName", "tls"), 2),
    ];
    for (at, (method, (field, profile), certificates)) in of.into_iter().enumerate() {
        let id = format!("by-{at}");
        let changes = [
            ("profileID", Value::Null),
            (field, json!(profile)),
            ("applicationId", json!(id)),
            ("validity", json!("01:00:00:00")),
        ];
        let mut answer = || {
            let calls = vec![call(method, &changes)];
            let mut answers = service.emca_create(calls, &moment(), &mut rng()).unwrap();
            answers.pop().unwrap().unwrap()
        };
        let first = answer();
        assert_eq!(reply(&answer()), reply(&first), "{method}");
        let EmcaAnswer::Issued(issued) = first else {
            panic!("{method}")
        };
        let subject = issued.certificate.subject().to_string();
        assert_eq!(subject, "CN=gateway.example.com,O=Example,C=IN");
        // The calls by name have no validity, so the profile's counts.
        let days = if field == "profileID" { 1 } else { 730 };
        let validity = issued.certificate.validity();
        let seconds = validity.not_after().seconds() - validity.not_before().seconds();
        assert_eq!(seconds, days * 86_400, "{method}");
        let octets = EmcaAnswer::Issued(issued).reply().unwrap();
        let octets = STANDARD.decode(octets.result()).unwrap();
        let found = CertificatesOnly::from_der(&octets);
        let found = found.map_or(1, |message| message.certificates().len());
        assert_eq!(found, certificates, "{method}");
    }
}

#[test]
fn profiles_are_told_by_ca_and_by_name() {
    let (_folder, service) = service();
    let signed = include_bytes!("../../../../testdata/emca/profile-name.p7");
    let signed = [("signature", json!(STANDARD.encode(signed)))];
    let profile = service
        .emca_profile(call(Method::GetProfileInfoByProfileName, &signed))
        .unwrap();
    assert_eq!(profile.id(), "3");
    let refusal = service
        .emca_profiles(call(Method::GetCertificateProfileList, &signed))
        .unwrap_err();
    assert_eq!(refusal.message(), "Please enter valid data");
}
