use super::*;
use crate::vendor::ecgrid::check::check;
use crate::vendor::ecgrid::enums::AuthLevel;
use crate::vendor::ecgrid::tests::{NOW, TestWorld, at, place_one, rules, strict_terms, terms_at};
use crate::vendor::ecgrid::wire::CreateRequest;

fn place(request: CreateRequest, caller: &Caller, world: &TestWorld) -> Result<Placed, Refusal> {
    let terms = terms_at(NOW);
    let checked = check(&[request], &terms).remove(0).unwrap();
    order(vec![checked], caller, world, &terms).remove(0)
}

#[test]
fn a_request_comes_to_key_subject_names_validity_and_profile() {
    let request = CreateRequest::new(5001).with_partner("PARTNER-AS2-ID");
    let placed = place_one(request, &terms_at(NOW)).unwrap();
    let order = placed.unkeyed();
    assert_eq!(order.key_algorithm().to_string(), "RSA-2048");
    assert_eq!(order.subject().to_string(), "CN=MYCOMPANY-AS2,O=My Company");
    let names: Vec<_> = order
        .subject_alt_names()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["directoryName:CN=PARTNER-AS2-ID"]);
    assert_eq!(order.validity().not_before(), at(NOW));
    assert_eq!(order.profile().name(), "ecgrid-encryption-and-signature");
    assert_eq!(
        order.profile().signature_algorithm_names(),
        "sha256WithRSAEncryption"
    );
    assert_eq!(placed.holder(), "5001");
    assert_eq!(placed.comm().id, 5001);
    assert_eq!(
        placed.partner().map(PartnerId::as_str),
        Some("PARTNER-AS2-ID")
    );
    assert_eq!(placed.supersedes(), None);
}

#[test]
fn a_comm_without_organization_is_its_identifier_alone() {
    let placed = place_one(CreateRequest::new(5002), &terms_at(NOW)).unwrap();
    assert_eq!(placed.unkeyed().subject().to_string(), "CN=DIVISION AS2");
    assert!(placed.unkeyed().subject_alt_names().is_empty());
    assert_eq!(placed.usage(), CertificateUsage::EncryptionAndSignature);
    assert_eq!(placed.hash(), SecureHashAlgorithm::Sha256);
}

#[test]
fn a_comm_that_is_absent_or_another_mailboxs_is_not_found() {
    let mut caller = Caller::local();
    caller.mailbox_id = Some(101);
    for (id, caller) in [(1, &Caller::local()), (5002, &caller)] {
        let refusal = place(CreateRequest::new(id), caller, &TestWorld::new()).unwrap_err();
        assert_eq!(refusal.stage(), Stage::World);
        assert_eq!(refusal.kind(), FaultKind::ObjectNotFound);
        let said = format!("commId: {id} was not found");
        assert_eq!(rules(&refusal), [("ecgrid.comm", said.as_str())]);
    }
    assert!(place(CreateRequest::new(5001), &caller, &TestWorld::new()).is_ok());
}

#[test]
fn a_level_that_is_too_low_is_denied_before_any_question() {
    let mut world = TestWorld::new();
    world.fails = true;
    let caller = Caller::new(AuthLevel::MailboxUser);
    let refusal = place(CreateRequest::new(5001), &caller, &world).unwrap_err();
    assert_eq!(refusal.kind(), FaultKind::AccessDenied);
    assert_eq!(refusal.stage(), Stage::Authentication);
    assert_eq!(rules(&refusal)[0].0, "ecgrid.auth-level");
}

#[test]
fn a_terminated_comm_gets_no_certificate() {
    let refusal = place_one(CreateRequest::new(5003), &terms_at(NOW)).unwrap_err();
    assert_eq!(
        rules(&refusal),
        [(
            "ecgrid.comm-status",
            "commId: is 5003, terminated, expected a Comm that is not terminated"
        )]
    );
}

#[test]
fn a_world_that_does_not_answer_is_an_internal_error() {
    let mut world = TestWorld::new();
    world.fails = true;
    let refusal = place(CreateRequest::new(5001), &Caller::local(), &world).unwrap_err();
    assert_eq!(refusal.kind(), FaultKind::Internal);
    assert_eq!(refusal.message(), "An internal error occurred.");
    assert_eq!(rules(&refusal)[0].0, "ecgrid.world");
}

#[test]
fn terms_without_sha1_have_no_profile_for_it() {
    let sha1 = CreateRequest::new(5001).with_hash(SecureHashAlgorithm::Sha1);
    let checked = check(&[sha1], &terms_at(NOW)).remove(0).unwrap();
    let world = TestWorld::new();
    let refused = order(vec![checked], &Caller::local(), &world, &strict_terms()).remove(0);
    assert_eq!(rules(&refused.unwrap_err())[0].0, "ecgrid.sha1");
}
