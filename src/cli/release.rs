//! `release`: the end of a hold.

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::lookup::LookupArgs;
use crate::cli::place::WorkspaceArgs;
use crate::cli::record;
use crate::cli::world;

/// End the hold of a certificate, which is good again; the CA's next CRL does not show it.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(flatten)]
    lookup: LookupArgs,
    /// Who releases, as the audit log tells it.
    #[arg(long, value_name = "NAME", default_value = "certwright")]
    by: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut service = args.workspace.existing_service(console)?;
    let now = world::now()?;
    let record = args.lookup.find_one(service.ledger())?;
    let released = service
        .release(&[record.id], now, &args.by)
        .map_err(|error| CliError::failed("release the certificate", error))?;
    for outcome in released {
        outcome.map_err(|conflict| CliError::Refused {
            what: format!("the certificate {} is not released", record.serial),
            findings: vec![conflict.to_string()],
            details: serde_json::Value::Null,
        })?;
    }
    let record = service.ledger().find(record.id).map_err(record::failed)?;
    if let Some(record) = record {
        console.fields("released", &record::fields(&record, now))?;
    }
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  certwright release 32720 --by operator
  certwright ca crl --all --out-dir /srv/www/crl

Exit codes:
  0 released, 4 not on hold, 1 failure, 2 usage";
