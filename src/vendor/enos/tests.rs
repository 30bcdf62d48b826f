//! What the rules' tests share, and those that run the whole way.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::check::{CheckedApply, check};
use super::config::{DeviceConfig, Enos, EnosConfig, ProductConfig};
use super::error::{Refusal, Service};
use super::order::{order, order_dry};
use super::terms::Terms;
use super::wire::ApplyRequest;
use super::world::{Binding, Device, DeviceIdentifier, Held, Product, World, WorldError};
use super::{Authority, profile};
use crate::cert::Certificate;
use crate::general_name::UniformResourceIdentifier;
use crate::issuer::IssuerName;
use crate::key::PublicKey;
use crate::name::Name;
use crate::profile::NetscapeEncodingConfig;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

pub(super) const NOW: &str = "2020-01-06T10:46:33Z";

pub(super) fn testdata(path: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(root.join("testdata").join(path)).unwrap()
}

pub(super) fn text(path: &str) -> String {
    String::from_utf8(testdata(path)).unwrap()
}

pub(super) fn sample_csr() -> String {
    text("vendor/enos/request.csr.pem")
}

pub(super) fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

/// The vendor's own root; a certificate for it can be prepared by anyone.
pub(super) fn sample_root() -> Certificate {
    Certificate::from_pem(&testdata("vendor/enos/ca.cert.pem")).unwrap()
}

pub(super) fn sample_certificate() -> Certificate {
    Certificate::from_pem(&testdata("vendor/enos/device.cert.pem")).unwrap()
}

pub(super) fn terms_at(now: &str) -> Terms {
    let issuer = IssuerName::of_certificate(&sample_root()).unwrap();
    let profile = profile::device(NetscapeEncodingConfig::Bare).unwrap();
    Terms::new(at(now), Arc::new(profile))
        .with_root(Authority::Rsa, issuer.clone(), crl_url())
        .with_root(Authority::Ecc, issuer, crl_url())
}

pub(super) fn crl_url() -> UniformResourceIdentifier {
    let url = "https://alpha-portal-cn4.eniot.io:8081/enos/CA/crl";
    UniformResourceIdentifier::new(url).unwrap()
}

/// Product `p` with devices `d1` (asset `a1`) and `d2` (no asset) for organization `o`.
pub(super) fn settings() -> Enos {
    let device = |key: &str, asset_id: Option<&str>| DeviceConfig {
        device_key: key.to_owned(),
        asset_id: asset_id.map(str::to_owned),
    };
    let config = EnosConfig {
        products: vec![
            ProductConfig {
                product_key: "p".to_owned(),
                org_id: Some("o".to_owned()),
                maximum_days: 1000,
                bidirectional: true,
                open: false,
                devices: vec![device("d1", Some("a1")), device("d2", None)],
            },
            ProductConfig {
                product_key: "short".to_owned(),
                org_id: None,
                maximum_days: 100,
                bidirectional: true,
                open: true,
                devices: Vec::new(),
            },
            ProductConfig {
                product_key: "one-way".to_owned(),
                org_id: None,
                maximum_days: 100,
                bidirectional: false,
                open: true,
                devices: Vec::new(),
            },
        ],
        ..EnosConfig::default()
    };
    Enos::from_config(config).unwrap()
}

/// Settings, and certificates by their holders.
pub(super) struct TestWorld {
    pub(super) settings: Enos,
    pub(super) held: Vec<(String, Held)>,
    pub(super) fails: Option<Service>,
    pub(super) questions: Cell<usize>,
}

impl TestWorld {
    pub(super) fn new() -> Self {
        Self {
            settings: settings(),
            held: Vec::new(),
            fails: None,
            questions: Cell::new(0),
        }
    }

    /// With the vendor's sample certificate, number 7, issued to `holder`.
    pub(super) fn with_sample(holder: &str) -> Self {
        let request = crate::request::CertificationRequest::from_pem(sample_csr().as_bytes());
        let held = Held {
            certificate: 7,
            authority: Authority::Rsa,
            certificate_der: sample_certificate().as_der().to_vec(),
            request_der: Some(request.unwrap().as_der().to_vec()),
            issued_at: at(NOW),
            revocation: None,
            superseded: false,
        };
        Self {
            held: vec![(holder.to_owned(), held)],
            ..Self::new()
        }
    }

    fn asked(&self, service: Service) -> Result<(), WorldError> {
        self.questions.set(self.questions.get() + 1);
        match self.fails == Some(service) {
            true => Err(WorldError::new("the disk is gone")),
            false => Ok(()),
        }
    }

    fn bindings(&self, which: impl Fn(&Certificate) -> bool) -> Vec<Binding> {
        let binding = |(holder, held): &(String, Held)| {
            let certificate = Certificate::from_der(&held.certificate_der).unwrap();
            which(&certificate).then(|| Binding {
                certificate: Some(held.certificate),
                holder: holder.clone(),
                key_sha256: certificate.public_key().spki_sha256(),
                not_after: certificate.validity().not_after(),
                ended: held.revocation.is_some() || held.superseded,
            })
        };
        self.held.iter().filter_map(binding).collect()
    }
}

impl World for TestWorld {
    fn devices(
        &self,
        asked: &[(&str, &DeviceIdentifier)],
    ) -> Result<Vec<Option<Device>>, WorldError> {
        self.asked(Service::IotHub)?;
        let device =
            |(org_id, device): &(&str, &DeviceIdentifier)| self.settings.device(org_id, device);
        Ok(asked.iter().map(device).collect())
    }

    fn products(&self, product_keys: &[&str]) -> Result<Vec<Option<Product>>, WorldError> {
        self.asked(Service::Product)?;
        let product = |key: &&str| self.settings.product(key);
        Ok(product_keys.iter().map(product).collect())
    }

    fn bindings_of_keys(&self, keys: &[[u8; 32]]) -> Result<Vec<Vec<Binding>>, WorldError> {
        self.asked(Service::Certificate)?;
        let same = |key: &[u8; 32]| self.bindings(|held| held.public_key().spki_sha256() == *key);
        Ok(keys.iter().map(same).collect())
    }

    fn bindings_of_subjects(&self, subjects: &[&Name]) -> Result<Vec<Vec<Binding>>, WorldError> {
        self.asked(Service::Certificate)?;
        let same =
            |subject: &&Name| self.bindings(|held| held.subject().folded() == subject.folded());
        Ok(subjects.iter().map(same).collect())
    }

    fn certificates_of(&self, holder: &str) -> Result<Vec<Held>, WorldError> {
        self.asked(Service::Certificate)?;
        let mine = self.held.iter().filter(|(own, _)| own == holder);
        Ok(mine.map(|(_, held)| held.clone()).collect())
    }
}

/// A sound application for device `d1` of product `p`.
pub(super) fn application(csr: impl Into<String>) -> ApplyRequest {
    ApplyRequest::new()
        .with_org_id("o")
        .with_product_key("p")
        .with_device_key("d1")
        .with_csr_pem(csr)
}

pub(super) fn check_one(request: ApplyRequest) -> Result<CheckedApply, Refusal> {
    check(vec![request]).pop().unwrap()
}

/// Rules and fields of all faults, in their order.
pub(super) fn rules(refusal: &Refusal) -> Vec<(&'static str, &str)> {
    let findings = refusal.faults().iter().map(|fault| fault.finding());
    findings
        .map(|finding| (finding.rule(), finding.field()))
        .collect()
}

#[test]
fn the_sample_comes_out_octet_for_octet() {
    let checked = check_one(application(sample_csr()).with_valid_day(250)).unwrap();
    let order = order_dry(&checked, &terms_at(NOW)).unwrap();
    let issuer = IssuerName::of_certificate(&sample_root()).unwrap();
    let serial = SerialNumber::from_u64(32720).unwrap();
    let prepared = issuer.prepare(&order, serial).unwrap();
    let sample = sample_certificate();
    assert_eq!(prepared.tbs_der(), sample.tbs().as_der());
    assert_eq!(prepared.warnings(), []);
    // And the vendor's own signature fits what we prepared.
    assert_eq!(prepared.attach(sample.signature()).unwrap(), sample);
}

#[test]
fn strict_strings_have_their_tag_and_nothing_else_changes() {
    let checked = check_one(application(sample_csr()).with_valid_day(250)).unwrap();
    let issuer = IssuerName::of_certificate(&sample_root()).unwrap();
    let strict = profile::device(NetscapeEncodingConfig::Ia5String).unwrap();
    assert!(strict.accepted_findings().is_empty());
    let terms = Terms::new(at(NOW), Arc::new(strict));
    let terms = terms.with_root(Authority::Rsa, issuer.clone(), crl_url());
    let order = order_dry(&checked, &terms).unwrap();
    let serial = SerialNumber::from_u64(32720).unwrap();
    let prepared = issuer.prepare(&order, serial).unwrap();
    let strict = prepared.tbs().extensions().iter();
    let sample = sample_certificate();
    for (strict, sample) in strict.zip(sample.extensions().iter()) {
        assert_eq!(strict.oid(), sample.oid());
        let bare = match strict.value() {
            [0x16, length, text @ ..] if usize::from(*length) == text.len() => text,
            other => other,
        };
        assert_eq!(bare, sample.value(), "{}", sample.oid());
    }
}

#[test]
fn the_profile_is_the_pages() {
    let profile = profile::device(NetscapeEncodingConfig::Bare).unwrap();
    let days = profile.default_lifetime().whole_days();
    assert_eq!(days, u64::from(super::DEFAULT_VALID_DAYS));
    assert_eq!(profile.maximum_lifetime(), None);
    assert_eq!(profile.accepted_findings(), ["netscape.ia5-string"]);
}

#[test]
fn the_fleet_is_accepted_and_each_subject_kept() {
    let mut seen = 0;
    for (name, csr) in files("enos/fleet") {
        let ecc = PublicKey::from_spki_der(&spki_of(&csr))
            .unwrap()
            .algorithm()
            == Some(crate::key::KeyAlgorithm::P256);
        let authority = if ecc { "ecc" } else { "rsa" };
        let device = name.trim_end_matches(".csr.pem");
        let request = ApplyRequest::new()
            .with_org_id("any")
            .with_product_key("short")
            .with_device_key(device)
            .with_valid_day(100)
            .with_issue_authority(authority)
            .with_csr_octets(csr);
        let checked = check_one(request).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let subject = checked.request().subject().clone();
        let placed = order(vec![checked], &TestWorld::new(), &terms_at(NOW));
        let placed = placed.into_iter().next().unwrap().unwrap();
        assert_eq!(placed.order().subject().as_der(), subject.as_der());
        assert_eq!(placed.holder(), format!("short/{device}"));
        assert_eq!(placed.authority().as_str(), authority.to_uppercase());
        assert_eq!(placed.supersedes(), None);
        seen += 1;
    }
    assert_eq!(seen, 18);
}

pub(super) fn files(folder: &str) -> BTreeMap<String, Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let entries = std::fs::read_dir(root.join(folder)).unwrap();
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let octets = testdata(&format!("{folder}/{name}"));
        (name, octets)
    };
    entries.map(file).collect()
}

fn spki_of(csr: &[u8]) -> Vec<u8> {
    let request = crate::request::CertificationRequest::from_bytes(csr).unwrap();
    request.public_key().spki_der().to_vec()
}
