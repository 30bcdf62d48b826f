//! Rows of a job that others share: many machines prepare, one that has the CA's key signs, many finish.
//!
//! ```text
//! prepare  rows of the job           -> keys, requests, TBSCertificates     needs the CA's certificate
//! sign     TBSCertificates           -> signatures                          needs its key
//! finish   both                      -> certificates, bundles               needs its certificate
//! issue    rows of the job           -> certificates, bundles               all in one, needs its key
//! ```
//!
//! Nothing is recorded on the way, so that a row which is worked on twice comes out the same twice: serial numbers, times and
//! signatures follow from the job and the row. A fresh key alone does not; it counts once the stage that made it has kept its
//! result. A slice's rows are held against each other, and all rows against each other when they come into a ledger.

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::{SeedableRng, TryCryptoRng};
use rayon::ThreadPool;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::batch::error::BatchError;
use crate::batch::fresh::{FreshKeys, Rehearsed, Unkept};
use crate::batch::job::{Columns, Content, Format, ROW_RULES, Row};
use crate::batch::mixed;
use crate::batch::mixed::JobTerms;
use crate::batch::options::Options;
use crate::batch::outcome::Outcome;
use crate::batch::run as batch_run;
use crate::batch::vendors::{Means, Vendor};
use crate::key::weak::Seen;
use crate::ledger::BatchId;
use crate::lint::Finding;
use crate::service::{EnosSigned, Moment, Part, Service};
use crate::time::UnixSeconds;

pub use done::DoneRow;
#[cfg(feature = "parquet")]
pub use import::Import;
#[cfg(feature = "parquet")]
pub use run::Tally;

mod done;
#[cfg(feature = "parquet")]
pub(in crate::batch) mod file;
#[cfg(feature = "parquet")]
mod import;
#[cfg(feature = "parquet")]
pub(in crate::batch) mod run;

/// Works on slices of a job that somebody else reads and keeps.
#[derive(Debug)]
pub struct Stages {
    service: Service,
    terms: JobTerms,
    options: Options,
    batch: BatchId,
    seen: Seen,
    pool: Option<ThreadPool>,
}

/// A row of a job, not yet understood.
#[derive(Debug)]
pub struct InputRow(Row);

/// A row that was prepared, or was refused.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is the columns of a file")]
pub struct PreparedRow {
    /// Counted from 1.
    pub row: u64,
    /// What the row is called.
    pub row_key: String,
    /// Whom the certificate is for, in the vendor's own terms.
    pub holder: Option<String>,
    /// The certification request, DER.
    pub request: Option<Vec<u8>>,
    /// The `TBSCertificate`, DER (RFC 5280 §4.1.2); none for a row that was refused.
    pub tbs: Option<Vec<u8>>,
    /// The key that was made for the row, under what protects it.
    pub key: Option<Zeroizing<Vec<u8>>>,
    /// Why it was refused: a line of `rejected.jsonl`.
    pub rejection: Option<String>,
}

/// A row that was signed, or was not.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "it is the columns of a file")]
pub struct SignedRow {
    /// Counted from 1.
    pub row: u64,
    /// SHA-256 of the `TBSCertificate`.
    pub tbs_sha256: Option<[u8; 32]>,
    /// The signature over it: the content of the certificate's BIT STRING.
    pub signature: Option<Vec<u8>>,
    /// Why it was not signed: a line of `rejected.jsonl`. A row that was refused before has none here.
    pub rejection: Option<String>,
}

impl InputRow {
    /// A row of cells, each with its column; a cell without text is an empty one.
    #[must_use]
    pub fn of_cells(row: u64, cells: Vec<(Arc<str>, String)>) -> Self {
        Self(Row::new(row, Content::Cells(cells)))
    }

    /// A row that cannot be read, and why: the rest of its slice is worked on.
    #[must_use]
    pub fn unreadable(row: u64, field: &str, found: &str, expected: &str) -> Self {
        let finding = Finding::error("batch.row", ROW_RULES, field, found, expected);
        Self(Row::new(
            row,
            Content::Unreadable {
                stem: None,
                finding,
            },
        ))
    }

    /// The columns that rows of a vendor may have.
    #[must_use]
    pub fn columns(vendor: Vendor) -> Vec<&'static str> {
        Columns::of(vendor).own
    }
}

impl Stages {
    /// Begins with a service: one that is a [part](crate::service::Part) needs to be told the first serial number and the
    /// first second, another one records what it issues under the job's name.
    ///
    /// # Errors
    /// [`BatchError`]: the vendor cannot be asked so, keys would stand open, a P12 or too many threads are asked for.
    pub fn open(service: Service, job: &str, options: Options) -> Result<Self, BatchError> {
        Self::begin(service, job, options).map_err(|refused| refused.1)
    }

    /// As [`Stages::open`], with the service given back where it cannot begin.
    ///
    /// # Errors
    /// As [`Stages::open`].
    pub fn begin(
        mut service: Service,
        job: &str,
        options: Options,
    ) -> Result<Self, Box<(Service, BatchError)>> {
        match Self::terms(&mut service, job, &options) {
            Err(error) => Err(Box::new((service, error))),
            Ok((terms, batch, pool)) => Ok(Self {
                service,
                terms,
                options,
                batch,
                seen: Seen::default(),
                pool,
            }),
        }
    }

    fn terms(
        service: &mut Service,
        job: &str,
        options: &Options,
    ) -> Result<(JobTerms, BatchId, Option<ThreadPool>), BatchError> {
        let terms = super::job_terms(options, Format::Jsonl)?;
        let own = &terms.own;
        own.vendor.check_part(service)?;
        own.vendor.line().check(service, own)?;
        let batch = match service.is_part() {
            true => BatchId::NONE,
            false => service.batch(job).map_err(BatchError::service(0))?,
        };
        let pool = options.threads.map(batch_run::pool).transpose()?;
        Ok((terms, batch, pool))
    }

    /// Prepares rows, whose service must be one that [prepares](crate::service::Part::Prepares).
    ///
    /// # Errors
    /// [`BatchError::Unanchored`], and what fails that is not a row's.
    pub fn prepare<R: TryCryptoRng + ?Sized>(
        &mut self,
        rows: Vec<InputRow>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Vec<PreparedRow>, BatchError>
    where
        R::Error: Send + Sync + 'static,
    {
        self.check_part("prepare", &[Some(Part::Prepares)])?;
        let outcomes = self.outcomes(rows, now, &mut Unkept, rng)?;
        Ok(outcomes.into_iter().map(PreparedRow::of).collect())
    }

    /// Issues rows, with any service but one that prepares.
    ///
    /// # Errors
    /// As [`Stages::prepare`].
    pub fn issue<R: TryCryptoRng + ?Sized>(
        &mut self,
        rows: Vec<InputRow>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Vec<DoneRow>, BatchError>
    where
        R::Error: Send + Sync + 'static,
    {
        self.check_part("issue", &[Some(Part::Issues), None])?;
        let outcomes = self.outcomes(rows, now, &mut Unkept, rng)?;
        Ok(outcomes.into_iter().map(DoneRow::of).collect())
    }

    /// Holds rows against every rule that can be asked here; keys stand in for those that would be made. The service must be
    /// one that prepares.
    ///
    /// # Errors
    /// As [`Stages::prepare`].
    pub fn check<R: TryCryptoRng + ?Sized>(
        &mut self,
        rows: Vec<InputRow>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Vec<PreparedRow>, BatchError>
    where
        R::Error: Send + Sync + 'static,
    {
        self.check_part("check", &[Some(Part::Prepares)])?;
        let outcomes = self.outcomes(rows, now, &mut Rehearsed::default(), rng)?;
        Ok(outcomes.into_iter().map(PreparedRow::of).collect())
    }

    /// What is prepared is not signed, and what is issued is.
    fn check_part(&self, asked: &'static str, allowed: &[Option<Part>]) -> Result<(), BatchError> {
        match allowed.contains(&self.service.part()) {
            true => Ok(()),
            false => Err(BatchError::OtherPart { asked }),
        }
    }

    fn outcomes<R: TryCryptoRng + ?Sized>(
        &mut self,
        rows: Vec<InputRow>,
        now: UnixSeconds,
        keys: &mut dyn FreshKeys,
        rng: &mut R,
    ) -> Result<Vec<Outcome>, BatchError>
    where
        R::Error: Send + Sync + 'static,
    {
        let moment = self.moment(&rows, now)?;
        let mut seed = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(seed.as_mut_slice())
            .map_err(|error| BatchError::Random(Box::new(error)))?;
        let mut rng = ChaCha20Rng::from_seed(*seed);
        if self.service.is_part() {
            self.seen = Seen::default();
        }
        let Self {
            service,
            terms,
            options,
            batch,
            seen,
            pool,
        } = self;
        let mut means = Means {
            seen,
            rng: &mut rng,
            keys,
            batch: *batch,
            serials: options.serials.clone(),
        };
        let rows = rows.into_iter().map(|row| row.0).collect();
        let work = || mixed::issue(service, rows, terms, &moment, &mut means);
        match pool {
            None => work(),
            Some(pool) => pool.install(work),
        }
    }

    /// Of a part the job decides alone what comes out, and not the clock.
    fn moment(&self, rows: &[InputRow], now: UnixSeconds) -> Result<Moment, BatchError> {
        let Options {
            not_before,
            serial_start,
            ..
        } = &self.options;
        let is_part = self.service.is_part();
        for (what, is_given) in [
            ("first serial number", serial_start.is_some()),
            ("first second of validity", not_before.is_some()),
        ] {
            if is_part && !is_given {
                return Err(BatchError::Unanchored { what });
            }
        }
        let last = rows.iter().map(|row| row.0.number).max().unwrap_or(1);
        if let Some(start) = serial_start {
            let end = start.plus(last.saturating_sub(1));
            end.map_err(|_| BatchError::SerialsEnded { row: last })?;
        }
        Ok(Moment {
            now: not_before.filter(|_| is_part).unwrap_or(now),
            not_before: *not_before,
            serial_start: serial_start.clone(),
            rows: None,
        })
    }

    /// Signs what was prepared elsewhere: octets that come out the same when they are prepared here, and no other ones. A row
    /// without octets was refused before.
    ///
    /// # Errors
    /// [`BatchError::Service`] when a CA or its key cannot be used.
    pub fn sign(
        &mut self,
        rows: &[(u64, String, Option<Vec<u8>>)],
        now: UnixSeconds,
    ) -> Result<Vec<SignedRow>, BatchError> {
        self.check_part("sign", &[Some(Part::Issues)])?;
        let octets = rows.iter().filter_map(|(_, _, tbs)| tbs.as_deref());
        let octets: Vec<_> = octets.collect();
        let first = rows.first().map_or(0, |(row, _, _)| *row);
        let Self { service, pool, .. } = self;
        let mut work = || service.enos_sign_prepared(&octets, now);
        let answers = match pool {
            None => work(),
            Some(pool) => pool.install(work),
        };
        let mut answers = answers.map_err(BatchError::service(first))?.into_iter();
        let mut signed = Vec::with_capacity(rows.len());
        for (row, row_key, tbs) in rows {
            let answer = tbs.as_ref().and_then(|_| answers.next());
            let (signature, rejection) = match answer {
                None => (None, None),
                Some(Ok(certificate)) => (Some(certificate.signature().to_vec()), None),
                Some(Err(refusal)) => (None, Some(done::rejection(&refusal, *row, row_key))),
            };
            signed.push(SignedRow {
                row: *row,
                tbs_sha256: tbs.as_ref().map(|tbs| Sha256::digest(tbs).into()),
                signature,
                rejection,
            });
        }
        Ok(signed)
    }

    /// Puts together what was prepared and signed, as it would have been issued at `now`, and makes the artefacts. What was
    /// refused before comes out as it was.
    ///
    /// # Errors
    /// [`BatchError::Artefact`].
    pub fn finish(
        &mut self,
        rows: Vec<(PreparedRow, Option<SignedRow>)>,
        now: UnixSeconds,
    ) -> Result<Vec<DoneRow>, BatchError> {
        let to_join = rows.iter().filter_map(|(row, signed)| {
            let signature = signed.as_ref()?.signature.as_deref()?;
            Some(EnosSigned {
                tbs: row.tbs.as_deref()?,
                signature,
                request: row.request.as_deref(),
                holder: row.holder.as_deref().unwrap_or_default(),
            })
        });
        let to_join: Vec<_> = to_join.collect();
        let Self {
            service,
            terms,
            pool,
            ..
        } = self;
        let service: &mut Service = service;
        let joining = &to_join;
        let work = move || service.enos_finish(joining, now);
        let mut joined = match pool {
            None => work(),
            Some(pool) => pool.install(work),
        }
        .into_iter();
        let done = rows.into_iter().map(|(row, signed)| {
            let has_both = row.tbs.is_some()
                && signed
                    .as_ref()
                    .is_some_and(|signed| signed.signature.is_some());
            let joined = if has_both { joined.next() } else { None };
            done::finish(row, signed, joined, &terms.own)
        });
        done.collect()
    }

    /// The service, given back.
    #[must_use]
    pub fn into_service(self) -> Service {
        self.service
    }
}
