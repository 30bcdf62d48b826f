//! The neighbour page on stations: which there are, and what each is set to.
//!
//! Stations are this deployment's configuration, so none is made over the wire.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::oid;
use crate::time::UnixSeconds;
use crate::vendor::as2expert::HashAlgorithm;
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::error::{Refusal, Thing};
use crate::vendor::as2expert::read::failed;
use crate::vendor::as2expert::wire::StationRequest;
use crate::vendor::as2expert::world::{Station, World};

/// A station in a list.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct StationRow {
    id: i64,
    nombre: String,
    as2id: String,
}

/// A station with what it is set to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct StationDetail {
    #[serde(flatten)]
    row: StationRow,
    email: String,
    certificado_cn: String,
    encriptacion: &'static str,
    firma: &'static str,
}

/// The stations of the caller's site, or the one that is asked for.
///
/// # Errors
/// `Scope read requerido`, `Station not found`, and `DB error: …` when the world does not answer.
pub fn list<W: World + ?Sized>(
    fields: &Map<String, Value>,
    caller: &Caller,
    world: &W,
) -> Result<Vec<StationRow>, Refusal> {
    caller.may_read()?;
    if let Some(id) = StationRequest::from_object(fields)?.id {
        return station(id, caller, world).map(|station| vec![StationRow::new(&station)]);
    }
    let stations = world.all_stations().map_err(failed)?.into_iter();
    let seen = stations.filter(|station| caller.sees(&station.site));
    Ok(seen.map(|station| StationRow::new(&station)).collect())
}

/// One station of the caller's site.
///
/// # Errors
/// As [`list`]; `Campo requerido: id`.
pub fn detail<W: World + ?Sized>(
    fields: &Map<String, Value>,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<StationDetail, Refusal> {
    caller.may_read()?;
    let id = StationRequest::from_object(fields)?.required()?;
    let station = station(id, caller, world)?;
    let held = world.certificates_of(station.id).map_err(failed)?;
    let usage = world.usage_of(station.id).map_err(failed)?;
    let current = usage.settled(&held, now).signing.current;
    let current = held.iter().find(|held| Some(held.id) == current);
    let common_name = current.and_then(|held| {
        let attribute = held.certificate.subject().first(oid::COMMON_NAME)?;
        Some(attribute.value().text()?.into_owned())
    });
    let hash = current.map_or_else(HashAlgorithm::default, |held| {
        HashAlgorithm::of_signature(held.certificate.signature_algorithm())
    });
    Ok(StationDetail {
        row: StationRow::new(&station),
        email: station.defaults.email.unwrap_or_default(),
        certificado_cn: common_name.unwrap_or_default(),
        encriptacion: "AES256",
        firma: hash.as_str(),
    })
}

impl StationRow {
    fn new(station: &Station) -> Self {
        Self {
            id: station.id,
            nombre: station.name.clone(),
            as2id: station.as2id.clone().unwrap_or_default(),
        }
    }
}

fn station<W: World + ?Sized>(id: i64, caller: &Caller, world: &W) -> Result<Station, Refusal> {
    let found = world.stations(&[id]).map_err(failed)?;
    let mut seen = found.into_iter().flatten();
    seen.find(|station| caller.sees(&station.site))
        .ok_or_else(|| Refusal::not_found(Thing::Station, id))
}
