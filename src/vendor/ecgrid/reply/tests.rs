use serde_json::json;

use super::*;
use crate::vendor::ecgrid::tests::{NOW, TestWorld, at, comm, sample};

fn info() -> CommIdInfo {
    let keys = vec![TestWorld::with_key().keys.remove(0).1];
    CommIdInfo::new(comm(5001), keys, at(NOW))
}

fn names(element: &Element) -> Vec<&'static str> {
    element.children().iter().map(Element::name).collect()
}

fn text<'a>(element: &'a Element, name: &str) -> Option<&'a str> {
    element.child(name).and_then(Element::text_content)
}

#[test]
fn rest_has_the_pages_fields_first_and_the_certificates_beside_them() {
    let json = RestReply::of(info().to_rest()).to_json().unwrap();
    let page = r#"{"success":true,"data":{"commId":5001,"mailboxId":101,"commType":"as2","identifier":"MYCOMPANY-AS2","status":"Active","useType":"Production","privateKeyRequired":true,"withCerts":true,"certificates":[{"certKeyId":79,"#;
    assert!(json.starts_with(page), "{json}");
    assert!(json.ends_with(r#""errorCode":"","message":""}"#), "{json}");
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let certificate = &value["data"]["certificates"][0];
    let thumbprint: String = sample()
        .sha1()
        .iter()
        .map(|octet| format!("{octet:02X}"))
        .collect();
    assert_eq!(
        certificate,
        &json!({
            "certKeyId": 79, "partnerId": "P", "partnerUrl": null, "type": "X509",
            "usage": "Signature", "keyId": null, "userId": null, "secureHashAlgorithm": "SHA256",
            "subject": "CN=MYCOMPANY-AS2,O=My Company", "issuer": "CN=MYCOMPANY-AS2,O=My Company",
            "hasPrivateKey": true, "publicCertificate": STANDARD.encode(sample().as_der()),
            "beginUsage": "2026-05-07T00:00:00Z", "endUsage": "2028-05-07T00:00:00Z",
            "notBefore": "2026-05-07T00:00:00Z", "notAfter": "2028-05-07T00:00:00Z",
            "serialNumber": "8000000000000000", "thumbprint": thumbprint, "status": "Active",
            "certType": "cstPFXBlob"
        })
    );
    let ended = RestReply::of(true).to_json().unwrap();
    assert_eq!(
        ended,
        r#"{"success":true,"data":true,"errorCode":"","message":""}"#
    );
}

const SEQUENCE: &str = "CommID Type Version Created Modified Hosted Identifier NetworkID MailboxID \
    UseType SignData EncryptData CompressData BeginUsage EndUsage Status Receipt \
    SSLClientAuthentication HTTPAuthentication Certificates CommType CertKeyID";

const CERTIFICATE_SEQUENCE: &str = "CertKeyID PartnerID Type Usage SecureHashAlgorithm Subject \
    Issuer HasPrivateKey PublicCertificate BeginUsage EndUsage NotBefore NotAfter SerialNumber \
    Thumbprint Status CertType";

#[test]
fn soap_has_the_sequence_of_the_wsdl_and_then_the_pages_two() {
    let soap = info().with_new_key(79).to_soap();
    assert_eq!(names(&soap).join(" "), SEQUENCE);
    for (name, expected) in [
        ("CommID", "5001"),
        ("Type", "as2"),
        ("NetworkID", "1"),
        ("MailboxID", "101"),
        ("Status", "Active"),
        ("CommType", "AS2"),
        ("CertKeyID", "79"),
        ("Receipt", "SynchronousSigned"),
    ] {
        assert_eq!(text(&soap, name), Some(expected), "{name}");
    }
    let certificate = &soap.child("Certificates").unwrap().children()[0];
    assert_eq!(names(certificate).join(" "), CERTIFICATE_SEQUENCE);
    assert_eq!(text(certificate, "PartnerID"), Some("P"));
    let url = Comm {
        url: Some("http://h/".to_owned()),
        ..comm(5001)
    };
    let url = CommIdInfo::without_certificates(url).to_soap();
    assert_eq!(text(&url, "URL"), Some("http://h/"));
    assert!(url.child("Certificates").is_none());
}

#[test]
fn what_was_said_of_an_added_certificate_has_its_place() {
    let mut key = TestWorld::with_key().keys.remove(0).1;
    key.partner_url = Some("https://p/".to_owned());
    key.key_id = Some("k".to_owned());
    key.user_id = Some("u".to_owned());
    key.has_private_key = false;
    let soap = CommIdInfo::new(comm(5001), vec![key], at(NOW)).to_soap();
    let certificate = &soap.child("Certificates").unwrap().children()[0];
    assert_eq!(
        names(certificate)[..7],
        [
            "CertKeyID",
            "PartnerID",
            "PartnerURL",
            "Type",
            "Usage",
            "KeyID",
            "UserID"
        ]
    );
    assert_eq!(text(certificate, "CertType"), Some("cstPublicKeyBlob"));
    assert_eq!(text(certificate, "HasPrivateKey"), Some("false"));
}

#[test]
fn as2_comm_info_has_no_type_and_names_things_otherwise() {
    let soap = info().to_as2_comm_info();
    assert_eq!(names(&soap)[..3], ["CommID", "Created", "Modified"]);
    let certificate = &soap.child("CertificateInfo").unwrap().children()[0];
    assert_eq!(text(certificate, "PartnerAS2ID"), Some("P"));
    assert!(certificate.child("CertType").is_none());
}

#[test]
fn a_pfx_travels_in_root_info_and_is_never_shown() {
    let pfx = || {
        Pfx::new(
            Zeroizing::new(b"pfx".to_vec()),
            Zeroizing::new("secret".to_owned()),
        )
    };
    assert_eq!(format!("{:?}", pfx()), "Pfx([elided])");
    let soap = info().with_pfx(79, pfx()).to_soap();
    let certificate = &soap.child("Certificates").unwrap().children()[0];
    let root = certificate.child("RootInfo").unwrap();
    assert_eq!(text(root, "Password"), Some("secret"));
    assert_eq!(text(root, "PrivatePFX"), Some("cGZ4"));
}

#[test]
fn a_certificates_status_follows_its_use() {
    let mut key = TestWorld::with_key().keys.remove(0).1;
    for (now, expected) in [
        ("2026-05-06T23:59:59Z", Status::Preproduction),
        ("2026-05-07T00:00:00Z", Status::Active),
        ("2028-05-07T00:00:00Z", Status::Active),
        ("2028-05-07T00:00:01Z", Status::Terminated),
    ] {
        assert_eq!(key.status_at(at(now)), expected, "{now}");
    }
    key.terminated_at = Some(at(NOW));
    assert_eq!(key.status_at(at(NOW)), Status::Terminated);
}

#[test]
fn every_operation_answers_under_its_own_name() {
    for (operation, name) in [
        (Operation::AddPrivate, "CertAddPrivate"),
        (Operation::AddPrivateA, "CertAddPrivateA"),
        (Operation::AddPublic, "CertificateAddPublic"),
        (Operation::AddPublicA, "CertificateAddPublicA"),
        (Operation::CommInfo, "CommInfo"),
        (Operation::CommList, "CommList"),
        (Operation::CreatePrivate, "CertificateCreatePrivate"),
        (Operation::RenewPrivate, "CertificateRenewPrivate"),
        (Operation::Terminate, "CertificateTerminate"),
    ] {
        assert_eq!(Operation::from_name(name), Some(operation));
        let xml = operation.response(Element::text("x", true)).to_xml(None);
        assert_eq!(
            *xml,
            format!("<{name}Response><{name}Result>true</{name}Result></{name}Response>")
        );
    }
    assert_eq!(Operation::from_name("CertificatesExpiring"), None);
}

#[test]
fn an_operation_is_known_by_its_path_and_cites_its_page() {
    for operation in Operation::ALL {
        if let Some(path) = operation.rest() {
            assert_eq!(Operation::from_rest(path), Some(operation));
        }
    }
    assert_eq!(Operation::from_rest("certificates"), None);
    let create = Operation::CreatePrivate;
    assert_eq!(create.source(false), "ECGrid, Create Certificate");
    assert_eq!(create.source(true), crate::vendor::ecgrid::check::PAGE);
}
