//! Private keys: by which form they leave, and for whom.

use super::{ME, OPERATOR, all, bench, get, shown, xml};
use crate::bundle::p12::{P12Password, read_p12};
use crate::cert::Certificate;
use crate::http::page::ROUTES;
use crate::http::tests::Bench;
use crate::key::Passphrase;
use crate::ledger::{AuditFilter, AuditKind};

#[test]
fn a_key_leaves_by_the_form_of_an_operator_alone_and_is_told() {
    let bench = bench(OPERATOR);
    let page = shown(&bench, "/certificates/1");
    let document = xml(&page);
    let mut inputs = all(document.root(), "input");
    let token = inputs.find(|input| input.attribute("name") == Some("token"));
    let token = token.unwrap().attribute("value").unwrap();
    let here = ("sec-fetch-site", "same-origin");
    let post = |headers: &[(&str, &str)], id: u32, token: &str, passphrase: &str| {
        let body = format!("token={token}&passphrase={passphrase}&consumer=modern");
        bench.call(
            &format!("POST /certificates/{id}/p12"),
            headers,
            body.as_bytes(),
        )
    };
    let elsewhere = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
    ];
    for header in elsewhere {
        let headers = [ME, header, ("host", "localhost:8080")];
        assert_eq!(post(&headers, 1, token, "secret").status, 403, "{header:?}");
    }
    assert_eq!(post(&[ME], 1, token, "secret").status, 403);
    assert_eq!(post(&[here], 1, token, "secret").status, 401);
    assert_eq!(post(&[ME, here], 1, "1-00", "secret").status, 403);
    assert_eq!(post(&[ME, here], 2, token, "secret").status, 403);
    assert_eq!(post(&[ME, here], 1, token, "").status, 400);
    assert_eq!(exported(&bench), [""; 0]);
    let origin = [
        ME,
        ("origin", "http://localhost:8080"),
        ("host", "localhost:8080"),
    ];
    for headers in [[ME, here].as_slice(), &origin] {
        let made = post(headers, 1, token, "secret");
        assert_eq!(
            (made.status, made.content_type.as_str()),
            (200, "application/x-pkcs12")
        );
        let secret = Passphrase::new("secret".to_owned()).unwrap();
        let read = read_p12(&made.octets, P12Password::Passphrase(&secret)).unwrap();
        let certificate = Certificate::from_der(&get(&bench, "/certificates/1/cer", &[ME]).octets);
        let certificate = certificate.unwrap();
        assert_eq!(read.leaf_first().first(), Some(&certificate));
        assert_eq!(read.key().public_key(), certificate.public_key());
        assert!(!format!("{:?}", bench.site.recent.all()).contains("secret"));
    }
    let told = exported(&bench);
    assert_eq!(told.len(), 2);
    assert!(
        told[0].starts_with("p12 to operator me, ecgrid "),
        "{told:?}"
    );
}

/// What the audit log tells of keys that left for operators.
fn exported(bench: &Bench) -> Vec<String> {
    let all = AuditFilter {
        after: 0,
        limit: 1000,
    };
    let entries = bench
        .site
        .queue
        .once(move |desk| desk.service.ledger().audit(&all).unwrap());
    let entries = bench.runtime().block_on(entries).unwrap().into_iter();
    let exported = entries.filter(|entry| entry.kind == AuditKind::KeyExported);
    let texts = exported.map(|entry| entry.text);
    texts.filter(|text| text.contains("operator")).collect()
}

#[test]
fn whether_there_is_a_key_is_told_without_reading_it() {
    let bench = bench(OPERATOR);
    let offers = || {
        shown(&bench, "/certificates/1")
            .body
            .contains("Download P12")
    };
    assert!(offers());
    let known = bench.site.queue.once(|desk| {
        let folder = desk.service.workspace().dir().join("keys/ecgrid");
        let mut files = std::fs::read_dir(folder).unwrap();
        files.next().unwrap().unwrap().path()
    });
    let path = bench.runtime().block_on(known).unwrap();
    std::fs::write(&path, "no key").unwrap();
    assert!(offers());
    std::fs::remove_file(path).unwrap();
    assert!(!offers());
}

#[test]
fn without_operators_no_key_leaves_and_with_them_nobody_else_sees_a_page() {
    let open = bench("");
    let page = shown(&open, "/certificates/1");
    assert!(page.body.contains("[[server.operators]]") && !page.body.contains("Download P12"));
    let here = [("sec-fetch-site", "same-origin")];
    let refused = open.call(
        "POST /certificates/1/p12",
        &here,
        b"passphrase=x&consumer=modern",
    );
    assert_eq!(refused.status, 403);
    let closed = bench(OPERATOR);
    for route in ROUTES {
        let path = route.path.replace("{id}", "1").replace("{form}", "pem");
        let line = format!("{} {path}", route.method);
        let wrong = ("authorization", "Basic bWU6cA==");
        assert_eq!(closed.call(&line, &[], b"").status, 401, "{line}");
        assert_eq!(closed.call(&line, &[wrong], b"").status, 401, "{line}");
        let known = closed.call(&line, &[ME], b"").status;
        assert_eq!(
            known,
            if route.name == "page-p12" { 403 } else { 200 },
            "{line}"
        );
    }
}
