//! The `certwright` command.

use std::io;
use std::process::ExitCode;

use certwright::cli::{Cli, Console};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json();
    let mut out = io::stdout().lock();
    let mut err = io::stderr();
    // Not locked: a batch reads it on a thread of its own.
    let mut input = io::stdin();
    let mut console = Console::new(&mut out, &mut err, &mut input)
        .json(json)
        .on_terminal();
    let exit = match cli.run(&mut console) {
        Ok(exit) => exit,
        Err(error) => {
            // When even the standard error stream is gone, the exit code is all that is left to tell.
            let _unsaid = error.report(&mut console);
            error.exit()
        }
    };
    exit.into()
}
