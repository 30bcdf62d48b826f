//! Stations that certificates are made for, their partners, the tokens of those who may ask, and what a deployment
//! chooses.
//!
//! ```toml
//! allow_sha1 = false
//! role = "end-entity"
//!
//! [[stations]]
//! id = 62
//! name = "My station"
//! as2id = "MYCOMPANY"
//! country_name = "ES"
//! locality_name = "Madrid"
//!
//! [[partners]]
//! id = 140
//! name = "A partner"
//! station = 62
//!
//! [[tokens]]
//! token = "…"
//! scopes = ["read", "write"]
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::vendor::as2expert::access::{Caller, DEFAULT_SITE, Scope, invalid_token};
use crate::vendor::as2expert::check::subject_fields;
use crate::vendor::as2expert::error::Refusal;
use crate::vendor::as2expert::profile::Role;
use crate::vendor::as2expert::world::{MessageSettings, Partner, Station, SubjectFields};
use crate::vendor::token::TokenHash;
use crate::vendor::who;
use crate::vendor::who::WhoError;

/// The vendor's settings as they are written: plain data, nothing checked.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct As2ExpertConfig {
    /// Whether a request may ask for SHA-1.
    pub allow_sha1: bool,
    /// Whether certificates say that they are a CA's.
    pub role: Role,
    /// The stations.
    pub stations: Vec<StationConfig>,
    /// Their partners.
    pub partners: Vec<PartnerConfig>,
    /// Who may ask; with nobody listed anyone who names any token may.
    #[serde(skip_serializing)]
    pub tokens: Vec<TokenConfig>,
}

/// A station as it is written; the subject fields are its defaults.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct StationConfig {
    /// Its number, from 1.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// Its AS2 id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as2id: Option<String>,
    /// The site it belongs to.
    #[serde(default = "site")]
    pub site: String,
    /// `email`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// `countryName`; ES when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_name: Option<String>,
    /// `localityName`; Madrid when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locality_name: Option<String>,
    /// `provinceName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub province_name: Option<String>,
    /// `organization`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// `organizationUnitName`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization_unit_name: Option<String>,
}

/// A partner as it is written.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct PartnerConfig {
    /// Its number, from 1.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The station that it exchanges messages with.
    pub station: i64,
}

/// A token as it is written; only its hash is kept.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct TokenConfig {
    /// The token.
    pub token: TokenHash,
    /// What it allows.
    pub scopes: Vec<Scope>,
    /// The site that it opens.
    #[serde(default = "site")]
    pub site: String,
}

/// The vendor's settings, checked.
///
/// Invariant: no station, partner or token stands twice, each partner has its station, and what a station would put
/// into a subject fits one.
#[derive(Clone, Debug)]
pub struct As2Expert {
    config: As2ExpertConfig,
    stations: BTreeMap<i64, Station>,
    partners: BTreeMap<i64, Partner>,
}

/// Why settings are refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A number stands twice.
    #[error("{what} {id} stands twice")]
    Duplicate {
        /// What it is the number of.
        what: &'static str,
        /// The number.
        id: i64,
    },
    /// A token stands twice.
    #[error("a token stands twice")]
    DuplicateToken,
    /// A number that none can be.
    #[error("{what} id {found}, allowed from 1")]
    Id {
        /// What it is the number of.
        what: &'static str,
        /// The number.
        found: i64,
    },
    /// A partner of no station.
    #[error("partner {id} belongs to station {found}, which is not there")]
    NoStation {
        /// The partner.
        id: i64,
        /// The station it names.
        found: i64,
    },
    /// A text that does not fit a certificate.
    #[error("{field} of station {id}: found {found}, expected {expected}")]
    Text {
        /// The station.
        id: i64,
        /// The field, by its name in requests.
        field: String,
        /// The text.
        found: String,
        /// What fits.
        expected: String,
    },
}

impl As2Expert {
    /// Checks settings.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn from_config(config: As2ExpertConfig) -> Result<Self, ConfigError> {
        let mut stations = BTreeMap::new();
        for station in &config.stations {
            let id = station.id;
            check_id("station", id)?;
            if stations.insert(id, checked(station)?).is_some() {
                return Err(ConfigError::Duplicate {
                    what: "station",
                    id,
                });
            }
        }
        let mut partners = BTreeMap::new();
        for PartnerConfig { id, name, station } in &config.partners {
            check_id("partner", *id)?;
            if !stations.contains_key(station) {
                return Err(ConfigError::NoStation {
                    id: *id,
                    found: *station,
                });
            }
            let partner = Partner {
                id: *id,
                name: name.clone(),
                station_id: *station,
            };
            if partners.insert(*id, partner).is_some() {
                return Err(ConfigError::Duplicate {
                    what: "partner",
                    id: *id,
                });
            }
        }
        let mut tokens = config.tokens.iter();
        while let Some(one) = tokens.next() {
            if tokens.clone().any(|other| other.token == one.token) {
                return Err(ConfigError::DuplicateToken);
            }
        }
        Ok(Self {
            config,
            stations,
            partners,
        })
    }

    /// The settings as they were written.
    #[must_use]
    pub fn config(&self) -> &As2ExpertConfig {
        &self.config
    }

    /// A station by its number.
    #[must_use]
    pub fn station(&self, id: i64) -> Option<&Station> {
        self.stations.get(&id)
    }

    /// Every station, by rising number.
    pub fn stations(&self) -> impl Iterator<Item = &Station> {
        self.stations.values()
    }

    /// The partners of a station, by rising number.
    pub fn partners_of(&self, station: i64) -> impl Iterator<Item = &Partner> {
        let partners = self.partners.values();
        partners.filter(move |partner| partner.station_id == station)
    }

    /// Who asks on this machine: whoever holds this site, or the only one.
    ///
    /// # Errors
    /// [`WhoError`].
    pub fn on_this_machine(&self, site: Option<&str>) -> Result<Caller, WhoError> {
        let mut sites: Vec<_> = self.stations().map(|one| one.site.as_str()).collect();
        sites.sort_unstable();
        sites.dedup();
        let site = who::one_of("site", site, &sites)?;
        Ok(site.map_or_else(Caller::local, |site| Caller::of_site(site, &[Scope::Admin])))
    }

    /// Who asks with a token, without `Bearer` before it.
    ///
    /// # Errors
    /// `Invalid token`.
    pub fn by_token(&self, token: Option<&str>) -> Result<Caller, Refusal> {
        let token = token.filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| invalid_token("no token"))?;
        if self.config.tokens.is_empty() {
            return Ok(Caller::local());
        }
        let hash = TokenHash::of(token);
        let mut tokens = self.config.tokens.iter();
        let known = tokens.find(|known| known.token == hash);
        let known = known.ok_or_else(|| invalid_token("an unknown token"))?;
        Ok(Caller::of_site(&known.site, &known.scopes))
    }
}

/// Name and AS2 id of a station become the common name where a request has none, so the one that would must fit.
fn checked(config: &StationConfig) -> Result<Station, ConfigError> {
    let StationConfig {
        id,
        name,
        as2id,
        site,
        email,
        country_name,
        locality_name,
        province_name,
        organization,
        organization_unit_name,
    } = config;
    let fields = SubjectFields {
        country_name: country_name.clone(),
        province_name: province_name.clone(),
        locality_name: locality_name.clone(),
        organization: organization.clone(),
        organization_unit_name: organization_unit_name.clone(),
        common_name: Some(as2id.as_ref().unwrap_or(name).clone()),
        email: email.clone(),
    };
    let (defaults, faults) = subject_fields(&fields);
    if let Some(fault) = faults.first() {
        let finding = fault.finding();
        return Err(ConfigError::Text {
            id: *id,
            field: finding.field().to_owned(),
            found: finding.found().to_owned(),
            expected: finding.expected().to_owned(),
        });
    }
    Ok(Station {
        id: *id,
        name: name.clone(),
        as2id: as2id.clone(),
        site: site.clone(),
        defaults,
        messages: MessageSettings::default(),
    })
}

fn check_id(what: &'static str, found: i64) -> Result<(), ConfigError> {
    if found < 1 {
        return Err(ConfigError::Id { what, found });
    }
    Ok(())
}

fn site() -> String {
    DEFAULT_SITE.to_owned()
}

#[cfg(test)]
mod tests;
