//! The shapes of certificates, one for each usage: `signature.toml` and its siblings.

use crate::key::SignatureAlgorithm;
use crate::profile::{Profile, ProfileConfig, ProfileError};
use crate::vendor::ecgrid::enums::{CertificateUsage, SecureHashAlgorithm};

/// Whether SHA-1 may sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Sha1 {
    /// As the vendor has it, who advises against it.
    Allowed,
    /// Refused.
    Refused,
}

/// The profile of a usage as it is written, for those who vary it.
#[must_use]
pub fn toml(usage: CertificateUsage) -> &'static str {
    match usage {
        CertificateUsage::Ssl => include_str!("ssl.toml"),
        CertificateUsage::Encryption => include_str!("encryption.toml"),
        CertificateUsage::Signature => include_str!("signature.toml"),
        CertificateUsage::EncryptionAndSignature => include_str!("encryption-and-signature.toml"),
    }
}

/// The profile of certificates for a usage, with whatever hash.
///
/// # Errors
/// None with the texts that are built in; [`ProfileError`] is what reading a profile may say.
pub fn of_usage(usage: CertificateUsage, sha1: Sha1) -> Result<Profile, ProfileError> {
    let mut config: ProfileConfig =
        toml::from_str(toml(usage)).map_err(|error| ProfileError::Syntax {
            reason: error.to_string(),
        })?;
    if sha1 == Sha1::Refused {
        let sha1 = SignatureAlgorithm::Sha1WithRsa.to_string();
        config.signature_algorithms.retain(|name| *name != sha1);
    }
    Profile::from_config(config)
}

/// The profile of certificates for a usage, signed with a hash.
///
/// # Errors
/// [`ProfileError::Contradiction`] for SHA-1 where it is refused.
pub fn profile(
    usage: CertificateUsage,
    hash: SecureHashAlgorithm,
    sha1: Sha1,
) -> Result<Profile, ProfileError> {
    of_usage(usage, sha1)?.with_signature_algorithm(hash.signature_algorithm())
}
