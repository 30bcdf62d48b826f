//! The `RustCrypto` crates: rsa, p256, x509-cert.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use p256::ecdsa::signature::{Keypair, RandomizedSigner, SignatureEncoding, Signer, Verifier};
use p256::ecdsa::{DerSignature, SigningKey};
use p256::elliptic_curve::Generate;
use pkcs8::{EncodePrivateKey, EncodePublicKey, LineEnding};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rsa::RsaPrivateKey;
use rsa::pkcs1v15;
use sha2::Sha256;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::EncodePem;
use x509_cert::der::asn1::GeneralizedTime;
use x509_cert::der::asn1::OctetString;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

use super::single;
use crate::work::{Contender, Kind, MESSAGE, Task};

const ENGINE: &str = "rustcrypto";

pub(crate) fn contenders(kind: Kind, task: Task) -> Vec<Contender> {
    let seeds = AtomicU64::new(1);
    let one = match (kind, task) {
        (Kind::Rsa2048, Task::Generation) => single(ENGINE, 1, move || rsa(&seeds)),
        (Kind::Rsa2048, Task::Signature) => {
            let key = pkcs1v15::SigningKey::<Sha256>::new(rsa(&seeds));
            // As certwright's portable engine: with blinding.
            single(ENGINE, 64, move || {
                let mut rng = rng(&seeds);
                key.sign_with_rng(&mut rng, &MESSAGE).to_vec()
            })
        }
        (Kind::Rsa2048, Task::Verification) => {
            let key = pkcs1v15::SigningKey::<Sha256>::new(rsa(&seeds));
            let (signature, key) = (key.sign(&MESSAGE), key.verifying_key());
            single(ENGINE, 512, move || {
                key.verify(&MESSAGE, &signature).unwrap()
            })
        }
        (Kind::P256, Task::Generation) => single(ENGINE, 512, move || p256(&seeds)),
        (Kind::P256, Task::Signature) => {
            let key = p256(&seeds);
            single(ENGINE, 512, move || -> DerSignature { key.sign(&MESSAGE) })
        }
        (Kind::P256, Task::Verification) => {
            let key = p256(&seeds);
            let signature: DerSignature = key.sign(&MESSAGE);
            let key = *key.verifying_key();
            single(ENGINE, 512, move || {
                key.verify(&MESSAGE, &signature).unwrap()
            })
        }
        (Kind::Rsa2048, Task::Device) => {
            let ca = pkcs1v15::SigningKey::<Sha256>::new(rsa(&seeds));
            single("rustcrypto", 1, move || {
                let number = seeds.load(Ordering::Relaxed);
                let key = rsa(&seeds);
                let builder = builder(&key.to_public_key(), number);
                let certificate = builder.build::<_, pkcs1v15::Signature>(&ca).unwrap();
                written(&certificate, &key)
            })
        }
        (Kind::P256, Task::Device) => {
            let ca = p256(&seeds);
            single("rustcrypto", 128, move || {
                let number = seeds.load(Ordering::Relaxed);
                let key = p256(&seeds);
                let builder = builder(key.verifying_key(), number);
                let certificate = builder.build::<_, DerSignature>(&ca).unwrap();
                written(&certificate, &key)
            })
        }
    };
    vec![one]
}

struct Device {
    subject: Name,
    issuer: Name,
}

impl BuilderProfile for Device {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        subject_key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let mut out: Vec<Extension> = Vec::new();
        let subject = tbs.subject().clone();
        let issuer_identifier: SubjectKeyIdentifier = SubjectKeyIdentifier::try_from(issuer_key)?;
        let authority = AuthorityKeyIdentifier {
            key_identifier: Some(OctetString::new(issuer_identifier.0.as_bytes())?),
            ..AuthorityKeyIdentifier::default()
        };
        out.push(authority.to_extension(&subject, &out)?);
        out.push(KeyUsage(KeyUsages::DigitalSignature.into()).to_extension(&subject, &out)?);
        let client = x509_cert::der::oid::db::rfc5280::ID_KP_CLIENT_AUTH;
        out.push(ExtendedKeyUsage(vec![client]).to_extension(&subject, &out)?);
        out.push(SubjectKeyIdentifier::try_from(subject_key)?.to_extension(&subject, &out)?);
        let constraints = BasicConstraints {
            ca: false,
            path_len_constraint: None,
        };
        out.push(constraints.to_extension(&subject, &out)?);
        Ok(out)
    }
}

fn builder(key: &impl EncodePublicKey, number: u64) -> CertificateBuilder<Device> {
    let profile = Device {
        subject: format!("CN=device-{number},O=Acme").parse().unwrap(),
        issuer: "CN=bench root,O=Acme".parse().unwrap(),
    };
    let time = |seconds| {
        let since = Duration::from_secs(seconds);
        Time::GeneralTime(GeneralizedTime::from_unix_duration(since).unwrap())
    };
    let validity = Validity::new(time(1_767_323_045), time(1_798_859_045));
    let key = SubjectPublicKeyInfo::from_key(key).unwrap();
    CertificateBuilder::new(profile, SerialNumber::from(number), validity, key).unwrap()
}

fn written(certificate: &impl EncodePem, key: &impl EncodePrivateKey) -> (String, String) {
    let key = key.to_pkcs8_pem(LineEnding::LF).unwrap();
    (certificate.to_pem(LineEnding::LF).unwrap(), key.to_string())
}

fn rsa(seeds: &AtomicU64) -> RsaPrivateKey {
    RsaPrivateKey::new(&mut rng(seeds), 2048).unwrap()
}

fn p256(seeds: &AtomicU64) -> SigningKey {
    SigningKey::generate_from_rng(&mut rng(seeds))
}

fn rng(seeds: &AtomicU64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seeds.fetch_add(1, Ordering::Relaxed))
}
