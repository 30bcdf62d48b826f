//! `expiring`: what ends soon and has nothing to take its place.

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::record;
use crate::cli::span;
use crate::cli::table::Table;
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::ledger::{Filter, Ledger, StatusFilter, Succession};
use crate::service::{EndingAuthority, Service};
use crate::time::{Lifetime, UnixSeconds};

/// Tell which certificates end soon, or have just ended, and have no other in their place; and which CAs end too soon.
///
/// A certificate and its next one are seen as one: once there is a next that lasts longer and is not revoked, the older is
/// not told of. What ended longer ago than --within reaches ahead is taken as given up. A CA is told of as long before
/// its end as the certificates last that it issues when nobody asks for other days, on standard error.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// How far to look ahead and back: days, hours or weeks, as 30d, 12h or 6w.
    #[arg(long, value_name = "SPAN", value_parser = span::span, default_value = "30d")]
    within: Lifetime,
    /// Issued under this vendor's rules only.
    #[arg(long)]
    vendor: Option<String>,
    /// Tell of the CAs alone.
    #[arg(long, conflicts_with_all = ["csv", "limit", "vendor"])]
    authorities: bool,
    /// At most so many; the exit code is that of all.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Write CSV with a header.
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let service = Service::of(args.workspace.read_only()?);
    let now = world::now()?;
    let authorities = service.ending_authorities(now, args.within);
    let is_over = authorities.iter().any(|one| one.not_after < now);
    if args.authorities {
        let exit = exit(is_over, !authorities.is_empty());
        CliError::unless_closed_pipe(tell_authorities(&authorities, console))?;
        return Ok(exit);
    }
    for authority in &authorities {
        console.warn(line(authority));
    }
    let (ended, ending) = (args.ended(now), args.ending(now));
    let is_over = is_over || exists(service.ledger(), &ended)?;
    let is_near = !authorities.is_empty() || exists(service.ledger(), &ending)?;
    // The exit code tells too what a reader who went away did not hear.
    CliError::unless_closed_pipe(args.tell(service.ledger(), [ended, ending], now, console))?;
    Ok(exit(is_over, is_near))
}

fn exit(is_over: bool, is_near: bool) -> Exit {
    match (is_over, is_near) {
        (true, _) => Exit::None,
        (false, true) => Exit::Some,
        (false, false) => Exit::Done,
    }
}

impl Args {
    /// What ended no longer ago than is looked ahead.
    fn ended(&self, now: UnixSeconds) -> Filter {
        let back = |seconds: u64| {
            let at = now.seconds().saturating_sub(seconds);
            UnixSeconds::new(at).unwrap_or(UnixSeconds::MIN)
        };
        Filter {
            not_after: Some(back(self.within.seconds())..=back(1)),
            status: Some(StatusFilter::ExpiredAt(now)),
            ..self.unreplaced()
        }
    }

    fn ending(&self, now: UnixSeconds) -> Filter {
        let end = now.plus(self.within).unwrap_or(UnixSeconds::MAX);
        Filter {
            not_after: Some(now..=end),
            status: Some(StatusFilter::ValidAt(now)),
            ..self.unreplaced()
        }
    }

    fn unreplaced(&self) -> Filter {
        Filter {
            vendor: self.vendor.clone(),
            succession: Succession::Missing,
            ..Filter::default()
        }
    }

    fn tell(
        &self,
        ledger: &Ledger,
        filters: [Filter; 2],
        now: UnixSeconds,
        console: &mut Console<'_>,
    ) -> Result<(), CliError> {
        let mut table = Table::begin(console, self.csv, self.limit, now)?;
        for filter in filters {
            table.pages(ledger, filter)?;
        }
        table.end()
    }
}

fn exists(ledger: &Ledger, filter: &Filter) -> Result<bool, CliError> {
    let first = Filter {
        limit: 1,
        ..filter.clone()
    };
    let found = ledger.list(&first).map_err(record::failed)?;
    Ok(!found.is_empty())
}

fn tell_authorities(
    authorities: &[EndingAuthority],
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    if console.is_json() {
        let all = authorities.iter().map(|one| {
            let days = one.issues_days.map(u64::from);
            let fields = Fields::new().with("name", one.name.as_str());
            let fields = fields.with("notAfter", one.not_after.to_string());
            Node::from(fields.with_some("issuesDays", days))
        });
        return console.value(&all.collect::<Vec<_>>());
    }
    authorities
        .iter()
        .try_for_each(|one| console.line(line(one)))
}

fn line(authority: &EndingAuthority) -> String {
    let EndingAuthority {
        name, not_after, ..
    } = authority;
    match authority.issues_days {
        Some(days) => {
            format!("CA {name} ends {not_after}, and issues certificates of {days} days")
        }
        None => format!("CA {name} ends {not_after}"),
    }
}

const AFTER_HELP: &str = "\
Examples:
  certwright expiring --within 30d
  certwright expiring --within 6w --vendor ecgrid --csv
  certwright expiring --authorities

Exit codes:
  0 nothing, 3 something ends within the time, 4 something has ended and has none in its place, 1 failure, 2 usage";
