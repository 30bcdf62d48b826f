//! What AS2Expert's rules ask about the world, answered by the configuration and the ledger.

use std::collections::BTreeMap;

use crate::cert::Certificate;
use crate::ledger::{Ledger, Record};
use crate::service::ServiceError;
use crate::vendor::as2expert;
use crate::vendor::as2expert::config::As2Expert;
use crate::vendor::as2expert::lifecycle::StationUsage;
use crate::vendor::as2expert::stations::NewStation;
use crate::vendor::as2expert::world::{Held, Partner, Station, World, WorldError};

/// Configuration and ledger as AS2Expert's rules see them.
pub(super) struct As2ExpertWorld<'a> {
    pub(super) settings: &'a As2Expert,
    pub(super) ledger: &'a Ledger,
}

impl World for As2ExpertWorld<'_> {
    fn stations(&self, ids: &[i64]) -> Result<Vec<Option<Station>>, WorldError> {
        let kept = self.kept()?;
        let station = |id: &i64| self.settings.station(*id).or_else(|| kept.get(id)).cloned();
        Ok(ids.iter().map(station).collect())
    }

    fn all_stations(&self) -> Result<Vec<Station>, WorldError> {
        let mut all = self.kept()?;
        all.extend(self.settings.stations().map(|one| (one.id, one.clone())));
        Ok(all.into_values().collect())
    }

    fn partners_of(&self, station: i64) -> Result<Vec<Partner>, WorldError> {
        Ok(self.settings.partners_of(station).cloned().collect())
    }

    fn certificate(&self, id: i64) -> Result<Option<Held>, WorldError> {
        let records = self
            .ledger
            .find_by_row_key(as2expert::NAME, &id.to_string());
        let records = records.map_err(WorldError::new)?;
        let mut held = records.iter().filter_map(|record| held(record).transpose());
        held.next().transpose()
    }

    fn certificates_of(&self, station: i64) -> Result<Vec<Held>, WorldError> {
        let records = self
            .ledger
            .find_by_holder(as2expert::NAME, &station.to_string());
        let records = records.map_err(WorldError::new)?;
        let held = records.iter().filter_map(|record| held(record).transpose());
        held.collect()
    }

    fn usage_of(&self, station: i64) -> Result<StationUsage, WorldError> {
        let text = self.ledger.meta(&meta_key(station));
        match text.map_err(WorldError::new)? {
            None => Ok(StationUsage::default()),
            Some(text) => serde_json::from_str(&text).map_err(WorldError::new),
        }
    }
}

impl As2ExpertWorld<'_> {
    /// The stations that sites made themselves. A number that the configuration took later is its own.
    fn kept(&self) -> Result<BTreeMap<i64, Station>, WorldError> {
        let kept = read_stations(self.ledger).map_err(WorldError::new)?;
        let all = kept.into_iter().map(|(id, new)| (id, new.station(id)));
        Ok(all.collect())
    }
}

fn read_stations(ledger: &Ledger) -> Result<BTreeMap<i64, NewStation>, ServiceError> {
    let unreadable = |error: serde_json::Error| ServiceError::KeptUnreadable {
        key: STATIONS.to_owned(),
        source: error.into(),
    };
    match ledger.meta(STATIONS)? {
        None => Ok(BTreeMap::new()),
        Some(text) => serde_json::from_str(&text).map_err(unreadable),
    }
}

/// Keeps a station under the next number, which it says.
pub(super) fn keep_station(
    ledger: &mut Ledger,
    new: NewStation,
    configured: i64,
) -> Result<i64, ServiceError> {
    let mut kept = read_stations(ledger)?;
    let last = kept.last_key_value().map_or(0, |(id, _)| *id);
    let id = last.max(configured).saturating_add(1);
    kept.insert(id, new);
    let text = serde_json::to_string(&kept).map_err(|error| ServiceError::KeptUnreadable {
        key: STATIONS.to_owned(),
        source: error.into(),
    })?;
    ledger.set_meta(STATIONS, &text)?;
    Ok(id)
}

/// The key in the ledger's meta table.
const STATIONS: &str = "as2expert-stations";

pub(super) fn write_usage(
    ledger: &mut Ledger,
    station: i64,
    usage: StationUsage,
) -> Result<(), ServiceError> {
    let text = serde_json::to_string(&usage).map_err(|error| unreadable(station, error))?;
    Ok(ledger.set_meta(&meta_key(station), &text)?)
}

pub(super) fn unreadable(
    station: i64,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ServiceError {
    ServiceError::KeptUnreadable {
        key: meta_key(station),
        source: source.into(),
    }
}

/// A row of this vendor has its number and its station; one that has not was written by nobody here.
pub(super) fn held(record: &Record) -> Result<Option<Held>, WorldError> {
    let number = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
    let (Some(id), Some(station_id)) = (number(&record.row_key), number(&record.holder)) else {
        return Ok(None);
    };
    Ok(Some(Held {
        id,
        station_id,
        certificate: Certificate::from_der(&record.certificate).map_err(WorldError::new)?,
        ended: record.revocation.is_some(),
    }))
}

fn meta_key(station: i64) -> String {
    format!("as2expert-usage-{station}")
}
