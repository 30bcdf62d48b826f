//! `backup` and `restore`: a workspace in one sealed file, and a workspace again from it.

use std::io::BufReader;
use std::path::PathBuf;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::output::{Access, Overwrite, PendingFile};
use crate::cli::place::WorkspaceArgs;
use crate::cli::secret::{PassphraseArgs, Purpose};
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::key::Passphrase;
use crate::ledger::Gap;
use crate::seal::WorkFactor;
use crate::time::UnixSeconds;
use crate::workspace::backup;
use crate::workspace::backup::{BackupError, Manifest, Protection};

/// Back up the whole workspace, keys included, into one file sealed with a passphrase; others may go on writing to it.
///
/// The file is an age file around a tar: `age --decrypt backup.age | tar --list` shows what is in it.
#[derive(clap::Args, Debug)]
#[command(after_help = BACKUP_AFTER_HELP)]
pub(super) struct BackupArgs {
    /// The file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
    /// What it costs to try a passphrase: scrypt with N = 2^n, so 2^n KiB of memory.
    #[arg(long, value_name = "N", default_value_t = WorkFactor::DEFAULT.log2_n(), value_parser = clap::value_parser!(u8).range(10..=20))]
    work_factor: u8,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Make a workspace from a backup; everything in it is checked before it appears.
///
/// More may have been issued after the backup. So that no number is given twice, some of each sequence are left out.
#[derive(clap::Args, Debug)]
#[command(after_help = RESTORE_AFTER_HELP)]
pub(super) struct RestoreArgs {
    /// The backup.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Leave out so many serial numbers of each CA's sequence; those drawn at random need none.
    #[arg(long, value_name = "N", default_value_t = Gap::default().serials)]
    serial_gap: u32,
    /// Leave out so many CRL numbers of each CA.
    #[arg(long, value_name = "N", default_value_t = Gap::default().crl_numbers)]
    crl_gap: u32,
    /// Leave out so many of the numbers that vendors count certificates by.
    #[arg(long, value_name = "N", default_value_t = Gap::default().key_ids)]
    key_id_gap: u32,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run_backup(args: &BackupArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let passphrase = passphrase(&args.passphrase, Purpose::Protect, console)?;
    let work_factor = WorkFactor::new(args.work_factor).unwrap_or(WorkFactor::DEFAULT);
    args.workspace.read_only()?;
    let mut file = PendingFile::create(&args.out, Overwrite::of(args.force), Access::Owner)?;
    let protection = Protection {
        passphrase: &passphrase,
        work_factor,
    };
    let dir = &args.workspace.workspace;
    let now = world::now()?;
    let written = backup::backup(dir, file.writer(), protection, now, &mut world::rng());
    let manifest = written.map_err(|error| failed("back up the workspace", error))?;
    file.finish(b"")?;
    let fields = Fields::new()
        .with("file", args.out.display().to_string())
        .and(fields(&manifest));
    console.fields("backed up", &fields)?;
    Ok(Exit::Done)
}

pub(super) fn run_restore(args: &RestoreArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let opening = |error| CliError::failed(format!("read {}", args.file.display()), error);
    let file = std::fs::File::open(&args.file).map_err(|error: std::io::Error| opening(error))?;
    let passphrase = passphrase(&args.passphrase, Purpose::Unlock, console)?;
    let gap = Gap {
        serials: args.serial_gap,
        crl_numbers: args.crl_gap,
        key_ids: args.key_id_gap,
    };
    let dir = &args.workspace.workspace;
    let restored = backup::restore(BufReader::new(file), dir, &passphrase, &gap, world::now()?);
    let restored = restored.map_err(|error| failed("restore the workspace", error))?;
    let faults = restored.faults.iter().map(ToString::to_string);
    let signing = restored.signing_authorities.iter().cloned();
    let locked = restored.locked_authorities.iter().cloned();
    let fields = Fields::new()
        .with("workspace", dir.display().to_string())
        .and(fields(&restored.manifest))
        .with(
            "signingAuthorities",
            signing.map(Node::from).collect::<Vec<_>>(),
        )
        .with(
            "lockedAuthorities",
            locked.map(Node::from).collect::<Vec<_>>(),
        )
        .with("serialNumbersLeftOut", u64::from(gap.serials))
        .with("crlNumbersLeftOut", u64::from(gap.crl_numbers))
        .with("keyIdsLeftOut", u64::from(gap.key_ids))
        .with("auditFaults", faults.map(Node::from).collect::<Vec<_>>());
    console.fields("restored", &fields)?;
    // The workspace is there; that its log was not sound is a finding.
    Ok(match restored.faults.is_empty() {
        true => Exit::Done,
        false => Exit::Some,
    })
}

fn passphrase(
    args: &PassphraseArgs,
    purpose: Purpose,
    console: &mut Console<'_>,
) -> Result<Passphrase, CliError> {
    args.passphrase(purpose, console)?.ok_or_else(|| {
        CliError::usage(
            "a backup holds every private key and is never written or read without a passphrase",
            "give --passphrase-file FILE, --passphrase-env or --passphrase-prompt",
        )
    })
}

fn fields(manifest: &Manifest) -> Fields {
    let created = UnixSeconds::new(manifest.created_at).ok();
    Fields::new()
        .with_some("createdAt", created.map(|at| at.to_string()))
        .with("certificates", manifest.certificates)
        .with("auditHead", manifest.audit_head.clone())
}

fn failed(doing: &str, error: BackupError) -> CliError {
    CliError::failed(doing, error)
}

const BACKUP_AFTER_HELP: &str = "\
Examples:
  certwright backup --out monday.age --passphrase-prompt
  certwright backup --out monday.age --passphrase-file /run/secrets/backup --force";

const RESTORE_AFTER_HELP: &str = "\
Examples:
  certwright restore monday.age --workspace restored --passphrase-prompt

Exit codes:
  0 restored, 3 restored with an audit log that is not sound, 1 not restored: nothing was made, 2 usage";
