//! `renew ecgrid`: ECGrid's `CertificateRenewPrivate`.

use crate::cli::console::{Console, Exit};
use crate::cli::ecgrid::MakeArgs;
use crate::cli::error::CliError;
use crate::vendor::ecgrid::reply::Operation;

/// Renew a Comm's certificate under a new key, as ECGrid's POST /v2/certificates/renew would.
///
/// The body is the JSON of REST or the XML of SOAP, as for issue ecgrid. What is renewed goes on until its
/// end.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    make: MakeArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    args.make.run(Operation::RenewPrivate, console)
}

const AFTER_HELP: &str = "\
Examples:
  certwright renew ecgrid --request body.json --reply
  certwright renew ecgrid --request body.json --out next.pem --artefacts cer,p12 \\
      --p12-password-file password.txt

Exit codes:
  0 issued, 4 refused and nothing issued, 1 failure, 2 usage";
