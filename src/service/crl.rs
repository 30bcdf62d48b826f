//! CRLs of the workspace's CAs: numbered by the ledger, signed by the CA.

use std::ops::ControlFlow;

use super::{Service, ServiceError};
use crate::crl::{Crl, CrlFields, RevokedCertificate, TbsCertListBuilder};
use crate::ext::CrlReason;
use crate::issuer;
use crate::key::SignatureAlgorithm;
use crate::ledger::{PublishedCrl, RevokedEntry};
use crate::time::UnixSeconds;
use crate::workspace::WorkspaceError;

impl Service {
    /// A complete CRL of a CA, from `now` until `next_update`, with a number that no earlier one has. It counts as
    /// published once it stands where others find it: that is the caller's to say ([`Service::crl_published`]).
    ///
    /// # Errors
    /// [`ServiceError::Workspace`] for a CA that is not there or signs elsewhere, [`ServiceError::CrlIssuer`] for one
    /// that may not sign CRLs, [`ServiceError::CrlOutlivesCa`], [`ServiceError::Crl`], [`ServiceError::Ledger`].
    pub fn crl(
        &mut self,
        ca: &str,
        now: UnixSeconds,
        next_update: UnixSeconds,
    ) -> Result<Crl, ServiceError> {
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
        let mut builder = TbsCertListBuilder::new(CrlFields {
            signature_algorithm,
            issuer: authority.issuer_name().name().clone(),
            this_update: now,
            next_update,
            issuer_key_identifier: authority.issuer_name().key_identifier().clone(),
            number: crate::ext::CrlNumber::from_u64(number),
        })
        .map_err(ServiceError::Crl)?;
        let mut failed = None;
        self.workspace
            .ledger()
            .revoked(authority.id(), now, |entry| {
                match push(&mut builder, entry) {
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
        let tbs = builder.finish().map_err(ServiceError::Crl)?;
        let signer = self.signer(&authority)?;
        Crl::sign(tbs, signer.key()).map_err(ServiceError::Crl)
    }

    /// Records that a CRL of a CA was published.
    ///
    /// # Errors
    /// [`ServiceError::Workspace`] for a CA that is not there, [`ServiceError::Crl`] for a list that it did not sign,
    /// [`ServiceError::CrlIncomplete`] for one without number or nextUpdate, [`ServiceError::Ledger`].
    pub fn crl_published(&mut self, ca: &str, crl: &Crl) -> Result<(), ServiceError> {
        let authority = self.workspace.authority(ca)?;
        crl.verify_signature(authority.certificate().public_key())
            .map_err(ServiceError::Crl)?;
        let number = crl.number().map_err(ServiceError::Crl)?;
        let number = number.and_then(|number| number.to_u64());
        let (Some(number), Some(next_update)) = (number, crl.next_update()) else {
            return Err(ServiceError::CrlIncomplete);
        };
        let published = PublishedCrl {
            issuer: authority.id(),
            number,
            this_update: crl.this_update(),
            next_update,
            entries: crl.entries().map(|_| 1).sum(),
        };
        Ok(self.workspace.ledger_mut().record_crl(&published)?)
    }
}

fn push(builder: &mut TbsCertListBuilder, entry: RevokedEntry) -> Result<(), ServiceError> {
    let reason = CrlReason::from_code(entry.reason.get());
    let reason = reason.map_err(|source| ServiceError::Reason { source })?;
    let entry = RevokedCertificate::new(entry.serial, entry.at, reason);
    builder.push(&entry).map_err(ServiceError::Crl)
}
