//! `init`: a new workspace.

use crate::cli::ca::authority_fields;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::{Fields, Node};

/// Make a workspace: configuration, ledger, an RSA-2048 and a P-256 root.
///
/// `issue` and `batch` make one themselves when there is none.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let dir = &args.workspace.workspace;
    let workspace = args.workspace.create(console)?;
    let authorities = workspace.authorities().iter();
    let authorities: Vec<_> = authorities
        .map(|authority| Node::Fields(authority_fields(authority)))
        .collect();
    let fields = Fields::new()
        .with("workspace", dir.display().to_string())
        .with("authorities", authorities);
    console.fields("workspace made", &fields)?;
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  certwright init
  certwright init --workspace /srv/certwright --ca-passphrase-prompt";
