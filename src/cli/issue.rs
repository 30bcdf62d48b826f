//! `issue`: one certificate, as the vendor would issue it.

use clap::Subcommand;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;

mod dry_run;
mod enos;

/// Issue a certificate, as the vendor would.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Enos(Box<enos::Args>),
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::Enos(args) => enos::run(args, console),
    }
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright issue enos --csr dk1.csr.pem --device-key dk1 --out dk1.pem";
