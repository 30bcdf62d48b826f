//! The interface behind which the arithmetic lies, so that a faster engine can be put in without touching a caller.

use zeroize::Zeroizing;

use crate::key::algorithm::KeyAlgorithm;
use crate::key::digest::MessageDigest;
use crate::key::error::KeyError;
use crate::key::private::KeyPair;
use crate::key::public::PublicKey;
use crate::key::{SignJob, Signature, VerifyJob};

mod portable;

/// Where the random choices of one key come from.
pub(crate) type Seed = Zeroizing<[u8; 32]>;

/// Computes with keys, a slice at a time and in order.
///
/// Every engine gives the same octets for the same input: a key depends on its seed alone, RSASSA-PKCS1-v1_5 on key and
/// message, ECDSA on them by RFC 6979 without low-S normalisation.
pub(crate) trait Engine: Sync {
    /// One key pair a seed.
    fn generate(&self, algorithm: KeyAlgorithm, seeds: &[Seed]) -> Vec<Result<KeyPair, KeyError>>;

    /// One signature a job.
    fn sign(&self, jobs: &[SignJob<'_>]) -> Vec<Result<Signature, KeyError>>;

    /// One answer a job.
    fn verify(&self, jobs: &[VerifyJob<'_>]) -> Vec<Result<(), KeyError>>;

    /// The signature of the message with this digest.
    fn sign_digest(&self, key: &KeyPair, digest: &MessageDigest) -> Result<Signature, KeyError>;

    /// Whether the signature is that of the message with this digest.
    fn verify_digest(
        &self,
        key: &PublicKey,
        digest: &MessageDigest,
        signature: &[u8],
    ) -> Result<(), KeyError>;
}

/// The engine of this process.
pub(crate) fn engine() -> &'static dyn Engine {
    &portable::Portable
}
