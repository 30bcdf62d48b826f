//! What the ledger keeps of a certificate, as it is shown.

use crate::cli::view::{Fields, hex};
use crate::ledger::{Record, Status};
use crate::time::UnixSeconds;

/// What a certificate is at a second, in one word.
pub(super) fn status(record: &Record, now: UnixSeconds) -> &'static str {
    match record.status_at(now) {
        Status::Valid => "valid",
        Status::Expired => "expired",
        Status::Revoked(_) => "revoked",
    }
}

/// The ledger's own facts.
pub(super) fn fields(record: &Record, now: UnixSeconds) -> Fields {
    let revocation = record.revocation.as_ref().map(|fact| {
        Fields::new()
            .with("at", fact.at.to_string())
            .with("reason", u64::from(fact.reason.get()))
            .with("by", fact.by.clone())
            .with_some("note", fact.note.clone())
    });
    Fields::new()
        .with("status", status(record, now))
        .with("vendor", record.vendor.clone())
        .with_some("device", record.holder.clone())
        .with("serialNumber", record.serial.to_string())
        .with("serialNumberHex", record.serial.to_hex())
        .with("subject", record.subject_text.clone())
        .with("notBefore", record.validity.not_before().to_string())
        .with("notAfter", record.validity.not_after().to_string())
        .with("issuedAt", record.issued_at.to_string())
        .with("superseded", record.superseded_by.is_some())
        .with_some("revocation", revocation)
        .with("sha256Fingerprint", hex(&record.fingerprint))
}
