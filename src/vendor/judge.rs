//! Certificates of a file, judged: what is the same for every vendor.

use crate::cert::{Certificate, TbsCertificate};
use crate::lint;
use crate::lint::Finding;
use crate::profile::ProfileError;
use crate::time::UnixSeconds;
use crate::vendor::chain;
use crate::vendor::chain::Arrangement;
use crate::vendor::shape::{Issuer, Rules, is_ca};
use crate::vendor::specimen::Specimen;

/// How a vendor's certificates are judged.
pub(super) struct Judge<'a> {
    pub(super) at: UnixSeconds,
    pub(super) rules: &'a Rules,
    pub(super) issuer: Issuer,
    /// What a certificate should be, whoever signs it and whenever.
    pub(super) shape: &'a dyn Fn(&TbsCertificate) -> Result<Vec<Finding>, ProfileError>,
}

impl Judge<'_> {
    /// All findings of certificates; none for what holds none.
    pub(super) fn findings(&self, specimen: &Specimen) -> Result<Vec<Finding>, ProfileError> {
        match specimen {
            Specimen::Bag(all) => self.several(all, Arrangement::Any),
            Specimen::Chain(all) => self.several(all, Arrangement::LeafFirst),
            Specimen::Certificate(one) => self.one(one),
            Specimen::Tbs(tbs) => {
                let mut findings = (self.shape)(tbs)?;
                findings.extend(self.rules.period(tbs, self.at));
                Ok(findings)
            }
            Specimen::Unusable(reason) => Ok(vec![unusable(reason)]),
            Specimen::Body(_) | Specimen::Request(_) => Ok(Vec::new()),
        }
    }

    /// Certificates that sign themselves each stand alone.
    fn several(
        &self,
        all: &[Certificate],
        arrangement: Arrangement,
    ) -> Result<Vec<Finding>, ProfileError> {
        let mut findings = match self.issuer {
            Issuer::Authority => chain::faults(all, arrangement, self.rules),
            Issuer::Subject => Vec::new(),
        };
        for (place, one) in all.iter().enumerate() {
            let place = chain::place_in(place, all);
            let found = self.one(one)?.into_iter();
            findings.extend(found.map(|finding| finding.at(&place)));
        }
        Ok(findings)
    }

    /// A vendor says little of its CAs' own certificates: RFC 5280 judges them.
    fn one(&self, certificate: &Certificate) -> Result<Vec<Finding>, ProfileError> {
        let tbs = certificate.tbs();
        let mut findings = if self.issuer == Issuer::Authority && is_ca(tbs) {
            let mut findings = lint::run(tbs, &[]);
            findings.extend(self.rules.strength(certificate));
            findings
        } else {
            (self.shape)(tbs)?
        };
        findings.extend(self.rules.whole(certificate, self.at));
        Ok(findings)
    }
}

/// Findings of a later stage beside those of earlier ones. A field that has one already is not judged again: what could
/// not be read would be told as missing.
pub(super) fn join(findings: &mut Vec<Finding>, later: impl IntoIterator<Item = Finding>) {
    let told: Vec<_> = findings.iter().map(|one| one.field().to_owned()).collect();
    let is_new = |finding: &Finding| !told.iter().any(|field| field == finding.field());
    findings.extend(later.into_iter().filter(is_new));
}

fn unusable(reason: &str) -> Finding {
    Finding::error(
        "rfc5280.certificate",
        "RFC 5280 §4.1",
        "certificate",
        reason,
        "a certificate whose parts can be used",
    )
}

#[cfg(test)]
mod tests;
