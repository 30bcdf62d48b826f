//! Pages of other sites, shown by a browser on this machine, and calls that come too often.

use serde_json::json;

use super::{Bench, config};

const APPS: &str = "[[enos.apps]]\napp_key = 'ak'\napp_secret = 's'\n";

const OPERATOR: &str = "[[server.operators]]\nname = 'me'\npassword = 'p'\n";

const LIST: &str = "GET /connect-service/v2.0/certificates?action=list&orgId=o1&assetId=a1";

const APPLY: &str = "POST /connect-service/v2.0/certificates?action=apply&orgId=o1&assetId=a1";

fn status(bench: &Bench, line: &str, headers: &[(&str, &str)]) -> u16 {
    bench.call(line, headers, b"{}").status
}

#[test]
fn a_name_that_was_made_to_lead_here_opens_nothing() {
    let text = config("").replace("[server]", "[server]\nnames = ['PKI.example.com']");
    let text = text.replace("http://127.0.0.1:8080", "http://devices.example.com:8080");
    let bench = Bench::new(&text);
    let known = [
        "127.0.0.1:8080",
        "[::1]:8080",
        "localhost",
        "a.localhost:8080",
        "pki.example.com",
        "devices.example.com:8080",
    ];
    for host in known {
        for line in [
            "GET /",
            "GET /metrics",
            "GET /recent",
            LIST,
            "GET /enos/CA/cacert/ECC",
        ] {
            assert_eq!(
                status(&bench, line, &[("host", host)]),
                200,
                "{host} {line}"
            );
        }
    }
    for host in [
        "evil.example",
        "evil.example:8080",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "",
        "a b",
    ] {
        for line in ["GET /", "GET /metrics", "GET /recent", LIST, APPLY] {
            assert_eq!(
                status(&bench, line, &[("host", host)]),
                421,
                "{host} {line}"
            );
        }
        // What is public anyway, and what asks who calls.
        assert_eq!(status(&bench, "GET /healthz", &[("host", host)]), 200);
        let headers = [("host", host), ("authorization", "Bearer demo")];
        assert_eq!(status(&bench, "POST /api/v1/stations", &headers), 200);
        assert_eq!(
            status(&bench, "POST /api/v1/stations", &[("host", host)]),
            401
        );
    }
}

#[test]
fn a_name_opens_nothing_and_shuts_nothing_where_callers_are_asked_who_they_are() {
    let closed = Bench::new(&config(&format!("{APPS}{OPERATOR}")));
    let evil = ("host", "evil.example");
    assert_eq!(status(&closed, "GET /", &[evil]), 401);
    assert_eq!(
        status(
            &closed,
            "GET /",
            &[evil, ("authorization", "Basic bWU6cA==")]
        ),
        200
    );
    assert!(
        closed
            .call(LIST, &[evil], b"")
            .body
            .contains("\"code\":1202")
    );
}

#[test]
fn a_page_of_another_site_makes_nothing_here() {
    let bench = Bench::new(&config(""));
    let host = ("host", "127.0.0.1:8080");
    let csr = include_str!("../../../testdata/vendor/enos/request.csr.pem");
    let body = json!({ "csr": csr }).to_string();
    for elsewhere in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "http://evil.example"),
        ("origin", "null"),
    ] {
        // The content type that a form may send without asking first.
        let headers = [host, elsewhere, ("content-type", "text/plain")];
        let refused = bench.call(APPLY, &headers, body.as_bytes());
        assert_eq!(refused.status, 403, "{elsewhere:?}");
        // A link from elsewhere may lead here.
        assert_eq!(status(&bench, "GET /", &headers), 200);
    }
    let listed = bench.call(LIST, &[host], b"");
    assert!(listed.body.contains("\"data\":[]"), "{}", listed.body);
    let headers = [host, ("origin", "http://127.0.0.1:8080")];
    let here = bench.call(APPLY, &headers, body.as_bytes());
    assert!(here.body.contains("\"code\":0"), "{}", here.body);
}

#[test]
fn one_call_too_many_is_told_as_the_vendor_tells_it() {
    let text = config("").replace("[server]", "[server]\ncalls_per_minute = 1");
    let bench = Bench::new(&text);
    // The clock stands at the fifth second of a minute.
    let key = [("x-api-key", "demo")];
    assert_eq!(status(&bench, "GET /v2/comms/5001", &key), 200);
    let refused = bench.call("GET /v2/comms/5001", &key, b"");
    assert_eq!(
        (refused.status, &refused.headers["retry-after"]),
        (429, &"55".parse().unwrap())
    );
    assert!(
        refused.body.contains("\"errorCode\":\"RateLimitExceeded\""),
        "{}",
        refused.body
    );
    let soap = bench.call(
        "POST /v4.1/prod/ECGridOS.asmx/CommInfo",
        &[],
        b"SessionID=demo&CommID=5001",
    );
    assert_eq!(
        (soap.status, soap.body.trim()),
        (500, "Rate limit exceeded; retry after 55 seconds.")
    );
    let token = [("authorization", "Bearer demo")];
    assert_eq!(status(&bench, "POST /api/v1/stations", &token), 200);
    let refused = bench.call("POST /api/v1/stations", &token, b"{}");
    assert_eq!(refused.status, 429);
    assert_eq!(
        refused.body,
        r#"{"status":"error","msg":"Rate limit exceeded","retry_after":55}"#
    );
    // Whoever is nobody is told that first.
    assert_eq!(
        status(
            &bench,
            "POST /api/v1/stations",
            &[("authorization", "Bearer x")]
        ),
        401
    );
}
