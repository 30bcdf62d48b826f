//! Renewal: another certificate for the usage and the partner of one that there is, with a key of its own.
//!
//! The vendor says that the overlap gives partners time to accept the new certificate, and no more. It is read so: the
//! new certificate begins `overlapDays` before the use of the old one ends, or now when that is past; `years` count
//! from there. The old one goes on being used until its own end.

use crate::time::{UnixSeconds, Validity};
use crate::vendor::Stage;
use crate::vendor::ecgrid::DEFAULT_YEARS;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::check::{PartnerId, hash, kept, latest, unexplained, wrong};
use crate::vendor::ecgrid::enums::SecureHashAlgorithm;
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::order::{Placed, Wanted, not_found, visible_one};
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::terms::Terms;
use crate::vendor::ecgrid::wire::RenewRequest;
use crate::vendor::ecgrid::wire::parameters::{CERT_KEY_ID, OVERLAP_DAYS, YEARS};
use crate::vendor::ecgrid::world::{CertKey, World};
use crate::vendor::rollover;

/// A renewal that the request stage found nothing wrong with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CheckedRenew {
    comm_id: i32,
    cert_key_id: i32,
    overlap_days: u32,
    years: u16,
    hash: SecureHashAlgorithm,
}

/// Checks a slice; each request stands or falls alone, in order.
///
/// `overlapDays` is 0 by default, `years` 2; SOAP has both as 16 bits.
#[must_use]
pub fn check(requests: &[RenewRequest], terms: &Terms) -> Vec<Result<CheckedRenew, Refusal>> {
    let one = |request: &RenewRequest| check_one(request, terms).map_err(of_renewal);
    requests.iter().map(one).collect()
}

fn check_one(request: &RenewRequest, terms: &Terms) -> Result<CheckedRenew, Refusal> {
    let RenewRequest {
        comm_id,
        cert_key_id,
        overlap_days,
        years,
        secure_hash_algorithm,
    } = request;
    let mut faults = Vec::new();
    let short = |value: i64, least: i64| {
        let short = i16::try_from(value).ok();
        short.is_some_and(|_| value >= least)
    };
    let overlap = overlap_days.unwrap_or(0);
    if !short(overlap, 0) {
        let expected = format!("0 to {} days", i16::MAX);
        let found = overlap.to_string();
        faults.push(wrong(
            "ecgrid.overlap-days",
            OVERLAP_DAYS,
            &found,
            &expected,
        ));
    }
    let asked_years = years.unwrap_or_else(|| i64::from(DEFAULT_YEARS));
    if !short(asked_years, 1) {
        let expected = format!("1 to {} years", i16::MAX);
        let found = asked_years.to_string();
        faults.push(wrong("ecgrid.years", YEARS, &found, &expected));
    }
    let hash = kept(hash(*secure_hash_algorithm, terms), &mut faults);
    let (overlap, years) = (u32::try_from(overlap), u16::try_from(asked_years));
    match (
        overlap,
        years,
        hash,
        Refusal::from_faults(Stage::Request, faults),
    ) {
        (Ok(overlap_days), Ok(years), Some(hash), None) => Ok(CheckedRenew {
            comm_id: *comm_id,
            cert_key_id: *cert_key_id,
            overlap_days,
            years,
            hash,
        }),
        (.., refusal) => Err(refusal.unwrap_or_else(|| unexplained(YEARS))),
    }
}

/// Places a slice of renewals of one caller, in order.
#[must_use]
pub fn renew<W: World + ?Sized>(
    checked: &[CheckedRenew],
    caller: &Caller,
    world: &W,
    terms: &Terms,
) -> Vec<Result<Placed, Refusal>> {
    let place = |item: &CheckedRenew| {
        let comm = visible_one(item.comm_id, caller, world)?;
        let old = find(comm.id, item.cert_key_id, world)?;
        let refused = |found: &str, expected: &str| {
            let found = format!("{}, {found}", item.cert_key_id);
            let fault = wrong("ecgrid.renewable", CERT_KEY_ID, &found, expected);
            Err(Refusal::of(Stage::World, fault))
        };
        if old.terminated_at.is_some() {
            return refused("terminated", "a certificate that is not terminated");
        }
        if !old.has_private_key {
            return refused("without a private key", "a certificate with one");
        }
        let wanted = Wanted {
            usage: old.usage,
            hash: item.hash,
            partner: old.partner_id.as_deref().and_then(PartnerId::new),
            validity: validity(&old, item, terms.not_before())?,
            supersedes: old.certificate_id,
        };
        wanted.place(comm, terms)
    };
    let one = |item: &CheckedRenew| place(item).map_err(of_renewal);
    checked.iter().map(one).collect()
}

fn of_renewal(refusal: Refusal) -> Refusal {
    refusal.of_operation(Operation::RenewPrivate)
}

fn validity(
    old: &CertKey,
    item: &CheckedRenew,
    earliest: UnixSeconds,
) -> Result<Validity, Refusal> {
    let begin = rollover::begin(old.end_usage, item.overlap_days, earliest);
    let validity = begin.plus_years(item.years);
    let validity = validity.and_then(|end| Validity::new(begin, end));
    validity.map_err(|_| {
        let found = format!("{} from {begin}", item.years);
        let expected = format!("an end of {}", latest());
        let fault = wrong("ecgrid.years", YEARS, &found, &expected);
        Refusal::of(Stage::World, fault)
    })
}

/// A certificate of a Comm.
pub(super) fn find<W: World + ?Sized>(
    comm_id: i32,
    cert_key_id: i32,
    world: &W,
) -> Result<CertKey, Refusal> {
    let keys = world
        .cert_keys(comm_id)
        .map_err(|error| Refusal::internal(&error))?;
    let found = keys.into_iter().find(|key| key.cert_key_id == cert_key_id);
    found.ok_or_else(|| not_found(CERT_KEY_ID, cert_key_id))
}

#[cfg(test)]
mod tests;
