//! Certification requests as devices send them, made by programs other than ours.

use std::fs;
use std::path::{Path, PathBuf};

use p256::ecdsa::signature::Signer;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rayon::prelude::*;
use rsa::pkcs1::EncodeRsaPublicKey;
use rsa::signature::SignatureEncoding;

use crate::judges::{Keystore, arg, must};

/// One device and its request.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) key: Key,
    /// How the request was made; devices of one variety differ in key and common name only.
    pub(crate) variety: &'static str,
    pub(crate) request: PathBuf,
}

/// What the device's key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Key {
    P256,
    Rsa,
}

impl Key {
    pub(crate) const ALL: [Self; 2] = [Self::P256, Self::Rsa];

    fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Rsa => "rsa",
        }
    }

    /// OpenSSL's options that make one.
    fn openssl(self) -> [&'static str; 4] {
        match self {
            Self::P256 => ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Self::Rsa => ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        }
    }

    /// keytool's options that make one.
    pub(crate) fn keytool(self) -> [&'static str; 4] {
        match self {
            Self::P256 => ["-keyalg", "EC", "-groupname", "secp256r1"],
            Self::Rsa => ["-keyalg", "RSA", "-keysize", "2048"],
        }
    }
}

/// A fleet of at least 200: OpenSSL's eight ways twelve times for each kind of key, keytool's, rcgen's, the vendor's samples.
pub(crate) fn fleet(folder: &Path) -> Vec<Device> {
    fs::create_dir_all(folder).unwrap();
    let mut plans = Vec::new();
    for key in Key::ALL {
        for variety in &OPENSSL_VARIETIES {
            plans.extend((0..12).map(|number| (key, Maker::OpenSsl(variety), number)));
        }
        plans.extend((0..2).map(|number| (key, Maker::Keytool, number)));
        plans.extend((0..4).map(|number| (key, Maker::Rcgen, number)));
    }
    let make = |(key, maker, number): (Key, Maker, usize)| match maker {
        Maker::OpenSsl(variety) => by_openssl(folder, key, variety, number),
        Maker::Keytool => by_keytool(folder, key, number),
        Maker::Rcgen => by_rcgen(folder, key, number),
    };
    let mut devices: Vec<Device> = plans.into_par_iter().map(make).collect();
    devices.extend(["request", "java-sample"].map(|sample| vendor_sample(folder, sample)));
    assert!(devices.len() >= 200, "{} devices", devices.len());
    devices
}

/// One more device with a plain request of OpenSSL's.
pub(crate) fn one(folder: &Path, key: Key) -> Device {
    by_openssl(folder, key, &PRINTABLE, ONE_MORE)
}

#[derive(Clone, Copy)]
enum Maker {
    OpenSsl(&'static Variety),
    Keytool,
    Rcgen,
}

/// How OpenSSL is asked for a request. `{}` stands for the common name.
struct Variety {
    name: &'static str,
    /// Which string types may be used (`string_mask` of `openssl req`).
    mask: &'static str,
    subject: &'static [&'static str],
    options: &'static [&'static str],
    /// Further lines of the `[req]` section.
    attributes: &'static str,
}

/// A number that the fleet does not reach.
const ONE_MORE: usize = 999;

const PLAIN: &[&str] = &[
    "C=CN",
    "ST=Shanghai",
    "L=Shanghai",
    "O=EnOS",
    "OU=Fleet",
    "CN={}",
];

/// As the vendor's page has it.
const PRINTABLE: Variety = Variety {
    name: "printable",
    mask: "default",
    subject: PLAIN,
    options: &["-newhdr"],
    attributes: "",
};

static OPENSSL_VARIETIES: [Variety; 8] = [
    PRINTABLE,
    Variety {
        name: "utf8",
        mask: "utf8only",
        subject: PLAIN,
        options: &[],
        attributes: "",
    },
    Variety {
        name: "bmp",
        mask: "MASK:0x800",
        subject: PLAIN,
        options: &[],
        attributes: "",
    },
    Variety {
        name: "teletex",
        mask: "MASK:0x4",
        subject: PLAIN,
        options: &["-newhdr"],
        attributes: "",
    },
    Variety {
        name: "email",
        mask: "utf8only",
        subject: &[
            "C=CN",
            "ST=Shanghai",
            "L=Shanghai",
            "O=EnOS",
            "CN={}",
            "OU=Fleet",
            "emailAddress={}@example.com",
        ],
        options: &[],
        attributes: "",
    },
    Variety {
        name: "beyond-ascii",
        mask: "utf8only",
        subject: &[
            "C=DE",
            "ST=Bayern",
            "L=München",
            "O=远景",
            "OU=Zähler",
            "CN={}-風",
        ],
        options: &["-newhdr"],
        attributes: "",
    },
    Variety {
        name: "reversed",
        mask: "default",
        subject: &[
            "CN={}",
            "OU=Fleet",
            "O=EnOS",
            "L=Shanghai",
            "ST=Shanghai",
            "C=CN",
        ],
        options: &[],
        attributes: "",
    },
    Variety {
        name: "attributes",
        mask: "utf8only",
        subject: PLAIN,
        options: &[],
        attributes: "req_extensions = extensions\nattributes = challenge\n",
    },
];

/// A key and a request by OpenSSL.
fn by_openssl(folder: &Path, key: Key, variety: &Variety, number: usize) -> Device {
    let name = format!("openssl-{}-{}-{number:03}", key.name(), variety.name);
    let scratch = tempfile::tempdir().unwrap();
    let (config, private) = (scratch.path().join("config"), scratch.path().join("key"));
    let mut text = format!(
        "[req]\nprompt = no\nutf8 = yes\nstring_mask = {}\ndistinguished_name = subject\n{}",
        variety.mask, variety.attributes
    );
    text.push_str(
        "[extensions]\nsubjectAltName = DNS:device.example.com\nkeyUsage = digitalSignature\n",
    );
    text.push_str("[challenge]\nchallengePassword = forgotten\n[subject]\n");
    for (place, part) in variety.subject.iter().enumerate() {
        text.push_str(&format!("{place}.{}\n", part.replace("{}", &name)));
    }
    fs::write(&config, text).unwrap();
    let generate = [&["genpkey", "-out", arg(&private)], &key.openssl()[..]].concat();
    must("openssl", &generate);
    let request = folder.join(format!("{name}.csr.pem"));
    let mut arguments = vec!["req", "-new", "-sha256", "-config", arg(&config)];
    arguments.extend(["-key", arg(&private), "-out", arg(&request)]);
    arguments.extend(variety.options);
    must("openssl", &arguments);
    Device {
        name,
        key,
        variety: variety.name,
        request,
    }
}

/// A key and a request by the JDK: `PrintableString`, an extensionRequest with a key identifier.
fn by_keytool(folder: &Path, key: Key, number: usize) -> Device {
    let name = format!("keytool-{}-{number:03}", key.name());
    let scratch = tempfile::tempdir().unwrap();
    let request = folder.join(format!("{name}.csr.pem"));
    let subject = format!("CN={name}, OU=Fleet, O=EnOS, L=Shanghai, ST=Shanghai, C=CN");
    let store = scratch.path().join("store");
    Keystore::generate(&store, &key.keytool(), &subject).request(&request);
    Device {
        name,
        key,
        variety: "keytool",
        request,
    }
}

/// A request encoded by rcgen, with a key of RustCrypto's.
fn by_rcgen(folder: &Path, key: Key, number: usize) -> Device {
    let name = format!("rcgen-{}-{number:03}", key.name());
    let mut parameters = rcgen::CertificateParams::default();
    let mut subject = rcgen::DistinguishedName::new();
    let country = rcgen::string::PrintableString::try_from("CN").unwrap();
    subject.push(
        rcgen::DnType::CountryName,
        rcgen::DnValue::PrintableString(country),
    );
    subject.push(rcgen::DnType::StateOrProvinceName, "Shanghai");
    subject.push(rcgen::DnType::LocalityName, "Shanghai");
    subject.push(rcgen::DnType::OrganizationName, "EnOS");
    subject.push(rcgen::DnType::OrganizationalUnitName, "Fleet");
    subject.push(rcgen::DnType::CommonName, name.as_str());
    parameters.distinguished_name = subject;
    let seed = u64::try_from(number).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let made = match key {
        Key::P256 => parameters.serialize_request(&EcdsaKey::generate(&mut rng)),
        Key::Rsa => parameters.serialize_request(&RsaKey::generate(&mut rng)),
    };
    let request = folder.join(format!("{name}.csr.pem"));
    fs::write(&request, made.unwrap().pem().unwrap()).unwrap();
    Device {
        name,
        key,
        variety: "rcgen",
        request,
    }
}

fn vendor_sample(folder: &Path, sample: &'static str) -> Device {
    let name = format!("vendor-{sample}");
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata/vendor/enos")
        .join(format!("{sample}.csr.pem"));
    let request = folder.join(format!("{name}.csr.pem"));
    fs::copy(source, &request).unwrap();
    Device {
        name,
        key: Key::Rsa,
        variety: sample,
        request,
    }
}

struct EcdsaKey {
    key: p256::ecdsa::SigningKey,
    point: Vec<u8>,
}

impl EcdsaKey {
    fn generate(rng: &mut ChaCha20Rng) -> Self {
        use p256::elliptic_curve::Generate;
        let key = p256::ecdsa::SigningKey::generate_from_rng(rng);
        let point = key.verifying_key().to_sec1_point(false);
        Self {
            point: point.as_bytes().to_vec(),
            key,
        }
    }
}

impl rcgen::PublicKeyData for EcdsaKey {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for EcdsaKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature: p256::ecdsa::Signature = self.key.sign(message);
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

struct RsaKey {
    key: rsa::pkcs1v15::SigningKey<sha2::Sha256>,
    public: Vec<u8>,
}

impl RsaKey {
    fn generate(rng: &mut ChaCha20Rng) -> Self {
        let key = rsa::RsaPrivateKey::new(rng, 2048).unwrap();
        let public = key.to_public_key().to_pkcs1_der().unwrap();
        Self {
            public: public.as_bytes().to_vec(),
            key: rsa::pkcs1v15::SigningKey::new(key),
        }
    }
}

impl rcgen::PublicKeyData for RsaKey {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for RsaKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.key.sign(message).to_vec())
    }
}
