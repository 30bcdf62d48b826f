use ::p256::ecdsa::signature::hazmat::PrehashSigner;
use ::p256::ecdsa::{Signature, SigningKey};
use crypto_mb::Error;
use crypto_mb::p256::{PublicKey, SecretKey, SignJob, VerifyJob};
use crypto_mb::p256::{generate, public_keys, sign, verify};
use num_bigint::BigUint;
use rand_core::Rng;
use sha2::{Digest, Sha256};

use crate::common::rng;

const ORDER: &[u8] = b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

fn order() -> BigUint {
    BigUint::parse_bytes(ORDER, 16).unwrap()
}

fn octets(x: &BigUint) -> [u8; 32] {
    let bytes = x.to_bytes_be();
    let mut out = [0; 32];
    out[32 - bytes.len()..].copy_from_slice(&bytes);
    out
}

/// 1, 2, n − 1, n − 2, powers of two near the digits' borders, and random scalars.
fn secrets(count: usize) -> Vec<SecretKey> {
    let n = order();
    let one = BigUint::from(1u32);
    let mut values = vec![one.clone(), BigUint::from(2u32), &n - 1u32, &n - 2u32];
    values.extend([6u32, 7, 63, 64, 251, 252, 255].map(|bit| &one << bit));
    values.push((&one << 224u32) + (&n >> 1u32));
    values.push((&one << 252u32) - 1u32);
    let mut random = rng(7);
    while values.len() < count {
        let mut drawn = [0; 32];
        random.fill_bytes(&mut drawn);
        values.push(BigUint::from_bytes_be(&drawn) % (&n - 1u32) + 1u32);
    }
    values.truncate(count);
    values
        .iter()
        .map(|x| SecretKey::from_be_bytes(&octets(x)).unwrap())
        .collect()
}

fn theirs(key: &SecretKey) -> SigningKey {
    SigningKey::from_slice(key.expose_secret()).unwrap()
}

fn their_public(key: &SecretKey) -> PublicKey {
    let point = theirs(key).verifying_key().to_sec1_point(false);
    let bytes = point.as_bytes();
    PublicKey::from_affine(
        bytes[1..33].try_into().unwrap(),
        bytes[33..].try_into().unwrap(),
    )
    .unwrap()
}

#[test]
fn public_keys_are_those_of_another_implementation() {
    if crypto_mb::available() {
        let keys = secrets(200);
        let publics = public_keys(&keys.iter().collect::<Vec<_>>());
        for (key, public) in keys.iter().zip(publics) {
            assert_eq!(public, Ok(their_public(key)));
        }
    }
}

#[test]
fn generated_keys_are_those_of_another_implementation() {
    if crypto_mb::available() {
        use ::p256::elliptic_curve::Generate;
        let pairs = generate(&mut (0..19).map(rng).collect::<Vec<_>>());
        for (seed, pair) in pairs.into_iter().enumerate() {
            let (secret, public) = pair.unwrap();
            let wanted = SigningKey::generate_from_rng(&mut rng(seed as u64));
            assert_eq!(secret.expose_secret()[..], wanted.to_bytes()[..]);
            assert_eq!(public, their_public(&secret));
        }
    }
}

/// Batches of 1 to 17 and one of many, the octets of the other implementation.
#[test]
fn signatures_are_those_of_another_implementation() {
    if !crypto_mb::available() {
        return;
    }
    let keys = secrets(30);
    for count in (1..=17).chain([600]) {
        let mut digests: Vec<[u8; 32]> = (0..count)
            .map(|i| Sha256::digest([i as u8, count as u8]).into())
            .collect();
        digests[0] = [0; 32];
        if let Some(digest) = digests.get_mut(1) {
            *digest = [0xff; 32];
        }
        let key = |i: usize| &keys[i % keys.len()];
        let jobs = digests.iter().enumerate();
        let jobs: Vec<_> = jobs
            .map(|(i, digest)| SignJob {
                key: key(i),
                digest,
            })
            .collect();
        let signed = sign(&jobs);
        for (job, signature) in jobs.iter().zip(&signed) {
            let wanted: Signature = theirs(job.key).sign_prehash(job.digest).unwrap();
            assert_eq!(signature.as_ref().unwrap()[..], wanted.to_bytes()[..]);
        }
        let publics: Vec<_> = keys.iter().map(their_public).collect();
        let verification = |i: usize| VerifyJob {
            key: &publics[i % keys.len()],
            digest: &digests[i],
            signature: signed[i].as_ref().unwrap(),
        };
        let verified = verify(&(0..count).map(verification).collect::<Vec<_>>());
        assert_eq!(verified, vec![Ok(()); count]);
    }
}

/// Everything that must fail does, each alone between two that do not.
#[test]
fn a_job_fails_alone() {
    if !crypto_mb::available() {
        return;
    }
    let key = &secrets(20)[19];
    let public = their_public(key);
    let digest = [3; 32];
    let good = sign(&[SignJob {
        key,
        digest: &digest,
    }])[0]
        .unwrap();
    let mut off_curve = *public.y();
    off_curve[31] ^= 1;
    let off_curve = PublicKey::from_affine(public.x(), &off_curve).unwrap();
    let with = |at: usize, octets: [u8; 32]| {
        let mut signature = good;
        signature[at..at + 32].copy_from_slice(&octets);
        signature
    };
    let n = octets(&order());
    let bad = [
        with(0, [0; 32]),
        with(32, [0; 32]),
        with(0, n),
        with(32, n),
        with(0, [0xff; 32]),
        with(0, [1; 32]),
    ];
    for signature in &bad {
        let job = |key, signature| VerifyJob {
            key,
            digest: &digest,
            signature,
        };
        let jobs = [
            job(&public, &good),
            job(&public, signature),
            job(&off_curve, &good),
            job(&public, &good),
        ];
        let wanted = [Ok(()), Err(Error::Signature), Err(Error::Key), Ok(())];
        assert_eq!(verify(&jobs), wanted);
    }
}

/// Signatures made so that u₁·G and u₂·Q are equal, opposite, or the first is infinity.
#[test]
fn exceptional_sums_are_right() {
    if !crypto_mb::available() {
        return;
    }
    let n = order();
    let d = BigUint::from(0x1234_5678_9abc_def1u64);
    let key = SecretKey::from_be_bytes(&octets(&d)).unwrap();
    let public = their_public(&key);
    let inverse = |x: &BigUint| x.modinv(&n).unwrap();
    // With k = 2·u₁ the two summands are equal: e = r·d, s = 2·r·d/k, for r the abscissa of k·G.
    let k = BigUint::from(0xfeed_f00d_u64);
    let abscissa = |k: &BigUint| {
        let of_k = SecretKey::from_be_bytes(&octets(k)).unwrap();
        BigUint::from_bytes_be(their_public(&of_k).x()) % &n
    };
    let r = abscissa(&k);
    let rd = &r * &d % &n;
    let equal = (
        octets(&rd),
        octets(&(BigUint::from(2u32) * &rd * inverse(&k) % &n)),
    );
    // e = −r·d: the sum is infinity, whatever s is.
    let opposite = (octets(&(&n - &rd)), octets(&BigUint::from(77u32)));
    // e = 0: only u₂·Q is left.
    let none = ([0; 32], octets(&(&rd * inverse(&k) % &n)));
    let r = octets(&r);
    let signature = |s: [u8; 32]| -> [u8; 64] { [r, s].concat().try_into().unwrap() };
    let cases = [
        (equal, Ok(())),
        (opposite, Err(Error::Signature)),
        (none, Ok(())),
    ];
    for ((digest, s), wanted) in cases {
        let signature = signature(s);
        let job = VerifyJob {
            key: &public,
            digest: &digest,
            signature: &signature,
        };
        assert_eq!(verify(&[job]), [wanted]);
    }
}

#[test]
fn scalars_and_coordinates_out_of_range_are_refused() {
    assert_eq!(SecretKey::from_be_bytes(&[0; 32]).unwrap_err(), Error::Key);
    assert_eq!(
        SecretKey::from_be_bytes(&octets(&order())).unwrap_err(),
        Error::Key
    );
    assert_eq!(
        PublicKey::from_affine(&[0xff; 32], &[0; 32]),
        Err(Error::Key)
    );
}

#[test]
fn secrets_are_not_printed() {
    assert_eq!(format!("{:?}", secrets(1)[0]), "SecretKey([elided])");
}
