//! Whether a certificate is one that this vendor makes for a station.

use crate::cert::TbsCertificate;
use crate::ext::SubjectAltName;
use crate::general_name::GeneralName;
use crate::lint::Finding;
use crate::name::{Name, default_string_type};
use crate::oid;
use crate::oid::Oid;
use crate::profile::ProfileError;
use crate::vendor::as2expert::check;
use crate::vendor::as2expert::error::{Fault, PAGE};
use crate::vendor::as2expert::profile;
use crate::vendor::as2expert::profile::{Role, Sha1};
use crate::vendor::as2expert::world::SubjectFields;
use crate::vendor::rollover::Purpose;
use crate::vendor::shape;
use crate::vendor::shape::{Issuer, Rules, Shape};

/// All that RFC 5280 and the vendor's contract would have otherwise; a certificate may say that it is a CA's or
/// not, and sign, encrypt or do both.
///
/// # Errors
/// As [`profile::of_purpose`]: none with the profiles that are built in.
pub fn findings(tbs: &TbsCertificate, sha1: Sha1) -> Result<Vec<Finding>, ProfileError> {
    let role = if shape::is_ca(tbs) {
        Role::Ca
    } else {
        Role::EndEntity
    };
    let profile = profile::of_purpose(role, Purpose::of(tbs), sha1)?;
    let shape = Shape {
        rules: &RULES,
        profile: &profile,
        issuer: Issuer::Subject,
        largest_serial: u64::MAX,
    };
    let mut findings = shape.findings(tbs);
    findings.extend(whole_days(tbs));
    findings.extend(subject(tbs.subject()));
    findings.extend(names(tbs));
    Ok(findings)
}

/// `dias` counts days of 86,400 seconds.
fn whole_days(tbs: &TbsCertificate) -> Option<Finding> {
    let validity = tbs.validity();
    let lifetime = validity.not_after().since(validity.not_before())?;
    let over = lifetime.seconds() % 86_400;
    (over != 0).then(|| {
        let found = format!("{} days and {over} seconds", lifetime.whole_days());
        Finding::error("as2expert.dias", PAGE, "validity", found, "whole days")
    })
}

/// The seven fields in their order, each at most once; country, locality and common name have defaults and are never
/// absent. What the fields may say, the rules of the request say.
fn subject(subject: &Name) -> Vec<Finding> {
    let mut fields = SubjectFields::default();
    let mut before = None;
    for attribute in subject.attributes() {
        let place = ORDER.iter().position(|oid| *oid == attribute.oid());
        let text = attribute.value().text();
        let is_typed = attribute.value().string_type() == default_string_type(attribute.oid());
        let (Some(_), Some(text), true, true) = (place, text, is_typed, place > before) else {
            return vec![misplaced(subject)];
        };
        before = place;
        let text = Some(text.into_owned());
        match attribute.oid() {
            oid::COUNTRY => fields.country_name = text,
            oid::STATE_OR_PROVINCE => fields.province_name = text,
            oid::LOCALITY => fields.locality_name = text,
            oid::ORGANIZATION => fields.organization = text,
            oid::ORGANIZATIONAL_UNIT => fields.organization_unit_name = text,
            oid::COMMON_NAME => fields.common_name = text,
            _ => fields.email = text,
        }
    }
    let always = [
        &fields.country_name,
        &fields.locality_name,
        &fields.common_name,
    ];
    if always.into_iter().any(Option::is_none) {
        return vec![misplaced(subject)];
    }
    let (_, faults) = check::subject_fields(&fields);
    // RFC 5280 has these bounds too, and its lints tell of them.
    let is_told = |fault: &&Fault| fault.finding().rule() == "as2expert.email";
    faults
        .iter()
        .filter(is_told)
        .map(|fault| fault.finding().clone())
        .collect()
}

fn misplaced(subject: &Name) -> Finding {
    let types = subject
        .attributes()
        .map(|attribute| attribute.value().string_type());
    let types: Vec<_> = types.map(|string_type| string_type.to_string()).collect();
    let found = format!("{:?} in {}", subject.to_string(), types.join(", "));
    let expected = "C, ST, L, O, OU, CN, emailAddress in this order, C, L and CN always; C a \
        PrintableString, the address an IA5String, all else UTF8String";
    Finding::error("as2expert.subject", PAGE, "subject", found, expected)
}

/// The subject's address stands among the alternative names as well, and nothing else does.
fn names(tbs: &TbsCertificate) -> Option<Finding> {
    let address = tbs.subject().first(oid::EMAIL_ADDRESS);
    let address = address.and_then(|attribute| attribute.value().text());
    let names = shape::read(
        tbs,
        oid::SUBJECT_ALT_NAME,
        SubjectAltName::from_extension_value,
    );
    let is_address = |name: &GeneralName| match (name, &address) {
        (GeneralName::Rfc822Name(found), Some(address)) => found.as_str() == address.as_ref(),
        _ => false,
    };
    let is_unreadable = names.is_none() && tbs.extensions().find(oid::SUBJECT_ALT_NAME).is_some();
    let fits = match &names {
        // What cannot be read, the lint of RFC 5280 tells.
        None => address.is_none() || is_unreadable,
        Some(names) => matches!(names.names(), [one] if is_address(one)),
    };
    (!fits).then(|| {
        let found = names.map_or_else(|| "no names".to_owned(), |names| names.to_string());
        let expected = match address {
            None => "no names".to_owned(),
            Some(address) => format!("rfc822Name:{address} alone, as in the subject"),
        };
        Finding::error(
            "as2expert.subject-alt-name",
            PAGE,
            "subjectAltName",
            found,
            expected,
        )
    })
}

/// As the subject is put together.
const ORDER: [Oid; 7] = [
    oid::COUNTRY,
    oid::STATE_OR_PROVINCE,
    oid::LOCALITY,
    oid::ORGANIZATION,
    oid::ORGANIZATIONAL_UNIT,
    oid::COMMON_NAME,
    oid::EMAIL_ADDRESS,
];

pub(super) const RULES: Rules = Rules {
    source: PAGE,
    chain: "as2expert.self-signed",
    expired: "as2expert.expired",
    extension_list: "as2expert.extension-list",
    extension_value: "as2expert.extension-value",
    not_yet_valid: "as2expert.not-yet-valid",
    self_signed: "as2expert.self-signed",
    serial: "as2expert.serial",
    signature: "as2expert.certificate-signature",
    signature_algorithm: "as2expert.signature-algorithm",
    weak_key: "as2expert.weak-key",
};
