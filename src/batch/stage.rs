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
//! result. A service that records asks of rows that their keys are kept before: it makes none. A slice's rows are held against each
//! other, and all rows against each other when they come into a ledger.

use rand_chacha::ChaCha20Rng;
use rand_core::{SeedableRng, TryCryptoRng};
use rayon::ThreadPool;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::batch::error::BatchError;
use crate::batch::fresh::{FreshKeys, Rehearsed, Unkept};
use crate::batch::job::{Format, Row};
use crate::batch::mixed;
use crate::batch::mixed::JobTerms;
use crate::batch::options::Options;
use crate::batch::outcome::Outcome;
use crate::batch::run as batch_run;
use crate::batch::vendors::Means;
use crate::key::weak::Seen;
use crate::ledger::BatchId;
use crate::service::{EnosSigned, Moment, Part, Service};
use crate::time::UnixSeconds;

pub use done::DoneRow;
#[cfg(feature = "parquet")]
pub use import::Import;
pub use rows::{InputRow, PreparedRow, SignedRow};
#[cfg(feature = "parquet")]
pub use run::Tally;

mod done;
#[cfg(feature = "parquet")]
pub(in crate::batch) mod file;
#[cfg(feature = "parquet")]
mod import;
mod rows;
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
    /// The highest number of the rows before.
    last: u64,
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
                last: 0,
            }),
        }
    }

    fn terms(
        service: &mut Service,
        job: &str,
        options: &Options,
    ) -> Result<(JobTerms, BatchId, Option<ThreadPool>), BatchError> {
        let mut terms = super::job_terms(options, Format::Jsonl)?;
        // Nobody here keeps a key before its certificate is recorded.
        terms.set_keys_are_kept(service.is_part());
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

    /// Prepares rows, whose service must be one that [prepares](crate::service::Part::Prepares). They come back by their
    /// numbers, whatever their order; a slice's numbers are higher than those of the slices before.
    ///
    /// # Errors
    /// [`BatchError::Unanchored`], [`BatchError::RowNumber`], and what fails that is not a row's.
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
        let (rows, last) = in_order(rows, self.last)?;
        let moment = self.moment(last, now)?;
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
            last: before,
        } = self;
        let mut means = Means {
            seen,
            rng: &mut rng,
            keys,
            batch: *batch,
            serials: options.serials.clone(),
        };
        let work = || mixed::issue(service, rows, terms, &moment, &mut means);
        let outcomes = match pool {
            None => work(),
            Some(pool) => pool.install(work),
        }?;
        *before = last;
        Ok(outcomes)
    }

    /// Of a part the job decides alone what comes out, and not the clock.
    fn moment(&self, last: u64, now: UnixSeconds) -> Result<Moment, BatchError> {
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

/// Rows by their numbers, on which serial numbers, keys and the ledger's rows hang, and the highest of them.
///
/// # Errors
/// [`BatchError::RowNumber`].
fn in_order(rows: Vec<InputRow>, before: u64) -> Result<(Vec<Row>, u64), BatchError> {
    let mut rows: Vec<_> = rows.into_iter().map(|row| row.0).collect();
    rows.sort_by_key(|row| row.number);
    let mut last = before;
    for row in &rows {
        let found = row.number;
        if found <= last || found > MAX_ROW {
            return Err(BatchError::RowNumber { found, last });
        }
        last = found;
    }
    Ok((rows, last))
}

/// The highest number of a row that a ledger and a column of whole numbers can hold.
pub(in crate::batch) const MAX_ROW: u64 = i64::MAX.unsigned_abs();
