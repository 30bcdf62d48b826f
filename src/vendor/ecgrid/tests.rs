//! What the rules' tests share, and those that run the whole way.

use std::sync::LazyLock;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::access::Caller;
use super::check::check;
use super::config::{Ecgrid, EcgridConfig};
use super::enums::{CertificateUsage, Named, SecureHashAlgorithm};
use super::error::Refusal;
use super::order::{Placed, order};
use super::profile::Sha1;
use super::shape;
use super::terms::Terms;
use super::wire::CreateRequest;
use super::world::{CertKey, Comm, World, WorldError};
use crate::cert::Certificate;
use crate::issuer::{IssuerName, Signer};
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair};
use crate::lint;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

pub(super) const NOW: &str = "2026-05-07T00:00:00Z";

pub(super) fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

/// Comm 5001 as on the vendor's page, and 5002 of another mailbox.
pub(super) fn settings(more: &str) -> Ecgrid {
    let text = format!(
        r#"{more}
        [[comms]]
        id = 5001
        identifier = "MYCOMPANY-AS2"
        mailbox_id = 101
        organization = "My Company"
        [[comms]]
        id = 5002
        identifier = "DIVISION AS2"
        mailbox_id = 102
        use_type = "Test"
        [[comms]]
        id = 5003
        identifier = "GONE"
        status = "Terminated"
        "#
    );
    let config: EcgridConfig = toml::from_str(&text).unwrap();
    Ecgrid::from_config(config).unwrap()
}

pub(super) fn comm(id: i32) -> Comm {
    settings("").comm(id).unwrap().clone()
}

pub(super) fn terms_at(now: &str) -> Terms {
    Terms::new(at(now), &settings("allow_sha1 = true")).unwrap()
}

pub(super) fn strict_terms() -> Terms {
    Terms::new(at(NOW), &settings("")).unwrap()
}

pub(super) struct TestWorld {
    pub(super) settings: Ecgrid,
    pub(super) keys: Vec<(i32, CertKey)>,
    pub(super) fails: bool,
}

impl TestWorld {
    pub(super) fn new() -> Self {
        Self {
            settings: settings(""),
            keys: Vec::new(),
            fails: false,
        }
    }

    /// With a certificate of Comm 5001: key 79, number 7, for partner P, in use until 2028-05-07.
    pub(super) fn with_key() -> Self {
        let certificate = sample().clone();
        let validity = certificate.validity();
        let key = CertKey {
            cert_key_id: 79,
            certificate,
            usage: CertificateUsage::Signature,
            begin_usage: validity.not_before(),
            end_usage: validity.not_after(),
            partner_id: Some("P".to_owned()),
            partner_url: None,
            key_id: None,
            user_id: None,
            has_private_key: true,
            terminated_at: None,
            certificate_id: Some(7),
        };
        Self {
            keys: vec![(5001, key)],
            ..Self::new()
        }
    }

    fn answer(&self) -> Result<(), WorldError> {
        if self.fails {
            return Err(WorldError::new("the disk is gone"));
        }
        Ok(())
    }
}

impl World for TestWorld {
    fn comms(&self, ids: &[i32]) -> Result<Vec<Option<Comm>>, WorldError> {
        self.answer()?;
        Ok(ids
            .iter()
            .map(|id| self.settings.comm(*id).cloned())
            .collect())
    }

    fn all_comms(&self) -> Result<Vec<Comm>, WorldError> {
        self.answer()?;
        Ok(self.settings.comms().cloned().collect())
    }

    fn cert_keys(&self, comm_id: i32) -> Result<Vec<CertKey>, WorldError> {
        self.answer()?;
        let own = self.keys.iter().filter(|(id, _)| *id == comm_id);
        Ok(own.map(|(_, key)| key.clone()).collect())
    }
}

/// One key serves every test: making it takes longer than all else.
pub(super) fn key() -> &'static KeyPair {
    static KEY: LazyLock<KeyPair> = LazyLock::new(|| {
        let mut rng = ChaCha20Rng::from_seed([9; 32]);
        key::generate(KeyAlgorithm::Rsa2048, 1, &mut rng)
            .remove(0)
            .unwrap()
    });
    &KEY
}

pub(super) fn sample() -> &'static Certificate {
    static SAMPLE: LazyLock<Certificate> = LazyLock::new(|| {
        let request = CreateRequest::new(5001)
            .with_partner("P")
            .with_usage(CertificateUsage::Signature);
        made(&place_one(request, &terms_at(NOW)).unwrap())
    });
    &SAMPLE
}

pub(super) fn place_one(request: CreateRequest, terms: &Terms) -> Result<Placed, Refusal> {
    let checked = check(&[request], terms).remove(0)?;
    order(vec![checked], &Caller::local(), &TestWorld::new(), terms).remove(0)
}

pub(super) fn made(placed: &Placed) -> Certificate {
    let order = placed.order(key());
    let serial = SerialNumber::from_u64(1 << 63).unwrap();
    let prepared = IssuerName::of_subject(&order, &serial).prepare(&order, serial);
    let copy = KeyPair::from_pkcs8_der(&key().to_pkcs8_der().unwrap()).unwrap();
    Signer::new(copy)
        .sign(vec![prepared.unwrap()])
        .remove(0)
        .unwrap()
}

pub(super) fn rules(refusal: &Refusal) -> Vec<(&'static str, &str)> {
    let rule = |fault: &super::error::Fault| fault.finding().rule();
    let names = refusal.faults().iter().map(rule);
    names
        .zip(refusal.faults().iter().map(super::error::Fault::message))
        .collect()
}

#[test]
fn every_usage_and_hash_makes_a_certificate_of_its_shape() {
    let extensions = |usage| match usage {
        CertificateUsage::Ssl => {
            "keyUsage critical digitalSignature, keyEncipherment; serverAuth, clientAuth"
        }
        CertificateUsage::Encryption => "keyUsage critical keyEncipherment, dataEncipherment",
        CertificateUsage::Signature => "keyUsage critical digitalSignature",
        _ => "keyUsage critical digitalSignature, keyEncipherment, dataEncipherment",
    };
    for usage in CertificateUsage::VALUES {
        for hash in SecureHashAlgorithm::VALUES {
            let request = CreateRequest::new(5001).with_usage(*usage).with_hash(*hash);
            let placed = place_one(request, &terms_at(NOW)).unwrap();
            let certificate = made(&placed);
            assert_eq!(
                certificate.signature_algorithm(),
                hash.signature_algorithm()
            );
            certificate
                .verify_signature(certificate.public_key())
                .unwrap();
            assert_eq!(lint::run(certificate.tbs(), &[]), []);
            assert_eq!(
                shape::findings(certificate.tbs(), Sha1::Allowed).unwrap(),
                []
            );
            assert_eq!(shape::usage(certificate.tbs()), *usage);
            let usage_extension = certificate
                .extensions()
                .find(crate::oid::KEY_USAGE)
                .unwrap();
            let said = crate::ext::describe(usage_extension);
            let bits = said.rsplit(": ").next().unwrap_or(&said);
            assert!(usage_extension.critical());
            let expected = extensions(*usage).trim_start_matches("keyUsage critical ");
            assert!(
                expected
                    .split("; ")
                    .next()
                    .unwrap()
                    .split(", ")
                    .all(|bit| bits.contains(bit)),
                "{usage}: {said}"
            );
        }
    }
}

#[test]
fn a_certificate_carries_identifier_organization_and_partner() {
    let certificate = sample();
    assert_eq!(
        certificate.subject().to_string(),
        "CN=MYCOMPANY-AS2,O=My Company"
    );
    assert_eq!(certificate.issuer(), certificate.subject());
    assert_eq!(shape::partner(certificate.tbs()).as_deref(), Some("P"));
    let names: Vec<_> = certificate
        .extensions()
        .iter()
        .map(|extension| crate::ext::extension_name(extension.oid()).unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "basicConstraints",
            "keyUsage",
            "subjectKeyIdentifier",
            "authorityKeyIdentifier",
            "subjectAltName"
        ]
    );
}

#[test]
fn another_shape_is_told() {
    let root = include_bytes!("../../../testdata/vendor/enos/ca.cert.pem");
    let root = Certificate::from_pem(root).unwrap();
    let found = shape::findings(root.tbs(), Sha1::Refused).unwrap();
    let rules: Vec<_> = found.iter().map(lint::Finding::rule).collect();
    assert!(rules.contains(&"ecgrid.extension-list"), "{rules:?}");
    assert!(rules.contains(&"ecgrid.extension-value"), "{rules:?}");
    let sha1 = CreateRequest::new(5001).with_hash(SecureHashAlgorithm::Sha1);
    let sha1 = made(&place_one(sha1, &terms_at(NOW)).unwrap());
    let found = shape::findings(sha1.tbs(), Sha1::Refused).unwrap();
    let rules: Vec<_> = found.iter().map(lint::Finding::rule).collect();
    assert_eq!(rules, ["ecgrid.signature-algorithm"]);
    let leaf = include_bytes!("../../../testdata/vendor/enos/device.cert.pem");
    let leaf = Certificate::from_pem(leaf).unwrap();
    let found = shape::findings(leaf.tbs(), Sha1::Refused).unwrap();
    assert!(
        found
            .iter()
            .any(|finding| finding.rule() == "ecgrid.self-signed")
    );
}
