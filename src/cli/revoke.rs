//! `revoke`: the end of a certificate before its time.

use clap::Subcommand;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;

mod ecgrid;
mod emca;
mod enos;

/// Revoke a certificate, as the vendor would.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Ecgrid(Box<ecgrid::Args>),
    Emca(Box<emca::Args>),
    Enos(Box<enos::Args>),
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::Ecgrid(args) => ecgrid::run(args, console),
        Command::Emca(args) => emca::run(args, console),
        Command::Enos(args) => enos::run(args, console),
    }
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright revoke ecgrid --request body.json
  certwright revoke emca --request body.json --suspend
  certwright revoke enos --cert-sn 1 --device-key dk1 --reason 1";
