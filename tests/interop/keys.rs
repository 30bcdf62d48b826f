//! RSA keys made here before GMP, badkeys and OpenSSL.
//!
//! `CERTWRIGHT_JUDGED_KEYS` says how many; `ci/full` has 10,000.

use std::fmt::Write as _;
use std::fs;

use certwright::key;
use certwright::key::weak::weaknesses;
use certwright::key::{KeyAlgorithm, KeyPair, PublicKey};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::judges::{arg, must, venv};

/// Our own search compares each pair of a slice, and is not optimised here; GMP compares all.
const SLICE: usize = 64;

/// As many as OpenSSL is asked about, one process each.
const ASKED: usize = 200;

fn made(wanted: usize) -> Vec<KeyPair> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).unwrap();
    println!("seed {seed:?}");
    let mut rng = ChaCha20Rng::from_seed(seed);
    let mut keys = Vec::with_capacity(wanted);
    while keys.len() < wanted {
        let slice = SLICE.min(wanted - keys.len());
        let slice = key::generate(KeyAlgorithm::Rsa2048, slice, &mut rng);
        keys.extend(slice.into_iter().map(Result::unwrap));
    }
    keys
}

#[test]
#[ignore = "needs OpenSSL, badkeys and gmpy2; run by .ci/run"]
fn keys_have_no_weakness_that_anyone_knows_of() {
    let wanted = std::env::var("CERTWRIGHT_JUDGED_KEYS");
    let wanted = wanted.map_or(100, |count| count.parse().unwrap());
    let keys = made(wanted);
    for slice in keys.chunks(SLICE) {
        let public: Vec<&PublicKey> = slice.iter().map(KeyPair::public_key).collect();
        for (key, found) in public.iter().zip(weaknesses(&public)) {
            assert!(found.is_empty(), "{}: {found:?}", key.key_identifier());
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let all = folder.path().join("keys");
    let mut lines = String::new();
    for key in &keys {
        for octet in key.to_pkcs8_der().unwrap().iter() {
            write!(lines, "{octet:02x}").unwrap();
        }
        lines.push('\n');
    }
    fs::write(&all, lines).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/keys.py");
    let judged = must(venv("python"), &[script, arg(&all)]);
    let judged: serde_json::Value = serde_json::from_str(&judged).unwrap();
    assert_eq!(judged, serde_json::json!({ "keys": wanted, "faults": [] }));
    for key in keys.iter().take(ASKED) {
        let file = folder.path().join("key.pem");
        fs::write(&file, key.to_pkcs8_pem().unwrap().as_bytes()).unwrap();
        let said = must("openssl", &["rsa", "-check", "-noout", "-in", arg(&file)]);
        assert_eq!(said.trim(), "RSA key ok");
    }
}
