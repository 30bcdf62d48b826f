//! Rollover of a station's certificates: the next one or two, and what is in use now and next.
//!
//! The vendor's page describes the view (*lifecycle*) and no call that makes the next certificate. It is read so: the
//! next one has subject, names and size of key of the one in use, and begins a stated number of days before that ends.

use std::sync::Arc;

use crate::cert::Certificate;
use crate::ext::SubjectAltName;
use crate::key::KeyAlgorithm;
use crate::oid;
use crate::order::UnkeyedOrder;
use crate::time::UnixSeconds;
use crate::vendor::as2expert::DEFAULT_DAYS;
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::check::hash;
use crate::vendor::as2expert::error::{Fault, Refusal, Thing};
use crate::vendor::as2expert::order::Placed;
use crate::vendor::as2expert::read::failed;
use crate::vendor::as2expert::terms::Terms;
use crate::vendor::as2expert::world::{Held, Partner, Station, World};
use crate::vendor::rollover;
use crate::vendor::rollover::{
    Affected, DEFAULT_OVERLAP_DAYS, Hindrance, IfNext, Lasting, Pairs, Rollover, Slots, Step,
    Succession,
};
use crate::vendor::{Stage, shape};

/// A rollover of a station.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct RolloverRequest {
    /// The station.
    pub station: i64,
    /// The partner that the files are for; a station uses the same towards all.
    pub partner: Option<i64>,
    /// Which certificates to make.
    pub pairs: Pairs,
    /// Days that the new one and the one in use overlap.
    pub overlap_days: u16,
    /// Calendar years that the new one lasts; [`DEFAULT_DAYS`] days without it.
    pub years: Option<u16>,
    /// What the new one is hashed with; SHA-256 without it.
    pub hash: Option<String>,
    /// What to do when there is a next one.
    pub if_next: IfNext,
}

impl RolloverRequest {
    /// The certificate that signs and encrypts, as it is by default.
    #[must_use]
    pub fn new(station: i64) -> Self {
        Self {
            station,
            partner: None,
            pairs: Pairs::default(),
            overlap_days: DEFAULT_OVERLAP_DAYS,
            years: None,
            hash: None,
            if_next: IfNext::default(),
        }
    }
}

/// What a rollover makes: all of it, or nothing.
///
/// # Errors
/// A [`Refusal`].
pub fn rollover<W: World + ?Sized>(
    request: &RolloverRequest,
    caller: &Caller,
    world: &W,
    terms: &Terms,
) -> Result<Vec<Placed>, Refusal> {
    let hash = hash(request.hash.as_deref(), terms);
    let hash = hash.map_err(|fault| Refusal::of(Stage::Request, fault))?;
    caller.may_write()?;
    let station = station(request.station, caller, world)?;
    partner(request, &partners(&station, world)?)?;
    let slots = slots(&station, world, terms.now())?;
    let steps = slots.steps(request.pairs, request.if_next);
    let steps = steps.map_err(|hindrance| hindered(&hindrance))?;
    let place = |step: &Step| {
        let lasting = request
            .years
            .map_or(Lasting::Days(DEFAULT_DAYS), Lasting::Years);
        let validity = rollover::validity(
            &step.current,
            request.overlap_days,
            lasting,
            terms.not_before(),
        );
        let validity = validity.map_err(|hindrance| hindered(&hindrance))?;
        let profile = terms.profile_for(step.purpose, hash).ok_or_else(|| {
            let expected = format!("one of {}", terms.hash_names());
            let fault = Fault::invalid("hash", "as2expert.hash", hash.as_str(), &expected);
            Refusal::of(Stage::World, fault)
        })?;
        let old = &step.current.certificate;
        let order = UnkeyedOrder::new(
            old.public_key()
                .algorithm()
                .unwrap_or(KeyAlgorithm::Rsa2048),
            old.subject().clone(),
            Arc::clone(profile),
            validity,
        );
        Ok(Placed {
            station: station.clone(),
            order: with_names_of(order, old),
            hash,
            replaces: Some(step.current.id),
        })
    };
    steps.iter().map(place).collect()
}

fn with_names_of(order: UnkeyedOrder, certificate: &Certificate) -> UnkeyedOrder {
    let names = SubjectAltName::from_extension_value;
    match shape::read(certificate.tbs(), oid::SUBJECT_ALT_NAME, names) {
        Some(names) => order.with_subject_alt_names(names.names().to_vec()),
        None => order,
    }
}

/// What a rollover has made, with whom it touches.
///
/// # Errors
/// A [`Refusal`], where there is no next certificate, too.
pub fn made<W: World + ?Sized>(
    request: &RolloverRequest,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<Rollover, Refusal> {
    caller.may_read()?;
    let station = station(request.station, caller, world)?;
    let partners = partners(&station, world)?;
    let partner = partner(request, &partners)?;
    let pairs = slots(&station, world, now)?.pairs(request.pairs);
    Ok(Rollover {
        owner_id: station.id,
        owner: owner(&station),
        partner: partner.map(|partner| partner.name.clone()),
        pairs: pairs.map_err(|hindrance| hindered(&hindrance))?,
        partners: partners.iter().map(affected).collect(),
    })
}

/// What a station, or each of the caller's site, uses now and next.
///
/// # Errors
/// A [`Refusal`]: `Scope read requerido`, `Station not found`.
pub fn successions<W: World + ?Sized>(
    station_id: Option<i64>,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<Vec<Succession>, Refusal> {
    caller.may_read()?;
    let stations = match station_id {
        Some(id) => vec![station(id, caller, world)?],
        None => world.all_stations().map_err(failed)?,
    };
    let seen = stations.iter().filter(|station| caller.sees(&station.site));
    let succession = |station: &Station| {
        let partners: Vec<_> = partners(station, world)?.iter().map(affected).collect();
        Ok(Succession {
            owner_id: station.id,
            owner: owner(station),
            lanes: slots(station, world, now)?.lanes(None, &partners),
        })
    };
    seen.map(succession).collect()
}

fn slots<W: World + ?Sized>(
    station: &Station,
    world: &W,
    now: UnixSeconds,
) -> Result<Slots, Refusal> {
    let held: Vec<Held> = world.certificates_of(station.id).map_err(failed)?;
    let usage = world.usage_of(station.id).map_err(failed)?;
    Ok(usage.settled(&held, now).slots(&held))
}

fn station<W: World + ?Sized>(id: i64, caller: &Caller, world: &W) -> Result<Station, Refusal> {
    let found = world.stations(&[id]).map_err(failed)?;
    let mut seen = found.into_iter().flatten();
    let seen = seen.find(|station| caller.sees(&station.site));
    seen.ok_or_else(|| Refusal::not_found(Thing::Station, id))
}

fn partners<W: World + ?Sized>(station: &Station, world: &W) -> Result<Vec<Partner>, Refusal> {
    world.partners_of(station.id).map_err(failed)
}

/// The partner that is named, which must be one of the station's.
fn partner<'a>(
    request: &RolloverRequest,
    partners: &'a [Partner],
) -> Result<Option<&'a Partner>, Refusal> {
    let Some(id) = request.partner else {
        return Ok(None);
    };
    let found = partners.iter().find(|partner| partner.id == id);
    let found = found.ok_or_else(|| Refusal::not_found(Thing::Partner, id))?;
    Ok(Some(found))
}

fn affected(partner: &Partner) -> Affected {
    Affected {
        id: Some(partner.id),
        name: partner.name.clone(),
    }
}

/// Partners know a station by its AS2 id, where it has one.
fn owner(station: &Station) -> String {
    station.as2id.as_ref().unwrap_or(&station.name).clone()
}

fn hindered(hindrance: &Hindrance) -> Refusal {
    let (rule, field) = if hindrance.is_of_time() {
        ("as2expert.rollover-time", "dias")
    } else {
        ("as2expert.rollover", "station")
    };
    let found = hindrance.to_string();
    let fault = Fault::invalid(field, rule, &found, &hindrance.expected());
    Refusal::of(Stage::World, fault)
}

#[cfg(test)]
mod tests;
