//! Renewal: a new certificate in place of one that is bound to the device and still valid.
//!
//! Without a request of its own a renewal reissues from the one on file, for the authority that issued then unless
//! another is named. The new request keeps the common name (the vendor's guide *Creating your CSR*). What is renewed is
//! superseded, so its subject is no duplicate.

use crate::cert::Certificate;
use crate::ext::CrlReason;
use crate::key::weak::Seen;
use crate::lint::Finding;
use crate::oid;
use crate::request::{CertificationRequest, VerifiedRequest};
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::enos::Authority;
use crate::vendor::enos::check;
use crate::vendor::enos::check::{CheckedAddressee, Draft};
use crate::vendor::enos::error::{Argument, Fault, FaultKind, PAGE, Refusal, Service, chain_text};
use crate::vendor::enos::order;
use crate::vendor::enos::order::{Facts, Placed, Taken, Wanted};
use crate::vendor::enos::subject;
use crate::vendor::enos::subject::Unproven;
use crate::vendor::enos::terms::Terms;
use crate::vendor::enos::wire::RenewRequest;
use crate::vendor::enos::world::{Held, Revocation, World};

/// A renewal that the request stage found nothing wrong with.
#[derive(Clone, Debug)]
pub struct CheckedRenew {
    addressee: CheckedAddressee,
    serial: SerialNumber,
    /// `None` when none was named.
    authority: Option<Authority>,
    valid_days: Option<u32>,
    /// `None` when the one on file is to be used.
    request: Option<VerifiedRequest>,
}

/// Checks a slice of renewals; each stands or falls alone, in order, but for moduli that share a factor.
#[must_use]
pub fn check(requests: Vec<RenewRequest>) -> Vec<Result<CheckedRenew, Refusal>> {
    let mut drafts = Vec::with_capacity(requests.len());
    let mut serials = Vec::with_capacity(requests.len());
    for request in requests {
        let mut draft = Draft::of(&request.apply);
        let serial = serial(request.cert_sn.as_deref()).map_err(|fault| vec![fault]);
        serials.push(check::kept(serial, &mut draft.faults));
        let authority_named = request.apply.issue_authority.is_some();
        // A request that brings a key falls under the page's default; one on file under the authority of old.
        if !authority_named && draft.csr.is_none() {
            draft.authority = None;
        }
        drafts.push(draft);
    }
    let settle = |((draft, request), serial): ((Draft, Option<VerifiedRequest>), _)| {
        let Draft {
            addressee,
            authority,
            valid_days,
            csr: _,
            faults,
        } = draft;
        match (addressee, serial) {
            (Some(addressee), Some(serial)) if faults.is_empty() => Ok(CheckedRenew {
                addressee,
                serial,
                authority,
                valid_days,
                request,
            }),
            _ => Err(check::refused(faults)),
        }
    };
    let proven = check::prove(drafts, &mut Seen::default()).into_iter();
    proven.zip(serials).map(settle).collect()
}

/// Places a slice of renewals, in order.
#[must_use]
pub fn renew<W: World + ?Sized>(
    checked: Vec<CheckedRenew>,
    world: &W,
    terms: &Terms,
) -> Vec<Result<Placed, Refusal>> {
    let mut taken = Taken::default();
    let mut place = |item| renew_one(item, world, terms, &mut taken);
    checked.into_iter().map(&mut place).collect()
}

fn renew_one<W: World + ?Sized>(
    item: CheckedRenew,
    world: &W,
    terms: &Terms,
    taken: &mut Taken,
) -> Result<Placed, Refusal> {
    let found = find(
        &item.addressee,
        &item.serial,
        FaultKind::Renew,
        OnHold::Ended,
        world,
        terms.now(),
    )?;
    let authority = item.authority.unwrap_or(found.held.authority);
    let request = match item.request {
        Some(request) => request,
        None => on_file(&found.held, authority)?,
    };
    if let Some(fault) = other_common_name(&request, &found.certificate) {
        return Err(Refusal::of(Stage::World, fault));
    }
    let facts = Facts::gather(vec![(&item.addressee, &request)], world)?;
    let wanted = Wanted {
        request,
        authority,
        valid_days: item.valid_days,
        supersedes: Some(found.held.certificate),
        device_asked: item.addressee.device.to_string(),
    };
    let facts = facts.into_iter().next();
    let facts = facts.ok_or_else(|| order::absent(&wanted.device_asked))?;
    taken.place(wanted, facts, terms)
}

/// The certificate that a number names, and still in force.
pub(super) struct Found {
    pub(super) held: Held,
    pub(super) certificate: Certificate,
}

/// What a hold is to whoever looks for a certificate: an end like other revocations, or a state that may be left.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum OnHold {
    Ended,
    Usable,
}

/// Finds what is to be renewed or revoked: bound to the device, not revoked, not superseded, not expired.
///
/// Of two certificates of a device with one number the valid one is meant; two valid ones, of different authorities, are
/// told apart by nothing that the vendor's clients send, so neither is touched.
pub(super) fn find<W: World + ?Sized>(
    addressee: &CheckedAddressee,
    serial: &SerialNumber,
    kind: FaultKind,
    on_hold: OnHold,
    world: &W,
    now: UnixSeconds,
) -> Result<Found, Refusal> {
    let mut usable = Vec::new();
    let mut unusable = None;
    for held in held(addressee, world)? {
        let certificate = certificate(&held)?;
        if certificate.serial() != serial {
            continue;
        }
        match end_of(&held, &certificate, on_hold, now) {
            None => usable.push(Found { held, certificate }),
            Some(end) => unusable = Some(end),
        }
    }
    let (message, found) = match usable.len() {
        0 => unusable.unwrap_or_else(|| (NOT_BOUND, format!("certSn {serial}"))),
        1 => return usable.pop().ok_or_else(|| order::absent("certSn")),
        valid => (
            AMBIGUOUS,
            format!("{valid} valid certificates with certSn {serial}"),
        ),
    };
    let finding = Finding::error(
        "enos.cert-sn",
        PAGE,
        "certSn",
        found,
        "a valid certificate that is bound to the device",
    );
    Err(Refusal::of(
        Stage::World,
        Fault::new(kind, message, finding),
    ))
}

/// All that was issued to a device.
pub(super) fn held<W: World + ?Sized>(
    addressee: &CheckedAddressee,
    world: &W,
) -> Result<Vec<Held>, Refusal> {
    let places = order::places(&[addressee], world)?;
    let device = places.into_iter().find_map(|place| place.device);
    let device = device.ok_or_else(|| order::absent(&addressee.device.to_string()))?;
    world
        .certificates_of(&device.holder())
        .map_err(|error| Refusal::internal(Service::Certificate, &error))
}

/// Reads a certificate on file.
pub(super) fn certificate(held: &Held) -> Result<Certificate, Refusal> {
    Certificate::from_der(&held.certificate_der).map_err(|error| {
        let finding = Finding::error(
            "enos.certificate-on-file",
            PAGE,
            "certificate",
            chain_text(&error),
            "a DER certificate",
        );
        let message = "a certificate on file cannot be read";
        let fault = Fault::new(FaultKind::Query, message, finding);
        Refusal::of(Stage::World, fault)
    })
}

fn end_of(
    held: &Held,
    certificate: &Certificate,
    on_hold: OnHold,
    now: UnixSeconds,
) -> Option<(&'static str, String)> {
    let stands = |revocation: &&Revocation| {
        on_hold == OnHold::Ended || revocation.reason != CrlReason::CertificateHold
    };
    if let Some(revocation) = held.revocation.as_ref().filter(stands) {
        let found = format!(
            "revoked at {} with reason {}",
            revocation.at, revocation.reason
        );
        return Some((REVOKED, found));
    }
    if held.superseded {
        return Some((SUPERSEDED, "superseded".to_owned()));
    }
    let not_after = certificate.validity().not_after();
    (not_after < now).then(|| (EXPIRED, format!("expired at {not_after}")))
}

/// The request on file, judged again as if it came anew: the rules may have changed since.
fn on_file(held: &Held, authority: Authority) -> Result<VerifiedRequest, Refusal> {
    let refused = |found: String| {
        let finding = Finding::error(
            "enos.request-on-file",
            PAGE,
            "csr",
            found,
            "a csr, or a certificate whose request is on file",
        );
        let message = "there is no request on file that can be reissued";
        Refusal::of(Stage::World, Fault::new(FaultKind::Renew, message, finding))
    };
    let der = held
        .request_der
        .as_ref()
        .ok_or_else(|| refused("nothing".to_owned()))?;
    let request =
        CertificationRequest::from_der(der).map_err(|error| refused(chain_text(&error)))?;
    let authority = Some(authority);
    let judged = subject::judge(vec![Unproven { request, authority }], &mut Seen::default()).pop();
    let judged = judged.ok_or_else(|| refused("nothing".to_owned()))?;
    judged.map_err(|faults| {
        Refusal::from_faults(Stage::World, faults).unwrap_or_else(|| refused("nothing".to_owned()))
    })
}

/// *Creating your CSR*: on renewal the common name stays.
fn other_common_name(request: &VerifiedRequest, old: &Certificate) -> Option<Fault> {
    let found = request.subject().first(oid::COMMON_NAME)?.value().text()?;
    let expected = old.subject().first(oid::COMMON_NAME)?.value().text()?;
    if found == expected {
        return None;
    }
    let finding = Finding::error(
        "enos.renewed-common-name",
        "EnOS, Creating your CSR",
        "subject.CN",
        format!("{found:?}"),
        format!("{expected:?}, as in the certificate that is renewed"),
    );
    let message = "the common name is another";
    Some(Fault::new(FaultKind::Renew, message, finding))
}

/// `certSn`: a positive number that a serial number can be.
pub(super) fn serial(found: Option<&str>) -> Result<SerialNumber, Fault> {
    let parsed = found.and_then(|digits| digits.parse().ok());
    parsed.ok_or_else(|| {
        let finding = Finding::error(
            "enos.cert-sn",
            PAGE,
            "certSn",
            found.unwrap_or("nothing"),
            "the positive serial number of a certificate",
        );
        let message = match found {
            None => "is missing",
            Some(_) => "is invalid",
        };
        let kind = FaultKind::Argument(Argument::CertSn);
        Fault::new(kind, message, finding)
    })
}

/// The sentences of the vendor's page *Renew Certificate* for what cannot be renewed, without their full stops.
const REVOKED: &str = "The original certificate has been revoked and cannot be updated";

const EXPIRED: &str = "The original certificate has expired and cannot be updated";

const SUPERSEDED: &str = "The original certificate has been superseded and cannot be updated";

const AMBIGUOUS: &str = "The certificate number is that of certificates of both authorities";

const NOT_BOUND: &str = "The certificate list bound to the device does not have the certificate, or \
    the certificate is bound to other devices";

#[cfg(test)]
mod tests;
