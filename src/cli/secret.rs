//! Passphrases: from a file, the environment or a prompt that does not echo; never from the command line, where every
//! user of the machine can read them.

use std::env;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::input;
use crate::key::Passphrase;

/// Where a passphrase comes from.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(super) struct PassphraseArgs {
    /// Read the passphrase from the first line of a file (`-` for standard input).
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Read the passphrase from an environment variable.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = DEFAULT_VARIABLE, require_equals = true)]
    passphrase_env: Option<String>,
    /// Ask for the passphrase on the terminal, without echo.
    #[arg(long)]
    passphrase_prompt: bool,
}

/// Whether a passphrase that is typed will protect something new.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Purpose {
    /// It is typed twice, since a slip would lock the key away.
    Protect,
    /// It is typed once.
    Unlock,
}

impl PassphraseArgs {
    /// The passphrase, if one was asked for.
    pub(super) fn passphrase(
        &self,
        purpose: Purpose,
        console: &mut Console<'_>,
    ) -> Result<Option<Passphrase>, CliError> {
        let text = if let Some(path) = &self.passphrase_file {
            let octets = input::read(path, MAX_OCTETS, console)?;
            first_line(&octets).ok_or_else(|| {
                CliError::failed(
                    format!("read a passphrase from {}", input::name(path)),
                    "it is not UTF-8 text",
                )
            })?
        } else if let Some(variable) = &self.passphrase_env {
            env::var(variable)
                .map(Zeroizing::new)
                .map_err(|error| CliError::failed(format!("read the variable {variable}"), error))?
        } else if self.passphrase_prompt {
            prompt(purpose)?
        } else {
            return Ok(None);
        };
        Passphrase::new(text.to_string())
            .map(Some)
            .map_err(|error| CliError::failed("use the passphrase", error))
    }
}

fn prompt(purpose: Purpose) -> Result<Zeroizing<String>, CliError> {
    let ask = |question| {
        rpassword::prompt_password(question)
            .map(Zeroizing::new)
            .map_err(|error| CliError::failed("ask for a passphrase on the terminal", error))
    };
    let typed = ask("Passphrase: ")?;
    if purpose == Purpose::Protect && typed != ask("Passphrase again: ")? {
        return Err(CliError::failed(
            "use the passphrase",
            "the two that were typed differ",
        ));
    }
    Ok(typed)
}

fn first_line(octets: &[u8]) -> Option<Zeroizing<String>> {
    let text = std::str::from_utf8(octets).ok()?;
    Some(Zeroizing::new(
        text.lines().next().unwrap_or_default().to_owned(),
    ))
}

const DEFAULT_VARIABLE: &str = "CERTWRIGHT_PASSPHRASE";

const MAX_OCTETS: usize = 4096;
