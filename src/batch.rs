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

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use artefact::Artefact;
pub use error::BatchError;
pub use handout::KeyTerms;
#[cfg(feature = "p12")]
pub use handout::P12Terms;
pub use job::{Format, MAX_ROW_OCTETS};
pub use merge::Merge;
pub use options::Options;
pub use progress::{Progress, Unwatched};
pub use report::{Ending, Report};
pub use row_key::RowKey;
pub use shard::Shard;
pub use sink::SinkKind;
pub use stop::Stop;
pub use vendors::Vendor;

use handout::Forms;
use job::{Columns, Job};
use journal::{Past, fingerprint};
use mixed::JobTerms;
use vendors::Terms;

mod artefact;
mod disk;
mod error;
mod fresh;
#[cfg(fuzzing)]
pub mod fuzzing;
pub(crate) mod handout;
mod job;
mod journal;
mod merge;
mod mixed;
mod options;
mod outcome;
mod output;
mod pipeline;
mod plan;
mod progress;
mod report;
mod resume;
mod row_key;
mod run;
mod shard;
mod sink;
pub mod stage;
mod stop;
#[cfg(test)]
mod tests;
mod vendors;

/// A batch that can begin, or go on: its job has a row, and what stands where its results go is its own.
#[derive(Debug)]
pub struct Batch {
    job: Job,
    from_stdin: bool,
    out: PathBuf,
    terms: JobTerms,
    /// What decides what the results are.
    facts: BTreeMap<String, String>,
    /// What an earlier run left.
    past: Option<Past>,
    options: Options,
}

impl Batch {
    /// Opens a job, and looks whether its results can go to `out`, or what an earlier run of it left there; nothing is made
    /// yet.
    ///
    /// # Errors
    /// [`BatchError`]: the job cannot be read or has no row, its format or header is not known, `out` is not empty or holds
    /// another job, too many threads or an artefact that the vendor does not have are asked for.
    pub fn open(job: &Path, out: &Path, options: Options) -> Result<Self, BatchError> {
        let (vendor, threads) = (options.vendor, options.threads);
        let out = match options.plan {
            true => out.join(plan::FOLDER),
            false => out.to_owned(),
        };
        if let Some(threads) = threads.filter(|threads| threads.get() > MAX_THREADS) {
            return Err(BatchError::TooManyThreads { threads });
        }
        let format = job::format_of(job, options.format)?;
        let terms = job_terms(&options, format)?;
        if format.is_of_requests() && !vendor.line().takes_requests() {
            return Err(BatchError::NoRequests {
                path: job.to_owned(),
                vendor,
            });
        }
        let mut facts = options.terms();
        facts.insert("format".to_owned(), format.to_string());
        let past = match options.plan {
            true => None,
            false => Past::read(&out)?,
        };
        match options.plan {
            true => plan::check_own(&out)?,
            false if past.is_none() => output::check_free(&out)?,
            false => {}
        }
        let opened = Job::open(job, Some(format), &Columns::of(vendor))?;
        if !job::is_stdin(job) {
            let digest = fingerprint::of_job(job).map_err(BatchError::file("read", job))?;
            facts.insert(JOB.to_owned(), digest);
        }
        if let Some(past) = &past {
            past.check(&facts, &out, options.resume)?;
        }
        Ok(Self {
            job: opened,
            from_stdin: job::is_stdin(job),
            out,
            terms,
            facts,
            past,
            options,
        })
    }

    /// The report of an earlier run, when it finished the job: there is nothing left to do.
    #[must_use]
    pub fn finished(&self) -> Option<&Report> {
        self.past.as_ref()?.finished.as_ref()
    }

    /// How many rows an earlier run has done.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.past.as_ref().map_or(0, |past| past.counts.rows())
    }
}

/// What holds for the rows of each vendor.
fn job_terms(options: &Options, format: Format) -> Result<JobTerms, BatchError> {
    let (vendor, artefacts, sink) = (options.vendor, &options.artefacts, options.sink);
    let shows_keys = artefacts.contains(&Artefact::Key) && options.key_terms.is_none();
    if shows_keys && sink.is_one_file() {
        return Err(BatchError::PlainKeys { sink });
    }
    let forms = Arc::new(Forms {
        key: options.key_terms.clone(),
        #[cfg(feature = "p12")]
        p12: options.p12.clone(),
    });
    vendor.check_artefacts(artefacts, &forms, format.is_of_requests())?;
    let others = Vendor::ALL.into_iter().filter(|other| *other != vendor);
    let terms = |of: Vendor| {
        Ok(Terms {
            vendor: of,
            defaults: of.defaults(&options.defaults, vendor)?,
            artefacts: artefacts.clone(),
            forms: Arc::clone(&forms),
            caller: options.caller.clone().filter(|_| of == vendor),
            reply_is_secret: of.line().reply_is_secret(),
            is_rehearsal: options.plan,
            keys_are_kept: true,
        })
    };
    Ok(JobTerms {
        own: terms(vendor)?,
        others: others.map(terms).collect::<Result<_, BatchError>>()?,
    })
}

/// The most threads that a batch works with: more than any machine has cores, few enough to be started at once.
pub const MAX_THREADS: usize = 1024;

/// The term of a job that is what its file holds.
const JOB: &str = "job";
