//! What the tests of this vendor share: users, profiles, a CA, a world, and requests on the fixtures.

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use serde_json::{Map, Value, json};

use super::*;
use crate::cert::Certificate;
use crate::issuer::{IssuerName, Signer};
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair};
use crate::name::Name;
use crate::order::Order;
use crate::profile::Profile;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::vendor::emca::caller::{Authenticated, Caller};
use crate::vendor::emca::check::Checked;
use crate::vendor::emca::config::{Emca, EmcaConfig};
use crate::vendor::emca::error::Refusal;
use crate::vendor::emca::order::{Placed, Terms};
use crate::vendor::emca::wire::{Request, Transaction};
use crate::vendor::emca::world::{Earlier, Held, World, WorldError};

pub(super) const NOW: &str = "2026-03-04T05:06:07Z";

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/emca/",
            $name
        ))
    };
}
pub(super) use fixture;

pub(super) fn at(text: &str) -> UnixSeconds {
    text.parse().unwrap()
}

pub(super) fn base64(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

pub(super) fn aes_key() -> [u8; 32] {
    std::array::from_fn(|at| u8::try_from(at).unwrap())
}

/// `apiuser` and `cbcuser` as the fixtures have them, `bareuser` who signs nothing, `ecuser` with a P-256 certificate,
/// `strict` who calls from two addresses; profiles 3 to 8.
pub(super) fn config() -> EmcaConfig {
    let hex: String = aes_key()
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let signer = String::from_utf8(fixture!("signer.cert.pem").to_vec()).unwrap();
    let ec_signer = String::from_utf8(fixture!("signer-ec.cert.pem").to_vec()).unwrap();
    let text = SETTINGS
        .replace("HEX", &hex)
        .replace("BASE64", &base64(&aes_key()))
        .replace("SIGNER", &signer)
        .replace("EC_CERT", &ec_signer);
    toml::from_str(&text).unwrap()
}

pub(super) fn settings() -> Emca {
    Emca::from_config(config()).unwrap()
}

/// The vendor's custom call on `ber.p7`, with these fields instead; `null` leaves one out.
pub(super) fn object(changes: &[(&str, Value)]) -> Map<String, Value> {
    let mut object = json!({
        "signature": base64(fixture!("ber.p7")),
        "userName": "apiuser",
        "password": "apipass",
        "profileID": "3",
        "subscriberId": "sub-1",
        "validity": "365:12:45:45",
        "validFrom": "12:11:2026 12:23:45",
        "sANValues": "dNSName=www.example.com",
        "subjectDNOids": "2.5.4.3|gateway~2.5.4.10|Example~2.5.4.6|IN",
        "isP7BRequest": "false",
        "applicationId": "app-1",
    });
    for (name, value) in changes {
        object[*name] = value.clone();
    }
    object.as_object().unwrap().clone()
}

pub(super) const CUSTOM: Method = Method::CreateCustomCertificateById;

pub(super) fn authenticated<'a>(
    method: Method,
    changes: &[(&str, Value)],
    settings: &'a Emca,
) -> Authenticated<'a> {
    let request = Request::from_object(method, &object(changes)).unwrap();
    caller::authenticate(request, Caller::Local, settings).unwrap()
}

pub(super) fn checked(method: Method, changes: &[(&str, Value)]) -> Result<Checked, Refusal> {
    let settings = settings();
    let call = authenticated(method, changes, &settings);
    check::check(vec![call], &settings).pop().unwrap()
}

pub(super) fn placed(changes: &[(&str, Value)]) -> Result<Placed, Refusal> {
    order::order(checked(CUSTOM, changes).unwrap(), &terms())
}

/// Message and rule of every fault.
pub(super) fn told(refusal: &Refusal) -> Vec<(&str, &'static str)> {
    let faults = refusal.faults().iter();
    faults
        .map(|fault| (fault.message(), fault.finding().rule()))
        .collect()
}

/// A CA from 2026-01-01 for 2,000 days, and its key.
pub(super) fn ca(algorithm: KeyAlgorithm) -> (Certificate, Signer) {
    let key = match algorithm {
        KeyAlgorithm::P256 => {
            let mut rng = ChaCha20Rng::from_seed([7; 32]);
            key::generate(algorithm, 1, &mut rng)
                .pop()
                .unwrap()
                .unwrap()
        }
        _ => {
            let text = include_bytes!("../../../testdata/key/rsa2048-pkcs8.pem");
            KeyPair::from_pem(text, None).unwrap()
        }
    };
    let shape = Profile::from_toml(CA_TOML).unwrap();
    let validity = shape.validity(at("2026-01-01T00:00:00Z"), None).unwrap();
    let subject: Name = "C=IN,ST=Bangalore,OU=lab,O=Example,CN=Lab CA"
        .parse()
        .unwrap();
    let order = Order::for_key(&key, subject, Arc::new(shape), validity);
    let serial = SerialNumber::from_u64(1).unwrap();
    let prepared = IssuerName::of_subject(&order, &serial).prepare(&order, serial);
    let signer = Signer::new(key);
    let certificate = signer.sign(vec![prepared.unwrap()]).pop().unwrap().unwrap();
    (certificate, signer)
}

pub(super) fn terms() -> Terms {
    let (certificate, _) = ca(KeyAlgorithm::P256);
    let issuer = IssuerName::of_certificate(&certificate).unwrap();
    Terms::new(at(NOW))
        .with_issuer(None, issuer.clone())
        .with_issuer(Some("lab-ca"), issuer)
}

/// What was answered before, and what was issued.
#[derive(Default)]
pub(super) struct TestWorld {
    pub(super) earlier: HashMap<Transaction, Earlier>,
    pub(super) held: Vec<(String, SerialNumber, Held)>,
}

impl World for TestWorld {
    fn earlier(&self, asked: &[&Transaction]) -> Result<Vec<Option<Earlier>>, WorldError> {
        let answer = |transaction: &&Transaction| self.earlier.get(*transaction).cloned();
        Ok(asked.iter().map(answer).collect())
    }

    fn of_serial(&self, user_name: &str, serial: &SerialNumber) -> Result<Vec<Held>, WorldError> {
        let ours = self
            .held
            .iter()
            .filter(|(user, number, _)| user == user_name && number == serial);
        Ok(ours.map(|(_, _, held)| held.clone()).collect())
    }
}

const SETTINGS: &str = r#"
[[users]]
name = "apiuser"
em_key = "772a2b5a1909603fae1b8efad45571069ce5ab6f"
aes_key = "HEX"
signer_certificate = '''SIGNER'''
[[users]]
name = "cbcuser"
password = "apipass"
aes_key = "BASE64"
mode = "cbc"
signer_certificate = '''SIGNER'''
sha1_signatures = true
em_key_required = false
[[users]]
name = "bareuser"
password = "apipass"
aes_key = "HEX"
unsigned_requests = true
[[users]]
name = "ecuser"
password = "apipass"
aes_key = "HEX"
signer_certificate = '''EC_CERT'''
[[users]]
name = "strict"
password = "apipass"
aes_key = "HEX"
signer_certificate = '''SIGNER'''
source_addresses = ["192.0.2.7", "2001:db8::7"]
[[profiles]]
id = "3"
name = "tls"
maximum_days = 1000
[[profiles]]
id = "4"
name = "released"
manual_authorization = true
subject_alt_names = false
[[profiles]]
id = "5"
name = "fixed"
default_days = 100
customise_validity = false
subject_keys = ["RSA-2048"]
mandatory_attributes = ["CN", "2.5.4.10"]
[[profiles]]
id = "6"
name = "lenient"
lenient_country = true
past_ca = "clamp"
[[profiles]]
id = "7"
name = "india"
utc_offset = "+05:30"
string_types = { CN = "PrintableString", "2.5.4.10" = "BMPString" }
[[profiles]]
id = "8"
name = "sample"
ca = "lab-ca"
critical_key_identifiers = true
any_extended_key_usage = true
"#;

const CA_TOML: &str = r#"
name = "ca"
serial = { sequence = { first = 1 } }
subject_keys = ["P-256", "RSA-2048"]
signature_algorithms = ["ecdsa-with-SHA256", "sha256WithRSAEncryption"]
[validity]
default_days = 2000
[[extensions]]
type = "basicConstraints"
ca = true
critical = true
[[extensions]]
type = "subjectKeyIdentifier"
[[extensions]]
type = "authorityKeyIdentifier"
[[extensions]]
type = "keyUsage"
bits = ["keyCertSign", "cRLSign"]
critical = true
"#;

#[test]
fn calls_go_by_the_last_part_of_their_path() {
    for method in Method::ALL {
        assert_eq!(Method::from_path(method.as_str()), Some(method));
    }
    // The page writes it in its title without "er", in its URL with it.
    assert_eq!(CUSTOM.as_str(), "createCustomerCertificateById");
    assert_eq!(
        Method::from_path("createCustomCertificateById"),
        Some(CUSTOM)
    );
    assert_eq!(
        Method::from_path("createeSignCustomCertificateById"),
        Some(Method::CreateEsignCustomCertificateById)
    );
    assert_eq!(Method::from_path("createcertificatebyid"), None);
    // Its body is nowhere told.
    let multiple = "createX509CertificatesByIdWithMultipleCsrData";
    assert_eq!(Method::from_path(multiple), None);
}
