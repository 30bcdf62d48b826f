//! Every route and every refusal, held against a file: `CERTWRIGHT_GOLDEN=write` writes it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Value, json};

use super::{AES_KEY, Answer, Bench, config};
use crate::http::page;
use crate::http::route::Route;
use crate::http::routes::TABLES;
use crate::vendor::emca::envelope::{AesKey, CipherMode, Sealed};

mod as2expert;
mod ecgrid;

/// A session of calls, and what was answered.
struct Session {
    bench: Bench,
    text: String,
}

impl Session {
    fn call(&mut self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let answer = self.bench.call(line, headers, body);
        let shown = shown(answer.body.trim_end());
        let head = headers
            .iter()
            .map(|(name, value)| format!(" [{name}: {}]", cut(value)));
        let head: String = head.collect();
        let asked = cut(&String::from_utf8_lossy(body));
        writeln!(
            self.text,
            "{line}{head} {asked}\n{} {}\n{shown}\n",
            answer.status, answer.content_type
        )
        .unwrap();
        answer
    }

    fn json(&mut self, line: &str, headers: &[(&str, &str)], body: &Value) -> Value {
        let body = body.to_string();
        let answer = self.call(line, headers, body.as_bytes());
        serde_json::from_str(&answer.body).unwrap_or_default()
    }
}

#[test]
fn every_route_answers_as_it_did() {
    let mut session = Session {
        bench: Bench::new(&config("")),
        text: String::new(),
    };
    enos(&mut session);
    emca(&mut session);
    ecgrid::rest(&mut session);
    ecgrid::soap(&mut session);
    as2expert::calls(&mut session);
    own(&mut session);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/golden/http.txt");
    if std::env::var_os("CERTWRIGHT_GOLDEN").is_some() {
        fs::write(&path, &session.text).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    for (found, expected) in session.text.split("\n\n").zip(golden.split("\n\n")) {
        assert_eq!(found, expected);
    }
    assert_eq!(session.text.len(), golden.len());
    // Each row of the tables was asked for something; the pages have tests of their own.
    let is_page = |route: &&Route| page::ROUTES.iter().any(|page| page.path == route.path);
    for route in TABLES.into_iter().flatten().filter(|route| !is_page(route)) {
        let line = format!("\n{} ", route.method);
        let start = route.path.split('{').next().unwrap();
        let mut asked = session.text.split("\n\n");
        assert!(
            asked.any(|call| format!("\n{call}").starts_with(&format!("{line}{start}"))),
            "{route:?} was not asked"
        );
    }
}

const BASE: &str = "/connect-service/v2.0/certificates";

fn enos(session: &mut Session) {
    let csr = include_str!("../../../testdata/vendor/enos/request.csr.pem");
    let apply = json!({"csr": csr, "validDay": 250, "issueAuthority": "RSA"});
    let at = |query: &str| format!("POST {BASE}?{query}");
    let device = "orgId=o1&productKey=pk1&deviceKey=dk1";
    let done = session.json(&at(&format!("action=apply&{device}")), &[], &apply);
    let number = done["data"]["certSN"].as_str().unwrap().to_owned();
    // The error table of the vendor's page, as far as one request can come to it.
    for (query, body) in [
        (format!("action=apply&{device}"), apply.clone()),
        ("action=apply&orgId=o1&assetId=a2".to_owned(), apply.clone()),
        ("action=apply&orgId=o1".to_owned(), apply.clone()),
        (format!("action=apply&{device}"), json!({})),
        ("action=apply&orgId=o1&assetId=a9".to_owned(), apply.clone()),
        (
            format!("action=apply&{device}"),
            json!({"csr": csr, "validDay": 9999}),
        ),
        (
            format!("action=apply&{device}"),
            json!({"csr": "x", "issueAuthority": "DSA"}),
        ),
        (format!("action=bind&{device}"), apply.clone()),
        (device.to_owned(), apply.clone()),
        (format!("action=revoke&{device}"), json!({"certSn": 7})),
        (
            format!("action=renew&{device}"),
            json!({"certSn": number.parse::<u64>().unwrap()}),
        ),
    ] {
        session.json(&at(&query), &[], &body);
    }
    // A token that is given is another each time.
    for call in ["get", "refresh"] {
        let at = format!("POST /apim-token-service/v2.0/token/{call}");
        session.json(&at, &[], &json!({"appKey": "ak"}));
    }
    enos_by_octets(session, &at, &apply, &number);
    enos_legacy(session, csr);
    for what in ["cacert", "crl"] {
        for which in ["", "/RSA", "/ECC", "/DSA"] {
            session.call(&format!("GET /enos/CA/{what}{which}"), &[], b"");
        }
    }
    session.call(&format!("DELETE {BASE}"), &[], b"");
}

fn enos_by_octets(session: &mut Session, at: &dyn Fn(&str) -> String, apply: &Value, number: &str) {
    let device = "orgId=o1&productKey=pk1&deviceKey=dk1";
    session.call(
        &at(&format!("action=apply&{device}")),
        &[],
        b"{\"csr\":\"\xFF\"}",
    );
    session.call(&at(&format!("action=apply&{device}")), &[], b"{");
    let token = STANDARD.encode([1; 255]);
    let headers = [("apim-accesstoken", token.as_str())];
    session.json(&at(&format!("action=apply&{device}")), &headers, apply);
    session.call(&format!("GET {BASE}?action=list&{device}"), &[], b"");
    session.call(
        &format!("GET {BASE}?action=revoke&{device}&certSn={number}"),
        &[],
        b"",
    );
    let listed = session.call(&format!("GET {BASE}?action=list&{device}"), &[], b"");
    let listed: Value = serde_json::from_str(&listed.body).unwrap();
    let last = listed["data"][1]["certSN"].as_str().unwrap().to_owned();
    let last: u64 = last.parse().unwrap();
    session.json(
        &at(&format!("action=revoke&{device}")),
        &[],
        &json!({"certSn": last, "reason": 1}),
    );
}

fn enos_legacy(session: &mut Session, csr: &str) {
    let device = "/connectService/products/pk1/devices/dk3/certificates";
    let asset = "/connectService/devices/a3/certificates";
    let body = Value::from(csr).to_string();
    let done = session.call(
        &format!("POST {device}/apply?orgId=o1"),
        &[],
        body.as_bytes(),
    );
    assert!(done.body.starts_with("{\"status\":"), "{}", done.body);
    session.call(&format!("POST {asset}/apply?orgId=o1"), &[], b"{}");
    session.call(&format!("GET {device}/list?orgId=o1"), &[], b"");
    session.call(&format!("GET {asset}/list?orgId=o2"), &[], b"");
    session.call(
        &format!("DELETE {asset}/revoke?orgId=o1&certSN=3"),
        &[],
        b"",
    );
    session.call(
        &format!("DELETE {device}/revoke?orgId=o1&certSN=4"),
        &[],
        b"",
    );
}

fn sealed(changes: &[(&str, Value)]) -> Sealed {
    let key = AesKey::from_text(AES_KEY).unwrap();
    let signed = include_bytes!("../../../testdata/emca/ber.p7");
    let mut object = json!({
        "signature": STANDARD.encode(signed), "userName": "apiuser", "password": "apipass", "profileID": "3",
        "subscriberId": "sub-1", "sANValues": "dNSName=www.example.com", "isP7BRequest": "false",
        "subjectDNOids": "2.5.4.3|gateway~2.5.4.10|Example~2.5.4.6|IN", "applicationId": "app-1",
    });
    for (name, value) in changes {
        object[*name] = value.clone();
    }
    let mut rng = ChaCha20Rng::from_seed([3; 32]);
    let octets = object.to_string().into_bytes();
    Sealed::seal("apiuser", &octets, &key, CipherMode::Ecb, &mut rng).unwrap()
}

const HEADER: [(&str, &str); 1] = [("emKey", "772a2b5a1909603fae1b8efad45571069ce5ab6f")];

fn emca(session: &mut Session) {
    let header = HEADER;
    let at = |method: &str| format!("POST /emCAServices/rest/{method}");
    let custom = at("createCustomerCertificateById");
    let plain = sealed(&[]).to_json();
    let first = session.call(&custom, &header, plain.as_bytes());
    // The retry, under the page's other spelling, though its password was right and its profile is another now.
    let again = sealed(&[("profileID", json!("4"))]).to_json();
    let again = session.call(
        &at("createCustomCertificateById"),
        &header,
        again.as_bytes(),
    );
    assert_eq!(first.body, again.body);
    let fresh = |more: &[(&str, Value)]| {
        let id = ("applicationId", json!("app-2"));
        sealed(&[&[id], more].concat()).to_json()
    };
    for more in [
        ("profileID", json!("4")),
        ("validity", json!("1:2:3")),
        ("validFrom", json!("tomorrow")),
        ("isP7BRequest", json!("perhaps")),
        ("password", json!("wrong")),
        ("signature", json!("AAAA")),
        ("subscriberId", Value::Null),
        ("subjectDNOids", json!("2.5.4.6|India")),
    ] {
        session.call(&custom, &header, fresh(&[more]).as_bytes());
    }
    emca_more(session, &custom, &plain, fresh);
}

fn emca_more(
    session: &mut Session,
    custom: &str,
    plain: &str,
    fresh: impl Fn(&[(&str, Value)]) -> String,
) {
    let header = HEADER;
    let at = |method: &str| format!("POST /emCAServices/rest/{method}");
    session.call(custom, &[], fresh(&[]).as_bytes());
    session.call(custom, &[("emKey", "no key")], fresh(&[]).as_bytes());
    session.call(
        custom,
        &header,
        b"{\"userName\":\"apiuser\",\"requestData\":\"AAAA\"}",
    );
    session.call(
        custom,
        &header,
        b"{\"userName\":\"nobody\",\"requestData\":\"AAAA\"}",
    );
    session.call(custom, &header, b"[]");
    for method in [
        "createeSignCustomerCertificateById",
        "createeSignCustomCertificateById",
        "createCertificateById",
        "createCertificateP7BById",
        "createCertificate",
        "createCertificateP7B",
        "createPKCS12ById",
        "createPKCS12",
        "getCertificate",
        "getCertificateProfileList",
        "getProfileInfoByProfileName",
        "suspend",
        "revoke",
    ] {
        let body = fresh(&[
            ("applicationId", json!(method)),
            ("profileName", json!("demo")),
        ]);
        session.call(&at(method), &header, body.as_bytes());
    }
    session.call(&at("createNothing"), &header, b"{}");
    // A user's addresses are registered: the same from elsewhere is refused.
    let request = super::request(custom, &header, plain.as_bytes());
    let bench = &session.bench;
    let elsewhere = bench
        .runtime()
        .block_on(bench.ask("192.0.2.1:50000", request));
    assert!(
        elsewhere.body.contains("Invalid request details found"),
        "{}",
        elsewhere.body
    );
}

fn own(session: &mut Session) {
    session.call("GET /healthz", &[], b"");
    session.call("GET /nothing", &[], b"");
    session.call("GET /crl/nobody.crl", &[], b"");
    session.call("GET /routes", &[], b"");
    for path in ["openapi", "openapi.json"] {
        let answer = session.bench.call(&format!("GET /{path}"), &[], b"");
        let (status, content_type) = (answer.status, answer.content_type);
        write!(session.text, "GET /{path} \n{status} {content_type}\n\n").unwrap();
    }
    // What they tell changes with every run.
    for path in ["metrics", "recent"] {
        let answer = session.bench.call(&format!("GET /{path}"), &[], b"");
        assert_eq!(answer.status, 200);
        assert!(
            !answer.body.contains("apipass") && !answer.body.contains("demo\""),
            "{path}"
        );
        session.text.push_str(&format!("GET /{path} \n200\n\n"));
    }
}

/// PEM, long runs of base64 and hashes by their length, since keys of one seed differ between versions; a description of
/// the service by its lines.
fn shown(body: &str) -> String {
    if body.contains("wsdl:definitions") {
        return format!("[a WSDL of {} lines]", body.lines().count());
    }
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, block)) = rest.split_once("-----BEGIN CERTIFICATE-----") {
        let (block, after) = block.split_once("-----END CERTIFICATE-----").unwrap();
        write!(text, "{before}[PEM of {} characters]", block.len()).unwrap();
        rest = after;
    }
    text.push_str(rest);
    let is_long = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let parts = text.split_inclusive(|c| !is_long(c)).map(|part| {
        let run = part.trim_end_matches(|c| !is_long(c));
        let rest = part.get(run.len()..).unwrap_or_default();
        match run.len() {
            // A PFX is as long as the numbers of its key.
            2500.. => format!("[over 2500 characters]{rest}"),
            40.. => format!("[{} characters]{rest}", run.len()),
            _ => part.to_owned(),
        }
    });
    uuids(&parts.collect::<String>())
}

/// Numbers of requests and sessions are drawn from the system.
fn uuids(text: &str) -> String {
    let parts: Vec<&str> = text.split_inclusive(['"', '>', '<']).collect();
    let part = |part: &&str| {
        let word = part.trim_end_matches(['"', '>', '<']);
        let groups: Vec<usize> = word.split('-').map(str::len).collect();
        match groups == [8, 4, 4, 4, 12] {
            true => part.replace(word, "[uuid]"),
            false => (*part).to_owned(),
        }
    };
    parts.iter().map(part).collect()
}

fn cut(text: &str) -> String {
    let text = uuids(&text.replace('\n', " "));
    match text.char_indices().nth(100) {
        None => text,
        Some((at, _)) => format!("{}…", &text[..at]),
    }
}
