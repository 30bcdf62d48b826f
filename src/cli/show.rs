//! `show`: one certificate of the ledger, or all of a holder.

use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::inspect;
use crate::cli::lookup::LookupArgs;
use crate::cli::place::WorkspaceArgs;
use crate::cli::record;
use crate::cli::view::Node;
use crate::cli::world;

/// Show what was issued: by serial number, fingerprint, key identifier, holder or row key.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(flatten)]
    lookup: LookupArgs,
    /// Write the certificates as PEM, and nothing else.
    #[arg(long, conflicts_with = "json")]
    pem: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let now = world::now()?;
    let mut all = Vec::new();
    for record in &args.lookup.find(workspace.ledger())? {
        let certificate = Certificate::from_der(&record.certificate)
            .map_err(|error| CliError::failed("read a certificate of the ledger", error))?;
        if args.pem {
            console.octets(certificate.to_pem().as_bytes())?;
            continue;
        }
        let fields = record::fields(record, now)
            .with("certificate", inspect::certificate_fields(&certificate));
        if console.is_json() {
            all.push(Node::from(fields.with("pem", certificate.to_pem())));
        } else {
            console.fields(&format!("certificate {}", record.serial), &fields)?;
        }
    }
    if console.is_json() {
        console.value(&all)?;
    }
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  certwright show 32720
  certwright show open/dk1 --json
  certwright show --holder 5001
  certwright show 7F:10:8D:06:60:21:46:56:82:48:1B:B9:EE:3E:6B:AA:BC:DC:BE:72:86:D9:DB:50:4F:2D:38:27:0B:A0:50:AA --pem";
