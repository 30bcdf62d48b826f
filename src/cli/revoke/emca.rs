//! `revoke emca`: emCA's `revoke` and `suspend`.

use crate::cli::answer::RequestArgs;
use crate::cli::call;
use crate::cli::console::{Console, Exit};
use crate::cli::emca::UserArgs;
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::vendor::emca::Method;

/// Revoke a certificate or put it on hold, as emCA's revoke and suspend would.
///
/// The body is the sealed one of the wire or the decrypted object; the serial number is what its signature signs.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    request: RequestArgs,
    /// Put it on hold (suspend).
    #[arg(long)]
    suspend: bool,
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
    let (method, title) = match args.suspend {
        true => (Method::Suspend, "suspended"),
        false => (Method::Revoke, "revoked"),
    };
    let mut service = args.workspace.existing_service(console)?;
    match call::emca::answer(method, &octets, &args.user, &mut service)? {
        Ok(reply) if args.reply => console.octets(&reply)?,
        Ok(_) => console.fields(title, &Fields::new().with("status", title))?,
        Err(refused) => return Err(refused.tell(args.reply, console)),
    }
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  certwright revoke emca --request sealed.json --reply
  certwright revoke emca --request object.json --user apiuser --suspend

Exit codes:
  0 revoked, 4 refused, 1 failure, 2 usage";
