//! What the rules' tests share, and those that run the whole way.

use std::sync::LazyLock;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::HashAlgorithm;
use super::access::Caller;
use super::check::check;
use super::config::As2Expert;
use super::error::{Fault, Refusal};
use super::lifecycle::StationUsage;
use super::order::{Placed, order};
use super::profile::Sha1;
use super::shape;
use super::terms::Terms;
use super::wire::CreateRequest;
use super::world::{Held, Partner, Station, SubjectFields, World, WorldError};
use crate::cert::Certificate;
use crate::issuer::{IssuerName, Signer};
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair};
use crate::lint;
use crate::lint::Finding;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

pub(super) const NOW: &str = "2026-04-26T12:00:00Z";

pub(super) fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

/// Station 62 without defaults, 63 of the same site with every default, 64 of another site.
pub(super) fn settings(more: &str) -> As2Expert {
    let text = format!(
        r#"{more}
        [[stations]]
        id = 62
        name = "My station"
        [[stations]]
        id = 63
        name = "Other"
        as2id = "OTHER-AS2"
        email = "as2@other.example"
        country_name = "fr"
        locality_name = "Paris"
        province_name = "IDF"
        organization = "Other SA"
        organization_unit_name = "EDI"
        [[stations]]
        id = 64
        name = "Elsewhere"
        site = "elsewhere"
        [[partners]]
        id = 140
        name = "First"
        station = 62
        [[partners]]
        id = 141
        name = "Second"
        station = 62
        [[partners]]
        id = 142
        name = "Third"
        station = 63
        "#
    );
    As2Expert::from_config(toml::from_str(&text).unwrap()).unwrap()
}

pub(super) fn terms_with(more: &str) -> Terms {
    Terms::new(at(NOW), &settings(more)).unwrap()
}

pub(super) fn terms() -> Terms {
    terms_with("allow_sha1 = true")
}

/// The caller of station 62's site.
pub(super) fn caller() -> Caller {
    use super::access::Scope;
    Caller::of_site("default", &[Scope::Read, Scope::Write])
}

pub(super) struct TestWorld {
    pub(super) settings: As2Expert,
    pub(super) held: Vec<Held>,
    pub(super) usage: StationUsage,
    pub(super) fails: bool,
}

impl TestWorld {
    pub(super) fn new() -> Self {
        Self {
            settings: settings(""),
            held: Vec::new(),
            usage: StationUsage::default(),
            fails: false,
        }
    }

    /// With certificate 105 of station 62, which is its current one.
    pub(super) fn with_certificate() -> Self {
        Self {
            held: vec![held(105)],
            ..Self::new()
        }
    }

    fn answer<T>(&self, answer: T) -> Result<T, WorldError> {
        if self.fails {
            return Err(WorldError::new("the disk is gone"));
        }
        Ok(answer)
    }
}

impl World for TestWorld {
    fn stations(&self, ids: &[i64]) -> Result<Vec<Option<Station>>, WorldError> {
        let station = |id: &i64| self.settings.station(*id).cloned();
        self.answer(ids.iter().map(station).collect())
    }

    fn all_stations(&self) -> Result<Vec<Station>, WorldError> {
        self.answer(self.settings.stations().cloned().collect())
    }

    fn partners_of(&self, station: i64) -> Result<Vec<Partner>, WorldError> {
        self.answer(self.settings.partners_of(station).cloned().collect())
    }

    fn certificate(&self, id: i64) -> Result<Option<Held>, WorldError> {
        self.answer(self.held.iter().find(|held| held.id == id).cloned())
    }

    fn certificates_of(&self, station: i64) -> Result<Vec<Held>, WorldError> {
        let own = self.held.iter().filter(|held| held.station_id == station);
        self.answer(own.cloned().collect())
    }

    fn usage_of(&self, _station: i64) -> Result<StationUsage, WorldError> {
        self.answer(self.usage)
    }
}

/// One key serves every test: making it takes longer than all else.
fn key() -> &'static KeyPair {
    static KEY: LazyLock<KeyPair> = LazyLock::new(|| {
        let mut rng = ChaCha20Rng::from_seed([8; 32]);
        key::generate(KeyAlgorithm::Rsa2048, 1, &mut rng)
            .remove(0)
            .unwrap()
    });
    &KEY
}

pub(super) fn page_subject() -> SubjectFields {
    SubjectFields {
        email: Some("as2@example.com".to_owned()),
        common_name: Some("free.as2expert.com".to_owned()),
        ..SubjectFields::default()
    }
}

pub(super) fn held(id: i64) -> Held {
    static SAMPLE: LazyLock<Certificate> = LazyLock::new(|| {
        let request = CreateRequest::new(62).with_subject(page_subject());
        made(&place_one(request, &terms()).unwrap())
    });
    Held {
        id,
        station_id: 62,
        certificate: SAMPLE.clone(),
        ended: false,
    }
}

pub(super) fn place_one(request: CreateRequest, terms: &Terms) -> Result<Placed, Refusal> {
    let checked = check(&[request], terms).remove(0)?;
    order(vec![checked], &caller(), &TestWorld::new(), terms).remove(0)
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
    let rule = |fault: &'_ Fault| fault.finding().rule();
    let names = refusal.faults().iter().map(rule);
    names.zip(refusal.faults().iter().map(Fault::msg)).collect()
}

#[test]
fn every_hash_and_role_makes_a_certificate_of_its_shape() {
    for (role, is_ca) in [("end-entity", false), ("ca", true)] {
        let terms = terms_with(&format!("allow_sha1 = true\nrole = {role:?}"));
        for hash in HashAlgorithm::ALL {
            let request = CreateRequest::new(62)
                .with_subject(page_subject())
                .with_hash(hash.as_str());
            let certificate = made(&place_one(request, &terms).unwrap());
            assert_eq!(
                certificate.signature_algorithm(),
                hash.signature_algorithm()
            );
            assert_eq!(
                HashAlgorithm::of_signature(hash.signature_algorithm()),
                hash
            );
            certificate
                .verify_signature(certificate.public_key())
                .unwrap();
            assert_eq!(lint::run(certificate.tbs(), &[]), []);
            assert_eq!(
                shape::findings(certificate.tbs(), Sha1::Allowed).unwrap(),
                []
            );
            assert_eq!(crate::vendor::shape::is_ca(certificate.tbs()), is_ca);
        }
    }
}

#[test]
fn a_certificate_has_the_contracts_subject_order_and_extensions() {
    let certificate = held(105).certificate;
    let subject = certificate.subject();
    assert_eq!(
        subject.to_string(),
        "emailAddress=as2@example.com,CN=free.as2expert.com,L=Madrid,C=ES"
    );
    let types: Vec<_> = subject
        .attributes()
        .map(|attribute| attribute.value().string_type().to_string())
        .collect();
    assert_eq!(
        types,
        ["PrintableString", "UTF8String", "UTF8String", "IA5String"]
    );
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
    assert_eq!(certificate.issuer(), subject);
}

#[test]
fn another_shape_is_told() {
    let leaf = include_bytes!("../../../testdata/vendor/enos/device.cert.pem");
    let leaf = Certificate::from_pem(leaf).unwrap();
    let found = shape::findings(leaf.tbs(), Sha1::Refused).unwrap();
    let rules: Vec<_> = found.iter().map(Finding::rule).collect();
    for rule in [
        "as2expert.self-signed",
        "as2expert.extension-list",
        "as2expert.extension-value",
    ] {
        assert!(rules.contains(&rule), "{rule}: {rules:?}");
    }
    let sha1 = CreateRequest::new(62).with_hash("sha1");
    let sha1 = made(&place_one(sha1, &terms()).unwrap());
    let found = shape::findings(sha1.tbs(), Sha1::Refused).unwrap();
    let rules: Vec<_> = found.iter().map(Finding::rule).collect();
    assert_eq!(rules, ["as2expert.signature-algorithm"]);
}
