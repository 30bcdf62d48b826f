//! `issue ecgrid`: ECGrid's `CertificateCreatePrivate`.

use crate::cli::console::{Console, Exit};
use crate::cli::ecgrid::MakeArgs;
use crate::cli::error::CliError;
use crate::vendor::ecgrid::reply::Operation;

/// Make a Comm's key pair and certificate, as ECGrid's POST /v2/certificates/create would.
///
/// The body is the JSON of REST or the XML of SOAP: an envelope of SOAP 1.1 or 1.2, or the operation's
/// element alone. The reply has the form of the body. The key stays in the workspace; key and p12 are copies.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    make: MakeArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    args.make.run(Operation::CreatePrivate, console)
}

const AFTER_HELP: &str = "\
Examples:
  certwright issue ecgrid --request body.json --reply
  certwright issue ecgrid --request envelope.xml --user admin --reply
  certwright issue ecgrid --request body.json --out comm.pem --artefacts cer,p7b,p12 \\
      --p12-for windows-2016 --p12-password-file password.txt

Exit codes:
  0 issued, 4 refused and nothing issued, 1 failure, 2 usage";
