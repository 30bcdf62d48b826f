//! graviola; certificates by rcgen with its keys.

use std::sync::atomic::AtomicU64;

use graviola::hashing::Sha256;
use graviola::key_agreement::p256::StaticPrivateKey;
use graviola::signing::ecdsa::{P256 as Curve, SigningKey as EcKey, VerifyingKey as EcPublic};
use graviola::signing::rsa::{KeySize, SigningKey as RsaKey};
use rcgen::{PublicKeyData, SigningKey};

use super::{rcgen as issuance, single};
use crate::work::{Contender, Kind, MESSAGE, Task};

pub(crate) const ENGINE: &str = "graviola";

pub(crate) fn contenders(kind: Kind, task: Task) -> Vec<Contender> {
    if !graviola::util::is_cpu_supported() {
        return Vec::new();
    }
    let one = match (kind, task) {
        (Kind::Rsa2048, Task::Generation) => single(ENGINE, 1, rsa),
        (Kind::Rsa2048, Task::Signature) => {
            let key = rsa();
            single(ENGINE, 64, move || sign_rsa(&key, &MESSAGE))
        }
        (Kind::Rsa2048, Task::Verification) => {
            let key = rsa();
            let signature = sign_rsa(&key, &MESSAGE);
            let key = key.public_key();
            single(ENGINE, 512, move || {
                key.verify_pkcs1_sha256(&signature, &MESSAGE).unwrap()
            })
        }
        (Kind::P256, Task::Generation) => single(ENGINE, 512, || {
            let key = StaticPrivateKey::new_random().unwrap();
            let public = key.public_key_uncompressed();
            (key, public)
        }),
        (Kind::P256, Task::Signature) => {
            let key = EcKey::<Curve>::generate().unwrap();
            single(ENGINE, 512, move || sign_p256(&key, &MESSAGE))
        }
        (Kind::P256, Task::Verification) => {
            let key = P256::generate();
            let signature = sign_p256(&key.pair, &MESSAGE);
            let key = EcPublic::<Curve>::from_x962_uncompressed(&key.public).unwrap();
            single(ENGINE, 512, move || {
                key.verify_asn1::<Sha256>(&[&MESSAGE], &signature).unwrap();
            })
        }
        (Kind::Rsa2048, Task::Device) => {
            let issuer = issuance::issuer(Rsa::generate());
            let serials = AtomicU64::new(1);
            single("rcgen+graviola", 1, move || {
                let key = Rsa::generate();
                let mut buffer = [0; 2048];
                let pkcs8 = key.pair.to_pkcs8_der(&mut buffer).unwrap();
                (
                    issuance::certificate(&issuer, &key, &serials),
                    issuance::pem(pkcs8),
                )
            })
        }
        (Kind::P256, Task::Device) => {
            let issuer = issuance::issuer(P256::generate());
            let serials = AtomicU64::new(1);
            single("rcgen+graviola", 256, move || {
                let key = P256::generate();
                let mut buffer = [0; 512];
                let pkcs8 = key.pair.to_pkcs8_der(&mut buffer).unwrap();
                (
                    issuance::certificate(&issuer, &key, &serials),
                    issuance::pem(pkcs8),
                )
            })
        }
    };
    vec![one]
}

struct Rsa {
    pair: RsaKey,
    /// `RSAPublicKey`.
    public: Vec<u8>,
}

impl Rsa {
    fn generate() -> Self {
        let pair = rsa();
        let mut buffer = [0; 512];
        let public = pair
            .public_key()
            .to_pkcs1_der(&mut buffer)
            .unwrap()
            .to_vec();
        Self { pair, public }
    }
}

impl PublicKeyData for Rsa {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

impl SigningKey for Rsa {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(sign_rsa(&self.pair, message))
    }
}

struct P256 {
    pair: EcKey<Curve>,
    public: Vec<u8>,
}

impl P256 {
    /// The library gives the public key as a `SubjectPublicKeyInfo`, whose end is the point.
    fn generate() -> Self {
        let pair = EcKey::generate().unwrap();
        let mut buffer = [0; 128];
        let spki = pair.to_spki_der(&mut buffer).unwrap();
        let public = spki[spki.len() - 65..].to_vec();
        Self { pair, public }
    }
}

impl PublicKeyData for P256 {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for P256 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(sign_p256(&self.pair, message))
    }
}

fn rsa() -> RsaKey {
    RsaKey::generate(KeySize::Rsa2048).unwrap()
}

fn sign_rsa(key: &RsaKey, message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; key.modulus_len_bytes()];
    key.sign_pkcs1_sha256(&mut signature, message).unwrap();
    signature
}

fn sign_p256(key: &EcKey<Curve>, message: &[u8]) -> Vec<u8> {
    let mut buffer = [0; 80];
    key.sign_asn1::<Sha256>(&[message], &mut buffer)
        .unwrap()
        .to_vec()
}
