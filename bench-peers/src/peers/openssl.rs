//! OpenSSL by the crate `openssl`: the library of this machine.

use std::sync::atomic::{AtomicU64, Ordering};

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::{Signer, Verifier};
use openssl::x509::extension::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Name, X509NameBuilder};

use super::single;
use crate::work::{Contender, Kind, MESSAGE, Task};

const ENGINE: &str = "openssl";

pub(crate) fn contenders(kind: Kind, task: Task) -> Vec<Contender> {
    let rsa = kind == Kind::Rsa2048;
    let one = match task {
        Task::Generation => single(ENGINE, if rsa { 1 } else { 512 }, move || generate(kind)),
        Task::Signature => {
            let key = generate(kind);
            single(ENGINE, if rsa { 64 } else { 512 }, move || sign(&key))
        }
        Task::Verification => {
            let key = generate(kind);
            let signature = sign(&key);
            single(ENGINE, 512, move || {
                let mut verifier = Verifier::new(MessageDigest::sha256(), &key).unwrap();
                assert!(verifier.verify_oneshot(&signature, &MESSAGE).unwrap());
            })
        }
        Task::Device => device(kind),
    };
    vec![one]
}

fn generate(kind: Kind) -> PKey<Private> {
    match kind {
        Kind::Rsa2048 => PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(),
        Kind::P256 => {
            let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
            PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
        }
    }
}

fn sign(key: &PKey<Private>) -> Vec<u8> {
    let mut signer = Signer::new(MessageDigest::sha256(), key).unwrap();
    signer.sign_oneshot_to_vec(&MESSAGE).unwrap()
}

fn device(kind: Kind) -> Contender {
    let ca_key = generate(kind);
    let ca = certificate(&name("bench root"), None, &ca_key, &ca_key, 1);
    let serials = AtomicU64::new(1);
    let batch = if kind == Kind::P256 { 128 } else { 1 };
    single(ENGINE, batch, move || {
        let number = serials.fetch_add(1, Ordering::Relaxed);
        let key = generate(kind);
        let subject = name(&format!("device-{number}"));
        let certificate = certificate(&subject, Some(&ca), &key, &ca_key, number);
        (
            certificate.to_pem().unwrap(),
            key.private_key_to_pem_pkcs8().unwrap(),
        )
    })
}

fn name(common_name: &str) -> X509Name {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_nid(Nid::ORGANIZATIONNAME, "Acme")
        .unwrap();
    name.append_entry_by_nid(Nid::COMMONNAME, common_name)
        .unwrap();
    name.build()
}

/// Of a device, or of the CA itself where there is no issuer.
fn certificate(
    subject: &X509Name,
    issuer: Option<&X509>,
    key: &PKey<Private>,
    ca_key: &PKey<Private>,
    number: u64,
) -> X509 {
    let mut builder = X509::builder().unwrap();
    let serial = BigNum::from_dec_str(&number.to_string()).unwrap();
    builder.set_version(2).unwrap();
    builder
        .set_serial_number(&Asn1Integer::from_bn(&serial).unwrap())
        .unwrap();
    builder.set_subject_name(subject).unwrap();
    builder
        .set_issuer_name(issuer.map_or(subject, |issuer| issuer.subject_name()))
        .unwrap();
    builder.set_pubkey(key).unwrap();
    builder
        .set_not_before(&Asn1Time::from_unix(1_767_323_045).unwrap())
        .unwrap();
    builder
        .set_not_after(&Asn1Time::from_unix(1_798_859_045).unwrap())
        .unwrap();
    let context = builder.x509v3_context(issuer.map(|issuer| &**issuer), None);
    let key_identifier = SubjectKeyIdentifier::new().build(&context).unwrap();
    let mut extensions = vec![key_identifier];
    match issuer {
        None => extensions.push(BasicConstraints::new().critical().ca().build().unwrap()),
        Some(_) => {
            extensions.push(
                AuthorityKeyIdentifier::new()
                    .keyid(true)
                    .build(&context)
                    .unwrap(),
            );
            extensions.push(
                KeyUsage::new()
                    .critical()
                    .digital_signature()
                    .build()
                    .unwrap(),
            );
            extensions.push(ExtendedKeyUsage::new().client_auth().build().unwrap());
            extensions.push(BasicConstraints::new().critical().build().unwrap());
        }
    }
    for extension in extensions {
        builder.append_extension(extension).unwrap();
    }
    builder.sign(ca_key, MessageDigest::sha256()).unwrap();
    builder.build()
}
