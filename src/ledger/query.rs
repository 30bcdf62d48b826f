//! Questions about single certificates, keys, subjects and holders; each is answered from an index.

use rusqlite::{Params, Row, params};

use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::ledger::issuer::{IssuerId, authority};
use crate::ledger::record::{CertificateId, DER_JOINS, RECORD_COLUMNS, Record, record_of};
use crate::ledger::sql;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

/// That a public key or a subject is bound to a holder by a certificate; what follows from its end, its revocation or
/// its being superseded is the asker's rule.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Binding {
    /// The certificate.
    pub certificate: CertificateId,
    /// Under whose rules it was issued.
    pub vendor: String,
    /// Who or what it is bound to, in the vendor's own terms.
    pub holder: Option<String>,
    /// SHA-256 of the `SubjectPublicKeyInfo`.
    pub key_sha256: [u8; 32],
    /// The certificate's last second.
    pub not_after: UnixSeconds,
    /// Whether it was revoked or is on hold.
    pub revoked: bool,
    /// Whether another certificate took its place.
    pub superseded: bool,
}

impl Ledger {
    /// The certificate with this id.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`], [`LedgerError::Sqlite`], here and in every question below.
    pub fn find(&self, id: CertificateId) -> Result<Option<Record>, LedgerError> {
        Ok(self.records(BY_ID, [id.get()])?.pop())
    }

    /// Certificates with this serial number under the issuer's name, at most one; `None` asks for any issuer,
    /// self-signed certificates included.
    ///
    /// # Errors
    /// [`LedgerError::UnknownIssuer`], and as [`Ledger::find`].
    pub fn find_by_serial(
        &self,
        issuer: Option<IssuerId>,
        serial: &SerialNumber,
    ) -> Result<Vec<Record>, LedgerError> {
        let key = sql::serial_key(serial);
        match issuer {
            None => self.records(BY_SERIAL, [key]),
            Some(issuer) => {
                let authority = authority(&self.connection, issuer)?;
                self.records(BY_ISSUER_AND_SERIAL, params![key, authority])
            }
        }
    }

    /// Certificates with this SHA-256, in the order of their ids, as all answers below.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn find_by_fingerprint(&self, sha256: &[u8; 32]) -> Result<Vec<Record>, LedgerError> {
        self.records(BY_FINGERPRINT, [sha256])
    }

    /// Certificates for the key whose `SubjectPublicKeyInfo` has this SHA-256.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn find_by_key(&self, key_sha256: &[u8; 32]) -> Result<Vec<Record>, LedgerError> {
        self.records(BY_KEY, [key_sha256])
    }

    /// Certificates for this subject, a DER `Name`, octet for octet.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn find_by_subject(&self, subject: &[u8]) -> Result<Vec<Record>, LedgerError> {
        self.records(BY_SUBJECT, params![sql::subject_tag(subject), subject])
    }

    /// Certificates bound to this holder under the vendor's rules.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn find_by_holder(&self, vendor: &str, holder: &str) -> Result<Vec<Record>, LedgerError> {
        self.records(BY_HOLDER, [holder, vendor])
    }

    /// Certificates that this row of a batch under the vendor's rules asked for.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn find_by_row_key(&self, vendor: &str, row_key: &str) -> Result<Vec<Record>, LedgerError> {
        self.records(BY_ROW_KEY, [row_key, vendor])
    }

    /// For each key, by the SHA-256 of its `SubjectPublicKeyInfo`, the certificates that bind it; in order, from one
    /// state of the ledger.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn holders_of_keys(&self, keys: &[[u8; 32]]) -> Result<Vec<Vec<Binding>>, LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let mut statement = snapshot.prepare_cached(&bindings_where(BY_KEY))?;
        keys.iter()
            .map(|key| statement.query_and_then([key], binding_of)?.collect())
            .collect()
    }

    /// For each subject, a DER `Name`, the certificates that bind it; in order, from one state of the ledger.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn holders_of_subjects(
        &self,
        subjects: &[&[u8]],
    ) -> Result<Vec<Vec<Binding>>, LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let mut statement = snapshot.prepare_cached(&bindings_where(BY_SUBJECT))?;
        subjects
            .iter()
            .map(|subject| {
                let params = params![sql::subject_tag(subject), subject];
                statement.query_and_then(params, binding_of)?.collect()
            })
            .collect()
    }

    fn records(&self, condition: &str, params: impl Params) -> Result<Vec<Record>, LedgerError> {
        self.connection
            .prepare_cached(&records_where(condition))?
            .query_and_then(params, record_of)?
            .collect()
    }
}

pub(super) fn records_where(condition: &str) -> String {
    format!(
        "SELECT {RECORD_COLUMNS} FROM certificate c {DER_JOINS}
         LEFT JOIN revocation r ON r.certificate_id = c.id WHERE {condition} ORDER BY c.id"
    )
}

pub(super) fn bindings_where(condition: &str) -> String {
    format!(
        "SELECT c.id, c.vendor, c.holder, c.key_sha256, c.not_after,
             EXISTS (SELECT 1 FROM revocation r WHERE r.certificate_id = c.id),
             EXISTS (SELECT 1 FROM certificate s WHERE s.supersedes = c.id)
         FROM certificate c WHERE {condition} ORDER BY c.id"
    )
}

fn binding_of(row: &Row<'_>) -> Result<Binding, LedgerError> {
    Ok(Binding {
        certificate: CertificateId::from_row(sql::column(row, 0, "certificate.id")?),
        vendor: sql::column(row, 1, "certificate.vendor")?,
        holder: sql::column(row, 2, "certificate.holder")?,
        key_sha256: sql::column(row, 3, "certificate.key_sha256")?,
        not_after: sql::time(
            sql::column(row, 4, "certificate.not_after")?,
            "certificate.not_after",
        )?,
        revoked: sql::column(row, 5, "revocation.certificate_id")?,
        superseded: sql::column(row, 6, "certificate.supersedes")?,
    })
}

pub(super) const BY_ID: &str = "c.id = ?1";
pub(super) const BY_SERIAL: &str = "c.serial = ?1";
pub(super) const BY_ISSUER_AND_SERIAL: &str = "c.serial = ?1 AND c.authority_id = ?2";
// The first octets are what the index holds; the whole value decides.
pub(super) const BY_FINGERPRINT: &str =
    "substr(c.fingerprint, 1, 8) = substr(?1, 1, 8) AND c.fingerprint = ?1";
pub(super) const BY_KEY: &str =
    "substr(c.key_sha256, 1, 8) = substr(?1, 1, 8) AND c.key_sha256 = ?1";
pub(super) const BY_SUBJECT: &str = "c.subject_tag = ?1 AND c.subject = ?2";
pub(super) const BY_HOLDER: &str = "c.holder = ?1 AND c.vendor = ?2";
pub(super) const BY_ROW_KEY: &str = "c.row_key = ?1 AND c.vendor = ?2";
