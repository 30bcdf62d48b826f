use serde_json::json;

use super::*;

fn settings() -> EnosConfig {
    EnosConfig {
        apps: vec![AppConfig {
            app_key: "ak".to_owned(),
            app_secret: "secret".to_owned().into(),
        }],
        ..EnosConfig::default()
    }
}

fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds::new(seconds).unwrap()
}

/// A body of `get`, signed in a second, with some of its fields changed.
fn body(seconds: u64, changes: Value) -> Vec<u8> {
    let timestamp = seconds * 1000;
    let encryption = hex(&Sha256::digest(format!("ak{timestamp}secret")));
    let mut body = json!({"appKey": "ak", "encryption": encryption, "timestamp": timestamp});
    let Value::Object(changes) = changes else {
        panic!("changes are an object")
    };
    body.as_object_mut().unwrap().extend(changes);
    body.to_string().into_bytes()
}

fn code(answer: Result<Asked, Refusal>) -> Result<Option<String>, u32> {
    let asked = answer.map_err(|refusal| refusal.code())?;
    Ok(match asked {
        Asked::Has(granted) => Some(granted.token.to_string()),
        Asked::Needs(_) => None,
    })
}

#[test]
fn a_token_is_given_until_it_ends_and_goes_on_when_it_is_refreshed() {
    let (gate, settings) = (Gate::default(), settings());
    let ask =
        |call, seconds, changes| gate.ask(call, &body(seconds, changes), &settings, at(seconds));
    let get = |seconds| ask(TokenCall::Get, seconds, json!({}));
    let refresh =
        |token: &str, seconds| ask(TokenCall::Refresh, seconds, json!({"accessToken": token}));
    let Asked::Needs(taker) = get(1000).unwrap() else {
        panic!("nobody has a token yet")
    };
    assert_eq!(taker.held(), Some("ak"));
    let first = gate.give(&taker, [1; 32], at(1000));
    let token = "01".repeat(32);
    assert_eq!(
        first.to_json().unwrap(),
        format!(
            "{{\"status\":0,\"msg\":\"SUCCESS\",\"business\":\"apim-token-service\",\
             \"data\":{{\"accessToken\":\"{token}\",\"expire\":7200}}}}"
        )
    );
    let Asked::Has(again) = get(3000).unwrap() else {
        panic!("the application has a token")
    };
    assert_eq!(
        (again.token.as_str(), again.seconds),
        (token.as_str(), 5200)
    );
    // In the millisecond of the first question, as clients do that ask for both at once.
    let Asked::Needs(taker) = refresh(&token, 3000).unwrap() else {
        panic!("a refreshed token is a new one")
    };
    gate.give(&taker, [2; 32], at(3000));
    assert_eq!(code(get(3001)), Ok(Some("02".repeat(32))));
    let good = |token: &str, seconds| gate.tokens.is_good("ak", token, at(seconds));
    assert!(good(&token, 8199) && !good(&token, 8200));
    assert!(good(&"02".repeat(32), 10_199) && !good(&"02".repeat(32), 10_200));
    assert_eq!(code(refresh(&token, 8200)), Err(1204));
    assert_eq!(code(refresh("never given", 8201)), Err(1204));
    assert_eq!(code(get(10_200)), Ok(None));
}

#[test]
fn who_cannot_show_the_secret_is_told_why() {
    let (gate, settings) = (Gate::default(), settings());
    let ask = |call, changes| code(gate.ask(call, &body(1000, changes), &settings, at(1000)));
    let get = |changes| ask(TokenCall::Get, changes);
    assert_eq!(get(json!({"appKey": null})), Err(1202));
    assert_eq!(get(json!({"encryption": ""})), Err(1202));
    assert_eq!(ask(TokenCall::Refresh, json!({})), Err(1202));
    assert_eq!(get(json!({"appKey": "nobody"})), Err(1002));
    assert_eq!(get(json!({"timestamp": "soon"})), Err(1004));
    assert_eq!(get(json!({"timestamp": 1_000_000 + 901_000})), Err(1004));
    assert_eq!(get(json!({"timestamp": 1_000_001})), Err(1003));
    // A text as the vendor's Java client writes it; then the same once more.
    assert_eq!(get(json!({"timestamp": "1000000"})), Ok(None));
    assert_eq!(get(json!({})), Err(1001));
    let refusal = gate.ask(TokenCall::Get, b"[]", &settings, at(1000));
    assert_eq!(code(refusal), Err(99_400));
    assert_eq!(
        refused_to_json(&failed()).unwrap(),
        "{\"status\":1005,\"msg\":\"internal service exception: service\",\
         \"business\":\"apim-token-service\",\"data\":null}"
    );
}

#[test]
fn without_applications_anyone_is_given_a_token_and_none_is_kept() {
    let (gate, settings) = (Gate::default(), EnosConfig::default());
    let asked = gate.ask(
        TokenCall::Get,
        &body(1, json!({})),
        &settings,
        at(9_999_999),
    );
    let Asked::Needs(taker) = asked.unwrap() else {
        panic!("nobody has a token")
    };
    assert_eq!(taker.held(), None);
    gate.give(&taker, [1; 32], at(1));
    assert!(gate.tokens.0.lock().unwrap().is_empty());
}

#[test]
fn tokens_are_shown_to_nobody_and_only_so_many_are_kept() {
    let gate = Gate::default();
    let taker = Taker::new("ak".to_owned(), true);
    let granted: Vec<_> = (0..20).map(|n| gate.give(&taker, [n; 32], at(1))).collect();
    let shown = format!("{granted:?} {gate:?}");
    assert!(!shown.contains("0101"), "{shown}");
    assert_eq!(gate.tokens.0.lock().unwrap()["ak"].len(), MOST_TOKENS);
    assert!(!gate.tokens.is_good("ak", &"03".repeat(32), at(2)));
    assert!(gate.tokens.is_good("ak", &"04".repeat(32), at(2)));
}
