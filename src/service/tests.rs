use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::crl::RevokedCertificate;
use crate::ext::{CrlReason, Extensions};
use crate::issuer::{IssuerName, Signer};
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use crate::ledger::PublishedCrl;
use crate::name::{Name, StringType};
use crate::oid;
use crate::order::Order;
use crate::profile::Profile;
use crate::request;
use crate::request::RequestDraft;
use crate::time::Lifetime;
use crate::vendor::enos::error::Refusal;
use crate::vendor::enos::wire::{ApplyRequest, ListRequest, RenewRequest, RevokeRequest};
use crate::workspace::{Family, NewAuthority, NewKey, Term};

mod crl;
mod renewal;

fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn service(seed: u8) -> (tempfile::TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    let mut rng = ChaCha20Rng::from_seed([seed; 32]);
    let (service, created) =
        Service::open_or_create(&folder.path().join("w"), now(), &mut rng).unwrap();
    assert!(created);
    (folder, service)
}

fn keys(n: usize) -> Vec<KeyPair> {
    let keys = key::generate(KeyAlgorithm::P256, n, &mut ChaCha20Rng::from_seed([77; 32]));
    keys.into_iter().map(Result::unwrap).collect()
}

fn apply(device: &str, common_name: &str, key: &KeyPair) -> ApplyRequest {
    let subject = format!("CN={common_name},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN");
    apply_as(device, &subject.parse().unwrap(), key)
}

fn apply_as(device: &str, subject: &Name, key: &KeyPair) -> ApplyRequest {
    let draft = RequestDraft {
        subject,
        key,
        algorithm: SignatureAlgorithm::default_for(key.public_key()).unwrap(),
        extensions: &Extensions::default(),
    };
    let request = request::sign(&[draft]).remove(0).unwrap();
    ApplyRequest::new()
        .with_org_id("o1")
        .with_product_key("open")
        .with_device_key(device)
        .with_issue_authority("ECC")
        .with_csr_octets(request.as_der().to_vec())
}

fn codes<T>(answers: &[Result<T, Refusal>]) -> Vec<u32> {
    let code = |answer: &Result<T, Refusal>| answer.as_ref().err().map_or(0, Refusal::code);
    answers.iter().map(code).collect()
}

#[test]
fn what_is_issued_is_in_the_ledger_with_its_serial() {
    let (_folder, mut service) = service(1);
    let keys = keys(3);
    let rows = vec![
        apply("a", "a", &keys[0]),
        apply("b", "b", &keys[1]),
        apply("c", "c", &keys[2]),
    ];
    let issued = service.enos_apply(rows, &Moment::at(now())).unwrap();
    for (issued, serial) in issued.into_iter().zip(1..) {
        let issued = issued.unwrap();
        assert_eq!(issued.certificate.serial().to_u64(), Some(serial));
        assert_eq!(issued.holder, format!("open/{}", issued.device_key));
        let root = issued.chain[0].public_key();
        issued.certificate.verify_signature(root).unwrap();
        let found = service
            .ledger()
            .find_by_fingerprint(&issued.certificate.sha256())
            .unwrap();
        assert_eq!(found[0].certificate, issued.certificate.as_der());
        assert_eq!(found[0].holder.as_deref(), Some(issued.holder.as_str()));
    }
}

#[test]
fn an_ecc_reply_has_the_ecc_roots_address_certificate_and_signature() {
    let (_folder, mut service) = service(14);
    let issued = service.enos_apply(vec![apply("a", "a", &keys(1)[0])], &Moment::at(now()));
    let issued = issued.unwrap().remove(0).unwrap();
    let algorithm = issued.certificate.signature_algorithm();
    assert_eq!(algorithm, SignatureAlgorithm::EcdsaWithSha256);
    let oids: Vec<_> = issued.certificate.extensions().iter().collect();
    assert_eq!(oids.len(), 5);
    assert!(oids.iter().all(|extension| !extension.critical()));
    let id = crate::vendor::enos::reply::RequestId::random(&mut ChaCha20Rng::from_seed([1; 32]));
    let reply = issued.reply(id.unwrap()).to_json().unwrap();
    let reply: serde_json::Value = serde_json::from_str(&reply).unwrap();
    let data = &reply["data"];
    assert_eq!(data["issueAuthority"], "ECC");
    assert_eq!(data["certSN"], issued.certificate.serial().to_string());
    assert_eq!(
        data["certChainURL"],
        "https://localhost:8443/enos/CA/cacert/ECC"
    );
    let root = service.workspace().current(Family::Ecc).unwrap();
    let root = root.certificate().to_pem();
    assert_eq!(data["caCert"], root.trim_end());
}

#[test]
fn a_hold_is_revoked_for_good_and_is_no_certificate_to_renew() {
    let (_folder, mut service) = service(15);
    let keys = keys(1);
    let issued = service.enos_apply(vec![apply("a", "a", &keys[0])], &Moment::at(now()));
    let serial = issued
        .unwrap()
        .remove(0)
        .unwrap()
        .certificate
        .serial()
        .to_string();
    let revoke = |reason| {
        RevokeRequest::new(serial.clone(), "open", "a")
            .or_org_id("o1")
            .with_reason(reason)
    };
    let mut answer = |reason, at| {
        let answers = service
            .enos_revoke(&[revoke(reason)], at, "tester")
            .unwrap();
        codes(&answers)[0]
    };
    let later: UnixSeconds = "2026-01-03T03:04:05Z".parse().unwrap();
    assert_eq!([answer(6, now()), answer(6, later)], [0, 99400]);
    let renew = RenewRequest::new(serial.clone(), apply("a", "a", &keys[0]));
    let renewed = service.enos_renew(vec![renew], &Moment::at(later)).unwrap();
    assert_eq!(codes(&renewed), [99400]);
    let mut answer = |reason, at| {
        let answers = service
            .enos_revoke(&[revoke(reason)], at, "tester")
            .unwrap();
        codes(&answers)[0]
    };
    assert_eq!([answer(1, later), answer(1, later)], [0, 99400]);
    let next_update = "2026-01-09T03:04:05Z".parse().unwrap();
    let (crl, _) = service.crl("ecc-root", later, next_update).unwrap();
    let entries = crl.entries();
    let entries: Vec<_> = entries
        .map(|entry| (entry.revocation_date(), entry.reason()))
        .collect();
    assert_eq!(entries, [(now(), CrlReason::KeyCompromise)]);
}

#[test]
fn one_is_refused_alone_and_a_fixed_serial_follows_the_place() {
    let (_folder, mut service) = service(2);
    let keys = keys(3);
    let rows = vec![
        apply("a", "a", &keys[0]),
        apply("b", "a", &keys[1]),
        apply("c", "c", &keys[0]),
        apply("d", "d", &keys[2]),
    ];
    let moment = Moment {
        serial_start: Some("32720".parse().unwrap()),
        not_before: Some("2026-01-01T00:00:00Z".parse().unwrap()),
        ..Moment::at(now())
    };
    let answers = service.enos_apply(rows, &moment).unwrap();
    assert_eq!(codes(&answers), [0, 99400, 11833, 0]);
    let last = &answers[3].as_ref().unwrap().certificate;
    assert_eq!(last.serial().to_string(), "32723");
    assert_eq!(
        last.validity().not_before().to_string(),
        "2026-01-01T00:00:00Z"
    );
    let rest = service
        .enos_apply(vec![apply("e", "d", &keys[1])], &Moment::at(now()))
        .unwrap();
    assert_eq!(codes(&rest), [99400]);
}

#[test]
fn the_same_subject_in_another_encoding_is_a_duplicate() {
    let (_folder, mut service) = service(9);
    let keys = keys(3);
    let printable = Name::from_attributes(
        &[
            (oid::COUNTRY, "CN"),
            (oid::STATE_OR_PROVINCE, "Shanghai"),
            (oid::LOCALITY, "Shanghai"),
            (oid::ORGANIZATION, "ACME"),
            (oid::ORGANIZATIONAL_UNIT, " Lab"),
            (oid::COMMON_NAME, "A"),
        ]
        .map(|(oid, text)| (oid, StringType::PrintableString, text)),
    )
    .unwrap();
    // In one slice, and when the first is in the ledger.
    let rows = vec![
        apply("a", "a", &keys[0]),
        apply_as("b", &printable, &keys[1]),
    ];
    let moment = Moment::at(now());
    let answers = service.enos_apply(rows, &moment).unwrap();
    assert_eq!(codes(&answers), [0, 99400]);
    let row = apply_as("c", &printable, &keys[2]);
    let answers = service.enos_apply(vec![row], &moment).unwrap();
    assert_eq!(codes(&answers), [99400]);
    let rule = answers[0].as_ref().unwrap_err().faults()[0]
        .finding()
        .rule();
    assert_eq!(rule, "enos.duplicate-subject");
}

#[test]
fn a_serial_that_is_taken_issues_nothing() {
    let (_folder, mut service) = service(3);
    let keys = keys(2);
    let moment = Moment {
        serial_start: Some("5".parse().unwrap()),
        ..Moment::at(now())
    };
    let first = service
        .enos_apply(vec![apply("a", "a", &keys[0])], &moment)
        .unwrap();
    assert_eq!(codes(&first), [0]);
    let second = service
        .enos_apply(vec![apply("b", "b", &keys[1])], &moment)
        .unwrap();
    assert_eq!(codes(&second), [99400]);
    let rule = second[0].as_ref().unwrap_err().faults()[0].finding().rule();
    assert_eq!(rule, "enos.serial-taken");
    let found = service.ledger().find_by_holder("enos", "open/b").unwrap();
    assert_eq!(found, []);
    let third = service
        .enos_apply(vec![apply("b", "b", &keys[1])], &Moment::at(now()))
        .unwrap();
    assert_ne!(
        third[0].as_ref().unwrap().certificate.serial().to_u64(),
        Some(5)
    );
}

#[test]
fn both_authorities_count_together() {
    let (_folder, mut service) = service(6);
    let rsa = key::generate(
        KeyAlgorithm::Rsa2048,
        1,
        &mut ChaCha20Rng::from_seed([78; 32]),
    );
    let rsa = rsa.into_iter().next().unwrap().unwrap();
    let keys = keys(3);
    let fixed = Moment {
        serial_start: Some("2".parse().unwrap()),
        ..Moment::at(now())
    };
    let explicit = service.enos_apply(vec![apply("x", "x", &keys[0])], &fixed);
    assert_eq!(codes(&explicit.unwrap()), [0]);
    let mut numbers = Vec::new();
    for rows in [
        vec![apply("a", "a", &keys[1])],
        vec![
            apply("a", "b", &rsa).with_issue_authority("RSA"),
            apply("c", "c", &keys[2]),
        ],
    ] {
        for issued in service.enos_apply(rows, &Moment::at(now())).unwrap() {
            numbers.push(issued.unwrap().certificate.serial().to_u64().unwrap());
        }
    }
    // Number 2 is the ECC authority's; the RSA authority passes over it too.
    assert_eq!(numbers, [1, 3, 4]);
}

#[test]
fn numbers_go_on_when_every_authority_is_another() {
    let (_folder, mut service) = service(16);
    let keys = keys(2);
    let first = service.enos_apply(vec![apply("a", "a", &keys[0])], &Moment::at(now()));
    let workspace = service.workspace_mut();
    for (number, old) in (1..).zip(["rsa-root", "ecc-root"]) {
        let algorithm = workspace.authority(old).unwrap().certificate().public_key();
        let key = NewKey::Fresh(algorithm.algorithm().unwrap());
        let name = format!("plant-{number}");
        let new = NewAuthority {
            name: &name,
            subject: format!("CN={name}").parse().unwrap(),
            key,
            parent: None,
            profile: None,
            path_len: None,
            permitted: Vec::new(),
            excluded: Vec::new(),
            term: Term::Default,
            current: true,
        };
        let mut rng = ChaCha20Rng::from_seed([number; 32]);
        workspace.new_authority(&new, now(), &mut rng).unwrap();
    }
    let second = service.enos_apply(vec![apply("b", "b", &keys[1])], &Moment::at(now()));
    let numbers = [first, second].map(|mut answers| {
        let issued = answers.as_mut().unwrap().remove(0).unwrap();
        issued.certificate.serial().to_u64().unwrap()
    });
    assert_eq!(numbers, [1, 2]);
}

#[test]
fn a_number_that_clients_cannot_send_back_is_not_given() {
    let (_folder, mut service) = service(8);
    let keys = keys(2);
    let moment = Moment {
        serial_start: Some("2147483647".parse().unwrap()),
        ..Moment::at(now())
    };
    let rows = vec![apply("a", "a", &keys[0]), apply("b", "b", &keys[1])];
    let answers = service.enos_apply(rows, &moment).unwrap();
    assert_eq!(codes(&answers), [0, 99400]);
    assert_eq!(
        answers[1].as_ref().unwrap_err().faults()[0]
            .finding()
            .rule(),
        "enos.serial"
    );
}
