//! `certwright serve` under load: EnOS `apply` with P-256 keys over 64 connections, each asking again once it is answered.
//!
//! `CERTWRIGHT_BENCH_SECONDS=30 cargo bench --bench server`. Requests are signed before; the clients share the processors
//! with the server, and their work is little: they look at the beginning of a reply.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench whose input cannot be made must stop, and one that tells nothing is of no use"
)]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use certwright::ext::Extensions;
use certwright::key;
use certwright::key::{KeyAlgorithm, SignatureAlgorithm};
use certwright::name::Name;
use certwright::pem;
use certwright::pem::Label;
use certwright::request;
use certwright::request::RequestDraft;
use serde_json::json;

#[expect(dead_code, reason = "nothing is issued here")]
mod support;

const CONNECTIONS: usize = 64;
const DEFAULT_SECONDS: u64 = 2;
/// Requests made before, for each second; what a server answers beyond that ends the run.
const REQUESTS_A_SECOND: u64 = 6_000;

fn main() {
    let filter = env::args()
        .skip(1)
        .find(|argument| !argument.starts_with('-'));
    if filter.is_some_and(|filter| !"server".contains(&filter)) {
        return;
    }
    let seconds = env::var("CERTWRIGHT_BENCH_SECONDS");
    let seconds = seconds.map_or(DEFAULT_SECONDS, |text| text.parse().unwrap());
    let requests = requests(seconds * REQUESTS_A_SECOND);
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
    let (mut child, address) = start(&folder.path().join("w"));
    let before = resident(&child);
    let next = AtomicUsize::new(0);
    let began = Instant::now();
    let end = began + Duration::from_secs(seconds);
    let mut times: Vec<Duration> = Vec::new();
    let mut middle = before;
    thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| client(address, &requests, &next, end)))
            .collect();
        thread::sleep(Duration::from_secs(seconds) / 2);
        middle = resident(&child);
        for client in clients {
            times.extend(client.join().unwrap());
        }
    });
    let took = began.elapsed();
    let after = resident(&child);
    child.kill().unwrap();
    child.wait().unwrap();
    times.sort_unstable();
    let at = |share: usize| {
        let index = (times.len() * share / 1000).min(times.len() - 1);
        times.get(index).unwrap().as_secs_f64() * 1e3
    };
    println!(
        "{} certificates over {CONNECTIONS} connections in {:.1} s, no error: {:.0} a second",
        times.len(),
        took.as_secs_f64(),
        f64::from(u32::try_from(times.len()).unwrap()) / took.as_secs_f64()
    );
    println!(
        "ms: median {:.1}, p99 {:.1}, longest {:.1}",
        at(500),
        at(990),
        at(1000)
    );
    println!("MiB resident: {before} before, {middle} halfway, {after} after");
}

/// Whole HTTP requests, each for a device and a key of its own.
fn requests(n: u64) -> Vec<Vec<u8>> {
    let n = usize::try_from(n).unwrap();
    let keys = key::generate(KeyAlgorithm::P256, n, &mut support::rng(1));
    let keys: Vec<_> = keys.into_iter().map(Result::unwrap).collect();
    let name = |n| format!("CN=dk{n},OU=EnOS,O=EnOS,L=Shanghai,ST=Shanghai,C=CN");
    let names: Vec<Name> = (0..n).map(|n| name(n).parse().unwrap()).collect();
    let extensions = Extensions::new(Vec::new()).unwrap();
    let drafts: Vec<_> = keys
        .iter()
        .zip(&names)
        .map(|(key, subject)| RequestDraft {
            subject,
            key,
            algorithm: SignatureAlgorithm::EcdsaWithSha256,
            extensions: &extensions,
        })
        .collect();
    let signed = request::sign(&drafts).into_iter().enumerate();
    signed
        .map(|(n, signed)| {
            let signed = signed.unwrap();
            let csr = pem::encode(Label::CertificateRequest, signed.as_der()).to_string();
            let body = json!({"csr": csr, "issueAuthority": "ECC"}).to_string();
            format!(
                "POST /connect-service/v2.0/certificates?action=apply&orgId=o&productKey=open&deviceKey=dk{n} HTTP/1.1\r\n\
                 host: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        })
        .collect()
}

fn start(dir: &Path) -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_certwright"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--tls",
            "off",
            "--workspace",
        ])
        .arg(dir)
        .stdout(Stdio::piped())
        .stderr(fs::File::create(dir.with_extension("log")).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("listening on http://");
    (child, address.unwrap().parse().unwrap())
}

/// Asks on one connection until the time is over, and gives how long each answer took.
fn client(
    address: SocketAddr,
    requests: &[Vec<u8>],
    next: &AtomicUsize,
    end: Instant,
) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut times = Vec::new();
    while Instant::now() < end {
        let Some(request) = requests.get(next.fetch_add(1, Ordering::Relaxed)) else {
            break;
        };
        let began = Instant::now();
        stream.write_all(request).unwrap();
        let body = answer(&mut reader);
        times.push(began.elapsed());
        let text = String::from_utf8_lossy(&body);
        assert!(text.starts_with("{\"code\":0,"), "{text}");
    }
    times
}

fn answer(reader: &mut BufReader<TcpStream>) -> Vec<u8> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().expect("a length"),
            None if line.trim_end().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    body
}

/// MiB that a process has in memory.
fn resident(child: &Child) -> u64 {
    let text = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kib.unwrap_or(0_u64) >> 10
}
