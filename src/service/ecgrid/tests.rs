use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::Value;

use super::*;
use crate::lint;
use crate::vendor::ecgrid::enums::{CertificateUsage, SecureHashAlgorithm, Status};
use crate::vendor::ecgrid::error::FaultKind;

const CONFIG: &str = r#"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY-AS2"
[[ecgrid.comms]]
id = 5002
identifier = "DIVISION-AS2"
"#;

pub(super) fn now() -> UnixSeconds {
    "2026-05-07T00:00:00Z".parse().unwrap()
}

pub(super) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

pub(super) fn service(seed: u8) -> (tempfile::TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    drop(Service::open_or_create(&dir, now(), &mut rng(seed)).unwrap());
    std::fs::write(dir.join("certwright.toml"), CONFIG).unwrap();
    let service = Service::open(&dir).unwrap();
    (folder, service)
}

pub(super) fn create(
    service: &mut Service,
    requests: &[CreateRequest],
    seed: u8,
) -> Vec<Result<EcgridIssued, Refusal>> {
    let moment = Moment::at(now());
    let made = service.ecgrid_create(requests, &Caller::local(), &moment, &mut rng(seed));
    made.unwrap()
}

pub(super) fn rest(service: &Service, issued: &EcgridIssued) -> Value {
    let info = service.ecgrid_reply(issued, now());
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
#[test]
fn a_fixed_beginning_shapes_the_certificate_and_the_rules_keep_to_the_clock() {
    let (_folder, mut service) = service(20);
    let fixed = |not_before: &str| Moment {
        not_before: Some(not_before.parse().unwrap()),
        ..Moment::at(now())
    };
    let mut make = |request: CreateRequest, moment: Moment| {
        let made = service.ecgrid_create(&[request], &Caller::local(), &moment, &mut rng(21));
        made.unwrap().remove(0)
    };
    // Over by the clock, though not by the beginning asked for.
    let over = CreateRequest::new(5001).with_expires("2026-01-01T00:00:00Z".parse().unwrap());
    let refusal = make(over, fixed("2020-01-01T00:00:00Z")).unwrap_err();
    let rules = refusal.faults().iter().map(|fault| fault.finding().rule());
    assert_eq!(rules.collect::<Vec<_>>(), ["ecgrid.expires"]);
    let issued = make(CreateRequest::new(5001), fixed("2020-01-01T00:00:00Z")).unwrap();
    let validity = issued.certificate.validity();
    assert_eq!(validity.not_before().to_string(), "2020-01-01T00:00:00Z");
    assert_eq!(validity.not_after().to_string(), "2022-01-01T00:00:00Z");
}
