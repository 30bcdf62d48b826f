//! Looks for secrets in octets: raw, as hexadecimal, as base64 in any alignment.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use certwright::key::KeyPair;

/// Secrets by name, as runs of octets that are in nothing else.
#[derive(Default)]
pub(super) struct Secrets {
    names: BTreeSet<String>,
    texts: HashMap<[u8; TEXT_RUN], String>,
    keys: HashMap<[u8; KEY_RUN], String>,
}

impl Secrets {
    /// A passphrase, a token or the octets of a symmetric key; of a text also as a PKCS #12 has it (RFC 7292 §B.1).
    pub(super) fn add(&mut self, name: &str, secret: &[u8]) {
        assert!(secret.len() >= TEXT_RUN, "{name} is too short to be found");
        let wide: Vec<u8> = secret.iter().flat_map(|octet| [0, *octet]).collect();
        for run in windows(secret).chain(windows(&wide)) {
            self.texts.insert(run, name.to_owned());
        }
        self.names.insert(name.to_owned());
    }

    /// A private key, as PKCS #8: what does not stand in the public half.
    pub(super) fn add_key(&mut self, name: &str, key: &[u8]) {
        let pair = KeyPair::from_pkcs8_der(key).unwrap();
        let public: HashSet<_> = windows(pair.public_key().spki_der()).collect();
        // What every key of a kind begins with is no secret.
        for run in windows(key).skip(36) {
            if !public.contains(&run) {
                self.keys.insert(run, name.to_owned());
            }
        }
        self.names.insert(name.to_owned());
    }

    /// The names of those that stand in the octets.
    pub(super) fn shown_in(&self, octets: &[u8]) -> BTreeSet<String> {
        let mut shown = BTreeSet::new();
        for form in forms(octets) {
            shown.extend(windows(&form).filter_map(|run| self.texts.get(&run).cloned()));
            shown.extend(windows(&form).filter_map(|run| self.keys.get(&run).cloned()));
        }
        shown
    }

    pub(super) fn names(&self) -> &BTreeSet<String> {
        &self.names
    }
}

/// The octets, and what stands in them as text in other forms.
fn forms(octets: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![octets.to_vec()];
    let dense: Vec<u8> = octets
        .iter()
        .copied()
        .filter(|octet| !b" \r\n:,_".contains(octet))
        .collect();
    for part in dense.split(|octet| !octet.is_ascii_hexdigit()) {
        for part in [part, part.get(1..).unwrap_or_default()] {
            let digit = |octet: u8| u8::try_from(char::from(octet).to_digit(16).unwrap()).unwrap();
            forms.push(
                part.chunks_exact(2)
                    .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
                    .collect(),
            );
        }
    }
    let is_base64 = |octet: &u8| octet.is_ascii_alphanumeric() || b"+/".contains(octet);
    for part in dense
        .split(|octet| !is_base64(octet))
        .filter(|part| part.len() >= KEY_RUN)
    {
        for skipped in 0..4 {
            let part = part.get(skipped..).unwrap_or_default();
            let whole = &part[..part.len() / 4 * 4];
            forms.extend(ENGINE.decode(whole).ok());
        }
    }
    forms
}

fn windows<const N: usize>(octets: &[u8]) -> impl Iterator<Item = [u8; N]> {
    octets.windows(N).map(|run| run.try_into().unwrap())
}

/// A secret as it may be printed: octets, hexadecimal with colons, base64 of each alignment in lines.
pub(super) fn disguises(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = secret.iter().map(|octet| format!("{octet:02X}:")).collect();
    let base64 = |before: &[u8]| {
        let text = ENGINE.encode([before, secret].concat()).into_bytes();
        text.chunks(64).collect::<Vec<_>>().join(&b'\n')
    };
    let texts = [&b""[..], b"a", b"ab"].map(base64);
    [vec![secret.to_vec(), hex.into_bytes()], texts.to_vec()].concat()
}

/// Files that are meant to hold keys.
pub(super) fn is_key_file(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    let of_keys = path.components().any(|part| part.as_os_str() == "keys");
    let keys = ["key.pem", "k.pem", "r.pem", "b.age"];
    of_keys || keys.contains(&name) || name.ends_with(".key.pem") || name.ends_with(".p12")
}

/// Everything below a folder.
pub(super) fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all(&path));
        }
        found.push(path);
    }
    found
}

pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    all(folder)
        .into_iter()
        .filter(|path| path.is_file())
        .collect()
}

/// Octets of a key that are looked for in one piece.
const KEY_RUN: usize = 12;

/// Octets of a text that are looked for in one piece.
const TEXT_RUN: usize = 8;

/// Base64 without regard to how it ends.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
