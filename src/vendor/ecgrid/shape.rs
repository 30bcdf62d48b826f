//! Whether a certificate is one that this vendor makes for a Comm; and what its octets tell of the request for it.

use crate::cert::TbsCertificate;
use crate::ext::{ExtendedKeyUsage, SubjectAltName};
use crate::general_name::GeneralName;
use crate::lint::Finding;
use crate::name::{Attribute, Name, StringType};
use crate::oid;
use crate::profile::ProfileError;
use crate::vendor::ecgrid::check::{PAGE, PartnerId};
use crate::vendor::ecgrid::enums::CertificateUsage;
use crate::vendor::ecgrid::profile;
use crate::vendor::ecgrid::profile::Sha1;
use crate::vendor::ecgrid::rollover;
use crate::vendor::rollover::Purpose;
use crate::vendor::shape;
use crate::vendor::shape::{Issuer, Rules, Shape};

/// All that RFC 5280 and the vendor's contract would have otherwise, for the usage that the certificate states.
///
/// # Errors
/// As [`profile::of_usage`]: none with the profiles that are built in.
pub fn findings(tbs: &TbsCertificate, sha1: Sha1) -> Result<Vec<Finding>, ProfileError> {
    let profile = profile::of_usage(usage(tbs), sha1)?;
    let shape = Shape {
        rules: &RULES,
        profile: &profile,
        issuer: Issuer::Subject,
        largest_serial: u64::MAX,
    };
    let mut findings = shape.findings(tbs);
    findings.extend(subject(tbs.subject()));
    findings.extend(names(tbs));
    Ok(findings)
}

/// `CN=<identifier>`, under the organization where the Comm has one.
fn subject(subject: &Name) -> Option<Finding> {
    let attributes: Vec<_> = subject.attributes().collect();
    let fits = match attributes.as_slice() {
        [common_name] => is_identifier(common_name),
        [organization, common_name] => {
            let is_organization = organization.oid() == oid::ORGANIZATION && is_utf8(organization);
            is_organization && is_identifier(common_name)
        }
        _ => false,
    };
    (!fits).then(|| {
        let expected = "O where there is one, and CN=<AS2 id of 1 to 64 printable ASCII \
            characters>, each a UTF8String";
        let found = described(subject);
        Finding::error("ecgrid.subject", PAGE, "subject", found, expected)
    })
}

/// The partner's AS2 id alone, as the CN of a directoryName.
fn names(tbs: &TbsCertificate) -> Option<Finding> {
    let read = SubjectAltName::from_extension_value;
    let names = shape::read(tbs, oid::SUBJECT_ALT_NAME, read)?;
    let is_partner = |name: &GeneralName| match name {
        GeneralName::DirectoryName(name) => {
            let attributes: Vec<_> = name.attributes().collect();
            matches!(attributes.as_slice(), [common_name] if is_identifier(common_name))
        }
        _ => false,
    };
    let fits = matches!(names.names(), [one] if is_partner(one));
    (!fits).then(|| {
        let expected = "one directoryName, CN=<AS2 id of the partner>";
        Finding::error(
            "ecgrid.subject-alt-name",
            PAGE,
            "subjectAltName",
            names.to_string(),
            expected,
        )
    })
}

fn is_identifier(attribute: &Attribute) -> bool {
    let text = attribute.value().text();
    let is_id = text.is_some_and(|text| PartnerId::new(&text).is_some());
    attribute.oid() == oid::COMMON_NAME && is_id && is_utf8(attribute)
}

fn is_utf8(attribute: &Attribute) -> bool {
    attribute.value().string_type() == StringType::Utf8String
}

/// The name, and in which strings it is written.
fn described(name: &Name) -> String {
    let types = name
        .attributes()
        .map(|attribute| attribute.value().string_type());
    let types: Vec<_> = types.map(|string_type| string_type.to_string()).collect();
    format!("{:?} in {}", name.to_string(), types.join(", "))
}

/// The usage that a certificate's key usage and purposes state; both of payloads when they state none of the four.
#[must_use]
pub fn usage(tbs: &TbsCertificate) -> CertificateUsage {
    let purposes = ExtendedKeyUsage::from_extension_value;
    if shape::read(tbs, oid::EXTENDED_KEY_USAGE, purposes).is_some() {
        return CertificateUsage::Ssl;
    }
    rollover::usage(Purpose::of(tbs))
}

/// The partner that a certificate names: the CN of the directoryName among its alternative names.
#[must_use]
pub fn partner(tbs: &TbsCertificate) -> Option<String> {
    let names = SubjectAltName::from_extension_value;
    let names = shape::read(tbs, oid::SUBJECT_ALT_NAME, names)?;
    names.names().iter().find_map(|name| match name {
        GeneralName::DirectoryName(name) => {
            let text = name.first(oid::COMMON_NAME)?.value().text()?;
            Some(text.into_owned())
        }
        _ => None,
    })
}

pub(super) const RULES: Rules = Rules {
    source: PAGE,
    chain: "ecgrid.self-signed",
    expired: "ecgrid.expired",
    extension_list: "ecgrid.extension-list",
    extension_value: "ecgrid.extension-value",
    not_yet_valid: "ecgrid.not-yet-valid",
    self_signed: "ecgrid.self-signed",
    serial: "ecgrid.serial",
    signature: "ecgrid.certificate-signature",
    signature_algorithm: "ecgrid.signature-algorithm",
    weak_key: "ecgrid.weak-key",
};
