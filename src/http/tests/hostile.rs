//! Clients that dawdle, break off, or send what nobody should read: refused, and others are answered meanwhile.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Bench, config};
use crate::http::accept;
use crate::http::router;
use std::sync::Arc;

/// A server on a socket, with limits that a test can wait for.
struct Listening {
    bench: Bench,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
}

impl Listening {
    fn new() -> Self {
        let text = config("").replace(
            "tls = \"off\"",
            "tls = \"off\"\nheader_seconds = 1\nbody_seconds = 1\nstop_seconds = 3\n\
             max_connections = 300\nmax_body_octets = 1200000\nmax_header_octets = 8192",
        );
        let bench = Bench::new(&text);
        let (stop, stopped) = oneshot::channel::<()>();
        let listener = bench
            .runtime()
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let address = listener.local_addr().unwrap();
        let site = Arc::clone(&bench.site);
        bench.runtime().spawn(async move {
            let router = router::router(&site);
            let (limits, metrics) = (site.settings.limits, Arc::clone(&site.metrics));
            let stopped = async {
                let _asked = stopped.await;
            };
            accept::serve(listener, None, router, limits, metrics, stopped).await;
        });
        Self {
            bench,
            address,
            stop: Some(stop),
        }
    }

    /// Sends octets, and reads until the server closes.
    fn send(&self, octets: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let limit = Some(Duration::from_secs(20));
        stream.set_read_timeout(limit).unwrap();
        // The server may refuse before it has read all.
        let _told = stream.write_all(octets);
        let mut answer = Vec::new();
        let _cut = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn post(&self, path: &str, body: &[u8]) -> String {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer demo\r\n\
             x-api-key: demo\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        self.send(&[head.as_bytes(), body].concat())
    }

    /// How long another client waits for an answer.
    fn other(&self) -> Duration {
        let start = Instant::now();
        let answer = self.post("/api/v1/stations", b"{}");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        start.elapsed()
    }
}

#[test]
fn those_who_dawdle_are_cut_off_and_hinder_nobody() {
    let server = Listening::new();
    let slow: Vec<_> = (0..200)
        .map(|n| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            let head: &[u8] = match n % 3 {
                0 => b"GET /healthz HTTP/1.1\r\nhost:",
                1 => b"POST /api/v1/stations HTTP/1.1\r\nhost: localhost\r\ncontent-length: 5\r\n\r\n{",
                _ => b"",
            };
            stream.write_all(head).unwrap();
            stream
        })
        .collect();
    let waited = server.other();
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    for mut stream in slow {
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut answer = Vec::new();
        let _reset = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 408"),
            "{answer}"
        );
    }
    server.other();
}

fn starts(answer: &str, status: &str) {
    let found = answer.lines().next().unwrap_or_default();
    assert!(
        found.starts_with(&format!("HTTP/1.1 {status}")),
        "{status}: {found}"
    );
}

#[test]
fn a_body_that_is_no_text_or_breaks_off_is_refused() {
    let server = Listening::new();
    starts(
        &server.post("/v2/comms/list", b"{\"withCerts\":\"\xFF\"}"),
        "400",
    );
    for path in [
        "/emCAServices/rest/revoke",
        "/connect-service/v2.0/certificates?action=apply&orgId=o1&assetId=a1",
    ] {
        let answer = server.post(path, b"{\"csr\":\"\xFF\",\"userName\":\"\xFF\"}");
        starts(&answer, "200");
        assert!(
            answer.contains("\"status\":\"failure\"") || answer.contains("\"code\":99400"),
            "{answer}"
        );
    }
    let cut =
        b"POST /api/v1/stations HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50\r\n\r\n{\"id\"";
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.write_all(cut).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    starts(&answer, "400");
    assert!(answer.contains("the body broke off"), "{answer}");
    server.other();
}

#[test]
fn what_is_too_long_broken_or_no_text_is_refused() {
    let server = Listening::new();
    let long = vec![b'x'; 1_200_001];
    starts(&server.post("/api/v1/stations", &long), "413");
    let vendors = vec![b' '; 1_100_000];
    starts(&server.post("/v2/comms/list", &vendors), "400");
    starts(&server.post("/emCAServices/rest/revoke", &vendors), "200");
    starts(
        &server.post("/api/v1/stations", b"{\"id\":\"\xFF\xFE\"}"),
        "400",
    );
    starts(
        &server.post("/v4.1/prod/ECGridOS.asmx", b"<a>\xFF</a>"),
        "500",
    );
    let announced =
        b"POST /api/v1/stations HTTP/1.1\r\nhost: localhost\r\ncontent-length: 99999999999\r\n\r\n{}";
    starts(&server.send(announced), "413");
    let header = format!(
        "GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n",
        "y".repeat(20_000)
    );
    starts(&server.send(header.as_bytes()), "431");
    let chunked =
        b"POST /api/v1/stations HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    starts(&server.send(chunked), "400");
    starts(
        &server.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03\r\n\r\n"),
        "400",
    );
    server.other();
}

#[test]
fn xml_with_entities_or_a_thousand_levels_is_refused() {
    let server = Listening::new();
    let mut laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol \"lol\">".to_owned();
    for n in 1..10 {
        let before = if n == 1 {
            "lol".to_owned()
        } else {
            format!("lol{}", n - 1)
        };
        let body = format!("&{before};").repeat(10);
        laughs.push_str(&format!("<!ENTITY lol{n} \"{body}\">"));
    }
    laughs.push_str("]><lolz>&lol9;</lolz>");
    let outside = "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>";
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    let wide = format!("<a>{}</a>", "<b/>".repeat(100_000));
    for body in [&*laughs, outside, &deep, &wide] {
        let start = Instant::now();
        let answer = server.post("/v4.1/prod/ECGridOS.asmx", body.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        assert!(answer.contains("soap:Client"), "{answer}");
        assert!(!answer.contains("root:"), "{answer}");
        assert!(start.elapsed() < Duration::from_secs(10));
    }
    server.other();
}

#[test]
fn calls_at_work_end_before_the_server_does() {
    let mut server = Listening::new();
    let address = server.address;
    let call = thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let body = b"{\"station\":62,\"selfSigned\":true,\"keybits\":4096}";
        let head = format!(
            "POST /api/v1/certificates/create HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer demo\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    thread::sleep(Duration::from_millis(100));
    server.stop.take().unwrap().send(()).unwrap();
    let answer = call.join().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    thread::sleep(Duration::from_millis(200));
    assert!(TcpStream::connect(address).is_err());
    drop(server.bench);
}
