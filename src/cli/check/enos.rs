//! EnOS: the request stage of `action=apply`, and the shape of device certificates.

use serde_json::{Map, Value};

use super::{Checked, Content};
use crate::cert::Certificate;
use crate::cli::error::CliError;
use crate::ext::BasicConstraints;
use crate::key::PublicKeyKind;
use crate::lint;
use crate::lint::Finding;
use crate::oid;
use crate::request::CertificationRequest;
use crate::vendor::enos::Authority;
use crate::vendor::enos::check;
use crate::vendor::enos::error::{Fault, Refusal};
use crate::vendor::enos::shape;
use crate::vendor::enos::wire;
use crate::vendor::enos::wire::ApplyRequest;

/// Checks files in their order. The requests among them are judged together: moduli that share a factor are found.
pub(super) fn check(files: Vec<(String, Content)>) -> Result<Vec<Checked>, CliError> {
    let mut checked = Vec::with_capacity(files.len());
    let mut requests = Vec::new();
    let mut places = Vec::new();
    for (place, (file, content)) in files.into_iter().enumerate() {
        let (kind, findings, request) = match content {
            Content::Certificate(certificate) => {
                let (kind, findings) = of_certificate(&certificate)?;
                (kind, findings, None)
            }
            Content::Body(octets) => match of_body(&octets) {
                Ok(request) => ("request body", Vec::new(), Some(request)),
                Err(refusal) => ("request body", of_refusal(&refusal), None),
            },
            Content::Request(octets) => {
                ("certification request", Vec::new(), Some(of_file(octets)))
            }
        };
        if let Some(request) = request {
            requests.push(request);
            places.push(place);
        }
        checked.push(Checked {
            file,
            kind,
            findings,
        });
    }
    for (place, answer) in places.into_iter().zip(check::check(requests)) {
        if let (Err(refusal), Some(checked)) = (answer, checked.get_mut(place)) {
            checked.findings = of_refusal(&refusal);
        }
    }
    Ok(checked)
}

fn of_certificate(certificate: &Certificate) -> Result<(&'static str, Vec<Finding>), CliError> {
    let constraints = certificate.extensions().find(oid::BASIC_CONSTRAINTS);
    let is_ca = constraints
        .and_then(|found| BasicConstraints::from_extension_value(found.value()).ok())
        .is_some_and(BasicConstraints::is_ca);
    if is_ca {
        return Ok(("CA certificate", lint::run(certificate.tbs(), &[])));
    }
    let findings = shape::findings(certificate.tbs())
        .map_err(|error| CliError::failed("read the profile of device certificates", error))?;
    Ok(("certificate", findings))
}

/// A body's organization and device stand in the query: unless one of them is here too, they are not what is checked.
fn of_body(octets: &[u8]) -> Result<ApplyRequest, Refusal> {
    let fields = wire::object(&[], octets)?;
    let is_given = |fields: &Map<String, Value>, name| {
        fields
            .get(name)
            .is_some_and(|value: &Value| !value.is_null())
    };
    let names_any = ["orgId", "assetId", "productKey", "deviceKey"]
        .into_iter()
        .any(|name| is_given(&fields, name));
    let request = ApplyRequest::from_object(&fields)?;
    Ok(if names_any {
        request
    } else {
        for_anyone(request)
    })
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

fn of_refusal(refusal: &Refusal) -> Vec<Finding> {
    refusal
        .faults()
        .iter()
        .map(Fault::finding)
        .cloned()
        .collect()
}
