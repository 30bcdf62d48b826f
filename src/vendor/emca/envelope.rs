//! The outside of a request: `{"requestData", "userName"}`, AES-256, and the authentication key of the header.
//!
//! The vendor's pages say "AES 256 key shared with you" and no more. Its own published clients encrypt in ECB mode with
//! PKCS #7 padding and standard base64, so that is the default; CBC with the IV in the first block is there by user.

use std::fmt;

use aes::Aes256;
use aes::cipher::{
    Array, BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, KeyInit,
    KeyIvInit, consts::U16,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand_core::TryCryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::lint::Finding;
use crate::vendor::Stage;
use crate::vendor::emca::error;
use crate::vendor::emca::error::{Fault, FaultKind, HOWTO, PAGE, Refusal};
use crate::vendor::json;
use crate::vendor::json::NoObject;

/// Octets of the longest body that is read: a signed request of the greatest size, twice in base64, and room.
pub const MAX_BODY_OCTETS: usize = 1 << 20;

/// The body of a request, still encrypted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sealed {
    user_name: String,
    request_data: String,
}

/// The 32 octets that vendor and user share.
pub struct AesKey(Zeroizing<[u8; 32]>);

/// How the blocks are chained.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum CipherMode {
    /// Each block by itself, no IV.
    #[default]
    Ecb,
    /// Cipher block chaining; the first 16 octets are the IV.
    Cbc,
}

/// The authentication key: SHA-1 of `user:password`.
pub struct EmKey(Zeroizing<[u8; 20]>);

/// Why a text is no key.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyTextError {
    /// Not the text of an AES-256 key; the text itself is not shown.
    #[error(
        "AES key of {characters} characters, expected 64 hexadecimal digits or base64 of 32 octets"
    )]
    Aes {
        /// Characters found.
        characters: usize,
    },
    /// Not the text of an authentication key; the text itself is not shown.
    #[error("emKey of {characters} characters, expected 40 hexadecimal digits")]
    EmKey {
        /// Characters found.
        characters: usize,
    },
}

impl Sealed {
    /// A body with these two fields.
    #[must_use]
    pub fn new(user_name: impl Into<String>, request_data: impl Into<String>) -> Self {
        Self {
            user_name: user_name.into(),
            request_data: request_data.into(),
        }
    }

    /// Reads a JSON body; `encodedString` is the vendor's other name for `requestData`.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_json(body: &[u8]) -> Result<Self, Refusal> {
        Self::from_object(&Self::object(body)?)
    }

    /// The object of a body, sealed or not.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
        object(body, FaultKind::Parameter)
    }

    /// Whether an object is that of a sealed body rather than what one holds.
    #[must_use]
    pub fn is_sealed(object: &Map<String, Value>) -> bool {
        REQUEST_DATA.iter().any(|name| object.contains_key(*name))
    }

    /// Takes the fields of a body.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage.
    pub fn from_object(object: &Map<String, Value>) -> Result<Self, Refusal> {
        let mut faults = Vec::new();
        let mut text = |names: &[&'static str]| {
            let found = names.iter().find_map(|name| object.get(*name));
            let text = found
                .and_then(Value::as_str)
                .filter(|text| !text.trim().is_empty());
            if text.is_none() {
                // Whoever forgot to encrypt sent the object here, with the password in it.
                let found = match found {
                    Some(Value::String(_)) => "a blank text",
                    found => found.map_or("nothing", json::type_name),
                };
                let name = names.first().copied().unwrap_or_default();
                let finding = Finding::error("emca.body", PAGE, name, found, "a JSON string");
                faults.push(Fault::new(FaultKind::Parameter, finding));
            }
            text.map(str::to_owned)
        };
        let request_data = text(&REQUEST_DATA);
        let user_name = text(&["userName"]);
        match (user_name, request_data) {
            (Some(user_name), Some(request_data)) => Ok(Self {
                user_name,
                request_data,
            }),
            _ => Err(error::refused(Stage::Wire, faults)),
        }
    }

    /// Encrypts an object; the IV of CBC is drawn from `rng`.
    ///
    /// # Errors
    /// When the generator fails.
    pub fn seal<R: TryCryptoRng + ?Sized>(
        user_name: &str,
        object: &[u8],
        key: &AesKey,
        mode: CipherMode,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        let mut iv = [0; BLOCK];
        if mode == CipherMode::Cbc {
            rng.try_fill_bytes(&mut iv)?;
        }
        let octets = encrypt(object, key, mode, iv);
        Ok(Self::new(user_name, STANDARD.encode(octets)))
    }

    /// `userName`, which says whose key decrypts; nothing is proven by it.
    #[must_use]
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// The decrypted octets.
    ///
    /// # Errors
    /// A [`Refusal`] of the wire stage: not base64, not whole blocks, or a padding that is none, as with a wrong key.
    pub fn open(&self, key: &AesKey, mode: CipherMode) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let octets = decode_base64(&self.request_data).map_err(input_data)?;
        decrypt(octets, key, mode).map_err(|reason| input_data(reason.to_owned()))
    }

    /// The body in one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self {
            user_name,
            request_data,
        } = self;
        let mut object = Map::new();
        object.insert("requestData".to_owned(), request_data.as_str().into());
        object.insert("userName".to_owned(), user_name.as_str().into());
        Value::Object(object).to_string()
    }
}

impl AesKey {
    /// The key with these octets.
    #[must_use]
    pub fn from_octets(octets: [u8; 32]) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// Reads 64 hexadecimal digits, or base64 of 32 octets. The vendor does not say how the key is handed over.
    ///
    /// # Errors
    /// [`KeyTextError::Aes`].
    pub fn from_text(text: &str) -> Result<Self, KeyTextError> {
        let text = text.trim();
        let octets = match hex_octets(text) {
            Some(octets) => octets,
            None => Zeroizing::new(STANDARD.decode(text).unwrap_or_default()),
        };
        let octets = <[u8; 32]>::try_from(octets.as_slice());
        octets
            .map(Self::from_octets)
            .map_err(|_| KeyTextError::Aes {
                characters: text.chars().count(),
            })
    }

    /// The octets.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for AesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AesKey([elided])")
    }
}

impl EmKey {
    /// The key of a user and a password.
    #[must_use]
    pub fn of(user_name: &str, password: &str) -> Self {
        let mut hash = Sha1::new();
        hash.update(user_name);
        hash.update(":");
        hash.update(password);
        Self(Zeroizing::new(hash.finalize().into()))
    }

    /// Reads 40 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyTextError::EmKey`].
    pub fn from_text(text: &str) -> Result<Self, KeyTextError> {
        let octets = hex_octets(text.trim());
        let octets = octets.and_then(|octets| <[u8; 20]>::try_from(octets.as_slice()).ok());
        let characters = text.chars().count();
        octets
            .map(|octets| Self(Zeroizing::new(octets)))
            .ok_or(KeyTextError::EmKey { characters })
    }

    /// The text of the header: 40 hexadecimal digits in lower case.
    #[must_use]
    pub fn expose_secret(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(40));
        for octet in self.0.iter() {
            text.extend(
                [octet >> 4, octet & 0xF]
                    .map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or_default()),
            );
        }
        text
    }

    /// Whether both are the same, in a time that tells nothing of where they differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(other.0.as_slice()).into()
    }
}

impl fmt::Debug for EmKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmKey([elided])")
    }
}

/// A JSON object; anything else is a fault of this kind.
pub(super) fn object(body: &[u8], kind: FaultKind) -> Result<Map<String, Value>, Refusal> {
    let refused = |found: String, expected: String| {
        let finding = Finding::error("emca.body", PAGE, "body", found, expected);
        Refusal::of(Stage::Wire, Fault::new(kind.clone(), finding))
    };
    if body.len() > MAX_BODY_OCTETS {
        let expected = format!("at most {MAX_BODY_OCTETS} octets");
        return Err(refused(format!("{} octets", body.len()), expected));
    }
    json::object(body).map_err(|error| {
        let found = match error {
            NoObject::Repeated(names) => {
                let found = json::repeated(&names);
                let finding = Finding::error("emca.body", PAGE, "body", found, json::EACH_ONCE);
                return Refusal::of(Stage::Wire, Fault::new(FaultKind::Parameter, finding));
            }
            NoObject::Other(_) => "another JSON value".to_owned(),
            // The reader's own words would quote what was decrypted.
            NoObject::Malformed(error) => {
                format!("no JSON at line {} column {}", error.line(), error.column())
            }
        };
        refused(found, "a JSON object".to_owned())
    })
}

/// Base64 with the blanks that the vendor's samples are wrapped with; the error is what was found.
pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, String> {
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(compact).map_err(|error| error.to_string())
}

fn input_data(found: String) -> Refusal {
    let expected = "base64 of what the user's AES key decrypts";
    let finding = Finding::error("emca.request-data", HOWTO, "requestData", found, expected);
    Refusal::of(Stage::Wire, Fault::new(FaultKind::InputData, finding))
}

fn encrypt(plain: &[u8], key: &AesKey, mode: CipherMode, iv: [u8; BLOCK]) -> Vec<u8> {
    let mut padded = Zeroizing::new(plain.to_vec());
    // RFC 5652 §6.3: one to sixteen octets, each the count.
    let missing = BLOCK - plain.len() % BLOCK;
    padded.resize(
        plain.len() + missing,
        u8::try_from(missing).unwrap_or_default(),
    );
    let mut blocks = blocks(&padded);
    let key = Array::from(*key.0);
    let start = match mode {
        // A mode without chaining is the block cipher over each block; the crate for it lags a generation behind.
        CipherMode::Ecb => {
            Aes256::new(&key).encrypt_blocks(&mut blocks);
            Vec::new()
        }
        CipherMode::Cbc => {
            cbc::Encryptor::<Aes256>::new(&key, &iv.into()).encrypt_blocks(&mut blocks);
            iv.to_vec()
        }
    };
    start
        .into_iter()
        .chain(blocks.into_iter().flatten())
        .collect()
}

fn decrypt(
    octets: Vec<u8>,
    key: &AesKey,
    mode: CipherMode,
) -> Result<Zeroizing<Vec<u8>>, &'static str> {
    if octets.is_empty() || !octets.len().is_multiple_of(BLOCK) {
        return Err("no whole blocks of 16 octets");
    }
    let mut blocks = blocks(&octets);
    let key = Array::from(*key.0);
    match mode {
        CipherMode::Ecb => Aes256::new(&key).decrypt_blocks(&mut blocks),
        CipherMode::Cbc => {
            let iv = blocks.remove(0);
            cbc::Decryptor::<Aes256>::new(&key, &iv).decrypt_blocks(&mut blocks);
        }
    }
    let mut plain: Zeroizing<Vec<u8>> = Zeroizing::new(blocks.into_iter().flatten().collect());
    let padding = plain.last().copied().unwrap_or_default();
    let start = plain.len().saturating_sub(usize::from(padding));
    let fits = (1..=16).contains(&padding)
        && plain
            .get(start..)
            .is_some_and(|tail| tail.iter().all(|octet| *octet == padding));
    if !fits {
        return Err("octets that this key does not decrypt");
    }
    plain.truncate(start);
    Ok(plain)
}

fn blocks(octets: &[u8]) -> Vec<Array<u8, U16>> {
    let (whole, _) = octets.as_chunks::<BLOCK>();
    whole.iter().map(|block| Array::from(*block)).collect()
}

fn hex_octets(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let digit = |octet: u8| char::from(octet).to_digit(16);
    let octet = |pair: &[u8; 2]| {
        let [high, low] = *pair;
        u8::try_from(digit(high)? * 16 + digit(low)?).ok()
    };
    let octets: Option<Vec<u8>> = pairs.iter().map(octet).collect();
    octets.filter(|_| rest.is_empty()).map(Zeroizing::new)
}

const REQUEST_DATA: [&str; 2] = ["requestData", "encodedString"];

/// Octets of an AES block.
const BLOCK: usize = 16;

#[cfg(test)]
mod tests;
