//! `renew`: a new certificate in place of one that is still valid.

use clap::Subcommand;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;

mod ecgrid;
mod enos;

/// Renew a certificate, as the vendor would.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Ecgrid(Box<ecgrid::Args>),
    Enos(Box<enos::Args>),
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::Ecgrid(args) => ecgrid::run(args, console),
        Command::Enos(args) => enos::run(args, console),
    }
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright renew ecgrid --request body.json --reply
  certwright renew enos --cert-sn 1 --device-key dk1 --out dk1-new.pem";
