//! Revocation of a certificate that is bound to the device and still valid, or on hold.

use crate::ext::CrlReason;
use crate::lint::Finding;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::enos::Authority;
use crate::vendor::enos::check;
use crate::vendor::enos::check::CheckedAddressee;
use crate::vendor::enos::error::{Fault, FaultKind, PAGE, Refusal};
use crate::vendor::enos::renew;
use crate::vendor::enos::renew::OnHold;
use crate::vendor::enos::wire::RevokeRequest;
use crate::vendor::enos::world::World;

/// A revocation that the request stage found nothing wrong with.
#[derive(Clone, Debug)]
pub struct CheckedRevoke {
    addressee: CheckedAddressee,
    serial: SerialNumber,
    reason: CrlReason,
}

/// A certificate that is to be revoked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Revocable {
    certificate: i64,
    authority: Authority,
    reason: CrlReason,
}

/// The reasons that the vendor takes, a choice from RFC 5280 §5.3.1; the first is meant when none is given.
pub const REASONS: [CrlReason; 7] = [
    CrlReason::Unspecified,
    CrlReason::KeyCompromise,
    CrlReason::AffiliationChanged,
    CrlReason::Superseded,
    CrlReason::CessationOfOperation,
    CrlReason::CertificateHold,
    CrlReason::PrivilegeWithdrawn,
];

impl Revocable {
    /// The certificate, as the world numbers it.
    #[must_use]
    pub fn certificate(self) -> i64 {
        self.certificate
    }

    /// Whose CRL it will stand in.
    #[must_use]
    pub fn authority(self) -> Authority {
        self.authority
    }

    /// Why.
    #[must_use]
    pub fn reason(self) -> CrlReason {
        self.reason
    }
}

/// Checks a revocation.
///
/// # Errors
/// A [`Refusal`] of the request stage.
pub fn check(request: &RevokeRequest) -> Result<CheckedRevoke, Refusal> {
    let mut faults = Vec::new();
    let addressee = check::kept(check::addressee(&request.addressee), &mut faults);
    let serial = renew::serial(request.cert_sn.as_deref()).map_err(|fault| vec![fault]);
    let serial = check::kept(serial, &mut faults);
    let reason = reason(request.reason).map_err(|fault| vec![fault]);
    let reason = check::kept(reason, &mut faults);
    match (addressee, serial, reason) {
        (Some(addressee), Some(serial), Some(reason)) => Ok(CheckedRevoke {
            addressee,
            serial,
            reason,
        }),
        _ => Err(check::refused(faults)),
    }
}

/// Finds what is to be revoked.
///
/// # Errors
/// A [`Refusal`] of the world stage: the certificate is not bound to the device, is revoked for good already, is on hold
/// and to be held again, or has ended.
pub fn revoke<W: World + ?Sized>(
    checked: &CheckedRevoke,
    world: &W,
    now: UnixSeconds,
) -> Result<Revocable, Refusal> {
    // A hold may give way to another reason (RFC 5280 §5.3.1); the vendor's wire has none that releases it.
    let on_hold = match checked.reason {
        CrlReason::CertificateHold => OnHold::Ended,
        _ => OnHold::Usable,
    };
    let found = renew::find(
        &checked.addressee,
        &checked.serial,
        FaultKind::Revoke,
        on_hold,
        world,
        now,
    )?;
    Ok(Revocable {
        certificate: found.held.certificate,
        authority: found.held.authority,
        reason: checked.reason,
    })
}

/// What an earlier revocation in the same slice leaves of a later one.
#[must_use]
pub fn already_revoked() -> Refusal {
    let finding = Finding::error(
        "enos.cert-sn",
        PAGE,
        "certSn",
        "revoked by an earlier request",
        "a valid certificate that is bound to the device",
    );
    let message = "The certificate has been revoked";
    Refusal::of(
        Stage::World,
        Fault::new(FaultKind::Revoke, message, finding),
    )
}

fn reason(found: Option<i64>) -> Result<CrlReason, Fault> {
    let Some(found) = found else {
        return Ok(CrlReason::Unspecified);
    };
    let mut allowed = REASONS.into_iter();
    let reason = allowed.find(|reason| i64::from(reason.code()) == found);
    reason.ok_or_else(|| {
        let finding = Finding::error(
            "enos.reason",
            "EnOS, Revoke Certificate",
            "reason",
            found.to_string(),
            "0, 1, 3, 4, 5, 6 or 9",
        );
        Fault::new(FaultKind::CallParameters, "reason is invalid", finding)
    })
}

#[cfg(test)]
mod tests;
