//! The shape of a station's certificate: `station.toml`, or `station-ca.toml` for software that expects a CA's.

use serde::{Deserialize, Serialize};

use crate::key::SignatureAlgorithm;
use crate::profile::{Profile, ProfileConfig, ProfileError};

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

/// The profile of a station's certificates, with whatever hash.
///
/// # Errors
/// None with the texts that are built in; [`ProfileError`] is what reading a profile may say.
pub fn station(role: Role, sha1: Sha1) -> Result<Profile, ProfileError> {
    let mut config: ProfileConfig =
        toml::from_str(role.toml()).map_err(|error| ProfileError::Syntax {
            reason: error.to_string(),
        })?;
    if sha1 == Sha1::Refused {
        let sha1 = SignatureAlgorithm::Sha1WithRsa.to_string();
        config.signature_algorithms.retain(|name| *name != sha1);
    }
    Profile::from_config(config)
}
