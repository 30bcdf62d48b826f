//! `keypool`: RSA keys that are made ahead of time.

use std::path::Path;

use clap::{Args, Subcommand};

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::cli::world;
use crate::key;
use crate::key::{KeyAlgorithm, KeyPair};
use crate::workspace::{KeyPool, WorkspaceError};

/// Make RSA keys ahead of time, for batches to draw.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Fill(FillArgs),
    Show(ShowArgs),
}

/// Make keys until the pool has so many of a kind.
///
/// They lie in the workspace, sealed; a batch whose rows ask for keys of this kind draws each of them once, and makes its own
/// when the pool is empty. What was made stays when the command is stopped.
#[derive(Args, Debug)]
#[command(after_help = FILL_AFTER_HELP)]
pub(super) struct FillArgs {
    /// RSA-2048, RSA-3072 or RSA-4096; P-256 keys are made as fast as they are read.
    algorithm: KeyAlgorithm,
    /// How many the pool is to have.
    #[arg(long, value_name = "N")]
    to: usize,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Show how many keys the pool has.
#[derive(Args, Debug)]
#[command(after_help = SHOW_AFTER_HELP)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

impl Command {
    /// Whether output is all that comes of the command.
    pub(super) fn only_tells(&self) -> bool {
        matches!(self, Self::Show(_))
    }
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::Fill(args) => fill(args, console),
        Command::Show(args) => show(args, console),
    }
}

fn fill(args: &FillArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let FillArgs {
        algorithm,
        to,
        workspace,
    } = args;
    if !KINDS.contains(algorithm) {
        return Err(CliError::usage(
            format!("no pool of {algorithm} keys: they are made as fast as they are read"),
            "name RSA-2048, RSA-3072 or RSA-4096",
        ));
    }
    let failed = |error: WorkspaceError| failed(&workspace.workspace, error);
    let opened = workspace.existing(console)?;
    let rng = &mut world::rng();
    let mut pool = opened.make_key_pool(rng).map_err(failed)?;
    let before = pool.len(*algorithm);
    while pool.len(*algorithm) < *to {
        let n = KEYS_AT_A_TIME.min(to - pool.len(*algorithm));
        let keys = key::generate(*algorithm, n, rng).into_iter();
        let keys: Result<Vec<KeyPair>, _> = keys.collect();
        let keys = keys.map_err(|error| CliError::failed("make keys", error))?;
        pool.add(&keys, rng).map_err(failed)?;
    }
    let made = pool.len(*algorithm) - before;
    let fields = fields(&pool).with("made", count(made));
    console.fields(&format!("{made} {algorithm} keys made"), &fields)?;
    Ok(Exit::Done)
}

fn show(args: &ShowArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let pool = workspace.key_pool();
    let pool = pool.map_err(|error| failed(&args.workspace.workspace, error))?;
    match pool {
        Some(pool) => console.fields("keys in store", &fields(&pool))?,
        None => console.fields("no keys in store", &Fields::new())?,
    }
    Ok(Exit::Done)
}

fn fields(pool: &KeyPool) -> Fields {
    let mut fields = Fields::new();
    for (kind, name) in KINDS.into_iter().zip(NAMES) {
        fields = fields.with(name, count(pool.len(kind)));
    }
    fields
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

fn failed(dir: &Path, error: WorkspaceError) -> CliError {
    CliError::failed(format!("use the key pool of {}", dir.display()), error)
}

/// The kinds that are worth keeping.
const KINDS: [KeyAlgorithm; 3] = [
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
];
const NAMES: [&str; 3] = ["rsa2048", "rsa3072", "rsa4096"];

/// Keys that are made together: enough for all cores, few enough that little is lost when the command is stopped.
const KEYS_AT_A_TIME: usize = 32;

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright keypool fill RSA-2048 --to 1000
  certwright keypool show";

const FILL_AFTER_HELP: &str = "\
Examples:
  certwright keypool fill RSA-2048 --to 1000";

const SHOW_AFTER_HELP: &str = "\
Examples:
  certwright keypool show --json";
