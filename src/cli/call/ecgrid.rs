//! `call ecgrid`.

use zeroize::Zeroizing;

use super::RequestArgs;
use crate::cli::answer::Refused;
use crate::cli::console::{Console, Exit};
use crate::cli::ecgrid::{Body, UserArgs};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::{answer, ecgrid, world};
use crate::service::{Moment, Service};
use crate::vendor::ecgrid::reply::Operation;

/// Send a request to one of ECGrid's operations and print the reply, as JSON or as XML like the request.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The operation by its path below /v2/, such as certificates/terminate, or by its name in SOAP; comms/info stands for
    /// GET /v2/comms/{id}, and takes the number as commId.
    #[arg(value_name = "OPERATION", value_parser = ecgrid::operation)]
    operation: Operation,
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
    let reply = answer(args.operation, &octets, &args.user, &mut service)?;
    answer::print(reply, console)
}

/// The reply to a body, in its form.
pub(in crate::cli) fn answer(
    operation: Operation,
    octets: &[u8],
    user: &UserArgs,
    service: &mut Service,
) -> Result<Result<Zeroizing<Vec<u8>>, Refused>, CliError> {
    let body = match Body::read(octets, operation)? {
        Ok(body) => body,
        Err(refused) => return Ok(Err(refused)),
    };
    let caller = match user.caller(&body, service.workspace().ecgrid())? {
        Ok(caller) => caller,
        Err(refusal) => return Ok(Err(body.refused(&refusal)?)),
    };
    let (moment, rng) = (Moment::at(world::now()?), &mut world::rng());
    let answer = body
        .with_call(|call| service.ecgrid_answer(operation, call, &caller, &moment, rng))
        .map_err(|error| CliError::failed("answer the call", error))?;
    Ok(match answer {
        Ok(answer) => Ok(body.reply(&answer)?),
        Err(refusal) => Err(body.refused(&refusal)?),
    })
}

const AFTER_HELP: &str = "\
Examples:
  certwright call ecgrid comms/list
  certwright call ecgrid CommInfo --request envelope.xml --user admin
  certwright call ecgrid certificates/add-public --request body.json

Exit codes:
  0 done, 4 refused, 1 failure, 2 usage";
