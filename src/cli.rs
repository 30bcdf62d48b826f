//! The command line: one file a subcommand. Results go to standard output, messages to standard error.
//!
//! Beside the server, this is the only place that reads the clock and the operating system's random numbers; all else
//! takes them as arguments. A command is handed its streams ([`Console`]) and answers with an [`Exit`] or a [`CliError`].

use clap::{CommandFactory, Parser, Subcommand};

mod batch;
mod ca;
mod check;
mod completions;
mod console;
mod convert;
mod csr;
mod enos;
mod error;
mod init;
mod input;
mod inspect;
mod issue;
mod issued;
mod key;
mod list;
mod man;
mod output;
mod place;
mod record;
mod renew;
mod revoke;
mod secret;
mod show;
mod view;
mod world;

pub use console::{Console, Exit};
pub use error::{CliError, ErrorKind};

/// A local X.509 issuance engine: the certificate, bundle and reply that a vendor's service would have given.
#[derive(Debug, Parser)]
#[command(name = "certwright", version, about, after_help = AFTER_HELP, arg_required_else_help = true)]
pub struct Cli {
    /// Print results (and errors) as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    #[command(subcommand, after_help = issue::AFTER_HELP)]
    Issue(issue::Command),
    #[command(subcommand, after_help = renew::AFTER_HELP)]
    Renew(renew::Command),
    #[command(subcommand, after_help = revoke::AFTER_HELP)]
    Revoke(revoke::Command),
    Batch(Box<batch::Args>),
    Check(check::Args),
    Inspect(inspect::Args),
    Convert(convert::Args),
    List(list::Args),
    Show(show::Args),
    #[command(subcommand, after_help = csr::AFTER_HELP)]
    Csr(csr::Command),
    #[command(subcommand, after_help = key::AFTER_HELP)]
    Key(key::Command),
    #[command(subcommand, after_help = ca::AFTER_HELP)]
    Ca(ca::Command),
    Completions(completions::Args),
    Man(man::Args),
}

impl Cli {
    /// Whether results are asked for as JSON.
    #[must_use]
    pub fn json(&self) -> bool {
        self.json
    }

    /// Does what was asked.
    ///
    /// # Errors
    /// [`CliError`], which knows its exit code and how to tell what is wrong.
    pub fn run(self, console: &mut Console<'_>) -> Result<Exit, CliError> {
        match self.command {
            Command::Batch(args) => batch::run(&args, console),
            Command::Ca(command) => ca::run(&command, console),
            Command::Check(args) => check::run(&args, console),
            Command::Completions(args) => completions::run(&args, &mut Self::command(), console),
            Command::Convert(args) => convert::run(&args, console),
            Command::Csr(command) => csr::run(&command, console),
            Command::Init(args) => init::run(&args, console),
            Command::Inspect(args) => inspect::run(&args, console),
            Command::Issue(command) => issue::run(&command, console),
            Command::Key(command) => key::run(&command, console),
            Command::List(args) => list::run(&args, console),
            Command::Man(args) => man::run(&args, Self::command(), console),
            Command::Renew(command) => renew::run(&command, console),
            Command::Revoke(command) => revoke::run(&command, console),
            Command::Show(args) => show::run(&args, console),
        }
    }
}

const AFTER_HELP: &str = "\
Examples:
  certwright issue enos --csr dk1.csr.pem --product-key pk1 --device-key dk1 --out dk1.pem
  certwright batch csrs/ --vendor enos --out out/
  certwright inspect dk1.pem

Exit codes:
  0  done; batch: all issued; check: nothing found
  1  failure: a file, the workspace or the machine did not do its part
  2  usage: the command line is not one
  3  some: batch, csr verify: part of the items; check: warnings only
  4  none: refused, nothing was issued; check: errors found";

#[cfg(test)]
mod tests;
