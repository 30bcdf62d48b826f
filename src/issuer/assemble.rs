//! The extensions of a certificate: what the profile fixes, and what issuer and order bring.

use super::IssuerName;
use crate::ext::netscape::CaRevocationUrl;
use crate::ext::{
    Criticality, CrlDistributionPoints, Extension, ExtensionError, Extensions, SubjectAltName,
    SubjectKeyIdentifier,
};
use crate::general_name::GeneralName;
use crate::lint::Finding;
use crate::oid;
use crate::order::Order;
use crate::profile::ExtensionRule;

/// The extensions in the profile's order, `None` when one cannot be; the findings tell why.
pub(super) fn extensions(issuer: &IssuerName, order: &Order) -> (Option<Extensions>, Vec<Finding>) {
    let mut findings = unplaced(order);
    let mut list = Vec::with_capacity(order.profile.extensions().len());
    for rule in order.profile.extensions() {
        match extension(rule, issuer, order) {
            Ok(extension) => list.extend(extension),
            Err(error) => findings.push(unencodable(rule, &error)),
        }
    }
    match Extensions::new(list) {
        Ok(extensions) => (Some(extensions), findings),
        Err(error) => {
            findings.push(Finding::error(
                "profile.extensions",
                "RFC 5280 §4.2",
                "extensions",
                error.to_string(),
                "each extension once",
            ));
            (None, findings)
        }
    }
}

/// One extension, `None` where the order brings nothing for it.
fn extension(
    rule: &ExtensionRule,
    issuer: &IssuerName,
    order: &Order,
) -> Result<Option<Extension>, ExtensionError> {
    let extension = match rule {
        ExtensionRule::Fixed(extension) => extension.clone(),
        ExtensionRule::SubjectKeyIdentifier { critical } => {
            let identifier = SubjectKeyIdentifier::from(order.public_key.key_identifier());
            let extension = identifier.to_extension();
            extension.with_criticality(criticality(*critical))
        }
        ExtensionRule::AuthorityKeyIdentifier {
            issuer_and_serial,
            critical,
        } => {
            let extension = issuer.authority_key_identifier(*issuer_and_serial);
            extension.with_criticality(criticality(*critical))
        }
        ExtensionRule::SubjectAltName => {
            if order.subject_alt_names.is_empty() {
                return Ok(None);
            }
            let names = SubjectAltName::new(order.subject_alt_names.clone())?;
            // RFC 5280 §4.2.1.6: MUST be critical when the subject is empty, SHOULD NOT be otherwise.
            names.to_extension(criticality(order.subject.is_empty()))
        }
        ExtensionRule::CrlDistributionPoints => match &order.crl_url {
            None => return Ok(None),
            Some(url) => {
                let name = GeneralName::UniformResourceIdentifier(url.clone());
                CrlDistributionPoints::new(vec![name])?.to_extension(Criticality::NonCritical)
            }
        },
        ExtensionRule::NetscapeCaRevocationUrl { encoding } => match &order.crl_url {
            None => return Ok(None),
            Some(url) => CaRevocationUrl::new(url.clone(), *encoding).to_extension(),
        },
    };
    Ok(Some(extension))
}

fn criticality(critical: bool) -> Criticality {
    if critical {
        Criticality::Critical
    } else {
        Criticality::NonCritical
    }
}

/// What an order brings and the profile has no place for: it must not be dropped in silence.
fn unplaced(order: &Order) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !order.subject_alt_names.is_empty() && !order.profile.has_extension(oid::SUBJECT_ALT_NAME) {
        findings.push(Finding::error(
            "profile.subject-alt-name",
            "certificate profile",
            "subjectAltName",
            format!("{} names", order.subject_alt_names.len()),
            "none: the profile has no subjectAltName",
        ));
    }
    findings
}

fn unencodable(rule: &ExtensionRule, error: &ExtensionError) -> Finding {
    Finding::error(
        "profile.extension-value",
        "RFC 5280 §4.2",
        format!("extension {}", rule.oid()),
        error.to_string(),
        "a value that can be encoded",
    )
}
