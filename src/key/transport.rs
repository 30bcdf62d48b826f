//! A secret for the holder of an RSA key: RSAES-OAEP with SHA-256 and MGF1 with SHA-256 (RFC 8017 §7.1).

use rand_chacha::ChaCha20Rng;
use rand_core::{SeedableRng, TryCryptoRng};
use rsa::Oaep;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::key::error::KeyError;
use crate::key::public::{PublicKey, PublicKeyKind};

impl PublicKey {
    /// Encrypts a secret that only the holder of this RSA key can read.
    ///
    /// # Errors
    /// [`KeyError::UnsupportedKey`] for a key that is none of RSA, [`KeyError::RsaModulus`] for one of fewer than 2,048
    /// bits, [`KeyError::Rng`].
    pub(crate) fn transport<R: TryCryptoRng + ?Sized>(
        &self,
        secret: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>, KeyError> {
        self.check_transport()?;
        let Some(Ok(key)) = self.material().rsa_verifier() else {
            return Err(self.no_transport());
        };
        // The crate takes no generator that can fail.
        let mut seed = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(seed.as_mut_slice())
            .map_err(|_| KeyError::Rng)?;
        let mut rng = ChaCha20Rng::from_seed(*seed);
        key.encrypt(&mut rng, Oaep::<Sha256>::new(), secret)
            .map_err(|error| KeyError::malformed("OAEP message", error))
    }

    /// Whether secrets can be encrypted for this key.
    ///
    /// # Errors
    /// As [`PublicKey::transport`].
    pub(crate) fn check_transport(&self) -> Result<(), KeyError> {
        let PublicKeyKind::Rsa { modulus_bits } = self.kind() else {
            return Err(self.no_transport());
        };
        if !(MIN_BITS..=MAX_BITS).contains(modulus_bits) {
            return Err(KeyError::RsaModulus {
                actual_bits: *modulus_bits,
                min_bits: MIN_BITS,
                max_bits: MAX_BITS,
            });
        }
        Ok(())
    }

    fn no_transport(&self) -> KeyError {
        KeyError::UnsupportedKey {
            name: format!("{} (an RSA key can be encrypted for)", self.kind()),
        }
    }
}

/// NIST SP 800-131A §6: fewer do not protect a key.
const MIN_BITS: u32 = 2048;
const MAX_BITS: u32 = 8192;
