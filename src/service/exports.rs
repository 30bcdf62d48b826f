//! Private keys that leave the workspace. Each is told in the audit log before it does: one that left is never untold.

use super::{Service, ServiceError};
use crate::cert::Certificate;
use crate::key::KeyPair;
use crate::ledger::{AuditKind, AuditNote};
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

/// A private key that leaves, by its certificate.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who export")]
pub struct KeyExport<'a> {
    /// The vendor whose certificate it is.
    pub vendor: &'a str,
    /// The certificate's serial number.
    pub serial: &'a SerialNumber,
    /// SHA-256 of the certificate.
    pub sha256: [u8; 32],
    /// The form in which it leaves: `key`, `p12`, `reply`.
    pub form: &'a str,
}

impl<'a> KeyExport<'a> {
    /// The key of a certificate.
    #[must_use]
    pub fn of(vendor: &'a str, certificate: &'a Certificate, form: &'a str) -> Self {
        Self {
            vendor,
            serial: certificate.serial(),
            sha256: certificate.sha256(),
            form,
        }
    }
}

impl Service {
    /// The private keys of certificates, by the numbers that their vendor gave them, in order; the log tells that they
    /// leave in this form.
    ///
    /// # Errors
    /// [`ServiceError::Workspace`] when there is none, or when others may read it; [`ServiceError::KeyOfAnother`] when
    /// the key that is kept under a number is not the certificate's own; [`ServiceError::Ledger`]. Nothing is told then.
    pub fn export_keys(
        &mut self,
        vendor: &str,
        wanted: &[(i64, &Certificate)],
        form: &str,
        now: UnixSeconds,
    ) -> Result<Vec<KeyPair>, ServiceError> {
        let key = |(number, certificate): &(i64, &Certificate)| {
            // Numbers are given as those of 31 bits; no key has another.
            let number = i32::try_from(*number).unwrap_or(0);
            self.kept_key(vendor, number, &certificate.public_key().spki_sha256())
        };
        let keys = wanted.iter().map(key).collect::<Result<_, _>>()?;
        let exports = wanted.iter();
        let exports: Vec<_> = exports
            .map(|(_, certificate)| KeyExport::of(vendor, certificate, form))
            .collect();
        self.note_key_exports(&exports, now)?;
        Ok(keys)
    }

    /// Tells in the log that keys leave which the caller has: in a form that was made already, or made by the caller.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`]; what is not told must not leave.
    pub fn note_key_exports(
        &mut self,
        exports: &[KeyExport<'_>],
        now: UnixSeconds,
    ) -> Result<(), ServiceError> {
        if self.is_part() {
            // Told where the job comes into a ledger.
            return Ok(());
        }
        let mut notes = Vec::with_capacity(exports.len());
        for export in exports {
            let found = self.ledger().find_by_fingerprint(&export.sha256)?;
            notes.push(AuditNote {
                at: now,
                kind: AuditKind::KeyExported,
                certificate: found.first().map(|record| record.id),
                sha256: Some(export.sha256),
                text: format!("{}, {} {}", export.form, export.vendor, export.serial),
            });
        }
        Ok(self.workspace.ledger_mut().note(&notes)?)
    }

    /// The key that is kept under a number, if it is the one that the certificate has.
    pub(super) fn kept_key(
        &self,
        vendor: &str,
        number: i32,
        spki_sha256: &[u8; 32],
    ) -> Result<KeyPair, ServiceError> {
        let key = self.workspace.read_key(vendor, number)?;
        if key.public_key().spki_sha256() != *spki_sha256 {
            return Err(ServiceError::KeyOfAnother {
                vendor: vendor.to_owned(),
                number,
            });
        }
        Ok(key)
    }
}

/// What the audit log tells of keys that left.
#[cfg(test)]
pub(super) fn told(service: &Service) -> Vec<String> {
    use crate::ledger::AuditFilter;
    let all = AuditFilter {
        after: 0,
        limit: 1000,
    };
    let entries = service.ledger().audit(&all).unwrap().into_iter();
    let exported = entries.filter(|entry| entry.kind == AuditKind::KeyExported);
    exported.map(|entry| entry.text).collect()
}
