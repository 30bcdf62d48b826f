//! Passphrases: from a file, the environment or a prompt that does not echo; never from the command line, where every
//! user of the machine can read them.

use std::env;
use std::env::VarError;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use zeroize::Zeroizing;

use crate::bundle::p12::P12Password;
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

/// Where the passphrase of a workspace's CA keys comes from.
#[derive(Args, Debug, Default)]
#[group(multiple = false)]
pub(super) struct CaPassphraseArgs {
    /// CA keys are written and read under a passphrase, the first line of a file (`-` for standard input).
    #[arg(long, value_name = "FILE", help_heading = CA_KEYS)]
    ca_passphrase_file: Option<PathBuf>,
    /// As --ca-passphrase-file, from an environment variable.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = DEFAULT_CA_VARIABLE, require_equals = true, help_heading = CA_KEYS)]
    ca_passphrase_env: Option<String>,
    /// As --ca-passphrase-file, asked for on the terminal, without echo.
    #[arg(long, help_heading = CA_KEYS)]
    ca_passphrase_prompt: bool,
}

/// Where the passphrase comes from that CA keys are to be under from now on.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(super) struct NewPassphraseArgs {
    /// Put all CA keys under a new passphrase, the first line of a file; the other one is that of those that are locked.
    #[arg(long, value_name = "FILE", help_heading = CA_KEYS)]
    new_passphrase_file: Option<PathBuf>,
    /// As --new-passphrase-file, from an environment variable.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = DEFAULT_NEW_VARIABLE, require_equals = true, help_heading = CA_KEYS)]
    new_passphrase_env: Option<String>,
    /// As --new-passphrase-file, asked for twice on the terminal, without echo.
    #[arg(long, help_heading = CA_KEYS)]
    new_passphrase_prompt: bool,
}

/// Where the password of a PKCS #12 file comes from.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(super) struct P12PasswordArgs {
    /// Read the password of the P12 from the first line of a file (`-` for standard input).
    #[arg(long, value_name = "FILE")]
    p12_password_file: Option<PathBuf>,
    /// Read the password of the P12 from an environment variable.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = DEFAULT_P12_VARIABLE, require_equals = true)]
    p12_password_env: Option<String>,
    /// Ask for the password of the P12 on the terminal, without echo.
    #[arg(long)]
    p12_password_prompt: bool,
    /// The P12 has the empty password, which protects nothing; some consumers open no such file.
    #[arg(long)]
    p12_password_empty: bool,
}

/// The password of a PKCS #12 file.
#[derive(Debug)]
pub(super) enum P12Secret {
    /// The empty one, asked for by name.
    Empty,
    Passphrase(Passphrase),
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
        let place = Place {
            file: self.passphrase_file.as_deref(),
            variable: self.passphrase_env.as_deref(),
            question: self.passphrase_prompt.then_some("Passphrase"),
        };
        place.passphrase(purpose, console)
    }
}

impl CaPassphraseArgs {
    /// The passphrase, if one was given.
    pub(super) fn passphrase(
        &self,
        purpose: Purpose,
        console: &mut Console<'_>,
    ) -> Result<Option<Arc<Passphrase>>, CliError> {
        let asks = self.ca_passphrase_prompt;
        let place = Place {
            file: self.ca_passphrase_file.as_deref(),
            variable: self.ca_passphrase_env.as_deref(),
            question: asks.then_some("Passphrase of the CA keys"),
        };
        Ok(place.passphrase(purpose, console)?.map(Arc::new))
    }
}

impl NewPassphraseArgs {
    /// The passphrase, if one was given.
    pub(super) fn passphrase(
        &self,
        console: &mut Console<'_>,
    ) -> Result<Option<Arc<Passphrase>>, CliError> {
        let asks = self.new_passphrase_prompt;
        let place = Place {
            file: self.new_passphrase_file.as_deref(),
            variable: self.new_passphrase_env.as_deref(),
            question: asks.then_some("New passphrase of the CA keys"),
        };
        Ok(place.passphrase(Purpose::Protect, console)?.map(Arc::new))
    }
}

impl P12PasswordArgs {
    /// The password, if one was asked for.
    pub(super) fn password(
        &self,
        purpose: Purpose,
        console: &mut Console<'_>,
    ) -> Result<Option<P12Secret>, CliError> {
        if self.p12_password_empty {
            return Ok(Some(P12Secret::Empty));
        }
        let asks = self.p12_password_prompt;
        let place = Place {
            file: self.p12_password_file.as_deref(),
            variable: self.p12_password_env.as_deref(),
            question: asks.then_some("Password of the P12"),
        };
        let given = place.passphrase(purpose, console)?;
        Ok(given.map(P12Secret::Passphrase))
    }
}

impl P12Secret {
    /// A P12 is to be written, and nothing says with which password.
    pub(super) fn missing() -> CliError {
        CliError::usage(
            "no password for the P12",
            "say where it is: --p12-password-file FILE, --p12-password-env or --p12-password-prompt",
        )
    }

    /// As the bundles take it.
    pub(super) fn as_password(&self) -> P12Password<'_> {
        match self {
            Self::Empty => P12Password::Empty,
            Self::Passphrase(passphrase) => P12Password::Passphrase(passphrase),
        }
    }
}

/// Where a secret text is; at most one is named.
struct Place<'a> {
    file: Option<&'a Path>,
    variable: Option<&'a str>,
    question: Option<&'a str>,
}

impl Place<'_> {
    fn passphrase(
        &self,
        purpose: Purpose,
        console: &mut Console<'_>,
    ) -> Result<Option<Passphrase>, CliError> {
        let checked = |text: Zeroizing<String>| {
            Passphrase::new(text.to_string())
                .map_err(|error| CliError::failed("use the passphrase", error))
        };
        self.text(purpose, console)?.map(checked).transpose()
    }

    fn text(
        &self,
        purpose: Purpose,
        console: &mut Console<'_>,
    ) -> Result<Option<Zeroizing<String>>, CliError> {
        if let Some(path) = self.file {
            let octets = input::read(path, MAX_OCTETS, console)?;
            let line = first_line(&octets).ok_or_else(|| {
                CliError::failed(
                    format!("read a passphrase from {}", input::name(path)),
                    "it is not UTF-8 text",
                )
            })?;
            return Ok(Some(line));
        }
        if let Some(variable) = self.variable {
            let text = env::var(variable).map_err(|error| {
                // The error's own words quote what is not Unicode.
                let why = match error {
                    VarError::NotPresent => "it is not set",
                    VarError::NotUnicode(_) => "it is not UTF-8 text",
                };
                CliError::failed(format!("read the variable {variable}"), why)
            })?;
            return Ok(Some(Zeroizing::new(text)));
        }
        self.question
            .map(|question| prompt(question, purpose))
            .transpose()
    }
}

fn prompt(question: &str, purpose: Purpose) -> Result<Zeroizing<String>, CliError> {
    let ask = |question: String| {
        rpassword::prompt_password(question)
            .map(Zeroizing::new)
            .map_err(|error| CliError::failed("ask for a passphrase on the terminal", error))
    };
    let typed = ask(format!("{question}: "))?;
    if purpose == Purpose::Protect && typed != ask(format!("{question} again: "))? {
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

const DEFAULT_CA_VARIABLE: &str = "CERTWRIGHT_CA_PASSPHRASE";

const DEFAULT_NEW_VARIABLE: &str = "CERTWRIGHT_NEW_CA_PASSPHRASE";

const DEFAULT_P12_VARIABLE: &str = "CERTWRIGHT_P12_PASSWORD";

const CA_KEYS: &str = "CA keys at rest";

/// What helps where a CA's key is locked.
pub(super) const CA_LOCKED_HINT: &str = "say where the passphrase is: --ca-passphrase-file FILE, --ca-passphrase-env or --ca-passphrase-prompt";

const MAX_OCTETS: usize = 4096;
