//! A job's output in columns, brought into the ledger of a workspace.

use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::file::{Cells, FromColumns, Needed, Reader};
use super::run;
use crate::batch::error::BatchError;
use crate::batch::stop::Stop;
use crate::cert::Certificate;
use crate::service::{EnosImport, EnosImported, Service};
use crate::time::UnixSeconds;
use crate::vendor::enos;

/// What was brought into a ledger.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Import {
    /// Certificates that are new there.
    pub recorded: u64,
    /// Certificates that were there.
    pub known: u64,
    /// Rows without a certificate, which the audit log tells of.
    pub rejected: u64,
    /// Rows that cannot stand beside what is there, or in their file.
    pub refused: u64,
    /// The first of those, each with why.
    pub reasons: Vec<String>,
}

impl Import {
    /// Brings the rows of these files, or folders of files, into the ledger as those of a job: each row group in one
    /// transaction, so that an import that was stopped can be made again, and changes nothing where it was made before.
    ///
    /// # Errors
    /// [`BatchError::Columns`] for a file, [`BatchError::Ledger`], [`BatchError::Stopped`].
    pub fn run(
        service: &mut Service,
        job: &str,
        paths: &[impl AsRef<Path>],
        now: UnixSeconds,
        stop: &Stop,
    ) -> Result<Self, BatchError> {
        let ledger = |error| BatchError::Ledger(Box::new(error));
        let batch = service.batch(job).map_err(ledger)?;
        let mut import = Self::default();
        for path in paths {
            for (_, path) in run::files(path.as_ref())? {
                let mut reader = Reader::open(&path)?;
                while let Some(rows) = reader.rows::<Imported>()? {
                    let mut rows: Vec<_> = rows.into_iter().map(|row| row.0).collect();
                    rows.sort_by_key(|row| row.row);
                    for rows in rows.chunks(GROUP_ROWS) {
                        if stop.is_asked() {
                            let rows = import.recorded + import.known;
                            return Err(BatchError::Stopped { rows });
                        }
                        let answers = service.enos_import(batch, rows, now).map_err(ledger)?;
                        import.count(rows, answers);
                    }
                }
            }
        }
        Ok(import)
    }

    fn count(&mut self, rows: &[EnosImport], answers: Vec<EnosImported>) {
        for (row, answer) in rows.iter().zip(answers) {
            match answer {
                EnosImported::Known => self.known += 1,
                EnosImported::Recorded if row.certificate.is_none() => self.rejected += 1,
                EnosImported::Recorded => self.recorded += 1,
                EnosImported::Refused { reason } => {
                    self.refused += 1;
                    if self.reasons.len() < MAX_REASONS {
                        self.reasons.push(format!("row {}: {reason}", row.row));
                    }
                }
            }
        }
    }
}

/// A row of what a batch, a stage or a cluster has written.
struct Imported(EnosImport);

impl FromColumns for Imported {
    const COLUMNS: &'static [(&'static str, Needed)] = &[
        ("row", Needed::Always),
        ("row_key", Needed::Always),
        ("vendor", Needed::Maybe),
        ("holder", Needed::Always),
        ("certificate", Needed::Maybe),
        ("cer", Needed::Maybe),
        ("pem", Needed::Maybe),
        ("request", Needed::Maybe),
        ("key", Needed::Maybe),
        ("rejection", Needed::Maybe),
    ];

    fn of_cells(mut cells: Cells) -> Result<Self, String> {
        let (row, row_key) = (cells.number()?, cells.text()?.unwrap_or_default());
        if let Some(vendor) = cells.text()?.filter(|vendor| vendor != enos::NAME) {
            return Err(format!(
                "vendor {vendor}, whose certificates are issued in a workspace"
            ));
        }
        let holder = cells.text()?;
        let (certificate, cer, pem) = (cells.octets()?, cells.octets()?, cells.octets()?);
        let certificate = match (certificate.or(cer), pem) {
            (Some(der), _) => Some(der),
            (None, Some(pem)) => {
                let read = Certificate::from_pem(&pem).map_err(|error| error.to_string())?;
                Some(read.as_der().to_vec())
            }
            (None, None) => None,
        };
        let request = cells.octets()?;
        let has_key = cells.octets()?.map(zeroize::Zeroizing::new).is_some();
        let rejection = cells.text()?;
        Ok(Self(EnosImport {
            row,
            row_key,
            certificate,
            request,
            holder,
            has_key,
            rules: rejection
                .map(|rejection| rules(&rejection))
                .transpose()?
                .unwrap_or_default(),
        }))
    }
}

/// The rules that a line of `rejected.jsonl` names.
fn rules(rejection: &str) -> Result<Vec<String>, String> {
    let read: Value = serde_json::from_str(rejection).map_err(|_| "a rejection that is no JSON")?;
    let findings = read.get("findings").and_then(Value::as_array);
    let findings = findings.ok_or("a rejection without findings")?;
    let rule = |finding: &Value| finding.get("rule")?.as_str().map(str::to_owned);
    Ok(findings.iter().filter_map(rule).collect())
}

/// Rows of a transaction: few enough that other processes get their turn.
const GROUP_ROWS: usize = 16_384;

const MAX_REASONS: usize = 20;
