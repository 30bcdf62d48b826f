//! `ca renew`, `ca current`, `ca retire` and `ca revoke`.

use crate::cli::ca::new::{TermArgs, TokenArgs};
use crate::cli::ca::{life_fields, refused};
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::ext::CrlReason;
use crate::key::KeyAlgorithm;
use crate::ledger::{ReasonCode, RevokedFact};
use crate::workspace::{Family, Links, Renewal, RenewalKey, RevokedAuthority};

/// Renew a CA: same subject, new serial number and validity.
///
/// With a new key come two link certificates (RFC 4210 §4.4), with which relying parties that hold one key find a path to
/// what the other has signed.
#[derive(clap::Args, Debug)]
#[command(after_help = RENEW_AFTER_HELP)]
#[group(id = "which-key", required = true, multiple = false, args = ["same_key", "new_key", "key_uri"])]
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
    #[arg(long, value_name = "ALGORITHM", requires = "new_key")]
    key_algorithm: Option<KeyAlgorithm>,
    #[command(flatten)]
    token: TokenArgs,
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

/// Revoke a CA certificate that a CA of this workspace issued, for good: the issuer's next CRL shows it.
///
/// The newest certificate of a CA takes the CA with it, which issues no more.
#[derive(clap::Args, Debug)]
#[command(after_help = REVOKE_AFTER_HELP)]
pub(in crate::cli) struct RevokeArgs {
    /// The CA's name in the workspace, NAME.N for its N-th certificate.
    name: String,
    /// Why, by number or name: 0 unspecified, 1 keyCompromise, 2 cACompromise, 3 affiliationChanged, 4 superseded,
    /// 5 cessationOfOperation, 9 privilegeWithdrawn.
    #[arg(long, value_parser = reason)]
    reason: ReasonCode,
    /// Who revokes, as lists tell it.
    #[arg(long, value_name = "NAME", default_value = "certwright")]
    by: String,
    /// What else is to be kept with it.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Reads a reason by number or name; `removeFromCRL`, which revokes nothing, is none.
fn reason(text: &str) -> Result<ReasonCode, String> {
    let read = match text.parse() {
        Ok(code) => CrlReason::from_code(code),
        Err(_) => text.parse(),
    };
    let code = read.map_err(|error| error.to_string())?.code();
    ReasonCode::new(code).ok_or_else(|| format!("reason {code} revokes nothing"))
}

pub(super) fn renew(args: &RenewArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let key = match &args.token.key_uri {
        Some(uri) => RenewalKey::At(uri),
        None if args.same_key => RenewalKey::Same,
        None => RenewalKey::New(args.key_algorithm),
    };
    let renewal = Renewal {
        name: &args.name,
        key,
        term: args.term.term(),
    };
    let doing = || format!("renew the CA {:?}", args.name);
    let mut workspace = args.workspace.existing(console)?;
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
    let mut workspace = args.workspace.existing(console)?;
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
    let mut workspace = args.workspace.existing(console)?;
    let vacant = workspace
        .retire_authority(&args.name, world::now()?)
        .map_err(|error| refused(format!("retire the CA {:?}", args.name), error))?;
    tell_vacant(vacant, console);
    let fields = Fields::new()
        .with("name", args.name.clone())
        .with_some("withoutCurrent", vacant.map(|family| family.to_string()));
    console.fields("CA retired", &fields)?;
    Ok(Exit::Done)
}

pub(super) fn revoke(args: &RevokeArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut workspace = args.workspace.existing(console)?;
    let fact = RevokedFact {
        at: world::now()?,
        reason: args.reason,
        by: args.by.clone(),
        note: args.note.clone(),
    };
    let RevokedAuthority {
        parent,
        vacant,
        below,
        ..
    } = workspace
        .revoke_authority(&args.name, fact)
        .map_err(|error| refused(format!("revoke the CA {:?}", args.name), error))?;
    tell_vacant(vacant, console);
    console.note(format!("`certwright ca crl {parent}` publishes it"));
    if !below.is_empty() {
        console.warn(format!(
            "CAs under it go on, and nobody will trust what they issue: {}",
            below.join(", ")
        ));
    }
    let fields = Fields::new()
        .with("name", args.name.clone())
        .with("reason", u64::from(args.reason.get()))
        .with("parent", parent)
        .with_some("withoutCurrent", vacant.map(|family| family.to_string()))
        .with(
            "below",
            below.into_iter().map(Node::from).collect::<Vec<_>>(),
        );
    console.fields("CA revoked", &fields)?;
    Ok(Exit::Done)
}

fn tell_vacant(vacant: Option<Family>, console: &mut Console<'_>) {
    if let Some(family) = vacant {
        console.note(format!(
            "no {family} CA is current now: `certwright ca current NAME` lets another one issue"
        ));
    }
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

const REVOKE_AFTER_HELP: &str = "\
Examples:
  certwright ca revoke plant-1 --reason cACompromise --by operator
  certwright ca revoke plant-1.1 --reason 4 && certwright ca crl plant-root";
