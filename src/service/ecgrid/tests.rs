use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use super::*;
#[cfg(feature = "p12")]
use crate::bundle::p12::{P12Consumer, P12Draft, P12Password, p12, read_p12};
#[cfg(feature = "p12")]
use crate::key::Passphrase;
use crate::lint;
use crate::vendor::ecgrid::element::Element;
use crate::vendor::ecgrid::enums::{AuthLevel, CertificateUsage, SecureHashAlgorithm, Status};
use crate::vendor::ecgrid::error::FaultKind;
use crate::vendor::ecgrid::wire::Call;

const CONFIG: &str = r#"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY-AS2"
[[ecgrid.comms]]
id = 5002
identifier = "DIVISION-AS2"
"#;

fn now() -> UnixSeconds {
    "2026-05-07T00:00:00Z".parse().unwrap()
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

fn service(seed: u8) -> (tempfile::TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    drop(Service::open_or_create(&dir, now(), &mut rng(seed)).unwrap());
    std::fs::write(dir.join("certwright.toml"), CONFIG).unwrap();
    let service = Service::open(&dir).unwrap();
    (folder, service)
}

fn create(
    service: &mut Service,
    requests: &[CreateRequest],
    seed: u8,
) -> Vec<Result<EcgridIssued, Refusal>> {
    let moment = Moment::at(now());
    let made = service.ecgrid_create(requests, &Caller::local(), &moment, &mut rng(seed));
    made.unwrap()
}

fn rest(service: &Service, issued: &EcgridIssued) -> Value {
    let info = service.ecgrid_reply(issued, now()).unwrap();
    serde_json::to_value(info.to_rest()).unwrap()
}

#[test]
fn what_is_made_is_recorded_and_its_key_is_on_disk() {
    let (_folder, mut service) = service(1);
    let requests = [
        CreateRequest::new(5001).with_partner("P"),
        CreateRequest::new(9),
        CreateRequest::new(5002).with_usage(CertificateUsage::Ssl),
    ];
    let made = create(&mut service, &requests, 2);
    assert_eq!(
        made[1].as_ref().unwrap_err().kind(),
        FaultKind::ObjectNotFound
    );
    for (at, id, comm) in [(0, 1, 5001), (2, 2, 5002)] {
        let issued = made[at].as_ref().unwrap();
        assert_eq!((issued.cert_key_id, issued.comm.id), (id, comm));
        let certificate = &issued.certificate;
        certificate
            .verify_signature(certificate.public_key())
            .unwrap();
        assert_eq!(lint::run(certificate.tbs(), &[]), []);
        assert!(certificate.serial().as_be_bytes().len() >= 14);
        let key = service.workspace().read_key("ecgrid", id).unwrap();
        assert_eq!(key.public_key(), certificate.public_key());
        let records = service.ledger().find_by_holder("ecgrid", &comm.to_string());
        let records = records.unwrap();
        assert_eq!(records[0].certificate, certificate.as_der());
        assert_eq!(records[0].row_key.as_deref(), Some(id.to_string().as_str()));
    }
    let shown = rest(&service, made[0].as_ref().unwrap());
    assert_eq!(shown["certificates"][0]["certKeyId"], 1);
    assert_eq!(shown["certificates"][0]["partnerId"], "P");
    assert_eq!(shown["certificates"][0]["hasPrivateKey"], true);
}

#[test]
fn the_same_requests_and_seed_give_the_same_octets() {
    let requests = [CreateRequest::new(5001)];
    let [one, other] = [3, 4].map(|seed| {
        let (_folder, mut service) = service(seed);
        create(&mut service, &requests, 5)
            .remove(0)
            .unwrap()
            .certificate
    });
    assert_eq!(one, other);
}

#[test]
fn a_renewal_joins_the_old_one_and_a_termination_ends_it() {
    let (_folder, mut service) = service(6);
    let request = CreateRequest::new(5001).with_usage(CertificateUsage::Signature);
    let old = create(&mut service, &[request], 7).remove(0).unwrap();
    let renew = RenewRequest::new(5001, old.cert_key_id)
        .with_overlap_days(30)
        .with_hash(SecureHashAlgorithm::Sha512);
    let moment = Moment::at(now());
    let renewed = service.ecgrid_renew(&[renew], &Caller::local(), &moment, &mut rng(8));
    let new = renewed.unwrap().remove(0).unwrap();
    assert_ne!(new.certificate.public_key(), old.certificate.public_key());
    let begin = new.certificate.validity().not_before().to_string();
    assert_eq!(begin, "2028-04-07T00:00:00Z");
    let records = service.ledger().find_by_holder("ecgrid", "5001").unwrap();
    assert_eq!(records[1].supersedes, Some(records[0].id));
    let end = TerminateRequest::new(5001, old.cert_key_id);
    service
        .ecgrid_terminate(&end, &Caller::local(), now())
        .unwrap()
        .unwrap();
    let again = service
        .ecgrid_terminate(&end, &Caller::local(), now())
        .unwrap();
    assert_eq!(again.unwrap_err().kind(), FaultKind::InvalidParameter);
    let info = service.ecgrid_comm_info(&CommInfoRequest::new(5001), &Caller::local(), now());
    let info = info.unwrap();
    let status: Vec<_> = info
        .cert_keys()
        .iter()
        .map(|key| key.status_at(now()))
        .collect();
    assert_eq!(status, [Status::Terminated, Status::Preproduction]);
    assert_eq!(info.cert_keys()[1].usage, CertificateUsage::Signature);
}

/// The PKCS #12 of what was made, as its owner would have it.
#[cfg(feature = "p12")]
fn pkcs12(service: &Service, made: &EcgridIssued, password: &str) -> Vec<u8> {
    let key = service.workspace().read_key("ecgrid", made.cert_key_id);
    let password = Passphrase::new(password.to_owned()).unwrap();
    let draft = P12Draft {
        key: &key.unwrap(),
        leaf_first: std::slice::from_ref(&made.certificate),
        alias: "own",
    };
    let password = P12Password::Passphrase(&password);
    p12(P12Consumer::Modern, &draft, password).unwrap()
}

#[test]
#[cfg(feature = "p12")]
fn a_pkcs12_that_does_not_open_is_refused() {
    let (_folder, mut service) = service(11);
    let made = create(&mut service, &[CreateRequest::new(5002)], 12)
        .remove(0)
        .unwrap();
    let octets = pkcs12(&service, &made, "secret");
    for (octets, password, reason) in [
        (&octets[..], "other", "password is wrong"),
        (&octets[..], "", "password is wrong"),
        (&octets[1..], "secret", "PKCS #12"),
        (made.certificate.as_der(), "secret", "PKCS #12"),
    ] {
        let fields = json!({
            "commId": 5001, "certType": "X509", "cert": STANDARD.encode(octets), "password": password,
        });
        let call = Call::Json(fields.as_object().unwrap());
        let request = AddPrivateRequest::read(&call).unwrap();
        let refusal = service.ecgrid_add_private(&request, &Caller::local(), now());
        let refusal = refusal.unwrap().unwrap_err();
        assert_eq!(refusal.kind(), FaultKind::InvalidParameter);
        let finding = refusal.faults()[0].finding();
        assert_eq!(finding.rule(), "ecgrid.pkcs12");
        assert!(finding.found().contains(reason), "{}", finding.found());
    }
}

#[test]
#[cfg(feature = "p12")]
fn a_private_key_is_handed_out_under_a_password_to_those_who_manage() {
    let (_folder, mut service) = service(13);
    let made = create(&mut service, &[CreateRequest::new(5001)], 14)
        .remove(0)
        .unwrap();
    let info = |service: &Service| {
        let request = CommInfoRequest::new(5001);
        service
            .ecgrid_comm_info(&request, &Caller::local(), now())
            .unwrap()
    };
    let shown = |seed: u8| {
        let caller = Caller::local();
        let shown = service.ecgrid_with_pfx(info(&service), &caller, &mut rng(seed));
        shown.unwrap().to_soap()
    };
    let of = |shown: &Element, name: &str| {
        let certificate = shown
            .child("Certificates")
            .unwrap()
            .child("Certificate")
            .unwrap();
        let found = certificate.child("RootInfo").unwrap().child(name).unwrap();
        found.text_content().unwrap().to_owned()
    };
    let [one, other] = [15, 16].map(shown);
    assert_ne!(of(&one, "Password"), of(&other, "Password"));
    assert_eq!(of(&one, "Password").len(), 20);
    let octets = STANDARD.decode(of(&one, "PrivatePFX")).unwrap();
    let password = Passphrase::new(of(&one, "Password")).unwrap();
    let contents = read_p12(&octets, P12Password::Passphrase(&password)).unwrap();
    assert_eq!(contents.leaf_first(), [made.certificate]);
    assert_eq!(contents.alias(), Some("MYCOMPANY-AS2"));
    let user = Caller::new(AuthLevel::MailboxUser);
    let refusal = service.ecgrid_with_pfx(info(&service), &user, &mut rng(17));
    assert_eq!(refusal.unwrap_err().kind(), FaultKind::AccessDenied);
}

#[test]
#[cfg(feature = "p12")]
fn what_was_added_is_kept_with_its_key_until_it_is_terminated() {
    let (_folder, mut service) = service(9);
    let made = create(&mut service, &[CreateRequest::new(5002)], 10)
        .remove(0)
        .unwrap();
    let fields = json!({
        "commId": 5001, "certType": "X509", "usage": "Encryption", "partnerCommId": 5002,
        "cert": STANDARD.encode(made.certificate.as_der()), "keyId": "k",
    });
    let call = Call::Json(fields.as_object().unwrap());
    let request = AddPublicRequest::read(&call).unwrap();
    let public = service.ecgrid_add_public(&request, &Caller::local(), now());
    let public = public.unwrap().unwrap();
    assert_eq!(public.cert_key_id, 2);
    assert!(service.workspace().read_key("ecgrid", 2).is_err());
    let again = service
        .ecgrid_add_public(&request, &Caller::local(), now())
        .unwrap();
    assert_eq!(again.unwrap_err().kind(), FaultKind::DuplicateObject);
    let end = TerminateRequest::new(5001, 2);
    service
        .ecgrid_terminate(&end, &Caller::local(), now())
        .unwrap()
        .unwrap();
    let fields = json!({
        "commId": 5001, "certType": "X509", "usage": "Encryption", "partnerAs2Id": "P",
        "cert": STANDARD.encode(pkcs12(&service, &made, "secret")), "password": "secret",
    });
    let call = Call::Json(fields.as_object().unwrap());
    let request = AddPrivateRequest::read(&call).unwrap();
    let private = service.ecgrid_add_private(&request, &Caller::local(), now());
    let private = private.unwrap().unwrap();
    assert_eq!(private.cert_key_id, 3);
    let kept = service.workspace().read_key("ecgrid", 3).unwrap();
    assert_eq!(kept.public_key(), made.certificate.public_key());
    let shown = rest(&service, &private);
    let of = |at: usize, name: &str| shown["certificates"][at][name].clone();
    assert_eq!([of(0, "status"), of(1, "status")], ["Terminated", "Active"]);
    assert_eq!(
        [of(0, "hasPrivateKey"), of(1, "hasPrivateKey")],
        [false, true]
    );
    assert_eq!([of(0, "partnerId"), of(0, "keyId")], ["DIVISION-AS2", "k"]);
    assert_eq!(of(0, "usage"), "Encryption");
    let list = service.ecgrid_comm_list(&CommListRequest::default(), &Caller::local(), now());
    assert_eq!(list.unwrap().len(), 2);
}
