//! `key`: private keys.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::output::{Access, Overwrite, Sink};
use crate::cli::secret::{PassphraseArgs, Purpose};
use crate::cli::view::{Fields, hex};
use crate::cli::world;
use crate::key;
use crate::key::{KeyAlgorithm, KeyError, KeyPair, Passphrase, Pbes2};

/// Make private keys.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    New(NewArgs),
}

/// Make a private key and write it as PKCS #8 PEM, readable by its owner alone.
#[derive(Args, Debug)]
#[command(after_help = NEW_AFTER_HELP)]
pub(super) struct NewArgs {
    /// P-256, RSA-2048, RSA-3072 or RSA-4096.
    algorithm: KeyAlgorithm,
    /// The file to write (`-` for standard output).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::New(args) => new(args, console),
    }
}

fn new(args: &NewArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let passphrase = args.passphrase.passphrase(Purpose::Protect, console)?;
    let sink = Sink::claim(Some(&args.out), Overwrite::of(args.force), Access::Owner)?;
    if sink.is_stdout() && console.is_json() {
        return Err(CliError::usage(
            "--json and --out - both write to standard output",
            "give the key a file with --out FILE",
        ));
    }
    let key = generate(args.algorithm)?;
    let pem = to_pem(&key, passphrase.as_ref())?;
    let to_file = !sink.is_stdout();
    sink.finish(pem.as_bytes(), console)?;
    if to_file {
        let title = format!("{} key written to {}", key.algorithm(), args.out.display());
        let fields = Fields::new()
            .with("file", args.out.display().to_string())
            .with("algorithm", key.algorithm().to_string())
            .with("encrypted", passphrase.is_some())
            .with("keyIdentifier", key.public_key().key_identifier().to_hex())
            .with("spkiSha256", hex(&key.public_key().spki_sha256()));
        console.fields(&title, &fields)?;
    }
    Ok(Exit::Done)
}

/// A new key from the system's random numbers.
pub(super) fn generate(algorithm: KeyAlgorithm) -> Result<KeyPair, CliError> {
    let keys = key::generate(algorithm, 1, &mut world::rng());
    let doing = || format!("make a key of kind {algorithm}");
    let key = keys.into_iter().next();
    key.ok_or_else(|| CliError::failed(doing(), "the engine gave none"))?
        .map_err(|error| CliError::failed(doing(), error))
}

/// A key from a file, PEM.
pub(super) fn read(
    path: &Path,
    passphrase: &PassphraseArgs,
    console: &mut Console<'_>,
) -> Result<KeyPair, CliError> {
    let octets = input::read(path, MAX_KEY_OCTETS, console)?;
    let passphrase = passphrase.passphrase(Purpose::Unlock, console)?;
    KeyPair::from_pem(&octets, passphrase.as_ref()).map_err(|error| match error {
        KeyError::PassphraseMissing => CliError::Usage {
            what: format!("the private key in {} is encrypted", input::name(path)),
            hint: "say where its passphrase is: --passphrase-file FILE, --passphrase-env or \
                   --passphrase-prompt"
                .to_owned(),
        },
        error => CliError::failed(
            format!("read the private key in {}", input::name(path)),
            error,
        ),
    })
}

/// PKCS #8 PEM, encrypted when there is a passphrase.
pub(super) fn to_pem(
    key: &KeyPair,
    passphrase: Option<&Passphrase>,
) -> Result<Zeroizing<String>, CliError> {
    let pem = match passphrase {
        None => key.to_pkcs8_pem(),
        Some(passphrase) => {
            key.to_encrypted_pkcs8_pem(passphrase, Pbes2::PBKDF2, &mut world::rng())
        }
    };
    pem.map_err(|error| CliError::failed("encode the private key", error))
}

/// An RSA-4096 key is a few thousand octets.
const MAX_KEY_OCTETS: usize = 65_536;

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright key new P-256 --out dk1.key.pem";

const NEW_AFTER_HELP: &str = "\
Examples:
  certwright key new P-256 --out dk1.key.pem
  certwright key new RSA-2048 --out dk1.key.pem --passphrase-file passphrase.txt
  CERTWRIGHT_PASSPHRASE=… certwright key new RSA-4096 --out ca.key.pem --passphrase-env";
