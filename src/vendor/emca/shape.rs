//! Whether a certificate is one that a profile of this vendor issues.

use crate::cert::TbsCertificate;
use crate::ext::SubjectAltName;
use crate::general_name::GeneralName;
use crate::lint::{Finding, Severity};
use crate::oid;
use crate::profile::ProfileError;
use crate::vendor::emca::config::Emca;
use crate::vendor::emca::error::{Fault, PAGE};
use crate::vendor::emca::grammar::MAX_DAYS;
use crate::vendor::emca::profile::EmcaProfile;
use crate::vendor::emca::subject;
use crate::vendor::shape;
use crate::vendor::shape::{Issuer, Rules, Shape};

/// All that RFC 5280 and the profile would have otherwise.
#[must_use]
pub fn findings(tbs: &TbsCertificate, profile: &EmcaProfile) -> Vec<Finding> {
    let shape = Shape {
        rules: &RULES,
        profile: profile.shape(tbs.public_key()),
        issuer: Issuer::Authority,
        largest_serial: u64::MAX,
    };
    let mut findings = shape.findings(tbs);
    findings.extend(lifetime(tbs));
    let faults = subject::faults(profile, tbs.subject());
    findings.extend(faults.iter().map(Fault::finding).cloned());
    findings.extend(string_types(tbs, profile));
    findings.extend(names(tbs));
    findings
}

/// A certificate does not say which profile it is of: the findings of the one that it comes nearest to.
///
/// # Errors
/// None: profiles were checked with the settings.
pub(super) fn nearest(tbs: &TbsCertificate, settings: &Emca) -> Result<Vec<Finding>, ProfileError> {
    let each = settings
        .profiles()
        .iter()
        .map(|profile| findings(tbs, profile));
    let errors = |findings: &Vec<Finding>| {
        let is_error = |finding: &&Finding| finding.severity() == Severity::Error;
        (findings.iter().filter(is_error).count(), findings.len())
    };
    Ok(each.min_by_key(errors).unwrap_or_default())
}

/// The longest that `validity` can say.
fn lifetime(tbs: &TbsCertificate) -> Option<Finding> {
    let longest = (MAX_DAYS + 1) * 86_400 - 1;
    let validity = tbs.validity();
    let found = validity.not_after().since(validity.not_before())?.seconds();
    (found > longest).then(|| {
        Finding::error(
            "emca.validity",
            PAGE,
            "validity",
            format!("{found} seconds"),
            format!("at most {longest} seconds, {MAX_DAYS}:23:59:59"),
        )
    })
}

/// What RFC 5280 forbids has its lint: this is about strings that it would allow.
fn string_types(tbs: &TbsCertificate, profile: &EmcaProfile) -> Vec<Finding> {
    let finding = |attribute: &crate::name::Attribute| {
        let expected = profile.string_type(attribute.oid());
        let found = attribute.value().string_type();
        let is_told = attribute.oid() == oid::COUNTRY;
        (found != expected && !is_told).then(|| {
            let name = attribute.oid().attribute_name();
            let name = name.map_or_else(|| attribute.oid().to_string(), str::to_owned);
            Finding::error(
                "emca.string-type",
                PAGE,
                format!("subject {name}"),
                found.to_string(),
                expected.to_string(),
            )
        })
    };
    tbs.subject().attributes().filter_map(finding).collect()
}

/// Names of forms that `sANValues` has a word for.
fn names(tbs: &TbsCertificate) -> Vec<Finding> {
    let read = SubjectAltName::from_extension_value;
    let Some(names) = shape::read(tbs, oid::SUBJECT_ALT_NAME, read) else {
        return Vec::new();
    };
    let is_other = |name: &&GeneralName| matches!(name, GeneralName::OtherName(_));
    let finding = |name: &GeneralName| {
        let expected = "rfc822Name, dNSName, iPAddress, registeredID, \
            uniformResourceIdentifier or directoryName";
        Finding::error(
            "emca.san-values",
            PAGE,
            "subjectAltName",
            name.to_string(),
            expected,
        )
    };
    names.names().iter().filter(is_other).map(finding).collect()
}

pub(super) const RULES: Rules = Rules {
    source: PAGE,
    chain: "emca.chain",
    expired: "emca.expired",
    extension_list: "emca.extension-list",
    extension_value: "emca.extension-value",
    not_yet_valid: "emca.not-yet-valid",
    self_signed: "emca.certificate-signature",
    serial: "emca.serial-number",
    signature: "emca.certificate-signature",
    signature_algorithm: "emca.signature-algorithm",
    weak_key: "emca.weak-key",
};
