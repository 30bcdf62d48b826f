//! Chains with a fault: octet by octet, since no writer of ours would make them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use certwright::key;
use certwright::key::{KeyAlgorithm, KeyPair, SignJob, SignatureAlgorithm};
use certwright::name::Name;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rsa::signature::{SignatureEncoding, Signer};
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::Sha256;

use super::md5;

/// A key of the table.
pub(super) enum Key {
    Ours(Box<KeyPair>),
    /// A modulus that this crate makes none of.
    Small(Box<SigningKey<Sha256>>, Vec<u8>),
}

/// By name, so that every row says whose key it means.
pub(super) struct Keys {
    all: Vec<Key>,
}

pub(super) const ROOT: usize = 0;
pub(super) const CA: usize = 1;
pub(super) const LEAF: usize = 2;
pub(super) const OTHER: usize = 3;
pub(super) const RSA: usize = 4;
pub(super) const SMALL: usize = 5;

impl Keys {
    pub(super) fn new() -> Self {
        let mut rng = ChaCha20Rng::from_seed([8; 32]);
        let mut pairs = key::generate(KeyAlgorithm::P256, 4, &mut rng);
        pairs.extend(key::generate(KeyAlgorithm::Rsa2048, 1, &mut rng));
        let ours = pairs
            .into_iter()
            .map(|pair| Key::Ours(Box::new(pair.unwrap())));
        let mut all: Vec<_> = ours.collect();
        let small = RsaPrivateKey::new(&mut rng, 1024).unwrap();
        let public = small.to_public_key().to_public_key_der().unwrap();
        all.push(Key::Small(
            Box::new(SigningKey::new(small)),
            public.as_bytes().to_vec(),
        ));
        Self { all }
    }

    fn at(&self, at: usize) -> &Key {
        self.all.get(at).unwrap()
    }

    fn spki(&self, at: usize) -> &[u8] {
        match self.at(at) {
            Key::Ours(pair) => pair.public_key().spki_der(),
            Key::Small(_, spki) => spki,
        }
    }

    /// SHA-1 of the key's bits, or of nothing that matters for the small one.
    fn identifier(&self, at: usize) -> Vec<u8> {
        match self.at(at) {
            Key::Ours(pair) => pair.public_key().key_identifier().as_bytes().to_vec(),
            Key::Small(..) => vec![7; 20],
        }
    }

    fn sign(&self, at: usize, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let pair = match self.at(at) {
            Key::Ours(pair) => pair,
            Key::Small(key, _) => return key.sign(message).to_vec(),
        };
        let algorithm = match algorithm {
            Algorithm::Ecdsa => SignatureAlgorithm::EcdsaWithSha256,
            Algorithm::RsaSha1 => SignatureAlgorithm::Sha1WithRsa,
            Algorithm::RsaMd5 => return sign_md5(pair, message),
            Algorithm::RsaSha256 => SignatureAlgorithm::Sha256WithRsa,
        };
        let job = SignJob {
            key: pair,
            algorithm,
            message,
        };
        let signed = key::sign(&[job]).remove(0).unwrap();
        signed.as_bytes().to_vec()
    }
}

/// RSASSA-PKCS1-v1_5 over the `DigestInfo` of MD5 (RFC 8017 §9.2).
fn sign_md5(pair: &KeyPair, message: &[u8]) -> Vec<u8> {
    let key = RsaPrivateKey::from_pkcs8_der(&pair.to_pkcs8_der().unwrap()).unwrap();
    let md5 = tlv(0x06, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05]);
    let algorithm = sequence(&[md5, tlv(0x05, &[])].concat());
    let info = sequence(&[algorithm, tlv(0x04, &md5::digest(message))].concat());
    key.sign(Pkcs1v15Sign::new_unprefixed(), &info).unwrap()
}

#[derive(Clone, Copy)]
pub(super) enum Algorithm {
    Ecdsa,
    RsaMd5,
    RsaSha1,
    RsaSha256,
}

impl Algorithm {
    fn der(self) -> Vec<u8> {
        let rsa = |last: u8| {
            let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last];
            tlv(0x30, &[tlv(0x06, &oid), tlv(0x05, &[])].concat())
        };
        match self {
            Self::Ecdsa => tlv(
                0x30,
                &tlv(0x06, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]),
            ),
            Self::RsaMd5 => rsa(4),
            Self::RsaSha1 => rsa(5),
            Self::RsaSha256 => rsa(11),
        }
    }
}

/// A certificate to be.
#[derive(Clone)]
pub(super) struct Draft {
    /// Whether it says version 3 and has extensions.
    pub(super) is_v3: bool,
    pub(super) serial: Vec<u8>,
    pub(super) algorithm: Algorithm,
    pub(super) issuer: &'static str,
    pub(super) subject: &'static str,
    /// Tag and text.
    pub(super) not_before: (u8, &'static str),
    pub(super) not_after: (u8, &'static str),
    pub(super) key: usize,
    pub(super) signer: usize,
    /// The key that authorityKeyIdentifier tells of.
    pub(super) authority: usize,
    /// The key that subjectKeyIdentifier tells of.
    pub(super) identifier: usize,
    /// Last arc below 2.5.29, criticality, value; after the identifiers.
    pub(super) extensions: Vec<(u8, bool, Vec<u8>)>,
    /// An extension of no one's.
    pub(super) unknown: bool,
    /// The last octet of the signature is another.
    pub(super) is_forged: bool,
    /// What follows the signature within the certificate.
    pub(super) trailing: &'static [u8],
}

pub(super) const UTC: u8 = 0x17;
pub(super) const GENERALIZED: u8 = 0x18;
pub(super) const BASIC_CONSTRAINTS: u8 = 19;
pub(super) const KEY_USAGE: u8 = 15;
pub(super) const SUBJECT_ALT_NAME: u8 = 17;
pub(super) const NAME_CONSTRAINTS: u8 = 30;
const EXTENDED_KEY_USAGE: u8 = 37;

impl Draft {
    pub(super) fn ca(
        subject: &'static str,
        issuer: &'static str,
        key: usize,
        signer: usize,
    ) -> Self {
        let usage = (KEY_USAGE, true, vec![0x03, 0x02, 0x01, 0x06]);
        Self {
            is_v3: true,
            serial: vec![0x51, octet(key), octet(signer), 4, 5, 6, 7, 8, 9],
            algorithm: if signer < RSA {
                Algorithm::Ecdsa
            } else {
                Algorithm::RsaSha256
            },
            issuer,
            subject,
            not_before: (UTC, "250101000000Z"),
            not_after: (UTC, "350101000000Z"),
            key,
            signer,
            authority: signer,
            identifier: key,
            extensions: vec![constraints(true, None), usage],
            unknown: false,
            is_forged: false,
            trailing: b"",
        }
    }

    pub(super) fn leaf(issuer: &'static str, signer: usize) -> Self {
        let names = sequence(&tlv(0x82, b"device.example.com"));
        let purposes = sequence(&tlv(0x06, &[0x2b, 6, 1, 5, 5, 7, 3, 2]));
        Self {
            not_after: (UTC, "300101000000Z"),
            extensions: vec![
                (KEY_USAGE, true, vec![0x03, 0x02, 0x07, 0x80]),
                (EXTENDED_KEY_USAGE, false, purposes),
                (SUBJECT_ALT_NAME, false, names),
            ],
            ..Self::ca("CN=device,O=Lab,C=CN", issuer, LEAF, signer)
        }
    }

    pub(super) fn with(mut self, extension: (u8, bool, Vec<u8>)) -> Self {
        self.extensions.retain(|(arc, ..)| *arc != extension.0);
        self.extensions.push(extension);
        self
    }

    pub(super) fn without(mut self, arc: u8) -> Self {
        self.extensions.retain(|(found, ..)| *found != arc);
        self
    }

    pub(super) fn der(&self, keys: &Keys) -> Vec<u8> {
        let tbs = self.tbs(keys);
        let mut signature = keys.sign(self.signer, self.algorithm, &tbs);
        if self.is_forged {
            *signature.last_mut().unwrap() ^= 1;
        }
        let signature = tlv(0x03, &[&[0], signature.as_slice()].concat());
        let whole = [tbs, self.algorithm.der(), signature, self.trailing.to_vec()];
        sequence(&whole.concat())
    }

    fn tbs(&self, keys: &Keys) -> Vec<u8> {
        let name = |text: &str| text.parse::<Name>().unwrap().as_der().to_vec();
        let time = |(tag, text): (u8, &str)| tlv(tag, text.as_bytes());
        let mut parts = Vec::new();
        if self.is_v3 {
            parts.push(tlv(0xa0, &tlv(0x02, &[2])));
        }
        parts.extend([
            tlv(0x02, &self.serial),
            self.algorithm.der(),
            name(self.issuer),
            sequence(&[time(self.not_before), time(self.not_after)].concat()),
            name(self.subject),
            keys.spki(self.key).to_vec(),
        ]);
        if self.is_v3 {
            parts.push(tlv(0xa3, &sequence(&self.extension_list(keys))));
        }
        sequence(&parts.concat())
    }

    fn extension_list(&self, keys: &Keys) -> Vec<u8> {
        let authority = sequence(&tlv(0x80, &keys.identifier(self.authority)));
        let identifier = tlv(0x04, &keys.identifier(self.identifier));
        let mut list = vec![(35, false, authority), (14, false, identifier)];
        list.extend(self.extensions.iter().cloned());
        let encode = |oid: &[u8], critical: bool, value: &[u8]| {
            let critical = if critical {
                tlv(0x01, &[0xff])
            } else {
                Vec::new()
            };
            sequence(&[tlv(0x06, oid), critical, tlv(0x04, value)].concat())
        };
        let known = list.iter();
        let mut all: Vec<_> = known
            .map(|(arc, critical, value)| encode(&[0x55, 0x1d, *arc], *critical, value))
            .collect();
        if self.unknown {
            all.push(encode(&[0x2b, 6, 1, 4, 1, 0x83, 0x7f, 1], true, &[5, 0]));
        }
        all.concat()
    }
}

/// basicConstraints.
pub(super) fn constraints(is_ca: bool, path_len: Option<u8>) -> (u8, bool, Vec<u8>) {
    let ca = if is_ca {
        tlv(0x01, &[0xff])
    } else {
        Vec::new()
    };
    let path_len = path_len.map_or_else(Vec::new, |length| tlv(0x02, &[length]));
    (BASIC_CONSTRAINTS, true, sequence(&[ca, path_len].concat()))
}

/// nameConstraints with one permitted subtree.
pub(super) fn permitted(base: &[u8]) -> (u8, bool, Vec<u8>) {
    (
        NAME_CONSTRAINTS,
        true,
        sequence(&tlv(0xa0, &sequence(base))),
    )
}

pub(super) fn names(name: &[u8]) -> (u8, bool, Vec<u8>) {
    (SUBJECT_ALT_NAME, false, sequence(name))
}

pub(super) fn sequence(content: &[u8]) -> Vec<u8> {
    tlv(0x30, content)
}

pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match content.len() {
        short @ 0..128 => vec![octet(short)],
        byte @ 128..256 => vec![0x81, octet(byte)],
        long => vec![0x82, octet(long >> 8), octet(long & 0xff)],
    };
    [&[tag], length.as_slice(), content].concat()
}

fn octet(number: usize) -> u8 {
    u8::try_from(number).unwrap()
}

pub(super) fn pem(ders: &[Vec<u8>]) -> String {
    let one = |der: &Vec<u8>| {
        let text = STANDARD.encode(der);
        let lines: Vec<_> = text
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        )
    };
    ders.iter().map(one).collect()
}
