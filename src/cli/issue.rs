//! `issue`: one certificate, as the vendor would issue it.

use clap::Subcommand;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;

mod as2expert;
mod dry_run;
mod ecgrid;
mod emca;
mod enos;

/// Issue a certificate, as the vendor would.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    #[command(name = "as2expert")]
    As2Expert(Box<as2expert::Args>),
    Ecgrid(Box<ecgrid::Args>),
    Emca(Box<emca::Args>),
    Enos(Box<enos::Args>),
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::As2Expert(args) => as2expert::run(args, console),
        Command::Ecgrid(args) => ecgrid::run(args, console),
        Command::Emca(args) => emca::run(args, console),
        Command::Enos(args) => enos::run(args, console),
    }
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright issue as2expert --request body.json --out station.pem --artefacts cer,key
  certwright issue ecgrid --request body.json --reply
  certwright issue emca --request body.json --out gateway.pem
  certwright issue enos --csr dk1.csr.pem --device-key dk1 --out dk1.pem";
