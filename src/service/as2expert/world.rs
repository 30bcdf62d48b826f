//! What AS2Expert's rules ask about the world, answered by the configuration and the ledger.

use crate::cert::Certificate;
use crate::ledger::{Ledger, Record};
use crate::service::ServiceError;
use crate::vendor::as2expert;
use crate::vendor::as2expert::config::As2Expert;
use crate::vendor::as2expert::lifecycle::StationUsage;
use crate::vendor::as2expert::world::{Held, Partner, Station, World, WorldError};

/// Configuration and ledger as AS2Expert's rules see them.
pub(super) struct As2ExpertWorld<'a> {
    pub(super) settings: &'a As2Expert,
    pub(super) ledger: &'a Ledger,
}

impl World for As2ExpertWorld<'_> {
    fn stations(&self, ids: &[i64]) -> Result<Vec<Option<Station>>, WorldError> {
        let station = |id: &i64| self.settings.station(*id).cloned();
        Ok(ids.iter().map(station).collect())
    }

    fn all_stations(&self) -> Result<Vec<Station>, WorldError> {
        Ok(self.settings.stations().cloned().collect())
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
