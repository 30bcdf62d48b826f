//! Does the time depend on the secret? Measures the secret-dependent operations with one fixed secret and with random ones, in random
//! order, and compares the means (Welch's t, as in dudect: Reparaz, Balasch, Verbauwhede, 2017).
//!
//! `cargo run --release -p crypto-mb --example timing [MEASUREMENTS]`. |t| below 4.5 says that no difference was seen; from 10 on there
//! is one. Times above the 90th percentile are left out, as interrupts are; all inputs are made before the clock starts.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for a terminal"
)]

use std::hint::black_box;
use std::time::Instant;

use crypto_mb::rsa::{self, Search, Size};
use crypto_mb::{measure, p256};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

/// Secrets of a class, so that memory is touched alike for both.
const POOL: usize = 64;

fn main() {
    let given = std::env::args().nth(1);
    let measurements = given.map_or(100_000, |text| text.parse().unwrap());
    if !crypto_mb::available() {
        println!("this processor has no AVX-512 IFMA");
        return;
    }
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    exponentiation(measurements, &mut rng);
    selection(measurements, &mut rng);
    scalars(measurements, &mut rng);
    signatures(measurements / 20, &mut rng);
}

/// Exponents: fixed (few ones) against random. Each window of four bits takes the same steps, so the first 128 bits tell as much as
/// all 1024 and a million measurements take a minute; a tenth as many of whole exponents follow.
fn exponentiation(measurements: usize, rng: &mut ChaCha20Rng) {
    powers("exponentiation, 128 bits", measurements, 128, rng);
    powers("exponentiation, 1024 bits", measurements / 10, 1024, rng);
}

fn powers(name: &str, measurements: usize, bits: u32, rng: &mut ChaCha20Rng) {
    let lanes = |rng: &mut ChaCha20Rng, fixed: bool| -> [[u64; 16]; 8] {
        let mut exponents = [[0; 16]; 8];
        for words in &mut exponents {
            words[0] = 1;
            if !fixed {
                let words = words.iter_mut().take(bits as usize / 64);
                words.for_each(|word| *word = rng.next_u64());
            }
        }
        exponents
    };
    let mut prime = [u64::MAX; 16];
    prime[0] = u64::MAX - 104;
    let mut power = measure::Power::new(&prime).unwrap();
    let pools = [true, false].map(|fixed| pool(rng, |rng| lanes(rng, fixed)));
    report(name, measurements, rng, &pools, |exponents| {
        power.power(exponents, bits);
    });
}

/// Table indices: all zero against random.
fn selection(measurements: usize, rng: &mut ChaCha20Rng) {
    let mut table = measure::Table::new().unwrap();
    let pools = [true, false].map(|fixed| {
        pool(rng, |rng| {
            core::array::from_fn(|_| if fixed { 0 } else { rng.next_u64() % 16 })
        })
    });
    report(
        "selection from 16 entries",
        measurements,
        rng,
        &pools,
        |index| table.select(index),
    );
}

/// Scalars of P-256: fixed (one) against random.
fn scalars(measurements: usize, rng: &mut ChaCha20Rng) {
    let mut one = [0; 32];
    one[31] = 1;
    let draw = |rng: &mut ChaCha20Rng, fixed: bool| -> Vec<p256::SecretKey> {
        let key = |_| {
            let mut octets = one;
            if !fixed {
                rng.fill_bytes(&mut octets[1..]);
            }
            p256::SecretKey::from_be_bytes(&octets).unwrap()
        };
        (0..8).map(key).collect()
    };
    let pools = [true, false].map(|fixed| pool(rng, |rng| draw(rng, fixed)));
    report(
        "scalar multiplication and inversion, P-256",
        measurements,
        rng,
        &pools,
        |keys| {
            let keys: [&p256::SecretKey; 8] = core::array::from_fn(|i| &keys[i]);
            black_box(p256::public_keys(&keys));
        },
    );
}

/// Whole RSA signatures: the same message against random ones.
fn signatures(measurements: usize, rng: &mut ChaCha20Rng) {
    let keys = rsa::generate(
        Size::Rsa2048,
        Search::Fresh,
        vec![ChaCha20Rng::seed_from_u64(1)],
    );
    let key = keys.into_iter().next().unwrap().unwrap();
    let pools = [true, false].map(|fixed| {
        pool(rng, |rng| {
            let mut info = [0; 51];
            if !fixed {
                rng.fill_bytes(&mut info);
            }
            info
        })
    });
    let mut blinding = ChaCha20Rng::seed_from_u64(2);
    report(
        "RSA-2048 signature, eight messages",
        measurements,
        rng,
        &pools,
        |info| {
            let jobs = [rsa::SignJob {
                key: &key,
                digest_info: info,
            }; 8];
            black_box(rsa::sign(&jobs, &mut blinding));
        },
    );
}

fn pool<T>(rng: &mut ChaCha20Rng, mut draw: impl FnMut(&mut ChaCha20Rng) -> T) -> Vec<T> {
    (0..POOL).map(|_| draw(rng)).collect()
}

/// Measures in random order and prints t.
fn report<T>(
    name: &str,
    measurements: usize,
    rng: &mut ChaCha20Rng,
    pools: &[Vec<T>; 2],
    mut work: impl FnMut(&T),
) {
    let mut times = [Vec::new(), Vec::new()];
    for i in 0..measurements {
        let class = (rng.next_u32() & 1) as usize;
        let secret = black_box(&pools[class][i % POOL]);
        let start = Instant::now();
        work(secret);
        times[class].push(start.elapsed().as_nanos() as f64);
    }
    let mut all = times.concat();
    all.sort_by(f64::total_cmp);
    let limit = all[all.len() * 9 / 10];
    for times in &mut times {
        times.retain(|time| *time <= limit);
    }
    println!(
        "{name:44} t = {:7.2} of {measurements} measurements",
        welch(&times)
    );
}

fn welch([a, b]: &[Vec<f64>; 2]) -> f64 {
    let moments = |x: &[f64]| {
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let squares = x.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
        (mean, squares / (x.len() as f64 - 1.0) / x.len() as f64)
    };
    let ((mean_a, error_a), (mean_b, error_b)) = (moments(a), moments(b));
    (mean_a - mean_b) / (error_a + error_b).sqrt()
}
