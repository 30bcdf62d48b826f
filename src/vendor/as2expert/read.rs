//! Reading back: the certificates of a site, or one with all that is known of it.

use crate::time::UnixSeconds;
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::error::{Refusal, Thing};
use crate::vendor::as2expert::lifecycle::Lifecycle;
use crate::vendor::as2expert::reply::{CertificateDetail, CertificateRow};
use crate::vendor::as2expert::wire::DetailRequest;
use crate::vendor::as2expert::world::{World, WorldError};

/// The certificates of the caller's site, by rising id.
///
/// # Errors
/// `Scope read requerido`, and `DB error: internal detail` when the world does not answer.
pub fn list<W: World + ?Sized>(caller: &Caller, world: &W) -> Result<Vec<CertificateRow>, Refusal> {
    caller.may_read()?;
    let mut rows = Vec::new();
    let stations = world.all_stations().map_err(failed)?;
    for station in stations.iter().filter(|station| caller.sees(&station.site)) {
        let held = world.certificates_of(station.id).map_err(failed)?;
        rows.extend(held.iter().map(|held| CertificateRow::new(held, station)));
    }
    rows.sort_by_key(CertificateRow::id);
    Ok(rows)
}

/// One certificate of the caller's site.
///
/// # Errors
/// `Scope read requerido`, `Certificate not found`, and `DB error: internal detail` when the world does not answer.
pub fn detail<W: World + ?Sized>(
    request: &DetailRequest,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<CertificateDetail, Refusal> {
    caller.may_read()?;
    let absent = || Refusal::not_found(Thing::Certificate, request.id);
    let held = world.certificate(request.id).map_err(failed)?;
    let held = held.ok_or_else(absent)?;
    let stations = world.stations(&[held.station_id]).map_err(failed)?;
    let mut seen = stations.into_iter().flatten();
    let station = seen
        .find(|station| caller.sees(&station.site))
        .ok_or_else(absent)?;
    let of_station = world.certificates_of(station.id).map_err(failed)?;
    let usage = world.usage_of(station.id).map_err(failed)?;
    let usage = usage.settled(&of_station, now);
    let partners = world.partners_of(station.id).map_err(failed)?;
    let lifecycle = Lifecycle::of(held.id, usage, &partners);
    Ok(CertificateDetail::new(&held, &station, lifecycle))
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
pub(super) fn failed(error: WorldError) -> Refusal {
    Refusal::internal(&error)
}

#[cfg(test)]
mod tests;
