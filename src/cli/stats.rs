//! `stats`: how many certificates there are of each sort.

use std::collections::BTreeMap;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::record;
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::ledger::{Count, Standing};

/// Count what was issued by vendor, state, kind of key, and month of expiry of what is valid.
///
/// The counts are kept with every change, so that they cost the same for ten certificates and for ten million. What is
/// past its end is counted by days: what ends today (UTC) is still valid.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let counts = workspace
        .ledger()
        .stats(world::now()?)
        .map_err(record::failed)?;
    let total: u64 = counts.iter().map(|count| count.certificates).sum();
    let expiring = counts
        .iter()
        .filter(|count| count.standing == Standing::Valid);
    let fields = Fields::new()
        .with("certificates", total)
        .with(
            "byVendor",
            sums(counts.iter(), |count| count.vendor.clone()),
        )
        .with(
            "byStatus",
            sums(counts.iter(), |count| count.standing.as_str().to_owned()),
        )
        .with(
            "byKey",
            sums(counts.iter(), |count| {
                count
                    .key_algorithm
                    .clone()
                    .unwrap_or_else(|| "other".to_owned())
            }),
        )
        .with(
            "validByMonthOfExpiry",
            sums(expiring, |count| count.month.clone()),
        );
    console.fields("certificates", &fields)?;
    Ok(Exit::Done)
}

/// Certificates of each name, in the order of the names.
fn sums<'a>(counts: impl Iterator<Item = &'a Count>, name: impl Fn(&Count) -> String) -> Vec<Node> {
    let mut sums = BTreeMap::<String, u64>::new();
    for count in counts {
        *sums.entry(name(count)).or_default() += count.certificates;
    }
    let row = |(name, certificates): (String, u64)| {
        let line = format!("{name:<10}  {certificates}");
        let fields = Fields::new()
            .with("name", name)
            .with("certificates", certificates);
        Node::Line(line, fields)
    };
    sums.into_iter().map(row).collect()
}

const AFTER_HELP: &str = "\
Examples:
  certwright stats
  certwright stats --json";
