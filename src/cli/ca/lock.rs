//! `ca lock`: CA keys that are plain, or under a passphrase that is to be another.

use crate::cli::ca::refused;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::secret::{CA_LOCKED_HINT, NewPassphraseArgs, Purpose};
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::workspace::{KeyAtRest, LockKeys};

/// Encrypt CA keys that are plain, under the passphrase of the workspace, or change that passphrase.
///
/// Every key file is at any moment the whole old or the whole new one: who was stopped half way runs the command again. What
/// the disk held before is not wiped, and older backups hold the keys as they were.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// CAs by their names, NAME.N for the N-th certificate alone; all of them without one.
    names: Vec<String>,
    #[command(flatten)]
    new: NewPassphraseArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let doing = || "lock the CA keys".to_owned();
    let mut workspace = args.workspace.existing_as_it_is()?;
    let is_locked = workspace.authorities().iter().any(|ca| ca.is_locked());
    let new = args.new.passphrase(console)?;
    if new.is_some() && !args.names.is_empty() {
        return Err(CliError::usage(
            "a new passphrase for some of the CAs",
            "a workspace has one passphrase for all its CAs: leave out the names",
        ));
    }
    // Where nothing is locked yet, a slip would lock the keys away.
    let purpose = match is_locked {
        true => Purpose::Unlock,
        false => Purpose::Protect,
    };
    let given = args.workspace.ca_passphrase.passphrase(purpose, console)?;
    let what = match new {
        Some(new) => LockKeys::change(given, new),
        None => {
            let given = given
                .ok_or_else(|| CliError::usage("no passphrase to lock with", CA_LOCKED_HINT))?;
            let unlocked = workspace.unlock(given, &mut world::rng());
            unlocked.map_err(|error| refused(doing(), error))?;
            LockKeys::Plain(args.names.clone())
        }
    };
    let became = workspace.lock_keys(&what, world::now()?, &mut world::rng());
    let became = became.map_err(|error| refused(doing(), error))?;
    let names = |wanted| {
        let all = became.iter().filter(|(_, state)| *state == wanted);
        all.map(|(name, _)| Node::from(name.clone()))
            .collect::<Vec<_>>()
    };
    let fields = Fields::new()
        .with("locked", names(KeyAtRest::Locked))
        .with("changed", names(KeyAtRest::Changed))
        .with("alreadyLocked", names(KeyAtRest::AlreadyLocked))
        .with("inToken", names(KeyAtRest::InToken))
        .with("elsewhere", names(KeyAtRest::Elsewhere));
    console.fields("CA keys", &fields)?;
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  certwright ca lock --ca-passphrase-prompt
  certwright ca lock plant-1 --ca-passphrase-file /run/secrets/ca
  certwright ca lock --ca-passphrase-file old --new-passphrase-file new";
