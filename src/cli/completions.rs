//! `completions`: what a shell needs to complete our command lines.

use clap_complete::Shell;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::view::Fields;

/// Write a completion script for a shell.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(
    args: &Args,
    command: &mut clap::Command,
    console: &mut Console<'_>,
) -> Result<Exit, CliError> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, name, &mut script);
    if console.is_json() {
        let script = String::from_utf8_lossy(&script).into_owned();
        let fields = Fields::new()
            .with("shell", args.shell.to_string())
            .with("script", script);
        console.value(&fields)?;
    } else {
        console.octets(&script)?;
    }
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  certwright completions bash > ~/.local/share/bash-completion/completions/certwright
  certwright completions zsh > ~/.zfunc/_certwright";
