//! `list`: what was issued.

use std::ops::RangeInclusive;

use clap::ValueEnum;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::span;
use crate::cli::table::Table;
use crate::cli::world;
use crate::ledger::{Filter, Standing, StatusFilter, SubjectText};
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::vendor::{as2expert, ecgrid, enos};

/// List what was issued; every condition that is given must hold.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// Issued under this vendor's rules: enos, emca, ecgrid or as2expert.
    #[arg(long)]
    vendor: Option<String>,
    /// With this text in its subject (RFC 4514), letter case ignored: whole words, the last may go on after a *.
    #[arg(long, value_name = "TEXT", value_parser = subject)]
    subject: Option<SubjectText>,
    /// With this serial number, decimal or 0x and hexadecimal.
    #[arg(long)]
    serial: Option<SerialNumber>,
    /// In this state now.
    #[arg(long, value_enum)]
    status: Option<StatusArg>,
    #[command(flatten)]
    holder: HolderArgs,
    /// Issued at this time or later: RFC 3339, or a day (UTC) as 2026-01-31.
    #[arg(long, value_name = "TIME", value_parser = span::first_second)]
    issued_from: Option<UnixSeconds>,
    /// Issued at this time or before; a day counts to its end.
    #[arg(long, value_name = "TIME", value_parser = span::last_second)]
    issued_to: Option<UnixSeconds>,
    /// With its end (notAfter) at this time or later.
    #[arg(long, value_name = "TIME", value_parser = span::first_second)]
    expires_from: Option<UnixSeconds>,
    /// With its end at this time or before; a day counts to its end.
    #[arg(long, value_name = "TIME", value_parser = span::last_second)]
    expires_to: Option<UnixSeconds>,
    /// At most so many.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Write CSV with a header.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Who or what it is bound to, in its vendor's terms.
#[derive(clap::Args, Debug)]
#[group(multiple = false)]
struct HolderArgs {
    /// Bound to this Comm of ECGrid.
    #[arg(long, value_name = "ID")]
    comm: Option<i32>,
    /// Bound to this station of AS2Expert.
    #[arg(long, value_name = "ID")]
    station: Option<i64>,
    /// Bound to this device of EnOS, as productKey/deviceKey.
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
    /// Bound to this, whatever the vendor calls it.
    #[arg(long, value_name = "TEXT")]
    holder: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum StatusArg {
    Valid,
    OnHold,
    Revoked,
    Expired,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let now = world::now()?;
    let filter = args.filter(now)?;
    let mut table = Table::begin(console, args.csv, args.limit, now)?;
    // Without a filter two vendors are asked for: no certificate is of both.
    if let Some(filter) = filter {
        table.pages(workspace.ledger(), filter)?;
    }
    table.end()?;
    Ok(Exit::Done)
}

impl StatusArg {
    fn standing(self) -> Standing {
        match self {
            Self::Valid => Standing::Valid,
            Self::OnHold => Standing::OnHold,
            Self::Revoked => Standing::Revoked,
            Self::Expired => Standing::Expired,
        }
    }
}

impl Args {
    /// `None` when the vendor that is named is not that of the Comm, station or device.
    fn filter(&self, now: UnixSeconds) -> Result<Option<Filter>, CliError> {
        let (of_holder, holder) = self.holder.named();
        let vendor = match (&self.vendor, of_holder) {
            (Some(named), Some(other)) if named != other => return Ok(None),
            (named, other) => named.clone().or_else(|| other.map(str::to_owned)),
        };
        Ok(Some(Filter {
            serial: self.serial.clone(),
            vendor,
            holder,
            subject: self.subject.clone(),
            status: self
                .status
                .map(|status| StatusFilter::of(status.standing(), now)),
            issued_at: range("issued", self.issued_from, self.issued_to)?,
            not_after: range("expires", self.expires_from, self.expires_to)?,
            ..Filter::default()
        }))
    }
}

impl HolderArgs {
    /// The vendor, where the name tells it, and the holder as the ledger names it.
    fn named(&self) -> (Option<&'static str>, Option<String>) {
        let Self {
            comm,
            station,
            device,
            holder,
        } = self;
        match (comm, station, device) {
            (Some(id), _, _) => (Some(ecgrid::NAME), Some(id.to_string())),
            (_, Some(id), _) => (Some(as2expert::NAME), Some(id.to_string())),
            (_, _, Some(device)) => (Some(enos::NAME), Some(device.clone())),
            _ => (None, holder.clone()),
        }
    }
}

fn subject(text: &str) -> Result<SubjectText, String> {
    SubjectText::new(text).ok_or_else(|| "no letter or digit in it".to_owned())
}

/// What is not said is as far as time goes.
fn range(
    what: &str,
    from: Option<UnixSeconds>,
    to: Option<UnixSeconds>,
) -> Result<Option<RangeInclusive<UnixSeconds>>, CliError> {
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let range = from.unwrap_or(UnixSeconds::MIN)..=to.unwrap_or(UnixSeconds::MAX);
    if range.is_empty() {
        return Err(CliError::usage(
            format!(
                "--{what}-from {} is later than --{what}-to {}",
                range.start(),
                range.end()
            ),
            "say the earlier time first",
        ));
    }
    Ok(Some(range))
}

const AFTER_HELP: &str = "\
Examples:
  certwright list
  certwright list --vendor enos --status valid --subject O=Acme
  certwright list --subject 'CN=meter*' --expires-to 2026-12-31
  certwright list --comm 5001
  certwright list --device open/dk1 --json
  certwright list --csv > issued.csv";
