use super::*;
use crate::vendor::enos::config::EnosConfig;

fn settings(opaque_tokens: bool) -> EnosConfig {
    let app = |key: &str, secret: &str| AppConfig {
        app_key: key.to_owned(),
        app_secret: secret.to_owned().into(),
    };
    EnosConfig {
        apps: vec![app("other", "xxx"), app("ak", "xxxappSecretxxx")],
        opaque_tokens,
        ..EnosConfig::default()
    }
}

/// The time of the sample of the vendor's page.
fn now() -> UnixSeconds {
    UnixSeconds::new(1_572_574_909).unwrap()
}

/// A gate that gave the token of the vendor's page, good for two hours.
fn gate() -> Gate {
    let gate = Gate::default();
    let ends = UnixSeconds::new(now().seconds() + 7200).unwrap();
    gate.tokens.keep("ak", "xxxxaaaxxxx", ends, now());
    gate
}

fn code(answer: Result<Caller, Refusal>) -> Result<Caller, u32> {
    answer.map_err(|refusal| {
        let rule = refusal.faults()[0].finding().rule();
        assert_eq!(rule, "enos.gateway");
        refusal.code()
    })
}

#[test]
fn the_sample_of_the_vendors_page_is_signed_as_the_page_says() {
    let body = "{\n\"count\": 20,\n\"page\": 1,\n\"desc\": \"描述\"\n}";
    let plain = format!("xxxxaaaxxxxk1v1k2v2k3v3{body}1572574909697xxxappSecretxxx");
    let signature = hex(&Sha256::digest(plain));
    let call = Credentials {
        query: &[("k3", "v3"), ("k1", "v1"), ("k2", "v2")],
        body: body.as_bytes(),
        access_token: Some("xxxxaaaxxxx"),
        timestamp: Some("1572574909697"),
        signature: Some(&signature),
    };
    let asked = |call: &Credentials<'_>| code(authenticate(call, &settings(false), &gate(), now()));
    assert_eq!(asked(&call), Ok(Caller::App("ak".to_owned())));
    let another = Credentials {
        body: b"{}",
        ..call
    };
    assert_eq!(asked(&another), Err(1003));
    let upper = signature.to_ascii_uppercase();
    assert_eq!(
        asked(&Credentials {
            signature: Some(&upper),
            ..call
        }),
        Err(1003)
    );
    assert_eq!(
        asked(&Credentials {
            timestamp: None,
            ..call
        }),
        Err(1202)
    );
    assert_eq!(
        asked(&Credentials {
            timestamp: Some("soon"),
            ..call
        }),
        Err(1004)
    );
    let later = now()
        .plus(crate::time::Lifetime::from_days(1).unwrap())
        .unwrap();
    assert_eq!(
        code(authenticate(&call, &settings(false), &gate(), later)),
        Err(1203)
    );
}

#[test]
fn the_oldest_way_signs_organization_time_and_body() {
    let sign = hex(&Sha1::digest(
        "akorgIdorequestTimestamp1572574909697\"csr\"xxxappSecretxxx",
    ));
    let sign = sign.to_ascii_uppercase();
    let query = [("sign", sign.as_str()), ("accessKey", "ak"), ("orgId", "o")];
    let query = [query.as_slice(), &[("requestTimestamp", "1572574909697")]].concat();
    let call = |query, body| Credentials {
        query,
        body,
        ..Credentials::default()
    };
    let asked = |call: &Credentials<'_>| code(authenticate(call, &settings(false), &gate(), now()));
    assert_eq!(
        asked(&call(&query, b"\"csr\"")),
        Ok(Caller::App("ak".to_owned()))
    );
    assert_eq!(asked(&call(&query, b"\"csR\"")), Err(1003));
    let unknown: Vec<_> = query
        .iter()
        .map(|(name, value)| match *name {
            "accessKey" => (*name, "nobody"),
            _ => (*name, *value),
        })
        .collect();
    assert_eq!(asked(&call(&unknown, b"\"csr\"")), Err(1002));
    assert_eq!(asked(&call(&query[..3], b"\"csr\"")), Err(1202));
}

#[test]
fn what_only_the_vendor_can_read_is_taken_where_there_is_no_secret_or_where_it_is_allowed() {
    let token = STANDARD.encode([7; 256]);
    let call = Credentials {
        access_token: Some(&token),
        ..Credentials::default()
    };
    let short = STANDARD.encode([7; 255]);
    let short = Credentials {
        access_token: Some(&short),
        ..call
    };
    let open = EnosConfig::default();
    assert_eq!(
        code(authenticate(&call, &open, &gate(), now())),
        Ok(Caller::Anyone)
    );
    assert_eq!(code(authenticate(&short, &open, &gate(), now())), Err(1004));
    assert_eq!(
        code(authenticate(&Credentials::default(), &open, &gate(), now())),
        Ok(Caller::Anyone)
    );
    assert_eq!(
        code(authenticate(&call, &settings(false), &gate(), now())),
        Err(1202)
    );
    assert_eq!(
        code(authenticate(&call, &settings(true), &gate(), now())),
        Ok(Caller::Anyone)
    );
    assert_eq!(
        code(authenticate(
            &Credentials::default(),
            &settings(true),
            &gate(),
            now()
        )),
        Err(1202)
    );
}

#[test]
fn a_signature_passes_once_in_either_way() {
    let gate = gate();
    let ask = |call: &Credentials<'_>| code(authenticate(call, &settings(false), &gate, now()));
    let signature = |body: &str| {
        let text = format!("xxxxaaaxxxx{body}1572574909697xxxappSecretxxx");
        hex(&Sha256::digest(text))
    };
    let (one, other) = (signature("{}"), signature("{ }"));
    let call = |body, signature| Credentials {
        body,
        access_token: Some("xxxxaaaxxxx"),
        timestamp: Some("1572574909697"),
        signature: Some(signature),
        ..Credentials::default()
    };
    let passes = Ok(Caller::App("ak".to_owned()));
    assert_eq!(ask(&call(b"{}", &one)), passes);
    assert_eq!(ask(&call(b"{}", &one)), Err(1001));
    // Only what was right is remembered.
    assert_eq!(ask(&call(b"{}", &other)), Err(1003));
    assert_eq!(ask(&call(b"{ }", &other)), passes);
    let sign = hex(&Sha1::digest(
        "akorgIdorequestTimestamp1572574909697xxxappSecretxxx",
    ));
    let sign = sign.to_ascii_uppercase();
    let listed = [
        ("sign", sign.as_str()),
        ("accessKey", "ak"),
        ("orgId", "o"),
        ("requestTimestamp", "1572574909697"),
    ];
    // Path and certSn are not signed: who hears a list being asked for cannot make a revocation of it.
    let revoked = [&listed[..], &[("certSn", "1")]].concat();
    let call = |query| Credentials {
        query,
        ..Credentials::default()
    };
    assert_eq!(ask(&call(&listed)), passes);
    assert_eq!(ask(&call(&revoked)), Err(1001));
    assert_eq!(ask(&call(&listed)), Err(1001));
}

#[test]
fn a_call_comes_with_a_token_that_was_given_and_has_not_ended() {
    let ask = |token: &str, seconds: u64| {
        let at = UnixSeconds::new(now().seconds() + seconds).unwrap();
        let timestamp = (at.seconds() * 1000).to_string();
        let signature = hex(&Sha256::digest(format!(
            "{token}{timestamp}xxxappSecretxxx"
        )));
        let call = Credentials {
            access_token: Some(token),
            timestamp: Some(&timestamp),
            signature: Some(&signature),
            ..Credentials::default()
        };
        code(authenticate(&call, &settings(false), &gate(), at))
    };
    let passes = Ok(Caller::App("ak".to_owned()));
    assert_eq!(ask("xxxxaaaxxxx", 7199), passes);
    assert_eq!(ask("xxxxaaaxxxx", 7200), Err(1203));
    assert_eq!(ask("another", 0), Err(1203));
}
