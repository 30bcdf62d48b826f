//! PFX of keys that are made here: the page's text, signed, with CN Test123, RSA-2048, password `secret@1`.

use super::*;
use crate::bundle::p12::{P12Contents, P12Password, read_p12};
use crate::key::Passphrase;

const TEXT: &[u8] = include_bytes!("../../../../testdata/emca/pfx-text.p7");

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
