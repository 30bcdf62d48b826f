//! Tokens that EnOS's gateway gives applications.

use crate::ledger::{AuditKind, AuditNote};
use crate::service::{Service, ServiceError};
use crate::time::UnixSeconds;
use crate::vendor::enos;

impl Service {
    /// Tells in the audit log that an application is given a token; the token itself is not told.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`]; what is not told must not be given.
    pub fn note_enos_token(&mut self, app_key: &str, now: UnixSeconds) -> Result<(), ServiceError> {
        let note = AuditNote {
            at: now,
            kind: AuditKind::TokenGiven,
            certificate: None,
            sha256: None,
            text: format!("{} {app_key}", enos::NAME),
        };
        Ok(self.workspace.ledger_mut().note(&[note])?)
    }
}
