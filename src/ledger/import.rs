//! Rows of a job that was worked on elsewhere: certificates, keys that left and refusals in one transaction.

use crate::ledger::Ledger;
use crate::ledger::audit;
use crate::ledger::audit::{AuditKind, AuditNote};
use crate::ledger::batch;
use crate::ledger::batch::Refusal;
use crate::ledger::error::{Conflict, LedgerError};
use crate::ledger::new::NewCertificate;
use crate::ledger::record::{CertificateId, Recorder};

impl Ledger {
    /// As [`Ledger::record`] for certificates that were issued elsewhere, with what else is to be told of their rows: the
    /// forms in which private keys left, by the place of their certificate, and refusals. All of it or nothing is there
    /// afterwards.
    ///
    /// # Errors
    /// As [`Ledger::record`].
    pub fn import(
        &mut self,
        new: &[NewCertificate<'_>],
        exports: &[(usize, String)],
        refusals: &[Refusal],
    ) -> Result<Vec<Result<CertificateId, Conflict>>, LedgerError> {
        let transaction = self.begin()?;
        let mut recorder = Recorder::new(&transaction)?;
        let outcomes = recorder.record_all(new)?;
        let mut notes = recorder.finish()?;
        for (at, text) in exports {
            if let (Some(new), Some(Ok(id))) = (new.get(*at), outcomes.get(*at)) {
                notes.push(AuditNote {
                    at: new.issued_at,
                    kind: AuditKind::KeyExported,
                    certificate: Some(*id),
                    sha256: Some(new.fingerprint),
                    text: text.clone(),
                });
            }
        }
        notes.extend(batch::refuse(&transaction, refusals)?);
        audit::append(&transaction, &notes)?;
        transaction.commit()?;
        self.presence.get_mut().note(new, &outcomes);
        Ok(outcomes)
    }
}
