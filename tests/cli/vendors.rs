//! emCA, ECGrid and AS2Expert: the vendor's own body in, the vendor's own reply out, and what lies behind both.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certwright::bundle::p12;
use certwright::bundle::p12::P12Password;
use certwright::cert::Certificate;
use certwright::cms::CertificatesOnly;
use certwright::key::{KeyPair, Passphrase};
use certwright::request::CertificationRequest;
use serde_json::{Value, json};

use super::examples::object;
use super::{Folder, Run, testdata};

/// A workspace with these settings.
fn folder(settings: &str) -> Folder {
    let folder = Folder::new();
    assert_eq!(folder.words("init").code, 0);
    folder.write("certwright-workspace/certwright.toml", settings);
    folder
}

fn emca() -> Folder {
    let signer = std::fs::read_to_string(testdata("emca/signer.cert.pem")).unwrap();
    let folder = folder(&EMCA.replace("SIGNER", &signer));
    for name in ["openssl-body.json", "bc-body.json"] {
        folder.write(name, std::fs::read(testdata("emca").join(name)).unwrap());
    }
    folder.write("object.json", object("ber.p7", json!({})).to_string());
    folder
}

fn ecgrid() -> Folder {
    let folder = folder(ECGRID);
    folder.write("create.json", r#"{"commId": 5001, "usage": "Signature"}"#);
    folder.write("password.txt", "certwright test\n");
    folder
}

/// An envelope of SOAP 1.1 around an operation of the vendor's namespace.
pub(super) fn envelope(operation: &str, parameters: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
         <{operation} xmlns=\"https://os.ecgrid.io/\">{parameters}</{operation}></soap:Body></soap:Envelope>"
    )
}

pub(super) fn done(run: Run) -> Run {
    assert_eq!(run.code, 0, "{}", run.err);
    run
}

/// A refusal's reply, with nothing issued.
fn refused(folder: &Folder, words: &str) -> Run {
    let (names, rows) = (folder.names(), folder.listed().len());
    let run = folder.words(words);
    assert_eq!(run.code, 4, "{words}: {}", run.err);
    assert!(run.err.starts_with("error: "), "{}", run.err);
    assert_eq!(
        (folder.names(), folder.listed().len()),
        (names, rows),
        "{words}"
    );
    run
}

fn decoded(result: &Value) -> Vec<u8> {
    STANDARD.decode(result.as_str().unwrap()).unwrap()
}

#[cfg(unix)]
fn mode(folder: &Folder, name: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt;

    let metadata = std::fs::metadata(folder.path(name)).unwrap();
    metadata.permissions().mode() & 0o777
}

#[test]
fn a_sealed_body_of_openssl_is_answered_and_again_with_the_same_octets() {
    let folder = emca();
    let first = done(folder.words("issue emca --request openssl-body.json --reply"));
    let reply = first.json();
    assert_eq!(reply["status"], "success");
    assert_eq!(reply["requestId"], Value::Null);
    let certificate = Certificate::from_der(&decoded(&reply["result"])).unwrap();
    let root = Certificate::from_pem(&folder.words("ca show rsa-root --pem").out).unwrap();
    certificate.verify_signature(root.public_key()).unwrap();
    assert_eq!(certificate.serial().to_u64(), Some(5_000_001));
    let again =
        done(folder.words("call emca createCustomerCertificateById --request openssl-body.json"));
    assert_eq!(again.out, first.out);
    let pem = done(folder.words("issue emca --request openssl-body.json"));
    assert_eq!(pem.text(), certificate.to_pem());
    assert_eq!(folder.listed().len(), 1);
    // BouncyCastle asked for P7B.
    let reply = done(folder.words("issue emca --request bc-body.json --reply")).json();
    let bundle = CertificatesOnly::from_der(&decoded(&reply["result"])).unwrap();
    assert_eq!(bundle.certificates().len(), 2);
}

#[test]
fn a_decrypted_object_is_its_users_and_leaves_what_is_asked_for() {
    let folder = emca();
    let run = folder.words("issue emca --request object.json --out gateway.pem");
    assert_eq!(run.code, 2, "two users are configured: {}", run.err);
    let words = "issue emca --request object.json --user apiuser --json --out gateway.pem --artefacts pem,chain,reply";
    let issued = done(folder.words(words)).json();
    assert_eq!(issued["subscriberId"], "sub-1");
    assert_eq!(issued["subject"], "C=IN,O=Example,CN=gateway");
    let pem = Certificate::from_pem(&folder.read("gateway.pem")).unwrap();
    let reply: Value = serde_json::from_slice(&folder.read("gateway.reply.json")).unwrap();
    assert_eq!(decoded(&reply["result"]), pem.as_der());
    let chain = String::from_utf8(folder.read("gateway.chain.pem")).unwrap();
    assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
}

#[test]
fn emca_refuses_in_its_own_words_and_issues_nothing() {
    let folder = emca();
    let sealed: Value = serde_json::from_slice(&folder.read("openssl-body.json")).unwrap();
    let mut cut = sealed.clone();
    cut["requestData"] = "AAAA".into();
    for (name, body, result) in [
        ("junk.json", json!("junk"), "Invalid parameter"),
        ("cut.json", cut, "Invalid input data"),
        (
            "profile.json",
            object("ber.p7", json!({"profileID": "9"})),
            "9 profile does not exist",
        ),
        (
            "other.json",
            object("other-signer.p7", json!({})),
            "Signature verification failed",
        ),
        (
            "validity.json",
            object("ber.p7", json!({"validity": "1:2"})),
            "Invalid validity",
        ),
        (
            "country.json",
            object(
                "ber.p7",
                json!({"subjectDNOids": "2.5.4.3|a~2.5.4.6|India"}),
            ),
            "Please enter valid data",
        ),
    ] {
        folder.write(name, body.to_string());
        let user = if body.get("requestData").is_some() {
            ""
        } else {
            "--user apiuser"
        };
        let run = refused(
            &folder,
            &format!("issue emca --request {name} --reply {user} --out x.pem"),
        );
        let expected =
            json!({"status": "failure", "result": result, "subscriberId": null, "requestId": null});
        assert_eq!(run.json(), expected, "{name}");
    }
    // The rules behind the words are told as JSON.
    let run = folder.words("issue emca --request validity.json --user apiuser --json");
    assert_eq!(
        (run.code, run.rules()),
        (4, vec!["emca.validity".to_owned()])
    );
}

/// The octets of a message of the test data with one bit turned, in the middle of these or in the last octet.
fn turned(octets: &[u8], around: Option<&[u8]>) -> String {
    let mut octets = octets.to_vec();
    let at = match around {
        None => octets.len() - 1,
        Some(part) => {
            let mut windows = octets.windows(part.len());
            windows.position(|window| window == part).unwrap() + part.len() / 2
        }
    };
    octets[at] ^= 1;
    STANDARD.encode(octets)
}

#[test]
fn a_turned_bit_and_another_signer_get_their_message_and_issue_nothing() {
    let folder = emca();
    let sealed: Value = serde_json::from_slice(&folder.read("openssl-body.json")).unwrap();
    let data = sealed["requestData"].as_str().unwrap().replace(' ', "");
    let data = STANDARD.decode(data).unwrap();
    let sealed =
        json!({ "userName": "apiuser", "requestData": turned(&data, Some(&data[64..80])) });
    // The signer's own attributes, and no end-of-contents, come last here.
    let message = std::fs::read(testdata("emca/der.p7")).unwrap();
    let request = std::fs::read(testdata("emca/request.csr.pem")).unwrap();
    let request = CertificationRequest::from_pem(&request).unwrap();
    let signed = |signature: String| object("der.p7", json!({ "signature": signature }));
    let bare = json!({ "signature": null, "csrData": turned(request.as_der(), None) });
    for (body, user, result, rules) in [
        (sealed, "", "Invalid input data", ["emca.body"]),
        (
            signed(turned(&message, None)),
            "--user apiuser",
            "Signature verification failed",
            ["emca.signature"],
        ),
        (
            signed(turned(&message, Some(request.as_der()))),
            "--user apiuser",
            "Signature verification failed",
            ["emca.signature"],
        ),
        (
            object("der.p7", bare),
            "--user second",
            "Please enter valid data",
            ["emca.csr-proof"],
        ),
        (
            object("other-signer.p7", json!({})),
            "--user apiuser",
            "Signature verification failed",
            ["emca.signature"],
        ),
    ] {
        folder.write("body.json", body.to_string());
        let words = format!("issue emca --request body.json {user} --out x.pem");
        let run = refused(&folder, &format!("{words} --reply"));
        assert_eq!(run.json()["result"], result);
        let run = folder.words(&format!("{words} --json"));
        assert_eq!(
            (run.code, run.rules()),
            (4, rules.map(str::to_owned).to_vec())
        );
    }
    assert_eq!(folder.listed().len(), 0);
}

#[test]
fn the_pfx_of_a_key_that_emca_made_is_written_beside_its_certificate() {
    let folder = emca();
    folder.write("pfx.json", object("pfx-text.p7", json!({})).to_string());
    let words = "issue emca --request pfx.json --method createPKCS12ById --user apiuser --json --out gw.pem \
                 --artefacts pem,p12,reply --force";
    // The same again from the second time on: the key is nowhere but in the PFX.
    for _ in 0..2 {
        done(folder.words(words));
        let certificate = Certificate::from_pem(&folder.read("gw.pem")).unwrap();
        let password = Passphrase::new("secret@1".to_owned()).unwrap();
        let octets = folder.read("gw.p12");
        let pfx = p12::read_p12(&octets, P12Password::Passphrase(&password)).unwrap();
        assert_eq!(pfx.leaf_first()[0], certificate);
        assert_eq!(pfx.key().public_key(), certificate.public_key());
        let reply: Value = serde_json::from_slice(&folder.read("gw.reply.json")).unwrap();
        assert_eq!(decoded(&reply["result"]), octets);
        #[cfg(unix)]
        assert_eq!(mode(&folder, "gw.p12"), 0o600);
    }
    for (words, told) in [
        (
            "issue emca --request pfx.json --method createPKCS12ById --user apiuser --out k.pem --artefacts key",
            "in the PFX of the reply alone",
        ),
        (
            "issue emca --request object.json --user apiuser --out k.pem --artefacts p12",
            "not made here",
        ),
    ] {
        let run = folder.words(words);
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.contains(told), "{}", run.err);
    }
    assert_eq!(folder.listed().len(), 1);
}

#[test]
fn a_request_waits_for_its_release() {
    let folder = emca();
    folder.write(
        "wait.json",
        object("ber.p7", json!({"profileID": "4"})).to_string(),
    );
    let run = folder.words("issue emca --request wait.json --user apiuser --out w.pem");
    assert_eq!(run.code, 4, "nothing issued: {}", run.err);
    let reply = done(folder.words("issue emca --request wait.json --user apiuser --reply")).json();
    assert_eq!(reply["requestId"], "1");
    assert_eq!(folder.listed().len(), 0);
    done(folder.words("issue emca --release app-1 --user apiuser --out w.pem"));
    let certificate = Certificate::from_pem(&folder.read("w.pem")).unwrap();
    let reply = done(folder.words("issue emca --request wait.json --user apiuser --reply")).json();
    assert_eq!(decoded(&reply["result"]), certificate.as_der());
    assert_eq!(
        folder
            .words("issue emca --release app-1 --user apiuser")
            .code,
        1
    );
}

#[test]
fn emcas_siblings_find_suspend_and_revoke_by_the_signed_number() {
    let folder = emca();
    let issued =
        done(folder.words("issue emca --request object.json --user apiuser --reply")).json();
    folder.write("get.json", object("serial.p7", json!({})).to_string());
    let held =
        done(folder.words("call emca getCertificate --request get.json --user apiuser")).json();
    assert_eq!(held, issued);
    assert_eq!(
        run_suspend(&emca()),
        ("Certificate suspended successfully".into(), 6)
    );
    folder.write(
        "revoke.json",
        object("serial.p7", json!({"revokeMode": 1})).to_string(),
    );
    done(folder.words("revoke emca --request revoke.json --user apiuser"));
    assert_eq!(folder.listed()[0]["status"], "revoked");
    let run = refused(
        &folder,
        "revoke emca --request revoke.json --user apiuser --reply",
    );
    assert_eq!(run.json()["result"], "Please enter valid data");
    folder.write(
        "profile.json",
        object("profile-name.p7", json!({})).to_string(),
    );
    let words = "call emca getProfileInfoByProfileName --request profile.json --user apiuser";
    let told = done(folder.words(words)).json();
    let told: Value = serde_json::from_str(told["result"].as_str().unwrap()).unwrap();
    assert_eq!(told["profileId"], "3");
}

/// The vendor's words, and the reason on record.
fn run_suspend(folder: &Folder) -> (Value, u64) {
    done(folder.words("issue emca --request object.json --user apiuser"));
    folder.write("hold.json", object("serial.p7", json!({})).to_string());
    let words = "revoke emca --suspend --request hold.json --user apiuser --reply";
    let reply = done(folder.words(words)).json();
    let row = folder.listed().remove(0);
    (
        reply["result"].clone(),
        row["revocation"]["reason"].as_u64().unwrap(),
    )
}

#[test]
fn rest_of_ecgrid_is_answered_with_the_comm_and_the_key_goes_where_it_is_asked() {
    let folder = ecgrid();
    let words = "issue ecgrid --request create.json --user admin --json --out c.pem --artefacts pem,key,p12,reply \
                 --p12-for windows-2016 --p12-password-file password.txt";
    let issued = done(folder.words(words)).json();
    assert_eq!(
        (&issued["comm"], &issued["certKeyId"]),
        (&json!("5001"), &json!("1"))
    );
    let certificate = Certificate::from_pem(&folder.read("c.pem")).unwrap();
    let key = KeyPair::from_pem(&folder.read("c.key.pem"), None).unwrap();
    assert_eq!(key.public_key(), certificate.public_key());
    let password = Passphrase::new("certwright test".to_owned()).unwrap();
    let p12 = p12::read_p12(&folder.read("c.p12"), P12Password::Passphrase(&password)).unwrap();
    assert_eq!(p12.leaf_first(), std::slice::from_ref(&certificate));
    assert_eq!(p12.alias(), Some("MYCOMPANY-AS2"));
    #[cfg(unix)]
    for (name, expected) in [("c.key.pem", 0o600), ("c.p12", 0o600)] {
        assert_eq!(mode(&folder, name), expected, "{name}");
    }
    let reply: Value = serde_json::from_slice(&folder.read("c.reply.json")).unwrap();
    assert_eq!(
        (&reply["success"], &reply["data"]["commId"]),
        (&json!(true), &json!(5001))
    );
    let shown = &reply["data"]["certificates"][0];
    assert_eq!(decoded(&shown["publicCertificate"]), certificate.as_der());
    assert_eq!(shown["usage"], "Signature");
}

#[test]
fn soap_of_ecgrid_is_answered_in_its_own_envelope() {
    let folder = ecgrid();
    let create = envelope("CertificateCreatePrivate", CREATE);
    folder.write("create.xml", &create);
    let run = done(folder.words("issue ecgrid --request create.xml --reply"));
    let xml = run.text();
    let begin = "<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope \
                 xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
                 <CertificateCreatePrivateResponse xmlns=\"https://os.ecgrid.io/\"><CertificateCreatePrivateResult>\
                 <CommID>5001</CommID><Type>as2</Type>";
    assert!(xml.starts_with(begin), "{xml}");
    assert!(xml.ends_with(
        "<CertKeyID>1</CertKeyID></CertificateCreatePrivateResult>\
                           </CertificateCreatePrivateResponse></soap:Body></soap:Envelope>\n"
    ));
    // The key travels in the reply, as in that of `call`; a file with it is its owner's.
    assert_eq!(xml.matches("<RootInfo><Password>").count(), 1, "{xml}");
    let words = "issue ecgrid --request create.xml --out c.pem --artefacts reply";
    done(folder.words(words));
    let file = folder
        .names()
        .into_iter()
        .find(|name| name.starts_with("c.reply"))
        .unwrap();
    let reply = String::from_utf8(folder.read(&file)).unwrap();
    assert_eq!(reply.matches("<RootInfo><Password>").count(), 1, "{reply}");
    #[cfg(unix)]
    assert_eq!(mode(&folder, &file), 0o600);
    let renew = "<CommID>5001</CommID><CertKeyID>1</CertKeyID><OverlapDays>30</OverlapDays><Years>1</Years>\
                 <SecureHashAlgorithm>sha2</SecureHashAlgorithm>";
    folder.write(
        "renew.xml",
        envelope(
            "CertificateRenewPrivate",
            &format!("<SessionID>k3y</SessionID>{renew}"),
        ),
    );
    let run = done(folder.words("renew ecgrid --request renew.xml --reply"));
    assert_eq!(run.text().matches("<RootInfo><Password>").count(), 1);
    let der = xml
        .split("<PublicCertificate>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let certificate = Certificate::from_der(&STANDARD.decode(der).unwrap()).unwrap();
    assert_eq!(
        certificate.validity().not_before().to_string(),
        "2026-05-07T00:00:00Z"
    );
}

#[test]
fn a_soap_fault_is_in_the_callers_form_and_another_operation_is_another_command() {
    let folder = ecgrid();
    let create = envelope("CertificateCreatePrivate", CREATE);
    // Faults in the caller's form: SOAP 1.1, SOAP 1.2, the bare element, and what is no XML at all.
    let wrong = create.replace("sha2", "md5");
    folder.write("fault.xml", &wrong);
    let run = refused(
        &folder,
        "issue ecgrid --request fault.xml --reply --out x.pem",
    );
    let fault = "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>Invalid parameter.</faultstring>\
                 <detail><ErrorInfo><ErrorCode>0</ErrorCode>";
    assert!(run.text().contains(fault), "{}", run.text());
    assert!(
        run.text()
            .contains("<ErrorItem>SecureHashAlgorithm</ErrorItem>")
    );
    let twelve = "http://www.w3.org/2003/05/soap-envelope";
    folder.write(
        "fault12.xml",
        wrong.replace("http://schemas.xmlsoap.org/soap/envelope/", twelve),
    );
    let run = refused(&folder, "issue ecgrid --request fault12.xml --reply");
    assert!(
        run.text()
            .contains("<soap:Code><soap:Value>soap:Sender</soap:Value></soap:Code>")
    );
    folder.write("key.xml", create.replace("k3y", "other"));
    let run = refused(&folder, "issue ecgrid --request key.xml --reply");
    assert!(
        run.text()
            .contains("<ErrorCode>5</ErrorCode><ErrorString>Invalid SessionID")
    );
    folder.write(
        "dtd.xml",
        "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
    );
    let run = refused(&folder, "issue ecgrid --request dtd.xml --reply");
    assert!(
        run.text().contains("<ErrorItem>Body</ErrorItem>"),
        "{}",
        run.text()
    );
    // Another operation is another command.
    folder.write("renew.xml", envelope("CertificateRenewPrivate", CREATE));
    let run = folder.words("issue ecgrid --request renew.xml --json");
    assert_eq!(run.code, 2);
    let hint = "certwright call ecgrid CertificateRenewPrivate --request FILE";
    assert_eq!(run.error()["hint"], hint);
}

#[test]
fn ecgrid_refuses_in_the_words_of_rest() {
    let folder = ecgrid();
    for (body, user, code, message) in [
        (r#"{"commId": 9}"#, "admin", "ObjectNotFound", "commId: "),
        (
            r#"{"usage": "SSL"}"#,
            "admin",
            "InvalidParameter",
            "commId: is required",
        ),
        (
            r#"{"commId": 5001, "secureHashAlgorithm": "SHA1"}"#,
            "admin",
            "InvalidParameter",
            "secureHashAlgorithm: ",
        ),
        (
            r#"{"commId": 5001}"#,
            "reader",
            "AccessDenied",
            "Your AuthLevel does not permit",
        ),
        (
            "[]",
            "admin",
            "InvalidParameter",
            "body: is not a JSON object",
        ),
    ] {
        folder.write("body.json", body);
        let words = format!(
            "issue ecgrid --request body.json --user {user} --reply --out x.pem --artefacts key,pem"
        );
        let reply = refused(&folder, &words).json();
        assert_eq!(reply["errorCode"], code, "{body}");
        assert_eq!(
            (&reply["success"], &reply["data"]),
            (&json!(false), &Value::Null)
        );
        assert!(
            reply["message"].as_str().unwrap().starts_with(message),
            "{reply}"
        );
    }
    let run = folder.words("issue ecgrid --request create.json");
    assert_eq!(run.code, 2, "two users are configured: {}", run.err);
    let words = "issue ecgrid --request create.json --user admin --out c.pem --artefacts p12";
    assert_eq!(folder.words(words).code, 2, "a P12 needs a password");
    assert_eq!(folder.listed().len(), 0);
}

#[test]
fn ecgrids_operations_renew_add_list_and_terminate() {
    let folder = ecgrid();
    let words = "issue ecgrid --request create.json --user admin --out c.pem --artefacts cer,p12 \
                 --p12-password-file password.txt";
    done(folder.words(words));
    folder.write(
        "renew.json",
        r#"{"commId": 5001, "certKeyId": 1, "overlapDays": 30, "years": 3}"#,
    );
    let renewed =
        done(folder.words("renew ecgrid --request renew.json --user admin --json")).json();
    assert_eq!(renewed["certKeyId"], "2");
    let add = |extra: Value, file: &str| {
        let mut body =
            json!({"commId": 5002, "certType": "X509", "cert": STANDARD.encode(folder.read(file))});
        body.as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        folder.write("add.json", body.to_string());
    };
    add(json!({"partnerCommId": 5001}), "c.cer");
    let added =
        done(folder.words("call ecgrid certificates/add-public --request add.json --user admin"))
            .json();
    assert_eq!(
        added["data"]["certificates"][0]["partnerId"],
        "MYCOMPANY-AS2"
    );
    add(json!({"password": "wrong"}), "c.p12");
    let run = refused(
        &folder,
        "call ecgrid certificates/add-private --request add.json --user admin",
    );
    assert_eq!(run.json()["errorCode"], "InvalidParameter");
    folder.write("end.xml", "<CertificateTerminate><CommID>5001</CommID><CertKeyID>1</CertKeyID></CertificateTerminate>");
    let run = done(folder.words("revoke ecgrid --request end.xml --user admin --reply"));
    let answer = "<?xml version=\"1.0\" encoding=\"utf-8\"?><CertificateTerminateResponse>\
                  <CertificateTerminateResult>true</CertificateTerminateResult></CertificateTerminateResponse>\n";
    assert_eq!(run.text(), answer);
    folder.write("list.json", r#"{"withCerts": true}"#);
    let list =
        done(folder.words("call ecgrid comms/list --request list.json --user reader")).json();
    let states: Vec<_> = list["data"][0]["certificates"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["status"])
        .collect();
    assert_eq!(states, ["Terminated", "Preproduction"]);
    folder.write("info.json", r#"{"commId": 5002}"#);
    let info = done(folder.words("call ecgrid CommInfo --request info.json --user admin")).json();
    assert_eq!(info["data"]["certificates"][0]["hasPrivateKey"], false);
}

#[test]
fn as2expert_makes_lists_and_details_a_stations_certificate() {
    let folder = folder(AS2EXPERT);
    folder.write(
        "body.json",
        r#"{"station": 62, "selfSigned": true, "email": "a@example.com", "dias": 730}"#,
    );
    let words = "issue as2expert --request body.json --json --out s.pem --artefacts pem,key,reply";
    let issued = done(folder.words(words)).json();
    assert_eq!(
        (&issued["station"], &issued["id"]),
        (&json!("62"), &json!("1"))
    );
    let certificate = Certificate::from_pem(&folder.read("s.pem")).unwrap();
    let key = KeyPair::from_pem(&folder.read("s.key.pem"), None).unwrap();
    assert_eq!(key.public_key(), certificate.public_key());
    let told = done(folder.words("audit show --kind key-exported --json")).json();
    assert_eq!(
        told[0]["text"],
        format!("key, as2expert {}", certificate.serial())
    );
    let reply: Value = serde_json::from_slice(&folder.read("s.reply.json")).unwrap();
    let expected = json!({
        "status": "success",
        "msg": "Certificate created",
        "data": {
            "id": 1, "certificate_id": 1, "station_id": 62, "commonName": "MYCOMPANY", "countryName": "ES",
            "localityName": "Madrid", "cert_pem": certificate.to_pem(),
        }
    });
    assert_eq!(reply, expected);
    let list = done(folder.words("call as2expert certificates")).json();
    assert_eq!(
        (&list["total"], &list["data"][0]["email"]),
        (&json!(1), &json!("a@example.com"))
    );
    folder.write("id.json", r#"{"id": 1}"#);
    let detail = done(folder.words("call as2expert certificates/detail --request id.json")).json();
    assert_eq!(detail["data"]["dias"], 730);
    assert_eq!(detail["data"]["lifecycle"]["current_count"], 1);
}

#[test]
fn as2expert_refuses_in_its_own_words() {
    let folder = folder(AS2EXPERT);
    for (body, status, msg) in [
        ("{}", "400", "Campo requerido: station"),
        (
            r#"{"station": 7, "selfSigned": true}"#,
            "404",
            "Station not found",
        ),
        (
            r#"{"station": 62, "selfSigned": false}"#,
            "400",
            "selfSigned must be true",
        ),
        (
            r#"{"station": 62, "selfSigned": true, "keybits": 1024}"#,
            "400",
            "Campo inválido: keybits",
        ),
    ] {
        folder.write("body.json", body);
        let run = refused(
            &folder,
            "issue as2expert --request body.json --reply --out x.pem --artefacts key,pem",
        );
        assert_eq!(
            (&run.json()["status"], &run.json()["msg"]),
            (&json!("error"), &json!(msg)),
            "{body}"
        );
        assert!(run.err.contains(status), "{}", run.err);
    }
    let run = folder.words("issue as2expert --request body.json --site elsewhere");
    assert_eq!(run.code, 2, "{}", run.err);
}

#[test]
fn a_file_that_is_there_stops_before_anything_is_made() {
    let folder = ecgrid();
    folder.write("c.key.pem", "mine");
    let words = "issue ecgrid --request create.json --user admin --out c.pem --artefacts key";
    assert_eq!(folder.words(words).code, 1);
    assert_eq!(folder.read("c.key.pem"), b"mine");
    assert_eq!(folder.listed().len(), 0);
    assert_eq!(
        folder
            .words("issue emca --request create.json --out c.pem --artefacts key")
            .code,
        2
    );
}

/// The parameters of the vendor's sample, with the key of a user.
pub(super) const CREATE: &str = "<SessionID>k3y</SessionID><CommID>5001</CommID><BeginUsage>2026-05-07T00:00:00Z</BeginUsage>\
                      <Usage>Encryption</Usage><SecureHashAlgorithm>sha2</SecureHashAlgorithm>\
                      <Expires>2099-05-07T00:00:00Z</Expires>";

pub(super) const EMCA: &str = r#"
[[emca.users]]
name = "apiuser"
password = "apipass"
aes_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
signer_certificate = '''SIGNER'''
[[emca.users]]
name = "second"
password = "apipass"
aes_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
unsigned_requests = true
[[emca.profiles]]
id = "3"
name = "tls"
[[emca.profiles]]
id = "4"
name = "released"
manual_authorization = true
"#;

const ECGRID: &str = r#"
[[ecgrid.comms]]
id = 5001
identifier = "MYCOMPANY-AS2"
[[ecgrid.comms]]
id = 5002
identifier = "DIVISION-AS2"
[[ecgrid.users]]
login = "admin"
api_key = "k3y"
level = "MailboxAdmin"
[[ecgrid.users]]
login = "reader"
api_key = "r3ad"
level = "General"
"#;

const AS2EXPERT: &str = r#"
[[as2expert.stations]]
id = 62
name = "My station"
as2id = "MYCOMPANY"
[[as2expert.partners]]
id = 140
name = "A partner"
station = 62
"#;
