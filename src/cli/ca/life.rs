//! `ca renew`, `ca current` and `ca retire`.

use crate::cli::ca::new::TermArgs;
use crate::cli::ca::{life_fields, refused};
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::cli::world;
use crate::key::KeyAlgorithm;
use crate::workspace::{Links, Renewal, RenewalKey};

/// Renew a CA: same subject, new serial number and validity.
///
/// With a new key come two link certificates (RFC 4210 §4.4), with which relying parties that hold one key find a path to
/// what the other has signed.
#[derive(clap::Args, Debug)]
#[command(after_help = RENEW_AFTER_HELP)]
#[group(id = "which-key", required = true, multiple = false, args = ["same_key", "new_key"])]
pub(in crate::cli) struct RenewArgs {
    /// The CA's name in the workspace.
    name: String,
    /// Keep the key.
    #[arg(long)]
    same_key: bool,
    /// Make a new key.
    #[arg(long)]
    new_key: bool,
    /// The kind of the new key; that of the one before without it.
    #[arg(long, value_name = "ALGORITHM", conflicts_with = "same_key")]
    key_algorithm: Option<KeyAlgorithm>,
    #[command(flatten)]
    term: TermArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Let a CA issue for its family, RSA or ECC, in the place of the one that does.
#[derive(clap::Args, Debug)]
#[command(after_help = CURRENT_AFTER_HELP)]
pub(in crate::cli) struct CurrentArgs {
    /// The CA's name in the workspace.
    name: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Let a CA issue no more, for good. Its CRLs it goes on signing.
#[derive(clap::Args, Debug)]
#[command(after_help = RETIRE_AFTER_HELP)]
pub(in crate::cli) struct RetireArgs {
    /// The CA's name in the workspace.
    name: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn renew(args: &RenewArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let key = if args.same_key {
        RenewalKey::Same
    } else {
        RenewalKey::New(args.key_algorithm)
    };
    let renewal = Renewal {
        name: &args.name,
        key,
        term: args.term.term(),
    };
    let doing = || format!("renew the CA {:?}", args.name);
    let mut workspace = args.workspace.existing()?;
    let now = world::now()?;
    let links = workspace
        .renew_authority(&renewal, now, &mut world::rng())
        .map_err(|error| refused(doing(), error))?;
    let authority = workspace
        .authority(&args.name)
        .map_err(|error| refused(doing(), error))?;
    if links == Links::OldEnded {
        console.warn("the certificate before has ended: there are no links between the two keys");
    }
    let fields = life_fields(&workspace, authority, now)?;
    console.fields("CA renewed", &fields)?;
    Ok(Exit::Done)
}

pub(super) fn current(args: &CurrentArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut workspace = args.workspace.existing()?;
    let family = workspace
        .make_current(&args.name, world::now()?)
        .map_err(|error| refused(format!("let the CA {:?} issue", args.name), error))?;
    let fields = Fields::new()
        .with("name", args.name.clone())
        .with("family", family.to_string());
    console.fields("CA issues from now on", &fields)?;
    Ok(Exit::Done)
}

pub(super) fn retire(args: &RetireArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut workspace = args.workspace.existing()?;
    let vacant = workspace
        .retire_authority(&args.name, world::now()?)
        .map_err(|error| refused(format!("retire the CA {:?}", args.name), error))?;
    if let Some(family) = vacant {
        console.note(format!(
            "no {family} CA is current now: `certwright ca current NAME` lets another one issue"
        ));
    }
    let fields = Fields::new()
        .with("name", args.name.clone())
        .with_some("withoutCurrent", vacant.map(|family| family.to_string()));
    console.fields("CA retired", &fields)?;
    Ok(Exit::Done)
}

const RENEW_AFTER_HELP: &str = "\
Examples:
  certwright ca renew plant-root --new-key --years 20
  certwright ca renew plant-1 --same-key";

const CURRENT_AFTER_HELP: &str = "\
Examples:
  certwright ca current plant-1";

const RETIRE_AFTER_HELP: &str = "\
Examples:
  certwright ca retire plant-1";
