//! The shape of a station's certificate: `station.toml`, or `station-ca.toml` for software that expects a CA's.

use serde::{Deserialize, Serialize};

use crate::key::SignatureAlgorithm;
use crate::profile::{ExtensionConfig, Profile, ProfileConfig, ProfileError};
use crate::vendor::rollover::Purpose;

/// Whether a station's certificate says that it is a CA's.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// `cA` TRUE and `keyCertSign`, as OpenSSL makes it when nobody says otherwise.
    Ca,
    /// `cA` FALSE: the key is for messages.
    #[default]
    EndEntity,
}

/// Whether SHA-1 may sign.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third way")]
pub enum Sha1 {
    /// When a request asks for it.
    Allowed,
    /// Refused.
    Refused,
}

impl Role {
    /// The profile as it is written, for those who vary it.
    #[must_use]
    pub fn toml(self) -> &'static str {
        match self {
            Self::Ca => include_str!("station-ca.toml"),
            Self::EndEntity => include_str!("station.toml"),
        }
    }
}

/// The profile of a station's certificates that sign and encrypt, with whatever hash.
///
/// # Errors
/// None with the texts that are built in; [`ProfileError`] is what reading a profile may say.
pub fn station(role: Role, sha1: Sha1) -> Result<Profile, ProfileError> {
    of_purpose(role, Purpose::Both, sha1)
}

/// The same for what a certificate is for: where signing and encryption are apart, each has the bits of its own.
///
/// # Errors
/// As [`station`].
pub fn of_purpose(role: Role, purpose: Purpose, sha1: Sha1) -> Result<Profile, ProfileError> {
    let mut config: ProfileConfig =
        toml::from_str(role.toml()).map_err(|error| ProfileError::Syntax {
            reason: error.to_string(),
        })?;
    if sha1 == Sha1::Refused {
        let sha1 = SignatureAlgorithm::Sha1WithRsa.to_string();
        config.signature_algorithms.retain(|name| *name != sha1);
    }
    let left_out: &[&str] = match purpose {
        Purpose::Both => &[],
        Purpose::Encryption => &["digitalSignature"],
        Purpose::Signing => &["keyEncipherment", "dataEncipherment"],
    };
    for extension in &mut config.extensions {
        if let ExtensionConfig::KeyUsage { bits, .. } = extension {
            bits.retain(|bit| !left_out.contains(&bit.as_str()));
        }
    }
    Profile::from_config(config)
}
