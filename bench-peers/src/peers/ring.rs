//! ring, which makes no RSA keys; P-256 certificates by rcgen with keys of ring.

use std::sync::atomic::AtomicU64;

use rcgen::{PublicKeyData, SigningKey};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};

use super::{rcgen as issuance, single};
use crate::work::{Contender, Kind, MESSAGE, Task};

pub(crate) const ENGINE: &str = "ring";

pub(crate) fn contenders(kind: Kind, task: Task) -> Vec<Contender> {
    let one = match (kind, task) {
        (Kind::Rsa2048, Task::Generation | Task::Device) => return Vec::new(),
        (Kind::Rsa2048, Task::Signature) => {
            let key = rsa();
            single(ENGINE, 64, move || sign_rsa(&key))
        }
        (Kind::Rsa2048, Task::Verification) => {
            let key = rsa();
            let signature = sign_rsa(&key);
            let key = UnparsedPublicKey::new(
                &RSA_PKCS1_2048_8192_SHA256,
                key.public_key().as_ref().to_vec(),
            );
            single(ENGINE, 512, move || {
                key.verify(&MESSAGE, &signature).unwrap()
            })
        }
        (Kind::P256, Task::Generation) => single(ENGINE, 512, P256::generate),
        (Kind::P256, Task::Signature) => {
            let (key, random) = (P256::generate(), SystemRandom::new());
            single(ENGINE, 512, move || {
                key.pair.sign(&random, &MESSAGE).unwrap()
            })
        }
        (Kind::P256, Task::Verification) => {
            let key = P256::generate();
            let signature = key.sign(&MESSAGE).unwrap();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.der_bytes().to_vec());
            single(ENGINE, 512, move || {
                key.verify(&MESSAGE, &signature).unwrap()
            })
        }
        (Kind::P256, Task::Device) => {
            let issuer = issuance::issuer(P256::generate());
            let serials = AtomicU64::new(1);
            single("rcgen+ring", 256, move || {
                let key = P256::generate();
                (
                    issuance::certificate(&issuer, &key, &serials),
                    issuance::pem(&key.pkcs8),
                )
            })
        }
    };
    vec![one]
}

struct P256 {
    pair: EcdsaKeyPair,
    pkcs8: Vec<u8>,
}

impl P256 {
    fn generate() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let pkcs8 = pkcs8.as_ref().to_vec();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8, &random).unwrap();
        Self { pair, pkcs8 }
    }
}

impl PublicKeyData for P256 {
    fn der_bytes(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for P256 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = self.pair.sign(&SystemRandom::new(), message).unwrap();
        Ok(signature.as_ref().to_vec())
    }
}

/// Made by aws-lc-rs.
fn rsa() -> RsaKeyPair {
    use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
    let key = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
    RsaKeyPair::from_pkcs8(der.as_ref()).unwrap()
}

fn sign_rsa(key: &RsaKeyPair) -> Vec<u8> {
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        &MESSAGE,
        &mut signature,
    )
    .unwrap();
    signature
}
