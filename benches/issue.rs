//! One certificate, step by step: signatures, proof of possession, preparation, and the whole beside the bare signature.

#![expect(
    clippy::unwrap_used,
    reason = "a bench whose input cannot be made must stop"
)]

use std::hint::black_box;

use certwright::key;
use certwright::key::{KeyPair, SignJob};
use certwright::request;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

use support::{ALGORITHMS, Authority};

#[expect(dead_code, reason = "the root's certificate is not needed here")]
mod support;

/// What the `TBSCertificate` of a device comes to, rounded.
const MESSAGE: [u8; 700] = [0x30; 700];
const SLICE: usize = 64;

/// Bare signatures: one, and a slice that shares the cores.
fn sign(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sign");
    for algorithm in ALGORITHMS {
        let key = support::keys(algorithm, 1, 5).remove(0);
        let jobs = [job(&key, &MESSAGE); SLICE];
        for (name, jobs) in [
            ("one".to_owned(), &jobs[..1]),
            (format!("slice of {SLICE}"), &jobs[..]),
        ] {
            group.throughput(elements(jobs.len()));
            group.bench_function(format!("{algorithm}/{name}"), |bencher| {
                bencher.iter(|| key::sign(black_box(jobs)));
            });
        }
    }
    group.finish();
}

/// Proof of possession (RFC 2986 §3) of requests that were read before.
fn verify_request(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("verify-request");
    for algorithm in ALGORITHMS {
        let requests = support::requests(algorithm, SLICE);
        for (name, n) in [("one".to_owned(), 1), (format!("slice of {SLICE}"), SLICE)] {
            group.throughput(elements(n));
            group.bench_function(format!("{algorithm}/{name}"), |bencher| {
                bencher.iter_batched(
                    || requests.iter().take(n).cloned().collect(),
                    request::verify_all,
                    BatchSize::SmallInput,
                );
            });
        }
    }
    group.finish();
}

/// From a verified request to the octets that will be signed: assembled, linted, unsigned.
fn prepare(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("prepare");
    for algorithm in ALGORITHMS {
        let authority = Authority::new(algorithm);
        let request = support::verified(algorithm);
        group.bench_function(algorithm.to_string(), |bencher| {
            bencher.iter(|| authority.prepare(black_box(&request), 1));
        });
    }
    group.finish();
}

/// A certificate from a verified request, beside the bare signature of the same octets with the same key: what the
/// engine adds to the one cost that nobody can avoid. Of RSA-2048 it may be at most 1.3 times the signature.
fn issue(criterion: &mut Criterion) {
    for algorithm in ALGORITHMS {
        let authority = Authority::new(algorithm);
        let request = support::verified(algorithm);
        let prepared = authority.prepare(&request, 1);
        let jobs = [job(authority.signer.key(), prepared.tbs_der())];
        let mut group = criterion.benchmark_group(format!("issue-{algorithm}"));
        group.bench_function("bare signature", |bencher| {
            bencher.iter(|| key::sign(black_box(&jobs)));
        });
        group.bench_function("from a verified request", |bencher| {
            bencher.iter(|| authority.issue(black_box(&request)));
        });
        group.finish();
    }
}

fn job<'a>(key: &'a KeyPair, message: &'a [u8]) -> SignJob<'a> {
    SignJob {
        key,
        algorithm: support::signature_algorithm(key),
        message,
    }
}

fn elements(n: usize) -> Throughput {
    Throughput::Elements(u64::try_from(n).unwrap())
}

fn config() -> Criterion {
    Criterion::default().sample_size(50)
}

criterion_group! {
    name = benches;
    config = config();
    targets = sign, verify_request, prepare, issue
}
criterion_main!(benches);
