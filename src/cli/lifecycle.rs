//! `lifecycle`: what Comms and stations use now and next, and whom a rollover touches.

use clap::ValueEnum;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::rollover::refusal::{as2expert_refused, ecgrid_refused};
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::service::Service;
use crate::time::{UnixSeconds, Validity};
use crate::vendor::rollover::{Affected, Lane, Succession, Used};
use crate::vendor::{as2expert, ecgrid};

/// Show which certificate is current, which comes next, when both hold, and whom a rollover touches.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The Comms of ECGrid or the stations of AS2Expert; both without it.
    #[arg(value_enum)]
    vendor: Option<Vendor>,
    /// One Comm of ECGrid.
    #[arg(long, value_name = "ID", conflicts_with = "station")]
    comm: Option<i32>,
    /// One station of AS2Expert.
    #[arg(long, value_name = "ID")]
    station: Option<i64>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Vendor {
    Ecgrid,
    #[value(name = "as2expert")]
    As2Expert,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    args.check()?;
    let service = Service::of(args.workspace.read_only()?);
    let now = world::now()?;
    let mut shown = Vec::new();
    if args.asks_for(Vendor::Ecgrid) {
        let caller = ecgrid::access::Caller::local();
        let found = service.ecgrid_successions(args.comm, &caller, now);
        let found = found.map_err(|refusal| ecgrid_refused(&refusal))?;
        shown.extend(found.into_iter().map(|one| (ecgrid::NAME, "comm", one)));
    }
    if args.asks_for(Vendor::As2Expert) {
        let caller = as2expert::access::Caller::local();
        let found = service.as2expert_successions(args.station, &caller, now);
        let found = found.map_err(|refusal| as2expert_refused(&refusal))?;
        shown.extend(
            found
                .into_iter()
                .map(|one| (as2expert::NAME, "station", one)),
        );
    }
    if console.is_json() {
        let all = shown.iter().map(|(vendor, id, one)| {
            let head = Fields::new().with("vendor", *vendor);
            let head = head.with(id, one.owner_id.unsigned_abs());
            Node::from(head.and(fields(one, now)))
        });
        console.value(&all.collect::<Vec<_>>())?;
        return Ok(Exit::Done);
    }
    for (vendor, id, one) in &shown {
        let title = format!("{vendor}: {id} {}", one.owner_id);
        console.fields(&title, &fields(one, now))?;
    }
    if shown.is_empty() {
        console.note("the workspace has no Comm and no station");
    }
    Ok(Exit::Done)
}

impl Args {
    /// A number is of one vendor.
    fn check(&self) -> Result<(), CliError> {
        let other = match (self.vendor, self.comm, self.station) {
            (Some(Vendor::As2Expert), Some(_), _) => "--comm is ECGrid's",
            (Some(Vendor::Ecgrid), _, Some(_)) => "--station is AS2Expert's",
            _ => return Ok(()),
        };
        Err(CliError::usage(
            other,
            "say `ecgrid --comm ID` or `as2expert --station ID`",
        ))
    }

    fn asks_for(&self, vendor: Vendor) -> bool {
        let numbered = match vendor {
            Vendor::As2Expert => self.comm.is_none(),
            Vendor::Ecgrid => self.station.is_none(),
        };
        numbered && self.vendor.is_none_or(|asked| asked == vendor)
    }
}

fn fields(succession: &Succession, now: UnixSeconds) -> Fields {
    let Succession {
        owner_id: _,
        owner,
        lanes,
    } = succession;
    let lanes = lanes.iter().map(|lane| Node::from(lane_fields(lane, now)));
    Fields::new()
        .with("owner", owner.as_str())
        .with("certificates", lanes.collect::<Vec<_>>())
}

fn lane_fields(lane: &Lane, now: UnixSeconds) -> Fields {
    let both = lane.slot.overlap();
    let is_now = both.is_some_and(|both| both.not_before() <= now && now <= both.not_after());
    Fields::new()
        .with("purpose", lane.purpose.as_str())
        .with_some("partner", lane.partner.clone())
        .with_some("current", lane.slot.current.as_ref().map(used))
        .with_some("next", lane.slot.next.as_ref().map(used))
        .with_some("overlap", both.map(overlap))
        .with("inOverlap", is_now)
        .with("partnersAffected", partners(&lane.partners))
}

/// A certificate, and when it is used.
pub(super) fn used(used: &Used) -> Fields {
    let Used {
        id,
        certificate,
        purpose: _,
        begin,
        end,
    } = used;
    Fields::new()
        .with("id", id.unsigned_abs())
        .with("serialNumberHex", certificate.serial().to_hex())
        .with("from", begin.to_string())
        .with("until", end.to_string())
}

/// The time in which two certificates hold.
pub(super) fn overlap(both: Validity) -> Fields {
    Fields::new()
        .with("from", both.not_before().to_string())
        .with("until", both.not_after().to_string())
}

pub(super) fn partners(partners: &[Affected]) -> Vec<Node> {
    let partner = |Affected { id, name }: &Affected| {
        let id = id.map(i64::unsigned_abs);
        let line = match id {
            Some(id) => format!("{id} {name}"),
            None => name.clone(),
        };
        let fields = Fields::new()
            .with_some("id", id)
            .with("name", name.as_str());
        Node::Line(line, fields)
    };
    partners.iter().map(partner).collect()
}

const AFTER_HELP: &str = "\
Examples:
  certwright lifecycle
  certwright lifecycle ecgrid --comm 5001
  certwright lifecycle as2expert --station 62 --json";
