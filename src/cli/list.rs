//! `list`: what was issued.

use clap::ValueEnum;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::record;
use crate::cli::view::hex;
use crate::cli::world;
use crate::ledger::{Filter, Ledger, LedgerError, Record, StatusFilter};
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

/// List what was issued; every condition that is given must hold.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Issued under this vendor's rules, such as enos.
    #[arg(long)]
    vendor: Option<String>,
    /// With this text in its subject (RFC 4514), letter case ignored.
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// With this serial number, decimal or 0x and hexadecimal.
    #[arg(long)]
    serial: Option<SerialNumber>,
    /// In this state now.
    #[arg(long, value_enum)]
    status: Option<StatusArg>,
    /// Bound to this device, as productKey/deviceKey.
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// At most so many.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Write CSV with a header.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum StatusArg {
    Valid,
    Revoked,
    Expired,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let now = world::now()?;
    let mut table = Table::new(args, console);
    table.begin()?;
    match &args.serial {
        Some(serial) => {
            let found = workspace.ledger().find_by_serial(None, serial);
            for record in found.map_err(failed)? {
                if args.takes(&record, now) && !table.is_full() {
                    table.row(&record, now)?;
                }
            }
        }
        None => pages(workspace.ledger(), args.filter(now), &mut table, now)?,
    }
    table.end()?;
    Ok(Exit::Done)
}

/// Asks for one page after the other, so that a ledger of any length is listed in little memory.
fn pages(
    ledger: &Ledger,
    mut filter: Filter,
    table: &mut Table<'_, '_>,
    now: UnixSeconds,
) -> Result<(), CliError> {
    loop {
        let page = ledger.list(&filter).map_err(failed)?;
        for record in &page {
            if table.is_full() {
                return Ok(());
            }
            table.row(record, now)?;
        }
        let full = u32::try_from(page.len()).is_ok_and(|found| found == filter.limit);
        match page.last() {
            Some(last) if full => filter.after = Some(last.position()),
            _ => return Ok(()),
        }
    }
}

impl Args {
    fn filter(&self, now: UnixSeconds) -> Filter {
        Filter {
            vendor: self.vendor.clone(),
            holder: self.device.clone(),
            subject_contains: self.subject.clone(),
            status: self.status.map(|status| match status {
                StatusArg::Valid => StatusFilter::ValidAt(now),
                StatusArg::Revoked => StatusFilter::Revoked,
                StatusArg::Expired => StatusFilter::ExpiredAt(now),
            }),
            limit: PAGE,
            ..Filter::default()
        }
    }

    /// Whether a certificate that was found by its serial number meets the other conditions.
    fn takes(&self, record: &Record, now: UnixSeconds) -> bool {
        let contains = |part: &String| {
            let part = part.to_ascii_lowercase();
            record.subject_text.to_ascii_lowercase().contains(&part)
        };
        let status = self.status.map(|status| match status {
            StatusArg::Valid => "valid",
            StatusArg::Revoked => "revoked",
            StatusArg::Expired => "expired",
        });
        self.vendor
            .as_ref()
            .is_none_or(|vendor| *vendor == record.vendor)
            && self.subject.as_ref().is_none_or(contains)
            && status.is_none_or(|status| status == record::status(record, now))
            && (self.device.is_none() || self.device == record.holder)
    }
}

/// Rows as text, CSV or JSON, each as soon as it is known.
struct Table<'a, 'b> {
    console: &'a mut Console<'b>,
    csv: bool,
    rows: u64,
    limit: u64,
}

impl<'a, 'b> Table<'a, 'b> {
    fn new(args: &Args, console: &'a mut Console<'b>) -> Self {
        Self {
            console,
            csv: args.csv,
            rows: 0,
            limit: args.limit.unwrap_or(u64::MAX),
        }
    }

    fn is_full(&self) -> bool {
        self.rows >= self.limit
    }

    fn begin(&mut self) -> Result<(), CliError> {
        if self.console.is_json() {
            return self.console.octets(b"[");
        }
        if self.csv {
            return self.csv_line(COLUMNS);
        }
        self.console.line(format_args!(
            "{:<12}  {:<7}  {:<20}  {:<24}  SUBJECT",
            "SERIAL", "STATUS", "NOT AFTER", "DEVICE"
        ))
    }

    fn row(&mut self, record: &Record, now: UnixSeconds) -> Result<(), CliError> {
        let first = self.rows == 0;
        self.rows += 1;
        if self.console.is_json() {
            self.console.octets(if first { b"\n" } else { b",\n" })?;
            return self.console.compact(&record::fields(record, now));
        }
        let status = record::status(record, now);
        let device = record.holder.as_deref().unwrap_or("-");
        if self.csv {
            return self.csv_line(&[
                &record.serial.to_string(),
                &record.serial.to_hex(),
                &record.vendor,
                record.holder.as_deref().unwrap_or_default(),
                status,
                &record.subject_text,
                &record.validity.not_before().to_string(),
                &record.validity.not_after().to_string(),
                &record.issued_at.to_string(),
                &hex(&record.fingerprint),
            ]);
        }
        self.console.line(format_args!(
            "{:<12}  {status:<7}  {:<20}  {device:<24}  {}",
            record.serial.to_string(),
            record.validity.not_after().to_string(),
            record.subject_text
        ))
    }

    fn end(&mut self) -> Result<(), CliError> {
        if self.console.is_json() {
            return self.console.octets(b"\n]\n");
        }
        Ok(())
    }

    fn csv_line(&mut self, cells: &[&str]) -> Result<(), CliError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer
            .write_record(cells)
            .map_err(|error| CliError::failed("write CSV", error))?;
        let octets = writer
            .into_inner()
            .map_err(|error| CliError::failed("write CSV", error.to_string()))?;
        self.console.octets(&octets)
    }
}

fn failed(error: LedgerError) -> CliError {
    CliError::failed("read the ledger", error)
}

/// Certificates of one page.
const PAGE: u32 = 1000;

const COLUMNS: &[&str] = &[
    "serialNumber",
    "serialNumberHex",
    "vendor",
    "device",
    "status",
    "subject",
    "notBefore",
    "notAfter",
    "issuedAt",
    "sha256Fingerprint",
];

const AFTER_HELP: &str = "\
Examples:
  certwright list
  certwright list --vendor enos --status valid --subject O=Acme
  certwright list --device open/dk1 --json
  certwright list --csv > issued.csv";
