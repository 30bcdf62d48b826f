//! A thousand device certificates: by the engine alone, step by step, and by the service with its ledger.
//!
//! The requests are made once, each with a key of its own; drawing the devices' keys is no part of what is measured.

#![expect(
    clippy::unwrap_used,
    reason = "a bench whose input cannot be made must stop"
)]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use certwright::bundle;
use certwright::bundle::Artefact;
use certwright::cert::Certificate;
use certwright::issuer::Prepared;
use certwright::key::{KeyAlgorithm, weak};
use certwright::pem;
use certwright::pem::Label;
use certwright::request;
use certwright::request::{CertificationRequest, VerifiedRequest};
use certwright::service::{Moment, Service};
use certwright::vendor::enos::wire::ApplyRequest;
use criterion::measurement::WallTime;
use criterion::{
    BatchSize, BenchmarkGroup, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use rayon::prelude::*;
use tempfile::TempDir;

use support::Authority;

#[expect(dead_code, reason = "nothing is issued one by one here")]
mod support;

type Group<'a> = BenchmarkGroup<'a, WallTime>;
type Requests = LazyLock<Vec<CertificationRequest>>;

const ROWS: u64 = 1_000;
/// Rows that a job hands to the service at a time.
const SLICE_ROWS: usize = 512;

/// Made when a bench first wants them.
static RSA: Requests = LazyLock::new(|| requests(KeyAlgorithm::Rsa2048));
static ECC: Requests = LazyLock::new(|| requests(KeyAlgorithm::P256));

/// Figures of one group divide: a row's cost by step, and what rules and ledger add to it.
fn batch(criterion: &mut Criterion) {
    for (algorithm, family, requests) in [
        (KeyAlgorithm::Rsa2048, "RSA", &RSA),
        (KeyAlgorithm::P256, "ECC", &ECC),
    ] {
        let mut group = criterion.benchmark_group(format!("batch-{algorithm}"));
        group
            .sampling_mode(SamplingMode::Flat)
            .throughput(Throughput::Elements(ROWS));
        proofs(&mut group, requests);
        if algorithm.modulus_bits().is_some() {
            weak_keys(&mut group, requests);
        }
        engine(&mut group, &Authority::new(algorithm), requests);
        service(&mut group, family, requests);
        group.finish();
    }
}

/// What the service asks of a request before it believes anything, in the service's slices.
fn proofs(group: &mut Group<'_>, requests: &Requests) {
    group.bench_function("proof of possession", |bencher| {
        let copies = || requests.chunks(SLICE_ROWS).map(<[_]>::to_vec).collect();
        let verify = |slices: Vec<Vec<_>>| -> Vec<_> {
            slices.into_iter().map(request::verify_all).collect()
        };
        bencher.iter_batched(copies, verify, BatchSize::PerIteration);
    });
}

/// RSA keys alone have these weaknesses; the moduli of a slice are compared with each other.
fn weak_keys(group: &mut Group<'_>, requests: &Requests) {
    let weaknesses = |slice: &[CertificationRequest]| {
        let keys: Vec<_> = slice.iter().map(CertificationRequest::public_key).collect();
        weak::weaknesses(&keys)
    };
    group.bench_function("weak keys", |bencher| {
        let slices: Vec<_> = requests.chunks(SLICE_ROWS).collect();
        bencher.iter(|| {
            let slices = slices.iter().copied();
            slices.map(weaknesses).collect::<Vec<_>>()
        });
    });
}

/// Verified requests in, PEM with chain out.
fn engine(group: &mut Group<'_>, authority: &Authority, requests: &Requests) {
    let rows = LazyLock::new(|| verified(requests));
    let prepared = || prepare(authority, &rows);
    let issued = || sign(authority, prepared());
    group.bench_function("prepare", |bencher| {
        // Outside what is measured.
        LazyLock::force(&rows);
        bencher.iter_with_large_drop(prepared);
    });
    group.bench_function("sign", |bencher| {
        let sign = |prepared| sign(authority, prepared);
        bencher.iter_batched(prepared, sign, BatchSize::PerIteration);
    });
    group.bench_function("bundle", |bencher| {
        let bundle = |leaves| chains(authority, leaves);
        bencher.iter_batched(issued, bundle, BatchSize::PerIteration);
    });
    group.bench_function("prepare, sign, bundle", |bencher| {
        LazyLock::force(&rows);
        bencher.iter_with_large_drop(|| chains(authority, issued()));
    });
}

/// Requests as DER in, recorded certificates out: read, proof of possession, weak keys, the vendor's rules, what was
/// issued before, serial numbers, signatures, ledger. Each pass has a workspace of its own, for nobody gets two
/// certificates for a key.
fn service(group: &mut Group<'_>, family: &str, requests: &Requests) {
    group.bench_function("service and ledger", |bencher| {
        bencher.iter_batched(
            || (workspace(), slices(family, requests)),
            |((mut service, folder), slices)| {
                apply(&mut service, slices);
                (service, folder)
            },
            BatchSize::PerIteration,
        );
    });
}

/// Two cores draw a thousand RSA keys in a minute, so the requests are kept with the build.
fn requests(algorithm: KeyAlgorithm) -> Vec<CertificationRequest> {
    let file = format!("bench-{ROWS}-requests-{algorithm}.pem");
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    kept_requests(&file).unwrap_or_else(|| {
        eprintln!("drawing {ROWS} keys of {algorithm}, once for this target folder");
        let requests = support::requests(algorithm, usize::try_from(ROWS).unwrap());
        let pem = |request: &CertificationRequest| {
            pem::encode(Label::CertificateRequest, request.as_der()).to_string()
        };
        let text: String = requests.iter().map(pem).collect();
        fs::write(&file, text).unwrap();
        requests
    })
}

/// `None` when the file is not there or not whole.
fn kept_requests(file: &Path) -> Option<Vec<CertificationRequest>> {
    let text = fs::read(file).ok()?;
    let blocks = pem::decode_all(&text, &[Label::CertificateRequest], text.len()).ok()?;
    let read = |block: &pem::Block| CertificationRequest::from_der(block.der()).ok();
    let requests: Option<Vec<_>> = blocks.iter().map(read).collect();
    requests.filter(|requests| u64::try_from(requests.len()) == Ok(ROWS))
}

fn verified(requests: &[CertificationRequest]) -> Vec<VerifiedRequest> {
    let verified = request::verify_all(requests.to_vec());
    verified.into_iter().map(Result::unwrap).collect()
}

/// On all cores, as the service does it.
fn prepare(authority: &Authority, rows: &[VerifiedRequest]) -> Vec<Prepared> {
    let prepare = |(at, request)| authority.prepare(request, u64::try_from(at).unwrap() + 1);
    rows.par_iter().enumerate().map(prepare).collect()
}

fn sign(authority: &Authority, prepared: Vec<Prepared>) -> Vec<Certificate> {
    let certificates = authority.signer.sign(prepared);
    certificates.into_iter().map(Result::unwrap).collect()
}

fn chains(authority: &Authority, leaves: Vec<Certificate>) -> Vec<Vec<u8>> {
    let chain = |leaf| {
        let leaf_first = [leaf, authority.certificate.clone()];
        bundle::write(Artefact::Chain, &leaf_first).unwrap()
    };
    leaves.into_par_iter().map(chain).collect()
}

/// In the build's own folder, which is on the disk where a temporary one may be in memory.
fn workspace() -> (Service, TempDir) {
    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
    let dir = folder.path().join("workspace");
    let opened = Service::open_or_create(&dir, support::now(), &mut support::rng(6));
    (opened.unwrap().0, folder)
}

fn slices(family: &str, requests: &[CertificationRequest]) -> Vec<Vec<ApplyRequest>> {
    let row = |(at, request): (usize, &CertificationRequest)| {
        ApplyRequest::new()
            .with_org_id("o1")
            .with_product_key("open")
            .with_device_key(format!("device-{at:04}"))
            .with_issue_authority(family)
            .with_csr_octets(request.as_der().to_vec())
    };
    let rows: Vec<_> = requests.iter().enumerate().map(row).collect();
    rows.chunks(SLICE_ROWS).map(<[_]>::to_vec).collect()
}

fn apply(service: &mut Service, slices: Vec<Vec<ApplyRequest>>) {
    let moment = Moment::at(support::now());
    for slice in slices {
        for answer in service.enos_apply(slice, &moment).unwrap() {
            drop(answer.unwrap());
        }
    }
}

fn config() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(5))
}

criterion_group! {
    name = benches;
    config = config();
    targets = batch
}
criterion_main!(benches);
