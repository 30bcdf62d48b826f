//! The request stage: what can be judged by the request alone, with the moment it came at.

use crate::lint::Finding;
use crate::name::{Name, StringType};
use crate::oid;
use crate::time::{UnixSeconds, Validity};
use crate::vendor::Stage;
use crate::vendor::ecgrid::DEFAULT_YEARS;
use crate::vendor::ecgrid::enums::{CertificateUsage, SecureHashAlgorithm};
use crate::vendor::ecgrid::error::{Fault, FaultKind, Parameter, Refusal};
use crate::vendor::ecgrid::terms::Terms;
use crate::vendor::ecgrid::wire::CreateRequest;
use crate::vendor::ecgrid::wire::parameters::{EXPIRES, PARTNER_AS2_ID, SECURE_HASH_ALGORITHM};

/// A request for a certificate that the request stage found nothing wrong with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CheckedCreate {
    pub(super) comm_id: i32,
    pub(super) usage: CertificateUsage,
    pub(super) hash: SecureHashAlgorithm,
    pub(super) partner: Option<PartnerId>,
    pub(super) validity: Validity,
}

/// An AS2 id (RFC 4130 §6.2) that fits a common name.
///
/// Invariant: 1 to [`PartnerId::MAX_CHARACTERS`] printable ASCII characters, no space at either end.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PartnerId(String);

impl CheckedCreate {
    /// The Comm that is to have the certificate.
    #[must_use]
    pub fn comm_id(&self) -> i32 {
        self.comm_id
    }

    /// What the certificate is for.
    #[must_use]
    pub fn usage(&self) -> CertificateUsage {
        self.usage
    }

    /// What it is hashed with.
    #[must_use]
    pub fn hash(&self) -> SecureHashAlgorithm {
        self.hash
    }

    /// The partner that will use it.
    #[must_use]
    pub fn partner(&self) -> Option<&PartnerId> {
        self.partner.as_ref()
    }

    /// `beginUsage` to `expires`.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.validity
    }
}

impl PartnerId {
    /// RFC 5280 appendix A.1, `ub-common-name`; RFC 4130 alone would allow 128.
    pub const MAX_CHARACTERS: usize = 64;

    /// An AS2 id.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let printable = text.bytes().all(|octet| (b' '..=b'~').contains(&octet));
        let fits = (1..=Self::MAX_CHARACTERS).contains(&text.len());
        (printable && fits && text.trim() == text).then(|| Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name `CN=<id>`, and `O=<organization>` before it where there is one.
    ///
    /// # Errors
    /// [`crate::name::NameError`] for an organization that is none; the id alone is always good.
    pub fn name(&self, organization: Option<&str>) -> Result<Name, crate::name::NameError> {
        let utf8 = StringType::Utf8String;
        let organization = organization.map(|text| (oid::ORGANIZATION, utf8, text));
        let attributes: Vec<_> = organization
            .into_iter()
            .chain([(oid::COMMON_NAME, utf8, self.as_str())])
            .collect();
        Name::from_attributes(&attributes)
    }
}

/// Checks a slice; each request stands or falls alone, in order.
///
/// `beginUsage` is the moment by default, `expires` two calendar years after it.
#[must_use]
pub fn check(requests: &[CreateRequest], terms: &Terms) -> Vec<Result<CheckedCreate, Refusal>> {
    let one = |request: &CreateRequest| check_one(request, terms);
    requests.iter().map(one).collect()
}

fn check_one(request: &CreateRequest, terms: &Terms) -> Result<CheckedCreate, Refusal> {
    let CreateRequest {
        comm_id,
        begin_usage,
        usage,
        secure_hash_algorithm,
        partner_as2_id,
        expires,
    } = request;
    let mut faults = Vec::new();
    let hash = kept(hash(*secure_hash_algorithm, terms), &mut faults);
    let partner = partner_as2_id.as_deref().map(partner).transpose();
    let partner = kept(partner, &mut faults).flatten();
    // Of a validity that the request leaves open the terms decide, also when they put all of it into the past.
    let is_asked = begin_usage.is_some() || expires.is_some();
    let begin = begin_usage.unwrap_or_else(|| terms.not_before());
    let end = match expires {
        Some(at) => Ok(*at),
        None => begin.plus_years(DEFAULT_YEARS).map_err(|_| {
            let found = format!("{DEFAULT_YEARS} years after the begin, {begin}, by default");
            wrong("ecgrid.expires", EXPIRES, &found, &latest())
        }),
    };
    let validity = end.and_then(|end| {
        let expected = if end <= begin {
            format!("after the begin, {begin}")
        } else if is_asked && end <= terms.now() {
            format!("after now, {}", terms.now())
        } else {
            String::new()
        };
        let validity = Validity::new(begin, end).ok();
        let validity = validity.filter(|_| expected.is_empty());
        validity.ok_or_else(|| wrong("ecgrid.expires", EXPIRES, &end.to_string(), &expected))
    });
    let validity = kept(validity, &mut faults);
    match (hash, validity, Refusal::from_faults(Stage::Request, faults)) {
        (Some(hash), Some(validity), None) => Ok(CheckedCreate {
            comm_id: *comm_id,
            usage: usage.unwrap_or_default(),
            hash,
            partner,
            validity,
        }),
        (_, _, refusal) => Err(refusal.unwrap_or_else(|| unexplained(EXPIRES))),
    }
}

/// SHA-256 by default; SHA-1 only where the settings allow it.
pub(super) fn hash(
    asked: Option<SecureHashAlgorithm>,
    terms: &Terms,
) -> Result<SecureHashAlgorithm, Fault> {
    let hash = asked.unwrap_or_default();
    if hash != SecureHashAlgorithm::Sha1 || terms.allows_sha1() {
        return Ok(hash);
    }
    Err(wrong(
        "ecgrid.sha1",
        SECURE_HASH_ALGORITHM,
        "SHA1",
        "SHA256, SHA384 or SHA512: this workspace does not allow SHA1",
    ))
}

pub(super) fn partner(text: &str) -> Result<PartnerId, Fault> {
    if let Some(partner) = PartnerId::new(text) {
        return Ok(partner);
    }
    let max = PartnerId::MAX_CHARACTERS;
    let expected = format!("1 to {max} printable ASCII characters, no space at either end");
    let length = text.chars().count();
    if length <= max {
        let found = format!("{text:?}");
        return Err(wrong("ecgrid.partner", PARTNER_AS2_ID, &found, &expected));
    }
    let found = format!("{length} characters");
    let finding = Finding::error("ecgrid.partner", PAGE, PARTNER_AS2_ID.rest, found, expected);
    let message = format!("Too Long (max={max})");
    Err(Fault::new(
        FaultKind::DataLength,
        PARTNER_AS2_ID,
        &message,
        finding,
    ))
}

/// A parameter whose value cannot be.
pub(super) fn wrong(
    rule: &'static str,
    parameter: Parameter,
    found: &str,
    expected: &str,
) -> Fault {
    let finding = Finding::error(rule, PAGE, parameter.rest, found, expected);
    let message = format!("is {}, expected {expected}", finding.found());
    Fault::new(FaultKind::InvalidParameter, parameter, &message, finding)
}

/// What an end that no certificate can hold should be.
pub(super) fn latest() -> String {
    format!("{} at the latest", UnixSeconds::MAX)
}

/// The value, or `None` after its fault was kept.
pub(super) fn kept<T>(result: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

/// Whoever calls this has found something.
pub(super) fn unexplained(parameter: Parameter) -> Refusal {
    let fault = wrong("ecgrid.request", parameter, "no answer", "an answer");
    Refusal::of(Stage::Request, fault)
}

/// Where the rules of this vendor stand.
pub(super) const PAGE: &str = "ECGrid, CertificateCreatePrivate";

#[cfg(test)]
mod tests;
