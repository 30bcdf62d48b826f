//! The neighbour page on partners: with whom the stations of a site exchange messages.
//!
//! Partners are this deployment's configuration. The page shows the fields of a partner only where one is made (`id`,
//! `partner_id`, `station_id`, `name`); lists and details have the same here, the detail its station's name as well.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::error::{Refusal, Thing};
use crate::vendor::as2expert::read::failed;
use crate::vendor::as2expert::wire::{Fields, StationRequest};
use crate::vendor::as2expert::world::{Partner, Station, World};

/// A partner in a list.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct PartnerRow {
    id: i64,
    partner_id: i64,
    station_id: i64,
    name: String,
}

/// A partner with its station.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct PartnerDetail {
    #[serde(flatten)]
    row: PartnerRow,
    station_name: String,
}

/// The partners of the caller's site by rising id, or those of the station that is asked for.
///
/// # Errors
/// `Scope read requerido`, `Station not found`, and `DB error: internal detail` when the world does not answer.
pub fn list<W: World + ?Sized>(
    fields: &Map<String, Value>,
    caller: &Caller,
    world: &W,
) -> Result<Vec<PartnerRow>, Refusal> {
    caller.may_read()?;
    let mut fields = Fields::new(fields);
    let asked = fields.integer("station");
    let asked = fields.end(asked)?;
    let mut stations = seen(caller, world)?;
    if let Some(id) = asked {
        stations.retain(|station| station.id == id);
        if stations.is_empty() {
            return Err(Refusal::not_found(Thing::Station, id));
        }
    }
    let mut rows = Vec::new();
    for station in &stations {
        let partners = world.partners_of(station.id).map_err(failed)?;
        rows.extend(partners.iter().map(PartnerRow::new));
    }
    rows.sort_by_key(|row| row.id);
    Ok(rows)
}

/// One partner of the caller's site.
///
/// # Errors
/// `Scope read requerido`, `Campo requerido: id`, `Partner not found`, and `DB error: internal detail` when the world
/// does not answer.
pub fn detail<W: World + ?Sized>(
    fields: &Map<String, Value>,
    caller: &Caller,
    world: &W,
) -> Result<PartnerDetail, Refusal> {
    caller.may_read()?;
    let id = StationRequest::from_object(fields)?.required()?;
    for station in seen(caller, world)? {
        let partners = world.partners_of(station.id).map_err(failed)?;
        if let Some(partner) = partners.iter().find(|partner| partner.id == id) {
            return Ok(PartnerDetail {
                row: PartnerRow::new(partner),
                station_name: station.name,
            });
        }
    }
    Err(Refusal::not_found(Thing::Partner, id))
}

impl PartnerRow {
    fn new(partner: &Partner) -> Self {
        Self {
            id: partner.id,
            partner_id: partner.id,
            station_id: partner.station_id,
            name: partner.name.clone(),
        }
    }
}

fn seen<W: World + ?Sized>(caller: &Caller, world: &W) -> Result<Vec<Station>, Refusal> {
    let mut stations = world.all_stations().map_err(failed)?;
    stations.retain(|station| caller.sees(&station.site));
    Ok(stations)
}
