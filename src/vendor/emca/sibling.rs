//! The calls beside `createCustomCertificateById`: revoke, suspend, getCertificate, profiles.
//!
//! They sign a text where the others sign a request: a serial number in decimal, a CA's name, a profile's name.

use std::sync::Arc;

use crate::ext::CrlReason;
use crate::lint::Finding;
use crate::serial::SerialNumber;
use crate::vendor::Stage;
use crate::vendor::emca::Method;
use crate::vendor::emca::caller::Authenticated;
use crate::vendor::emca::check;
use crate::vendor::emca::config::Emca;
use crate::vendor::emca::content;
use crate::vendor::emca::error;
use crate::vendor::emca::error::{Fault, FaultKind, PAGE, Refusal, kept};
use crate::vendor::emca::profile::EmcaProfile;
use crate::vendor::emca::wire::missing;
use crate::vendor::emca::world::{Held, State, World};

pub mod pkcs12;

/// A revocation or a suspension that the request stage found nothing wrong with.
#[derive(Clone, Debug)]
pub struct CheckedRevoke {
    method: Method,
    user_name: String,
    serial: SerialNumber,
    reason: CrlReason,
    remarks: String,
}

/// A certificate that is to be revoked or put on hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Revocable {
    /// The certificate, as the world numbers it.
    pub certificate: i64,
    /// Why; a suspension is `certificateHold`.
    pub reason: CrlReason,
    /// `remarks`, to be kept with it.
    pub remarks: String,
}

/// `revokeMode` of a revocation: reasons of RFC 5280 §5.3.1 without hold (6) and removeFromCRL (8).
pub const REVOKE_MODES: [CrlReason; 8] = [
    CrlReason::Unspecified,
    CrlReason::KeyCompromise,
    CrlReason::CaCompromise,
    CrlReason::AffiliationChanged,
    CrlReason::Superseded,
    CrlReason::CessationOfOperation,
    CrlReason::PrivilegeWithdrawn,
    CrlReason::AaCompromise,
];

impl CheckedRevoke {
    /// The serial number that was signed.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> CrlReason {
        self.reason
    }
}

/// Checks a call to `revoke` or `suspend`.
///
/// # Errors
/// A [`Refusal`] of the request stage.
pub fn check_revoke(call: &Authenticated<'_>) -> Result<CheckedRevoke, Refusal> {
    let mut faults = Vec::new();
    let serial = kept(serial(call), &mut faults);
    let mode = call.parameters.revoke_mode.as_deref();
    let reason = match call.method {
        Method::Suspend => suspend_mode(mode),
        _ => revoke_mode(mode),
    };
    let reason = kept(reason, &mut faults);
    let remarks = call.parameters.remarks.clone();
    let remarks = kept(remarks.ok_or_else(|| missing("remarks")), &mut faults);
    match (serial, reason, remarks) {
        (Some(serial), Some(reason), Some(remarks)) => Ok(CheckedRevoke {
            method: call.method,
            user_name: call.transaction.user_name.clone(),
            serial,
            reason,
            remarks,
        }),
        _ => Err(error::refused(Stage::Request, faults).of_call(call.method)),
    }
}

/// Finds what is to be revoked or put on hold: a certificate of the user's own that is neither revoked nor, for a
/// suspension, on hold. The vendor's pages have no narrower message for it than `Please enter valid data`.
///
/// # Errors
/// A [`Refusal`] of the world stage.
pub fn revoke<W: World + ?Sized>(checked: &CheckedRevoke, world: &W) -> Result<Revocable, Refusal> {
    let held = find(&checked.user_name, &checked.serial, world);
    let held = held.map_err(|refusal| refusal.of_call(checked.method))?;
    let is_hold = checked.reason == CrlReason::CertificateHold;
    let found = match held.state {
        State::Revoked(at) => format!("revoked at {at}"),
        State::Suspended(at) if is_hold => format!("on hold since {at}"),
        _ => {
            return Ok(Revocable {
                certificate: held.certificate,
                reason: checked.reason,
                remarks: checked.remarks.clone(),
            });
        }
    };
    let finding = Finding::error(
        "emca.state",
        PAGE,
        "serial number",
        found,
        "a good certificate",
    );
    let fault = Fault::new(FaultKind::Data, finding);
    Err(Refusal::of(Stage::World, fault).of_call(checked.method))
}

/// Answers `getCertificate`: a certificate of the user's own by its serial number, ended or not.
///
/// # Errors
/// A [`Refusal`] of the request or of the world stage.
pub fn certificate<W: World + ?Sized>(
    call: &Authenticated<'_>,
    world: &W,
) -> Result<Held, Refusal> {
    let found = serial(call)
        .map_err(|fault| Refusal::of(Stage::Request, fault))
        .and_then(|serial| find(&call.transaction.user_name, &serial, world));
    found.map_err(|refusal| refusal.of_call(call.method))
}

/// Answers `getCertificateProfileList`: the profiles of the CA whose name was signed. `default_ca` is the name of the
/// CA that issues for profiles which name none.
///
/// # Errors
/// A [`Refusal`] of the request stage; a CA without profiles is not told from one that is not there.
pub fn profile_list(
    call: &Authenticated<'_>,
    settings: &Emca,
    default_ca: &str,
) -> Result<Vec<Arc<EmcaProfile>>, Refusal> {
    let name = signed_text(call)?;
    let of_ca = |profile: &&Arc<EmcaProfile>| profile.ca().unwrap_or(default_ca) == name;
    let found: Vec<_> = settings.profiles().iter().filter(of_ca).cloned().collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let finding = Finding::error(
        "emca.ca",
        PAGE,
        "CA name",
        format!("{name:?}"),
        "a CA with profiles",
    );
    let fault = Fault::new(FaultKind::Data, finding);
    Err(Refusal::of(Stage::Request, fault).of_call(call.method))
}

/// Answers `getProfileInfoByProfileName`: the profile whose name was signed.
///
/// # Errors
/// A [`Refusal`] of the request stage: `Invalid Certificate Profile name`.
pub fn profile_info(
    call: &Authenticated<'_>,
    settings: &Emca,
) -> Result<Arc<EmcaProfile>, Refusal> {
    let name = signed_text(call)?;
    settings.profile_of_name(&name).cloned().ok_or_else(|| {
        let fault = check::unknown_profile_name("profile name", &name);
        Refusal::of(Stage::Request, fault).of_call(call.method)
    })
}

fn signed_text(call: &Authenticated<'_>) -> Result<String, Refusal> {
    let text = content::text(call.user, &call.parameters);
    text.map_err(|fault| Refusal::of(Stage::Request, fault).of_call(call.method))
}

fn find<W: World + ?Sized>(
    user_name: &str,
    serial: &SerialNumber,
    world: &W,
) -> Result<Held, Refusal> {
    let held = world.of_serial(user_name, serial);
    let held = held.map_err(|error| Refusal::internal(&error))?;
    let mut held = held.into_iter();
    let refused = |found: String, expected| {
        let finding = Finding::error("emca.serial", PAGE, "serial number", found, expected);
        Refusal::of(Stage::World, Fault::new(FaultKind::Data, finding))
    };
    match (held.next(), held.len()) {
        (Some(held), 0) => Ok(held),
        (None, _) => {
            let expected = "the number of a certificate of this user";
            Err(refused(serial.to_string(), expected))
        }
        // Of two CAs, given before they counted together or by hand: nobody can tell which one is meant.
        (Some(_), others) => {
            let found = format!("{serial}, the number of {} certificates", others + 1);
            Err(refused(found, "the number of one certificate of this user"))
        }
    }
}

/// The signed text as a serial number in decimal digits.
fn serial(call: &Authenticated<'_>) -> Result<SerialNumber, Fault> {
    let text = content::text(call.user, &call.parameters)?;
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    let serial = text.parse().ok().filter(|_| digits);
    serial.ok_or_else(|| {
        let found = format!("{text:?}");
        let finding = Finding::error(
            "emca.serial",
            PAGE,
            "signature",
            found,
            "a serial number in decimal digits",
        );
        Fault::new(FaultKind::Data, finding)
    })
}

fn revoke_mode(found: Option<&str>) -> Result<CrlReason, Fault> {
    let found = found.ok_or_else(|| missing("revokeMode"))?;
    let mut modes = REVOKE_MODES.into_iter();
    let mode = modes.find(|reason| reason.code().to_string() == found);
    mode.ok_or_else(|| wrong_mode(found, "0, 1, 2, 3, 4, 5, 9 or 10"))
}

/// The page has 6; its sample leaves the value empty.
fn suspend_mode(found: Option<&str>) -> Result<CrlReason, Fault> {
    match found {
        None | Some("6") => Ok(CrlReason::CertificateHold),
        Some(other) => Err(wrong_mode(other, "6")),
    }
}

fn wrong_mode(found: &str, expected: &str) -> Fault {
    let finding = Finding::error("emca.revoke-mode", PAGE, "revokeMode", found, expected);
    Fault::new(FaultKind::Data, finding)
}

#[cfg(test)]
mod tests;
