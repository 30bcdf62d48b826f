//! What a P12 is to be that a command writes for a key that was made here.

use crate::batch::{Artefact, P12Terms};
use crate::bundle::p12::P12Consumer;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::secret::{P12PasswordArgs, P12Secret, Purpose};

/// For whom the P12 is, and its password.
#[derive(clap::Args, Debug)]
pub(super) struct P12Args {
    /// Who imports the P12: modern, windows-2016, java-8, macos, openssl-3 or fips; modern without it.
    #[arg(long, value_name = "CONSUMER")]
    p12_for: Option<P12Consumer>,
    /// The friendly name of the key in the P12; the certificate's CN without it.
    #[arg(long, value_name = "NAME")]
    p12_alias: Option<String>,
    #[command(flatten)]
    password: P12PasswordArgs,
}

impl P12Args {
    /// What was said, if a P12 is among the artefacts.
    pub(super) fn terms(
        &self,
        artefacts: &[Artefact],
        console: &mut Console<'_>,
    ) -> Result<Option<P12Terms>, CliError> {
        if !artefacts.contains(&Artefact::P12) {
            if self.p12_for.is_some() || self.p12_alias.is_some() {
                return Err(CliError::usage(
                    "--p12-for and --p12-alias say what a P12 is to be, and none is asked for",
                    "ask for one with --artefacts p12, or leave them out",
                ));
            }
            return Ok(None);
        }
        let password = self.password.password(Purpose::Protect, console)?;
        let terms = password.map(|password| self.under(password)).transpose()?;
        terms.map(Some).ok_or_else(unsaid)
    }

    /// The same, for a vendor whose replies may be P12 files already: nothing need be said of those.
    pub(super) fn terms_unless_replied(
        &self,
        artefacts: &[Artefact],
        console: &mut Console<'_>,
    ) -> Result<Option<P12Terms>, CliError> {
        if !artefacts.contains(&Artefact::P12) {
            return self.terms(artefacts, console);
        }
        match self.password.password(Purpose::Protect, console)? {
            Some(password) => self.under(password).map(Some),
            None if self.p12_for.is_none() && self.p12_alias.is_none() => Ok(None),
            None => Err(unsaid()),
        }
    }

    fn under(&self, password: P12Secret) -> Result<P12Terms, CliError> {
        let password = match password {
            P12Secret::Empty => None,
            P12Secret::Passphrase(passphrase) => Some(passphrase),
        };
        let consumer = self.p12_for.unwrap_or(P12Consumer::Modern);
        let terms = P12Terms::new(consumer, password)
            .map_err(|error| CliError::failed("use the password of the P12", error))?;
        Ok(match &self.p12_alias {
            Some(alias) => terms.with_alias(alias),
            None => terms,
        })
    }
}

fn unsaid() -> CliError {
    CliError::usage(
        "no password for the P12",
        "say where it is: --p12-password-file FILE, --p12-password-env or --p12-password-prompt",
    )
}
