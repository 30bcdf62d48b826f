//! The request stage: what can be judged by the request alone.

use rayon::prelude::*;

use crate::key::KeyAlgorithm;
use crate::key::weak::Seen;
use crate::lint::Finding;
use crate::name::Name;
use crate::request::{CertificationRequest, VerifiedRequest};
use crate::vendor::Stage;
use crate::vendor::enos::Authority;
use crate::vendor::enos::error::{Argument, Fault, FaultKind, PAGE, Refusal, Service};
use crate::vendor::enos::subject;
use crate::vendor::enos::subject::Unproven;
use crate::vendor::enos::wire::{Addressee, ApplyRequest, Csr};
use crate::vendor::enos::world::DeviceIdentifier;

/// An application that the request stage found nothing wrong with.
#[derive(Clone, Debug)]
pub struct CheckedApply {
    pub(super) addressee: CheckedAddressee,
    pub(super) authority: Authority,
    pub(super) valid_days: Option<u32>,
    pub(super) request: VerifiedRequest,
}

/// An organization and a device of it, as named.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct CheckedAddressee {
    pub(super) org_id: String,
    pub(super) device: DeviceIdentifier,
}

impl CheckedApply {
    /// `orgId`.
    #[must_use]
    pub fn org_id(&self) -> &str {
        &self.addressee.org_id
    }

    /// The device as the request names it.
    #[must_use]
    pub fn device(&self) -> &DeviceIdentifier {
        &self.addressee.device
    }

    /// Who is to issue.
    #[must_use]
    pub fn authority(&self) -> Authority {
        self.authority
    }

    /// `validDay`, if given.
    #[must_use]
    pub fn valid_days(&self) -> Option<u32> {
        self.valid_days
    }

    /// The request, its possession of the key proven.
    #[must_use]
    pub fn request(&self) -> &VerifiedRequest {
        &self.request
    }
}

/// Checks a slice; each request stands or falls alone, in order, but for moduli that share a factor.
///
/// The vendor's page marks `orgId` mandatory and has no sentence of its own for its absence: it is a wrong parameter of
/// the call. What fills it in for rows and flags ([`ApplyRequest::or_org_id`]) does so before.
#[must_use]
pub fn check(requests: Vec<ApplyRequest>) -> Vec<Result<CheckedApply, Refusal>> {
    check_after(requests, &mut Seen::default())
}

/// As [`check`] for the next slice of a job: moduli may not share a factor with those of the slices before either.
#[must_use]
pub fn check_after(
    requests: Vec<ApplyRequest>,
    seen: &mut Seen,
) -> Vec<Result<CheckedApply, Refusal>> {
    let drafts = requests.into_par_iter().map(Draft::of_application);
    let drafts: Vec<_> = drafts.collect();
    let settle = |(draft, request): (Draft, Option<VerifiedRequest>)| draft.application(request);
    prove(drafts, seen).into_iter().map(settle).collect()
}

/// What [`check`] would refuse in a request whose key is yet to be made: nobody makes a key to have it refused.
///
/// # Errors
/// All findings, as those of [`check`].
pub fn check_unkeyed(
    request: &ApplyRequest,
    key: KeyAlgorithm,
    name: &Name,
) -> Result<(), Refusal> {
    let mut draft = Draft::of(request);
    let more = subject::unkeyed_faults(key, draft.authority, name);
    draft.faults.extend(more);
    match draft.faults.is_empty() {
        true => Ok(()),
        false => Err(refused(draft.faults)),
    }
}

/// A request in the course of being checked: what is known of it, and all that is wrong with it.
pub(super) struct Draft {
    pub(super) addressee: Option<CheckedAddressee>,
    pub(super) authority: Option<Authority>,
    pub(super) valid_days: Option<u32>,
    pub(super) csr: Option<CertificationRequest>,
    pub(super) faults: Vec<Fault>,
}

impl Draft {
    fn of_application(request: ApplyRequest) -> Self {
        let mut draft = Self::of(&request);
        if draft.csr.is_none() && request.csr.as_ref().is_none_or(is_blank) {
            let finding = Finding::error("enos.csr", PAGE, "csr", "nothing", "a PEM request");
            let kind = FaultKind::Argument(Argument::Csr);
            draft.faults.push(Fault::new(kind, "is missing", finding));
        }
        draft
    }

    /// All that applications and renewals share; a request that is absent or blank is no fault yet.
    pub(super) fn of(request: &ApplyRequest) -> Self {
        let mut faults = Vec::new();
        let addressee = kept(addressee(&request.addressee), &mut faults);
        let authority = kept(
            authority(request.issue_authority.as_deref()).map_err(|fault| vec![fault]),
            &mut faults,
        );
        let days = request.valid_day.map(valid_days).transpose();
        let valid_days = kept(days.map_err(|fault| vec![fault]), &mut faults).flatten();
        let csr = request.csr.as_ref().filter(|csr| !is_blank(csr));
        let csr = csr.map(subject::read).transpose();
        let csr = kept(csr.map_err(|fault| vec![fault]), &mut faults).flatten();
        Self {
            addressee,
            authority,
            valid_days,
            csr,
            faults,
        }
    }

    fn application(self, request: Option<VerifiedRequest>) -> Result<CheckedApply, Refusal> {
        match (self.addressee, self.authority, request) {
            (Some(addressee), Some(authority), Some(request)) if self.faults.is_empty() => {
                Ok(CheckedApply {
                    addressee,
                    authority,
                    valid_days: self.valid_days,
                    request,
                })
            }
            _ => Err(refused(self.faults)),
        }
    }
}

/// Judges the certification requests among drafts in one slice; what is wrong with one joins its draft's faults.
pub(super) fn prove(
    mut drafts: Vec<Draft>,
    seen: &mut Seen,
) -> Vec<(Draft, Option<VerifiedRequest>)> {
    let has_csr: Vec<_> = drafts.iter().map(|draft| draft.csr.is_some()).collect();
    let unproven = drafts.iter_mut().filter_map(|draft| {
        let request = draft.csr.take()?;
        let authority = draft.authority;
        Some(Unproven { request, authority })
    });
    let mut judged = subject::judge(unproven.collect(), seen).into_iter();
    let settle = |(mut draft, has_csr): (Draft, bool)| {
        let judged = if has_csr { judged.next() } else { None };
        let request = judged.and_then(|judged| kept(judged, &mut draft.faults));
        (draft, request)
    };
    drafts.into_iter().zip(has_csr).map(settle).collect()
}

/// Who is asked for. An asset wins over keys beside it, since one of the vendor's own clients always sends all three.
pub(super) fn addressee(given: &Addressee) -> Result<CheckedAddressee, Vec<Fault>> {
    let mut faults = Vec::new();
    let org_id = kept(org_id(given).map_err(|fault| vec![fault]), &mut faults);
    let device = kept(device(given).map_err(|fault| vec![fault]), &mut faults);
    match (org_id, device) {
        (Some(org_id), Some(device)) => Ok(CheckedAddressee { org_id, device }),
        _ => Err(faults),
    }
}

fn org_id(given: &Addressee) -> Result<String, Fault> {
    let found = given.org_id.as_deref();
    if let Some(org_id) = found.filter(|org_id| DeviceIdentifier::is_name(org_id)) {
        return Ok(org_id.to_owned());
    }
    let finding = Finding::error(
        "enos.org-id",
        PAGE,
        "orgId",
        shown(found),
        "an organization",
    );
    let message = match found {
        None => "orgId is missing",
        Some(_) => "orgId is invalid",
    };
    Err(Fault::new(FaultKind::CallParameters, message, finding))
}

fn device(given: &Addressee) -> Result<DeviceIdentifier, Fault> {
    let Addressee {
        org_id: _,
        asset_id,
        product_key,
        device_key,
    } = given;
    let named = match (asset_id, product_key, device_key) {
        (Some(asset_id), _, _) => Some(DeviceIdentifier::Asset(asset_id.clone())),
        (None, Some(product_key), Some(device_key)) => Some(DeviceIdentifier::Keys {
            product_key: product_key.clone(),
            device_key: device_key.clone(),
        }),
        _ => None,
    };
    let good = |named: &DeviceIdentifier| match named {
        DeviceIdentifier::Asset(asset_id) => DeviceIdentifier::is_name(asset_id),
        DeviceIdentifier::Keys {
            product_key,
            device_key,
        } => [product_key, device_key]
            .into_iter()
            .all(|key| DeviceIdentifier::is_name(key)),
    };
    named.filter(good).ok_or_else(|| {
        let parts = [
            ("assetId", asset_id),
            ("productKey", product_key),
            ("deviceKey", device_key),
        ];
        let parts = parts.map(|(name, value)| format!("{name} {}", shown(value.as_deref())));
        let finding = Finding::error(
            "enos.device-identifier",
            PAGE,
            "device",
            parts.join(", "),
            "assetId, or productKey and deviceKey",
        );
        Fault::new(FaultKind::DeviceIdentifier, "", finding)
    })
}

/// RSA unless another is named; upper and lower case are the same.
fn authority(name: Option<&str>) -> Result<Authority, Fault> {
    let Some(name) = name else {
        return Ok(Authority::default());
    };
    Authority::from_name(name).ok_or_else(|| {
        let finding = Finding::error(
            "enos.issue-authority",
            PAGE,
            "issueAuthority",
            format!("{name:?}"),
            "RSA or ECC",
        );
        let message = "issueAuthority is invalid";
        Fault::new(FaultKind::CallParameters, message, finding)
    })
}

/// The vendor's clients hold `validDay` in a signed integer of 32 bits.
fn valid_days(days: i64) -> Result<u32, Fault> {
    let fits = i32::try_from(days).ok();
    let positive = fits.and_then(|days| u32::try_from(days).ok());
    positive.filter(|days| *days > 0).ok_or_else(|| {
        let expected = format!("1 to {} days", i32::MAX);
        let finding = Finding::error(
            "enos.valid-day",
            PAGE,
            "validDay",
            days.to_string(),
            &*expected,
        );
        let kind = FaultKind::Argument(Argument::ValidDay);
        let message = format!("is {days}, allowed {expected}");
        Fault::new(kind, &message, finding)
    })
}

pub(super) fn is_blank(csr: &Csr) -> bool {
    match csr {
        Csr::Pem(text) => text.trim().is_empty(),
        Csr::Octets(octets) => octets.trim_ascii().is_empty(),
    }
}

/// The value, or `None` after its faults were kept.
pub(super) fn kept<T>(result: Result<T, Vec<Fault>>, faults: &mut Vec<Fault>) -> Option<T> {
    result.map_err(|more| faults.extend(more)).ok()
}

/// Refuses in the request stage; whoever calls this has found something.
pub(super) fn refused(faults: Vec<Fault>) -> Refusal {
    Refusal::from_faults(Stage::Request, faults).unwrap_or_else(|| {
        let finding = Finding::error("enos.request", PAGE, "request", "no answer", "an answer");
        let kind = FaultKind::Internal(Service::Certificate);
        Refusal::of(Stage::Request, Fault::new(kind, "", finding))
    })
}

fn shown(text: Option<&str>) -> String {
    text.map_or_else(|| "nothing".to_owned(), |text| format!("{text:?}"))
}

#[cfg(test)]
mod tests;
