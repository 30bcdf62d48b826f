//! Files for those who import: each is written, read back and compared.

#![expect(
    clippy::unwrap_used,
    reason = "a bench whose input cannot be made must stop"
)]

use std::hint::black_box;

use certwright::bundle;
use certwright::bundle::Artefact;
use criterion::{Criterion, criterion_group, criterion_main};

use support::{ALGORITHMS, Authority};

mod support;

/// A device's certificate and its root, as each kind of file.
fn bundle(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("bundle");
    for algorithm in ALGORITHMS {
        let authority = Authority::new(algorithm);
        let leaf = authority.issue(&support::verified(algorithm));
        let leaf_first = [leaf, authority.certificate];
        for artefact in Artefact::ALL {
            group.bench_function(format!("{algorithm}/{artefact}"), |bencher| {
                bencher.iter(|| bundle::write(artefact, black_box(&leaf_first)));
            });
        }
    }
    group.finish();
}

fn config() -> Criterion {
    Criterion::default().sample_size(50)
}

criterion_group! {
    name = benches;
    config = config();
    targets = bundle
}
criterion_main!(benches);
