//! What this vendor would refuse of a file, or would have done otherwise.

use crate::cert::TbsCertificate;
use crate::lint::{Code, Finding};
use crate::profile::ProfileError;
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::check;
use crate::vendor::ecgrid::check::PAGE;
use crate::vendor::ecgrid::config::Ecgrid;
use crate::vendor::ecgrid::error::{Fault, Refusal};
use crate::vendor::ecgrid::profile::Sha1;
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::shape;
use crate::vendor::ecgrid::shape::RULES;
use crate::vendor::ecgrid::soap::SoapRequest;
use crate::vendor::ecgrid::terms::Terms;
use crate::vendor::ecgrid::wire;
use crate::vendor::ecgrid::wire::{Call, CreateRequest};
use crate::vendor::judge::{Judge, join};
use crate::vendor::shape::Issuer;
use crate::vendor::specimen::Specimen;

/// Judges a slice at a moment; all findings for each, in order. A body is the JSON of `/v2/certificates/create` or the XML
/// of `CertificateCreatePrivate`; of
/// several certificates in a file each stands for itself.
///
/// # Errors
/// None with the profiles that are built in.
pub fn judge(
    specimens: Vec<Specimen>,
    at: UnixSeconds,
    settings: &Ecgrid,
) -> Result<Vec<Vec<Finding>>, ProfileError> {
    let terms = Terms::new(at, settings)?;
    let sha1 = match terms.allows_sha1() {
        true => Sha1::Allowed,
        false => Sha1::Refused,
    };
    let of_tbs = |tbs: &TbsCertificate| shape::findings(tbs, sha1);
    let certificates = Judge {
        at,
        rules: &RULES,
        issuer: Issuer::Subject,
        shape: &of_tbs,
    };
    let one = |specimen| match specimen {
        Specimen::Body(octets) => {
            Ok(body(&octets, &terms).unwrap_or_else(|refusal| told(refusal.faults())))
        }
        Specimen::Request(_) => Ok(vec![no_request()]),
        other => certificates.findings(&other),
    };
    specimens.into_iter().map(one).collect()
}

/// JSON of REST or XML of SOAP.
fn body(octets: &[u8], terms: &Terms) -> Result<Vec<Finding>, Refusal> {
    if !SoapRequest::is_xml(octets) {
        let object = wire::object(octets)?;
        return Ok(call(&Call::Json(&object), terms));
    }
    let request = SoapRequest::from_xml(octets)?;
    Ok(match request.operation() {
        Operation::CreatePrivate => call(&Call::Elements(&request.parameters()), terms),
        other => vec![not_judged(other.name())],
    })
}

fn call(call: &Call<'_>, terms: &Terms) -> Vec<Finding> {
    let (request, faults) = CreateRequest::read_all(call);
    let mut findings = told(&faults);
    for refusal in check::check(&[request], terms)
        .into_iter()
        .filter_map(Result::err)
    {
        join(&mut findings, told(refusal.faults()));
    }
    findings
}

fn told(faults: &[Fault]) -> Vec<Finding> {
    let one = |fault: &Fault| {
        let code = Code::Word(fault.kind().error_code());
        fault
            .finding()
            .clone()
            .answered(Some(code), fault.message())
    };
    faults.iter().map(one).collect()
}

fn no_request() -> Finding {
    not_judged("a file that is neither a body nor a certificate, such as a certification request")
}

fn not_judged(found: &str) -> Finding {
    let expected = "a body of create: the vendor makes the key itself";
    Finding::error("ecgrid.input", PAGE, "request", found, expected)
}
