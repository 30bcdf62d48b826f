//! `ledger`: what was issued elsewhere comes in.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::batch::Stop;
use crate::batch::stage::Import;
use crate::cli::batch;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::cli::world;

/// Bring into the ledger what was issued without one.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Import(ImportArgs),
}

/// Bring a job's output into the ledger: columns of certificates that many machines have issued.
///
/// Each certificate must be signed by a CA of the workspace. A serial number or a row that has another certificate is refused,
/// and so is a key or a subject that EnOS's rules would have refused. What is there is passed over: an import that was stopped
/// is made again, and one that was made changes nothing.
#[derive(Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct ImportArgs {
    /// Parquet files, or folders of them.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The job's name, by which the ledger knows its rows.
    #[arg(long, value_name = "NAME")]
    job_id: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let Command::Import(args) = command;
    let mut service = args.workspace.existing_service(console)?;
    let stop = Stop::default();
    batch::listen(&stop).map_err(|error| CliError::failed("listen to signals", error))?;
    let now = world::now()?;
    let import = Import::run(&mut service, &args.job_id, &args.files, now, &stop);
    let import = import.map_err(|error| CliError::failed("import into the ledger", error))?;
    for reason in &import.reasons {
        console.note(format_args!("refused: {reason}"));
    }
    let fields = Fields::new()
        .with("recorded", import.recorded)
        .with("known", import.known)
        .with("rejected", import.rejected)
        .with("refused", import.refused);
    console.fields("imported", &fields)?;
    Ok(match (import.recorded + import.known, import.refused) {
        (_, 0) => Exit::Done,
        (0, _) => Exit::None,
        _ => Exit::Some,
    })
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright ledger import issued.parquet --job-id night-1
  certwright ledger import part1/ part2/ --job-id night-1

Exit codes:
  0 all of it is there, 3 some rows were refused, 4 none came in, 1 failure";
