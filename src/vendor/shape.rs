//! Whether a certificate has the shape of a self-signed one that a vendor's profile describes.

use crate::cert::TbsCertificate;
use crate::ext;
use crate::ext::{AuthorityKeyIdentifier, Extension};
use crate::lint;
use crate::lint::Finding;
use crate::oid;
use crate::oid::Oid;
use crate::profile::{ExtensionRule, Profile};

/// The names of a vendor's rules about the shape, and where they stand.
pub(super) struct Rules {
    pub(super) source: &'static str,
    pub(super) extension_list: &'static str,
    pub(super) extension_value: &'static str,
    pub(super) self_signed: &'static str,
    pub(super) signature_algorithm: &'static str,
}

/// All that RFC 5280 and the profile would have otherwise.
pub(super) fn findings(tbs: &TbsCertificate, profile: &Profile, rules: &Rules) -> Vec<Finding> {
    let mut findings = lint::run(tbs, profile.accepted_findings());
    findings.extend(profile.findings(tbs.public_key(), tbs.validity()));
    let found = tbs.signature_algorithm();
    if profile.clone().with_signature_algorithm(found).is_err() {
        findings.push(Finding::error(
            rules.signature_algorithm,
            rules.source,
            "signature",
            found.to_string(),
            profile.signature_algorithm_names(),
        ));
    }
    if tbs.issuer() != tbs.subject() {
        findings.push(Finding::error(
            rules.self_signed,
            rules.source,
            "issuer",
            tbs.issuer().to_string(),
            format!("the subject, {}", tbs.subject()),
        ));
    }
    findings.extend(extensions(tbs, profile, rules));
    findings
}

fn extensions(tbs: &TbsCertificate, profile: &Profile, rules: &Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    let found: Vec<_> = tbs.extensions().iter().map(Extension::oid).collect();
    let here = |rule: &ExtensionRule| tbs.extensions().find(rule.oid()).is_some();
    // An order may bring no names, and then there is no extension for them.
    let optional = |rule: &ExtensionRule| matches!(rule, ExtensionRule::SubjectAltName);
    let expected = profile.extensions().iter();
    let expected = expected.filter(|rule| here(rule) || !optional(rule));
    let expected: Vec<_> = expected.map(ExtensionRule::oid).collect();
    if found != expected {
        findings.push(Finding::error(
            rules.extension_list,
            rules.source,
            "extensions",
            names(&found),
            names(&expected),
        ));
    }
    for rule in profile.extensions() {
        let Some(extension) = tbs.extensions().find(rule.oid()) else {
            continue;
        };
        if let Some(expected) = wrong_value(tbs, extension, rule) {
            findings.push(Finding::error(
                rules.extension_value,
                rules.source,
                "extensions",
                ext::describe(extension),
                expected,
            ));
        }
    }
    findings
}

/// What one extension should say, when it does not.
fn wrong_value(
    tbs: &TbsCertificate,
    extension: &Extension,
    rule: &ExtensionRule,
) -> Option<String> {
    match rule {
        ExtensionRule::Fixed(fixed) => (extension != fixed).then(|| ext::describe(fixed)),
        _ if extension.critical() => Some("not critical".to_owned()),
        ExtensionRule::AuthorityKeyIdentifier { .. } => {
            let own = tbs.public_key().key_identifier();
            let read = AuthorityKeyIdentifier::from_extension_value(extension.value()).ok();
            let same = read
                .as_ref()
                .and_then(AuthorityKeyIdentifier::key_identifier);
            let same = same.is_some_and(|found| found.as_bytes() == own.as_bytes());
            (!same).then(|| format!("the identifier of its own key, {own}"))
        }
        _ => None,
    }
}

fn names(oids: &[Oid]) -> String {
    if oids.is_empty() {
        return "none".to_owned();
    }
    let name = |oid: &Oid| ext::extension_name(*oid).map_or_else(|| oid.to_string(), str::to_owned);
    oids.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// The extension of this type, read; `None` when it is absent or cannot be.
pub(super) fn read<T, E>(
    tbs: &TbsCertificate,
    oid: Oid,
    read: fn(&[u8]) -> Result<T, E>,
) -> Option<T> {
    let extension = tbs.extensions().find(oid)?;
    read(extension.value()).ok()
}

/// Whether the certificate says that it is a CA's.
pub(super) fn is_ca(tbs: &TbsCertificate) -> bool {
    let constraints = read(
        tbs,
        oid::BASIC_CONSTRAINTS,
        ext::BasicConstraints::from_extension_value,
    );
    constraints.is_some_and(ext::BasicConstraints::is_ca)
}
