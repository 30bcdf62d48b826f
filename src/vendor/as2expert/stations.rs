//! The neighbour page on stations: which there are, what each is set to, and new ones.
//!
//! Stations are this deployment's configuration; a site may make itself others.

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

pub use new::NewStation;

mod new;

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
/// `Scope read requerido`, `Station not found`, and `DB error: internal detail` when the world does not answer.
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
    told(id, caller, world, now)
}

/// A station of the caller's site as [`detail`] tells it, to whoever may see it.
///
/// # Errors
/// `Station not found`, and `DB error: internal detail` when the world does not answer.
pub fn told<W: World + ?Sized>(
    id: i64,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<StationDetail, Refusal> {
    let station = station(id, caller, world)?;
    let held = world.certificates_of(station.id).map_err(failed)?;
    let usage = world.usage_of(station.id).map_err(failed)?;
    let current = usage.settled(&held, now).signing.current;
    let began_with = match current {
        None => station.messages.certificate,
        Some(_) => None,
    };
    let began_with = began_with.map(|id| world.certificate(id));
    let began_with = began_with.transpose().map_err(failed)?.flatten();
    let current = held.iter().find(|held| Some(held.id) == current);
    let current = current.or(began_with.as_ref());
    let common_name = current.and_then(|held| {
        let attribute = held.certificate.subject().first(oid::COMMON_NAME)?;
        Some(attribute.value().text()?.into_owned())
    });
    let of_current =
        current.map(|held| HashAlgorithm::of_signature(held.certificate.signature_algorithm()));
    let hash = station.messages.signature.or(of_current);
    Ok(StationDetail {
        row: StationRow::new(&station),
        email: station.defaults.email.unwrap_or_default(),
        certificado_cn: common_name.unwrap_or_default(),
        encriptacion: station.messages.encryption.unwrap_or("AES256"),
        firma: hash.unwrap_or_default().as_str(),
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
