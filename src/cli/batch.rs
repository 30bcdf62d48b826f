//! `batch`: a job of any length.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::batch::{
    Artefact, Batch, BatchError, Ending, Format, Options, Progress, Report, SinkKind, Unwatched,
    Vendor,
};
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::p12::P12Args;
use crate::cli::place::WorkspaceArgs;
use crate::cli::protect::ProtectArgs;
use crate::cli::who;
use crate::cli::world;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

/// Issue for every row of a job: a JSONL or CSV file, or for EnOS and emCA a folder or tar of certification requests.
///
/// A name that ends with gz or zst is read unpacked; - is standard input. Rows keep their order; a row that is refused
/// fails alone and is told in OUT/rejected.jsonl. Certificates lie in OUT/certs or the file of --sink, the summary in
/// OUT/report.json. A row may name another vendor in a field vendor, and for EnOS and emCA ask for a new key with key
/// and subject in place of a request. A folder's files are taken in the order of their names, each stem being
/// the device key of EnOS or the applicationId of emCA. emCA's rows are decrypted objects or sealed bodies, and may name
/// their call in a field method.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The job.
    job: PathBuf,
    /// Whose requests the rows are that name no vendor themselves.
    #[arg(long)]
    vendor: Vendor,
    /// The folder for the results, new or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
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
    #[command(flatten)]
    p12: P12Args,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let doing = || format!("run the job {}", args.job.display());
    let batch =
        Batch::open(&args.job, &args.out, options(args, console)?).map_err(
            |error| match error {
                BatchError::FormatMismatch { .. }
                | BatchError::StdinFormat
                | BatchError::NoRequests { .. }
                | BatchError::UnknownDefault { .. }
                | BatchError::UnknownFormat { .. } => CliError::usage(error.to_string(), HINT),
                BatchError::NoKey { .. } => CliError::usage(
                    error.to_string(),
                    "leave key and p12 out of --artefacts: whoever made the request has the key",
                ),
                BatchError::PlainKeys { .. } => CliError::usage(
                    error.to_string(),
                    "give --passphrase-file or --encrypt-keys-for, or --plain-keys if they may stand there",
                ),
                BatchError::TooManyThreads { .. } => CliError::usage(
                    error.to_string(),
                    "leave out --threads: there is one for each core then",
                ),
                error => CliError::failed(doing(), error),
            },
        )?;
    let mut service = args.workspace.service(console)?;
    // The clock was read once, so it can be read; should it fail later, a batch goes on with the last answer.
    let began = world::now()?;
    let clock = move || world::now().unwrap_or(began);
    let mut progress: Box<dyn Progress> = match console.err_is_terminal() {
        true => Box::new(Bar::new()),
        false => Box::new(Unwatched),
    };
    let report = batch.run(&mut service, &clock, &mut world::rng(), progress.as_mut());
    drop(progress);
    let report = report.map_err(|error| match error {
        BatchError::Caller(error) => who::unknown(&error),
        error => CliError::failed(doing(), error),
    })?;
    // The report stands in a file, so the exit code counts whether or not anyone reads on.
    CliError::unless_closed_pipe(tell(&report, args, console))?;
    Ok(match report.ending() {
        Ending::AllIssued => Exit::Done,
        Ending::NoneIssued => Exit::None,
        _ => Exit::Some,
    })
}

fn tell(report: &Report, args: &Args, console: &mut Console<'_>) -> Result<(), CliError> {
    if report.rejected() > 0 {
        let rejected = args.out.join("rejected.jsonl");
        console.note(format_args!(
            "why rows were refused: {}",
            rejected.display()
        ));
    }
    if console.is_json() {
        return console.value(report);
    }
    let text = report.to_string();
    text.lines().try_for_each(|line| console.line(line))
}

fn options(args: &Args, console: &mut Console<'_>) -> Result<Options, CliError> {
    let mut options = Options::new(args.vendor).with_artefacts(args.artefacts.clone());
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
    if let Some(user) = &args.user {
        options = options.with_caller(user);
    }
    options = options.with_sink(args.sink);
    if let Some(terms) = args.protect.terms(&args.artefacts, console)? {
        options = options.with_key_terms(terms);
    }
    let p12 = match args.vendor.may_reply_p12() {
        true => args.p12.terms_unless_replied(&args.artefacts, console)?,
        false => args.p12.terms(&args.artefacts, console)?,
    };
    if let Some(p12) = p12 {
        options = options.with_p12(p12);
    }
    Ok(options)
}

/// `FIELD=VALUE`.
fn field(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is not FIELD=VALUE")),
    }
}

/// A bar on the terminal: rows, rate, time left.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        Self(bar)
    }

    fn style(total: Option<u64>) -> Option<ProgressStyle> {
        let template = match total {
            Some(_) => "{bar:30} {pos}/{len} rows, {per_sec}, {eta} left, {msg}",
            None => "{spinner} {pos} rows, {per_sec}, {msg}",
        };
        ProgressStyle::with_template(template).ok()
    }
}

impl Progress for Bar {
    fn slice_done(&mut self, done: u64, rejected: u64, total: Option<u64>) {
        if let Some(style) = Self::style(total) {
            self.0.set_style(style);
        }
        if let Some(total) = total {
            self.0.set_length(total.max(done));
        }
        self.0.set_message(format!("{rejected} refused"));
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

const HINT: &str = "a job is a .jsonl, .csv or .tar file, or a folder of requests; --format says what its name does not";

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
  certwright batch requests.jsonl --vendor emca --out out/ --artefacts p7b,reply

Exit codes:
  0 all issued, 3 some, 4 none, 2 usage, 1 failure";
