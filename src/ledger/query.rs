//! Questions about single certificates, keys, subjects and holders; each is answered from an index.

use rusqlite::{Params, Row, params};

use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::ledger::issuer::{IssuerId, authority};
use crate::ledger::presence::Mark;
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

    /// Certificates for the key with this SHA-1 of its BIT STRING, which is what subjectKeyIdentifier says.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn find_by_key_id(&self, key_id: &[u8; 20]) -> Result<Vec<Record>, LedgerError> {
        self.records(BY_KEY_ID, [key_id])
    }

    /// Certificates for the subject that has this SHA-256 as it compares, however it is encoded
    /// ([`Name::folded_sha256`](crate::name::Name::folded_sha256)).
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn find_by_subject(&self, subject_sha256: &[u8; 32]) -> Result<Vec<Record>, LedgerError> {
        self.records(BY_SUBJECT, [subject_sha256])
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

    /// As [`Ledger::find_by_row_key`], under any vendor's rules.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn find_by_any_row_key(&self, row_key: &str) -> Result<Vec<Record>, LedgerError> {
        self.records(BY_ANY_ROW_KEY, [row_key])
    }

    /// For each key, by the SHA-256 of its `SubjectPublicKeyInfo`, the certificates that bind it; in order, from one
    /// state of the ledger.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn holders_of_keys(&self, keys: &[[u8; 32]]) -> Result<Vec<Vec<Binding>>, LedgerError> {
        self.bound(BY_KEY, keys, |key| (Mark::Key(key), [key]))
    }

    /// For each subject, by its SHA-256 as [`Ledger::find_by_subject`] has it, the certificates that bind it; in order,
    /// from one state of the ledger.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn holders_of_subjects(
        &self,
        subjects: &[[u8; 32]],
    ) -> Result<Vec<Vec<Binding>>, LedgerError> {
        self.bound(BY_SUBJECT, subjects, |subject| {
            (Mark::Subject(subject), [subject])
        })
    }

    /// For each holder under the vendor's rules, the certificates that are bound to it; in order, from one state of
    /// the ledger.
    ///
    /// # Errors
    /// As [`Ledger::find`].
    pub fn bindings_of_holders(
        &self,
        vendor: &str,
        holders: &[&str],
    ) -> Result<Vec<Vec<Binding>>, LedgerError> {
        self.bound(BY_HOLDER, holders, |holder| {
            (Mark::Holder { vendor, holder }, [*holder, vendor])
        })
    }

    /// For each that is asked for, by its mark and its parameters, the certificates that bind it; those that the filter rules out
    /// are not looked for.
    fn bound<'a, K, P: Params>(
        &self,
        by: By,
        asked: &'a [K],
        of: impl Fn(&'a K) -> (Mark<'a>, P),
    ) -> Result<Vec<Vec<Binding>>, LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let presence = self.presence(&snapshot, asked.len())?;
        let mut statement = snapshot.prepare_cached(&bindings(by))?;
        let one = |asked| {
            let (mark, params) = of(asked);
            let is_ruled_out = presence
                .as_deref()
                .is_some_and(|presence| presence.rules_out(mark));
            match is_ruled_out {
                true => Ok(Vec::new()),
                false => statement.query_and_then(params, binding_of)?.collect(),
            }
        };
        asked.iter().map(one).collect()
    }

    fn records(&self, by: By, params: impl Params) -> Result<Vec<Record>, LedgerError> {
        self.connection
            .prepare_cached(&records(by))?
            .query_and_then(params, record_of)?
            .collect()
    }
}

/// Which certificates `c` are asked for, and through which index.
#[derive(Clone, Copy, Debug)]
pub(super) struct By {
    with: &'static str,
    tables: &'static str,
    condition: &'static str,
}

pub(super) fn records(by: By) -> String {
    let By {
        with,
        tables,
        condition,
    } = by;
    format!(
        "{with} SELECT {RECORD_COLUMNS} FROM {tables} {DER_JOINS}
         LEFT JOIN revocation r ON r.certificate_id = c.id WHERE {condition} ORDER BY c.id"
    )
}

pub(super) fn bindings(by: By) -> String {
    let By {
        with,
        tables,
        condition,
    } = by;
    format!(
        "{with} SELECT c.id, c.vendor, c.holder, c.key_sha256, c.not_after,
             EXISTS (SELECT 1 FROM revocation r WHERE r.certificate_id = c.id),
             EXISTS (SELECT 1 FROM certificate s WHERE s.supersedes = c.id)
         FROM {tables} WHERE {condition} ORDER BY c.id"
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

/// Every epoch of ids, for the indexes that lead with it; as many as the ledger has 65,536 certificates.
pub(super) const EPOCHS: &str = "WITH RECURSIVE epoch (number) AS (
    SELECT 0 UNION ALL SELECT number + 1 FROM epoch WHERE number < (SELECT max(id) >> 16 FROM certificate))";

pub(super) const BY_ID: By = By {
    with: "",
    tables: "certificate c",
    condition: "c.id = ?1",
};

pub(super) const BY_SERIAL: By = By {
    with: "",
    tables: "certificate c INDEXED BY certificate_serial",
    condition: "c.serial = ?1",
};

pub(super) const BY_ISSUER_AND_SERIAL: By = By {
    with: "",
    tables: "certificate c INDEXED BY certificate_serial",
    condition: "c.serial = ?1 AND c.authority_id = ?2",
};

pub(super) const BY_FINGERPRINT: By = By {
    with: EPOCHS,
    tables: "epoch CROSS JOIN certificate c INDEXED BY certificate_fingerprint ON c.id >> 16 = epoch.number",
    condition: "substr(c.fingerprint, 1, 8) = substr(?1, 1, 8) AND c.fingerprint = ?1",
};

pub(super) const BY_KEY: By = By {
    with: EPOCHS,
    tables: "epoch CROSS JOIN certificate c INDEXED BY certificate_key ON c.id >> 16 = epoch.number",
    condition: "substr(c.key_sha256, 1, 8) = substr(?1, 1, 8) AND c.key_sha256 = ?1",
};

pub(super) const BY_KEY_ID: By = By {
    with: EPOCHS,
    tables: "epoch CROSS JOIN certificate c INDEXED BY certificate_key_id ON c.id >> 16 = epoch.number",
    condition: "substr(c.key_id, 1, 8) = substr(?1, 1, 8) AND c.key_id = ?1",
};

pub(super) const BY_SUBJECT: By = By {
    with: EPOCHS,
    tables: "epoch CROSS JOIN certificate c INDEXED BY certificate_subject ON c.id >> 16 = epoch.number",
    condition: "substr(c.subject_sha256, 1, 8) = substr(?1, 1, 8) AND c.subject_sha256 = ?1",
};

pub(super) const BY_HOLDER: By = By {
    with: EPOCHS,
    tables: BY_HOLDER_TABLES,
    condition: "c.holder = ?1 AND c.vendor = ?2",
};

pub(super) const BY_HOLDER_TABLES: &str =
    "epoch CROSS JOIN certificate c INDEXED BY certificate_holder ON c.id >> 16 = epoch.number";

pub(super) const BY_ROW_KEY: By = By {
    with: EPOCHS,
    tables: BY_ROW_KEY_TABLES,
    condition: "c.row_key = ?1 AND c.vendor = ?2",
};

pub(super) const BY_ANY_ROW_KEY: By = By {
    with: EPOCHS,
    tables: BY_ROW_KEY_TABLES,
    condition: "c.row_key = ?1",
};

const BY_ROW_KEY_TABLES: &str =
    "epoch CROSS JOIN certificate c INDEXED BY certificate_row_key ON c.id >> 16 = epoch.number";
