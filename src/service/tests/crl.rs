//! CRLs of what was issued here.

use super::*;

#[test]
fn what_is_revoked_stands_in_the_next_crl() {
    let (_folder, mut service) = service(5);
    let keys = keys(2);
    let rows = vec![apply("a", "a", &keys[0]), apply("b", "b", &keys[1])];
    let issued = service.enos_apply(rows, &Moment::at(now())).unwrap();
    let serial = issued[0].as_ref().unwrap().certificate.serial().clone();
    let next_update = "2026-01-09T03:04:05Z".parse().unwrap();
    let (empty, _) = service.crl("ecc-root", now(), next_update).unwrap();
    assert_eq!(empty.entries().count(), 0);
    let revoke = RevokeRequest::new(serial.to_string(), "open", "a")
        .or_org_id("o1")
        .with_reason(1);
    let answers = service
        .enos_revoke(&[revoke.clone(), revoke], now(), "tester")
        .unwrap();
    assert_eq!(codes(&answers), [0, 99400]);
    let (crl, _) = service.crl("ecc-root", now(), next_update).unwrap();
    let root = service
        .workspace()
        .current(Family::Ecc)
        .unwrap()
        .certificate()
        .clone();
    crl.verify_signature(root.public_key()).unwrap();
    assert_eq!(
        crl.entries().collect::<Vec<_>>(),
        [RevokedCertificate::new(
            serial,
            now(),
            CrlReason::KeyCompromise
        )]
    );
    let number = |crl: &crate::crl::Crl| crl.number().unwrap().and_then(|number| number.to_u64());
    assert_eq!([number(&empty), number(&crl)], [Some(1), Some(2)]);
}

/// A CA of ten days with these key usage bits, taken in under the name `plant`.
fn import_ca(service: &mut Service, key_usage: &str) {
    let text = format!(
        r#"
name = "plant"
serial = {{ random = {{ octets = 16 }} }}
subject_keys = ["P-256"]
signature_algorithms = ["ecdsa-with-SHA256"]
validity = {{ default_days = 10 }}
extensions = [
  {{ type = "basicConstraints", ca = true, critical = true }},
  {{ type = "keyUsage", bits = [{key_usage}], critical = true }},
  {{ type = "subjectKeyIdentifier" }},
]
"#
    );
    let profile = Arc::new(Profile::from_toml(&text).unwrap());
    let validity = profile.validity(now(), None).unwrap();
    let key = keys(1).remove(0);
    let order = Order::for_key(&key, "CN=plant".parse().unwrap(), profile, validity);
    let serial = SerialNumber::from_u64(1).unwrap();
    let prepared = IssuerName::of_subject(&order, &serial)
        .prepare(&order, serial)
        .unwrap();
    let signer = Signer::new(key);
    let certificate = signer.sign(vec![prepared]).remove(0).unwrap();
    service
        .workspace_mut()
        .import_authority("plant", certificate, Some(signer.key()), false, now())
        .unwrap();
}

#[test]
fn a_ca_without_crl_sign_issues_no_crl() {
    let (_folder, mut service) = service(6);
    import_ca(&mut service, "\"keyCertSign\"");
    let next_update = "2026-01-09T03:04:05Z".parse().unwrap();
    let error = service.crl("plant", now(), next_update).unwrap_err();
    assert!(matches!(error, ServiceError::CrlIssuer(_)), "{error:?}");
}

#[test]
fn a_crl_does_not_outlive_its_ca() {
    let (_folder, mut service) = service(7);
    import_ca(&mut service, "\"keyCertSign\", \"cRLSign\"");
    let last_second = "2026-01-12T03:04:05Z".parse().unwrap();
    let late = "2026-01-12T03:04:06Z".parse().unwrap();
    let error = service.crl("plant", now(), late).unwrap_err();
    assert!(
        matches!(error, ServiceError::CrlOutlivesCa { next_update, not_after }
            if next_update == late && not_after == last_second),
        "{error:?}"
    );
    // What is refused takes no number.
    let (crl, _) = service.crl("plant", now(), last_second).unwrap();
    let number = crl.number().unwrap().and_then(|number| number.to_u64());
    assert_eq!(number, Some(1));
}

#[test]
fn a_crl_is_published_when_its_caller_says_so() {
    let (_folder, mut service) = service(8);
    let next_update = "2026-01-09T03:04:05Z".parse().unwrap();
    let ecc = service.workspace().authority("ecc-root").unwrap().id();
    let (_, published) = service.crl("ecc-root", now(), next_update).unwrap();
    assert_eq!(service.ledger().last_crl(ecc).unwrap(), None);
    service.crl_recorded(&published).unwrap();
    let recorded = PublishedCrl {
        issuer: ecc,
        number: 1,
        this_update: now(),
        next_update,
        entries: 0,
        changes: Some(0),
    };
    assert_eq!(service.ledger().last_crl(ecc).unwrap(), Some(recorded));
    let overlap = Lifetime::from_days(1).unwrap();
    let need = service.crl_need("ecc-root", now(), overlap).unwrap();
    assert_eq!(need, None, "it shows all there is to show");
    // A list that never got out leaves a gap in the numbers, nothing else.
    let (lost, _) = service.crl("ecc-root", now(), next_update).unwrap();
    let number = lost.number().unwrap().and_then(|number| number.to_u64());
    assert_eq!(number, Some(2));
    assert_eq!(service.ledger().last_crl(ecc).unwrap(), Some(recorded));
}
