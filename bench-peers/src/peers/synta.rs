//! synta-certificate: its builders and encoders over the OpenSSL of this machine.

use std::sync::atomic::{AtomicU64, Ordering};

use native_ossl::params::ParamBuilder;
use native_ossl::pkey::{KeygenCtx, Pkey, Private};
use synta::{Integer, UtcTime};
use synta_certificate::crypto::{BackendPublicKey, CertificateSigner, KeyIdMethod};
use synta_certificate::name::NameBuilder;
use synta_certificate::{
    CertificateBuilder, ExtendedKeyUsageBuilder, KEY_USAGE_DIGITAL_SIGNATURE,
    OpensslCertificateSigner, OpensslKeyIdHasher, Time, encode_authority_key_identifier,
    encode_basic_constraints, encode_key_usage, encode_subject_key_identifier, oids, pem,
};

use super::single;
use crate::work::{Contender, Kind, MESSAGE, Task};

const ENGINE: &str = "synta";

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
            let algorithm = signer(&key).signature_algorithm_der().unwrap();
            // It holds the key as OpenSSL has it; the verifier by itself would read it each time.
            let public = BackendPublicKey::from_der(&key.public_key_to_der().unwrap()).unwrap();
            single(ENGINE, 512, move || {
                public
                    .verify_signature(&MESSAGE, &algorithm, &signature)
                    .unwrap();
            })
        }
        Task::Device => device(kind),
    };
    vec![one]
}

/// By the crate that synta calls OpenSSL with, as its own builder does: from the builder's keys no PEM can be had.
fn generate(kind: Kind) -> Pkey<Private> {
    let params = ParamBuilder::new().unwrap();
    let (name, params) = match kind {
        Kind::P256 => (c"EC", params.push_utf8_string(c"group", c"P-256")),
        Kind::Rsa2048 => (c"RSA", params.push_uint(c"bits", 2048)),
    };
    let mut context = KeygenCtx::new(name).unwrap();
    context
        .set_params(&params.unwrap().build().unwrap())
        .unwrap();
    context.generate().unwrap()
}

fn signer(key: &Pkey<Private>) -> OpensslCertificateSigner<'_> {
    OpensslCertificateSigner::new(key, "sha256")
}

fn sign(key: &Pkey<Private>) -> Vec<u8> {
    signer(key).sign_tbs(&MESSAGE).unwrap()
}

fn device(kind: Kind) -> Contender {
    let ca_key = generate(kind);
    let ca_public = ca_key.public_key_to_der().unwrap();
    let issuer = name("bench root");
    let serials = AtomicU64::new(1);
    let batch = if kind == Kind::P256 { 128 } else { 1 };
    single(ENGINE, batch, move || {
        let number = serials.fetch_add(1, Ordering::Relaxed);
        let key = generate(kind);
        let certificate = certificate(&issuer, &ca_public, &key, number)
            .sign(&signer(&ca_key))
            .unwrap();
        (
            pem::der_to_pem("CERTIFICATE", &certificate),
            pem::der_to_pem("PRIVATE KEY", &key.to_pkcs8_der().unwrap()),
        )
    })
}

fn name(common_name: &str) -> Vec<u8> {
    NameBuilder::new()
        .organization("Acme")
        .common_name(common_name)
        .build()
        .unwrap()
}

fn certificate(
    issuer: &[u8],
    ca_public: &[u8],
    key: &Pkey<Private>,
    number: u64,
) -> CertificateBuilder {
    let public = key.public_key_to_der().unwrap();
    let time = |year| Time::UtcTime(UtcTime::new(year, 1, 2, 3, 4, 5).unwrap());
    let (method, hasher) = (|| KeyIdMethod::Rfc5280Sha1, OpensslKeyIdHasher);
    let authority = encode_authority_key_identifier(ca_public, method(), &hasher).unwrap();
    let subject = encode_subject_key_identifier(&public, method(), &hasher).unwrap();
    let usage = encode_key_usage(1 << KEY_USAGE_DIGITAL_SIGNATURE).unwrap();
    let purposes = ExtendedKeyUsageBuilder::new()
        .client_auth()
        .build()
        .unwrap();
    let constraints = encode_basic_constraints(false, None).unwrap();
    CertificateBuilder::new()
        .issuer_name(issuer)
        .subject_name(&name(&format!("device-{number}")))
        .public_key_der(&public)
        .serial_number(Integer::from_i64(number.cast_signed()))
        .not_valid_before(time(2026))
        .not_valid_after(time(2027))
        .add_extension_oid(oids::AUTHORITY_KEY_IDENTIFIER, false, &authority)
        .add_extension_oid(oids::KEY_USAGE, true, &usage)
        .add_extension_oid(oids::EXTENDED_KEY_USAGE, false, &purposes)
        .add_extension_oid(oids::SUBJECT_KEY_IDENTIFIER, false, &subject)
        .add_extension_oid(oids::BASIC_CONSTRAINTS, true, &constraints)
}
