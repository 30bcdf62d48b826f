//! What the certificates above set as limits to what an issuer may certify (RFC 5280 §6.1.4): a path longer than one of
//! them allows, or a name outside one of them, is refused by every relying party.

use super::IssuerError;
use crate::cert::{Certificate, TbsCertificate};
use crate::ext::{BasicConstraints, NameConstraints, SubjectAltName};
use crate::lint::Finding;
use crate::oid;

/// Limits of an issuer, from its own certificate and those above it.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    /// CAs that may follow the issuer in a path, `None` for any number.
    path_len: Option<u32>,
    constraints: Vec<NameConstraints>,
}

impl Limits {
    /// Of a chain, the issuer first.
    pub(super) fn of_chain(chain: &[Certificate]) -> Result<Self, IssuerError> {
        let mut limits = Self::default();
        let mut between = 0u32;
        for certificate in chain {
            if let Some(allowed) = path_len(certificate)? {
                let left = allowed.saturating_sub(between);
                limits.path_len = Some(limits.path_len.map_or(left, |other| other.min(left)));
            }
            limits.constraints.extend(name_constraints(certificate)?);
            // RFC 5280 §6.1.4 (l): a self-issued certificate does not count.
            between = between.saturating_add(u32::from(!certificate.is_self_issued()));
        }
        Ok(limits)
    }

    /// What a certificate to be would break. One that its subject issues to itself is held to none of it (RFC 5280 §6.1.3,
    /// §6.1.4): it stands between two keys of one CA.
    pub(super) fn findings(&self, tbs: &TbsCertificate) -> Vec<Finding> {
        let constraints = tbs.extensions().find(oid::BASIC_CONSTRAINTS);
        let constraints = constraints
            .and_then(|found| BasicConstraints::from_extension_value(found.value()).ok())
            .filter(|constraints| constraints.is_ca());
        if constraints.is_some() && tbs.issuer() == tbs.subject() {
            return Vec::new();
        }
        let mut findings = self.name_findings(tbs);
        findings.extend(constraints.and_then(|constraints| self.path_finding(constraints)));
        findings
    }

    /// What is wrong with a certificate that is there: a limit of its own that is no use breaks nothing.
    fn broken_by(&self, tbs: &TbsCertificate) -> Vec<Finding> {
        let mut findings = self.findings(tbs);
        if self.path_len != Some(0) {
            findings.retain(|finding| finding.rule() != PATH_LEN);
        }
        findings
    }

    fn path_finding(&self, constraints: BasicConstraints) -> Option<Finding> {
        let left = self.path_len?;
        let rule = PATH_LEN;
        let source = "RFC 5280 §4.2.1.9";
        let Some(below) = left.checked_sub(1) else {
            let found = "a CA certificate";
            let expected = "none: no CA may follow the issuer in a path";
            return Some(Finding::error(
                rule,
                source,
                "basicConstraints",
                found,
                expected,
            ));
        };
        let asked = constraints.path_len().filter(|asked| *asked > below)?;
        Some(Finding::error(
            rule,
            source,
            "basicConstraints",
            format!("pathLenConstraint {asked}"),
            format!("at most {below}, or none"),
        ))
    }

    fn name_findings(&self, tbs: &TbsCertificate) -> Vec<Finding> {
        if self.constraints.is_empty() {
            return Vec::new();
        }
        let names = tbs.extensions().find(oid::SUBJECT_ALT_NAME);
        let names = names
            .and_then(|names| SubjectAltName::from_extension_value(names.value()).ok())
            .map(|names| names.names().to_vec())
            .unwrap_or_default();
        let forbidden = self
            .constraints
            .iter()
            .flat_map(|constraints| constraints.forbidden(tbs.subject(), &names));
        forbidden
            .map(|forbidden| {
                let expected = match forbidden.excluded_by() {
                    Some(subtree) => format!("no name in {subtree}, which the CA excludes"),
                    None => "a name in a subtree that the CA permits".to_owned(),
                };
                Finding::error(
                    "issuer.name-constraints",
                    "RFC 5280 §4.2.1.10",
                    forbidden.name().form().to_string(),
                    forbidden.name().to_string(),
                    expected,
                )
            })
            .collect()
    }
}

/// What certificates of a chain, leaf first, break of the limits of those above them, each with its place in the chain.
/// Where a limit cannot be read, the lints tell it.
pub(crate) fn broken(chain: &[Certificate]) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    for (place, certificate) in chain.iter().enumerate() {
        let above = chain.get(place + 1..).unwrap_or_default();
        let Ok(limits) = Limits::of_chain(above) else {
            continue;
        };
        let broken = limits.broken_by(certificate.tbs()).into_iter();
        findings.extend(broken.map(|finding| (place, finding)));
    }
    findings
}

fn path_len(certificate: &Certificate) -> Result<Option<u32>, IssuerError> {
    let Some(found) = certificate.extensions().find(oid::BASIC_CONSTRAINTS) else {
        return Ok(None);
    };
    BasicConstraints::from_extension_value(found.value())
        .map(BasicConstraints::path_len)
        .map_err(|source| IssuerError::Extension {
            extension: "basicConstraints",
            source,
        })
}

fn name_constraints(certificate: &Certificate) -> Result<Option<NameConstraints>, IssuerError> {
    let found = certificate.extensions().find(oid::NAME_CONSTRAINTS);
    found
        .map(|found| NameConstraints::from_extension_value(found.value()))
        .transpose()
        .map_err(|source| IssuerError::Extension {
            extension: "nameConstraints",
            source,
        })
}

const PATH_LEN: &str = "issuer.path-len";
