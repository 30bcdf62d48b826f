use super::*;
use crate::pem;
use crate::pem::{Label, PemError};
use rand_chacha::ChaCha20Rng;
use rand_core::{SeedableRng, TryCryptoRng, TryRng};

/// A file in testdata/key, octets and all.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/key/", $name)).as_slice()
    };
}

mod forms;

fn seeded() -> ChaCha20Rng {
    ChaCha20Rng::from_seed([7; 32])
}

fn keys(algorithm: KeyAlgorithm, n: usize) -> Vec<KeyPair> {
    let keys = generate(algorithm, n, &mut seeded());
    keys.into_iter().map(Result::unwrap).collect()
}

fn passphrase() -> Passphrase {
    Passphrase::new("certwright test".to_owned()).unwrap()
}

fn pair(text: &[u8]) -> KeyPair {
    KeyPair::from_pem(text, Some(&passphrase())).unwrap()
}

fn refused(text: &[u8]) -> KeyError {
    KeyPair::from_pem(text, Some(&passphrase())).unwrap_err()
}

fn public(text: &[u8]) -> Result<PublicKey, KeyError> {
    let block = pem::decode_one(text, &[Label::PublicKey], 4096).unwrap();
    PublicKey::from_spki_der(block.der())
}

fn signed(
    key: &KeyPair,
    algorithm: SignatureAlgorithm,
    message: &[u8],
) -> Result<Signature, KeyError> {
    let job = SignJob {
        key,
        algorithm,
        message,
    };
    sign(&[job]).remove(0)
}

fn verified(
    key: &PublicKey,
    algorithm: SignatureAlgorithm,
    message: &[u8],
    signature: &[u8],
) -> Result<(), KeyError> {
    let job = VerifyJob {
        key,
        algorithm,
        message,
        signature,
    };
    verify(&[job]).remove(0)
}

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

const MESSAGE: &[u8] = b"certwright known answer";

#[test]
fn what_a_key_signs_its_public_key_verifies() {
    for algorithm in KeyAlgorithm::ALL {
        let key = &keys(algorithm, 1)[0];
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(key.public_key().algorithm(), Some(algorithm));
        for algorithm in SignatureAlgorithm::ALL {
            let signature = signed(key, algorithm, MESSAGE);
            if !algorithm.fits(key.public_key()) {
                let key = key.algorithm().to_string();
                let mismatch = KeyError::AlgorithmMismatch { algorithm, key };
                assert_eq!(signature, Err(mismatch));
                continue;
            }
            let signature = signature.unwrap();
            let check =
                |message| verified(key.public_key(), algorithm, message, signature.as_bytes());
            assert_eq!(check(MESSAGE), Ok(()));
            assert_eq!(check(b"another"), Err(KeyError::SignatureInvalid));
        }
    }
}

/// RFC 6979 A.2.5: the key, and r and s for SHA-256. The second s is below half the order and the first above: neither
/// is normalised.
#[test]
fn ecdsa_gives_the_signatures_of_rfc_6979() {
    let head = "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";
    let secret = "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721";
    let key = KeyPair::from_pkcs8_der(&octets(&format!("{head}{secret}"))).unwrap();
    let vectors = [
        (
            "sample",
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
            "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        ),
        (
            "test",
            "f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367",
            "019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083",
        ),
    ];
    for (message, r, s) in vectors {
        let sign = |hex: &str| if hex >= "8" { "022100" } else { "0220" }.to_owned() + hex;
        let integers = octets(&(sign(r) + &sign(s)));
        let mut expected = vec![0x30, u8::try_from(integers.len()).unwrap()];
        expected.extend(integers);
        let signature = signed(
            &key,
            SignatureAlgorithm::EcdsaWithSha256,
            message.as_bytes(),
        );
        assert_eq!(signature.unwrap().into_bytes(), expected);
    }
}

#[test]
fn rsa_gives_the_signatures_of_openssl() {
    let key = pair(fixture!("rsa2048-pkcs8.pem"));
    for (algorithm, expected) in [
        (
            SignatureAlgorithm::Sha1WithRsa,
            fixture!("rsa2048-sha1.sig"),
        ),
        (
            SignatureAlgorithm::Sha256WithRsa,
            fixture!("rsa2048-sha256.sig"),
        ),
        (
            SignatureAlgorithm::Sha384WithRsa,
            fixture!("rsa2048-sha384.sig"),
        ),
        (
            SignatureAlgorithm::Sha512WithRsa,
            fixture!("rsa2048-sha512.sig"),
        ),
    ] {
        assert_eq!(
            signed(&key, algorithm, MESSAGE).unwrap().as_bytes(),
            expected
        );
    }
}

#[test]
fn signatures_that_are_not_the_one_encoding_are_refused() {
    let rsa = pair(fixture!("rsa2048-pkcs8.pem"));
    let good = fixture!("rsa2048-sha256.sig");
    let check = |signature: &[u8]| {
        let algorithm = SignatureAlgorithm::Sha256WithRsa;
        verified(rsa.public_key(), algorithm, MESSAGE, signature)
    };
    assert_eq!(check(good), Ok(()));
    let longer = [&[0], good].concat();
    let mut other = good.to_vec();
    other[0] ^= 1;
    for bad in [&[], &good[1..], &longer, &other] {
        assert_eq!(check(bad), Err(KeyError::SignatureInvalid));
    }

    let p256 = pair(fixture!("p256-sec1.pem"));
    let algorithm = SignatureAlgorithm::EcdsaWithSha256;
    let good = signed(&p256, algorithm, MESSAGE).unwrap().into_bytes();
    let check = |signature: &[u8]| verified(p256.public_key(), algorithm, MESSAGE, signature);
    assert_eq!(check(&good), Ok(()));
    let trailing = [&good[..], &[0]].concat();
    let mut long_form = good.clone();
    long_form.insert(1, 0x81);
    let zero = octets("3006020100020100");
    for bad in [&[], &good[1..], &trailing, &long_form, &zero] {
        assert_eq!(check(bad), Err(KeyError::SignatureInvalid));
    }
}

#[test]
fn a_key_of_1024_bits_verifies_so_that_a_rule_can_name_it() {
    let key = public(fixture!("rsa1024-pub.pem")).unwrap();
    assert_eq!(*key.kind(), PublicKeyKind::Rsa { modulus_bits: 1024 });
    assert_eq!(key.algorithm(), None);
    let signature = fixture!("rsa1024-sha256.sig");
    let algorithm = SignatureAlgorithm::Sha256WithRsa;
    assert_eq!(verified(&key, algorithm, MESSAGE, signature), Ok(()));
}

#[test]
fn keys_that_cost_too_much_are_not_computed_with() {
    let of = |modulus: &[u8], exponent: &[u8]| {
        let key = weak::tests::rsa(modulus, exponent);
        verified(&key, SignatureAlgorithm::Sha256WithRsa, MESSAGE, &[1])
    };
    let modulus = |actual_bits| {
        Err(KeyError::RsaModulus {
            actual_bits,
            min_bits: 1024,
            max_bits: 8192,
        })
    };
    let exponent = |found: &str| {
        Err(KeyError::RsaExponent {
            found: found.to_owned(),
        })
    };
    assert_eq!(of(&[0xFF; 127], &[1, 0, 1]), modulus(1016));
    assert_eq!(of(&[0xFF; 1025], &[1, 0, 1]), modulus(8200));
    assert_eq!(of(&[0xFE; 128], &[1, 0, 1]), Err(KeyError::RsaModulusEven));
    assert_eq!(of(&[0xFF; 128], &[1, 0, 0]), exponent("0x010000"));
    assert_eq!(of(&[0xFF; 128], &[1]), exponent("0x01"));
    assert_eq!(of(&[0xFF; 128], &[2, 0, 0, 0, 1]), exponent("0x0200000001"));
    assert_eq!(of(&[0xFF; 128], &[1; 6]), exponent("0x010101010101"));
    let last = of(&[0xFF; 128], &[1, 0xFF, 0xFF, 0xFF, 0xFF]);
    assert_eq!(last, Err(KeyError::SignatureInvalid));
}

#[test]
fn the_same_seed_gives_the_same_keys_with_one_thread_and_with_eight() {
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let keys = pool.build().unwrap().install(|| {
            let mut keys = keys(KeyAlgorithm::Rsa2048, 3);
            keys.extend(self::keys(KeyAlgorithm::P256, 9));
            keys
        });
        let written = keys.iter().map(|key| key.to_pkcs8_der().unwrap().to_vec());
        written.collect::<Vec<_>>()
    };
    let one = with(1);
    assert_eq!(one, with(8));
    assert_ne!(one[0], one[1]);
}

/// Gives some octets, then fails.
struct Failing(ChaCha20Rng, usize);

impl TryRng for Failing {
    type Error = std::io::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Err(std::io::ErrorKind::Other.into())
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Err(std::io::ErrorKind::Other.into())
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), Self::Error> {
        self.1 = self
            .1
            .checked_sub(octets.len())
            .ok_or(std::io::ErrorKind::Other)?;
        self.0.try_fill_bytes(octets).unwrap();
        Ok(())
    }
}

impl TryCryptoRng for Failing {}

#[test]
fn a_generator_that_fails_costs_the_keys_from_there_on() {
    let made = generate(KeyAlgorithm::P256, 4, &mut Failing(seeded(), 64));
    let whole = keys(KeyAlgorithm::P256, 2);
    for (made, whole) in made.iter().zip(&whole) {
        assert_eq!(made.as_ref().unwrap().public_key(), whole.public_key());
    }
    assert_eq!(made[2].as_ref().unwrap_err(), &KeyError::Rng);
    assert_eq!(made[3].as_ref().unwrap_err(), &KeyError::Rng);
    let encrypted =
        whole[0].to_encrypted_pkcs8_pem(&passphrase(), Pbes2::SCRYPT, &mut Failing(seeded(), 16));
    assert_eq!(encrypted.unwrap_err(), KeyError::Rng);
}

#[test]
fn debug_shows_no_octet_of_a_secret() {
    let hex = |octets: &[u8]| {
        octets
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect::<String>()
    };
    for text in [fixture!("rsa2048-pkcs8.pem"), fixture!("p256-sec1.pem")] {
        let key = pair(text);
        let shown = format!("{key:?}");
        let id = key.public_key().key_identifier();
        assert_eq!(
            shown,
            format!("KeyPair({}, {id}, [elided])", key.algorithm())
        );
        let der = key.to_pkcs8_der().unwrap();
        assert!(der.windows(8).all(|window| !shown.contains(&hex(window))));
    }
    assert_eq!(format!("{:?}", passphrase()), "Passphrase([elided])");
}
