//! Running a batch.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::{SeedableRng, TryCryptoRng};
use rayon::ThreadPool;
use zeroize::Zeroizing;

use crate::batch::Batch;
use crate::batch::disk::{Disk, Step};
use crate::batch::error::BatchError;
use crate::batch::fresh::{FreshKeys, Rehearsed, Unkept};
use crate::batch::job::{Ignored, Slice};
use crate::batch::journal::chain::hex;
use crate::batch::journal::spool;
use crate::batch::journal::spool::Spool;
use crate::batch::journal::{CONFIGURATION, Head, Past, fingerprint};
use crate::batch::mixed;
use crate::batch::mixed::JobTerms;
use crate::batch::options::Options;
use crate::batch::outcome::DoneSlice;
use crate::batch::output::{Clock, Output};
use crate::batch::pipeline;
use crate::batch::plan;
use crate::batch::progress::Progress;
use crate::batch::report;
use crate::batch::report::{Circumstances, Counts, Report};
use crate::batch::resume::{Linked, Rest};
use crate::batch::vendors::Means;
use crate::cert::Certificate;
use crate::key::PublicKey;
use crate::key::weak;
use crate::key::weak::Seen;
use crate::ledger::BatchId;
use crate::service::{Moment, Service, ServiceError};
use crate::time::UnixSeconds;

/// What works on a slice.
struct Worker {
    terms: JobTerms,
    options: Options,
    disk: Disk,
    batch: BatchId,
    /// Keys of the slices before.
    seen: Seen,
    /// Where keys come from that are made here: each slice has a stream of its own, so that it has the same keys whether or
    /// not a run began with it.
    seed: Zeroizing<[u8; 32]>,
    keys: Box<dyn FreshKeys>,
}

impl Batch {
    /// Runs the batch, or what an earlier run has left of it. The clock is read once a slice; it must not depend on anything
    /// a thread does. Keys that are made here follow from one seed that is drawn at the beginning. Of a finished job nothing
    /// is done: its report is given.
    ///
    /// # Errors
    /// [`BatchError::Stopped`] when somebody asked to stop, [`BatchError::OtherJob`] and [`BatchError::RowsChanged`] when
    /// the job or the configuration is not that of the run before, and [`BatchError`] when a file, the service or the threads
    /// fail. What was issued before is in the ledger and the job can be resumed; there is no `report.json` then.
    pub fn run<R: TryCryptoRng + ?Sized>(
        self,
        service: &mut Service,
        clock: &(dyn Fn() -> UnixSeconds + Sync),
        rng: &mut R,
        progress: &mut dyn Progress,
    ) -> Result<Report, BatchError>
    where
        R::Error: Send + Sync + 'static,
    {
        self.run_on(&Disk::default(), service, clock, rng, progress)
    }

    /// As [`Batch::run`], with a disk that may be watched.
    pub(super) fn run_on<R: TryCryptoRng + ?Sized>(
        mut self,
        disk: &Disk,
        service: &mut Service,
        clock: &(dyn Fn() -> UnixSeconds + Sync),
        rng: &mut R,
        progress: &mut dyn Progress,
    ) -> Result<Report, BatchError>
    where
        R::Error: Send + Sync + 'static,
    {
        if let Some(past) = self.past.take_if(|past| past.finished.is_some()) {
            return self.run_again(past);
        }
        self.check(service)?;
        let (seed, name) = draw(rng)?;
        let pool = self.options.threads.map(pool).transpose()?;
        let head = self.head(service, &name)?;
        let past = self.past.as_ref();
        let access = self.terms.access();
        let kind = (!self.options.plan).then_some(self.options.sink);
        let mut output = Output::open(disk, &self.out, (kind, access), &head, past)?;
        let batch = service.batch(&head.job).map_err(ledger)?;
        let keys = self.keys(disk, service, &head, rng)?;
        let ignored = self.job.ignored();
        let done = AtomicU64::new(past.map_or(0, |past| past.counts.rows()));
        let mut worker = Worker {
            seen: seen_before(service, batch, past).map_err(ledger)?,
            terms: self.terms,
            options: self.options,
            disk: disk.clone(),
            batch,
            seed,
            keys,
        };
        let slices = self.job.into_slices().of(worker.options.slice_rows);
        let rest = Rest::new(slices, past, worker.options.stop.clone());
        let ended = rest.ended();
        let mut work = |linked| worker.work(service, linked, clock());
        pipeline::run(
            rest,
            |linked| {
                let _turn = disk.turn();
                match &pool {
                    None => work(linked),
                    Some(pool) => pool.install(|| work(linked)),
                }
            },
            |slice: DoneSlice| {
                let _turn = disk.turn();
                let rows = u64::try_from(slice.outcomes.len()).unwrap_or(u64::MAX);
                output.write(&slice, progress)?;
                done.fetch_add(rows, Ordering::Relaxed);
                Ok(())
            },
        )?;
        if !ended.load(Ordering::Relaxed) {
            let rows = done.into_inner();
            return Err(BatchError::Stopped { rows });
        }
        let report = |counts, clock: &Clock, pace: &[(u64, u64)]| {
            worker.report(counts, clock, pace, &ignored.so_far())
        };
        let report = output.finish(report, || {
            spool::remove(&self.out, service.workspace(), &head.job)
                .map_err(BatchError::file("remove", self.out.join(spool::FOLDER)))
        })?;
        if worker.options.plan {
            plan::forget_journal(&self.out)?;
        }
        Ok(report)
    }

    /// Whether the service can do what is asked, before anything is made.
    fn check(&self, service: &Service) -> Result<(), BatchError> {
        let asked = self.options.plan;
        if asked != service.is_rehearsal() {
            return Err(BatchError::Rehearsal { asked });
        }
        let own = &self.terms.own;
        own.vendor.line().check(service, own)?;
        match asked {
            true => plan::clear(&self.out),
            false => Ok(()),
        }
    }

    /// Who makes the keys that rows ask for, and keeps them.
    fn keys<R: TryCryptoRng + ?Sized>(
        &self,
        disk: &Disk,
        service: &Service,
        head: &Head,
        rng: &mut R,
    ) -> Result<Box<dyn FreshKeys>, BatchError>
    where
        R::Error: Send + Sync + 'static,
    {
        if !self.terms.own.wants_key() {
            return Ok(Box::new(Unkept));
        }
        if self.options.plan {
            return Ok(Box::new(Rehearsed::default()));
        }
        let spool = Spool::open(disk, &self.out, service.workspace(), &head.job, rng)?;
        Ok(Box::new(spool))
    }

    /// What the journal says, or is to say, of the job.
    fn head(&self, service: &Service, name: &[u8]) -> Result<Head, BatchError> {
        let configuration = fingerprint::of_configuration(service);
        let configuration = configuration.map_err(BatchError::file("read", "the configuration"))?;
        if let Some(past) = &self.past {
            past.check_configuration(&self.out, &configuration)?;
            return Ok(past.head.clone());
        }
        let mut terms = self.facts.clone();
        terms.insert(CONFIGURATION.to_owned(), configuration);
        Ok(Head::new(hex(name), terms))
    }

    /// A finished job: a file's digest was compared, standard input is read once more.
    fn run_again(self, past: Past) -> Result<Report, BatchError> {
        if self.from_stdin {
            let done = past.row();
            let mut rest = Rest::new(self.job.into_slices(), Some(&past), self.options.stop);
            if let Some(more) = rest.next() {
                more?;
                return Err(BatchError::RowsChanged { until: done + 1 });
            }
        }
        past.finished.ok_or(BatchError::Stopped { rows: 0 })
    }
}

impl Worker {
    fn report(
        &self,
        counts: Counts,
        clock: &Clock,
        pace: &[(u64, u64)],
        ignored: &Ignored,
    ) -> Report {
        let own = &self.terms.own;
        let circumstances = Circumstances {
            vendor: own.vendor.to_string(),
            is_plan: self.options.plan,
            artefacts: &own.artefacts,
            shard: self.options.shard.map(|shard| shard.to_string()),
            ignored,
            forgotten_moduli: self.seen.forgotten(),
            threads: report::threads_used(self.options.threads),
            elapsed: Duration::from_millis(clock.milliseconds()),
            pace,
        };
        Report::of(counts, &circumstances)
    }

    fn work(
        &mut self,
        service: &mut Service,
        linked: Linked,
        now: UnixSeconds,
    ) -> Result<DoneSlice, BatchError> {
        let Linked { slice, row, chain } = linked;
        let Slice { index, rows, total } = slice;
        let serial_start = self.options.serial_start.clone();
        if let Some(start) = &serial_start {
            let last = start.plus(row.saturating_sub(1));
            last.map_err(|_| BatchError::SerialsEnded { row: index + 1 })?;
        }
        let moment = Moment {
            now,
            not_before: self.options.not_before,
            serial_start,
            rows: None,
        };
        let mut rng = ChaCha20Rng::from_seed(*self.seed);
        rng.set_stream(index);
        let mut means = Means {
            seen: &mut self.seen,
            rng: &mut rng,
            keys: self.keys.as_mut(),
            batch: self.batch,
            serials: self.options.serials.clone(),
        };
        let rows = match self.options.shard {
            None => rows,
            Some(shard) => shard.take(rows),
        };
        let outcomes = mixed::issue(service, rows, &self.terms, &moment, &mut means)?;
        let committed = self.disk.step(|| Step::Committed);
        committed.map_err(BatchError::file("write", "the ledger"))?;
        Ok(DoneSlice {
            outcomes,
            row,
            chain,
            total,
        })
    }
}

/// The seed of the keys, and the name of the job, which a run that goes on does not need.
fn draw<R: TryCryptoRng + ?Sized>(
    rng: &mut R,
) -> Result<(Zeroizing<[u8; 32]>, [u8; 16]), BatchError>
where
    R::Error: Send + Sync + 'static,
{
    let mut seed = Zeroizing::new([0; 32]);
    let mut name = [0; 16];
    rng.try_fill_bytes(seed.as_mut_slice())
        .and_then(|()| rng.try_fill_bytes(&mut name))
        .map_err(|error| BatchError::Random(Box::new(error)))?;
    Ok((seed, name))
}

/// The keys of rows before, the latest of them, as far as they have certificates.
fn seen_before(
    service: &Service,
    batch: BatchId,
    past: Option<&Past>,
) -> Result<Seen, ServiceError> {
    let mut seen = Seen::default();
    let Some(past) = past.filter(|past| past.row() > 0) else {
        return Ok(seen);
    };
    let ledger = service.ledger();
    let first = past.row().saturating_sub(REMEMBERED_ROWS) + 1;
    let mut keys: Vec<PublicKey> = Vec::new();
    for (_, id) in ledger.issued_rows(batch, first..=past.row())? {
        let record = ledger.find(id)?;
        let certificate = record.and_then(|record| Certificate::from_der(&record.certificate).ok());
        keys.extend(certificate.map(|certificate| certificate.public_key().clone()));
    }
    for slice in keys.chunks(REMEMBERED_SLICE) {
        let slice: Vec<_> = slice.iter().collect();
        // Each was found sound when it was certified.
        let _known = weak::weaknesses_after(&slice, &mut seen);
    }
    Ok(seen)
}

fn ledger(error: ServiceError) -> BatchError {
    BatchError::Ledger(Box::new(error))
}

pub(super) fn pool(threads: NonZeroUsize) -> Result<ThreadPool, BatchError> {
    let threads = threads.get();
    let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    built.map_err(|error| BatchError::Threads {
        threads,
        source: Box::new(error),
    })
}

/// Rows whose keys are held against those that come after a job was resumed.
const REMEMBERED_ROWS: u64 = 2112;
const REMEMBERED_SLICE: usize = 512;
