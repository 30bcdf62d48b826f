use serde_json::{Value, json};

use super::*;
use crate::vendor::emca::tests::{CUSTOM, config, fixture, object, settings, told};

fn asked(changes: &[(&str, Value)], caller: Caller<'_>) -> Result<Transaction, Refusal> {
    let settings = settings();
    let request = Request::from_object(CUSTOM, &object(changes)).unwrap();
    let call = authenticate(request, caller, &settings)?;
    Ok(call.transaction().clone())
}

fn refused(changes: &[(&str, Value)], caller: Caller<'_>) -> Vec<&'static str> {
    let refusal = asked(changes, caller).unwrap_err();
    assert_eq!(refusal.stage(), Stage::Authentication);
    assert_eq!(refusal.message(), "Invalid request details found");
    let faults = refusal.faults().iter();
    faults.map(|fault| fault.finding().rule()).collect()
}

fn remote<'a>(address: &str, em_key: Option<&'a str>) -> Caller<'a> {
    Caller::Remote {
        address: address.parse().unwrap(),
        em_key,
    }
}

const KEY: &str = "772a2b5a1909603fae1b8efad45571069ce5ab6f";

#[test]
fn bodies_of_openssl_and_bouncycastle_are_opened_and_believed() {
    let settings = settings();
    for (body, user, application_id) in [
        (&fixture!("openssl-body.json")[..], "apiuser", "app-1"),
        (fixture!("openssl-cbc-body.json"), "cbcuser", "app-1"),
        (fixture!("bc-body.json"), "apiuser", "bc-1"),
    ] {
        let sealed = Sealed::from_json(body).unwrap();
        let caller = remote("127.0.0.1", Some(KEY));
        let caller = if user == "cbcuser" {
            Caller::Local
        } else {
            caller
        };
        let call = open(CUSTOM, &sealed, caller, &settings).unwrap();
        assert_eq!((call.user().name(), call.method()), (user, CUSTOM));
        assert_eq!(call.transaction().application_id, application_id);
    }
}

#[test]
fn a_wrong_password_user_or_user_outside_is_refused() {
    assert!(asked(&[], Caller::Local).is_ok());
    assert_eq!(
        refused(&[("password", json!("apipasS"))], Caller::Local),
        ["emca.password"]
    );
    assert_eq!(
        refused(&[("userName", json!("nobody"))], Caller::Local),
        ["emca.user"]
    );
    let settings = settings();
    let sealed = Sealed::from_json(fixture!("openssl-body.json")).unwrap();
    let data = serde_json::from_str::<Value>(&sealed.to_json()).unwrap();
    let data = data["requestData"].as_str().unwrap();
    for (user, rule) in [("nobody", "emca.user"), ("strict", "emca.user-name")] {
        let refusal = open(CUSTOM, &Sealed::new(user, data), Caller::Local, &settings).unwrap_err();
        assert_eq!(told(&refusal), [("Invalid request details found", rule)]);
    }
}

#[test]
fn the_header_must_be_the_users_key_where_it_is_required() {
    fn with(em_key: Option<&str>) -> Caller<'_> {
        remote("127.0.0.1", em_key)
    }
    assert!(asked(&[], with(Some(KEY))).is_ok());
    assert!(asked(&[], with(Some(&KEY.to_uppercase()))).is_ok());
    for wrong in [
        None,
        Some(""),
        Some(&KEY[1..]),
        Some("0000000000000000000000000000000000000000"),
    ] {
        assert_eq!(refused(&[], with(wrong)), ["emca.em-key"], "{wrong:?}");
    }
    // This user need not send it; a wrong one is wrong all the same.
    let user = [("userName", json!("cbcuser"))];
    assert!(asked(&user, with(None)).is_ok());
    assert_eq!(refused(&user, with(Some(KEY))), ["emca.em-key"]);
}

#[test]
fn the_address_must_be_registered_where_any_is() {
    let user = [("userName", json!("strict"))];
    let key = EmKey::of("strict", "apipass").expose_secret();
    for good in ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::7"] {
        assert!(asked(&user, remote(good, Some(&key))).is_ok(), "{good}");
    }
    for bad in ["192.0.2.8", "2001:db8::8"] {
        assert_eq!(
            refused(&user, remote(bad, Some(&key))),
            ["emca.source-address"]
        );
    }
    let all = [("userName", json!("strict")), ("password", json!("x"))];
    assert_eq!(
        refused(&all, remote("192.0.2.8", None)),
        ["emca.password", "emca.source-address", "emca.em-key"]
    );
    assert!(asked(&user, Caller::Local).is_ok());
}

#[test]
fn no_bit_of_the_ciphertext_can_be_flipped_unnoticed() {
    // Whatever a flipped bit does to the object: it is no base64 of blocks, no JSON, nobody's request, or not signed.
    let settings = Emca::from_config(config()).unwrap();
    let body: Value = serde_json::from_slice(fixture!("bc-body.json")).unwrap();
    let data = body["requestData"].as_str().unwrap();
    let octets = crate::vendor::emca::envelope::decode_base64(data).unwrap();
    for at in (0..octets.len()).step_by(61) {
        let mut flipped = octets.clone();
        flipped[at] ^= 0x40;
        let sealed = Sealed::new("apiuser", crate::vendor::emca::tests::base64(&flipped));
        let opened = open(CUSTOM, &sealed, Caller::Local, &settings);
        let answer = opened.and_then(|call| {
            crate::vendor::emca::check::check(vec![call], &settings)
                .pop()
                .unwrap()
        });
        let refusal = answer.unwrap_err();
        let allowed = [
            "Invalid input data",
            "Invalid parameter",
            "Invalid request details found",
            "Signature verification failed",
        ];
        assert!(
            allowed.contains(&refusal.message()),
            "octet {at}: {refusal}"
        );
    }
}
