//! What was issued to a device, as the vendor's page *List Certificate* tells it.

use std::fmt::Write as _;

use serde::Serialize;

use crate::ext::CrlReason;
use crate::name::Name;
use crate::time::UnixSeconds;
use crate::vendor::enos::check;
use crate::vendor::enos::check::CheckedAddressee;
use crate::vendor::enos::error::Refusal;
use crate::vendor::enos::renew;
use crate::vendor::enos::wire::ListRequest;
use crate::vendor::enos::world::{Held, World};

/// A listing that the request stage found nothing wrong with.
#[derive(Clone, Debug)]
pub struct CheckedList {
    addressee: CheckedAddressee,
}

/// One certificate of a list, field for field in the order of the vendor's sample.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateRow {
    #[serde(rename = "certSN")]
    cert_sn: String,
    cert: String,
    cert_status: u8,
    issuer: String,
    subject: String,
    sign_date: u64,
    effective_date: u64,
    expire_date: u64,
    revoker: String,
    revoker_reason: String,
}

/// Checks a listing.
///
/// # Errors
/// A [`Refusal`] of the request stage.
pub fn check(request: &ListRequest) -> Result<CheckedList, Refusal> {
    check::addressee(&request.addressee)
        .map(|addressee| CheckedList { addressee })
        .map_err(check::refused)
}

/// Lists what was issued to a device, oldest first.
///
/// `certStatus` is 0 valid, 1 revoked, 2 expired; what was both is revoked, and what was superseded without having been
/// revoked is told as revoked. Times are in milliseconds since 1970. `revoker` and `revokerReason` are empty unless
/// revoked.
///
/// # Errors
/// A [`Refusal`] of the world stage.
pub fn list<W: World + ?Sized>(
    checked: &CheckedList,
    world: &W,
    now: UnixSeconds,
) -> Result<Vec<CertificateRow>, Refusal> {
    let held = renew::held(&checked.addressee, world)?;
    held.iter().map(|held| row(held, now)).collect()
}

fn row(held: &Held, now: UnixSeconds) -> Result<CertificateRow, Refusal> {
    let certificate = renew::certificate(held)?;
    let validity = certificate.validity();
    let revoked = held.revocation.is_some() || held.superseded;
    let expired = validity.not_after() < now;
    let revocation = held.revocation.as_ref();
    let reason = match revocation {
        Some(revocation) => Some(revocation.reason),
        None => held.superseded.then_some(CrlReason::Superseded),
    };
    Ok(CertificateRow {
        cert_sn: certificate.serial().to_string(),
        cert: certificate.to_pem(),
        cert_status: match (revoked, expired) {
            (true, _) => 1,
            (false, true) => 2,
            (false, false) => 0,
        },
        issuer: platform_text(certificate.issuer()),
        subject: platform_text(certificate.subject()),
        sign_date: milliseconds(held.issued_at),
        effective_date: milliseconds(validity.not_before()),
        expire_date: milliseconds(validity.not_after()),
        revoker: revocation.map_or_else(String::new, |revocation| revocation.by.clone()),
        revoker_reason: reason.map(reason_text).unwrap_or_default(),
    })
}

/// The vendor's sample has `KEY COMPROMISE`: the name of RFC 5280 in upper case, its words apart.
fn reason_text(reason: CrlReason) -> String {
    let mut text = String::new();
    for letter in reason.to_string().chars() {
        if letter.is_ascii_uppercase() {
            text.push(' ');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

fn milliseconds(at: UnixSeconds) -> u64 {
    at.seconds().saturating_mul(1000)
}

/// A name as the vendor's Java platform writes it: `EMAILADDRESS=ca@eniot.io, CN=EnOS CA, …, C=CN`, most specific
/// level first, values in quotation marks where a special character stands in them.
fn platform_text(name: &Name) -> String {
    let mut text = String::new();
    for (index, rdn) in name.rdns().iter().rev().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        for (index, attribute) in rdn.attributes().iter().enumerate() {
            if index > 0 {
                text.push_str(" + ");
            }
            let oid = attribute.oid();
            let keyword = oid.attribute_name().map_or_else(
                || format!("OID.{oid}"),
                |keyword| keyword.to_ascii_uppercase(),
            );
            let value = quoted(&attribute.value().text().unwrap_or_default());
            // Writing to a string cannot fail.
            write!(text, "{keyword}={value}").unwrap_or_default();
        }
    }
    text
}

fn quoted(value: &str) -> String {
    let special = value.contains([',', '+', '=', '<', '>', '#', ';', '"', '\\', '\n']);
    if !special && value.trim() == value {
        return value.to_owned();
    }
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests;
