//! What the ledger keeps of a certificate, as it is shown.

use crate::cli::error::CliError;
use crate::cli::view::{Fields, hex};
use crate::ledger::{LedgerError, Record};
use crate::time::UnixSeconds;
use crate::vendor::{as2expert, ecgrid, emca, enos};

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
        .with("status", record.standing_at(now).as_str())
        .with("vendor", record.vendor.clone())
        .with_some(holder(&record.vendor), record.holder.clone())
        .with_some("rowKey", record.row_key.clone())
        .with("serialNumber", record.serial.to_string())
        .with("serialNumberHex", record.serial.to_hex())
        .with("subject", record.subject_text.clone())
        .with("notBefore", record.validity.not_before().to_string())
        .with("notAfter", record.validity.not_after().to_string())
        .with("issuedAt", record.issued_at.to_string())
        .with("superseded", record.superseded_by.is_some())
        .with_some("revocation", revocation)
        .with("keyId", hex(&record.key_id))
        .with("sha256Fingerprint", hex(&record.fingerprint))
}

/// What a vendor's certificates are bound to.
fn holder(vendor: &str) -> &'static str {
    match vendor {
        as2expert::NAME => "station",
        ecgrid::NAME => "comm",
        emca::NAME => "subscriber",
        enos::NAME => "device",
        _ => "holder",
    }
}

/// The ledger could not be asked.
pub(super) fn failed(error: LedgerError) -> CliError {
    CliError::failed("read the ledger", error)
}
