//! Writes a job of so many EnOS rows, each with a P-256 request of its own; measures nothing:
//!
//!     CERTWRIGHT_FLEET_ROWS=1000000 cargo bench --bench fleet > job.jsonl
//!
//! The same rows each time: keys follow from the row's number.

#![expect(
    clippy::unwrap_used,
    reason = "a job that cannot be made must stop what measures it"
)]

use std::env;
use std::io;
use std::io::{BufWriter, Write};

use certwright::ext::Extensions;
use certwright::key;
use certwright::key::KeyAlgorithm;
use certwright::name::Name;
use certwright::pem;
use certwright::pem::Label;
use certwright::request;
use certwright::request::RequestDraft;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;
use serde_json::json;

const SLICE: u64 = 2_048;
/// Slices that are made at a time.
const AT_ONCE: usize = 32;

fn main() {
    let Ok(rows) = env::var("CERTWRIGHT_FLEET_ROWS") else {
        return;
    };
    let rows: u64 = rows.parse().unwrap();
    let mut to = BufWriter::new(io::stdout().lock());
    let firsts: Vec<u64> = (0..rows.div_ceil(SLICE)).map(|at| at * SLICE).collect();
    for firsts in firsts.chunks(AT_ONCE) {
        let texts: Vec<String> = firsts.par_iter().map(|first| slice(*first, rows)).collect();
        for text in texts {
            to.write_all(text.as_bytes()).unwrap();
        }
    }
    to.flush().unwrap();
}

/// The rows from this one on, one slice of them.
fn slice(first: u64, rows: u64) -> String {
    let numbers: Vec<u64> = (first..rows.min(first + SLICE)).collect();
    let mut rng = ChaCha20Rng::seed_from_u64(first);
    let keys = key::generate(KeyAlgorithm::P256, numbers.len(), &mut rng);
    let keys: Vec<_> = keys.into_iter().map(Result::unwrap).collect();
    let subject = |number: &u64| -> Name {
        let text = format!(
            "CN={},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN",
            device(*number)
        );
        text.parse().unwrap()
    };
    let subjects: Vec<Name> = numbers.iter().map(subject).collect();
    let extensions = Extensions::default();
    let draft = |(key, subject)| RequestDraft {
        subject,
        key,
        algorithm: key::SignatureAlgorithm::EcdsaWithSha256,
        extensions: &extensions,
    };
    let drafts: Vec<_> = keys.iter().zip(&subjects).map(draft).collect();
    let requests = request::sign(&drafts);
    let row = |(number, request): (&u64, Result<request::CertificationRequest, _>)| {
        let csr = pem::encode(Label::CertificateRequest, request.unwrap().as_der());
        let row = json!({
            "orgId": "o1",
            "productKey": "open",
            "deviceKey": device(*number),
            "csr": *csr,
            "issueAuthority": "ECC",
        });
        format!("{row}\n")
    };
    numbers.iter().zip(requests).map(row).collect()
}

fn device(number: u64) -> String {
    format!("device-{number:08}")
}
