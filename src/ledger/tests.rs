//! Tests of the ledger.

use std::ops::ControlFlow;

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::*;
use crate::key::KeyAlgorithm;
use crate::serial::SerialNumber;
use crate::time::{Lifetime, Validity};

mod list;
mod open;
mod plans;
mod record;
mod revocation;
mod stats;

struct Fixture {
    folder: TempDir,
    ledger: Ledger,
    issuer: IssuerId,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
        let issuer = ledger
            .add_issuer(&new_issuer("rsa-root", b"CN=root", 7))
            .unwrap();
        Self {
            folder,
            ledger,
            issuer,
        }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("ledger.db")
    }

    fn record(&mut self, new: NewCertificate<'_>) -> CertificateId {
        self.ledger.record(&[new]).unwrap()[0].clone().unwrap()
    }

    fn certificate(&self, n: u64) -> NewCertificate<'static> {
        certificate(Some(self.issuer), n)
    }

    fn entries(&self, now: u64) -> Vec<(String, u8)> {
        let mut entries = Vec::new();
        self.ledger
            .revoked(self.issuer, at(now), |entry| {
                entries.push((entry.serial.to_string(), entry.reason.get()));
                ControlFlow::Continue(())
            })
            .unwrap();
        entries
    }
}

pub(super) fn at(seconds: u64) -> UnixSeconds {
    UnixSeconds::new(seconds).unwrap()
}

fn days(start: u64, days: u32) -> Validity {
    Validity::starting(at(start), Lifetime::from_days(days).unwrap()).unwrap()
}

fn sha256(of: &[u8]) -> [u8; 32] {
    Sha256::digest(of).into()
}

pub(super) fn new_issuer(name: &str, subject: &[u8], serial: u64) -> NewIssuer {
    NewIssuer {
        name: name.to_owned(),
        certificate: name.as_bytes().to_vec(),
        fingerprint: sha256(name.as_bytes()),
        subject: subject.to_vec(),
        key_id: [9; 20],
        serial: SerialNumber::from_u64(serial).unwrap(),
        validity: days(1000, 3650),
        parent: None,
        added_at: at(1000),
    }
}

/// The `n`th device: serial number 100 + n, issued at n, good for a day.
pub(super) fn certificate(issuer: Option<IssuerId>, n: u64) -> NewCertificate<'static> {
    let der = format!("certificate {n}").into_bytes();
    NewCertificate {
        issuer,
        serial: SerialNumber::from_u64(100 + n).unwrap(),
        fingerprint: sha256(&der),
        certificate: der.into(),
        request: n
            .is_multiple_of(2)
            .then(|| format!("request {n}").into_bytes().into()),
        subject: format!("subject {n}").into_bytes().into(),
        subject_sha256: sha256(format!("subject {n}").as_bytes()),
        subject_text: format!("CN=device {n},O=Example_{n}").into(),
        key_sha256: sha256(&n.to_be_bytes()),
        key_id: [u8::try_from(n % 256).unwrap(); 20],
        key_algorithm: Some(KeyAlgorithm::P256),
        validity: days(n, 1),
        issued_at: at(n),
        vendor: if n.is_multiple_of(3) {
            "other"
        } else {
            "maker"
        }
        .into(),
        row_key: Some(format!("row {n}").into()),
        batch_row: None,
        holder: Some(format!("product/device{n}").into()),
        supersedes: None,
    }
}

pub(super) fn revocation(certificate: CertificateId, seconds: u64, reason: u8) -> Revocation {
    Revocation {
        certificate,
        fact: RevokedFact {
            at: at(seconds),
            reason: ReasonCode::new(reason).unwrap(),
            by: "operator".to_owned(),
            note: Some("lost".to_owned()),
        },
    }
}

fn ids(records: &[Record]) -> Vec<i64> {
    records.iter().map(|record| record.id.get()).collect()
}
