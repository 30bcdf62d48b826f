//! Extensions in words: for a person who looks at a certificate.

use std::fmt;

use crate::ext::netscape::{CaRevocationUrl, NetscapeComment};
use crate::ext::{
    AuthorityInfoAccess, AuthorityKeyIdentifier, BasicConstraints, CrlDistributionPoints,
    CrlNumber, ExtendedKeyUsage, Extension, ExtensionError, KeyUsage, NameConstraints, ReasonCode,
    SubjectAltName, SubjectKeyIdentifier,
};
use crate::oid;
use crate::oid::Oid;

/// One line: name, criticality and what the extension says, such as `keyUsage (critical): keyCertSign, cRLSign`.
///
/// An unknown extension is shown by its identifier and its value in hexadecimal, a known one that cannot be read in
/// hexadecimal with the reason.
#[must_use]
pub fn describe(extension: &Extension) -> String {
    let oid = extension.oid();
    let name = extension_name(oid).map_or_else(|| oid.to_string(), str::to_owned);
    let critical = if extension.critical() {
        " (critical)"
    } else {
        ""
    };
    let said = match said(oid, extension.value(), &|value| value.to_string()) {
        Some(Ok(text)) => text,
        Some(Err(error)) => format!("{} ({error})", hex(extension.value())),
        None => hex(extension.value()),
    };
    format!("{name}{critical}: {said}")
}

/// The name of a known extension, as RFC 5280 or Netscape writes it.
#[must_use]
pub fn extension_name(oid: Oid) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(known, _)| *known == oid)
        .map(|(_, name)| *name)
}

/// Whether the value of a known extension can be read; `None` for an extension of another type.
#[must_use]
pub fn check_value(extension: &Extension) -> Option<Result<(), ExtensionError>> {
    let nothing = |_: &dyn fmt::Display| String::new();
    let read = || {
        let said = said(extension.oid(), extension.value(), &nothing);
        said.map(|said| said.map(drop))
    };
    extension.value.check.get_or_init(read).clone()
}

/// What a known extension says, in the words of `say`.
fn said(oid: Oid, value: &[u8], say: Say<'_>) -> Option<Result<String, ExtensionError>> {
    let said = match oid {
        oid::AUTHORITY_INFO_ACCESS => text(AuthorityInfoAccess::from_extension_value(value), say),
        oid::AUTHORITY_KEY_IDENTIFIER => {
            text(AuthorityKeyIdentifier::from_extension_value(value), say)
        }
        oid::BASIC_CONSTRAINTS => text(BasicConstraints::from_extension_value(value), say),
        oid::CRL_DISTRIBUTION_POINTS => {
            text(CrlDistributionPoints::from_extension_value(value), say)
        }
        oid::CRL_NUMBER => text(CrlNumber::from_extension_value(value), say),
        oid::CRL_REASON => text(ReasonCode::from_extension_value(value), say),
        oid::EXTENDED_KEY_USAGE => text(ExtendedKeyUsage::from_extension_value(value), say),
        oid::KEY_USAGE => text(KeyUsage::from_extension_value(value), say),
        oid::NAME_CONSTRAINTS => text(NameConstraints::from_extension_value(value), say),
        oid::NETSCAPE_CA_REVOCATION_URL => text(CaRevocationUrl::from_extension_value(value), say),
        oid::NETSCAPE_COMMENT => text(NetscapeComment::from_extension_value(value), say),
        oid::SUBJECT_ALT_NAME => text(SubjectAltName::from_extension_value(value), say),
        oid::SUBJECT_KEY_IDENTIFIER => text(SubjectKeyIdentifier::from_extension_value(value), say),
        _ => return None,
    };
    Some(said)
}

fn text<T: fmt::Display>(
    read: Result<T, ExtensionError>,
    say: Say<'_>,
) -> Result<String, ExtensionError> {
    read.map(|value| say(&value))
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

type Say<'a> = &'a dyn Fn(&dyn fmt::Display) -> String;

const NAMES: &[(Oid, &str)] = &[
    (oid::AUTHORITY_INFO_ACCESS, "authorityInfoAccess"),
    (oid::AUTHORITY_KEY_IDENTIFIER, "authorityKeyIdentifier"),
    (oid::BASIC_CONSTRAINTS, "basicConstraints"),
    (oid::CERTIFICATE_POLICIES, "certificatePolicies"),
    (oid::CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints"),
    (oid::CRL_NUMBER, "cRLNumber"),
    (oid::CRL_REASON, "reasonCode"),
    (oid::EXTENDED_KEY_USAGE, "extKeyUsage"),
    (oid::KEY_USAGE, "keyUsage"),
    (oid::NAME_CONSTRAINTS, "nameConstraints"),
    (
        oid::NETSCAPE_CA_REVOCATION_URL,
        "netscape-ca-revocation-url",
    ),
    (oid::NETSCAPE_COMMENT, "netscape-comment"),
    (oid::SUBJECT_ALT_NAME, "subjectAltName"),
    (oid::SUBJECT_KEY_IDENTIFIER, "subjectKeyIdentifier"),
];
