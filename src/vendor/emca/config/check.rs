//! From what someone wrote to users who can call and profiles that can be issued under.

use std::sync::Arc;

use super::{EmcaProfileConfig, EmcaUserConfig, SecretText, User};
use crate::cert::{Certificate, CertificateError};
use crate::cms::WeakDigest;
use crate::profile::ProfileError;
use crate::vendor::emca::envelope::{AesKey, EmKey, KeyTextError};
use crate::vendor::emca::profile::EmcaProfile;
use crate::vendor::emca::wire::Transaction;

/// Why settings are refused; secrets are never quoted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// An attribute that is neither an identifier nor a short name.
    #[error("profile {profile:?} names {found:?}, which is no attribute: write 2.5.4.3 or CN")]
    Attribute {
        /// The profile's id.
        profile: String,
        /// What was found.
        found: String,
    },
    /// The signer's certificate is none.
    #[error("signer certificate of user {user:?} is not valid")]
    Certificate {
        /// The user's name.
        user: String,
        /// What is wrong with it.
        #[source]
        source: CertificateError,
    },
    /// A profile id stands twice.
    #[error("profile id {id:?} stands twice")]
    DuplicateProfile {
        /// The id.
        id: String,
    },
    /// A profile name stands twice.
    #[error("profile name {name:?} stands twice")]
    DuplicateProfileName {
        /// The name.
        name: String,
    },
    /// A user stands twice.
    #[error("user {name:?} stands twice")]
    DuplicateUser {
        /// The user's name.
        name: String,
    },
    /// A key is not written as one.
    #[error("key of user {user:?} cannot be read")]
    Key {
        /// The user's name.
        user: String,
        /// What is wrong with it.
        #[source]
        source: KeyTextError,
    },
    /// A name that no request can carry.
    #[error("{what} {found:?} cannot be used: {expected}")]
    Name {
        /// What it names.
        what: &'static str,
        /// The name.
        found: String,
        /// What is allowed.
        expected: &'static str,
    },
    /// Nothing, or two things, to tell a user by.
    #[error("user {user:?} has {found} of password and em_key, exactly one is required")]
    Password {
        /// The user's name.
        user: String,
        /// How many were found.
        found: &'static str,
    },
    /// The shape of the certificate cannot be.
    #[error("profile {id:?} cannot be used")]
    Profile {
        /// The profile's id.
        id: String,
        /// What is wrong with it.
        #[source]
        source: ProfileError,
    },
    /// A user whose requests nobody could verify.
    #[error("user {user:?} has no signer certificate and sends no unsigned requests either")]
    SignerAbsent {
        /// The user's name.
        user: String,
    },
    /// A string type that is not written.
    #[error(
        "profile {profile:?} names {found:?}, allowed BMPString, IA5String, NumericString, \
         PrintableString and UTF8String"
    )]
    StringType {
        /// The profile's id.
        profile: String,
        /// What was found.
        found: String,
    },
}

pub(super) fn user(config: &EmcaUserConfig) -> Result<User, ConfigError> {
    let name = &config.name;
    check_name("user name", name)?;
    if name.contains('/') {
        return Err(ConfigError::Name {
            what: "user name",
            found: name.clone(),
            expected: "no slash",
        });
    }
    let key = |source| ConfigError::Key {
        user: name.clone(),
        source,
    };
    let aes_key = AesKey::from_text(config.aes_key.expose_secret()).map_err(key)?;
    let signer = config.signer_certificate.as_ref().map(|text| {
        Certificate::from_pem(text.as_bytes()).map_err(|source| ConfigError::Certificate {
            user: name.clone(),
            source,
        })
    });
    let signer = signer.transpose()?;
    if signer.is_none() && !config.unsigned_requests {
        let user = name.clone();
        return Err(ConfigError::SignerAbsent { user });
    }
    Ok(User {
        em_key: em_key(config)?,
        aes_key,
        mode: config.mode,
        signer,
        source_addresses: config.source_addresses.clone(),
        em_key_required: config.em_key_required,
        unsigned_requests: config.unsigned_requests,
        weak_digest: match config.sha1_signatures {
            true => WeakDigest::Allow,
            false => WeakDigest::Refuse,
        },
        name: name.clone(),
    })
}

/// One thing to tell the user by; the key follows from the password, so it is all that is kept.
fn em_key(config: &EmcaUserConfig) -> Result<EmKey, ConfigError> {
    let name = &config.name;
    let wrong = |found| ConfigError::Password {
        user: name.clone(),
        found,
    };
    let text = SecretText::expose_secret;
    match (&config.password, &config.em_key) {
        (Some(password), None) => Ok(EmKey::of(name, text(password))),
        (None, Some(key)) => EmKey::from_text(text(key)).map_err(|source| ConfigError::Key {
            user: name.clone(),
            source,
        }),
        (None, None) => Err(wrong("none")),
        (Some(_), Some(_)) => Err(wrong("both")),
    }
}

pub(super) fn profiles(
    configs: &[EmcaProfileConfig],
) -> Result<Vec<Arc<EmcaProfile>>, ConfigError> {
    let mut profiles: Vec<Arc<EmcaProfile>> = Vec::with_capacity(configs.len());
    for config in configs {
        check_name("profile id", &config.id)?;
        check_name("profile name", &config.name)?;
        if profiles.iter().any(|other| other.id() == config.id) {
            let id = config.id.clone();
            return Err(ConfigError::DuplicateProfile { id });
        }
        if profiles.iter().any(|other| other.name() == config.name) {
            let name = config.name.clone();
            return Err(ConfigError::DuplicateProfileName { name });
        }
        profiles.push(Arc::new(EmcaProfile::from_config(config)?));
    }
    Ok(profiles)
}

fn check_name(what: &'static str, name: &str) -> Result<(), ConfigError> {
    let expected = if name.trim().is_empty() {
        "not blank"
    } else if name.chars().count() > Transaction::MAX_CHARACTERS {
        "at most 256 characters"
    } else if name.chars().any(char::is_control) {
        "no control characters"
    } else {
        return Ok(());
    };
    Err(ConfigError::Name {
        what,
        found: name.chars().take(80).collect(),
        expected,
    })
}
