//! certwright, in batches.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use certwright::issuer::{IssuerName, Signer};
use certwright::key;
use certwright::key::{KeyAlgorithm, KeyPair, SignJob, SignatureAlgorithm, VerifyJob};
use certwright::name::{Name, StringType};
use certwright::oid;
use certwright::order::Order;
use certwright::profile::Profile;
use certwright::serial::SerialNumber;
use certwright::time::UnixSeconds;
use crypto_mb::rsa::{Search, Size};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;

use crate::work::{Contender, Kind, MESSAGE, Task};

const ENGINE: &str = "certwright";

pub(crate) fn contenders(kind: Kind, task: Task) -> Vec<Contender> {
    match (kind, task) {
        (Kind::Rsa2048, Task::Generation) => {
            let mut out = vec![generation(KeyAlgorithm::Rsa2048, 128)];
            if crypto_mb::available() && key::engine::forced().is_none() {
                out.push(windowed());
            }
            out
        }
        (Kind::P256, Task::Generation) => vec![generation(KeyAlgorithm::P256, 2048)],
        (_, Task::Signature) => vec![signature(kind)],
        (_, Task::Verification) => vec![verification(kind)],
        (_, Task::Device) => vec![device(kind)],
    }
}

fn generation(algorithm: KeyAlgorithm, batch: usize) -> Contender {
    let seeds = AtomicU64::new(1);
    Contender {
        engine: ENGINE,
        batch,
        run: Box::new(move |n| {
            drop(black_box(key::generate(algorithm, n, &mut rng(&seeds))));
        }),
    }
}

fn windowed() -> Contender {
    let seeds = AtomicU64::new(1);
    Contender {
        engine: "certwright-windowed",
        batch: 128,
        run: Box::new(move |n| {
            let shares: Vec<ChaCha20Rng> = (0..n / 64).map(|_| rng(&seeds)).collect();
            shares.into_par_iter().for_each(|mut rng| {
                let generators = (0..64).map(|_| ChaCha20Rng::from_rng(&mut rng)).collect();
                drop(black_box(crypto_mb::rsa::generate(
                    Size::Rsa2048,
                    Search::Windowed,
                    generators,
                )));
            });
        }),
    }
}

fn signature(kind: Kind) -> Contender {
    let (key, algorithm) = signing_key(kind);
    Contender {
        engine: ENGINE,
        batch: 512,
        run: Box::new(move |n| {
            let job = SignJob {
                key: &key,
                algorithm,
                message: &MESSAGE,
            };
            let signed = key::sign(&vec![job; n]);
            assert!(signed.iter().all(Result::is_ok));
        }),
    }
}

fn verification(kind: Kind) -> Contender {
    let (key, algorithm) = signing_key(kind);
    let job = SignJob {
        key: &key,
        algorithm,
        message: &MESSAGE,
    };
    let signature = key::sign(&[job]).remove(0).unwrap();
    Contender {
        engine: ENGINE,
        batch: 512,
        run: Box::new(move |n| {
            let job = VerifyJob {
                key: key.public_key(),
                algorithm,
                message: &MESSAGE,
                signature: signature.as_bytes(),
            };
            let verified = key::verify(&vec![job; n]);
            assert!(verified.iter().all(Result::is_ok));
        }),
    }
}

/// As the service does it: a slice of keys, its certificates prepared, signed together, written.
fn device(kind: Kind) -> Contender {
    let (ca_key, _) = signing_key(kind);
    let algorithm = ca_key.algorithm();
    let now = UnixSeconds::new(1_767_323_045).unwrap();
    let ca_profile = Arc::new(Profile::from_toml(CA_PROFILE).unwrap());
    let ca_subject: Name = "CN=bench root,O=Acme".parse().unwrap();
    let validity = ca_profile.validity(now, None).unwrap();
    let order = Order::for_key(&ca_key, ca_subject, ca_profile, validity);
    let serial = || SerialNumber::from_u64(1).unwrap();
    let prepared = IssuerName::of_subject(&order, &serial()).prepare(&order, serial());
    let signer = Signer::new(ca_key);
    let root = signer.sign(vec![prepared.unwrap()]).remove(0).unwrap();
    let issuer = IssuerName::of_certificate(&root).unwrap();
    let profile = Arc::new(Profile::from_toml(DEVICE_PROFILE).unwrap());
    let validity = profile.validity(now, None).unwrap();
    let seeds = AtomicU64::new(1);
    Contender {
        engine: ENGINE,
        batch: if kind == Kind::P256 { 512 } else { 128 },
        run: Box::new(move |n| {
            let first = seeds.load(Ordering::Relaxed) * 1_000_000;
            let keys = key::generate(algorithm, n, &mut rng(&seeds)).into_iter();
            let keys: Vec<KeyPair> = keys.map(Result::unwrap).collect();
            let prepare = |(at, key): (usize, &KeyPair)| {
                let number = first + at as u64;
                let order = Order::for_key(key, subject(number), Arc::clone(&profile), validity);
                let serial = SerialNumber::from_u64(number).unwrap();
                issuer.prepare(&order, serial).unwrap()
            };
            let prepared = keys.par_iter().enumerate().map(prepare).collect();
            let certificates = signer.sign(prepared);
            keys.par_iter()
                .zip(&certificates)
                .for_each(|(key, certificate)| {
                    let certificate = certificate.as_ref().unwrap().to_pem();
                    black_box((certificate, key.to_pkcs8_pem().unwrap()));
                });
        }),
    }
}

fn subject(number: u64) -> Name {
    let common_name = format!("device-{number}");
    Name::from_attributes(&[
        (oid::ORGANIZATION, StringType::Utf8String, "Acme"),
        (oid::COMMON_NAME, StringType::Utf8String, &common_name),
    ])
    .unwrap()
}

fn signing_key(kind: Kind) -> (KeyPair, SignatureAlgorithm) {
    let algorithm = match kind {
        Kind::P256 => KeyAlgorithm::P256,
        Kind::Rsa2048 => KeyAlgorithm::Rsa2048,
    };
    let mut rng = ChaCha20Rng::from_seed([9; 32]);
    let key = key::generate(algorithm, 1, &mut rng).remove(0).unwrap();
    let algorithm = SignatureAlgorithm::default_for(key.public_key()).unwrap();
    (key, algorithm)
}

/// Other numbers at each call: how long an RSA key takes is a matter of luck.
fn rng(seeds: &AtomicU64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seeds.fetch_add(1, Ordering::Relaxed))
}

const CA_PROFILE: &str = r#"
name = "ca"
serial = { random = { octets = 16 } }
subject_keys = ["RSA-2048", "P-256"]
signature_algorithms = ["sha256WithRSAEncryption", "ecdsa-with-SHA256"]
validity = { default_days = 3650 }

[[extensions]]
type = "subjectKeyIdentifier"

[[extensions]]
type = "basicConstraints"
ca = true
critical = true

[[extensions]]
type = "keyUsage"
bits = ["keyCertSign", "cRLSign"]
critical = true
"#;

const DEVICE_PROFILE: &str = r#"
name = "device"
serial = { random = { octets = 16 } }
subject_keys = ["RSA-2048", "P-256"]
signature_algorithms = ["sha256WithRSAEncryption", "ecdsa-with-SHA256"]
validity = { default_days = 365 }

[[extensions]]
type = "authorityKeyIdentifier"

[[extensions]]
type = "keyUsage"
bits = ["digitalSignature"]
critical = true

[[extensions]]
type = "extendedKeyUsage"
purposes = ["clientAuth"]

[[extensions]]
type = "subjectKeyIdentifier"

[[extensions]]
type = "basicConstraints"
ca = false
critical = true
"#;
