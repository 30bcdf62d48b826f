use super::*;
use crate::vendor::Stage;

fn refused(json: &str) -> Vec<(String, String)> {
    let refusal = ApplyRequest::from_json(json.as_bytes()).unwrap_err();
    assert_eq!((refusal.stage(), refusal.code()), (Stage::Wire, 99400));
    let faults = refusal.faults().iter();
    faults
        .map(|fault| {
            let finding = fault.finding();
            (finding.field().to_owned(), fault.msg().to_owned())
        })
        .collect()
}

#[test]
fn a_body_with_the_querys_names_beside_it_is_read() {
    let json = br#"{"orgId":"o","assetId":"a","productKey":"p","deviceKey":"d","csr":"c",
        "validDay":250,"issueAuthority":"RSA","action":"apply","vendor":"enos","id":[1]}"#;
    let expected = ApplyRequest::new()
        .with_org_id("o")
        .with_asset_id("a")
        .with_product_key("p")
        .with_device_key("d")
        .with_csr_pem("c")
        .with_valid_day(250)
        .with_issue_authority("RSA");
    assert_eq!(ApplyRequest::from_json(json).unwrap(), expected);
}

#[test]
fn null_is_absent() {
    let json = br#"{"orgId":null,"csr":null,"validDay":null,"issueAuthority":null,"deviceKey":""}"#;
    assert_eq!(ApplyRequest::from_json(json).unwrap(), ApplyRequest::new());
}

#[test]
fn a_valid_day_that_is_no_integer_is_a_wrong_type() {
    for value in ["1.5", "\"250\"", "true", "[250]", "{}", "2.0"] {
        let json = format!("{{\"validDay\":{value}}}");
        assert_eq!(
            refused(&json),
            [(
                "validDay".to_owned(),
                "Invalid Argument validDay:validDay is not an integer".to_owned()
            )],
            "{value}"
        );
    }
}

#[test]
fn integers_of_any_size_are_read() {
    for (value, days) in [
        ("-1", -1),
        ("0", 0),
        ("9223372036854775807", i64::MAX),
        ("9223372036854775808", i64::MAX),
    ] {
        let json = format!("{{\"validDay\":{value}}}");
        let request = ApplyRequest::from_json(json.as_bytes()).unwrap();
        assert_eq!(request, ApplyRequest::new().with_valid_day(days));
    }
}

#[test]
fn every_wrong_type_comes_back_in_the_contracts_order() {
    let json =
        r#"{"issueAuthority":1,"orgId":2,"assetId":3,"csr":4,"validDay":"5","action":"renew"}"#;
    let fields: Vec<_> = refused(json).into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [
            "assetId",
            "csr",
            "validDay",
            "action",
            "orgId",
            "issueAuthority"
        ]
    );
    assert_eq!(
        refused(r#"{"csr":4}"#)[0].1,
        "Invalid Argument csr:csr is not a string"
    );
}

/// A row is written to a job's files and read again: its text may not drift.
#[test]
fn a_number_of_many_digits_comes_back_as_it_is_written() {
    let digits = format!("3{}865", "8".repeat(100));
    let body = format!("{{\"validDay\":{digits}}}");
    let first = object(&[], body.as_bytes()).unwrap();
    let written = serde_json::to_vec(&first).unwrap();
    assert_eq!(object(&[], &written).unwrap(), first);
}

#[test]
fn a_body_that_is_no_object_is_refused() {
    for body in ["", "{", "[]", "\"csr\"", "null", "{} {}"] {
        assert_eq!(refused(body)[0].0, "body", "{body}");
    }
    let array = ApplyRequest::from_json(b"[]").unwrap_err();
    assert_eq!(array.faults()[0].finding().found(), "a JSON array");
    let invalid_utf8 = ApplyRequest::from_json(b"{\"csr\":\"\xC3\x28\"}").unwrap_err();
    assert_eq!(invalid_utf8.faults()[0].finding().field(), "body");
    let long = format!("{{\"csr\":\"{}\"}}", "A".repeat(MAX_BODY_OCTETS));
    assert_eq!(refused(&long)[0].0, "body");
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    for (query, body, field, found) in [
        (
            &[][..],
            r#"{"csr":"a","validDay":1,"csr":"b","validDay":1,"csr":null}"#,
            "body",
            r#"more than once: "csr", "validDay""#,
        ),
        // A name is the same however it is escaped.
        (
            &[],
            r#"{"orgId":"a","org\u0049d":"b"}"#,
            "body",
            r#"more than once: "orgId""#,
        ),
        (
            &[("orgId", "a"), ("orgId", "b")],
            "{}",
            "query",
            r#"more than once: "orgId""#,
        ),
    ] {
        let refusal = object(query, body.as_bytes()).unwrap_err();
        assert_eq!((refusal.stage(), refusal.code()), (Stage::Wire, 99400));
        let finding = refusal.faults()[0].finding();
        assert_eq!(
            (finding.rule(), finding.field(), finding.found()),
            ("enos.field-repeated", field, found)
        );
    }
    // What stands elsewhere, or is absent, is no second time.
    let query = [("orgId", ""), ("orgId", "a"), ("x", "1"), ("x", "2")];
    let read = object(&query, br#"{"orgId":"b","id":{"a":1,"a":2}}"#).unwrap();
    assert_eq!(read.get("orgId"), Some(&Value::from("a")));
}

#[test]
fn the_query_wins_over_the_body_where_the_page_puts_it() {
    let query = [
        ("orgId", "q"),
        ("assetId", ""),
        ("validDay", "9"),
        ("action", "revoke"),
        ("certSn", "17"),
        ("reason", "4"),
    ];
    let read = object(&query, br#"{"orgId":"b","assetId":"a","validDay":1}"#).unwrap();
    let request = RevokeRequest::from_object(&read).unwrap();
    let expected = RevokeRequest {
        addressee: Addressee {
            org_id: Some("q".to_owned()),
            asset_id: Some("a".to_owned()),
            ..Addressee::default()
        },
        cert_sn: Some("17".to_owned()),
        reason: Some(4),
    };
    assert_eq!(request, expected);
    // A GET has no body.
    let list = object(&[("action", "list"), ("assetId", "a")], b"").unwrap();
    let list = ListRequest::from_object(&list).unwrap();
    assert_eq!(list.addressee.asset_id.as_deref(), Some("a"));
}

#[test]
fn cells_of_a_row_are_read() {
    let cells = [
        ("orgId", "o"),
        ("assetId", ""),
        ("validDay", "250"),
        ("issueAuthority", ""),
        ("note", "x"),
    ];
    let request = ApplyRequest::from_texts(cells).unwrap();
    let expected = ApplyRequest::new().with_org_id("o").with_valid_day(250);
    assert_eq!(request, expected);
    for text in ["1.5", "x", "99999999999999999999", " 1"] {
        let refusal = ApplyRequest::from_texts([("validDay", text)]).unwrap_err();
        assert_eq!(refusal.faults()[0].finding().field(), "validDay", "{text}");
    }
}

#[test]
fn a_serial_is_a_number_or_its_digits_under_either_name() {
    for json in [
        r#"{"certSn":32720}"#,
        r#"{"certSn":"32720"}"#,
        r#"{"certSN":"32720"}"#,
        r#"{"certSn":null,"certSN":32720}"#,
    ] {
        let request = RenewRequest::from_json(json.as_bytes()).unwrap();
        assert_eq!(request, RenewRequest::new("32720", ApplyRequest::new()));
    }
    for json in [
        r#"{"certSn":1.5}"#,
        r#"{"certSn":"0x10"}"#,
        r#"{"certSN":true}"#,
        r#"{"certSn":" 1"}"#,
    ] {
        let refusal = RenewRequest::from_json(json.as_bytes()).unwrap_err();
        assert_eq!(
            refusal.msg(),
            "Invalid Argument certSn:certSn is not an integer",
            "{json}"
        );
    }
}

#[test]
fn what_a_workspace_fills_in_never_replaces() {
    let request = ApplyRequest::new().or_product_key("open");
    assert_eq!(
        request,
        ApplyRequest::new(),
        "a product alone names nothing"
    );
    let request = request.or_device_key("d").or_product_key("open");
    let expected = ApplyRequest::new()
        .with_device_key("d")
        .with_product_key("open");
    assert_eq!(request, expected);
    assert!(request.names_a_device());
    let asset = ApplyRequest::new().with_asset_id("a");
    assert_eq!(
        asset.clone().or_device_key("d").or_product_key("open"),
        asset
    );
}

#[test]
fn actions_have_their_names() {
    assert_eq!(Action::from_name("apply"), Some(Action::Apply));
    assert_eq!(Action::from_name("list"), Some(Action::List));
    assert_eq!(Action::from_name("Apply"), None);
    assert_eq!(Action::from_name("bind"), None);
}

#[test]
fn a_body_may_be_as_long_as_the_limit() {
    let padded = |octets: usize| format!("{{}}{}", " ".repeat(octets - 2));
    assert!(ApplyRequest::from_json(padded(MAX_BODY_OCTETS).as_bytes()).is_ok());
    assert_eq!(refused(&padded(MAX_BODY_OCTETS + 1)).len(), 1);
}

#[test]
fn a_revocation_is_read_from_its_body() {
    let read = RevokeRequest::from_json(br#"{"certSn":7,"reason":4}"#).unwrap();
    assert_eq!((read.cert_sn.as_deref(), read.reason), (Some("7"), Some(4)));
}
