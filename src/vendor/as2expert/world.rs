//! What the rules ask about the world: stations, partners, certificates, and what a station uses.

use std::error::Error;

use crate::cert::Certificate;
use crate::vendor::as2expert::HashAlgorithm;
use crate::vendor::as2expert::lifecycle::StationUsage;

/// What the rules ask; answered by whatever knows the stations and keeps the certificates.
pub trait World {
    /// Stations by their ids, as many as asked for and in order; `None` where there is none.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `DB error: internal detail`.
    fn stations(&self, ids: &[i64]) -> Result<Vec<Option<Station>>, WorldError>;

    /// Every station, by rising id.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `DB error: internal detail`.
    fn all_stations(&self) -> Result<Vec<Station>, WorldError>;

    /// The partners that a station exchanges messages with, by rising id.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `DB error: internal detail`.
    fn partners_of(&self, station: i64) -> Result<Vec<Partner>, WorldError>;

    /// A certificate by its id.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `DB error: internal detail`.
    fn certificate(&self, id: i64) -> Result<Option<Held>, WorldError>;

    /// The certificates of a station, by rising id.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `DB error: internal detail`.
    fn certificates_of(&self, station: i64) -> Result<Vec<Held>, WorldError>;

    /// What was last said of a station's current and next certificate.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `DB error: internal detail`.
    fn usage_of(&self, station: i64) -> Result<StationUsage, WorldError>;
}

/// Why the world does not answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub struct WorldError(#[source] Box<dyn Error + Send + Sync>);

/// A station: one AS2 identity of a site.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who know stations"
)]
pub struct Station {
    /// Its number, from 1.
    pub id: i64,
    /// Its name (`nombre`).
    pub name: String,
    /// Its AS2 id (`as2id`).
    pub as2id: Option<String>,
    /// The site it belongs to.
    pub site: String,
    /// What its certificates' subjects have where a request says nothing.
    pub defaults: SubjectFields,
    /// What its messages have, where it was said.
    pub messages: MessageSettings,
}

/// What a station's messages have.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the vendor's fields")]
pub struct MessageSettings {
    /// `certificate_id`: the certificate that it began with, of another station of its site.
    pub certificate: Option<i64>,
    /// `encryption`.
    pub encryption: Option<&'static str>,
    /// `signature`.
    pub signature: Option<HashAlgorithm>,
}

/// The subject fields of a request, or of a station's defaults.
///
/// Where they come from a checked request or a checked configuration, each that is there fits its attribute.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the vendor's fields")]
pub struct SubjectFields {
    /// `countryName`.
    pub country_name: Option<String>,
    /// `provinceName`.
    pub province_name: Option<String>,
    /// `localityName`.
    pub locality_name: Option<String>,
    /// `organization`.
    pub organization: Option<String>,
    /// `organizationUnitName`.
    pub organization_unit_name: Option<String>,
    /// `commonName`.
    pub common_name: Option<String>,
    /// `email`.
    pub email: Option<String>,
}

/// A partner of a station.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who know partners"
)]
pub struct Partner {
    /// Its number, from 1.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The station that it exchanges messages with.
    pub station_id: i64,
}

/// A certificate of a station.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who keep certificates"
)]
pub struct Held {
    /// `id`, which is `certificate_id`, too.
    pub id: i64,
    /// The station.
    pub station_id: i64,
    /// The certificate.
    pub certificate: Certificate,
    /// Whether it was revoked.
    pub ended: bool,
}

impl WorldError {
    /// A failure of whatever stands behind the question.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
