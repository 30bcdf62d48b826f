//! Adding a certificate that was made elsewhere: a partner's public one, or one's own with its private key.

use crate::cert::Certificate;
use crate::key::KeyPair;
use crate::lint::Finding;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::check::{PAGE, kept, partner, unexplained, wrong};
use crate::vendor::ecgrid::enums::{CertificateType, CertificateUsage};
use crate::vendor::ecgrid::error::{Fault, FaultKind, Refusal};
use crate::vendor::ecgrid::order::{not_found, visible_one};
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::wire::parameters::{BEGIN_USAGE, CERT, CERT_TYPE, PARTNER_COMM_ID};
use crate::vendor::ecgrid::wire::{AddCommon, AddPrivateRequest, AddPublicRequest};
use crate::vendor::ecgrid::world::{Comm, World};

/// A certificate that may be added to a Comm.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "taken apart by those who keep certificates"
)]
pub struct Addition {
    /// The Comm.
    pub comm: Comm,
    /// The certificate.
    pub certificate: Certificate,
    /// `Usage`.
    pub usage: CertificateUsage,
    /// `BeginUsage`; its use ends with the certificate.
    pub begin_usage: UnixSeconds,
    /// `PartnerID`.
    pub partner_id: Option<String>,
    /// `PartnerURL`.
    pub partner_url: Option<String>,
    /// `KeyID`.
    pub key_id: Option<String>,
    /// `UserID`.
    pub user_id: Option<String>,
}

/// Judges the addition of a public certificate, DER or PEM; the partner is another Comm, by its identifier.
///
/// # Errors
/// A [`Refusal`]; `DuplicateObject` for a certificate that the Comm has.
pub fn add_public<W: World + ?Sized>(
    request: &AddPublicRequest,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<Addition, Refusal> {
    let judged = public(request, caller, world, now);
    judged.map_err(|refusal| refusal.of_operation(Operation::AddPublic))
}

fn public<W: World + ?Sized>(
    request: &AddPublicRequest,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<Addition, Refusal> {
    let certificate = Certificate::from_bytes(&request.certificate).map_err(|error| {
        let expected = "a certificate, DER or PEM";
        let found = format!("something else ({error})");
        wrong("ecgrid.cert", CERT, &found, expected)
    });
    let mut faults = Vec::new();
    let certificate = kept(certificate, &mut faults);
    let checked = check(&request.common, certificate.as_ref(), now, faults)?;
    let comm = visible_one(request.common.comm_id, caller, world)?;
    let partner = match request.partner_comm_id {
        None => None,
        Some(id) => Some(partner_comm(id, world)?.identifier),
    };
    let addition = checked.addition(comm, certificate, partner, request.partner_url.clone())?;
    unique(addition, world)
}

/// Judges the addition of a certificate with its private key, both taken from the request's PKCS #12.
///
/// # Errors
/// As [`add_public`], and `InvalidParameter` when the key is another's.
pub fn add_private<W: World + ?Sized>(
    request: &AddPrivateRequest,
    certificate: &Certificate,
    key: &KeyPair,
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<Addition, Refusal> {
    let judged = private(request, (certificate, key), caller, world, now);
    judged.map_err(|refusal| refusal.of_operation(Operation::AddPrivate))
}

fn private<W: World + ?Sized>(
    request: &AddPrivateRequest,
    (certificate, key): (&Certificate, &KeyPair),
    caller: &Caller,
    world: &W,
    now: UnixSeconds,
) -> Result<Addition, Refusal> {
    let mut faults = Vec::new();
    if key.public_key() != certificate.public_key() {
        let found = "a private key that is not the certificate's";
        let expected = "a certificate and its private key";
        faults.push(wrong("ecgrid.cert-key-pair", CERT, found, expected));
    }
    let named = request.partner_as2_id.as_deref().map(partner).transpose();
    let partner = kept(named, &mut faults).flatten();
    let checked = check(&request.common, Some(certificate), now, faults)?;
    let comm = visible_one(request.common.comm_id, caller, world)?;
    let partner = partner.map(|partner| partner.as_str().to_owned());
    unique(
        checked.addition(comm, Some(certificate.clone()), partner, None)?,
        world,
    )
}

/// The request's PKCS #12 could not be opened, and why.
#[must_use]
pub fn unreadable_pkcs12(reason: &str) -> Refusal {
    let expected = "a PKCS #12 that its password opens, with one private key";
    let found = format!("a file that does not open ({reason})");
    let fault = wrong("ecgrid.pkcs12", CERT, &found, expected);
    Refusal::of(Stage::Request, fault).of_operation(Operation::AddPrivate)
}

/// This build reads and writes no PKCS #12.
#[must_use]
pub fn unsupported_pkcs12() -> Refusal {
    let (found, expected) = ("a build without feature p12", "one with it");
    let finding = Finding::error(
        "ecgrid.pkcs12-unsupported",
        PAGE,
        CERT.rest,
        found,
        expected,
    );
    let fault = Fault::new(FaultKind::Internal, CERT, "cannot be opened here", finding);
    Refusal::of(Stage::World, fault).of_operation(Operation::AddPrivate)
}

/// What the request stage found good.
struct Checked {
    usage: CertificateUsage,
    begin_usage: UnixSeconds,
    key_id: Option<String>,
    user_id: Option<String>,
}

impl Checked {
    fn addition(
        self,
        comm: Comm,
        certificate: Option<Certificate>,
        partner_id: Option<String>,
        partner_url: Option<String>,
    ) -> Result<Addition, Refusal> {
        Ok(Addition {
            comm,
            certificate: certificate.ok_or_else(|| unexplained(CERT))?,
            usage: self.usage,
            begin_usage: self.begin_usage,
            partner_id,
            partner_url,
            key_id: self.key_id,
            user_id: self.user_id,
        })
    }
}

/// X.509 alone is a certificate here; its use cannot begin after its end.
fn check(
    common: &AddCommon,
    certificate: Option<&Certificate>,
    now: UnixSeconds,
    mut faults: Vec<Fault>,
) -> Result<Checked, Refusal> {
    if common.cert_type != CertificateType::X509 {
        let found = common.cert_type.to_string();
        faults.push(wrong("ecgrid.cert-type", CERT_TYPE, &found, "X509"));
    }
    let begin_usage = common.begin_usage.unwrap_or(now);
    let end = certificate.map(|certificate| certificate.validity().not_after());
    if let Some(end) = end.filter(|end| *end <= begin_usage) {
        let expected = format!("before the certificate's end, {end}");
        let found = begin_usage.to_string();
        faults.push(wrong("ecgrid.begin-usage", BEGIN_USAGE, &found, &expected));
    }
    match Refusal::from_faults(Stage::Request, faults) {
        Some(refusal) => Err(refusal),
        None => Ok(Checked {
            usage: common.usage.unwrap_or_default(),
            begin_usage,
            key_id: common.key_id.clone(),
            user_id: common.user_id.clone(),
        }),
    }
}

/// A partner's Comm need not be one that the caller sees.
fn partner_comm<W: World + ?Sized>(id: i32, world: &W) -> Result<Comm, Refusal> {
    let found = world
        .comms(&[id])
        .map_err(|error| Refusal::internal(&error))?;
    let found = found.into_iter().flatten().next();
    found.ok_or_else(|| not_found(PARTNER_COMM_ID, id))
}

fn unique<W: World + ?Sized>(addition: Addition, world: &W) -> Result<Addition, Refusal> {
    let keys = world
        .cert_keys(addition.comm.id)
        .map_err(|error| Refusal::internal(&error))?;
    let same = |key: &crate::vendor::ecgrid::world::CertKey| {
        key.certificate == addition.certificate && key.terminated_at.is_none()
    };
    let Some(same) = keys.into_iter().find(|key| same(key)) else {
        return Ok(addition);
    };
    let finding = Finding::error(
        "ecgrid.duplicate",
        PAGE,
        CERT.rest,
        format!("the certificate of certKeyId {}", same.cert_key_id),
        "one that the Comm does not have",
    );
    let message = format!("exists as certKeyId {}", same.cert_key_id);
    let fault = Fault::new(FaultKind::DuplicateObject, CERT, &message, finding);
    Err(Refusal::of(Stage::World, fault))
}

#[cfg(test)]
mod tests;
