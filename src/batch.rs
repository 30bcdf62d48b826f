//! Batches: a job of any length in, certificates out, in bounded memory and on all cores.
//!
//! ```text
//! job      rows of JSONL, CSV, a folder or tar of requests   a thread reads the next slice
//! service  rules, ledger, signatures: a slice at a time      all cores work on this one
//! sink     certs/… or one file, rejected.jsonl, report.json  a thread writes the last one
//! ```
//!
//! Rows keep their order, and slices depend on the job alone: when clock, serial numbers and keys are fixed, the same
//! job gives the same octets whatever the number of threads. A bad row fails alone.
//!
//! A batch knows no terminal and no exit code: it tells a [`Progress`] how far it is and gives a [`Report`].

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use rand_chacha::ChaCha20Rng;
use rand_core::{SeedableRng, TryCryptoRng};
use rayon::ThreadPool;
use zeroize::Zeroizing;

use crate::bundle;
use crate::key::weak::Seen;
use crate::serial::SerialNumber;
use crate::service::{Moment, Service};
use crate::time::UnixSeconds;

pub use artefact::Artefact;
pub use error::BatchError;
pub use handout::KeyTerms;
#[cfg(feature = "p12")]
pub use handout::P12Terms;
pub use job::{Format, MAX_ROW_OCTETS};
pub use progress::{Progress, Unwatched};
pub use report::{Ending, Report};
pub use row_key::RowKey;
pub use sink::SinkKind;
pub use vendors::Vendor;

use fresh::Unkept;
use handout::Forms;
use job::{Columns, Job, Slice};
use mixed::JobTerms;
use outcome::DoneSlice;
use output::Output;
use report::Circumstances;
use vendors::{Means, Terms};

mod artefact;
mod error;
mod fresh;
pub(crate) mod handout;
mod job;
mod mixed;
mod outcome;
mod output;
mod pipeline;
mod progress;
mod report;
mod row_key;
mod sink;
mod vendors;

/// How a batch is to run.
#[derive(Clone, Debug)]
pub struct Options {
    vendor: Vendor,
    format: Option<Format>,
    artefacts: Vec<Artefact>,
    defaults: Vec<(String, String)>,
    caller: Option<String>,
    key_terms: Option<Arc<KeyTerms>>,
    #[cfg(feature = "p12")]
    p12: Option<Arc<P12Terms>>,
    sink: SinkKind,
    threads: Option<NonZeroUsize>,
    not_before: Option<UnixSeconds>,
    serial_start: Option<SerialNumber>,
}

/// A batch that can begin: its job has a row, and nothing stands where its results go.
#[derive(Debug)]
pub struct Batch {
    job: Job,
    out: PathBuf,
    terms: JobTerms,
    sink: SinkKind,
    threads: Option<NonZeroUsize>,
    not_before: Option<UnixSeconds>,
    serial_start: Option<SerialNumber>,
}

impl Options {
    /// The certificate as PEM, on all cores, clock and serial numbers drawn.
    #[must_use]
    pub fn new(vendor: Vendor) -> Self {
        Self {
            vendor,
            format: None,
            artefacts: vec![Artefact::Bundle(bundle::Artefact::Pem)],
            defaults: Vec::new(),
            caller: None,
            key_terms: None,
            #[cfg(feature = "p12")]
            p12: None,
            sink: SinkKind::Dir,
            threads: None,
            not_before: None,
            serial_start: None,
        }
    }

    /// With a job of this format, whatever its name.
    #[must_use]
    pub fn with_format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// With these artefacts for each certificate, each once.
    #[must_use]
    pub fn with_artefacts(mut self, mut artefacts: Vec<Artefact>) -> Self {
        artefacts.sort_unstable();
        artefacts.dedup();
        self.artefacts = artefacts;
        self
    }

    /// With a value for rows that do not have this field of the vendor's; `vendor.field` is for rows that name another
    /// vendor.
    #[must_use]
    pub fn with_default(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.defaults.push((field.into(), value.into()));
        self
    }

    /// With the user or the site that asks, where the vendor tells them apart; the only one without it, and for rows
    /// that name another vendor.
    #[must_use]
    pub fn with_caller(mut self, name: impl Into<String>) -> Self {
        self.caller = Some(name.into());
        self
    }

    /// With what protects the private keys that are handed out as [`Artefact::Key`]; a file of many rows takes none without.
    #[must_use]
    pub fn with_key_terms(mut self, terms: KeyTerms) -> Self {
        self.key_terms = Some(Arc::new(terms));
        self
    }

    /// With artefacts that go there.
    #[must_use]
    pub fn with_sink(mut self, sink: SinkKind) -> Self {
        self.sink = sink;
        self
    }

    /// With what a `.p12` is to be, where one is among the artefacts.
    #[cfg(feature = "p12")]
    #[must_use]
    pub fn with_p12(mut self, terms: P12Terms) -> Self {
        self.p12 = Some(Arc::new(terms));
        self
    }

    /// With so many threads for the cryptography, at most [`MAX_THREADS`].
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// With certificates that begin at this second instead of the clock's.
    #[must_use]
    pub fn with_not_before(mut self, not_before: UnixSeconds) -> Self {
        self.not_before = Some(not_before);
        self
    }

    /// With this serial number for the first row, and the next one for each next row, rejected ones included.
    #[must_use]
    pub fn with_serial_start(mut self, serial: SerialNumber) -> Self {
        self.serial_start = Some(serial);
        self
    }
}

impl Batch {
    /// Opens a job, and looks whether its results can go to `out`; nothing is made yet.
    ///
    /// # Errors
    /// [`BatchError`]: the job cannot be read or has no row, its format or header is not known, `out` is not empty, too
    /// many threads or an artefact that the vendor does not have are asked for.
    pub fn open(job: &Path, out: &Path, options: Options) -> Result<Self, BatchError> {
        let Options {
            vendor,
            format,
            artefacts,
            defaults,
            caller,
            key_terms,
            #[cfg(feature = "p12")]
            p12,
            sink,
            threads,
            not_before,
            serial_start,
        } = options;
        if let Some(threads) = threads.filter(|threads| threads.get() > MAX_THREADS) {
            return Err(BatchError::TooManyThreads { threads });
        }
        let shows_keys = artefacts.contains(&Artefact::Key) && key_terms.is_none();
        if shows_keys && sink.is_one_file() {
            return Err(BatchError::PlainKeys { sink });
        }
        let forms = Arc::new(Forms {
            key: key_terms,
            #[cfg(feature = "p12")]
            p12,
        });
        let format = job::format_of(job, format)?;
        vendor.check_artefacts(&artefacts, &forms, format.is_of_requests())?;
        if format.is_of_requests() && !vendor.line().takes_requests() {
            return Err(BatchError::NoRequests {
                path: job.to_owned(),
                vendor,
            });
        }
        let others = Vendor::ALL.into_iter().filter(|other| *other != vendor);
        let terms = |of: Vendor| {
            Ok(Terms {
                vendor: of,
                defaults: of.defaults(&defaults, vendor)?,
                artefacts: artefacts.clone(),
                forms: Arc::clone(&forms),
                caller: caller.clone().filter(|_| of == vendor),
                reply_is_secret: of.line().reply_is_secret(),
            })
        };
        let terms = JobTerms {
            own: terms(vendor)?,
            others: others.map(terms).collect::<Result<_, BatchError>>()?,
        };
        output::check_free(out)?;
        Ok(Self {
            job: Job::open(job, Some(format), &Columns::of(vendor))?,
            out: out.to_owned(),
            terms,
            sink,
            threads,
            not_before,
            serial_start,
        })
    }

    /// Runs the batch. The clock is read once a slice; it must not depend on anything a thread does. Keys that are made
    /// here follow from one seed that is drawn at the beginning.
    ///
    /// # Errors
    /// [`BatchError`] when a file, the service or the threads fail. What was issued before is in the ledger, and written
    /// but for the slices that were in work; there is no `report.json` then.
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
        let begun = Instant::now();
        let own = &self.terms.own;
        own.vendor.line().check(service, own)?;
        let mut seed = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(seed.as_mut_slice())
            .map_err(|error| BatchError::Random(Box::new(error)))?;
        let pool = self.threads.map(pool).transpose()?;
        let mut output = Output::create(&self.out, self.sink, self.terms.access())?;
        let ignored = self.job.ignored();
        let mut worker = Worker {
            terms: self.terms,
            not_before: self.not_before,
            serial_start: self.serial_start,
            seen: Seen::default(),
            rng: ChaCha20Rng::from_seed(*seed),
        };
        let mut work = |slice| worker.work(service, slice, clock());
        pipeline::run(
            self.job.into_slices(),
            |slice| match &pool {
                None => work(slice),
                Some(pool) => pool.install(|| work(slice)),
            },
            |slice: DoneSlice| output.write(&slice, progress),
        )?;
        let own = &worker.terms.own;
        output.finish(&Circumstances {
            vendor: own.vendor,
            artefacts: &own.artefacts,
            ignored: &ignored.so_far(),
            forgotten_moduli: worker.seen.forgotten(),
            threads: report::threads_used(self.threads),
            elapsed: begun.elapsed(),
        })
    }
}

/// What works on a slice.
struct Worker {
    terms: JobTerms,
    not_before: Option<UnixSeconds>,
    serial_start: Option<SerialNumber>,
    /// Keys of the slices before.
    seen: Seen,
    /// Where keys come from that are made here.
    rng: ChaCha20Rng,
}

impl Worker {
    fn work(
        &mut self,
        service: &mut Service,
        slice: Slice,
        now: UnixSeconds,
    ) -> Result<DoneSlice, BatchError> {
        let Slice { index, rows, total } = slice;
        let serial_start = self.serial_start.as_ref().map(|first| first.plus(index));
        let moment = Moment {
            now,
            not_before: self.not_before,
            serial_start: serial_start
                .transpose()
                .map_err(|_| BatchError::SerialsEnded { row: index + 1 })?,
        };
        let mut means = Means {
            seen: &mut self.seen,
            rng: &mut self.rng,
            keys: &mut Unkept,
        };
        let outcomes = mixed::issue(service, rows, &self.terms, &moment, &mut means)?;
        Ok(DoneSlice { outcomes, total })
    }
}

fn pool(threads: NonZeroUsize) -> Result<ThreadPool, BatchError> {
    let threads = threads.get();
    let built = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    built.map_err(|error| BatchError::Threads {
        threads,
        source: Box::new(error),
    })
}

/// The most threads that a batch works with: more than any machine has cores, few enough to be started at once.
pub const MAX_THREADS: usize = 1024;
