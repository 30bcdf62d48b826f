//! A server in this process: a small workspace, a clock that stands still, seeds that are known.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use http_body_util::BodyExt;
use hyper::HeaderMap;
use rand_core::TryRng;
use tower::ServiceExt;

use super::*;
use crate::http::accept::Peer;
use crate::time::UnixSeconds;

mod foreign;
mod golden;
mod hostile;
mod openapi;
mod published;
mod settings;

/// A server without a socket.
pub(super) struct Bench {
    _folder: tempfile::TempDir,
    pub(super) site: Arc<Site>,
    router: Router,
    runtime: Runtime,
}

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    /// The body where it is text.
    pub(super) body: String,
    pub(super) octets: Vec<u8>,
    pub(super) headers: HeaderMap,
}

pub(super) fn now() -> UnixSeconds {
    "2026-01-02T03:04:05Z".parse().unwrap()
}

/// The demonstration's configuration, with a client that the test data have signed for.
pub(super) fn config(more: &str) -> String {
    let devices: String = (1..=3)
        .map(|n| format!("{{ device_key = \"dk{n}\", asset_id = \"a{n}\" }},"))
        .collect();
    let text = include_str!("demo/certwright.toml")
        .replace("LISTEN", "127.0.0.1:8080")
        .replace("DEVICES", &devices)
        .replace("AES_KEY", AES_KEY)
        .replace(
            "SIGNER",
            include_str!("../../testdata/emca/signer.cert.pem"),
        );
    format!("{text}{more}")
}

pub(super) fn service(config: &str) -> (tempfile::TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("w");
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    drop(Service::open_or_create(&dir, now(), &mut rng).unwrap());
    std::fs::write(dir.join("certwright.toml"), config).unwrap();
    (folder, Service::open(&dir).unwrap())
}

impl Bench {
    pub(super) fn new(config: &str) -> Self {
        let (folder, service) = service(config);
        let settings = Settings::new(service.workspace(), None, None).unwrap();
        let parts = Parts::of(service.workspace());
        let metrics = Arc::new(Metrics::default());
        let clock: clock::Clock = Arc::new(now);
        let mut seeds = ChaCha20Rng::from_seed([2; 32]);
        let seeds: clock::Seeds = Box::new(move || {
            let mut seed = [0; 32];
            let Ok(()) = seeds.try_fill_bytes(&mut seed);
            Ok(seed)
        });
        let (queue, _thread) =
            Queue::start(service, clock.clone(), seeds, Arc::clone(&metrics)).unwrap();
        let site = Arc::new(Site::new(settings, parts, queue, metrics, clock));
        let runtime = tokio::runtime::Builder::new_multi_thread();
        Self {
            _folder: folder,
            router: router::router(&site),
            site,
            runtime: { runtime }.enable_all().build().unwrap(),
        }
    }

    pub(super) fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Asks the router as a connection from `peer` would.
    pub(super) async fn ask(&self, peer: &str, request: Request) -> Answer {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = request;
        request.extensions_mut().insert(Peer(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let content_type = head.headers.get("content-type");
        Answer {
            status: head.status.as_u16(),
            content_type: content_type
                .map_or("", |text| text.to_str().unwrap())
                .to_owned(),
            body: match String::from_utf8(body.to_vec()) {
                Ok(text) => text,
                Err(_) => format!("[{} octets]", body.len()),
            },
            octets: body.to_vec(),
            headers: head.headers,
        }
    }

    /// Asks from this machine: `POST /path`, header lines, a body.
    pub(super) fn call(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let request = request(line, headers, body);
        self.runtime.block_on(self.ask("127.0.0.1:50000", request))
    }
}

pub(super) fn request(line: &str, headers: &[(&str, &str)], body: &[u8]) -> Request {
    let (method, path) = line.split_once(' ').unwrap();
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::from(body.to_vec())).unwrap()
}

pub(super) const AES_KEY: &str = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";
