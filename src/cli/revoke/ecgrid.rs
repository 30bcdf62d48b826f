//! `revoke ecgrid`: ECGrid's `CertificateTerminate`.

use crate::cli::answer::RequestArgs;
use crate::cli::call;
use crate::cli::console::{Console, Exit};
use crate::cli::ecgrid::UserArgs;
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::vendor::ecgrid::reply::Operation;

/// Terminate a certificate, as ECGrid's POST /v2/certificates/terminate would.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    user: UserArgs,
    /// Print the vendor's reply body.
    #[arg(long, conflicts_with = "json")]
    reply: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let octets = args.request.read(console)?;
    let mut service = args.workspace.existing_service(console)?;
    match call::ecgrid::answer(Operation::Terminate, &octets, &args.user, &mut service)? {
        Ok(reply) if args.reply => console.octets(&reply)?,
        Ok(_) => console.fields("terminated", &Fields::new().with("terminated", true))?,
        Err(refused) => return Err(refused.tell(args.reply, console)),
    }
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  certwright revoke ecgrid --request body.json
  certwright revoke ecgrid --request envelope.xml --user admin --reply

Exit codes:
  0 terminated, 4 refused, 1 failure, 2 usage";
