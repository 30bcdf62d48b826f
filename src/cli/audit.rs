//! `audit`: what was done, and whether the log of it can be believed.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::output::{Access, Overwrite, Sink};
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::{Fields, Node, hex};
use crate::ledger::{AuditEntry, AuditFilter, AuditHead, AuditKind, CertificateId, LedgerError};

/// Ask the log of what was done.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Show(ShowArgs),
    Verify(VerifyArgs),
    Head(HeadArgs),
}

/// Show the entries, oldest first; whether they can be believed, `audit verify` tells.
#[derive(clap::Args, Debug)]
#[command(after_help = SHOW_AFTER_HELP)]
pub(super) struct ShowArgs {
    /// Only entries of these kinds, such as issued, revoked, refused or key-exported.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    kind: Vec<AuditKind>,
    /// Only entries after this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// Only the last so many.
    #[arg(long, value_name = "N")]
    last: Option<u32>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Check that no entry was changed, removed or moved, and that log and certificates tell the same.
///
/// With a head that was written down elsewhere before, a log that was written anew or cut off at its end is found too.
#[derive(clap::Args, Debug)]
#[command(after_help = VERIFY_AFTER_HELP)]
pub(super) struct VerifyArgs {
    /// A head that must be part of the log, as `audit head` printed it.
    #[arg(long, value_name = "NUMBER:HASH", conflicts_with = "head_file")]
    head: Option<AuditHead>,
    /// A file that `audit head` wrote.
    #[arg(long, value_name = "FILE")]
    head_file: Option<PathBuf>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Write down where the log ends: its last number and hash, to be kept where this workspace's owner cannot write.
#[derive(clap::Args, Debug)]
#[command(after_help = HEAD_AFTER_HELP)]
pub(super) struct HeadArgs {
    /// The file; standard output without it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

impl Command {
    /// Whether output is all that comes of the command.
    pub(super) fn only_tells(&self) -> bool {
        match self {
            Self::Show(_) => true,
            Self::Verify(_) | Self::Head(_) => false,
        }
    }
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::Show(args) => show(args, console),
        Command::Verify(args) => verify(args, console),
        Command::Head(args) => head(args, console),
    }
}

fn show(args: &ShowArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let ledger = workspace.ledger();
    let end = ledger.audit_head().map_err(failed)?.number;
    let mut after = match args.last {
        None => args.after,
        Some(last) => args.after.max(end.saturating_sub(u64::from(last))),
    };
    let json = console.is_json();
    let mut rows = 0_u64;
    if json {
        console.octets(b"[")?;
    }
    loop {
        let page = AuditFilter { after, limit: PAGE };
        let page = ledger.audit(&page).map_err(failed)?;
        let Some(last) = page.last() else {
            break;
        };
        after = last.number;
        let wanted = |entry: &&AuditEntry| args.kind.is_empty() || args.kind.contains(&entry.kind);
        for entry in page.iter().filter(wanted) {
            if json {
                console.octets(if rows == 0 { b"\n" } else { b",\n" })?;
                console.compact(&fields(entry))?;
            } else {
                console.line(line(entry))?;
            }
            rows += 1;
        }
    }
    if json {
        console.octets(b"\n]\n")?;
    }
    Ok(Exit::Done)
}

fn line(entry: &AuditEntry) -> String {
    let AuditEntry {
        number,
        at,
        kind,
        text,
        ..
    } = entry;
    let about = entry.certificate.map(CertificateId::get);
    let about = about.map_or_else(|| "-".to_owned(), |id| format!("#{id}"));
    format!("{number:>8}  {at}  {kind:<21}  {about:>8}  {text}")
}

fn fields(entry: &AuditEntry) -> Fields {
    let certificate = entry.certificate.map(CertificateId::get);
    let certificate = certificate.and_then(|id| u64::try_from(id).ok());
    Fields::new()
        .with("number", entry.number)
        .with("at", entry.at.to_string())
        .with("kind", entry.kind.as_str())
        .with_some("certificate", certificate)
        .with_some("sha256", entry.sha256.map(|sha256| hex(&sha256)))
        .with("text", entry.text.clone())
        .with("hash", hex(&entry.hash))
}

fn verify(args: &VerifyArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let kept = match &args.head_file {
        None => args.head,
        Some(path) => Some(read_head(path, console)?),
    };
    let workspace = args.workspace.read_only()?;
    let report = workspace
        .ledger()
        .verify_audit(kept.as_ref())
        .map_err(failed)?;
    let found = report.faults.iter().map(ToString::to_string);
    let fields = Fields::new()
        .with("entries", report.entries)
        .with("head", report.head.to_string())
        .with_some("keptHead", kept.map(|kept| kept.to_string()))
        .with("faults", found.map(Node::from).collect::<Vec<_>>());
    let sound = report.faults.is_empty();
    let title = if sound {
        "log verified"
    } else {
        "log NOT sound"
    };
    // The exit code is the verdict, whether or not anyone reads on.
    CliError::unless_closed_pipe(console.fields(title, &fields))?;
    Ok(if sound { Exit::Done } else { Exit::None })
}

fn read_head(path: &Path, console: &mut Console<'_>) -> Result<AuditHead, CliError> {
    let octets = input::read(path, MAX_HEAD_OCTETS, console)?;
    let text = String::from_utf8_lossy(&octets);
    let head = text.trim().parse();
    head.map_err(|error| CliError::failed(format!("read {}", input::name(path)), error))
}

fn head(args: &HeadArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let sink = Sink::claim(
        args.out.as_deref(),
        Overwrite::of(args.force),
        Access::Everyone,
    )?;
    let workspace = args.workspace.read_only()?;
    let head = workspace.ledger().audit_head().map_err(failed)?;
    if console.is_json() && sink.is_stdout() {
        let fields = Fields::new()
            .with("number", head.number)
            .with("hash", hex(&head.hash))
            .with("head", head.to_string());
        console.value(&fields)?;
    } else {
        sink.finish(format!("{head}\n").as_bytes(), console)?;
    }
    Ok(Exit::Done)
}

fn failed(error: LedgerError) -> CliError {
    CliError::failed("read the audit log", error)
}

/// Entries of one page.
const PAGE: u32 = 1000;

const MAX_HEAD_OCTETS: usize = 1024;

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright audit show --last 20
  certwright audit head --out /mnt/elsewhere/head
  certwright audit verify --head-file /mnt/elsewhere/head";

const SHOW_AFTER_HELP: &str = "\
Examples:
  certwright audit show --last 20
  certwright audit show --kind revoked,key-exported --json";

const VERIFY_AFTER_HELP: &str = "\
Examples:
  certwright audit verify
  certwright audit verify --head-file /mnt/elsewhere/head

Exit codes:
  0 sound, 4 not sound, 1 the log cannot be read";

const HEAD_AFTER_HELP: &str = "\
Examples:
  certwright audit head --out /mnt/elsewhere/head";
