//! What this vendor would refuse of a file, or would have done otherwise.

use crate::cert::TbsCertificate;
use crate::lint::Finding;
use crate::profile::ProfileError;
use crate::time::UnixSeconds;
use crate::vendor::as2expert::check;
use crate::vendor::as2expert::config::As2Expert;
use crate::vendor::as2expert::error::{Fault, PAGE, Refusal};
use crate::vendor::as2expert::profile::Sha1;
use crate::vendor::as2expert::shape;
use crate::vendor::as2expert::shape::RULES;
use crate::vendor::as2expert::terms::Terms;
use crate::vendor::as2expert::wire;
use crate::vendor::as2expert::wire::CreateRequest;
use crate::vendor::judge::{Judge, join};
use crate::vendor::shape::Issuer;
use crate::vendor::specimen::Specimen;

/// Judges a slice at a moment; all findings for each, in order. A body is the JSON of `/certificates/create`; of
/// several certificates in a file each stands for itself.
///
/// # Errors
/// None with the profiles that are built in.
pub fn judge(
    specimens: Vec<Specimen>,
    at: UnixSeconds,
    settings: &As2Expert,
) -> Result<Vec<Vec<Finding>>, ProfileError> {
    let terms = Terms::new(at, settings)?;
    let sha1 = match settings.config().allow_sha1 {
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

fn body(octets: &[u8], terms: &Terms) -> Result<Vec<Finding>, Refusal> {
    let object = wire::object(octets)?;
    let (request, faults) = CreateRequest::read_all(&object);
    let mut findings = told(&faults);
    for refusal in check::check(&[request], terms)
        .into_iter()
        .filter_map(Result::err)
    {
        join(&mut findings, told(refusal.faults()));
    }
    Ok(findings)
}

fn told(faults: &[Fault]) -> Vec<Finding> {
    let one = |fault: &Fault| fault.finding().clone().answered(None, fault.msg());
    faults.iter().map(one).collect()
}

fn no_request() -> Finding {
    let expected = "a body of create: the vendor makes the key itself";
    let found = "a file that is neither JSON nor a certificate, such as a certification request";
    Finding::error("as2expert.input", PAGE, "request", found, expected)
}
