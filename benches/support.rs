//! What the benches share: keys that follow from a seed, a clock that stands still, a CA, device requests.

use std::sync::Arc;

use certwright::cert::Certificate;
use certwright::ext::Extensions;
use certwright::general_name::UniformResourceIdentifier;
use certwright::issuer::{IssuerName, Prepared, Signer};
use certwright::key;
use certwright::key::{KeyAlgorithm, KeyPair, SignatureAlgorithm};
use certwright::name::Name;
use certwright::order::Order;
use certwright::profile::{NetscapeEncodingConfig, Profile};
use certwright::request;
use certwright::request::{CertificationRequest, RequestDraft, VerifiedRequest};
use certwright::serial::SerialNumber;
use certwright::time::UnixSeconds;
use certwright::vendor::enos;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// The algorithms of the device certificates, each with the CA's own.
pub(crate) const ALGORITHMS: [KeyAlgorithm; 2] = [KeyAlgorithm::Rsa2048, KeyAlgorithm::P256];

/// A CA and what it issues under: the profile that devices get, with the vendor's Netscape extensions.
pub(crate) struct Authority {
    pub(crate) certificate: Certificate,
    pub(crate) signer: Signer,
    issuer: IssuerName,
    profile: Arc<Profile>,
    crl_url: UniformResourceIdentifier,
}

impl Authority {
    /// A self-signed root of ten years, as a new workspace has it.
    pub(crate) fn new(algorithm: KeyAlgorithm) -> Self {
        let key = keys(algorithm, 1, CA_SEED).remove(0);
        let profile = Arc::new(Profile::from_toml(ROOT_PROFILE).unwrap());
        let validity = profile.validity(now(), None).unwrap();
        let subject = "CN=certwright bench root".parse().unwrap();
        let order = Order::for_key(&key, subject, profile, validity);
        let prepared = IssuerName::of_subject(&order, &serial(1)).prepare(&order, serial(1));
        let signer = Signer::new(key);
        let certificate = signer.sign(vec![prepared.unwrap()]).remove(0).unwrap();
        let device = enos::profile::device(NetscapeEncodingConfig::Bare).unwrap();
        Self {
            issuer: IssuerName::of_certificate(&certificate).unwrap(),
            certificate,
            signer,
            profile: Arc::new(device),
            crl_url: UniformResourceIdentifier::new("https://localhost:8443/enos/CA/crl").unwrap(),
        }
    }

    /// From a verified request to the octets that will be signed.
    pub(crate) fn prepare(&self, request: &VerifiedRequest, number: u64) -> Prepared {
        let validity = self.profile.validity(now(), None).unwrap();
        let order = Order::from_request(request, Arc::clone(&self.profile), validity)
            .with_crl_url(self.crl_url.clone());
        self.issuer.prepare(&order, serial(number)).unwrap()
    }

    /// From a verified request to its certificate.
    pub(crate) fn issue(&self, request: &VerifiedRequest) -> Certificate {
        let prepared = self.prepare(request, 1);
        self.signer.sign(vec![prepared]).remove(0).unwrap()
    }
}

/// The clock of every bench.
pub(crate) fn now() -> UnixSeconds {
    UnixSeconds::new(1_767_323_045).unwrap()
}

pub(crate) fn serial(number: u64) -> SerialNumber {
    SerialNumber::from_u64(number).unwrap()
}

pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

/// The same keys at each call with the same seed.
pub(crate) fn keys(algorithm: KeyAlgorithm, n: usize, seed: u8) -> Vec<KeyPair> {
    let keys = key::generate(algorithm, n, &mut rng(seed));
    keys.into_iter().map(Result::unwrap).collect()
}

/// Requests of devices, no two with the same key or subject.
pub(crate) fn requests(algorithm: KeyAlgorithm, n: usize) -> Vec<CertificationRequest> {
    let keys = keys(algorithm, n, DEVICE_SEED);
    let subject = |at| format!("CN=device-{at:04},OU=Lab,O=Acme,L=Shanghai,ST=Shanghai,C=CN");
    let subjects: Vec<Name> = (0..n).map(|at| subject(at).parse().unwrap()).collect();
    let extensions = Extensions::default();
    let draft = |(key, subject)| RequestDraft {
        subject,
        key,
        algorithm: signature_algorithm(key),
        extensions: &extensions,
    };
    let drafts: Vec<_> = keys.iter().zip(&subjects).map(draft).collect();
    let requests = request::sign(&drafts);
    requests.into_iter().map(Result::unwrap).collect()
}

/// A request of a device, its proof of possession checked.
pub(crate) fn verified(algorithm: KeyAlgorithm) -> VerifiedRequest {
    requests(algorithm, 1).remove(0).verify().unwrap()
}

pub(crate) fn signature_algorithm(key: &KeyPair) -> SignatureAlgorithm {
    SignatureAlgorithm::default_for(key.public_key()).unwrap()
}

const ROOT_PROFILE: &str = include_str!("../src/workspace/life/ca.toml");
const CA_SEED: u8 = 1;
const DEVICE_SEED: u8 = 2;
