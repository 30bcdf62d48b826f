//! The clauses of RFC 5280 that an issuer's choices can break, one lint each.
//!
//! What the types already hold (serial number, extensions once each) needs no lint.

use super::{Fault, Lint, Look, Severity};
use crate::cert::TimeForm;
use crate::name;
use crate::name::{Name, StringType};
use crate::oid;
use crate::oid::Oid;

use extensions::{
    aki_critical, aki_missing, constraints_critical, critical_unknown, extension_value,
    key_usage_ca, key_usage_critical, key_usage_ec, name_constraints_ca, name_constraints_critical,
    netscape_ia5_string, path_len, san_critical, ski_critical, ski_missing,
};

mod extensions;

/// Every lint, in the order of their findings.
pub const LINTS: &[Lint] = &[
    error("rfc5280.version", "RFC 5280 §4.1.2.1", version),
    error("rfc5280.issuer-empty", "RFC 5280 §4.1.2.4", issuer_empty),
    error("rfc5280.time-form", "RFC 5280 §4.1.2.5", time_form),
    error("rfc5280.subject-empty", "RFC 5280 §4.1.2.6", subject_empty),
    error(
        "rfc5280.attribute-length",
        "RFC 5280 appendix A.1",
        attribute_length,
    ),
    error("rfc5280.country", "RFC 5280 appendix A.1", country),
    error(
        "rfc4518.control-character",
        "RFC 4518 §2.2",
        control_character,
    ),
    warning("rfc5280.string-type", "RFC 5280 §4.1.2.4", string_type),
    error("rfc5280.aki-missing", "RFC 5280 §4.2.1.1", aki_missing),
    error("rfc5280.aki-critical", "RFC 5280 §4.2.1.1", aki_critical),
    error("rfc5280.ski-missing", "RFC 5280 §4.2.1.2", ski_missing),
    error("rfc5280.ski-critical", "RFC 5280 §4.2.1.2", ski_critical),
    error("rfc5280.key-usage-ca", "RFC 5280 §4.2.1.3", key_usage_ca),
    warning(
        "rfc5280.key-usage-critical",
        "RFC 5280 §4.2.1.3",
        key_usage_critical,
    ),
    error("rfc8813.key-usage-ec", "RFC 8813 §3", key_usage_ec),
    error("rfc5280.san-critical", "RFC 5280 §4.2.1.6", san_critical),
    error(
        "rfc5280.basic-constraints-critical",
        "RFC 5280 §4.2.1.9",
        constraints_critical,
    ),
    error("rfc5280.path-len", "RFC 5280 §4.2.1.9", path_len),
    error(
        "rfc5280.name-constraints-ca",
        "RFC 5280 §4.2.1.10",
        name_constraints_ca,
    ),
    error(
        "rfc5280.name-constraints-critical",
        "RFC 5280 §4.2.1.10",
        name_constraints_critical,
    ),
    error("rfc5280.extension-value", "RFC 5280 §4.2", extension_value),
    error(
        "rfc5280.critical-unknown",
        "RFC 5280 §4.2",
        critical_unknown,
    ),
    error(
        "netscape.ia5-string",
        "Netscape certificate extensions",
        netscape_ia5_string,
    ),
];

const fn error(
    rule: &'static str,
    source: &'static str,
    check: fn(&Look<'_>) -> Vec<Fault>,
) -> Lint {
    Lint::new(rule, source, Severity::Error, check)
}

const fn warning(
    rule: &'static str,
    source: &'static str,
    check: fn(&Look<'_>) -> Vec<Fault>,
) -> Lint {
    Lint::new(rule, source, Severity::Warning, check)
}

/// When extensions are used, version MUST be 3; v2 serves no one.
fn version(tbs: &Look<'_>) -> Vec<Fault> {
    let expected = if tbs.extensions().is_empty() { 0 } else { 2 };
    fault_if(tbs.version() != expected, || {
        let found = format!("v{}", u16::from(tbs.version()) + 1);
        Fault::new("version", found, format!("v{}", expected + 1))
    })
}

/// The issuer field MUST contain a non-empty distinguished name.
fn issuer_empty(tbs: &Look<'_>) -> Vec<Fault> {
    fault_if(tbs.issuer().is_empty(), || {
        Fault::new(
            "issuer",
            "an empty name",
            "a name with at least one attribute",
        )
    })
}

/// Dates through 2049 MUST be `UTCTime`, from 2050 on `GeneralizedTime`.
fn time_form(tbs: &Look<'_>) -> Vec<Fault> {
    let validity = tbs.validity();
    let times = [
        ("notBefore", validity.not_before()),
        ("notAfter", validity.not_after()),
    ];
    let mut faults = Vec::new();
    for ((field, at), form) in times.into_iter().zip(tbs.time_forms()) {
        let expected = if at.year() < 2050 {
            TimeForm::UtcTime
        } else {
            TimeForm::GeneralizedTime
        };
        if form != expected {
            faults.push(Fault::new(
                field,
                format!("{form} {at}"),
                expected.to_string(),
            ));
        }
    }
    faults
}

/// An empty subject needs its names in a subjectAltName.
fn subject_empty(tbs: &Look<'_>) -> Vec<Fault> {
    let alone = tbs.subject().is_empty() && tbs.extensions().find(oid::SUBJECT_ALT_NAME).is_none();
    fault_if(alone, || {
        Fault::new(
            "subject",
            "an empty name and no subjectAltName",
            "a name in either",
        )
    })
}

/// Upper bounds of appendix A.1, in characters; each attribute has at least one.
fn attribute_length(tbs: &Look<'_>) -> Vec<Fault> {
    each_name(tbs, |field, name, faults| {
        for attribute in name.attributes() {
            let bound = UPPER_BOUNDS.iter().find(|(oid, _)| *oid == attribute.oid());
            let (Some((oid, bound)), Some(text)) = (bound, attribute.value().text()) else {
                continue;
            };
            let length = text.chars().count();
            if length == 0 || length > *bound {
                let field = format!("{field} {}", label(*oid));
                let found = format!("{length} characters");
                faults.push(Fault::new(field, found, format!("1 to {bound} characters")));
            }
        }
    })
}

/// `X520countryName ::= PrintableString (SIZE (2))`, of which X.520 §6.3.1 says that it is a code of ISO 3166: letters.
fn country(tbs: &Look<'_>) -> Vec<Fault> {
    each_name(tbs, |field, name, faults| {
        let countries = name
            .attributes()
            .filter(|attribute| attribute.oid() == oid::COUNTRY);
        for value in countries.map(|attribute| attribute.value()) {
            let field = format!("{field} C");
            let text = value.text().unwrap_or_default();
            let is_code = text.len() == 2 && text.bytes().all(|octet| octet.is_ascii_alphabetic());
            if !is_code {
                faults.push(Fault::new(
                    field,
                    format!("{text:?}"),
                    "two letters (ISO 3166)",
                ));
            } else if value.string_type() != StringType::PrintableString {
                let found = value.string_type().to_string();
                faults.push(Fault::new(field, found, "PrintableString"));
            }
        }
    })
}

/// RFC 5280 §7.1 compares names as RFC 4518 prepares them, which drops control characters: a name with one matches the
/// name without, and what reads it up to a NUL sees a shorter one.
fn control_character(tbs: &Look<'_>) -> Vec<Fault> {
    each_name(tbs, |field, name, faults| {
        for attribute in name.attributes() {
            let text = attribute.value().text().unwrap_or_default();
            if text.chars().any(name::is_control) {
                let field = format!("{field} {}", label(attribute.oid()));
                let found = format!("{text:?}");
                faults.push(Fault::new(field, found, "text without control characters"));
            }
        }
    })
}

/// CAs conforming to the profile MUST use `PrintableString` or `UTF8String` in new names; the rest is for old ones.
fn string_type(tbs: &Look<'_>) -> Vec<Fault> {
    each_name(tbs, |field, name, faults| {
        for attribute in name.attributes() {
            let string_type = attribute.value().string_type();
            if matches!(
                string_type,
                StringType::BmpString | StringType::TeletexString
            ) {
                let field = format!("{field} {}", label(attribute.oid()));
                let expected = "UTF8String or PrintableString";
                faults.push(Fault::new(field, string_type.to_string(), expected));
            }
        }
    })
}

/// Looks at the issuer's name and at the subject's, once when they are the same.
fn each_name(tbs: &Look<'_>, look: impl Fn(&str, &Name, &mut Vec<Fault>)) -> Vec<Fault> {
    let mut faults = Vec::new();
    look("subject", tbs.subject(), &mut faults);
    if tbs.issuer() != tbs.subject() {
        look("issuer", tbs.issuer(), &mut faults);
    }
    faults
}

fn fault_if(broken: bool, fault: impl FnOnce() -> Fault) -> Vec<Fault> {
    if broken { vec![fault()] } else { Vec::new() }
}

fn label(oid: Oid) -> String {
    oid.attribute_name()
        .map_or_else(|| oid.to_string(), str::to_owned)
}

/// RFC 5280 appendix A.1, in characters.
const UPPER_BOUNDS: &[(Oid, usize)] = &[
    (oid::COMMON_NAME, 64),
    (oid::SURNAME, 32768),
    (oid::SERIAL_NUMBER, 64),
    (oid::LOCALITY, 128),
    (oid::STATE_OR_PROVINCE, 128),
    (oid::ORGANIZATION, 64),
    (oid::ORGANIZATIONAL_UNIT, 64),
    (oid::TITLE, 64),
    (oid::GIVEN_NAME, 32768),
    (oid::PSEUDONYM, 128),
    (oid::EMAIL_ADDRESS, 255),
];

#[cfg(test)]
mod tests;
