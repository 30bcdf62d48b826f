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

/// What the first certificate of a chain is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum First {
    /// The last of a path, whatever it may issue: RFC 5280 §4.2.1.9 does not count it, and its names are held to every limit,
    /// also where it is self-issued (§6.1.3 (b)).
    Final,
    /// A CA that is to issue: in every path that counts another certificate follows it.
    #[cfg(any(feature = "ledger", test))]
    Intermediate,
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

    /// What is wrong with an intermediate that is there: a limit of its own that is no use breaks nothing.
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
                    NAME_CONSTRAINTS,
                    "RFC 5280 §4.2.1.10",
                    forbidden.name().form().to_string(),
                    forbidden.name().to_string(),
                    expected,
                )
            })
            .collect()
    }
}

/// What certificates of a chain, each before its issuer, break of the limits of those above them, with their places in the
/// chain. Where a limit cannot be read, the lints tell it.
pub(crate) fn broken(chain: &[Certificate], first: First) -> Vec<(usize, Finding)> {
    let mut findings = Vec::new();
    for (place, certificate) in chain.iter().enumerate() {
        let above = chain.get(place + 1..).unwrap_or_default();
        let Ok(limits) = Limits::of_chain(above) else {
            continue;
        };
        let broken = match first {
            First::Final if place == 0 => limits.name_findings(certificate.tbs()),
            _ => limits.broken_by(certificate.tbs()),
        };
        findings.extend(broken.into_iter().map(|finding| (place, finding)));
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

const NAME_CONSTRAINTS: &str = "issuer.name-constraints";

const PATH_LEN: &str = "issuer.path-len";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::TbsFields;
    use crate::ext::{Criticality, Extension, Extensions, Subtree};
    use crate::key::Signature;
    use crate::name::Name;

    fn ca(subject: &str, issuer: &str, extensions: Vec<Extension>) -> Certificate {
        let sample = include_bytes!("../../testdata/vendor/enos/ca.cert.pem");
        let sample = Certificate::from_pem(sample).unwrap();
        let name = |text: &str| text.parse::<Name>().unwrap();
        let tbs = TbsCertificate::new(TbsFields {
            subject: name(subject),
            issuer: name(issuer),
            extensions: Extensions::new(extensions).unwrap(),
            ..sample.tbs().fields().clone()
        });
        Certificate::assemble(tbs, &Signature::from_bytes(Vec::new())).unwrap()
    }

    fn path_len(limit: Option<u32>) -> Extension {
        BasicConstraints::ca(limit).to_extension(Criticality::Critical)
    }

    fn broken_rules(chain: &[&Certificate], first: First) -> Vec<(usize, &'static str)> {
        let chain: Vec<_> = chain.iter().map(|one| (*one).clone()).collect();
        let found = broken(&chain, first).into_iter();
        found.map(|(place, one)| (place, one.rule())).collect()
    }

    #[test]
    fn the_end_of_a_path_is_not_counted_unless_it_is_to_issue() {
        let root = ca("CN=root", "CN=root", vec![path_len(Some(0))]);
        let sub = ca("CN=sub", "CN=root", vec![path_len(None)]);
        let below = ca("CN=below", "CN=sub", vec![path_len(None)]);
        assert_eq!(broken_rules(&[&sub, &root], First::Final), []);
        let issuing = broken_rules(&[&sub, &root], First::Intermediate);
        assert_eq!(issuing, [(0, PATH_LEN)]);
        let longer = broken_rules(&[&below, &sub, &root], First::Final);
        assert_eq!(longer, [(1, PATH_LEN)]);
    }

    #[test]
    fn a_self_issued_ca_is_spared_the_limits_unless_it_is_the_end_of_a_path() {
        let only = "dn:O=Acme".parse::<Subtree>().unwrap();
        let only = NameConstraints::new(vec![only], Vec::new()).unwrap();
        let limits = vec![path_len(Some(0)), only.to_extension()];
        let root = ca("CN=root", "CN=root", limits);
        // It certifies another key of the root.
        let link = ca("CN=root", "CN=root", vec![path_len(None)]);
        let inside = ca("CN=leaf,O=Acme", "CN=root", vec![path_len(None)]);
        let at_the_end = broken_rules(&[&link, &root], First::Final);
        assert_eq!(at_the_end, [(0, NAME_CONSTRAINTS)]);
        assert_eq!(broken_rules(&[&link, &root], First::Intermediate), []);
        assert_eq!(broken_rules(&[&inside, &link, &root], First::Final), []);
    }
}
