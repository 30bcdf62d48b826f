use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::vendor::ecgrid::error::FaultKind;
use crate::vendor::ecgrid::tests::at;

fn read<T>(value: &Value, read: fn(&Call<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
    read(&Call::Json(value.as_object().unwrap()))
}

fn page() -> Value {
    json!({
        "commId": 5001,
        "beginUsage": "2026-05-07T00:00:00Z",
        "usage": "EncryptionAndSignature",
        "secureHashAlgorithm": "SHA256",
        "partnerAs2Id": "PARTNER-AS2-ID",
        "expires": "2028-05-07T00:00:00Z"
    })
}

fn expected() -> CreateRequest {
    CreateRequest::new(5001)
        .with_begin_usage(at("2026-05-07T00:00:00Z"))
        .with_usage(CertificateUsage::EncryptionAndSignature)
        .with_hash(SecureHashAlgorithm::Sha256)
        .with_partner("PARTNER-AS2-ID")
        .with_expires(at("2028-05-07T00:00:00Z"))
}

const ELEMENTS: [(&str, &str); 7] = [
    ("SessionID", "s"),
    ("CommID", "5001"),
    ("BeginUsage", "2026-05-07T00:00:00.0000000Z"),
    ("Usage", "EncryptionAndSignature"),
    ("SecureHashAlgorithm", "sha2"),
    ("PartnerAS2ID", "PARTNER-AS2-ID"),
    ("Expires", "2028-05-07T00:00:00"),
];

#[test]
fn the_pages_request_reads_the_same_from_json_elements_and_form() {
    assert_eq!(read(&page(), CreateRequest::read).unwrap(), expected());
    let soap = CreateRequest::read(&Call::Elements(&ELEMENTS)).unwrap();
    assert_eq!(soap, expected());
    let mut form = ELEMENTS;
    form[2].1 = "5/7/2026 12:00:00 AM";
    assert_eq!(CreateRequest::read(&Call::Form(&form)).unwrap(), expected());
    let refusal = CreateRequest::read(&Call::Elements(&form)).unwrap_err();
    assert_eq!(refusal.kind(), FaultKind::InvalidParameter);
}

#[test]
fn rest_demands_comm_id_alone_and_reads_enumerations_in_any_letter_case() {
    let least = read(&json!({ "commId": 5001 }), CreateRequest::read).unwrap();
    assert_eq!(least, CreateRequest::new(5001));
    let nulls = json!({ "commId": 5001, "usage": null, "partnerAs2Id": "", "unknown": 1 });
    assert_eq!(read(&nulls, CreateRequest::read).unwrap(), least);
    let lower = json!({ "commId": 5001, "usage": "ssl", "secureHashAlgorithm": "sha512" });
    assert_eq!(
        read(&lower, CreateRequest::read).unwrap(),
        CreateRequest::new(5001)
            .with_usage(CertificateUsage::Ssl)
            .with_hash(SecureHashAlgorithm::Sha512)
    );
}

#[test]
fn a_field_of_the_wrong_type_is_told_by_its_name() {
    for (name, value, said) in [
        (
            "commId",
            json!("5001"),
            "commId: is \"5001\", an integer is expected",
        ),
        (
            "commId",
            json!(5001.5),
            "commId: is 5001.5, an integer is expected",
        ),
        (
            "commId",
            json!(0),
            "commId: is 0, a positive integer of 32 bits is expected",
        ),
        (
            "commId",
            json!(u64::MAX),
            "commId: is 9223372036854775807, a positive integer of 32 bits is expected",
        ),
        (
            "beginUsage",
            json!("tomorrow"),
            "beginUsage: is \"tomorrow\", a time such as 2026-05-07T00:00:00Z, from 1970 to 9999 \
             is expected",
        ),
        (
            "expires",
            json!(2028),
            "expires: is 2028, a string is expected",
        ),
        (
            "usage",
            json!("Both"),
            "usage: is \"Both\", one of SSL, Encryption, Signature, EncryptionAndSignature is \
             expected",
        ),
        (
            "secureHashAlgorithm",
            json!("MD5"),
            "secureHashAlgorithm: is \"MD5\", one of SHA1, SHA256, SHA384, SHA512 is expected",
        ),
        (
            "partnerAs2Id",
            json!(1),
            "partnerAs2Id: is 1, a string is expected",
        ),
    ] {
        let mut body = page();
        body[name] = value;
        let refusal = read(&body, CreateRequest::read).unwrap_err();
        assert_eq!(refusal.message(), said);
        assert_eq!(refusal.faults()[0].finding().field(), name);
    }
}

#[test]
fn what_is_required_and_missing_is_told() {
    let refusal = read(&json!({}), CreateRequest::read).unwrap_err();
    assert_eq!(refusal.kind(), FaultKind::MissingParameter);
    assert_eq!(refusal.message(), "commId: is required");
    let refusal = CreateRequest::read(&Call::Elements(&[("PartnerAS2ID", "P")])).unwrap_err();
    let items: Vec<_> = refusal.faults().iter().map(|fault| fault.item()).collect();
    assert_eq!(
        items,
        [
            "CommID",
            "BeginUsage",
            "Usage",
            "SecureHashAlgorithm",
            "Expires"
        ]
    );
    let refusal = RenewRequest::read(&Call::Elements(&[("CommID", "1")])).unwrap_err();
    let items: Vec<_> = refusal.faults().iter().map(|fault| fault.item()).collect();
    assert_eq!(
        items,
        ["CertKeyID", "OverlapDays", "Years", "SecureHashAlgorithm"]
    );
}

#[test]
fn xml_is_particular_about_enumerations() {
    let mut elements = ELEMENTS;
    elements[3].1 = "signature";
    let refusal = CreateRequest::read(&Call::Elements(&elements)).unwrap_err();
    assert_eq!(refusal.faults()[0].item(), "Usage");
}

#[test]
fn renewals_and_terminations_are_read() {
    let sample = json!({
        "commId": 5001, "certKeyId": 88, "overlapDays": 30, "years": 2,
        "secureHashAlgorithm": "SHA256"
    });
    let expected = RenewRequest::new(5001, 88)
        .with_overlap_days(30)
        .with_years(2)
        .with_hash(SecureHashAlgorithm::Sha256);
    assert_eq!(read(&sample, RenewRequest::read).unwrap(), expected);
    let elements = [
        ("CommID", "5001"),
        ("CertKeyID", "88"),
        ("OverlapDays", "30"),
        ("Years", "2"),
        ("SecureHashAlgorithm", "SHA256"),
    ];
    assert_eq!(
        RenewRequest::read(&Call::Elements(&elements)).unwrap(),
        expected
    );
    let ended = TerminateRequest::new(5001, 88);
    assert_eq!(read(&sample, TerminateRequest::read).unwrap(), ended);
    assert_eq!(
        TerminateRequest::read(&Call::Elements(&elements)).unwrap(),
        ended
    );
    let refusal = read(&json!({ "commId": 5001 }), TerminateRequest::read).unwrap_err();
    assert_eq!(refusal.message(), "certKeyId: is required");
}

#[test]
fn additions_are_read_with_their_octets() {
    let cert = STANDARD.encode(b"octets");
    let body = json!({
        "commId": 5001, "certType": "x509", "keyId": "k", "userId": "u",
        "beginUsage": "2026-05-07", "usage": "Signature", "partnerCommId": 0,
        "partnerUrl": "https://p/", "cert": cert, "partnerAs2Id": "P", "password": "secret"
    });
    let public = read(&body, AddPublicRequest::read).unwrap();
    assert_eq!(public.certificate, b"octets");
    assert_eq!(public.partner_comm_id, None);
    assert_eq!(public.partner_url.as_deref(), Some("https://p/"));
    assert_eq!(public.common.key_id.as_deref(), Some("k"));
    assert_eq!(public.common.user_id.as_deref(), Some("u"));
    assert_eq!(public.common.cert_type, CertificateType::X509);
    assert_eq!(public.common.usage, Some(CertificateUsage::Signature));
    assert_eq!(public.common.begin_usage, Some(at("2026-05-07T00:00:00Z")));
    let private = read(&body, AddPrivateRequest::read).unwrap();
    assert_eq!(private.pkcs12(), b"octets");
    assert_eq!(private.expose_secret(), "secret");
    assert_eq!(private.partner_as2_id.as_deref(), Some("P"));
    let shown = format!("{private:?}");
    assert!(
        shown.contains("[elided]") && !shown.contains("secret"),
        "{shown}"
    );
    let elements = [
        ("CommID", "5001"),
        ("CertType", "X509"),
        ("CertBase64", cert.as_str()),
    ];
    let a = AddPublicRequest::read(&Call::Elements(&elements)).unwrap();
    assert_eq!(a.certificate, b"octets");
    let mut broken = body;
    broken["cert"] = json!("*");
    let refusal = read(&broken, AddPublicRequest::read).unwrap_err();
    assert_eq!(
        refusal.message(),
        "cert: is text of 1 characters, base64 is expected"
    );
    broken["cert"] = Value::Null;
    let refusal = read(&broken, AddPublicRequest::read).unwrap_err();
    assert_eq!(refusal.message(), "cert: is required");
}

#[test]
fn questions_about_comms_are_read() {
    let info = CommInfoRequest::read(&Call::Elements(&[("CommID", "5001")])).unwrap();
    assert_eq!(info, CommInfoRequest::new(5001));
    let sample = json!({
        "commType": "as2", "useType": "Production", "showInactive": true, "withCerts": true,
        "networkId": 1, "mailboxId": 0
    });
    let list = CommListRequest {
        network_id: Some(1),
        mailbox_id: None,
        comm_type: Some(CommChannel::As2),
        use_type: Some(UseType::Production),
        show_inactive: true,
        with_certs: true,
    };
    assert_eq!(read(&sample, CommListRequest::read).unwrap(), list);
    let elements = [
        ("NetworkID", "1"),
        ("CommType", "as2"),
        ("UseType", "Production"),
        ("ShowInactive", "True"),
        ("WithCerts", "1"),
    ];
    assert_eq!(CommListRequest::read(&Call::Form(&elements)).unwrap(), list);
    let refusal = CommListRequest::read(&Call::Elements(&[("WithCerts", "yes")])).unwrap_err();
    assert_eq!(refusal.faults()[0].item(), "WithCerts");
    let none = read(&json!({}), CommListRequest::read).unwrap();
    assert_eq!(none, CommListRequest::default());
}

#[test]
fn bodies_that_are_no_object_are_refused() {
    for body in [&b"[]"[..], b"", b"{", b"\xff"] {
        let refusal = object(body).unwrap_err();
        assert_eq!(refusal.message(), "body: is not a JSON object");
    }
    let mut long = br#"{"commId":1}"#.to_vec();
    long.resize(MAX_BODY_OCTETS, b' ');
    assert_eq!(object(&long).unwrap().len(), 1);
    long.push(b' ');
    let refusal = object(&long).unwrap_err();
    assert_eq!(refusal.message(), "body: is not at most 1048576 octets");
    assert_eq!(object(br#"{"commId":1}"#).unwrap().len(), 1);
    let refusal = object(br#"{"commId":1,"commId":2}"#).unwrap_err();
    assert_eq!(
        refusal.message(),
        "body: is not a JSON object with each name once"
    );
}

#[test]
fn a_row_of_texts_has_numbers_where_they_belong() {
    let row = object_of_texts([("commId", "5001"), ("partnerAs2Id", "7"), ("usage", "")]);
    assert_eq!(
        Value::from(row),
        json!({ "commId": 5001, "partnerAs2Id": "7" })
    );
}
