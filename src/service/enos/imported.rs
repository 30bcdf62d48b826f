//! What many have issued for a job comes into the ledger, held against what is there: nobody has held the rows of one
//! against those of another.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::cert::Certificate;
use crate::ledger::{
    AuditKind, AuditNote, BatchId, BatchRow, IssuerId, NewCertificate, Refusal as Refused,
};
use crate::service::signers::signers;
use crate::service::{Service, ServiceError};
use crate::time::UnixSeconds;
use crate::vendor::enos;
use crate::vendor::enos::order;
use crate::workspace::CertificateAuthority;

/// A row of a job that was worked on elsewhere.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who import")]
pub struct EnosImport {
    /// Counted from 1.
    pub row: u64,
    /// What the row is called.
    pub row_key: String,
    /// The certificate, DER; none for a row that was refused.
    pub certificate: Option<Vec<u8>>,
    /// The certification request that it answers, DER.
    pub request: Option<Vec<u8>>,
    /// The device, `productKey/deviceKey`.
    pub holder: Option<String>,
    /// Whether a private key that was made for the row stands beside it.
    pub has_key: bool,
    /// The rules that refused a row.
    pub rules: Vec<String>,
}

/// What became of such a row.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EnosImported {
    /// The ledger has had it.
    Known,
    /// The ledger has it now: the certificate, or that the row was refused.
    Recorded,
    /// It cannot stand beside what is there.
    Refused {
        /// Why.
        reason: String,
    },
}

/// A certificate that is new to the ledger, by the place of its row.
struct New<'a> {
    at: usize,
    row: &'a EnosImport,
    certificate: Certificate,
    issuer: IssuerId,
}

impl New<'_> {
    fn to_record(&self, batch: BatchId, now: UnixSeconds) -> NewCertificate<'_> {
        NewCertificate {
            request: self.row.request.as_deref().map(Cow::Borrowed),
            batch_row: Some(BatchRow {
                batch,
                row: self.row.row,
            }),
            holder: self.row.holder.as_deref().map(Cow::Borrowed),
            ..NewCertificate::of(&self.certificate, Some(self.issuer), enos::NAME, now)
        }
    }
}

impl Service {
    /// Takes rows of a job into the ledger, all of them in one transaction with what the audit log tells of them: each
    /// certificate must be signed by a CA of the workspace, and neither its serial number nor its row may have another one.
    /// What is there is passed over, so that rows may be brought as often as anybody likes.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`]; nothing of the rows is recorded then.
    pub fn enos_import(
        &mut self,
        batch: BatchId,
        rows: &[EnosImport],
        now: UnixSeconds,
    ) -> Result<Vec<EnosImported>, ServiceError> {
        let authorities = self.workspace.authorities();
        let read = read_all(rows, authorities);
        let mut answers = Vec::with_capacity(rows.len());
        let mut new = Vec::new();
        let issued = self.rows_of(batch, rows)?;
        // A task that ran twice may have left its rows twice.
        let mut here: HashMap<u64, [u8; 32]> = HashMap::new();
        for (at, (row, read)) in rows.iter().zip(read).enumerate() {
            let (certificate, issuer) = match read {
                Ok(Some(read)) => read,
                Ok(None) => {
                    answers.push(EnosImported::Recorded);
                    continue;
                }
                Err(reason) => {
                    answers.push(EnosImported::Refused { reason });
                    continue;
                }
            };
            let fingerprint = certificate.sha256();
            let known = issued.get(&row.row).or_else(|| here.get(&row.row));
            answers.push(match known {
                Some(known) if *known == fingerprint => EnosImported::Known,
                Some(_) => refused(format!("row {} has another certificate", row.row)),
                None if !self.ledger().find_by_fingerprint(&fingerprint)?.is_empty() => {
                    EnosImported::Known
                }
                None => {
                    here.insert(row.row, fingerprint);
                    new.push(New {
                        at,
                        row,
                        certificate,
                        issuer,
                    });
                    EnosImported::Recorded
                }
            });
        }
        let new = self.without_conflicts(new, &mut answers, now)?;
        self.record_imported(batch, rows, &new, &mut answers, now)?;
        Ok(answers)
    }

    /// The certificates that the rows of a job have already, by their SHA-256.
    fn rows_of(
        &self,
        batch: BatchId,
        rows: &[EnosImport],
    ) -> Result<BTreeMap<u64, [u8; 32]>, ServiceError> {
        let numbers = rows.iter().map(|row| row.row);
        let (first, last) = (numbers.clone().min(), numbers.max());
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(BTreeMap::new());
        };
        let wanted: std::collections::BTreeSet<_> = rows.iter().map(|row| row.row).collect();
        let mut found = BTreeMap::new();
        for (row, id) in self.ledger().issued_rows(batch, first..=last)? {
            if wanted.contains(&row)
                && let Some(record) = self.ledger().find(id)?
            {
                found.insert(row, record.fingerprint);
            }
        }
        Ok(found)
    }

    /// Those that nothing stands in the way of under the vendor's rules.
    fn without_conflicts<'a>(
        &self,
        new: Vec<New<'a>>,
        answers: &mut [EnosImported],
        now: UnixSeconds,
    ) -> Result<Vec<New<'a>>, ServiceError> {
        let asked = new.iter();
        let asked = asked.map(|new| {
            (
                &new.certificate,
                new.row.holder.as_deref().unwrap_or_default(),
            )
        });
        let conflicts = order::conflicts(&asked.collect::<Vec<_>>(), &self.enos_world(), now);
        let conflicts = conflicts.map_err(|refusal| ServiceError::Kept {
            what: "bindings".to_owned(),
            reason: refusal.msg().to_owned(),
        })?;
        let mut left = Vec::with_capacity(new.len());
        for (new, conflict) in new.into_iter().zip(conflicts) {
            match conflict {
                None => left.push(new),
                Some(conflict) => {
                    let findings = conflict
                        .faults()
                        .iter()
                        .map(|fault| fault.finding().to_string());
                    let reason = findings.collect::<Vec<_>>().join("; ");
                    if let Some(answer) = answers.get_mut(new.at) {
                        *answer = refused(reason);
                    }
                }
            }
        }
        Ok(left)
    }

    fn record_imported(
        &mut self,
        batch: BatchId,
        rows: &[EnosImport],
        new: &[New<'_>],
        answers: &mut [EnosImported],
        now: UnixSeconds,
    ) -> Result<(), ServiceError> {
        let certificates: Vec<_> = new.iter().map(|new| new.to_record(batch, now)).collect();
        let exported = new.iter().enumerate().filter(|(_, new)| new.row.has_key);
        let exported = exported.map(|(at, new)| {
            let serial = new.certificate.serial();
            (at, format!("key, {} {serial}", enos::NAME))
        });
        let refusals = rows.iter().filter(|row| row.certificate.is_none());
        let refusals = refusals.map(|row| Refused {
            row: Some(BatchRow {
                batch,
                row: row.row,
            }),
            note: AuditNote {
                at: now,
                kind: AuditKind::Refused,
                certificate: None,
                sha256: None,
                text: format!(
                    "{} {} row {}",
                    enos::NAME,
                    row.rules.join(", "),
                    row.row_key
                ),
            },
        });
        let (exported, refusals): (Vec<_>, Vec<_>) = (exported.collect(), refusals.collect());
        let ledger = self.workspace.ledger_mut();
        let outcomes = ledger.import(&certificates, &exported, &refusals)?;
        drop(certificates);
        for (new, outcome) in new.iter().zip(outcomes) {
            if let (Err(conflict), Some(answer)) = (outcome, answers.get_mut(new.at)) {
                *answer = refused(conflict.to_string());
            }
        }
        Ok(())
    }
}

fn refused(reason: String) -> EnosImported {
    EnosImported::Refused { reason }
}

/// The certificate of a row; `None` for one that was refused where it was worked on.
fn read(row: &EnosImport) -> Result<Option<Certificate>, String> {
    let Some(der) = &row.certificate else {
        return match row.rules.is_empty() {
            true => Err("neither a certificate nor why there is none".to_owned()),
            false => Ok(None),
        };
    };
    let certificate = Certificate::from_der(der).map_err(|error| error.to_string())?;
    if row.holder.as_deref().is_none_or(str::is_empty) {
        return Err("no holder".to_owned());
    }
    Ok(Some(certificate))
}

/// The certificates of rows, and whose they are: nothing comes in that no CA of the workspace has signed.
fn read_all(
    rows: &[EnosImport],
    authorities: &[CertificateAuthority],
) -> Vec<Result<Option<(Certificate, IssuerId)>, String>> {
    let read: Vec<_> = rows.par_iter().map(read).collect();
    let certificates: Vec<_> = read.iter().flatten().flatten().collect();
    let mut signers = signers(&certificates, authorities).into_iter();
    let answer = |row: Result<Option<Certificate>, String>| {
        let Some(certificate) = row? else {
            return Ok(None);
        };
        match signers.next().flatten() {
            Some(ca) => Ok(Some((certificate, ca.id()))),
            None => {
                let issuer = certificate.issuer();
                Err(format!(
                    "issued by {issuer}, and signed by no CA of the workspace"
                ))
            }
        }
    };
    read.into_iter().map(answer).collect()
}
