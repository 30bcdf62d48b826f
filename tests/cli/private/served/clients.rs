//! The clients of each vendor, and an operator: what they ask for well, and wrongly with secrets where secrets belong.

use std::fs;
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certwright::vendor::emca::envelope::EmKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{API_KEY, APP_SECRET, LOGIN, OPERATOR, PASSPHRASE, Served, TOKEN};
use crate::examples::object;
use crate::fleet;
use crate::private::settings::{PASSWORD, sealed};
use crate::vendors::envelope;

impl Served {
    pub(super) fn enos(&mut self) {
        let now = UNIX_EPOCH.elapsed().unwrap().as_millis().to_string();
        let encryption = sha256(&["app-1", &now, APP_SECRET]);
        let body = json!({"appKey": "app-1", "encryption": encryption, "timestamp": now});
        let reply = self.json(
            "POST /apim-token-service/v2.0/token/get",
            &[],
            &body,
            &["access token"],
        );
        let token = reply["data"]["accessToken"].as_str().unwrap().to_owned();
        self.secrets.add("access token", token.as_bytes());
        let csr = fs::read_to_string(fleet("sensor-03")).unwrap();
        let key = KEY_TEXT.replace("WHAT", &STANDARD.encode(self.folder.read("ca-pass")));
        for (csr, device) in [(csr.as_str(), "s3"), (&key, "s3"), (APP_SECRET, "s4")] {
            let body = json!({ "csr": csr, "issueAuthority": "ECC" }).to_string();
            let query = [
                ("action", "apply"),
                ("deviceKey", device),
                ("orgId", "o1"),
                ("productKey", "pk1"),
            ];
            let signed: String = query
                .iter()
                .map(|(name, value)| format!("{name}{value}"))
                .collect();
            let signature = sha256(&[&token, &signed, &body, &now, APP_SECRET]);
            let headers = [
                ("apim-accesstoken", token.as_str()),
                ("apim-timestamp", now.as_str()),
                ("apim-signature", signature.as_str()),
            ];
            let query = query
                .map(|(name, value)| format!("{name}={value}"))
                .join("&");
            let call = format!("POST /connect-service/v2.0/certificates?{query}");
            let answer = self.ask(&call, &headers, &body, &[]);
            assert_eq!(
                answer.contains("\"code\":0"),
                device == "s3" && csr.contains("REQUEST"),
                "{answer}"
            );
        }
        let call = format!(
            "GET /connect-service/v2.0/certificates?action=list&accessKey={APP_SECRET}&sign={token}"
        );
        self.ask(&call, &[("apim-accesstoken", APP_SECRET)], "", &[]);
    }

    pub(super) fn ecgrid(&mut self) {
        let key = [("x-api-key", API_KEY)];
        let create = json!({"commId": 5001, "usage": "Signature"});
        self.json("POST /v2/certificates/create", &key, &create, &[]);
        let asmx = "POST /v4.1/prod/ECGridOS.asmx";
        let soap = [("content-type", "text/xml; charset=utf-8")];
        let login = format!("<LoginName>admin</LoginName><Password>{LOGIN}</Password>");
        let reply = self.good(asmx, &soap, &envelope("Login", &login), &["session"]);
        let session = between(&reply, "<LoginResult>");
        self.secrets.add("session", session.as_bytes());
        let create = format!("<SessionID>{session}</SessionID>{CREATE}");
        let create = envelope("CertificateCreatePrivate", &create);
        let reply = self.good(asmx, &soap, &create, &["PFX password of ECGrid"]);
        let password = between(&reply, "<RootInfo><Password>");
        self.secrets
            .add("PFX password of ECGrid", password.as_bytes());
        let root = reply.split("<RootInfo>").nth(1).unwrap();
        let pfx = root
            .split(['<', '>'])
            .find(|text| text.len() > 1000)
            .unwrap()
            .to_owned();
        self.take(&pfx, &password, "key of ECGrid's PFX");
        let add = |password: Value| json!({"commId": 5001, "certType": "X509", "cert": pfx, "password": password});
        for password in [
            json!(PASSPHRASE),
            json!([PASSPHRASE]),
            json!({ PASSPHRASE: 1 }),
            json!(password),
        ] {
            self.ask(
                "POST /v2/certificates/add-private",
                &key,
                &add(password).to_string(),
                &[],
            );
        }
        let wrong = envelope("Login", &login.replace("admin", API_KEY));
        self.ask(
            asmx,
            &[("content-type", API_KEY), ("authorization", LOGIN)],
            &wrong,
            &[],
        );
        self.ask(asmx, &soap, &create.replace("</", LOGIN), &[]);
        let form = format!("SessionID={LOGIN}&CommID={API_KEY}");
        self.ask("POST /v4.1/prod/ECGridOS.asmx/CommInfo", &[], &form, &[]);
        for (name, value) in [("x-api-key", LOGIN), ("authorization", API_KEY)] {
            self.ask("POST /v2/certificates/create", &[(name, value)], "{}", &[]);
        }
        let list = json!({"commId": 5001, "withCerts": true});
        self.json("POST /v2/comms/list", &key, &list, &[]);
        self.good("GET /v2/comms/5001", &key, "", &[]);
        self.good(
            asmx,
            &soap,
            &envelope("Logout", &format!("<SessionID>{session}</SessionID>")),
            &[],
        );
    }

    pub(super) fn as2expert(&mut self) {
        let token = format!("Bearer {TOKEN}");
        let headers = [("authorization", token.as_str())];
        let create = json!({"station": 62, "selfSigned": true, "dias": 730});
        self.json("POST /api/v1/certificates/create", &headers, &create, &[]);
        self.json("POST /api/v1/certificates", &headers, &json!({}), &[]);
        self.json(
            "POST /api/v1/certificates/detail",
            &headers,
            &json!({"id": 1}),
            &[],
        );
        for body in [json!({ TOKEN: 1 }), json!(TOKEN)] {
            self.ask(
                "POST /api/v1/certificates/create",
                &headers,
                &body.to_string(),
                &[],
            );
        }
        let basic = format!("Basic {}", STANDARD.encode(TOKEN));
        self.ask(
            "POST /api/v1/certificates/create",
            &[("authorization", &basic)],
            TOKEN,
            &[],
        );
        self.ask(
            &format!("POST /api/v1/certificates/{TOKEN}?token={TOKEN}"),
            &headers,
            "",
            &[],
        );
    }

    pub(super) fn emca(&mut self) {
        let em_key = EmKey::of("apiuser", PASSWORD).expose_secret();
        self.secrets.add("emKey", em_key.as_bytes());
        let headers = [("emkey", em_key.as_str())];
        let at = "POST /emCAServices/rest/";
        let pfx = object("pfx-text.p7", json!({"applicationId": "app-2"}));
        for (method, request) in [
            ("createCustomerCertificateById", object("ber.p7", json!({}))),
            ("createPKCS12ById", pfx.clone()),
        ] {
            let body = self.good(&format!("{at}{method}"), &headers, &sealed(&request), &[]);
            let reply: Value = serde_json::from_str(&body).unwrap();
            assert_eq!(reply["status"], "success", "{body}");
            if method == "createPKCS12ById" {
                self.take(
                    reply["result"].as_str().unwrap(),
                    "secret@1",
                    "key of emCA's PFX",
                );
            }
        }
        // What is not sealed, or not by whom it should be, or for another method, or not what it should be.
        let garbled = sealed(&pfx).replace("\"requestData\":\"", "\"requestData\":\"AAAA");
        let nested = json!({"userName": PASSWORD, "requestData": { "password": PASSWORD }});
        for body in [
            pfx.to_string(),
            garbled,
            nested.to_string(),
            PASSWORD.to_owned(),
            sealed(&json!({ PASSWORD: 1 })),
        ] {
            for method in [
                "createPKCS12ById",
                "createCertificateById",
                "getCertificate",
            ] {
                self.ask(&format!("{at}{method}"), &headers, &body, &[]);
            }
        }
        let wrong = sealed(&object(
            "ber.p7",
            json!({"password": APP_SECRET, "profileID": PASSWORD}),
        ));
        self.ask(
            &format!("{at}createCertificateById"),
            &[("emkey", APP_SECRET)],
            &wrong,
            &[],
        );
        self.ask(&format!("{at}{PASSWORD}"), &headers, &wrong, &[]);
    }

    pub(super) fn operator(&mut self) {
        let basic = format!("Basic {}", STANDARD.encode(format!("op:{OPERATOR}")));
        let headers = [("authorization", basic.as_str())];
        let mut p12 = false;
        for path in ["/certificates/1", "/certificates/2", "/certificates/3"] {
            let page = self.good(&format!("GET {path}"), &headers, "", &[]);
            let Some(token) = page.split("name=\"token\" value=\"").nth(1) else {
                continue;
            };
            let token = token.split('"').next().unwrap();
            let here = [
                headers[0],
                ("sec-fetch-site", "same-origin"),
                ("content-type", FORM),
            ];
            for consumer in ["modern", "nobody"] {
                let form = format!("token={token}&consumer={consumer}&passphrase={PASSPHRASE}");
                let answer = self.ask(&format!("POST {path}/p12"), &here, &form, &[]);
                p12 |= answer.contains("application/x-pkcs12");
            }
            let form = format!("token={PASSPHRASE}&consumer=modern&passphrase={PASSPHRASE}");
            self.ask(&format!("POST {path}/p12"), &here, &form, &[]);
        }
        assert!(p12, "no P12 was handed out");
        self.ask(
            "GET /metrics",
            &[("authorization", &basic.replace("Basic", "Bearer"))],
            "",
            &[],
        );
        let wrong = format!("Basic {}", STANDARD.encode(format!("{OPERATOR}:op")));
        self.ask("GET /recent", &[("authorization", &wrong)], "", &[]);
        for path in [
            "/",
            "/lifecycle",
            "/expiry",
            "/rules",
            "/requests",
            "/recent",
            "/routes",
            "/metrics",
            "/openapi.json",
        ] {
            self.good(&format!("GET {path}"), &headers, "", &[]);
        }
    }
}

/// Lower-case hexadecimal of the SHA-256 of texts, one after the other.
fn sha256(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

fn between(text: &str, start: &str) -> String {
    let rest = text.split(start).nth(1).unwrap_or_else(|| panic!("{text}"));
    rest.split('<').next().unwrap().to_owned()
}

const FORM: &str = "application/x-www-form-urlencoded";

const KEY_TEXT: &str = "-----BEGIN PRIVATE KEY-----\nWHAT\n-----END PRIVATE KEY-----\n";

const CREATE: &str = "<CommID>5001</CommID><BeginUsage>2026-05-07T00:00:00Z</BeginUsage><Usage>Encryption</Usage>\
                      <SecureHashAlgorithm>sha2</SecureHashAlgorithm><Expires>2099-05-07T00:00:00Z</Expires>";
