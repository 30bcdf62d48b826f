//! `batch merge`: the parts of a job, joined.

use std::path::PathBuf;

use crate::batch::{BatchError, Merge};
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::workspace::Workspace;

/// Join the finished parts of a job that was cut with --shard: rows, files, reports and ledgers.
///
/// What was issued in other workspaces (--from) comes into the ledger of --workspace, which must have the same CAs, and the
/// private keys that are kept there come with it. A subject, key, serial number or transaction that is there twice is refused
/// before anything is recorded.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The folders with the results of all parts.
    #[arg(required = true, num_args = 2..)]
    parts: Vec<PathBuf>,
    /// The folder for what they come to: new or empty.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A workspace that a part was issued in, where not in --workspace; may be given several times.
    #[arg(long, value_name = "DIR")]
    from: Vec<PathBuf>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let failed = |error: BatchError| CliError::failed("merge the parts", error);
    let merge = Merge::open(&args.parts, &args.out).map_err(failed)?;
    let mut from = Vec::with_capacity(args.from.len());
    for dir in &args.from {
        let opened = Workspace::open_read_only(dir);
        from.push(opened.map_err(|error| {
            CliError::failed(format!("open the workspace {}", dir.display()), error)
        })?);
    }
    if !from.is_empty() {
        merge
            .take_in(&mut args.workspace.rehearsal(console)?, &from)
            .map_err(failed)?;
    }
    let mut service = args.workspace.existing_service(console)?;
    merge.take_in(&mut service, &from).map_err(failed)?;
    let report = merge.write().map_err(failed)?;
    super::end(&report, console)
}

const AFTER_HELP: &str = "\
Examples:
  certwright batch merge part1/ part2/ --out out/
  certwright batch merge part1/ part2/ --out out/ --workspace w1 --from w2

Exit codes:
  0 all issued, 3 some, 4 none, 2 usage, 1 failure";
