//! Key generation: one key, and a slice that shares the cores.

#![expect(
    clippy::unwrap_used,
    reason = "a bench whose input cannot be made must stop"
)]

use std::hint::black_box;
use std::time::Duration;

use certwright::key;
use certwright::key::KeyAlgorithm;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

#[expect(dead_code, reason = "nothing is issued here")]
mod support;

/// How long an RSA key takes is a matter of luck. The slice draws the same keys every time, so that two runs compare;
/// a single key is drawn afresh, so that the figure is not that of one lucky key.
fn keygen(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("keygen");
    for (algorithm, slice) in [(KeyAlgorithm::Rsa2048, 16_u64), (KeyAlgorithm::P256, 256)] {
        let mut rng = support::rng(3);
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("{algorithm}/one"), |bencher| {
            bencher.iter(|| key::generate(black_box(algorithm), 1, &mut rng));
        });
        let n = usize::try_from(slice).unwrap();
        group.throughput(Throughput::Elements(slice));
        group.bench_function(format!("{algorithm}/slice of {n}"), |bencher| {
            bencher.iter(|| key::generate(black_box(algorithm), n, &mut support::rng(4)));
        });
    }
    group.finish();
}

fn config() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .measurement_time(Duration::from_secs(10))
}

criterion_group! {
    name = benches;
    config = config();
    targets = keygen
}
criterion_main!(benches);
