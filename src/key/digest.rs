//! Signatures over messages that are too long to be held: hashed as they come, signed by their digest.

use std::fmt;
use std::io;
use std::io::Write;

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::key::Signature;
use crate::key::algorithm::SignatureAlgorithm;
use crate::key::engine;
use crate::key::error::KeyError;
use crate::key::private::KeyPair;
use crate::key::public::PublicKey;

/// Takes a message in pieces.
#[derive(Clone)]
pub struct MessageHasher {
    algorithm: SignatureAlgorithm,
    state: State,
}

#[derive(Clone)]
enum State {
    Sha1(Sha1),
    Sha256(Sha256),
    Sha384(Sha384),
    Sha512(Sha512),
}

/// The hash of a message, as a signature algorithm takes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MessageDigest {
    algorithm: SignatureAlgorithm,
    octets: Vec<u8>,
}

impl MessageHasher {
    /// A message without octets, to be signed with this algorithm.
    #[must_use]
    pub fn new(algorithm: SignatureAlgorithm) -> Self {
        let state = match algorithm {
            SignatureAlgorithm::Sha1WithRsa => State::Sha1(Sha1::new()),
            SignatureAlgorithm::Sha384WithRsa => State::Sha384(Sha384::new()),
            SignatureAlgorithm::Sha512WithRsa => State::Sha512(Sha512::new()),
            SignatureAlgorithm::EcdsaWithSha256 | SignatureAlgorithm::Sha256WithRsa => {
                State::Sha256(Sha256::new())
            }
        };
        Self { algorithm, state }
    }

    /// Adds to the message.
    pub fn update(&mut self, octets: &[u8]) {
        match &mut self.state {
            State::Sha1(state) => state.update(octets),
            State::Sha256(state) => state.update(octets),
            State::Sha384(state) => state.update(octets),
            State::Sha512(state) => state.update(octets),
        }
    }

    /// The digest of the whole message.
    #[must_use]
    pub fn finish(self) -> MessageDigest {
        let octets = match self.state {
            State::Sha1(state) => state.finalize().to_vec(),
            State::Sha256(state) => state.finalize().to_vec(),
            State::Sha384(state) => state.finalize().to_vec(),
            State::Sha512(state) => state.finalize().to_vec(),
        };
        MessageDigest {
            algorithm: self.algorithm,
            octets,
        }
    }
}

impl Write for MessageHasher {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.update(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for MessageHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MessageHasher({})", self.algorithm)
    }
}

impl MessageDigest {
    /// Of a message that is held.
    pub(super) fn of(algorithm: SignatureAlgorithm, message: &[u8]) -> Self {
        let mut hasher = MessageHasher::new(algorithm);
        hasher.update(message);
        hasher.finish()
    }

    /// The algorithm that it is for.
    #[must_use]
    pub fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.octets
    }

    /// DER of the `DigestInfo` (RFC 8017 §9.2); nothing for ECDSA, which has none.
    #[cfg(any(feature = "lanes", feature = "pkcs11"))]
    pub(super) fn digest_info(&self) -> Option<Vec<u8>> {
        // RFC 8017 §9.2 note 1: the octets before the digest.
        let prefix: &[u8] = match self.algorithm {
            SignatureAlgorithm::EcdsaWithSha256 => return None,
            SignatureAlgorithm::Sha1WithRsa => {
                b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"
            }
            SignatureAlgorithm::Sha256WithRsa => {
                b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"
            }
            SignatureAlgorithm::Sha384WithRsa => {
                b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30"
            }
            SignatureAlgorithm::Sha512WithRsa => {
                b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"
            }
        };
        Some([prefix, &self.octets].concat())
    }
}

/// Signs a message by its digest; the signature is that of [`sign`](crate::key::sign) over the whole message.
///
/// # Errors
/// [`KeyError::AlgorithmMismatch`], [`KeyError::Rng`], [`KeyError::Signing`].
pub fn sign_digest(key: &KeyPair, digest: &MessageDigest) -> Result<Signature, KeyError> {
    engine::sign_digest(key, digest)
}

/// Verifies a message's signature by its digest.
///
/// # Errors
/// As [`verify`](crate::key::verify).
pub fn verify_digest(
    key: &PublicKey,
    digest: &MessageDigest,
    signature: &[u8],
) -> Result<(), KeyError> {
    engine::verify_digest(key, digest, signature)
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::key;
    use crate::key::{KeyAlgorithm, SignJob};

    #[test]
    fn a_message_in_pieces_is_signed_as_the_whole() {
        let mut rng = ChaCha20Rng::from_seed([5; 32]);
        let message = b"certificate list".repeat(10);
        for (kind, algorithms) in [
            (
                KeyAlgorithm::Rsa2048,
                &[
                    SignatureAlgorithm::Sha1WithRsa,
                    SignatureAlgorithm::Sha256WithRsa,
                    SignatureAlgorithm::Sha384WithRsa,
                    SignatureAlgorithm::Sha512WithRsa,
                ][..],
            ),
            (KeyAlgorithm::P256, &[SignatureAlgorithm::EcdsaWithSha256]),
        ] {
            let key = key::generate(kind, 1, &mut rng).remove(0).unwrap();
            for algorithm in algorithms {
                let mut hasher = MessageHasher::new(*algorithm);
                message.chunks(7).for_each(|piece| hasher.update(piece));
                let digest = hasher.finish();
                let signature = sign_digest(&key, &digest).unwrap();
                let job = SignJob {
                    key: &key,
                    algorithm: *algorithm,
                    message: &message,
                };
                assert_eq!(key::sign(&[job]), [Ok(signature.clone())]);
                let verified =
                    |digest| verify_digest(key.public_key(), digest, signature.as_bytes());
                assert_eq!(verified(&digest), Ok(()));
                let other = MessageDigest::of(*algorithm, b"another");
                assert_eq!(verified(&other), Err(KeyError::SignatureInvalid));
            }
        }
    }

    #[test]
    fn a_digest_for_another_kind_of_key_is_refused() {
        let mut rng = ChaCha20Rng::from_seed([6; 32]);
        let key = key::generate(KeyAlgorithm::P256, 1, &mut rng)
            .remove(0)
            .unwrap();
        let digest = MessageHasher::new(SignatureAlgorithm::Sha256WithRsa).finish();
        let error = sign_digest(&key, &digest).unwrap_err();
        assert!(
            matches!(error, KeyError::AlgorithmMismatch { .. }),
            "{error:?}"
        );
    }
}
