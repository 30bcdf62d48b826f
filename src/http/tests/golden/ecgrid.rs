//! ECGrid over REST, SOAP and the HTTP POST binding.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Session;

pub(super) fn rest(session: &mut Session) {
    let key = [("X-API-Key", "demo")];
    let create = json!({"commId": 5001, "usage": "Signature", "partnerAs2Id": "PARTNER-AS2-ID"});
    session.json("POST /v2/certificates/create", &key, &create);
    for body in [
        json!({}),
        json!({"commId": "x"}),
        json!({"commId": 7}),
        json!({"commId": 5001, "secureHashAlgorithm": "SHA1"}),
        json!({"commId": 5001, "expires": "2020-01-01T00:00:00Z"}),
    ] {
        session.json("POST /v2/certificates/create", &key, &body);
    }
    session.json("POST /v2/certificates/create", &[], &create);
    session.json(
        "POST /v2/certificates/create",
        &[("X-API-Key", "x")],
        &create,
    );
    session.json(
        "POST /v2/certificates/create",
        &[("Authorization", "Bearer x")],
        &create,
    );
    session.call(
        "POST /v2/certificates/create",
        &key,
        b"{\"commId\":5001,\"commId\":1}",
    );
    let renew = json!({"commId": 5001, "certKeyId": 1, "overlapDays": 30, "years": 1});
    session.json("POST /v2/certificates/renew", &key, &renew);
    session.json(
        "POST /v2/certificates/renew",
        &key,
        &json!({"commId": 5001, "certKeyId": 9}),
    );
    session.call(
        "GET /v2/comms/5001",
        &[("Authorization", "Bearer demo")],
        b"",
    );
    session.call("GET /v2/comms/7", &key, b"");
    session.call("GET /v2/comms/x", &key, b"");
    session.json("POST /v2/comms/list", &key, &json!({}));
    let added = include_str!("../../../../testdata/emca/signer.cert.pem");
    let cert = STANDARD.encode(added);
    let add = json!({"commId": 5001, "certType": "X509", "cert": cert, "partnerUrl": "http://p"});
    session.json("POST /v2/certificates/add-public", &key, &add);
    session.json("POST /v2/certificates/add-public", &key, &add);
    let add = json!({"commId": 5001, "certType": "X509", "cert": "AAAA", "password": "x"});
    session.json("POST /v2/certificates/add-private", &key, &add);
    let end = json!({"commId": 5001, "certKeyId": 1});
    session.json("POST /v2/certificates/terminate", &key, &end);
    session.json(
        "POST /v2/certificates/terminate",
        &key,
        &json!({"commId": 5001}),
    );
}

const ASMX: &str = "/v4.1/prod/ECGridOS.asmx";

fn envelope(soap: &str, namespace: &str, body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"{soap}\"><s:Body><{body} xmlns=\"{namespace}\">BODY</{body}></s:Body></s:Envelope>"
    )
}

const ONE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const TWO: &str = "http://www.w3.org/2003/05/soap-envelope";
const WSDL: &str = "https://os.ecgrid.io/";

/// Asks in an envelope, and gives the answer's body.
fn ask(session: &mut Session, soap: &str, namespace: &str, name: &str, body: &str) -> String {
    let kind = match soap {
        ONE => "text/xml; charset=utf-8",
        _ => "application/soap+xml; charset=utf-8",
    };
    let text = envelope(soap, namespace, name).replace("BODY", body);
    let headers = [("content-type", kind)];
    let answer = session.call(&format!("POST {ASMX}"), &headers, text.as_bytes());
    answer.body
}

pub(super) fn soap(session: &mut Session) {
    let login = "<LoginName>demo</LoginName><Password>demo</Password>";
    let answer = ask(session, ONE, WSDL, "Login", login);
    let number = answer.split("<LoginResult>").nth(1).unwrap();
    let number = number.split('<').next().unwrap().to_owned();
    let wrong = login.replace("demo</P", "x</P");
    ask(session, TWO, WSDL, "Login", &wrong);
    ask(session, ONE, WSDL, "Login", "<LoginName>demo</LoginName>");
    let id = format!("<SessionID>{number}</SessionID>");
    let info = format!("{id}<CommID>5001</CommID>");
    ask(session, ONE, "http://www.ecgridos.net/", "CommInfo", &info);
    ask(session, TWO, WSDL, "CommList", &id);
    let create = format!(
        "{info}<BeginUsage>2026-01-02T00:00:00Z</BeginUsage><Usage>Encryption</Usage>\
         <SecureHashAlgorithm>sha2</SecureHashAlgorithm><Expires>2027-01-02T00:00:00Z</Expires>"
    );
    let name = "CertificateCreatePrivate";
    ask(session, ONE, WSDL, name, &create);
    ask(session, ONE, WSDL, name, &info);
    ask(session, ONE, WSDL, name, &create.replace("sha2", "md5"));
    let nobody = "<SessionID>nobody</SessionID><CommID>5001</CommID>";
    ask(session, TWO, WSDL, "CommInfo", nobody);
    ask(session, ONE, WSDL, "CommInfo", "<CommID>5001</CommID>");
    ask(session, ONE, WSDL, "CertificateMelt", &info);
    ask(session, ONE, "urn:x", "CommInfo", &info);
    ask(session, ONE, WSDL, "Logout", &id);
    ask(session, ONE, WSDL, "CommInfo", &info);
    ask(session, TWO, WSDL, "Logout", &id);
    soap_forms(
        session,
        &envelope(ONE, WSDL, "CommInfo").replace("BODY", ""),
    );
}

fn soap_forms(session: &mut Session, plain: &str) {
    let post = format!("POST {ASMX}");
    let type_1 = ("content-type", "text/xml; charset=utf-8");

    let action = ("SOAPAction", "\"https://os.ecgrid.io/CommList\"");
    session.call(&post, &[type_1, action], plain.as_bytes());
    for name in ["Login", "CommInfo", "CertificateTerminate", "Nothing"] {
        let line = format!("POST {ASMX}/{name}");
        session.call(
            &line,
            &[],
            b"SessionID=demo&LoginName=demo&Password=demo&CommID=5001",
        );
    }
    session.call(
        &format!("POST {ASMX}/CommInfo"),
        &[],
        b"SessionID=demo&CommID=5001&CommID=1",
    );
    let create = "SessionID=demo&CommID=5001&BeginUsage=1%2F2%2F2026+12%3A00%3A00+AM&Usage=SSL\
                  &SecureHashAlgorithm=SHA256&PartnerAS2ID=&Expires=1%2F2%2F2027+12%3A00%3A00+AM";
    let line = format!("POST {ASMX}/CertificateCreatePrivate");
    session.call(&line, &[], create.as_bytes());
    let described = session.call(
        &format!("GET {ASMX}?WSDL"),
        &[("host", "soap.example:9")],
        b"",
    );
    let address = format!("location=\"http://soap.example:9{ASMX}\"");
    assert_eq!(described.body.matches(&address).count(), 3);
    session.call(&format!("GET {ASMX}"), &[], b"");
}
