//! aws-lc-rs; certificates by rcgen with its own keys.

use std::sync::atomic::AtomicU64;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};

use super::{rcgen as issuance, single};
use crate::work::{Contender, Kind, MESSAGE, Task};

pub(crate) const ENGINE: &str = "aws-lc-rs";

pub(crate) fn contenders(kind: Kind, task: Task) -> Vec<Contender> {
    let one = match (kind, task) {
        (Kind::Rsa2048, Task::Generation) => single(ENGINE, 1, || rsa()),
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
        (Kind::P256, Task::Generation) => single(ENGINE, 512, || p256()),
        (Kind::P256, Task::Signature) => {
            let key = p256();
            single(ENGINE, 512, move || {
                key.sign(&SystemRandom::new(), &MESSAGE).unwrap()
            })
        }
        (Kind::P256, Task::Verification) => {
            let key = p256();
            let signature = key.sign(&SystemRandom::new(), &MESSAGE).unwrap();
            let key =
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_key().as_ref().to_vec());
            single(ENGINE, 512, move || {
                key.verify(&MESSAGE, signature.as_ref()).unwrap()
            })
        }
        (_, Task::Device) => return vec![device(kind)],
    };
    vec![one]
}

fn device(kind: Kind) -> Contender {
    let (algorithm, batch) = match kind {
        Kind::P256 => (&rcgen::PKCS_ECDSA_P256_SHA256, 256),
        Kind::Rsa2048 => (&rcgen::PKCS_RSA_SHA256, 1),
    };
    let issuer = issuance::issuer(rcgen::KeyPair::generate_for(algorithm).unwrap());
    let serials = AtomicU64::new(1);
    single("rcgen+aws-lc-rs", batch, move || {
        let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
        (
            issuance::certificate(&issuer, &key, &serials),
            key.serialize_pem(),
        )
    })
}

fn rsa() -> RsaKeyPair {
    RsaKeyPair::generate(KeySize::Rsa2048).unwrap()
}

fn p256() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()
}

fn sign_rsa(key: &RsaKeyPair) -> Vec<u8> {
    let mut signature = vec![0; key.public_modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        &MESSAGE,
        &mut signature,
    )
    .unwrap();
    signature
}
