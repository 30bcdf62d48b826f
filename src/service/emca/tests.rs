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

#[test]
fn a_certificate_is_handed_out_suspended_and_found_by_its_number() {
    let (_folder, mut service) = service();
    let issued = create(&mut service, &[]).unwrap();
    assert_eq!(serial(&issued), 5_000_001);
    let signed = include_bytes!("../../../testdata/emca/serial.p7");
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
    let signed = include_bytes!("../../../testdata/emca/serial.p7");
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
    let signed = include_bytes!("../../../testdata/emca/serial.p7");
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

/// The page's text, signed: CN Test123, RSA-2048, password `secret@1`.
#[cfg(feature = "p12")]
mod pfx {
    use super::*;
    use crate::bundle::p12::{P12Contents, P12Password, read_p12};
    use crate::key::Passphrase;

    const TEXT: &[u8] = include_bytes!("../../../testdata/emca/pfx-text.p7");

    fn pfx(method: Method, changes: &[(&str, Value)]) -> EmcaCall<'static> {
        let text = ("signature", json!(STANDARD.encode(TEXT)));
        call(method, &[&[text], changes].concat())
    }

    fn answer(service: &mut Service, call: EmcaCall<'_>) -> Result<EmcaAnswer, Refusal> {
        let answers = service.emca_create(vec![call], &moment(), &mut rng());
        answers.unwrap().pop().unwrap()
    }

    fn open(answer: &EmcaAnswer) -> P12Contents {
        let octets = STANDARD.decode(answer.reply().unwrap().result()).unwrap();
        let password = Passphrase::new("secret@1".to_owned()).unwrap();
        read_p12(&octets, P12Password::Passphrase(&password)).unwrap()
    }

    fn files(service: &Service) -> Vec<String> {
        let Ok(entries) = fs::read_dir(service.workspace().dir().join("keys/emca")) else {
            return Vec::new();
        };
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let names = entries.map(|entry| name(entry).into_string().unwrap());
        names.collect()
    }

    #[test]
    fn a_pfx_opens_with_the_signed_password_and_is_answered_again() {
        let (_folder, mut service) = service();
        let made = answer(&mut service, pfx(Method::CreatePkcs12ById, &[])).unwrap();
        let contents = open(&made);
        assert_eq!(contents.alias(), Some("Test123"));
        let root = service.workspace().current(Family::Rsa).unwrap();
        let root = root.certificate().clone();
        let [leaf, above] = contents.leaf_first() else {
            panic!("{contents:?}")
        };
        assert_eq!(above, &root);
        leaf.verify_signature(root.public_key()).unwrap();
        assert_eq!(leaf.public_key(), contents.key().public_key());
        let records = service.ledger().find_by_fingerprint(&leaf.sha256());
        let records = records.unwrap();
        assert_eq!(records[0].row_key.as_deref(), Some("p12/apiuser/app-1"));
        assert_eq!(records[0].request, None);
        // The key is on disk under the caller's password, and in no other file.
        let hex: String = leaf.sha256().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(files(&service), [format!("{hex}.p12")]);
        let others = [
            pfx(Method::CreatePkcs12ById, &[("profileID", json!("9"))]),
            pfx(Method::CreatePkcs12ById, &[("signature", json!("junk"))]),
            call(Method::CreateCustomCertificateById, &[]),
        ];
        for other in others {
            let again = answer(&mut service, other).unwrap();
            assert!(matches!(again, EmcaAnswer::Earlier(_)));
            assert_eq!(reply(&again), reply(&made));
        }
        // After a restart, too.
        let dir = service.workspace().dir().to_owned();
        drop(service);
        let mut service = Service::open(&dir).unwrap();
        let again = answer(&mut service, pfx(Method::CreatePkcs12ById, &[])).unwrap();
        assert_eq!(reply(&again), reply(&made));
        // Its key left five times.
        assert_eq!(exports::told(&service), ["PFX, emca 5000001"; 5]);
    }

    #[test]
    fn a_slice_may_mix_requests_and_keys_and_names_its_profile_either_way() {
        let (_folder, mut service) = service();
        let named = [
            ("profileID", Value::Null),
            ("profileName", json!("tls")),
            ("applicationId", json!("p-2")),
        ];
        let calls = vec![
            pfx(Method::CreatePkcs12ById, &[("applicationId", json!("p-1"))]),
            call(Method::CreateCustomCertificateById, &[]),
            pfx(Method::CreatePkcs12, &named),
            pfx(Method::CreatePkcs12ById, &[("applicationId", json!("p-1"))]),
        ];
        let answers = service.emca_create(calls, &moment(), &mut rng()).unwrap();
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        let numbers: Vec<_> = answers[..3].iter().map(serial).collect();
        assert_eq!(numbers, [5_000_001, 5_000_002, 5_000_003]);
        assert_eq!(answers[3].leaf_first(), answers[0].leaf_first());
        assert_eq!(answers[3].pfx(), answers[0].pfx());
        assert_eq!(answers[1].pfx(), None);
        assert_eq!(reply(&answers[0]), reply(&answers[3]));
        let keys = [0, 2].map(|at| open(&answers[at]).key().public_key().clone());
        assert_ne!(keys[0], keys[1]);
    }

    #[test]
    fn a_key_that_must_be_released_waits_without_its_password_in_the_ledger() {
        let (_folder, mut service) = service();
        let changes = [("profileID", json!("4"))];
        let waiting = answer(&mut service, pfx(Method::CreatePkcs12ById, &changes)).unwrap();
        assert_eq!(reply(&waiting)["requestId"], "1");
        assert_eq!(files(&service), ["waiting-1.p7"]);
        let kept = service.ledger().meta("emca-waiting/apiuser/app-1").unwrap();
        assert!(kept.unwrap().contains(r#""signature":null"#));
        let transaction = Transaction {
            user_name: "apiuser".to_owned(),
            application_id: "app-1".to_owned(),
        };
        let released = service.emca_release(&transaction, &moment(), &mut rng());
        let released = released.unwrap().unwrap().unwrap();
        assert_eq!(open(&released).alias(), Some("Test123"));
        assert_eq!(exports::told(&service), ["PFX, emca 5000001"]);
        let left = files(&service);
        assert!(left.len() == 1 && left[0].ends_with(".p12"), "{left:?}");
        let again = answer(&mut service, pfx(Method::CreatePkcs12ById, &changes)).unwrap();
        assert_eq!(reply(&again), reply(&released));
    }

    #[test]
    fn a_key_or_a_password_that_the_profile_refuses_makes_nothing() {
        let (_folder, mut service) = service();
        for (profile, rule) in [("6", "emca.pfx-text"), ("7", "emca.pfx")] {
            let changes = [("profileID", json!(profile))];
            let refusal = answer(&mut service, pfx(Method::CreatePkcs12ById, &changes));
            let refusal = refusal.unwrap_err();
            assert_eq!(refusal.message(), "Please enter valid data");
            assert_eq!(refusal.faults()[0].finding().rule(), rule);
        }
        assert!(files(&service).is_empty());
        let count = service.ledger().count(&crate::ledger::Filter::default());
        assert_eq!(count.unwrap(), 0);
    }
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

#[test]
fn profiles_are_told_by_ca_and_by_name() {
    let (_folder, service) = service();
    let signed = include_bytes!("../../../testdata/emca/profile-name.p7");
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
