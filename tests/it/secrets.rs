//! Nothing that can be formatted shows a secret: types that hold one, and errors of those that read one.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use certwright::cert::Certificate;
use certwright::issuer::{SignError, Signer};
use certwright::key::{
    KeyAlgorithm, KeyError, KeyPair, Passphrase, Pbes2, SignJob, SignatureAlgorithm, generate,
};
use certwright::pem::{self, Label, PemError};
use certwright::request::{CertificationRequest, RequestDraft};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

/// A key and what must not be seen of it.
struct Secret {
    key: KeyPair,
    pkcs8: Vec<u8>,
    /// Runs of the PKCS #8 octets that do not stand in the public key: the private part.
    runs: Vec<Vec<u8>>,
}

impl Secret {
    fn all() -> [Self; 2] {
        let keys = ["rsa2048-pkcs8.pem", "p256-pkcs8.pem"];
        keys.map(|name| Self::of(KeyPair::from_pem(&key_file(name), None).unwrap()))
    }

    fn of(key: KeyPair) -> Self {
        let pkcs8 = key.to_pkcs8_der().unwrap().to_vec();
        let public = key.public_key().spki_der();
        let is_public = |run: &[u8]| public.windows(run.len()).any(|known| known == run);
        let runs: Vec<_> = pkcs8
            .windows(RUN)
            .filter(|run| !is_public(run))
            .map(<[u8]>::to_vec)
            .collect();
        assert!(runs.len() >= 32 - RUN, "{} runs", runs.len());
        Self { key, pkcs8, runs }
    }

    fn hides_from(&self, texts: &[String]) {
        for text in texts.iter().collect::<BTreeSet<_>>() {
            assert_eq!(shown(text, &self.runs), None, "{text}");
        }
    }
}

#[test]
fn every_form_of_a_secret_is_noticed() {
    let [rsa, p256] = Secret::all();
    for secret in [&rsa, &p256] {
        let octets = &*secret.pkcs8;
        let pem = secret.key.to_pkcs8_pem().unwrap();
        let forms = [
            format!("{octets:?}"),
            format!("{octets:#?}"),
            format!("{octets:02x?}"),
            format!("{octets:x?}"),
            format!("{octets:#X?}"),
            hex(octets),
            hex(octets).to_uppercase(),
            pem.to_string(),
            base64(&octets[1..]),
            base64(&octets[2..]),
        ];
        for form in forms {
            assert!(shown(&form, &secret.runs).is_some(), "{form}");
        }
        let raw = octets.iter().copied().map(char::from).collect::<String>();
        assert!(shown(&raw, &secret.runs).is_some());
        // The public half may be shown.
        let public = secret.key.public_key();
        assert_eq!(shown(&format!("{public:?}"), &secret.runs), None);
        assert_eq!(shown(&hex(public.spki_der()), &secret.runs), None);
    }
}

#[test]
fn types_that_hold_a_key_do_not_show_it() {
    for secret in Secret::all() {
        let Secret { key, pkcs8, .. } = &secret;
        let algorithm = SignatureAlgorithm::default_for(key.public_key()).unwrap();
        let subject = "CN=d".parse().unwrap();
        let draft = RequestDraft {
            subject: &subject,
            key,
            algorithm,
            extensions: &certwright::ext::Extensions::default(),
        };
        let message = b"m";
        let job = SignJob {
            key,
            algorithm,
            message,
        };
        let text = key.to_pkcs8_pem().unwrap();
        let block = pem::decode_one(text.as_bytes(), &[Label::PrivateKey], MAX_OCTETS).unwrap();
        assert_eq!(block.der(), pkcs8);
        let signer = Signer::new(KeyPair::from_pkcs8_der(pkcs8).unwrap());
        let mut texts = Vec::new();
        texts.extend(debugged(key));
        texts.extend(debugged(&draft));
        texts.extend(debugged(&job));
        texts.extend(debugged(&block));
        texts.extend(debugged(&signer));
        texts.extend(debugged(&KeyPair::from_pkcs8_der(pkcs8)));
        secret.hides_from(&texts);
    }
}

#[test]
fn errors_of_readers_do_not_show_the_key_they_read() {
    for secret in Secret::all() {
        let Secret { key, pkcs8, .. } = &secret;
        let text = key.to_pkcs8_pem().unwrap();
        let mut texts = Vec::new();
        for cut in [1, 10, pkcs8.len() / 2, pkcs8.len() - 1] {
            texts.extend(told(&KeyPair::from_pkcs8_der(&pkcs8[..cut]).unwrap_err()));
            texts.extend(told(&from_pem(&text[..cut])));
        }
        for at in 0..pkcs8.len() {
            let mut damaged = pkcs8.clone();
            damaged[at] ^= 1;
            if let Err(error) = KeyPair::from_pkcs8_der(&damaged) {
                texts.extend(told(&error));
            }
        }
        for (from, to) in [("\n", "\n*"), ("\n", "\nA"), ("PRIVATE KEY", "X")] {
            texts.extend(told(&from_pem(&text.replace(from, to))));
        }
        texts.extend(told(&from_pem(&format!("{}{}", *text, *text))));
        secret.hides_from(&texts);
    }
}

#[test]
fn a_key_in_the_place_of_something_else_is_not_shown() {
    for secret in Secret::all() {
        let Secret { key, pkcs8, .. } = &secret;
        let text = key.to_pkcs8_pem().unwrap();
        let relabelled = |label: Label| pem::encode(label, pkcs8);
        let mut texts = Vec::new();
        texts.extend(told(&Certificate::from_bytes(pkcs8).unwrap_err()));
        texts.extend(told(&Certificate::from_pem(text.as_bytes()).unwrap_err()));
        let certificate = relabelled(Label::Certificate);
        let refused = Certificate::from_pem(certificate.as_bytes()).unwrap_err();
        texts.extend(told(&refused));
        texts.extend(told(&CertificationRequest::from_der(pkcs8).unwrap_err()));
        let request = relabelled(Label::CertificateRequest);
        let refused = CertificationRequest::from_pem(request.as_bytes()).unwrap_err();
        texts.extend(told(&refused));
        for label in [
            Label::EcPrivateKey,
            Label::EncryptedPrivateKey,
            Label::RsaPrivateKey,
        ] {
            let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
            let relabelled = relabelled(label);
            let refused = KeyPair::from_pem(relabelled.as_bytes(), Some(&passphrase)).unwrap_err();
            texts.extend(told(&refused));
        }
        secret.hides_from(&texts);
    }
}

#[test]
fn a_signer_that_is_refused_a_ca_does_not_show_its_key() {
    let ca = fs::read(testdata().join("vendor/enos/ca.cert.pem")).unwrap();
    let ca = Certificate::from_pem(&ca).unwrap();
    for secret in Secret::all() {
        let key = KeyPair::from_pkcs8_der(&secret.pkcs8).unwrap();
        let error = Signer::for_certificate(&ca, key).unwrap_err();
        assert!(matches!(error, SignError::OtherKey { .. }));
        secret.hides_from(&told(&error));
    }
}

#[test]
fn passphrases_are_shown_by_neither_type_nor_error() {
    let mut rng = ChaCha20Rng::from_seed([21; 32]);
    let key = generate(KeyAlgorithm::P256, 1, &mut rng).remove(0).unwrap();
    let right = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let wrong = Passphrase::new(WRONG_PASSPHRASE.to_owned()).unwrap();
    let cheap = Pbes2::Pbkdf2 { iterations: 1000 };
    let text = key.to_encrypted_pkcs8_pem(&right, cheap, &mut rng).unwrap();
    let secret = Secret::of(key);
    let mut texts = Vec::new();
    texts.extend(debugged(&right));
    texts.extend(debugged(&wrong));
    let error = KeyPair::from_pem(text.as_bytes(), Some(&wrong)).unwrap_err();
    assert_eq!(error, KeyError::Decryption);
    texts.extend(told(&error));
    let error = KeyPair::from_pem(text.as_bytes(), None).unwrap_err();
    assert_eq!(error, KeyError::PassphraseMissing);
    texts.extend(told(&error));
    let costly = Pbes2::Pbkdf2 { iterations: 1 };
    let error = secret
        .key
        .to_encrypted_pkcs8_pem(&right, costly, &mut rng)
        .unwrap_err();
    texts.extend(told(&error));
    // A passphrase where a key is due, as when two files are confused.
    let error = KeyPair::from_pem(PASSPHRASE.as_bytes(), Some(&right)).unwrap_err();
    assert!(matches!(error, KeyError::Pem(PemError::Absent { .. })));
    texts.extend(told(&error));
    secret.hides_from(&texts);
    let runs: Vec<_> = [PASSPHRASE, WRONG_PASSPHRASE]
        .iter()
        .flat_map(|text| text.as_bytes().windows(RUN).map(<[u8]>::to_vec))
        .collect();
    for text in texts {
        assert_eq!(shown(&text, &runs), None, "{text}");
    }
}

fn from_pem(text: &str) -> KeyError {
    KeyPair::from_pem(text.as_bytes(), None).unwrap_err()
}

fn debugged(value: &impl Debug) -> [String; 2] {
    [format!("{value:?}"), format!("{value:#?}")]
}

/// An error and everything below it, in every way it can be formatted.
fn told(error: &impl Error) -> Vec<String> {
    let mut texts = debugged(&error).to_vec();
    let mut link: Option<&dyn Error> = Some(error);
    while let Some(current) = link {
        texts.push(current.to_string());
        texts.push(format!("{current:?}"));
        link = current.source();
    }
    texts
}

/// The first form of a run that stands in the text: raw, as numbers, hexadecimal or base64, whatever stands between.
fn shown(text: &str, runs: &[Vec<u8>]) -> Option<String> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let lower = dense.to_lowercase();
    let listed = lower.replace(['[', ']'], ",").replace("0x", "");
    let joined = lower.replace([',', ':', '_'], "").replace("0x", "");
    // Octets may have become characters in two ways.
    let latin_1: Vec<u8> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
        .collect();
    let contains = |octets: &[u8], run: &[u8]| octets.windows(run.len()).any(|seen| seen == run);
    runs.iter().find_map(|run| {
        let decimal: String = run.iter().map(|octet| format!(",{octet}")).collect();
        let short_hex: String = run.iter().map(|octet| format!(",{octet:x}")).collect();
        let forms = [
            (&listed, format!("{decimal},")),
            (&listed, format!("{short_hex},")),
            (&joined, hex(run)),
            (&dense, base64(run)),
        ];
        if contains(text.as_bytes(), run) || contains(&latin_1, run) {
            return Some("raw octets".to_owned());
        }
        let found = forms.into_iter().find(|(text, form)| text.contains(form));
        found.map(|(_, form)| form)
    })
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// RFC 4648 §4, as the lines of a PEM object have it.
fn base64(octets: &[u8]) -> String {
    let pem = pem::encode(Label::PrivateKey, octets);
    pem.lines().filter(|line| !line.starts_with('-')).collect()
}

fn key_file(name: &str) -> Vec<u8> {
    fs::read(testdata().join("key").join(name)).unwrap()
}

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// Octets of a secret that are looked for in one piece; a multiple of three, so that base64 has no padding.
const RUN: usize = 9;

const MAX_OCTETS: usize = 65_536;

const PASSPHRASE: &str = "correct horse battery staple";
const WRONG_PASSPHRASE: &str = "Tr0ub4dor&3 and then some";
