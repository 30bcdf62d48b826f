//! `batch`: a job of any length.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::batch::{
    Artefact, Batch, BatchError, Ending, Format, Options, Report, Shard, SinkKind, Stop, Vendor,
};
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::p12::P12Args;
use crate::cli::place::WorkspaceArgs;
use crate::cli::protect::ProtectArgs;
use crate::cli::who;
use crate::cli::world;
use crate::serial::{JobSecret, JobSerials, SerialNumber};
use crate::time::UnixSeconds;

mod merge;
mod progress;
#[cfg(feature = "parquet")]
mod stage;

/// Issue for every row of a job: a JSONL or CSV file, or for EnOS and emCA a folder or tar of certification requests.
///
/// A name that ends with gz or zst is read unpacked; - is standard input. Rows keep their order; a row that is refused
/// fails alone and is told in OUT/rejected.jsonl. Certificates lie in OUT/certs or the file of --sink, the summary in
/// OUT/report.json. A row may name another vendor in a field vendor, and for EnOS and emCA ask for a new key with key
/// and subject in place of a request. A folder's files are taken in the order of their names, each stem being
/// the device key of EnOS or the applicationId of emCA. emCA's rows are decrypted objects or sealed bodies, and may name
/// their call in a field method.
#[derive(clap::Args, Debug)]
#[command(
    after_help = AFTER_HELP,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The job.
    #[arg(required = true)]
    job: Option<PathBuf>,
    /// Whose requests the rows are that name no vendor themselves.
    #[cfg_attr(feature = "parquet", arg(long, required_unless_present = "stage"))]
    #[cfg_attr(not(feature = "parquet"), arg(long, required = true))]
    vendor: Option<Vendor>,
    /// The folder for the results: new, empty, or that of the same job.
    #[arg(long, value_name = "DIR", required = true)]
    out: Option<PathBuf>,
    /// What the job is, where its name does not tell: jsonl, csv, tar or folder.
    #[arg(long)]
    format: Option<Format>,
    /// What to write for each certificate: cer, pem, chain, p7b, reply, and key or p12 where the vendor makes the key;
    /// only their owner reads files that hold a key.
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "pem"
    )]
    artefacts: Vec<Artefact>,
    /// Where to write it: dir (a file each), jsonl, tar, tar.zst, or parquet where it is built in.
    #[arg(long, value_name = "SINK", default_value = "dir")]
    sink: SinkKind,
    #[command(flatten)]
    protect: ProtectArgs,
    /// A field for rows that do not have it, such as productKey=pk1; emca.validity=30 is for rows of another vendor.
    #[arg(long, value_name = "FIELD=VALUE", value_parser = field)]
    default: Vec<(String, String)>,
    /// Who asks: the user of emCA or ECGrid, the site of AS2Expert; the only one of the configuration without it.
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Threads for the cryptography; all cores without it.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// The first second of validity of every certificate; the clock without it.
    #[arg(long, value_name = "TIME")]
    not_before: Option<UnixSeconds>,
    /// The serial number of the first row, counted on with every row; the CA's next ones without it.
    #[arg(long, value_name = "NUMBER")]
    serial_start: Option<SerialNumber>,
    /// Go on with the job in OUT where a run of it stopped or was killed; every other option must be what it was.
    #[arg(long)]
    resume: bool,
    /// Hold every row against every rule and issue nothing; what would be refused is told in OUT/plan.
    #[arg(long, conflicts_with = "resume")]
    plan: bool,
    /// Only one part of the job, such as 2/4; rows of one subject are in the same part.
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// How to tell on standard error how far it is.
    #[arg(long, value_name = "HOW", value_enum, default_value_t = progress::How::Auto)]
    progress: progress::How,
    /// The secret of a job, at least 16 octets of any kind: serial numbers that would be random follow from it, from --job-id,
    /// from --not-before and from the row.
    #[arg(long, value_name = "FILE", requires_all = ["job_id", "not_before"])]
    job_secret_file: Option<PathBuf>,
    /// The name of the job, for --job-secret-file.
    #[arg(long, value_name = "NAME", requires = "job_secret_file")]
    job_id: Option<String>,
    #[cfg(feature = "parquet")]
    #[command(flatten)]
    stage: stage::StageArgs,
    #[command(flatten)]
    p12: P12Args,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// What else can be done with batches.
#[derive(clap::Subcommand, Debug)]
enum Command {
    Merge(merge::Args),
}

impl Args {
    /// Without a subcommand there is one.
    fn job(&self) -> &Path {
        self.job.as_deref().unwrap_or_else(|| Path::new("-"))
    }

    /// Without a subcommand there is one.
    fn out(&self) -> &Path {
        self.out.as_deref().unwrap_or_else(|| Path::new("."))
    }
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match &args.command {
        Some(Command::Merge(args)) => merge::run(args, console),
        #[cfg(feature = "parquet")]
        None if let Some(stage) = args.stage.stage() => stage::run(args, stage, console),
        None => run_job(args, console),
    }
}

fn run_job(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let stop = Stop::default();
    let options = options(args, console)?.with_stop(stop.clone());
    let batch = Batch::open(args.job(), args.out(), options);
    let batch = batch.map_err(|error| refused(args, error))?;
    let report = match batch.finished().cloned() {
        Some(report) if args.job().as_os_str() != "-" => {
            console.note(FINISHED);
            report
        }
        _ => {
            let mut service = match args.plan {
                true => args.workspace.rehearsal(console)?,
                false => args.workspace.service(console)?,
            };
            // The clock was read once, so it can be read; should it fail later, a batch goes on with the last answer.
            let began = world::now()?;
            let clock = move || world::now().unwrap_or(began);
            listen(&stop).map_err(|error| CliError::failed("listen to signals", error))?;
            let mut progress = args.progress.watch(console.err_is_terminal(), batch.done());
            let rng = &mut world::rng();
            let report = batch.run(&mut service, &clock, rng, progress.as_mut());
            drop(progress);
            match report {
                Err(BatchError::Stopped { rows }) if args.plan => {
                    console.note(format_args!("stopped after {rows} rows: there is no plan"));
                    return Ok(Exit::Stopped);
                }
                Err(BatchError::Stopped { rows }) => {
                    console.note(format_args!("stopped after {rows} rows; go on with"));
                    console.note(resume_command());
                    return Ok(Exit::Stopped);
                }
                Err(BatchError::Caller(error)) => return Err(who::unknown(&error)),
                report => report.map_err(|error| failed(args, error))?,
            }
        }
    };
    if report.rejected() > 0 {
        let (folder, were) = match args.plan {
            true => (args.out().join("plan"), "would be"),
            false => (args.out().to_owned(), "were"),
        };
        let rejected = folder.join("rejected.jsonl");
        console.note(format_args!(
            "why rows {were} refused: {}",
            rejected.display()
        ));
    }
    end(&report, console)
}

/// Tells what came of a job. The report stands in a file, so the exit code counts whether or not anyone reads on.
fn end(report: &Report, console: &mut Console<'_>) -> Result<Exit, CliError> {
    CliError::unless_closed_pipe(tell(report, console))?;
    Ok(match report.ending() {
        Ending::AllIssued => Exit::Done,
        Ending::NoneIssued => Exit::None,
        _ => Exit::Some,
    })
}

/// Why a job cannot begin.
fn refused(args: &Args, error: BatchError) -> CliError {
    let hint = match &error {
        BatchError::FormatMismatch { .. }
        | BatchError::StdinFormat
        | BatchError::NoRequests { .. }
        | BatchError::UnknownDefault { .. }
        | BatchError::UnknownFormat { .. } => HINT,
        BatchError::NoKey { .. } => {
            "leave key and p12 out of --artefacts: whoever made the request has the key"
        }
        BatchError::PlainKeys { .. } => {
            "give --passphrase-file or --encrypt-keys-for, or --plain-keys if they may stand there"
        }
        BatchError::TooManyThreads { .. } => "leave out --threads: there is one for each core then",
        BatchError::Unfinished { .. } => "add --resume to go on with it",
        _ => return failed(args, error),
    };
    CliError::usage(error.to_string(), hint)
}

fn failed(args: &Args, error: BatchError) -> CliError {
    CliError::failed(format!("run the job {}", args.job().display()), error)
}

fn tell(report: &Report, console: &mut Console<'_>) -> Result<(), CliError> {
    if console.is_json() {
        return console.value(report);
    }
    let text = report.to_string();
    text.lines().try_for_each(|line| console.line(line))
}

fn options(args: &Args, console: &mut Console<'_>) -> Result<Options, CliError> {
    // Without a subcommand there is a vendor.
    let vendor = args.vendor.unwrap_or(Vendor::EnOs);
    let mut options = Options::new(vendor).with_artefacts(args.artefacts.clone());
    if let Some(format) = args.format {
        options = options.with_format(format);
    }
    for (name, value) in &args.default {
        options = options.with_default(name, value);
    }
    if let Some(threads) = args.threads {
        options = options.with_threads(threads);
    }
    if let Some(not_before) = args.not_before {
        options = options.with_not_before(not_before);
    }
    if let Some(serial) = &args.serial_start {
        options = options.with_serial_start(serial.clone());
    }
    if let Some(serials) = job_serials(args, console)? {
        options = options.with_job_serials(serials);
    }
    if let Some(user) = &args.user {
        options = options.with_caller(user);
    }
    options = options.with_sink(args.sink);
    if let Some(terms) = args.protect.terms(&args.artefacts, console)? {
        options = options.with_key_terms(terms);
    }
    let p12 = match vendor.may_reply_p12() {
        true => args.p12.terms_unless_replied(&args.artefacts, console)?,
        false => args.p12.terms(&args.artefacts, console)?,
    };
    if let Some(p12) = p12 {
        options = options.with_p12(p12);
    }
    if args.resume {
        options = options.with_resume();
    }
    if args.plan {
        options = options.with_plan();
    }
    if let Some(shard) = args.shard {
        options = options.with_shard(shard);
    }
    Ok(options)
}

fn job_serials(args: &Args, console: &mut Console<'_>) -> Result<Option<JobSerials>, CliError> {
    let (Some(file), Some(id), Some(start)) =
        (&args.job_secret_file, &args.job_id, args.not_before)
    else {
        return Ok(None);
    };
    let octets = input::read(file, MAX_SECRET_OCTETS, console)?;
    let secret =
        JobSecret::new(octets).map_err(|error| CliError::failed("use the job's secret", error))?;
    Ok(Some(JobSerials::new(&secret, id, start.seconds())))
}

/// The first Ctrl-C asks the batch to stop, the second one ends the process.
pub(super) fn listen(stop: &Stop) -> std::io::Result<()> {
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, STOPPED, stop.flag())?;
        signal_hook::flag::register(signal, stop.flag())?;
    }
    Ok(())
}

/// This command, going on.
fn resume_command() -> String {
    let words = std::env::args_os().map(|word| {
        let word = word.to_string_lossy().into_owned();
        let is_plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_./=,:+@%".contains(&octet);
        match word.bytes().all(is_plain) && !word.is_empty() {
            true => word,
            false => format!("'{}'", word.replace('\'', "'\\''")),
        }
    });
    let mut words: Vec<_> = words.collect();
    if !words.iter().any(|word| word == RESUME) {
        words.push(RESUME.to_owned());
    }
    words.join(" ")
}

/// `FIELD=VALUE`.
fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is not FIELD=VALUE")),
    }
}

const MAX_SECRET_OCTETS: usize = 4096;

const HINT: &str = "a job is a .jsonl, .csv or .tar file, or a folder of requests; --format says what its name does not";

const FINISHED: &str = "this job is finished: nothing was done again";
const RESUME: &str = "--resume";
/// As shells tell that a command was interrupted.
const STOPPED: i32 = 130;

const AFTER_HELP: &str = "\
Examples:
  certwright batch csrs/ --vendor enos --out out/
  certwright batch devices.jsonl --vendor enos --out out/ --artefacts pem,p7b,reply
  certwright batch devices.csv --vendor enos --out out/ --default productKey=pk1 --threads 4
  certwright batch comms.csv --vendor ecgrid --out out/ --artefacts pem,p12 --p12-for windows-2016 \\
      --p12-password-file password.txt
  certwright batch stations.jsonl --vendor as2expert --out out/ --artefacts cer,key
  certwright batch fleet.csv.gz --vendor enos --out out/ --sink jsonl --artefacts pem,key \\
      --encrypt-keys-for factory.pem
  certwright batch devices.jsonl --vendor enos --out out/ --plan
  certwright batch devices.jsonl --vendor enos --out out/ --resume
  certwright batch devices.jsonl --vendor enos --out part1/ --shard 1/2 --serial-start 1
  certwright batch requests.jsonl --vendor emca --out out/ --artefacts p7b,reply

Exit codes:
  0 all issued, 3 some, 4 none, 2 usage, 1 failure, 130 stopped: go on with --resume";
