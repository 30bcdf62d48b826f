//! `call as2expert`.

use super::RequestArgs;
use crate::cli::answer;
use crate::cli::as2expert;
use crate::cli::as2expert::SiteArgs;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::moment::MomentArgs;
use crate::cli::place::WorkspaceArgs;
use crate::cli::world;
use crate::vendor::as2expert::operation::Operation;
use crate::vendor::as2expert::wire;

/// Send a request to one of AS2Expert's calls and print the reply.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The path below /api/v1/: certificates, certificates/detail, certificates/create, partners,
    /// partners/detail, stations, stations/create or stations/detail.
    #[arg(value_name = "CALL", value_parser = as2expert::operation)]
    operation: Operation,
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let octets = args.request.read(console)?;
    let mut service = args.workspace.existing_service(console)?;
    let caller = args.site.caller(service.workspace().as2expert())?;
    let fields = match wire::object(&octets) {
        Ok(fields) => fields,
        Err(refusal) => return answer::print(Err(as2expert::refused(&refusal)?), console),
    };
    let (moment, rng) = (args.moment.moment()?, &mut world::rng());
    let answer = service
        .as2expert_answer(args.operation, &fields, &caller, &moment, rng)
        .map_err(|error| CliError::failed("answer the call", error))?;
    let answer = match answer {
        Ok(answer) => Ok(as2expert::body(answer.to_json())?),
        Err(refusal) => Err(as2expert::refused(&refusal)?),
    };
    answer::print(answer, console)
}

const AFTER_HELP: &str = "\
Examples:
  certwright call as2expert certificates
  certwright call as2expert certificates/detail --request body.json

Exit codes:
  0 done, 4 refused, 1 failure, 2 usage";
