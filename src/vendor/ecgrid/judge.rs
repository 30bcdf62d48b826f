//! What this vendor would refuse of a file, or would have done otherwise.

use crate::cert::TbsCertificate;
use crate::lint::Finding;
use crate::profile::ProfileError;
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::check;
use crate::vendor::ecgrid::check::PAGE;
use crate::vendor::ecgrid::config::Ecgrid;
use crate::vendor::ecgrid::error::{Fault, Refusal};
use crate::vendor::ecgrid::profile::Sha1;
use crate::vendor::ecgrid::shape;
use crate::vendor::ecgrid::shape::RULES;
use crate::vendor::ecgrid::terms::Terms;
use crate::vendor::ecgrid::wire;
use crate::vendor::ecgrid::wire::{Call, CreateRequest};
use crate::vendor::judge::Judge;
use crate::vendor::shape::Issuer;
use crate::vendor::specimen::Specimen;

/// Judges a slice at a moment; all findings for each, in order. A body is the JSON of `/v2/certificates/create`; of
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
        Specimen::Body(octets) => Ok(match body(&octets, &terms) {
            Ok(()) => Vec::new(),
            Err(refusal) => {
                let findings = refusal.faults().iter().map(Fault::finding);
                findings.cloned().collect()
            }
        }),
        Specimen::Request(_) => Ok(vec![no_request()]),
        other => certificates.findings(&other),
    };
    specimens.into_iter().map(one).collect()
}

fn body(octets: &[u8], terms: &Terms) -> Result<(), Refusal> {
    let object = wire::object(octets)?;
    let request = CreateRequest::read(&Call::Json(&object))?;
    let mut answers = check::check(&[request], terms).into_iter();
    answers.try_for_each(|answer| answer.map(drop))
}

fn no_request() -> Finding {
    let expected = "a body of create: the vendor makes the key itself";
    let found = "a file that is neither JSON nor a certificate, such as a certification request";
    Finding::error("ecgrid.input", PAGE, "request", found, expected)
}
