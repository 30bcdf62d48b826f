//! `call emca`.

use zeroize::Zeroizing;

use super::RequestArgs;
use crate::cli::answer::Refused;
use crate::cli::console::{Console, Exit};
use crate::cli::emca::UserArgs;
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::{answer, emca, world};
use crate::service::{Moment, Service};
use crate::vendor::emca::Method;

/// Send a request to one of emCA's calls and print the reply.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The call, by the last part of its path, such as revoke or getCertificate.
    #[arg(value_name = "CALL", value_parser = emca::method)]
    method: Method,
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    user: UserArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let octets = args.request.read(console)?;
    let mut service = args.workspace.existing_service(console)?;
    let reply = answer(args.method, &octets, &args.user, &mut service)?;
    answer::print(reply, console)
}

/// The reply to a body, sealed or not.
pub(in crate::cli) fn answer(
    method: Method,
    octets: &[u8],
    user: &UserArgs,
    service: &mut Service,
) -> Result<Result<Zeroizing<Vec<u8>>, Refused>, CliError> {
    let call = match user.call(method, octets, service.workspace().emca())? {
        Ok(call) => call,
        Err(refused) => return Ok(Err(refused)),
    };
    let answer = service
        .emca_answer(call, &Moment::at(world::now()?), &mut world::rng())
        .map_err(|error| CliError::failed("answer the call", error))?;
    Ok(match answer {
        Ok(reply) => Ok(emca::body(&reply)?),
        Err(refusal) => Err(emca::refused(&refusal)?),
    })
}

const AFTER_HELP: &str = "\
Examples:
  certwright call emca getCertificate --request sealed.json
  certwright call emca suspend --request object.json --user apiuser

Exit codes:
  0 done, 4 refused, 1 failure, 2 usage";
