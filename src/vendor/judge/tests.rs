use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::bundle;
use crate::bundle::{Encoding, Order};
use crate::cert::TbsFields;
use crate::cms::{CertificatesOnly, SetOrder};
use crate::ext::{AuthorityKeyIdentifier, Extensions, SubjectKeyIdentifier};
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair, SignJob, SignatureAlgorithm};
use crate::oid;
use crate::pem;
use crate::pem::Label;
use crate::vendor::enos;
use crate::vendor::enos::config::{Enos, EnosConfig};

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/vendor/enos/",
            $name
        ))
    };
}

fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

/// The rules broken by a file at a moment of the sample's period, or at another one.
fn rules_at(octets: &[u8], moment: &str) -> Vec<&'static str> {
    let specimen = Specimen::from_octets(octets.to_vec()).unwrap();
    let settings = Enos::from_config(EnosConfig::default()).unwrap();
    let found = enos::judge::judge(vec![specimen], at(moment), &settings).unwrap();
    found.concat().iter().map(Finding::rule).collect()
}

fn rules(octets: &[u8]) -> Vec<&'static str> {
    rules_at(octets, "2020-03-01T00:00:00Z")
}

fn sample_chain() -> [Certificate; 2] {
    let [device, ca] = [
        sample!("device.cert.pem").as_slice(),
        sample!("ca.cert.pem"),
    ];
    [device, ca].map(|pem| Certificate::from_pem(pem).unwrap())
}

#[test]
fn the_sample_passes_in_every_form() {
    let [device, ca] = sample_chain();
    assert_eq!(rules(sample!("device.cert.pem")), [""; 0]);
    assert_eq!(rules(sample!("ca.cert.pem")), [""; 0]);
    assert_eq!(rules(sample!("request.csr.pem")), [""; 0]);
    assert_eq!(rules(sample!("java-sample.csr.pem")), [""; 0]);
    assert_eq!(rules(device.as_der()), [""; 0]);
    assert_eq!(rules(device.tbs().as_der()), [""; 0]);
    let chain = [device.to_pem(), ca.to_pem()].concat();
    assert_eq!(rules(chain.as_bytes()), [""; 0]);
    for encoding in [Encoding::Der, Encoding::Pem] {
        let all = [ca.clone(), device.clone()];
        let bag = bundle::p7b(&all, encoding, Order::LeafFirst).unwrap();
        assert_eq!(rules(&bag), [""; 0]);
    }
}

#[test]
fn a_certificate_is_good_from_its_first_second_to_its_last() {
    let device = sample!("device.cert.pem");
    assert_eq!(
        rules_at(device, "2020-01-06T10:46:32Z"),
        ["enos.not-yet-valid"]
    );
    assert_eq!(rules_at(device, "2020-01-06T10:46:33Z"), [""; 0]);
    assert_eq!(rules_at(device, "2020-09-12T10:46:33Z"), [""; 0]);
    assert_eq!(rules_at(device, "2020-09-12T10:46:34Z"), ["enos.expired"]);
}

#[test]
fn what_this_engine_issued_passes_in_every_form() {
    macro_rules! golden {
        ($name:literal) => {
            include_bytes!(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/testdata/golden/",
                $name
            ))
            .as_slice()
        };
    }
    for octets in [
        golden!("boiler-01.cer"),
        golden!("boiler-01.chain.pem"),
        golden!("boiler-01.p7b"),
        golden!("sensor-01.cer"),
        golden!("sensor-01.chain.pem"),
        golden!("sensor-01.p7b"),
    ] {
        assert_eq!(rules_at(octets, "2026-03-01T00:00:00Z"), [""; 0]);
    }
}

#[test]
fn products_of_a_workspace_limit_the_lifetime() {
    let mut config = EnosConfig::default();
    config.products[0].maximum_days = 250;
    let judged = |config: &EnosConfig| {
        let settings = Enos::from_config(config.clone()).unwrap();
        let specimen = Specimen::from_octets(sample!("device.cert.pem").to_vec()).unwrap();
        let at = at("2020-03-01T00:00:00Z");
        enos::judge::judge(vec![specimen], at, &settings)
            .unwrap()
            .concat()
    };
    assert_eq!(judged(&config), []);
    config.products[0].maximum_days = 249;
    let found = judged(&config);
    let rules: Vec<_> = found.iter().map(Finding::rule).collect();
    assert_eq!(rules, ["enos.valid-day"]);
    assert_eq!(found[0].found(), "21600000 seconds");
}

#[test]
fn a_chain_that_is_none_is_told() {
    let [device, ca] = sample_chain();
    let text = |all: &[&Certificate]| {
        let all: Vec<_> = all.iter().map(|one| one.to_pem()).collect();
        rules(all.concat().as_bytes())
    };
    assert_eq!(text(&[&ca, &device]), ["enos.chain"]);
    // Twice the same certificate, and no root.
    assert_eq!(text(&[&device, &device]), ["enos.chain", "enos.chain"]);
    // A bag without the issuer is no chain either.
    let bag = bundle::p7b(&[device], Encoding::Der, Order::LeafFirst).unwrap();
    assert_eq!(rules(&bag), ["enos.chain"]);
}

#[test]
fn of_several_certificates_a_finding_says_which() {
    let [device, ca] = sample_chain();
    let chain = [device.to_pem(), ca.to_pem()].concat();
    let specimen = Specimen::from_octets(chain.into_bytes()).unwrap();
    let settings = Enos::from_config(EnosConfig::default()).unwrap();
    let at = at("2020-09-13T00:00:00Z");
    let found = enos::judge::judge(vec![specimen], at, &settings)
        .unwrap()
        .concat();
    let fields: Vec<_> = found.iter().map(Finding::field).collect();
    assert_eq!(fields, ["certificate 1 of 2, notAfter"]);
}

#[test]
fn a_forged_root_is_told() {
    let [_, ca] = sample_chain();
    let mut der = ca.as_der().to_vec();
    *der.last_mut().unwrap() ^= 1;
    assert_eq!(rules(&der), ["enos.certificate-signature"]);
}

#[test]
fn a_certificate_that_cannot_be_used_has_a_finding() {
    let [device, _] = sample_chain();
    let mut der = device.as_der().to_vec();
    // The two octets of the serial number, now of a negative one.
    let serial = der.windows(4).position(|four| four == [2, 2, 0x7F, 0xD0]);
    der[serial.unwrap() + 2] = 0xFF;
    let pem = pem::encode(Label::Certificate, &der);
    // The reader takes that for no DER, and then there is nothing to judge.
    assert!(Specimen::from_octets(pem.as_bytes().to_vec()).is_err());
    // The algorithm outside, sha256WithRSAEncryption, becomes sha384WithRSAEncryption.
    let mut der = device.as_der().to_vec();
    let outside = der
        .windows(4)
        .collect::<Vec<_>>()
        .iter()
        .rposition(|four| **four == [0x01, 0x01, 0x0B, 0x05]);
    der[outside.unwrap() + 2] = 0x0C;
    assert_eq!(rules(&der), ["rfc5280.certificate"]);
    let pem = pem::encode(Label::Certificate, &der);
    assert_eq!(rules(pem.as_bytes()), ["rfc5280.certificate"]);
}

/// The sample's CA with another key, under an algorithm; its authority key identifier, if any, is that of a key.
fn sample_ca(
    subject: &KeyPair,
    signer: &KeyPair,
    named: Option<&KeyPair>,
    algorithm: SignatureAlgorithm,
) -> Certificate {
    let [_, ca] = sample_chain();
    let fields = ca.tbs().fields().clone();
    let identifiers = [oid::SUBJECT_KEY_IDENTIFIER, oid::AUTHORITY_KEY_IDENTIFIER];
    let kept = fields.extensions.iter();
    let kept = kept.filter(|one| !identifiers.contains(&one.oid()));
    let mut extensions: Vec<_> = kept.cloned().collect();
    let own = subject.public_key().key_identifier();
    extensions.push(SubjectKeyIdentifier::from(own).to_extension());
    extensions.extend(named.map(|key| {
        let named = SubjectKeyIdentifier::from(key.public_key().key_identifier());
        AuthorityKeyIdentifier::new(named).to_extension()
    }));
    let tbs = TbsCertificate::new(TbsFields {
        signature_algorithm: algorithm,
        public_key: subject.public_key().clone(),
        extensions: Extensions::new(extensions).unwrap(),
        ..fields
    });
    let job = SignJob {
        key: signer,
        algorithm,
        message: tbs.as_der(),
    };
    let signature = key::sign(&[job]).remove(0).unwrap();
    Certificate::assemble(tbs, &signature).unwrap()
}

fn two_keys() -> [KeyPair; 2] {
    let mut rng = ChaCha20Rng::from_seed([5; 32]);
    let keys = key::generate(KeyAlgorithm::Rsa2048, 2, &mut rng);
    let keys: Vec<_> = keys.into_iter().map(Result::unwrap).collect();
    keys.try_into().unwrap()
}

#[test]
fn sha1_is_let_pass_where_a_root_signs_itself_and_not_where_it_signs_its_next_key() {
    let [old, new] = two_keys();
    let sha1 = SignatureAlgorithm::Sha1WithRsa;
    let root = sample_ca(&old, &old, None, sha1);
    assert!(root.is_self_issued());
    assert_eq!(rules(root.as_der()), [""; 0]);
    let link = sample_ca(&new, &old, Some(&old), sha1);
    assert!(link.is_self_issued());
    assert_eq!(rules(link.as_der()), ["enos.signature-algorithm"]);
}

#[test]
fn who_says_that_it_signs_itself_must_and_a_link_names_the_key_that_did() {
    let [old, new] = two_keys();
    let rules_of = |signer, named| {
        let one = sample_ca(&new, signer, named, SignatureAlgorithm::Sha256WithRsa);
        rules(one.as_der())
    };
    let unsigned = ["enos.certificate-signature"];
    assert_eq!(rules_of(&new, None), [""; 0]);
    assert_eq!(rules_of(&new, Some(&new)), [""; 0]);
    assert_eq!(rules_of(&old, Some(&old)), [""; 0]);
    assert_eq!(rules_of(&old, Some(&new)), unsigned);
    assert_eq!(rules_of(&old, None), unsigned);
}

#[test]
fn a_chain_goes_on_from_a_link_to_the_key_that_signed_it_and_ends_at_none() {
    let [old, new] = two_keys();
    let sha256 = SignatureAlgorithm::Sha256WithRsa;
    let root = sample_ca(&old, &old, Some(&old), sha256);
    let link = sample_ca(&new, &old, Some(&old), sha256);
    let forged = sample_ca(&new, &new, Some(&old), sha256);
    let rules_of = |all: &[Certificate]| {
        let bag = CertificatesOnly::new(all, SetOrder::DerSorted).unwrap();
        rules(bag.as_der())
    };
    assert_eq!(rules_of(std::slice::from_ref(&root)), [""; 0]);
    assert_eq!(rules_of(&[link.clone(), root.clone()]), [""; 0]);
    assert_eq!(rules_of(&[link]), ["enos.chain"]);
    assert_eq!(rules_of(&[forged, root]), ["enos.certificate-signature"]);
}
