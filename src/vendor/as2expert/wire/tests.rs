use serde_json::json;

use super::*;

fn create(value: &Value) -> Result<CreateRequest, Refusal> {
    CreateRequest::from_object(value.as_object().unwrap())
}

#[test]
fn every_field_of_the_page_is_read() {
    let sample = json!({
        "station": 62, "selfSigned": true, "email": "as2@example.com",
        "commonName": "free.as2expert.com", "countryName": "ES", "localityName": "Madrid",
        "provinceName": "M", "organization": "O", "organizationUnitName": "OU", "dias": 730,
        "keybits": 3072, "hash": "sha512"
    });
    let text = |text: &str| Some(text.to_owned());
    let expected = CreateRequest::new(62)
        .with_subject(SubjectFields {
            country_name: text("ES"),
            province_name: text("M"),
            locality_name: text("Madrid"),
            organization: text("O"),
            organization_unit_name: text("OU"),
            common_name: text("free.as2expert.com"),
            email: text("as2@example.com"),
        })
        .with_days(730)
        .with_key_bits(3072)
        .with_hash("sha512");
    assert_eq!(create(&sample).unwrap(), expected);
}

#[test]
fn the_alias_numbers_as_texts_and_absent_fields_are_read() {
    let lenient = json!({
        "station": "62", "self_signed": true, "dias": "730", "email": "", "hash": null, "x": 1
    });
    let expected = CreateRequest::new(62).with_days(730);
    assert_eq!(create(&lenient).unwrap(), expected);
    assert_eq!(create(&json!({})).unwrap(), CreateRequest::default());
}

#[test]
fn a_field_of_the_wrong_type_is_told() {
    for (name, value) in [
        ("station", json!("x")),
        ("station", json!(1.5)),
        ("selfSigned", json!("yes")),
        ("selfSigned", json!(1)),
        ("email", json!(1)),
        ("commonName", json!([])),
        ("countryName", json!(34)),
        ("localityName", json!({})),
        ("provinceName", json!(true)),
        ("organization", json!(1)),
        ("organizationUnitName", json!(1)),
        ("dias", json!("a year")),
        ("keybits", json!(2048.5)),
        ("hash", json!(256)),
    ] {
        let body = json!({ "station": 62, "selfSigned": true });
        let mut body = body.as_object().unwrap().clone();
        body.insert(name.to_owned(), value);
        let refusal = CreateRequest::from_object(&body).unwrap_err();
        assert_eq!(refusal.msg(), format!("Campo inválido: {name}"));
        assert_eq!(refusal.stage(), Stage::Wire);
    }
}

#[test]
fn a_detail_is_asked_for_under_either_name() {
    let read = |value: Value| DetailRequest::from_object(value.as_object().unwrap());
    for body in [json!({ "id": 105 }), json!({ "certificate_id": "105" })] {
        assert_eq!(read(body).unwrap(), DetailRequest::new(105));
    }
    assert_eq!(read(json!({})).unwrap_err().msg(), "Campo requerido: id");
    let wrong = read(json!({ "id": "x" })).unwrap_err();
    assert_eq!(wrong.msg(), "Campo inválido: id");
    assert_eq!(wrong.faults().len(), 1);
}

#[test]
fn two_names_of_a_field_that_say_two_things_are_refused() {
    let msg = |body: Value| match body.get("station") {
        Some(_) => create(&body).map(drop),
        None => DetailRequest::from_object(body.as_object().unwrap()).map(drop),
    };
    for (body, field) in [
        (
            json!({ "station": 62, "selfSigned": true, "self_signed": false }),
            "selfSigned",
        ),
        (
            json!({ "station": 62, "selfSigned": true, "self_signed": "x" }),
            "selfSigned",
        ),
        (json!({ "id": 1, "certificate_id": 2 }), "id"),
    ] {
        let refusal = msg(body).unwrap_err();
        assert_eq!(refusal.msg(), format!("Campo inválido: {field}"));
        assert_eq!(refusal.faults().len(), 1);
    }
    msg(json!({ "station": 62, "selfSigned": true, "self_signed": true })).unwrap();
    msg(json!({ "id": 1, "certificate_id": "1" })).unwrap();
}

#[test]
fn a_body_is_an_object_or_nothing() {
    assert_eq!(object(b" ").unwrap().len(), 0);
    assert_eq!(object(b"{}").unwrap().len(), 0);
    for body in [&b"[]"[..], b"{", b"\xff", &vec![b' '; MAX_BODY_OCTETS + 1]] {
        assert_eq!(object(body).unwrap_err().msg(), "JSON inválido");
    }
    let refusal = object(br#"{"station":62,"dias":1,"dias":9}"#).unwrap_err();
    assert_eq!(refusal.msg(), "JSON inválido");
    assert!(
        refusal.to_string().contains(r#"more than once: "dias""#),
        "{refusal}"
    );
}

#[test]
fn a_row_of_texts_reads_like_json() {
    let row = [
        ("station", "62"),
        ("selfSigned", "true"),
        ("dias", "730"),
        ("email", ""),
    ];
    let read = CreateRequest::from_object(&object_of_texts(row)).unwrap();
    assert_eq!(read, CreateRequest::new(62).with_days(730));
    let row = object_of_texts([("self_signed", "false")]);
    let read = CreateRequest::from_object(&row).unwrap();
    assert_eq!(read.self_signed, Some(false));
}
