//! What this vendor would refuse of a file, or would have done otherwise.
//!
//! Requests and bodies go through the request stage of `action=apply`; certificates are held against the vendor's
//! sample, those of CAs against RFC 5280 alone.

use serde_json::{Map, Value};

use crate::cert::TbsCertificate;
use crate::key::PublicKeyKind;
use crate::lint::{Code, Finding};
use crate::profile::ProfileError;
use crate::request::CertificationRequest;
use crate::time::UnixSeconds;
use crate::vendor::enos::Authority;
use crate::vendor::enos::check;
use crate::vendor::enos::config::Enos;
use crate::vendor::enos::error::{Fault, Refusal};
use crate::vendor::enos::shape;
use crate::vendor::enos::shape::RULES;
use crate::vendor::enos::wire;
use crate::vendor::enos::wire::ApplyRequest;
use crate::vendor::judge::{Judge, join};
use crate::vendor::shape::Issuer;
use crate::vendor::specimen::Specimen;

/// Judges a slice at a moment; all findings for each, in order. The requests among them are judged together: moduli
/// that share a factor are found.
///
/// # Errors
/// None with the profile that is built in.
pub fn judge(
    specimens: Vec<Specimen>,
    at: UnixSeconds,
    settings: &Enos,
) -> Result<Vec<Vec<Finding>>, ProfileError> {
    let of_tbs = |tbs: &TbsCertificate| {
        let mut findings = shape::findings(tbs)?;
        findings.extend(shape::lifetime(tbs, settings));
        Ok(findings)
    };
    let certificates = Judge {
        at,
        rules: &RULES,
        issuer: Issuer::Authority,
        shape: &of_tbs,
    };
    let mut judged = Vec::with_capacity(specimens.len());
    let mut requests = Vec::new();
    let mut places = Vec::new();
    for (place, specimen) in specimens.into_iter().enumerate() {
        let mut request = None;
        let findings = match specimen {
            Specimen::Request(octets) => {
                request = Some(of_file(octets));
                Vec::new()
            }
            Specimen::Body(octets) => match of_body(&octets) {
                Ok((read, faults)) => {
                    request = Some(read);
                    told(&faults)
                }
                Err(refusal) => told(refusal.faults()),
            },
            other => certificates.findings(&other)?,
        };
        if let Some(request) = request {
            requests.push(request);
            places.push(place);
        }
        judged.push(findings);
    }
    for (place, answer) in places.into_iter().zip(check::check(requests)) {
        if let (Err(refusal), Some(findings)) = (answer, judged.get_mut(place)) {
            join(findings, told(refusal.faults()));
        }
    }
    Ok(judged)
}

/// A body's organization and device stand in the query: unless one of them is here too, they are not what is checked.
fn of_body(octets: &[u8]) -> Result<(ApplyRequest, Vec<Fault>), Refusal> {
    let fields = wire::object(&[], octets)?;
    let is_given = |fields: &Map<String, Value>, name| {
        fields
            .get(name)
            .is_some_and(|value: &Value| !value.is_null())
    };
    let names_any = ["orgId", "assetId", "productKey", "deviceKey"]
        .into_iter()
        .any(|name| is_given(&fields, name));
    let (request, faults) = ApplyRequest::read_all(&fields);
    let request = match names_any {
        true => request,
        false => for_anyone(request),
    };
    Ok((request, faults))
}

/// A file can name neither device nor authority: its key decides who would issue.
fn of_file(octets: Vec<u8>) -> ApplyRequest {
    let request = for_anyone(ApplyRequest::new());
    let kind = CertificationRequest::from_bytes(&octets);
    let request = match kind.as_ref().map(|csr| csr.public_key().kind()) {
        Ok(PublicKeyKind::Rsa { .. }) => request.with_issue_authority(Authority::Rsa.as_str()),
        Ok(_) => request.with_issue_authority(Authority::Ecc.as_str()),
        Err(_) => request,
    };
    request.with_csr_octets(octets)
}

fn for_anyone(request: ApplyRequest) -> ApplyRequest {
    request
        .or_org_id("any")
        .or_device_key("any")
        .or_product_key("any")
}

fn told(faults: &[Fault]) -> Vec<Finding> {
    let one = |fault: &Fault| {
        let code = Code::Number(fault.code());
        fault.finding().clone().answered(Some(code), fault.msg())
    };
    faults.iter().map(one).collect()
}
