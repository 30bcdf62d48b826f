//! The command line: one file a subcommand. Results go to standard output, messages to standard error.
//!
//! Beside the server, this is the only place that reads the clock and the operating system's random numbers; all else
//! takes them as arguments. A command is handed its streams ([`Console`]) and answers with an [`Exit`] or a [`CliError`].

use clap::{CommandFactory, Parser, Subcommand};

mod answer;
mod as2expert;
mod audit;
mod backup;
mod batch;
mod ca;
mod call;
mod check;
mod completions;
mod console;
mod convert;
mod csr;
mod dumps;
mod ecgrid;
mod emca;
mod engines;
mod enos;
mod error;
mod expiring;
mod export;
mod init;
mod input;
mod inspect;
mod issue;
mod issued;
mod key;
mod keypool;
#[cfg(feature = "parquet")]
mod ledger;
mod lifecycle;
mod list;
mod lookup;
mod man;
mod material;
mod moment;
mod near_miss;
mod output;
mod p12;
mod place;
mod protect;
mod record;
mod release;
mod renew;
mod revoke;
mod rollover;
mod secret;
#[cfg(feature = "http")]
mod serve;
mod show;
mod span;
mod spool;
mod stats;
mod table;
mod view;
mod who;
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
    Release(release::Args),
    Backup(backup::BackupArgs),
    Restore(backup::RestoreArgs),
    #[command(subcommand, after_help = rollover::AFTER_HELP)]
    Rollover(rollover::Command),
    Lifecycle(lifecycle::Args),
    Batch(Box<batch::Args>),
    #[command(subcommand, after_help = call::AFTER_HELP)]
    Call(call::Command),
    Check(check::Args),
    NearMiss(near_miss::Args),
    Inspect(inspect::Args),
    Convert(convert::Args),
    List(list::Args),
    Show(show::Args),
    #[cfg(feature = "http")]
    Serve(serve::Args),
    Export(Box<export::Args>),
    Expiring(expiring::Args),
    Stats(stats::Args),
    #[command(subcommand, after_help = csr::AFTER_HELP)]
    Csr(csr::Command),
    #[command(subcommand, after_help = key::AFTER_HELP)]
    Key(key::Command),
    #[command(subcommand, after_help = keypool::AFTER_HELP)]
    Keypool(keypool::Command),
    #[command(subcommand, after_help = audit::AFTER_HELP)]
    Audit(audit::Command),
    #[command(subcommand, after_help = ca::AFTER_HELP)]
    Ca(ca::Command),
    #[cfg(feature = "parquet")]
    #[command(subcommand, after_help = ledger::AFTER_HELP)]
    Ledger(ledger::Command),
    Engines(engines::Args),
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
        dumps::forbid(console);
        engines::obey_environment()?;
        let only_tells = self.command.only_tells();
        match self.command.run(console) {
            // Who reads our output may stop when it has seen enough. Where something was to be done as well, the output
            // is the only proof of it, or the thing itself: then it was not delivered, and that is a failure.
            Err(error) if only_tells && error.is_closed_pipe() => Ok(Exit::Done),
            answer => answer,
        }
    }
}

impl Command {
    /// Whether output is all that comes of the command.
    fn only_tells(&self) -> bool {
        match self {
            Self::Audit(command) => command.only_tells(),
            Self::Ca(command) => command.only_tells(),
            Self::Keypool(command) => command.only_tells(),
            Self::Completions(_)
            | Self::Engines(_)
            | Self::Inspect(_)
            | Self::Lifecycle(_)
            | Self::List(_)
            | Self::Show(_)
            | Self::Stats(_) => true,
            Self::Backup(_)
            | Self::Batch(_)
            | Self::Call(_)
            | Self::Check(_)
            | Self::Convert(_)
            | Self::Csr(_)
            | Self::Expiring(_)
            | Self::Export(_)
            | Self::Init(_)
            | Self::Issue(_)
            | Self::Key(_)
            | Self::Man(_)
            | Self::NearMiss(_)
            | Self::Release(_)
            | Self::Renew(_)
            | Self::Restore(_)
            | Self::Revoke(_)
            | Self::Rollover(_) => false,
            #[cfg(feature = "parquet")]
            Self::Ledger(_) => false,
            #[cfg(feature = "http")]
            Self::Serve(_) => false,
        }
    }

    fn run(self, console: &mut Console<'_>) -> Result<Exit, CliError> {
        match self {
            Self::Audit(command) => audit::run(&command, console),
            Self::Backup(args) => backup::run_backup(&args, console),
            Self::Batch(args) => batch::run(&args, console),
            Self::Call(command) => call::run(&command, console),
            Self::Ca(command) => ca::run(&command, console),
            Self::Check(args) => check::run(&args, console),
            Self::Completions(args) => completions::run(&args, &mut Cli::command(), console),
            Self::Convert(args) => convert::run(&args, console),
            Self::Csr(command) => csr::run(&command, console),
            Self::Engines(args) => engines::run(&args, console),
            Self::Expiring(args) => expiring::run(&args, console),
            Self::Export(args) => export::run(&args, console),
            Self::Init(args) => init::run(&args, console),
            Self::Inspect(args) => inspect::run(&args, console),
            Self::Issue(command) => issue::run(&command, console),
            Self::Key(command) => key::run(&command, console),
            Self::Keypool(command) => keypool::run(&command, console),
            #[cfg(feature = "parquet")]
            Self::Ledger(command) => ledger::run(&command, console),
            Self::Lifecycle(args) => lifecycle::run(&args, console),
            Self::List(args) => list::run(&args, console),
            Self::Man(args) => man::run(&args, Cli::command(), console),
            Self::NearMiss(args) => near_miss::run(&args, console),
            Self::Release(args) => release::run(&args, console),
            Self::Renew(command) => renew::run(&command, console),
            Self::Restore(args) => backup::run_restore(&args, console),
            Self::Revoke(command) => revoke::run(&command, console),
            Self::Rollover(command) => rollover::run(&command, console),
            #[cfg(feature = "http")]
            Self::Serve(args) => serve::run(&args, console),
            Self::Show(args) => show::run(&args, console),
            Self::Stats(args) => stats::run(&args, console),
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
