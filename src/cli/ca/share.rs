//! `ca share`: a workspace without keys.

use std::path::PathBuf;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::cli::world;

/// Make a workspace without keys, for machines that prepare or finish parts of a job.
///
/// It has the configuration as it is, the newest certificate of each CA that issues, and an empty ledger.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The folder to make.
    dir: PathBuf,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let shared = workspace.share(&args.dir, world::now()?);
    shared.map_err(|error| {
        CliError::failed(format!("make the workspace {}", args.dir.display()), error)
    })?;
    let fields = Fields::new().with("workspace", args.dir.display().to_string());
    console.fields("shared without keys", &fields)?;
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  certwright ca share workers/
  certwright batch fleet.jsonl --stage prepare --vendor enos --workspace workers/ --out prepared/ \\
      --serial-start 1 --not-before 2026-11-01T00:00:00Z";
