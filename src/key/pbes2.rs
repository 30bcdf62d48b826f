//! Passphrases, and private keys encrypted with them: PBES2 (RFC 8018 §6.2).

use std::fmt;

use der::asn1::OctetStringRef;
use der::{Decode, Encode};
use pkcs8::pkcs5::EncryptionScheme;
use pkcs8::pkcs5::pbes2;
use pkcs8::pkcs5::pbes2::{Kdf, Parameters, Pbkdf2Prf};
use pkcs8::pkcs5::scrypt;
use pkcs8::{EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rand_core::TryCryptoRng;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::key::aes::encrypt_aes_256_cbc;
use crate::key::error::KeyError;

/// A passphrase, UTF-8 and not empty. Wiped when it goes, never shown.
pub struct Passphrase(Zeroizing<String>);

/// How a passphrase becomes an AES-256-CBC key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Pbes2 {
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018 §5.2).
    Pbkdf2 {
        /// 1,000 to 10,000,000 rounds.
        iterations: u32,
    },
    /// scrypt (RFC 7914).
    Scrypt {
        /// Binary logarithm of the cost N.
        log_n: u8,
        /// The block size r.
        r: u16,
        /// The parallelisation p; 128·N·r is at most 256 MiB, and 128·N·r·p at most 1 GiB.
        p: u16,
    },
}

/// A passphrase that went through PBKDF2 once, to encrypt many keys.
///
/// All of them say the same salt and count, and an IV of their own: so they share one AES key, and whoever finds the
/// passphrase opens one as soon as all. What stretching costs is paid once, by him who guesses as by him who writes.
pub struct Stretched {
    kdf: Kdf,
    key: Zeroizing<[u8; 32]>,
}

impl Passphrase {
    /// Takes a passphrase.
    ///
    /// # Errors
    /// [`KeyError::EmptyPassphrase`].
    pub fn new(text: String) -> Result<Self, KeyError> {
        let text = Zeroizing::new(text);
        if text.is_empty() {
            return Err(KeyError::EmptyPassphrase);
        }
        Ok(Self(text))
    }

    /// The passphrase itself.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl Stretched {
    /// Stretches a passphrase by PBKDF2 with HMAC-SHA-256, 1,000 to 10,000,000 rounds (RFC 8018 §5.2), with a salt of 16
    /// octets from `rng`.
    ///
    /// # Errors
    /// [`KeyError::KdfCost`], [`KeyError::Rng`].
    pub fn new<R: TryCryptoRng + ?Sized>(
        passphrase: &Passphrase,
        iterations: u32,
        rng: &mut R,
    ) -> Result<Self, KeyError> {
        let mut salt = [0; 16];
        rng.try_fill_bytes(&mut salt).map_err(|_| KeyError::Rng)?;
        let kdf = Pbes2::Pbkdf2 { iterations }.parameters(&salt, [0; 16])?.kdf;
        let mut key = Zeroizing::new([0; 32]);
        let secret = passphrase.expose_secret().as_bytes();
        pbkdf2::pbkdf2_hmac::<Sha256>(secret, &salt, iterations, key.as_mut_slice());
        Ok(Self { kdf, key })
    }

    /// Encrypts a `PrivateKeyInfo` to a DER `EncryptedPrivateKeyInfo`.
    pub(in crate::key) fn encrypt<R: TryCryptoRng + ?Sized>(
        &self,
        plain: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>, KeyError> {
        let mut iv = [0; 16];
        rng.try_fill_bytes(&mut iv).map_err(|_| KeyError::Rng)?;
        let parameters = Parameters {
            kdf: self.kdf.clone(),
            encryption: pbes2::EncryptionScheme::Aes256Cbc { iv },
        };
        write(parameters, &encrypt_aes_256_cbc(&self.key, &iv, plain))
    }
}

impl fmt::Debug for Stretched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stretched([elided])")
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase([elided])")
    }
}

impl Pbes2 {
    /// PBKDF2 with 600,000 rounds, which every consumer reads.
    pub const PBKDF2: Self = Self::Pbkdf2 {
        iterations: 600_000,
    };
    /// scrypt with N = 2^14, r = 8, p = 1, the most that OpenSSL reads without being told to allow more memory.
    pub const SCRYPT: Self = Self::Scrypt {
        log_n: 14,
        r: 8,
        p: 1,
    };

    fn parameters(self, salt: &[u8], iv: [u8; 16]) -> Result<Parameters, KeyError> {
        match self {
            Self::Pbkdf2 { iterations } => {
                check_iterations(iterations, MIN_ITERATIONS)?;
                Parameters::generate_pbkdf2_sha256_aes256cbc(iterations, salt, iv)
            }
            Self::Scrypt { log_n, r, p } => {
                check_scrypt(1u64.checked_shl(log_n.into()).unwrap_or(0), r, p)?;
                let cost = scrypt::Params::new(log_n, r.into(), p.into())
                    .map_err(|error| KeyError::malformed("scrypt-params", error))?;
                Parameters::generate_scrypt_aes256cbc(cost, salt, iv)
            }
        }
        .map_err(|error| KeyError::malformed("PBES2-params", error))
    }
}

/// Encrypts a `PrivateKeyInfo` to a DER `EncryptedPrivateKeyInfo`.
pub(in crate::key) fn encrypt<R: TryCryptoRng + ?Sized>(
    plain: &[u8],
    passphrase: &Passphrase,
    pbes2: Pbes2,
    rng: &mut R,
) -> Result<Vec<u8>, KeyError> {
    let mut salt = [0; 16];
    let mut iv = [0; 16];
    rng.try_fill_bytes(&mut salt).map_err(|_| KeyError::Rng)?;
    rng.try_fill_bytes(&mut iv).map_err(|_| KeyError::Rng)?;
    let parameters = pbes2.parameters(&salt, iv)?;
    let encrypted = parameters
        .encrypt(passphrase.expose_secret(), plain)
        .map_err(|error| KeyError::malformed("EncryptedPrivateKeyInfo", error))?;
    write(parameters, &encrypted)
}

fn write(parameters: Parameters, encrypted: &[u8]) -> Result<Vec<u8>, KeyError> {
    let malformed = |error: der::Error| KeyError::malformed("EncryptedPrivateKeyInfo", error);
    EncryptedPrivateKeyInfoRef {
        encryption_algorithm: parameters.into(),
        encrypted_data: OctetStringRef::new(encrypted).map_err(malformed)?,
    }
    .to_der()
    .map_err(malformed)
}

/// Decrypts a DER `EncryptedPrivateKeyInfo` to the `PrivateKeyInfo` in it.
///
/// The file says how much work its key derivation is: what is past the caps is refused before any of it is done.
pub(in crate::key) fn decrypt(
    octets: &[u8],
    passphrase: &Passphrase,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let info = EncryptedPrivateKeyInfoRef::from_der(octets).map_err(unreadable)?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(KeyError::UnsupportedEncryption {
            name: "PBES1 (RFC 8018 §6.1)".to_owned(),
        });
    };
    check_cost(&parameters.kdf)?;
    let plain = parameters
        .decrypt(passphrase.expose_secret(), info.encrypted_data.as_bytes())
        .map(Zeroizing::new)
        .map_err(|error| match error {
            pkcs8::pkcs5::Error::UnsupportedAlgorithm { oid } => KeyError::UnsupportedEncryption {
                name: oid.to_string(),
            },
            _ => KeyError::Decryption,
        })?;
    // A wrong passphrase passes the padding check once in 256 times and leaves noise.
    if PrivateKeyInfoRef::from_der(&plain).is_err() {
        return Err(KeyError::Decryption);
    }
    Ok(plain)
}

fn check_cost(kdf: &Kdf) -> Result<(), KeyError> {
    match kdf {
        Kdf::Pbkdf2(pbkdf2) => {
            if pbkdf2.prf == Pbkdf2Prf::HmacWithSha1 {
                return Err(KeyError::UnsupportedEncryption {
                    name: "PBKDF2-HMAC-SHA-1".to_owned(),
                });
            }
            check_iterations(pbkdf2.iteration_count, 1)
        }
        Kdf::Scrypt(scrypt) => check_scrypt(
            scrypt.cost_parameter,
            scrypt.block_size,
            scrypt.parallelization,
        ),
        other => Err(KeyError::UnsupportedEncryption {
            name: other.oid().to_string(),
        }),
    }
}

fn check_iterations(iterations: u32, min: u64) -> Result<(), KeyError> {
    within(
        "PBKDF2 iteration count",
        iterations.into(),
        min,
        MAX_ITERATIONS,
    )
}

fn check_scrypt(n: u64, r: u16, p: u16) -> Result<(), KeyError> {
    within("scrypt cost N", n, 2, MAX_SCRYPT_MEMORY)?;
    within("scrypt block size r", r.into(), 1, 64)?;
    within("scrypt parallelisation p", p.into(), 1, 64)?;
    let memory = 128 * n * u64::from(r);
    within("scrypt memory in octets", memory, 1, MAX_SCRYPT_MEMORY)?;
    within(
        "scrypt work in octets",
        memory * u64::from(p),
        1,
        MAX_SCRYPT_WORK,
    )
}

fn within(parameter: &'static str, actual: u64, min: u64, max: u64) -> Result<(), KeyError> {
    if (min..=max).contains(&actual) {
        return Ok(());
    }
    Err(KeyError::KdfCost {
        parameter,
        actual,
        min,
        max,
    })
}

/// The ASN.1 reader knows the schemes that it can decrypt and calls every other one an unknown identifier.
fn unreadable(error: der::Error) -> KeyError {
    match error.kind() {
        der::ErrorKind::OidUnknown { oid } => KeyError::UnsupportedEncryption {
            name: oid.to_string(),
        },
        _ => KeyError::malformed("EncryptedPrivateKeyInfo", error),
    }
}

/// RFC 8018 §4.2 recommends at least 1,000 rounds; fewer are read but not written.
const MIN_ITERATIONS: u64 = 1000;
/// RFC 8018 §4.2 gives 10,000,000 for especially critical keys; some seconds of work.
const MAX_ITERATIONS: u64 = 10_000_000;
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;
const MAX_SCRYPT_WORK: u64 = 1 << 30;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key;
    use crate::key::{KeyAlgorithm, KeyPair};
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn keys_under_a_stretched_passphrase_open_with_it() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let passphrase = Passphrase::new("correct horse".to_owned()).unwrap();
        let stretched = Stretched::new(&passphrase, 1000, &mut rng).unwrap();
        let mut texts = Vec::new();
        for key in key::generate(KeyAlgorithm::P256, 2, &mut rng) {
            let key = key.unwrap();
            let pem = key.to_pkcs8_pem_under(&stretched, &mut rng).unwrap();
            let read = KeyPair::from_pem(pem.as_bytes(), Some(&passphrase)).unwrap();
            assert_eq!(read.to_pkcs8_der().unwrap(), key.to_pkcs8_der().unwrap());
            texts.push(stretched.encrypt(b"the same", &mut rng).unwrap());
        }
        assert_ne!(texts[0], texts[1]);
        assert_eq!(format!("{stretched:?}"), "Stretched([elided])");
        assert!(Stretched::new(&passphrase, 999, &mut rng).is_err());
    }
}
