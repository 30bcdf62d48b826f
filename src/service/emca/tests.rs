use std::fs;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use super::*;
use crate::cms::CertificatesOnly;
use crate::ext::CrlReason;
#[cfg(feature = "p12")]
use crate::service::exports;
use crate::vendor::Stage;

#[cfg(feature = "p12")]
mod pfx;
mod siblings;

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([4; 32])
}

fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

fn moment() -> Moment {
    Moment::at(now())
}

/// A workspace with two users and three profiles.
fn service() -> (tempfile::TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    drop(Service::open_or_create(&dir, now(), &mut rng).unwrap());
    let signer = include_str!("../../../testdata/emca/signer.cert.pem");
    let mut settings = SETTINGS.replace("SIGNER", signer);
    if cfg!(feature = "p12") {
        settings.push_str("p12_for = \"fips\"\n");
    }
    fs::write(dir.join("certwright.toml"), settings).unwrap();
    (folder, Service::open(&dir).unwrap())
}

fn call(method: Method, changes: &[(&str, Value)]) -> EmcaCall<'static> {
    let signed = include_bytes!("../../../testdata/emca/ber.p7");
    let mut object = json!({
        "signature": STANDARD.encode(signed),
        "userName": "apiuser",
        "password": "apipass",
        "profileID": "3",
        "subscriberId": "sub-1",
        "sANValues": "dNSName=www.example.com",
        "subjectDNOids": "2.5.4.3|gateway~2.5.4.10|Example~2.5.4.6|IN",
        "isP7BRequest": "false",
        "applicationId": "app-1",
        "remarks": "lost",
    });
    for (name, value) in changes {
        object[*name] = value.clone();
    }
    EmcaCall {
        method,
        body: EmcaBody::Opened(Box::new(
            Request::from_object(method, object.as_object().unwrap()).unwrap(),
        )),
        caller: Caller::Local,
    }
}

fn create(service: &mut Service, changes: &[(&str, Value)]) -> Result<EmcaAnswer, Refusal> {
    let calls = vec![call(Method::CreateCustomCertificateById, changes)];
    service
        .emca_create(calls, &moment(), &mut rng())
        .unwrap()
        .pop()
        .unwrap()
}

fn reply(answer: &EmcaAnswer) -> Value {
    serde_json::from_str(&answer.reply().unwrap().to_json().unwrap()).unwrap()
}

fn serial(answer: &EmcaAnswer) -> u64 {
    match answer {
        EmcaAnswer::Issued(issued) => issued.certificate.serial().to_u64().unwrap(),
        EmcaAnswer::Earlier(_) => panic!("{answer:?}"),
    }
}

#[test]
fn bodies_of_openssl_and_bouncycastle_are_answered_with_a_certificate_of_the_ca() {
    let (_folder, mut service) = service();
    let root = service
        .workspace()
        .current(Family::Rsa)
        .unwrap()
        .certificate()
        .clone();
    let key = "772a2b5a1909603fae1b8efad45571069ce5ab6f";
    let bodies: [&[u8]; 2] = [
        include_bytes!("../../../testdata/emca/openssl-body.json"),
        include_bytes!("../../../testdata/emca/bc-body.json"),
    ];
    let calls = bodies.map(|body| EmcaCall {
        method: Method::CreateCustomCertificateById,
        body: EmcaBody::Sealed(Sealed::from_json(body).unwrap()),
        caller: Caller::Remote {
            address: "127.0.0.1".parse().unwrap(),
            em_key: Some(key),
        },
    });
    let answers = service
        .emca_create(calls.into(), &moment(), &mut rng())
        .unwrap();
    let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(
        [serial(&answers[0]), serial(&answers[1])],
        [5_000_001, 5_000_002]
    );
    for answer in &answers {
        let EmcaAnswer::Issued(issued) = answer else {
            panic!("{answer:?}")
        };
        issued
            .certificate
            .verify_signature(root.public_key())
            .unwrap();
        let records = service
            .ledger()
            .find_by_fingerprint(&issued.certificate.sha256());
        assert_eq!(records.unwrap().len(), 1);
    }
    let cer = STANDARD
        .decode(reply(&answers[0])["result"].as_str().unwrap())
        .unwrap();
    assert_eq!(
        Certificate::from_der(&cer).unwrap().subject().to_string(),
        "C=IN,O=Example,CN=gateway"
    );
    let p7b = STANDARD
        .decode(reply(&answers[1])["result"].as_str().unwrap())
        .unwrap();
    let message = CertificatesOnly::from_der(&p7b).unwrap();
    assert_eq!(message.certificates().len(), 2);
    assert_eq!(message.certificates()[1], root);
}

#[test]
fn the_same_transaction_gets_the_same_octets_whatever_else_it_asks() {
    let (_folder, mut service) = service();
    for (id, form) in [("cer", "false"), ("p7b", "true")] {
        let base = [("applicationId", json!(id)), ("isP7BRequest", json!(form))];
        let first = reply(&create(&mut service, &base).unwrap());
        let other_form = if form == "true" { "false" } else { "true" };
        let others = [
            base.to_vec(),
            vec![
                base[0].clone(),
                ("isP7BRequest", json!(other_form)),
                ("signature", json!("junk")),
            ],
            vec![
                base[0].clone(),
                ("profileID", json!("9")),
                ("subscriberId", json!("sub-9")),
            ],
        ];
        for changes in others {
            let again = create(&mut service, &changes).unwrap();
            assert!(matches!(again, EmcaAnswer::Earlier(_)));
            assert_eq!(reply(&again), first);
        }
    }
    // Authentication comes first, and another user has transactions of its own.
    let wrong = [("applicationId", json!("cer")), ("password", json!("x"))];
    let refusal = create(&mut service, &wrong).unwrap_err();
    assert_eq!(refusal.stage(), Stage::Authentication);
    let other = [
        ("applicationId", json!("cer")),
        ("userName", json!("second")),
    ];
    assert_eq!(serial(&create(&mut service, &other).unwrap()), 5_000_003);
}

#[test]
fn within_a_slice_the_first_that_is_issued_answers_for_its_transaction() {
    let (_folder, mut service) = service();
    let rows = [
        vec![("signature", json!("junk"))],
        vec![("subjectDNOids", json!("2.5.4.3|Test~2.5.4.6|India"))],
        vec![("subscriberId", json!("sub-3"))],
        vec![("subscriberId", json!("sub-4"))],
        vec![("applicationId", json!("app-2"))],
    ];
    let calls = rows
        .iter()
        .map(|changes| call(Method::CreateCustomCertificateById, changes));
    let answers = service
        .emca_create(calls.collect(), &moment(), &mut rng())
        .unwrap();
    assert_eq!(answers.len(), 5);
    let message = |at: usize| answers[at].as_ref().unwrap_err().message();
    assert_eq!(
        [message(0), message(1)],
        ["Signature verification failed", "Please enter valid data"]
    );
    let replies: Vec<_> = answers[2..]
        .iter()
        .map(|answer| reply(answer.as_ref().unwrap()))
        .collect();
    assert_eq!(replies[0], replies[1]);
    assert_eq!(replies[0]["subscriberId"], "sub-3");
    assert_ne!(replies[0]["result"], replies[2]["result"]);
    assert_eq!(
        service
            .ledger()
            .count(&crate::ledger::Filter::default())
            .unwrap(),
        2
    );
}

#[test]
fn a_replay_wins_over_other_faults_within_a_slice_as_between_slices() {
    let rows = [
        vec![],
        vec![("signature", json!("junk"))],
        vec![("profileID", json!("9")), ("validity", json!("zz"))],
        vec![("subjectDNOids", json!("2.5.4.6|India"))],
        vec![("password", json!("x"))],
    ];
    let calls = || {
        let one = |changes: &Vec<_>| call(Method::CreateCustomCertificateById, changes);
        rows.iter().map(one).collect::<Vec<_>>()
    };
    let told = |answer: Result<EmcaAnswer, Refusal>| match answer {
        Ok(answer) => reply(&answer),
        Err(refusal) => json!(refusal.message()),
    };
    let (_folder, mut whole) = service();
    let answers = whole.emca_create(calls(), &moment(), &mut rng()).unwrap();
    let earlier = |answer: &Result<_, _>| matches!(answer, Ok(EmcaAnswer::Earlier(_)));
    assert_eq!(
        answers.iter().map(earlier).collect::<Vec<_>>(),
        [false, true, true, true, false]
    );
    // With those above it, as the first one: what is handed out is the same.
    let chains = answers[..4]
        .iter()
        .map(|answer| answer.as_ref().unwrap().leaf_first());
    let chains: Vec<_> = chains.collect();
    assert_eq!(chains[0].len(), 2);
    assert!(chains.iter().all(|chain| *chain == chains[0]));
    let at_once: Vec<_> = answers.into_iter().map(told).collect();
    let issued = [&at_once[1], &at_once[2], &at_once[3]];
    assert_eq!(issued, [&at_once[0]; 3]);
    assert_eq!(at_once[4], "Invalid request details found");
    let (_folder, mut cut) = service();
    let mut one_by_one = Vec::new();
    for call in calls() {
        let answers = cut.emca_create(vec![call], &moment(), &mut rng()).unwrap();
        one_by_one.extend(answers.into_iter().map(told));
    }
    // The two workspaces have CAs of their own, so the certificates differ.
    assert_eq!(one_by_one[1..4], [&one_by_one[0]; 3].map(Clone::clone));
    assert_eq!(one_by_one[4], at_once[4]);
}

#[test]
fn what_must_be_released_waits_and_is_answered_alike_until_then() {
    let (_folder, mut service) = service();
    let changes = [("profileID", json!("4"))];
    let waiting = reply(&create(&mut service, &changes).unwrap());
    assert_eq!(
        waiting,
        json!({
            "status": "success",
            "result": " your request proceded sucssusfully",
            "subscriberId": "sub-1",
            "requestId": "1",
        })
    );
    assert_eq!(reply(&create(&mut service, &changes).unwrap()), waiting);
    let other = [("profileID", json!("4")), ("applicationId", json!("app-2"))];
    assert_eq!(
        reply(&create(&mut service, &other).unwrap())["requestId"],
        "2"
    );
    let transaction = Transaction {
        user_name: "apiuser".to_owned(),
        application_id: "app-1".to_owned(),
    };
    let released = service
        .emca_release(&transaction, &moment(), &mut rng())
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(serial(&released), 5_000_001);
    assert_eq!(
        reply(&create(&mut service, &changes).unwrap()),
        reply(&released)
    );
    // Once is enough, and nobody releases what nobody asked for.
    assert!(
        service
            .emca_release(&transaction, &moment(), &mut rng())
            .unwrap()
            .is_none()
    );
    let unknown = Transaction {
        application_id: "app-9".to_owned(),
        ..transaction
    };
    assert!(
        service
            .emca_release(&unknown, &moment(), &mut rng())
            .unwrap()
            .is_none()
    );
    // What could not be issued is refused at once.
    let country = [
        ("profileID", json!("4")),
        ("applicationId", json!("app-3")),
        ("subjectDNOids", json!("2.5.4.6|India")),
    ];
    let refusal = create(&mut service, &country).unwrap_err();
    assert_eq!(refusal.message(), "Please enter valid data");
}

#[cfg(not(feature = "p12"))]
#[test]
fn a_build_without_p12_makes_no_key() {
    let (_folder, mut service) = service();
    let calls = vec![call(Method::CreatePkcs12ById, &[])];
    let answers = service.emca_create(calls, &moment(), &mut rng()).unwrap();
    let refusal = answers[0].as_ref().unwrap_err();
    assert_eq!(refusal.message(), "Internal server error");
    let finding = refusal.faults()[0].finding();
    assert_eq!(finding.rule(), "emca.pfx-unsupported");
}

const SETTINGS: &str = r#"
[[emca.users]]
name = "apiuser"
password = "apipass"
aes_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
signer_certificate = '''SIGNER'''
[[emca.users]]
name = "second"
password = "apipass"
aes_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
signer_certificate = '''SIGNER'''
[[emca.profiles]]
id = "3"
name = "tls"
[[emca.profiles]]
id = "4"
name = "released"
manual_authorization = true
[[emca.profiles]]
id = "5"
name = "elsewhere"
ca = "absent"
[[emca.profiles]]
id = "6"
name = "ec-only"
subject_keys = ["P-256"]
[[emca.profiles]]
id = "8"
name = "other-ca"
ca = "ecc-root"
[[emca.profiles]]
id = "7"
name = "fips"
"#;
