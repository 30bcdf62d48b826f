//! `show`: one certificate of the ledger, or all of a device.

use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::inspect;
use crate::cli::place::WorkspaceArgs;
use crate::cli::record;
use crate::cli::view::Node;
use crate::cli::world;
use crate::ledger::{Filter, Ledger, LedgerError, Record};
use crate::serial::SerialNumber;

/// Show what was issued: by serial number, by fingerprint or by device.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// A serial number (decimal, or 0x and hexadecimal), a SHA-256 fingerprint (64 hexadecimal digits, colons or not), or
    /// a device as productKey/deviceKey.
    #[arg(value_name = "SERIAL|FINGERPRINT|DEVICE")]
    what: String,
    /// Write the certificates as PEM, and nothing else.
    #[arg(long, conflicts_with = "json")]
    pem: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let now = world::now()?;
    let records = find(workspace.ledger(), &args.what)?;
    if records.is_empty() {
        return Err(CliError::NotFound {
            what: format!(
                "no certificate {:?} in {}",
                args.what,
                args.workspace.workspace.display()
            ),
            hint: "`certwright list` tells what was issued".to_owned(),
        });
    }
    let mut all = Vec::new();
    for record in &records {
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

/// What the text can mean is told by its form; the three do not overlap.
fn find(ledger: &Ledger, what: &str) -> Result<Vec<Record>, CliError> {
    let failed = |error: LedgerError| CliError::failed("read the ledger", error);
    if let Some(fingerprint) = fingerprint(what) {
        return ledger.find_by_fingerprint(&fingerprint).map_err(failed);
    }
    if let Ok(serial) = what.parse::<SerialNumber>() {
        return ledger.find_by_serial(None, &serial).map_err(failed);
    }
    if what.contains('/') {
        let filter = Filter {
            holder: Some(what.to_owned()),
            limit: u32::MAX,
            ..Filter::default()
        };
        return ledger.list(&filter).map_err(failed);
    }
    Err(CliError::usage(
        format!("{what:?} is no serial number, no SHA-256 fingerprint and no device"),
        "give decimal digits, 0x and hexadecimal digits, 64 hexadecimal digits, or \
         productKey/deviceKey",
    ))
}

fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| *c != ':')
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    let octets = digits.chunks_exact(2).map(|pair| match pair {
        [high, low] => u8::try_from(high << 4 | low).ok(),
        _ => None,
    });
    let octets: Vec<u8> = octets.collect::<Option<_>>()?;
    octets.try_into().ok().filter(|_| digits.len() == 64)
}

const AFTER_HELP: &str = "\
Examples:
  certwright show 32720
  certwright show open/dk1 --json
  certwright show 7F:10:8D:06:60:21:46:56:82:48:1B:B9:EE:3E:6B:AA:BC:DC:BE:72:86:D9:DB:50:4F:2D:38:27:0B:A0:50:AA --pem";
