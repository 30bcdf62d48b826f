//! The pages, read as XML: what they show, to whom, and what their forms do.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};
use serde_json::json;

use crate::bundle::p12::{P12Password, read_p12};
use crate::cert::Certificate;
use crate::cms::CertificatesOnly;
use crate::http::page::ROUTES;
use crate::http::tests::{Answer, Bench, config};
use crate::key::Passphrase;
use crate::ledger::{AuditFilter, AuditKind};
use crate::vendor::{as2expert, ecgrid, emca, enos};

/// `me:p:w`.
const ME: (&str, &str) = ("authorization", "Basic bWU6cDp3");

const OPERATOR: &str = "[[server.operators]]\nname = 'me'\npassword = 'p:w'\n";

const HOSTILE: &str = r#"</td><script>alert("1")</script><b onclick='x'>&amp;"#;

/// A server at which a Comm has a certificate, and a station another.
fn bench(more: &str) -> Bench {
    let text = config(more).replace("\"My Company\"", &format!("'''{HOSTILE}'''"));
    let bench = Bench::new(&text);
    let made = bench.call(
        "POST /v2/certificates/create",
        &[("x-api-key", "demo"), ("content-type", "application/json")],
        json!({"commId": 5001}).to_string().as_bytes(),
    );
    assert_eq!(made.status, 200, "{}", made.body);
    let made = bench.call(
        "POST /api/v1/certificates/create",
        &[
            ("authorization", "Bearer demo"),
            ("content-type", "application/json"),
        ],
        json!({"station": 62, "selfSigned": true, "dias": 730})
            .to_string()
            .as_bytes(),
    );
    assert!((200..300).contains(&made.status), "{}", made.body);
    bench
}

fn get(bench: &Bench, path: &str, headers: &[(&str, &str)]) -> Answer {
    bench.call(&format!("GET {path}"), headers, b"")
}

fn shown(bench: &Bench, path: &str) -> Answer {
    let answer = get(bench, path, &[ME]);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    answer
}

fn xml(answer: &Answer) -> Document<'_> {
    let text = answer.body.strip_prefix("<!DOCTYPE html>\n").unwrap();
    Document::parse(text).unwrap()
}

fn all<'a>(node: Node<'a, 'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    node.descendants()
        .filter(move |node| node.has_tag_name(name))
}

fn said(node: Node<'_, '_>) -> String {
    let parts = node
        .descendants()
        .filter_map(|node| node.text().filter(|_| node.is_text()));
    parts.collect::<Vec<_>>().concat()
}

/// The cells of each row of the first table.
fn rows(document: &Document<'_>) -> Vec<Vec<String>> {
    let body = document
        .descendants()
        .find(|node| node.has_tag_name("tbody"));
    let rows = body.into_iter().flat_map(|body| body.children());
    rows.filter(Node::is_element)
        .map(|row| row.children().filter(Node::is_element).map(said).collect())
        .collect()
}

fn column(answer: &Answer, at: usize) -> Vec<String> {
    rows(&xml(answer))
        .into_iter()
        .map(|row| row[at].clone())
        .collect()
}

#[test]
fn certificates_are_found_and_shown_without_becoming_markup() {
    let bench = bench("");
    let everything = shown(&bench, "/");
    assert_eq!(column(&everything, 2), ["ecgrid", "as2expert"]);
    assert_eq!(column(&everything, 3), ["5001", "62"]);
    assert_eq!(column(&everything, 4), ["valid", "valid"]);
    assert_eq!(column(&everything, 5), ["2026-01-02", "2026-01-02"]);
    // RFC 4514 puts a backslash before some of its characters.
    let subject = column(&everything, 0)[0].replace('\\', "");
    assert_eq!(subject, format!("CN=MYCOMPANY-AS2,O={HOSTILE}"));
    assert!(!everything.body.contains("<script") && !everything.body.contains("<b "));
    let serial = column(&everything, 1)[0].clone();
    for (query, vendors) in [
        ("vendor=ecgrid", vec!["ecgrid"]),
        ("holder=62", vec!["as2expert"]),
        ("subject=alert", vec!["ecgrid"]),
        ("subject=scri", vec![]),
        (&format!("serial={serial}"), vec!["ecgrid"]),
        (&format!("serial={serial}&vendor=enos"), vec![]),
        ("status=revoked", vec![]),
        (
            "status=valid&expires_from=2026-01-03",
            vec!["ecgrid", "as2expert"],
        ),
        ("issued_to=2026-01-01", vec![]),
    ] {
        assert_eq!(
            column(&shown(&bench, &format!("/?{query}")), 2),
            vendors,
            "{query}"
        );
    }
    let echoed = get(&bench, "/?expires_from=%22%3E%3Cscript%3E", &[]);
    assert_eq!(echoed.status, 400);
    let document = xml(&echoed);
    let wrong: Vec<_> = all(document.root(), "input")
        .filter(|input| input.attribute("aria-invalid").is_some())
        .map(|input| (input.attribute("name"), input.attribute("value")))
        .collect();
    assert_eq!(wrong, [(Some("expires_from"), Some("\"><script>"))]);
    // The next page begins where the first ends, and asks for the same.
    let first = shown(&bench, "/?show=1&status=valid");
    let document = xml(&first);
    let next = all(document.root(), "a").find(|link| link.attribute("rel") == Some("next"));
    let next = next.unwrap().attribute("href").unwrap();
    assert_eq!(next, "/?status=valid&show=1&after=1&page=2");
    let second = shown(&bench, next);
    assert_eq!(column(&second, 2), ["as2expert"]);
    assert!(!second.body.contains("rel=\"next\""));
}

#[test]
fn a_certificate_is_shown_with_its_files() {
    let bench = bench("");
    let page = shown(&bench, "/certificates/1");
    let document = xml(&page);
    let names = all(document.root(), "dt").map(said);
    let facts: Vec<_> = names.zip(all(document.root(), "dd").map(said)).collect();
    let fact = |name: &str| {
        facts
            .iter()
            .find(|(known, _)| known == name)
            .unwrap()
            .1
            .clone()
    };
    let der = get(&bench, "/certificates/1/cer", &[]);
    let certificate = Certificate::from_der(&der.octets).unwrap();
    assert_eq!(fact("Serial number"), certificate.serial().to_string());
    assert_eq!(fact("Subject"), certificate.subject().to_string());
    assert_eq!(
        fact("Valid until"),
        certificate.validity().not_after().to_string()
    );
    let extensions: Vec<_> = rows(&document)
        .into_iter()
        .map(|row| row[1].clone())
        .collect();
    let oids = certificate
        .extensions()
        .iter()
        .map(|one| one.oid().to_string());
    assert_eq!(extensions, oids.collect::<Vec<_>>());
    let name = format!(
        "attachment; filename=\"{}.cer\"",
        certificate.serial().to_hex()
    );
    assert_eq!(der.headers["content-disposition"], *name);
    assert_eq!(der.content_type, "application/pkix-cert");
    let pem = get(&bench, "/certificates/1/pem", &[]);
    assert_eq!(pem.body, certificate.to_pem());
    let p7b = get(&bench, "/certificates/1/p7b", &[]);
    let p7b = CertificatesOnly::from_der(&p7b.octets).unwrap();
    assert_eq!(p7b.certificates().first(), Some(&certificate));
    for path in [
        "/certificates/9",
        "/certificates/x",
        "/certificates/1/exe",
        "/certificates/9/cer",
    ] {
        assert_eq!(get(&bench, path, &[]).status, 404, "{path}");
    }
}

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

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one page after the other is held to all of it"
)]
fn pages_can_be_read_by_machines_that_read_them_aloud() {
    let bench = bench(OPERATOR);
    let paths = [
        "/",
        "/certificates/1",
        "/lifecycle",
        "/expiry",
        "/rules",
        "/requests",
    ];
    for path in paths.into_iter().chain(["/?status=revoked"]) {
        let page = shown(&bench, path);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self';"),
            "{policy}"
        );
        // To be looked at: served from a folder they are what a browser gets.
        if let Some(folder) = std::env::var_os("CERTWRIGHT_PAGES") {
            let name = path.replace(['/', '?', '='], "_");
            let folder = std::path::Path::new(&folder);
            std::fs::write(folder.join(format!("{name}.html")), &page.body).unwrap();
            let style = shown(&bench, "/page.css");
            std::fs::write(folder.join("page.css"), &style.body).unwrap();
        }
        let document = xml(&page);
        let root = document.root();
        assert_eq!(document.root_element().attribute("lang"), Some("en"));
        for name in ["main", "h1", "header", "title"] {
            // The chart has a title of its own.
            let found =
                all(root, name).filter(|node| !node.ancestors().any(|up| up.has_tag_name("svg")));
            assert_eq!(found.count(), 1, "{path}: {name}");
        }
        let ids: Vec<_> = document
            .descendants()
            .filter_map(|node| node.attribute("id"))
            .collect();
        let distinct: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), distinct.len(), "{path}");
        for refers in ["aria-labelledby", "aria-describedby", "for"] {
            let named = document
                .descendants()
                .filter_map(|node| node.attribute(refers));
            for id in named.flat_map(str::split_whitespace) {
                assert!(ids.contains(&id), "{path}: {refers} {id}");
            }
        }
        let labelled: BTreeSet<_> = all(root, "label")
            .filter_map(|label| label.attribute("for"))
            .collect();
        let inputs = all(root, "input").filter(|input| input.attribute("type") != Some("hidden"));
        for input in inputs.chain(all(root, "select")) {
            assert!(labelled.contains(input.attribute("id").unwrap()), "{path}");
        }
        assert!(
            all(root, "th").all(|head| head.attribute("scope").is_some()),
            "{path}"
        );
        assert!(
            all(root, "table").all(|table| all(table, "caption").count() == 1),
            "{path}"
        );
        let attributes = document.descendants().flat_map(|node| node.attributes());
        let mut names = attributes.map(|attribute| attribute.name());
        assert!(
            !names.any(|name| name == "style" || name.starts_with("on")),
            "{path}"
        );
        let skip = all(root, "a").next().unwrap();
        assert_eq!(skip.attribute("href"), Some("#main"));
    }
}

#[test]
fn now_and_next_name_the_partners_that_a_rollover_touches() {
    let bench = bench("");
    let page = shown(&bench, "/lifecycle?name=62");
    let found = rows(&xml(&page));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0][0], "signing and encryption");
    assert!(
        found[0][1].contains("2026-01-02 to 2028-01-02"),
        "{found:?}"
    );
    assert_eq!(found[0][2], "none");
    assert_eq!(found[0][4], "140 First partner\n141 Second partner\n");
    let document = xml(&page);
    let mut links = all(document.root(), "a").filter_map(|link| link.attribute("href"));
    assert!(links.any(|link| link == "/certificates/2"));
    assert!(
        shown(&bench, "/lifecycle")
            .body
            .contains("Comm 5001: MYCOMPANY-AS2")
    );
    assert!(
        shown(&bench, "/lifecycle?name=%3Cb%3E")
            .body
            .contains("is called so")
    );
}

#[test]
fn the_chart_and_its_table_tell_the_same() {
    let bench = bench("");
    let page = shown(&bench, "/expiry");
    let document = xml(&page);
    let bars = all(document.root(), "rect").count();
    let rows = rows(&document);
    assert_eq!(bars, rows.len());
    let valid: u64 = rows.iter().map(|row| row[1].parse::<u64>().unwrap()).sum();
    assert_eq!(valid, 2);
    let months: Vec<_> = rows.iter().map(|row| row[0].as_str()).collect();
    assert!(months.contains(&"2028-01"), "{months:?}");
    let link = all(document.root(), "a").filter_map(|link| link.attribute("href"));
    let link = link
        .filter(|path| path.contains("expires_from=2028-01-01"))
        .last()
        .unwrap();
    assert!(link.ends_with("&expires_to=2028-01-31"), "{link}");
    assert_eq!(column(&shown(&bench, link), 3).last().unwrap(), "62");
}

#[test]
fn findings_lead_to_their_rules() {
    let bench = bench("");
    let csr = include_str!("../../../testdata/vendor/enos/request.csr.pem");
    let body = json!({"csr": csr, "validDay": 9999}).to_string();
    let path = "/connect-service/v2.0/certificates?action=apply&orgId=o1&assetId=a1";
    bench.call(&format!("POST {path}"), &[], body.as_bytes());
    let page = shown(&bench, "/requests");
    assert_eq!(column(&page, 1), ["enos", "as2expert", "ecgrid"]);
    let document = xml(&page);
    let mut links = all(document.root(), "a").filter_map(|link| link.attribute("href"));
    let rule = links.find(|link| link.starts_with("/rules#")).unwrap();
    let rules = shown(&bench, "/rules");
    let rules = xml(&rules);
    let anchor = rule.strip_prefix("/rules#");
    assert!(
        rules
            .descendants()
            .any(|node| node.attribute("id") == anchor),
        "{rule}"
    );
    let known = [
        as2expert::rules::RULES,
        ecgrid::rules::RULES,
        emca::rules::RULES,
        enos::rules::RULES,
    ];
    let known: usize = known.iter().map(|rules| rules.len()).sum();
    let shown = rules
        .descendants()
        .filter(|node| node.has_tag_name("tbody"));
    let shown: usize = shown.map(|body| all(body, "tr").count()).sum();
    assert_eq!(shown, known);
}
