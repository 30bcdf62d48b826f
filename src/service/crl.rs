//! CRLs of the workspace's CAs: numbered by the ledger, signed by the CA.

use std::io::{Cursor, Read, Seek, Write};
use std::ops::ControlFlow;

use super::{Service, ServiceError};
use crate::crl::{Crl, CrlFields, CrlNumber, CrlSpool, RevokedCertificate};
use crate::ext::CrlReason;
use crate::issuer;
use crate::key::SignatureAlgorithm;
use crate::ledger::{PublishedCrl, RevokedEntry};
use crate::time::{Lifetime, UnixSeconds};
use crate::workspace::WorkspaceError;

/// Why a CA has to publish a CRL now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CrlNeed {
    /// What it must show has changed since the last one.
    Changed,
    /// It has published none, or none that is known here.
    First,
    /// The next one of the schedule is due.
    Scheduled,
}

impl CrlNeed {
    /// In a word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::First => "first",
            Self::Scheduled => "scheduled",
        }
    }
}

impl Service {
    /// A complete CRL of a CA, from `now` until `next_update`, with a number that no earlier one has. It counts as
    /// published once it stands where others find it: that is the caller's to say, with what comes beside it
    /// ([`Service::crl_recorded`]).
    ///
    /// # Errors
    /// As [`Service::write_crl`].
    pub fn crl(
        &mut self,
        ca: &str,
        now: UnixSeconds,
        next_update: UnixSeconds,
    ) -> Result<(Crl, PublishedCrl), ServiceError> {
        let mut der = Vec::new();
        let spool = Cursor::new(Vec::new());
        let published = self.write_crl(ca, now, next_update, spool, &mut der)?;
        let crl = Crl::from_der(&der).map_err(ServiceError::Crl)?;
        Ok((crl, published))
    }

    /// As [`Service::crl`], written to `out` as DER; the entries wait in `spool`, an empty file, and little is held in
    /// memory. What comes back is to be recorded once the list is published ([`Service::crl_recorded`]).
    ///
    /// # Errors
    /// [`ServiceError::Workspace`] for a CA that is not there or signs elsewhere, [`ServiceError::CrlIssuer`] for one
    /// that may not sign CRLs, [`ServiceError::CrlOutlivesCa`], [`ServiceError::Crl`], [`ServiceError::Ledger`].
    pub fn write_crl<S: Read + Seek + Write, W: Write + ?Sized>(
        &mut self,
        ca: &str,
        now: UnixSeconds,
        next_update: UnixSeconds,
        spool: S,
        out: &mut W,
    ) -> Result<PublishedCrl, ServiceError> {
        let authority = self.workspace.authority(ca)?.clone();
        issuer::check_crl_issuer(authority.certificate()).map_err(ServiceError::CrlIssuer)?;
        let not_after = authority.certificate().validity().not_after();
        if next_update > not_after {
            return Err(ServiceError::CrlOutlivesCa {
                next_update,
                not_after,
            });
        }
        let key = authority.certificate().public_key();
        let signature_algorithm =
            SignatureAlgorithm::default_for(key).ok_or_else(|| WorkspaceError::UnsupportedKey {
                found: key.kind().to_string(),
            })?;
        self.signer(&authority)?;
        // The number is on disk before the list bears it: a crash leaves a gap, never two lists of one number.
        let number = self
            .workspace
            .ledger_mut()
            .next_crl_number(authority.id())?;
        let fields = CrlFields {
            signature_algorithm,
            issuer: authority.issuer_name().name().clone(),
            this_update: now,
            next_update,
            issuer_key_identifier: authority.issuer_name().key_identifier().clone(),
            number: CrlNumber::from_u64(number),
        };
        let mut entries = CrlSpool::new(fields, spool).map_err(ServiceError::Crl)?;
        // Asked before the entries are read: what comes in between is on the list, and counted as if it were not.
        let changes = self.ledger().revocation_changes(authority.id())?;
        let mut failed = None;
        self.ledger().revoked(authority.id(), now, |entry| {
            match push(&mut entries, entry) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        let signer = self.signer(&authority)?;
        let written = entries.sign(signer.key(), out).map_err(ServiceError::Crl)?;
        Ok(PublishedCrl {
            issuer: authority.id(),
            number,
            this_update: now,
            next_update,
            entries: written.entries,
            changes: Some(changes),
        })
    }

    /// Records that what [`Service::write_crl`] wrote was published.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`].
    pub fn crl_recorded(&mut self, published: &PublishedCrl) -> Result<(), ServiceError> {
        Ok(self.workspace.ledger_mut().record_crl(published)?)
    }

    /// Whether a CA has to publish a CRL at `now`, and why: it has published none, something was revoked, held or
    /// released since, or `overlap` before the last one's nextUpdate has come, so that relying parties have time to
    /// fetch the next (RFC 5280 §3.3 leaves that to the CA). Of an overlap, at most half the time of the last list counts.
    ///
    /// # Errors
    /// [`ServiceError::Workspace`] for a CA that is not there, [`ServiceError::Ledger`].
    pub fn crl_need(
        &self,
        ca: &str,
        now: UnixSeconds,
        overlap: Lifetime,
    ) -> Result<Option<CrlNeed>, ServiceError> {
        let id = self.workspace.authority(ca)?.id();
        let Some(last) = self.ledger().last_crl_of(id)? else {
            return Ok(Some(CrlNeed::First));
        };
        if last.changes != Some(self.ledger().revocation_changes(id)?) {
            return Ok(Some(CrlNeed::Changed));
        }
        let lasts = last.next_update.since(last.this_update);
        let overlap = overlap
            .seconds()
            .min(lasts.map_or(0, Lifetime::seconds) / 2);
        let is_due = now.seconds().saturating_add(overlap) >= last.next_update.seconds();
        Ok(is_due.then_some(CrlNeed::Scheduled))
    }
}

fn push<S: Read + Seek + Write>(
    entries: &mut CrlSpool<S>,
    entry: RevokedEntry,
) -> Result<(), ServiceError> {
    let reason = CrlReason::from_code(entry.reason.get());
    let reason = reason.map_err(|source| ServiceError::Reason { source })?;
    let entry = RevokedCertificate::new(entry.serial, entry.at, reason);
    entries.push(&entry).map_err(ServiceError::Crl)
}
