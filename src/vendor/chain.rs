//! Whether several certificates are one chain, leaf first.

use crate::cert::Certificate;
use crate::ext::AuthorityKeyIdentifier;
use crate::issuer::limits;
use crate::issuer::limits::First;
use crate::lint::Finding;
use crate::oid;
use crate::vendor::shape;
use crate::vendor::shape::Rules;

/// Whether the order of certificates says something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Arrangement {
    /// A set: any order will do.
    Any,
    /// The leaf first, each followed by its issuer.
    LeafFirst,
}

/// What is wrong with the chain that certificates are, after the names of their issuers.
pub(super) fn faults(
    certificates: &[Certificate],
    arrangement: Arrangement,
    rules: &Rules,
) -> Vec<Finding> {
    let (chain, rest) = arrange(certificates);
    let mut findings = Vec::new();
    if chain.is_empty() {
        let expected = "at least one certificate".to_owned();
        findings.push(fault(rules, "no certificate".to_owned(), expected));
    }
    findings.extend(rest.iter().map(|stray| {
        let expected = "the chain of one certificate";
        fault(rules, stray.subject().to_string(), expected.to_owned())
    }));
    let is_open =
        |last: &&Certificate| !last.is_self_issued() || shape::other_signer(last.tbs()).is_some();
    if let Some(last) = chain.last().filter(is_open) {
        let found = format!("an end at {}", last.subject());
        findings.push(fault(rules, found, format!("{} too", last.issuer())));
    }
    let is_in_order = certificates.starts_with(&chain);
    if arrangement == Arrangement::LeafFirst && rest.is_empty() && !is_in_order {
        findings.push(fault(rules, subjects(certificates), subjects(&chain)));
    }
    for link in chain.windows(2) {
        if let [certificate, issuer] = link {
            findings.extend(linked(certificate, issuer, rules));
        }
    }
    let place_of = |link: &Certificate| certificates.iter().position(|one| one == link);
    for (link, finding) in limits::broken(&chain, First::Final) {
        let place = chain.get(link).and_then(place_of).unwrap_or(link);
        findings.push(finding.at(&place_in(place, certificates)));
    }
    findings
}

/// Which certificate of several.
pub(super) fn place_in(place: usize, certificates: &[Certificate]) -> String {
    format!("certificate {} of {}", place + 1, certificates.len())
}

/// The chain, leaf first, and the certificates that are no link of it.
fn arrange(certificates: &[Certificate]) -> (Vec<Certificate>, Vec<Certificate>) {
    let names_issuer = |one: &Certificate, other: &Certificate| {
        let signer = shape::other_signer(one.tbs());
        let is_meant = match signer {
            Some(_) => shape::own_key(other.tbs()) == signer,
            None => !one.is_self_issued(),
        };
        one != other && one.issuer() == other.subject() && is_meant
    };
    let mut rest = certificates.to_vec();
    let is_leaf = |candidate: &Certificate| {
        let mut others = certificates.iter();
        !others.any(|other| names_issuer(other, candidate))
    };
    let mut chain: Vec<Certificate> = Vec::new();
    let mut next = rest.iter().position(is_leaf).unwrap_or(0);
    while next < rest.len() {
        let link = rest.remove(next);
        let issuer = rest.iter().position(|other| names_issuer(&link, other));
        chain.push(link);
        next = issuer.unwrap_or(usize::MAX);
    }
    (chain, rest)
}

/// What a certificate says of its issuer is so.
fn linked(certificate: &Certificate, issuer: &Certificate, rules: &Rules) -> Vec<Finding> {
    let mut findings: Vec<_> = rules.signed_by(certificate, issuer).into_iter().collect();
    let end = issuer.validity().not_after();
    if certificate.validity().not_after() > end {
        findings.push(Finding::error(
            "issuer.validity",
            "RFC 5280 §6.1.3",
            "notAfter",
            certificate.validity().not_after().to_string(),
            format!("at most {end}, when the issuer itself ends"),
        ));
    }
    if !shape::is_ca(issuer.tbs()) {
        let found = format!("{}, no CA", issuer.subject());
        findings.push(fault(rules, found, "an issuer that is a CA".to_owned()));
    }
    let authority = shape::read(
        certificate.tbs(),
        oid::AUTHORITY_KEY_IDENTIFIER,
        AuthorityKeyIdentifier::from_extension_value,
    );
    let own = shape::own_key(issuer.tbs());
    let Some(authority) = authority else {
        return findings;
    };
    if let (Some(found), Some(own)) = (authority.key_identifier(), own)
        && *found != own
    {
        findings.push(identifier(rules, found.to_string(), own.to_string()));
    }
    if let Some((name, serial)) = authority.issuer_and_serial()
        && (name, serial) != (issuer.issuer(), issuer.serial())
    {
        let expected = format!("{}, {}", issuer.issuer(), issuer.serial());
        findings.push(identifier(rules, format!("{name}, {serial}"), expected));
    }
    findings
}

/// RFC 5280 §4.2.1.1: the extension identifies the key that signed.
fn identifier(rules: &Rules, found: String, expected: String) -> Finding {
    Finding::error(
        rules.extension_value,
        "RFC 5280 §4.2.1.1",
        "authorityKeyIdentifier",
        found,
        format!("the issuer's own, {expected}"),
    )
}

fn fault(rules: &Rules, found: String, expected: String) -> Finding {
    Finding::error(rules.chain, "RFC 5280 §6.1", "chain", found, expected)
}

fn subjects(certificates: &[Certificate]) -> String {
    let subjects = certificates.iter().map(|one| one.subject().to_string());
    subjects.collect::<Vec<_>>().join(" / ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cert::{TbsCertificate, TbsFields};
    use crate::key::Signature;
    use crate::serial::SerialNumber;

    #[test]
    fn a_chain_is_found_in_any_order_and_what_is_no_link_is_left() {
        let read = |pem: &[u8]| Certificate::from_pem(pem).unwrap();
        let ca = read(include_bytes!("../../testdata/vendor/enos/ca.cert.pem"));
        let device = read(include_bytes!("../../testdata/vendor/enos/device.cert.pem"));
        let tbs = TbsCertificate::new(TbsFields {
            serial: SerialNumber::from_u64(2).unwrap(),
            ..device.tbs().fields().clone()
        });
        let other = Certificate::assemble(tbs, &Signature::from_bytes(Vec::new())).unwrap();
        let chain = vec![device.clone(), ca.clone()];
        assert_eq!(
            arrange(&[ca.clone(), device.clone()]),
            (chain.clone(), vec![])
        );
        assert_eq!(arrange(&[device, other.clone(), ca]), (chain, vec![other]));
        assert_eq!(arrange(&[]), (vec![], vec![]));
    }
}
