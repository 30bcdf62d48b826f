//! `call`: any operation of a vendor's, answered with the vendor's reply body.

use std::path::PathBuf;

use clap::Subcommand;
use zeroize::Zeroizing;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;

pub(super) mod as2expert;
pub(super) mod ecgrid;
pub(super) mod emca;

/// Send a request to a vendor's operation and print the vendor's reply, also when it refuses.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    #[command(name = "as2expert")]
    As2Expert(as2expert::Args),
    Ecgrid(ecgrid::Args),
    Emca(emca::Args),
}

/// The request.
#[derive(clap::Args, Debug)]
struct RequestArgs {
    /// The vendor's own request body (`-` for standard input); an empty object without it.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
}

impl RequestArgs {
    fn read(&self, console: &mut Console<'_>) -> Result<Zeroizing<Vec<u8>>, CliError> {
        match &self.request {
            Some(path) => input::read(path, input::MAX_REQUEST_OCTETS + 1, console),
            None => Ok(Zeroizing::new(b"{}".to_vec())),
        }
    }
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::As2Expert(args) => as2expert::run(args, console),
        Command::Ecgrid(args) => ecgrid::run(args, console),
        Command::Emca(args) => emca::run(args, console),
    }
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright call as2expert certificates
  certwright call ecgrid comms/list
  certwright call emca getCertificate --request body.json";
