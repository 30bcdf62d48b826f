//! How many operations a second, on one core: the best of several slices, beside the `RustCrypto` crates in the same run.
//!
//! `cargo run --release -p crypto-mb --example speed [SECONDS_A_SLICE] [ROUNDS] [PART_OF_A_NAME]`. On a machine that others use, compare
//! ratios of one run.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for a terminal"
)]

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Instant;

use crypto_mb::p256;
use crypto_mb::rsa::{Search, SignJob, Size, VerifyJob, generate, sign, verify};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

fn main() {
    let argument = |i: usize, otherwise: f64| {
        let given = std::env::args().nth(i);
        given.map_or(otherwise, |text| text.parse().unwrap())
    };
    let (seconds, rounds) = (argument(1, 0.3), argument(2, 5.0) as usize);
    if !crypto_mb::available() {
        println!("this processor has no AVX-512 IFMA");
        return;
    }
    let mut works = rsa_works();
    works.extend(p256_works());
    let filter = std::env::args().nth(3).unwrap_or_default();
    works.retain(|(name, _)| name.contains(&filter));
    let mut best = vec![0f64; works.len()];
    for _ in 0..rounds {
        for ((_, work), best) in works.iter_mut().zip(&mut best) {
            *best = best.max(rate(seconds, work));
        }
    }
    for ((name, _), best) in works.iter().zip(best) {
        println!("{name:44} {best:12.1} /s");
    }
}

/// Operations a second; the work says how many it did.
fn rate(seconds: f64, work: &mut Work) -> f64 {
    let start = processor_seconds();
    let mut done = 0;
    while processor_seconds() - start < seconds {
        done += work();
    }
    done as f64 / (processor_seconds() - start)
}

/// Seconds this thread ran on a processor, where Linux says it; otherwise those that passed.
fn processor_seconds() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    let start = START.get_or_init(Instant::now);
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = stat
        .split(' ')
        .next()
        .and_then(|text| text.parse::<f64>().ok());
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |x| x * 1e-9)
}

type Work = Box<dyn FnMut() -> usize>;

fn rngs(from: &mut u64, count: u64) -> Vec<ChaCha20Rng> {
    *from += count;
    (*from..*from + count)
        .map(ChaCha20Rng::seed_from_u64)
        .collect()
}

fn rsa_works() -> Vec<(String, Work)> {
    let mut works: Vec<(String, Work)> = Vec::new();
    for (search, name) in [(Search::Fresh, "fresh"), (Search::Windowed, "windowed")] {
        let mut seed = 0;
        let work = move || black_box(generate(Size::Rsa2048, search, rngs(&mut seed, 32))).len();
        works.push((
            format!("RSA-2048 generation, {name}, by 32"),
            Box::new(work),
        ));
    }
    let mut seed = 0;
    let one = move || black_box(generate(Size::Rsa2048, Search::Fresh, rngs(&mut seed, 1))).len();
    works.push(("RSA-2048 generation, fresh, by 1".into(), Box::new(one)));
    for size in [Size::Rsa2048, Size::Rsa3072, Size::Rsa4096] {
        let mut seed = 0;
        let keys = generate(size, Search::Windowed, rngs(&mut seed, 8));
        let keys: Vec<_> = keys.into_iter().map(Result::unwrap).collect();
        let keys: &'static [_] = Vec::leak(keys);
        let bits = size.bits();
        let info: &'static [u8] = &[7; 51];
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let one_key: Vec<_> = (0..64)
            .map(|_| SignJob {
                key: &keys[0],
                digest_info: info,
            })
            .collect();
        let signature: &'static [u8] = Vec::leak(sign(&one_key[..1], &mut rng).remove(0).unwrap());
        let work = move || black_box(sign(&one_key, &mut rng)).len();
        works.push((
            format!("RSA-{bits} signature, 64 of one key"),
            Box::new(work),
        ));
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let eight: Vec<_> = keys
            .iter()
            .map(|key| SignJob {
                key,
                digest_info: info,
            })
            .collect();
        let work = move || black_box(sign(&eight, &mut rng)).len();
        works.push((format!("RSA-{bits} signature, eight keys"), Box::new(work)));
        let job = VerifyJob {
            key: keys[0].public_key(),
            digest_info: info,
            signature,
        };
        let work = move || black_box(verify(&[job; 64])).len();
        works.push((format!("RSA-{bits} verification, by 64"), Box::new(work)));
    }
    works
}

fn p256_works() -> Vec<(String, Work)> {
    let mut works: Vec<(String, Work)> = Vec::new();
    for count in [8, 256] {
        let mut seed = 0;
        let generation = move || {
            let pairs = p256::generate(&mut rngs(&mut seed, count as u64));
            black_box(pairs).len()
        };
        works.push((
            format!("P-256 generation, by {count}"),
            Box::new(generation),
        ));
        let pair = p256::generate(&mut rngs(&mut 0, 1)).remove(0).unwrap();
        let (key, public) = Box::leak(Box::new(pair));
        let digest: &'static [u8; 32] = &[7; 32];
        let job = p256::SignJob { key, digest };
        let signature: &'static [u8; 64] = Box::leak(Box::new(p256::sign(&[job])[0].unwrap()));
        let jobs = vec![job; count];
        let work = move || black_box(p256::sign(&jobs)).len();
        works.push((format!("P-256 signature, by {count}"), Box::new(work)));
        let jobs = vec![
            p256::VerifyJob {
                key: public,
                digest,
                signature
            };
            count
        ];
        let work = move || black_box(p256::verify(&jobs)).len();
        works.push((format!("P-256 verification, by {count}"), Box::new(work)));
    }
    works
}
