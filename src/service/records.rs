//! What the ledger holds, handed out again; holds that end; CAs that end too soon.

use super::{Service, ServiceError};
use crate::cert::Certificate;
#[cfg(any(feature = "cli", feature = "http"))]
use crate::key::KeyPair;
use crate::ledger::{CertificateId, Issuer, Record, ReleaseConflict};
use crate::time::{Lifetime, UnixSeconds};
use crate::vendor::enos;
use crate::workspace::{CertificateAuthority, Family};

/// A CA that cannot sign much longer.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct EndingAuthority {
    /// Its name in the workspace.
    pub name: String,
    /// Its last second.
    pub not_after: UnixSeconds,
    /// Days of the longest certificate that it issues unasked; `None` for a CA that no vendor's rules let issue.
    pub issues_days: Option<u32>,
}

impl Service {
    /// The certificates above one of the ledger, nearest first: as the workspace knows its CA's chain, or as far as the
    /// ledger knows issuers. None for a self-signed certificate.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`], [`ServiceError::Recorded`] for a CA's certificate that cannot be read.
    pub fn chain_of(&self, record: &Record) -> Result<Vec<Certificate>, ServiceError> {
        let Some(id) = record.issuer else {
            return Ok(Vec::new());
        };
        let mut known = self.workspace.authorities().iter();
        if let Some(authority) = known.find(|authority| authority.id() == id) {
            return Ok(authority.chain().to_vec());
        }
        let issuers = self.ledger().issuers()?;
        let find = |id| issuers.iter().find(|issuer| issuer.id == id);
        let mut chain = Vec::new();
        let mut next = find(id);
        while let Some(Issuer {
            certificate,
            parent,
            ..
        }) = next
            && chain.len() < issuers.len()
        {
            chain.push(Certificate::from_der(certificate).map_err(ServiceError::Recorded)?);
            next = parent.and_then(find);
        }
        Ok(chain)
    }

    /// The private key of a certificate of the ledger, where it was made here. That it leaves the workspace is the
    /// caller's to say ([`Service::note_key_exports`]).
    ///
    /// # Errors
    /// [`ServiceError::Workspace`] when there is none, or when others may read it; [`ServiceError::KeyOfAnother`] when
    /// the key that is kept under the certificate's number is not its own.
    #[cfg(any(feature = "cli", feature = "http"))]
    pub(crate) fn key_of(&self, record: &Record) -> Result<Option<KeyPair>, ServiceError> {
        let Some(number) = key_number(record) else {
            return Ok(None);
        };
        self.kept_key(&record.vendor, number, &record.key_sha256)
            .map(Some)
    }

    /// Whether a private key is kept for a certificate of the ledger. It is not read: whether it is the certificate's own,
    /// and its owner's alone, [`Service::key_of`] tells.
    #[cfg(feature = "http")]
    pub(crate) fn has_key(&self, record: &Record) -> bool {
        key_number(record).is_some_and(|number| self.workspace.has_key(&record.vendor, number))
    }

    /// Ends the holds of certificates: the next CRL does not show them (RFC 5280 §5.3.1 has `removeFromCRL` for delta
    /// CRLs only).
    ///
    /// # Errors
    /// [`ServiceError::Ledger`].
    pub fn release(
        &mut self,
        certificates: &[CertificateId],
        now: UnixSeconds,
        by: &str,
    ) -> Result<Vec<Result<(), ReleaseConflict>>, ServiceError> {
        Ok(self.workspace.ledger_mut().release(certificates, now, by)?)
    }

    /// CAs that end before a certificate that they would issue within the time, of the days that they give when nobody
    /// asks for other ones; and those that issue nothing and end within the time. What has ended and issues nothing, is
    /// retired or was renewed is left out.
    #[must_use]
    pub fn ending_authorities(&self, now: UnixSeconds, within: Lifetime) -> Vec<EndingAuthority> {
        let authorities = self.workspace.authorities().iter();
        let ending = authorities.filter_map(|authority| {
            authority.check_issues().ok()?;
            let issues_days = self.issues_days(authority);
            let not_after = authority.certificate().validity().not_after();
            let days = u64::from(issues_days.unwrap_or(0));
            let needed = now.seconds() + within.seconds().saturating_add(days * SECONDS_A_DAY);
            let is_over = issues_days.is_none() && not_after < now;
            (not_after.seconds() < needed && !is_over).then(|| EndingAuthority {
                name: authority.name().to_owned(),
                not_after,
                issues_days,
            })
        });
        ending.collect()
    }

    /// EnOS issues from the current CA of each family, emCA from the one that a profile names, or the current RSA one.
    fn issues_days(&self, authority: &CertificateAuthority) -> Option<u32> {
        let is_current = |family| {
            let current = self.workspace.current(family);
            current.is_ok_and(|current| current.id() == authority.id())
        };
        let enos = is_current(authority.family()).then_some(enos::DEFAULT_VALID_DAYS);
        let is_default = is_current(Family::Rsa);
        let profiles = self.workspace.emca().profiles().iter();
        let emca = profiles.filter(|profile| match profile.ca() {
            Some(name) => name == authority.name(),
            None => is_default,
        });
        let days = emca.map(|profile| profile.config().default_days);
        days.chain(enos).max()
    }
}

const SECONDS_A_DAY: u64 = 86_400;

/// The number under which the key of a certificate is kept, if the key was made here: who brings a request keeps the key.
#[cfg(any(feature = "cli", feature = "http"))]
fn key_number(record: &Record) -> Option<i32> {
    let number = record.row_key.as_ref().and_then(|key| key.parse().ok());
    number.filter(|_| record.request.is_none())
}
