//! Comms that certificates are made for, those who may ask, and what a deployment chooses.
//!
//! ```toml
//! key_bits = 2048
//! allow_sha1 = false
//!
//! [[comms]]
//! id = 5001
//! identifier = "MYCOMPANY-AS2"
//! network_id = 1
//! mailbox_id = 101
//! organization = "My Company"
//!
//! [[users]]
//! login = "admin"
//! password = "…"
//! api_key = "…"
//! level = "MailboxAdmin"
//! mailbox_id = 101
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::key::KeyAlgorithm;
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::access::{Caller, invalid_api_key, invalid_session};
use crate::vendor::ecgrid::check::PartnerId;
use crate::vendor::ecgrid::enums::{
    AuthLevel, CommChannel, HttpAuthType, ReceiptType, Status, UseType,
};
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::world::Comm;
use crate::vendor::p12_for::P12For;
use crate::vendor::token::TokenHash;
use crate::vendor::who;
use crate::vendor::who::WhoError;

/// The vendor's settings as they are written: plain data, nothing checked.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct EcgridConfig {
    /// Bits of the RSA keys that are generated: 2048, 3072 or 4096.
    pub key_bits: u32,
    /// Whether a request may ask for SHA-1, which the vendor advises against.
    pub allow_sha1: bool,
    /// Who imports the PFX files that are handed out.
    #[serde(skip_serializing_if = "P12For::is_default")]
    pub p12_for: P12For,
    /// The Comms.
    pub comms: Vec<CommConfig>,
    /// Who may ask; with nobody listed anyone who names any key may.
    #[serde(skip_serializing)]
    pub users: Vec<UserConfig>,
}

/// A Comm as it is written.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct CommConfig {
    /// Its number, from 1.
    pub id: i32,
    /// Its identifier: the AS2 id, the CN of its certificates.
    pub identifier: String,
    /// Its network.
    #[serde(default = "one")]
    pub network_id: i32,
    /// Its mailbox.
    #[serde(default = "one")]
    pub mailbox_id: i32,
    /// Its protocol.
    #[serde(default = "as2", rename = "type")]
    pub channel: CommChannel,
    /// Its state.
    #[serde(default = "active")]
    pub status: Status,
    /// What it carries.
    #[serde(default = "production")]
    pub use_type: UseType,
    /// Whose it is, the O of its certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Where it listens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When it was made, RFC 3339; the beginning of 2000 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// What receipt it asks for.
    #[serde(default = "signed_receipt")]
    pub receipt: ReceiptType,
}

/// A user as it is written; of secrets only hashes are kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct UserConfig {
    /// `LoginName`.
    pub login: String,
    /// `Password`; without it nobody logs in.
    #[serde(default)]
    pub password: Option<TokenHash>,
    /// The API key; without it there is none.
    #[serde(default)]
    pub api_key: Option<TokenHash>,
    /// What the user may do.
    pub level: AuthLevel,
    /// The only network that the user sees.
    #[serde(default)]
    pub network_id: Option<i32>,
    /// The only mailbox that the user sees.
    #[serde(default)]
    pub mailbox_id: Option<i32>,
}

/// The vendor's settings, checked.
///
/// Invariant: no Comm stands twice, each has a number from 1 and names that fit a certificate; keys are of a size that
/// can be generated.
#[derive(Clone, Debug)]
pub struct Ecgrid {
    config: EcgridConfig,
    key_algorithm: KeyAlgorithm,
    comms: BTreeMap<i32, Comm>,
}

/// Why settings are refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A Comm stands twice.
    #[error("comm {id} stands twice")]
    DuplicateComm {
        /// The Comm.
        id: i32,
    },
    /// A login stands twice.
    #[error("user {login:?} stands twice")]
    DuplicateUser {
        /// The login.
        login: String,
    },
    /// A Comm's number.
    #[error("comm id {found}, allowed from 1")]
    Id {
        /// The number.
        found: i32,
    },
    /// Keys of a size that nothing here makes.
    #[error("key_bits {found}, allowed 2048, 3072 and 4096")]
    KeyBits {
        /// The size.
        found: u32,
    },
    /// A text that does not fit a certificate.
    #[error("{field} {found:?} of comm {id}, expected {expected}")]
    Text {
        /// The Comm.
        id: i32,
        /// The field.
        field: &'static str,
        /// The text.
        found: String,
        /// What fits.
        expected: &'static str,
    },
}

impl Default for EcgridConfig {
    /// Keys of 2,048 bits, no SHA-1, no Comm and nobody who asks.
    fn default() -> Self {
        Self {
            key_bits: 2048,
            allow_sha1: false,
            p12_for: P12For::default(),
            comms: Vec::new(),
            users: Vec::new(),
        }
    }
}

impl Ecgrid {
    /// Checks settings.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn from_config(config: EcgridConfig) -> Result<Self, ConfigError> {
        let key_algorithm = match config.key_bits {
            2048 => KeyAlgorithm::Rsa2048,
            3072 => KeyAlgorithm::Rsa3072,
            4096 => KeyAlgorithm::Rsa4096,
            found => return Err(ConfigError::KeyBits { found }),
        };
        let mut comms = BTreeMap::new();
        for comm in &config.comms {
            if comms.insert(comm.id, checked(comm)?).is_some() {
                return Err(ConfigError::DuplicateComm { id: comm.id });
            }
        }
        let mut logins: Vec<_> = config.users.iter().map(|user| &user.login).collect();
        logins.sort_unstable();
        let twice = logins.array_windows().find(|[one, other]| one == other);
        if let Some([login, _]) = twice {
            return Err(ConfigError::DuplicateUser {
                login: (*login).clone(),
            });
        }
        Ok(Self {
            config,
            key_algorithm,
            comms,
        })
    }

    /// The settings as they were written.
    #[must_use]
    pub fn config(&self) -> &EcgridConfig {
        &self.config
    }

    /// The kind of key that is generated.
    #[must_use]
    pub fn key_algorithm(&self) -> KeyAlgorithm {
        self.key_algorithm
    }

    /// A Comm by its number.
    #[must_use]
    pub fn comm(&self, id: i32) -> Option<&Comm> {
        self.comms.get(&id)
    }

    /// Every Comm, by rising number.
    pub fn comms(&self) -> impl Iterator<Item = &Comm> {
        self.comms.values()
    }

    /// Who asks on this machine: the user of this login, or the only one; where there are none, whoever holds the
    /// workspace.
    ///
    /// # Errors
    /// [`WhoError`].
    pub fn on_this_machine(&self, login: Option<&str>) -> Result<Caller, WhoError> {
        let users = &self.config.users;
        let logins: Vec<_> = users.iter().map(|user| user.login.as_str()).collect();
        let login = who::one_of("user", login, &logins)?;
        let user = users.iter().find(|user| Some(user.login.as_str()) == login);
        Ok(user.map_or_else(Caller::local, UserConfig::caller))
    }

    /// Who asks with an API key, given as `X-API-Key` or as `SessionID`.
    ///
    /// # Errors
    /// `InvalidAPIKey`.
    pub fn by_api_key(&self, key: Option<&str>) -> Result<Caller, Refusal> {
        let key = key.filter(|key| !key.is_empty());
        let key = key.ok_or_else(|| invalid_api_key("no key"))?;
        if self.config.users.is_empty() {
            return Ok(Caller::local());
        }
        let hash = Some(TokenHash::of(key));
        let mut users = self.config.users.iter();
        let user = users.find(|user| user.api_key == hash);
        user.map(UserConfig::caller)
            .ok_or_else(|| invalid_api_key("an unknown key"))
    }

    /// Who logs in (`Login`); the session is to be handed out by whoever asks here.
    ///
    /// # Errors
    /// `InvalidSession`, whichever of the two was wrong.
    pub fn login(&self, login: &str, password: &str) -> Result<Caller, Refusal> {
        if self.config.users.is_empty() {
            return Ok(Caller::local());
        }
        let hash = Some(TokenHash::of(password));
        let mut users = self.config.users.iter();
        let user = users.find(|user| user.login == login && user.password == hash);
        user.map(UserConfig::caller).ok_or_else(invalid_session)
    }
}

impl UserConfig {
    fn caller(&self) -> Caller {
        Caller {
            level: self.level,
            network_id: self.network_id,
            mailbox_id: self.mailbox_id,
        }
    }
}

fn checked(config: &CommConfig) -> Result<Comm, ConfigError> {
    let CommConfig {
        id,
        identifier,
        network_id,
        mailbox_id,
        channel,
        status,
        use_type,
        organization,
        url,
        created,
        receipt,
    } = config;
    let wrong = |field, found: &str, expected| ConfigError::Text {
        id: *id,
        field,
        found: found.chars().take(200).collect(),
        expected,
    };
    if *id < 1 {
        return Err(ConfigError::Id { found: *id });
    }
    if PartnerId::new(identifier).is_none() {
        let expected = "1 to 64 printable ASCII characters, no space at either end";
        return Err(wrong("identifier", identifier, expected));
    }
    let too_long = |text: &&String| !(1..=64).contains(&text.chars().count());
    if let Some(organization) = organization.as_ref().filter(too_long) {
        return Err(wrong("organization", organization, "1 to 64 characters"));
    }
    let created = created.as_deref().unwrap_or(CREATED);
    let created: UnixSeconds = created
        .parse()
        .map_err(|_| wrong("created", created, "an RFC 3339 time"))?;
    Ok(Comm {
        id: *id,
        identifier: identifier.clone(),
        network_id: *network_id,
        mailbox_id: *mailbox_id,
        channel: *channel,
        status: *status,
        use_type: *use_type,
        organization: organization.clone(),
        url: url.clone(),
        created,
        sign_data: true,
        encrypt_data: true,
        compress_data: false,
        receipt: *receipt,
        http_authentication: HttpAuthType::None,
        ssl_client_authentication: false,
    })
}

fn one() -> i32 {
    1
}

fn as2() -> CommChannel {
    CommChannel::As2
}

fn active() -> Status {
    Status::Active
}

fn production() -> UseType {
    UseType::Production
}

fn signed_receipt() -> ReceiptType {
    ReceiptType::SynchronousSigned
}

const CREATED: &str = "2000-01-01T00:00:00Z";

#[cfg(test)]
mod tests;
