//! What protects the private keys that a batch hands out.

use std::path::PathBuf;

use crate::batch::{Artefact, KeyTerms};
use crate::cert::Certificate;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::secret::{PassphraseArgs, Purpose};
use crate::cli::world;
use crate::cms::Recipient;
use crate::pem;

/// A passphrase, a recipient, or nothing.
#[derive(clap::Args, Debug)]
pub(super) struct ProtectArgs {
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// Encrypt private keys for the holder of this certificate, whose key must be RSA (CMS, RFC 5652).
    #[arg(long, value_name = "CERT")]
    encrypt_keys_for: Option<PathBuf>,
    /// Put private keys as they are into a file that holds those of all rows.
    #[arg(long, conflicts_with = "encrypt_keys_for")]
    plain_keys: bool,
}

impl ProtectArgs {
    /// What was said; nothing if nothing was.
    pub(super) fn terms(
        &self,
        artefacts: &[Artefact],
        console: &mut Console<'_>,
    ) -> Result<Option<KeyTerms>, CliError> {
        let passphrase = self.passphrase.passphrase(Purpose::Protect, console)?;
        let said = [
            passphrase.is_some(),
            self.encrypt_keys_for.is_some(),
            self.plain_keys,
        ];
        match said.into_iter().filter(|said| *said).count() {
            0 => return Ok(None),
            1 if artefacts.contains(&Artefact::Key) => {}
            1 => {
                return Err(CliError::usage(
                    "a protection of private keys is said, and none is asked for",
                    "ask for them with --artefacts key; a P12 has a password of its own",
                ));
            }
            _ => {
                return Err(CliError::usage(
                    "private keys cannot be protected in two ways",
                    "give a passphrase, or --encrypt-keys-for, or --plain-keys",
                ));
            }
        }
        if let Some(passphrase) = passphrase {
            let terms = KeyTerms::under_passphrase(&passphrase, &mut world::rng());
            let terms = terms.map_err(|error| CliError::failed("use the passphrase", error))?;
            return Ok(Some(terms));
        }
        let Some(path) = &self.encrypt_keys_for else {
            return Ok(Some(KeyTerms::plain()));
        };
        let doing = || format!("encrypt keys for the holder of {}", input::name(path));
        let octets = input::read(path, MAX_OCTETS, console)?;
        let certificate = match pem::is_pem(&octets) {
            true => Certificate::from_pem(&octets),
            false => Certificate::from_der(&octets),
        };
        let certificate = certificate.map_err(|error| CliError::failed(doing(), error))?;
        let recipient = Recipient::new(certificate);
        let recipient = recipient.map_err(|error| CliError::failed(doing(), error))?;
        Ok(Some(KeyTerms::for_recipient(recipient)))
    }
}

/// No certificate is longer.
const MAX_OCTETS: usize = 1 << 20;
