use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use super::*;
use crate::bundle::p12::{P12Consumer, P12Draft, P12Password, p12, read_p12};
use crate::key::Passphrase;
use crate::service::Moment;
use crate::service::ecgrid::EcgridIssued;
use crate::service::ecgrid::tests::{create, now, rest, rng, service};
use crate::service::exports;
use crate::vendor::ecgrid::element::Element;
use crate::vendor::ecgrid::enums::AuthLevel;
use crate::vendor::ecgrid::error::FaultKind;
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::wire::{
    AddPublicRequest, Call, CommInfoRequest, CommListRequest, CreateRequest, TerminateRequest,
};

/// The PKCS #12 of what was made, as its owner would have it.
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
fn a_private_key_is_handed_out_under_a_password_to_those_who_manage() {
    let (_folder, mut service) = service(13);
    let made = create(&mut service, &[CreateRequest::new(5001)], 14)
        .remove(0)
        .unwrap();
    let one_serial = made.certificate.serial().to_string();
    let info = |service: &Service| {
        let request = CommInfoRequest::new(5001);
        service
            .ecgrid_comm_info(&request, &Caller::local(), now())
            .unwrap()
    };
    let mut shown = |seed: u8| {
        let (info, caller) = (info(&service), Caller::local());
        let shown = service.ecgrid_with_pfx(info, &caller, now(), &mut rng(seed));
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
    let [one, other] = [15, 16].map(&mut shown);
    assert_ne!(of(&one, "Password"), of(&other, "Password"));
    assert_eq!(of(&one, "Password").len(), 20);
    let octets = STANDARD.decode(of(&one, "PrivatePFX")).unwrap();
    let password = Passphrase::new(of(&one, "Password")).unwrap();
    let contents = read_p12(&octets, P12Password::Passphrase(&password)).unwrap();
    assert_eq!(contents.leaf_first(), [made.certificate]);
    assert_eq!(contents.alias(), Some("MYCOMPANY-AS2"));
    let user = Caller::new(AuthLevel::MailboxUser);
    let info = info(&service);
    let refusal = service.ecgrid_with_pfx(info, &user, now(), &mut rng(17));
    assert_eq!(refusal.unwrap_err().kind(), FaultKind::AccessDenied);
    let told = format!("RootInfo, ecgrid {}", one_serial);
    assert_eq!(exports::told(&service), [told.clone(), told]);
}

/// How many private keys the reply of an operation brings.
fn handed_out(
    service: &mut Service,
    operation: Operation,
    parameters: &[(&str, &str)],
    rng: &mut ChaCha20Rng,
) -> usize {
    let (caller, moment) = (Caller::local(), Moment::at(now()));
    let call = Call::Elements(parameters);
    let answer = service.ecgrid_answer(operation, &call, &caller, &moment, rng);
    let xml = answer.unwrap().unwrap().to_soap().to_xml(None);
    xml.matches("<RootInfo>").count()
}

#[test]
fn a_reply_brings_the_new_key_and_comm_info_those_in_use_and_readable() {
    let (folder, mut service) = service(25);
    let rng = &mut rng(30);
    let parameters = [
        ("CommID", "5001"),
        ("BeginUsage", "2026-05-07T00:00:00Z"),
        ("Usage", "Signature"),
        ("SecureHashAlgorithm", "sha2"),
        ("Expires", "2028-05-07T00:00:00Z"),
    ];
    let comm = &parameters[..1];
    for in_use in 1..=3 {
        assert_eq!(
            handed_out(&mut service, Operation::CreatePrivate, &parameters, rng),
            1
        );
        assert_eq!(
            handed_out(&mut service, Operation::CommInfo, comm, rng),
            in_use
        );
    }
    // Each that was in a reply, and no other.
    assert_eq!(exports::told(&service).len(), 3 + (1 + 2 + 3));
    let end = TerminateRequest::new(5001, 2);
    let ended = service.ecgrid_terminate(&end, &Caller::local(), now());
    ended.unwrap().unwrap();
    assert_eq!(handed_out(&mut service, Operation::CommInfo, comm, rng), 2);
    // A damaged key file takes its own entry out, and makes no refusal of what is recorded.
    let key = folder.path().join("w/keys/ecgrid/1.pem");
    assert!(key.exists());
    std::fs::write(key, "damaged").unwrap();
    assert_eq!(handed_out(&mut service, Operation::CommInfo, comm, rng), 1);
    assert_eq!(
        handed_out(&mut service, Operation::CreatePrivate, &parameters, rng),
        1
    );
    // REST has no place for them, so none is made.
    let fields = json!({ "commId": 5001 });
    let call = Call::Json(fields.as_object().unwrap());
    let (caller, moment) = (Caller::local(), Moment::at(now()));
    let answer = service.ecgrid_answer(Operation::CommInfo, &call, &caller, &moment, rng);
    let xml = answer.unwrap().unwrap().to_soap().to_xml(None);
    assert_eq!(xml.matches("<RootInfo>").count(), 0);
    assert_eq!(exports::told(&service).len(), 9 + 2 + 1 + 1);
}

#[test]
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
