//! Users and profiles that a deployment registers.
//!
//! ```toml
//! [[users]]
//! name = "apiuser"
//! em_key = "772a2b5a1909603fae1b8efad45571069ce5ab6f"   # or: password = "apipass"
//! aes_key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
//! signer_certificate = """
//! -----BEGIN CERTIFICATE-----
//! …
//! """
//!
//! [[profiles]]
//! id = "3"
//! name = "tls"
//! ```

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::cert::Certificate;
use crate::cms::WeakDigest;
use crate::profile::ProfileConfig;
use crate::vendor::emca::envelope::{AesKey, CipherMode, EmKey};
use crate::vendor::emca::grammar::UtcOffset;
use crate::vendor::emca::profile::EmcaProfile;
use crate::vendor::p12_for::P12For;

pub use crate::vendor::token::SecretText;
pub use check::ConfigError;

mod check;
mod local;

/// The vendor's settings as they are written: plain data, nothing checked. Secrets are read and never written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmcaConfig {
    /// Who may call.
    pub users: Vec<EmcaUserConfig>,
    /// What is issued.
    pub profiles: Vec<EmcaProfileConfig>,
}

/// A user as it is written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmcaUserConfig {
    /// `userName`; never with a slash.
    pub name: String,
    /// The password; not needed when `em_key` is given.
    #[serde(default, skip_serializing)]
    pub password: Option<SecretText>,
    /// SHA-1 of `name:password`, which says as much as the password does.
    #[serde(default, skip_serializing)]
    pub em_key: Option<SecretText>,
    /// The AES-256 key, 64 hexadecimal digits or base64 of 32 octets.
    #[serde(skip_serializing)]
    pub aes_key: SecretText,
    /// How `requestData` is encrypted.
    #[serde(default)]
    pub mode: CipherMode,
    /// PEM of the certificate whose key signs the user's requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer_certificate: Option<String>,
    /// Addresses that the user calls from; any when there is none.
    #[serde(default)]
    pub source_addresses: Vec<IpAddr>,
    /// Whether a call over the network must bear the `emKey` header, as the page has it; one sample bears none.
    #[serde(default = "yes")]
    pub em_key_required: bool,
    /// Whether bare requests in `csrData` are taken.
    #[serde(default)]
    pub unsigned_requests: bool,
    /// Whether a signature over a SHA-1 digest is taken.
    #[serde(default)]
    pub sha1_signatures: bool,
}

/// A profile as it is written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EmcaProfileConfig {
    /// `profileID`.
    pub id: String,
    /// The profile's name.
    pub name: String,
    /// The CA that issues, by its name in the workspace; the current RSA one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// Days when no `validity` is given, or when it does not count.
    #[serde(default = "default_days")]
    pub default_days: u32,
    /// The most days that `validity` may ask for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_days: Option<u32>,
    /// "Support Customize Validity": without it `validity` does not count.
    #[serde(default = "yes")]
    pub customise_validity: bool,
    /// What happens when a certificate would outlive its CA.
    #[serde(default)]
    pub past_ca: PastCa,
    /// "Is Manual Authorization Enabled": somebody must release each certificate.
    #[serde(default)]
    pub manual_authorization: bool,
    /// The zone of `validFrom`.
    #[serde(default)]
    pub utc_offset: UtcOffset,
    /// Whether a country of more than two letters is taken, as the page's example has one.
    #[serde(default)]
    pub lenient_country: bool,
    /// Whether alternative names are taken.
    #[serde(default = "yes")]
    pub subject_alt_names: bool,
    /// String types of attributes, by identifier or short name, where they are not the usual ones.
    #[serde(default)]
    pub string_types: BTreeMap<String, String>,
    /// Attributes that a subject must have, by identifier or short name.
    #[serde(default)]
    pub mandatory_attributes: Vec<String>,
    /// Subject keys allowed; all when empty.
    #[serde(default)]
    pub subject_keys: Vec<String>,
    /// Signature algorithms, the first that fits the CA's key is used; SHA-256 when empty.
    #[serde(default)]
    pub signature_algorithms: Vec<String>,
    /// As the vendor's sample has it, and against RFC 5280: key identifiers critical.
    #[serde(default)]
    pub critical_key_identifiers: bool,
    /// As the vendor's sample has it: `anyExtendedKeyUsage` beside the two purposes.
    #[serde(default)]
    pub any_extended_key_usage: bool,
    /// Who imports the PFX files of keys that are made here.
    #[serde(default, skip_serializing_if = "P12For::is_default")]
    pub p12_for: P12For,
    /// Another shape of the certificate, whole; the settings about keys and extensions above do not touch it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<ProfileConfig>,
}

/// What happens when a certificate would outlive its CA.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum PastCa {
    /// It ends with the CA's last second.
    Clamp,
    /// `Invalid validity`.
    #[default]
    Refuse,
}

/// The vendor's settings, checked.
///
/// Invariant: no user, no profile id and no profile name stands twice; every key, certificate and profile is one.
#[derive(Debug)]
pub struct Emca {
    config: EmcaConfig,
    users: HashMap<String, User>,
    profiles: Vec<Arc<EmcaProfile>>,
}

/// A registered user.
#[derive(Debug)]
pub struct User {
    pub(super) name: String,
    pub(super) em_key: EmKey,
    pub(super) aes_key: AesKey,
    pub(super) mode: CipherMode,
    pub(super) signer: Option<Certificate>,
    pub(super) source_addresses: Vec<IpAddr>,
    pub(super) em_key_required: bool,
    pub(super) unsigned_requests: bool,
    pub(super) weak_digest: WeakDigest,
}

impl Default for EmcaConfig {
    /// Nobody may call; one profile.
    fn default() -> Self {
        Self {
            users: Vec::new(),
            profiles: vec![EmcaProfileConfig::new("1", "default")],
        }
    }
}

impl EmcaProfileConfig {
    /// A profile with every setting as it is when it is not written.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            ca: None,
            default_days: default_days(),
            maximum_days: None,
            customise_validity: true,
            past_ca: PastCa::default(),
            manual_authorization: false,
            utc_offset: UtcOffset::default(),
            lenient_country: false,
            subject_alt_names: true,
            string_types: BTreeMap::new(),
            mandatory_attributes: Vec::new(),
            subject_keys: Vec::new(),
            signature_algorithms: Vec::new(),
            critical_key_identifiers: false,
            any_extended_key_usage: false,
            p12_for: P12For::default(),
            certificate: None,
        }
    }
}

impl Emca {
    /// Checks settings.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn from_config(config: EmcaConfig) -> Result<Self, ConfigError> {
        let mut users = HashMap::new();
        for user in &config.users {
            let user = check::user(user)?;
            if let Some(twice) = users.insert(user.name.clone(), user) {
                return Err(ConfigError::DuplicateUser { name: twice.name });
            }
        }
        let profiles = check::profiles(&config.profiles)?;
        Ok(Self {
            config,
            users,
            profiles,
        })
    }

    /// The settings as they were written.
    #[must_use]
    pub fn config(&self) -> &EmcaConfig {
        &self.config
    }

    /// A user by name.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.get(name)
    }

    /// The profiles in their order.
    #[must_use]
    pub fn profiles(&self) -> &[Arc<EmcaProfile>] {
        &self.profiles
    }

    /// A profile by its id.
    #[must_use]
    pub fn profile(&self, id: &str) -> Option<&Arc<EmcaProfile>> {
        self.profiles.iter().find(|profile| profile.id() == id)
    }

    /// A profile by its name.
    #[must_use]
    pub fn profile_of_name(&self, name: &str) -> Option<&Arc<EmcaProfile>> {
        self.profiles.iter().find(|profile| profile.name() == name)
    }
}

impl User {
    /// The user's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key that the user shares with the service.
    #[must_use]
    pub fn aes_key(&self) -> &AesKey {
        &self.aes_key
    }

    /// How the user's requests are encrypted.
    #[must_use]
    pub fn mode(&self) -> CipherMode {
        self.mode
    }

    /// The certificate whose key signs the user's requests.
    #[must_use]
    pub fn signer(&self) -> Option<&Certificate> {
        self.signer.as_ref()
    }
}

fn yes() -> bool {
    true
}

/// The lifetime of the vendor's sample, to the second.
fn default_days() -> u32 {
    730
}

#[cfg(test)]
mod tests;
