//! What another machine has prepared, made here once more before it is signed.
//!
//! Whoever signs octets because they look right signs whatever somebody makes look right. So the fields of a
//! `TBSCertificate` from elsewhere are taken for an order, that order is prepared here under the profile and the lints, and
//! only when the very same octets come out may they be signed: it is those from here that are. The request that proved
//! possession of the key, the device and what was issued before were the other machine's to judge.

use crate::cert::{Certificate, TbsCertificate};
use crate::issuer::Prepared;
use crate::key::Signature;
use crate::lint::Finding;
use crate::name::Name;
use crate::request::CertificationRequest;
use crate::vendor::Stage;
use crate::vendor::enos::Authority;
use crate::vendor::enos::check::refused;
use crate::vendor::enos::error::{Fault, FaultKind, PAGE, Refusal, chain_text};
use crate::vendor::enos::subject;
use crate::vendor::enos::terms;
use crate::vendor::enos::terms::Terms;

/// Prepares what these octets say, for the authority that they name.
///
/// # Errors
/// A [`Refusal`] when they are no `TBSCertificate`, name an issuer that does not issue now, are not what the rules for
/// subject, key and serial number allow, or differ from what is prepared of them.
pub fn prepare_again(octets: &[u8], terms: &Terms) -> Result<(Authority, Prepared), Refusal> {
    let tbs = TbsCertificate::from_der(octets);
    let tbs = tbs.map_err(|error| other(error.to_string(), "a TBSCertificate"))?;
    let mut authorities = [Authority::Rsa, Authority::Ecc].into_iter();
    let issued = authorities.find_map(|authority| {
        let issuer = terms.issuer(authority)?;
        (issuer.name() == tbs.issuer()).then_some((authority, issuer))
    });
    let Some((authority, issuer)) = issued else {
        let expected = "the name of an authority that issues now";
        return Err(other(format!("issuer {}", tbs.issuer()), expected));
    };
    let key = tbs.public_key().algorithm().ok_or_else(|| {
        let found = format!("a key of {}", tbs.public_key().kind());
        other(found, "a key that the authority takes")
    })?;
    let faults = subject::unkeyed_faults(key, Some(authority), tbs.subject());
    if !faults.is_empty() {
        return Err(refused(faults));
    }
    terms::check_serial(tbs.serial())?;
    let order = terms.order_again(&tbs, authority).ok_or_else(|| {
        let expected = "the name of an authority that issues now";
        other(format!("issuer {}", tbs.issuer()), expected)
    })?;
    let prepared = issuer.prepare(&order, tbs.serial().clone());
    let prepared = prepared.map_err(|findings| Refusal::from_findings(&findings))?;
    let made = prepared.tbs_der();
    if made != octets {
        let same = made
            .iter()
            .zip(octets)
            .take_while(|(made, given)| made == given);
        let found = format!(
            "{} octets that differ from octet {} on",
            octets.len(),
            same.count()
        );
        let expected = format!("the {} octets that the profile makes of them", made.len());
        return Err(other(found, &expected));
    }
    Ok((authority, prepared))
}

/// Joins octets and a signature into a certificate for the key of the request beside them. Whether it verifies is not asked here.
///
/// # Errors
/// A [`Refusal`] when the octets are no `TBSCertificate`, or the request is about another key.
pub fn join(
    octets: &[u8],
    signature: &[u8],
    request: Option<&[u8]>,
) -> Result<Certificate, Refusal> {
    let signature = Signature::from_bytes(signature.to_vec());
    let joined =
        TbsCertificate::from_der(octets).and_then(|tbs| Certificate::assemble(tbs, &signature));
    let certificate = joined.map_err(|error| other(chain_text(&error), "a TBSCertificate"))?;
    if let Some(request) = request {
        let request = CertificationRequest::from_der(request);
        let is_its = request.is_ok_and(|request| request.public_key() == certificate.public_key());
        if !is_its {
            let found = "a request for another key".to_owned();
            return Err(other(found, "the request that the certificate answers"));
        }
    }
    Ok(certificate)
}

/// Of octets that no CA of the workspace has signed.
#[must_use]
pub fn not_signed(issuer: &Name) -> Refusal {
    let found = format!("issuer {issuer}, whose signature this is not");
    other(found, "a signature of a CA of the workspace")
}

/// Of octets that nobody has signed.
#[must_use]
pub fn unsigned() -> Refusal {
    other("no signature".to_owned(), "one of the stage before")
}

fn other(found: String, expected: &str) -> Refusal {
    let finding = Finding::error("enos.prepared", PAGE, "tbsCertificate", found, expected);
    let message = "what was prepared elsewhere is not what is prepared here";
    Refusal::of(
        Stage::Profile,
        Fault::new(FaultKind::CaCall, message, finding),
    )
}

#[cfg(test)]
mod tests;
