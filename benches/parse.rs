//! Reading: requests, certificates, names, and a long CRL.

#![expect(
    clippy::unwrap_used,
    reason = "a bench whose input cannot be made must stop"
)]

use std::hint::black_box;

use certwright::cert::Certificate;
use certwright::crl::{Crl, CrlFields, CrlNumber, CrlReason, RevokedCertificate, TbsCertList};
use certwright::key::KeyAlgorithm;
use certwright::name::Name;
use certwright::pem;
use certwright::pem::Label;
use certwright::request::CertificationRequest;
use certwright::time::Lifetime;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use support::{ALGORITHMS, Authority};

mod support;

const CRL_ENTRIES: u64 = 10_000;

fn requests(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse-request");
    for algorithm in ALGORITHMS {
        let request = support::requests(algorithm, 1).remove(0);
        let der = request.as_der();
        group.bench_function(format!("{algorithm}/DER"), |bencher| {
            bencher.iter(|| CertificationRequest::from_bytes(black_box(der)));
        });
        let text = pem::encode(Label::CertificateRequest, der);
        group.bench_function(format!("{algorithm}/PEM"), |bencher| {
            bencher.iter(|| CertificationRequest::from_bytes(black_box(text.as_bytes())));
        });
    }
    group.finish();
}

fn certificates(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse-certificate");
    for algorithm in ALGORITHMS {
        let certificate = Authority::new(algorithm).issue(&support::verified(algorithm));
        let der = certificate.as_der();
        group.bench_function(format!("{algorithm}/DER"), |bencher| {
            bencher.iter(|| Certificate::from_bytes(black_box(der)));
        });
        let text = certificate.to_pem();
        group.bench_function(format!("{algorithm}/PEM"), |bencher| {
            bencher.iter(|| Certificate::from_bytes(black_box(text.as_bytes())));
        });
    }
    group.finish();
}

fn names(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse-name");
    let text = "CN=device-0001,OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN";
    let name: Name = text.parse().unwrap();
    group.bench_function("DER", |bencher| {
        bencher.iter(|| Name::from_der(black_box(name.as_der())));
    });
    group.bench_function("RFC 4514 text", |bencher| {
        bencher.iter(|| black_box(text).parse::<Name>());
    });
    group.finish();
}

fn crl(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parse-crl");
    let der = long_crl().as_der().to_vec();
    group.throughput(Throughput::Elements(CRL_ENTRIES));
    group.bench_function(format!("{CRL_ENTRIES} entries"), |bencher| {
        bencher.iter(|| Crl::from_der(black_box(&der)));
    });
    group.finish();
}

/// Every second entry has a reason; a list of a CA that draws its serial numbers from a sequence.
fn long_crl() -> Crl {
    let authority = Authority::new(KeyAlgorithm::P256);
    let key = authority.signer.key();
    let fields = CrlFields {
        issuer: authority.certificate.subject().clone(),
        issuer_key_identifier: key.public_key().key_identifier().into(),
        number: CrlNumber::from_u64(1),
        this_update: support::now(),
        next_update: support::now()
            .plus(Lifetime::from_days(7).unwrap())
            .unwrap(),
        signature_algorithm: support::signature_algorithm(key),
    };
    let entry = |number: u64| {
        let reason = match number % 2 {
            0 => CrlReason::KeyCompromise,
            _ => CrlReason::Unspecified,
        };
        RevokedCertificate::new(support::serial(number), support::now(), reason)
    };
    let tbs = TbsCertList::new(fields, (1..=CRL_ENTRIES).map(entry)).unwrap();
    Crl::sign(tbs, key).unwrap()
}

fn config() -> Criterion {
    Criterion::default().sample_size(50)
}

criterion_group! {
    name = benches;
    config = config();
    targets = requests, certificates, names, crl
}
criterion_main!(benches);
