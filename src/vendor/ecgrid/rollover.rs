//! Rollover of a Comm's certificates for payloads: the next one or two, and what is in use now and next.
//!
//! The vendor knows renewal only; a rollover is a renewal of what is in use, with a stated overlap and the files for both
//! sides. Certificates that name one partner are a succession of their own beside those for all partners. Transport
//! certificates (`SSL`) are no part of it.

use std::collections::BTreeSet;

use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::ecgrid::DEFAULT_YEARS;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::check::{hash, partner, wrong};
use crate::vendor::ecgrid::enums::{CertificateUsage, SecureHashAlgorithm};
use crate::vendor::ecgrid::error::{Fault, Refusal};
use crate::vendor::ecgrid::order::{Placed, Wanted, not_found, visible_one};
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::terms::Terms;
use crate::vendor::ecgrid::wire::parameters::{COMM_ID, YEARS};
use crate::vendor::ecgrid::world::{CertKey, Comm, World};
use crate::vendor::rollover;
use crate::vendor::rollover::{
    Affected, DEFAULT_OVERLAP_DAYS, Hindrance, IfNext, Lasting, Pairs, Purpose, Rollover, Slots,
    Step, Succession, Used,
};

/// A rollover of a Comm.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct RolloverRequest {
    /// The Comm.
    pub comm_id: i32,
    /// The partner whose own certificate it is; `None` for the one for all partners.
    pub partner_as2_id: Option<String>,
    /// Which certificates to make.
    pub pairs: Pairs,
    /// Days that the new one and the one in use overlap.
    pub overlap_days: u16,
    /// Calendar years that the new one lasts.
    pub years: u16,
    /// What the new one is hashed with; SHA-256 without it.
    pub hash: Option<SecureHashAlgorithm>,
    /// What to do when there is a next one.
    pub if_next: IfNext,
}

impl RolloverRequest {
    /// The certificate for all partners, as it is by default.
    #[must_use]
    pub fn new(comm_id: i32) -> Self {
        Self {
            comm_id,
            partner_as2_id: None,
            pairs: Pairs::default(),
            overlap_days: DEFAULT_OVERLAP_DAYS,
            years: DEFAULT_YEARS,
            hash: None,
            if_next: IfNext::default(),
        }
    }
}

/// What a rollover makes: all of it, or nothing.
///
/// # Errors
/// A [`Refusal`]: `AccessDenied`, `ObjectNotFound`, `InvalidParameter`.
pub fn rollover<W: World + ?Sized>(
    request: &RolloverRequest,
    caller: &Caller,
    world: &W,
    terms: &Terms,
) -> Result<Vec<Placed>, Refusal> {
    let placed = placed(request, caller, world, terms);
    placed.map_err(|refusal| refusal.of_operation(Operation::RenewPrivate))
}

fn placed<W: World + ?Sized>(
    request: &RolloverRequest,
    caller: &Caller,
    world: &W,
    terms: &Terms,
) -> Result<Vec<Placed>, Refusal> {
    let asked = request.partner_as2_id.as_deref();
    let partner = asked.map(partner).transpose().map_err(request_fault)?;
    let hash = hash(request.hash, terms).map_err(request_fault)?;
    let comm = visible_one(request.comm_id, caller, world)?;
    let keys = keys(&comm, world)?;
    let slots = slots(&keys, asked, terms.now());
    let steps = slots.steps(request.pairs, request.if_next);
    let steps = steps.map_err(|hindrance| hindered(&hindrance))?;
    let place = |step: &Step| {
        let lasting = Lasting::Years(request.years);
        let validity = rollover::validity(
            &step.current,
            request.overlap_days,
            lasting,
            terms.not_before(),
        );
        let old = keys.iter().find(|key| id(key) == step.current.id);
        let wanted = Wanted {
            usage: usage(step.purpose),
            hash,
            partner: partner.clone(),
            validity: validity.map_err(|hindrance| hindered(&hindrance))?,
            supersedes: old.and_then(|old| old.certificate_id),
        };
        wanted.place(comm.clone(), terms)
    };
    steps.iter().map(place).collect()
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
    let comm = visible_one(request.comm_id, caller, world)?;
    let keys = keys(&comm, world)?;
    let partner = request.partner_as2_id.as_deref();
    let pairs = slots(&keys, partner, now).pairs(request.pairs);
    Ok(Rollover {
        owner_id: comm.id.into(),
        owner: comm.identifier,
        partner: partner.map(ToOwned::to_owned),
        pairs: pairs.map_err(|hindrance| hindered(&hindrance))?,
        partners: affected(&keys, partner, now),
    })
}

/// What a Comm, or each that the caller sees, uses now and next.
///
/// # Errors
/// A [`Refusal`]: `ObjectNotFound`.
pub fn successions<W: World + ?Sized>(
    comm_id: Option<i32>,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<Vec<Succession>, Refusal> {
    let comms = world
        .all_comms()
        .map_err(|error| Refusal::internal(&error))?;
    let asked = |comm: &Comm| comm_id.is_none_or(|id| id == comm.id);
    let seen = comms.into_iter().filter(|comm| caller.sees(comm));
    let seen: Vec<_> = seen.filter(asked).collect();
    if let (Some(id), []) = (comm_id, seen.as_slice()) {
        return Err(not_found(COMM_ID, id));
    }
    let succession = |comm: Comm| {
        let keys = keys(&comm, world)?;
        let own: BTreeSet<_> = usable(&keys).map(|(key, _)| &key.partner_id).collect();
        let lanes = own.into_iter().flat_map(|partner| {
            let partner = partner.as_deref();
            slots(&keys, partner, now).lanes(partner, &affected(&keys, partner, now))
        });
        let lanes = lanes.collect();
        Ok(Succession {
            owner_id: comm.id.into(),
            owner: comm.identifier,
            lanes,
        })
    };
    seen.into_iter().map(succession).collect()
}

/// Whom a rollover touches: the partner that the certificate is for; otherwise every partner that a certificate of the
/// Comm names, but for those who have one of their own.
fn affected(keys: &[CertKey], partner: Option<&str>, now: UnixSeconds) -> Vec<Affected> {
    let named = |name: &str| Affected {
        id: None,
        name: name.to_owned(),
    };
    if let Some(partner) = partner {
        return vec![named(partner)];
    }
    let left = |key: &&CertKey| key.terminated_at.is_none() && now <= key.end_usage;
    let own: BTreeSet<_> = usable(keys)
        .filter(|(key, _)| left(key))
        .filter_map(|(key, _)| key.partner_id.as_deref())
        .collect();
    let theirs = keys.iter().filter(left).filter(|key| !key.has_private_key);
    let names = theirs.filter_map(|key| key.partner_id.as_deref().or(key.partner_url.as_deref()));
    let names: BTreeSet<_> = names.filter(|name| !own.contains(name)).collect();
    names.into_iter().map(named).collect()
}

fn slots(keys: &[CertKey], partner: Option<&str>, now: UnixSeconds) -> Slots {
    let of_partner = usable(keys).filter(|(key, _)| key.partner_id.as_deref() == partner);
    let used = of_partner.map(|(key, purpose)| Used {
        id: id(key),
        certificate: key.certificate.clone(),
        purpose,
        begin: key.begin_usage,
        end: key.end_usage,
    });
    Slots::among(&used.collect::<Vec<_>>(), now)
}

/// Certificates for payloads whose key the Comm has, not terminated, each with what it is for.
fn usable(keys: &[CertKey]) -> impl Iterator<Item = (&CertKey, Purpose)> {
    let good = |key: &&CertKey| key.has_private_key && key.terminated_at.is_none();
    keys.iter().filter(good).filter_map(|key| {
        let purpose = match key.usage {
            CertificateUsage::Encryption => Purpose::Encryption,
            CertificateUsage::EncryptionAndSignature => Purpose::Both,
            CertificateUsage::Signature => Purpose::Signing,
            CertificateUsage::Ssl => return None,
        };
        Some((key, purpose))
    })
}

pub(super) fn usage(purpose: Purpose) -> CertificateUsage {
    match purpose {
        Purpose::Both => CertificateUsage::EncryptionAndSignature,
        Purpose::Encryption => CertificateUsage::Encryption,
        Purpose::Signing => CertificateUsage::Signature,
    }
}

fn id(key: &CertKey) -> i64 {
    key.cert_key_id.into()
}

fn keys<W: World + ?Sized>(comm: &Comm, world: &W) -> Result<Vec<CertKey>, Refusal> {
    let keys = world.cert_keys(comm.id);
    keys.map_err(|error| Refusal::internal(&error))
}

fn request_fault(fault: Fault) -> Refusal {
    Refusal::of(Stage::Request, fault)
}

fn hindered(hindrance: &Hindrance) -> Refusal {
    let (rule, parameter) = if hindrance.is_of_time() {
        ("ecgrid.rollover-time", YEARS)
    } else {
        ("ecgrid.rollover", COMM_ID)
    };
    let found = hindrance.to_string();
    let fault = wrong(rule, parameter, &found, &hindrance.expected());
    Refusal::of(Stage::World, fault)
}

#[cfg(test)]
mod tests;
