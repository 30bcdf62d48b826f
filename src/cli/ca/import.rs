//! `ca import`: a CA that was made elsewhere.

use std::path::{Path, PathBuf};

use crate::cert::Certificate;
use crate::cli::ca::new::TokenArgs;
use crate::cli::ca::{authority_fields, refused};
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::key;
use crate::cli::material::{Material, Unlock};
use crate::cli::place::WorkspaceArgs;
use crate::cli::secret::{P12PasswordArgs, PassphraseArgs, Purpose};
use crate::cli::world;
use crate::workspace::ImportedAuthority;

/// Take in a CA that was made elsewhere, with the certificates above it.
#[derive(clap::Args, Debug)]
#[command(after_help = IMPORT_AFTER_HELP)]
pub(in crate::cli) struct ImportArgs {
    /// Its name in the workspace: a-z, 0-9 and -.
    name: String,
    /// The CA's certificate, PEM, DER or P7B; those above it may stand in the same file, in any order.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "p12",
        conflicts_with = "p12"
    )]
    cert: Option<PathBuf>,
    /// The certificates above it, PEM, DER or P7B.
    #[arg(long, value_name = "FILE")]
    chain: Option<PathBuf>,
    /// The CA's private key, PEM; without it the CA signs elsewhere.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["p12", "key_uri"])]
    key: Option<PathBuf>,
    #[command(flatten)]
    token: TokenArgs,
    /// The CA's private key and its certificates, in one PKCS #12 file.
    #[arg(long, value_name = "FILE")]
    p12: Option<PathBuf>,
    /// Let this CA issue from now on for its family, RSA or ECC.
    #[arg(long)]
    current: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    p12_password: P12PasswordArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &ImportArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let doing = || format!("import the CA {:?}", args.name);
    let mut material = args.material(console)?;
    let mut key = match (&args.key, material.key.take()) {
        (None, key) => key,
        (Some(path), None) => Some(key::read(path, &args.passphrase, console)?),
        (Some(_), Some(_)) => return Err(two_keys()),
    };
    let mut chain = chain(&material)?.into_iter();
    let certificate = chain
        .next()
        .ok_or_else(|| CliError::failed(doing(), "there is no certificate"))?;
    let above = chain.collect();
    let mut workspace = args.workspace.existing(console)?;
    if let Some(uri) = &args.token.key_uri {
        let in_token = workspace.key_at(uri);
        let in_token = in_token.map_err(|error| refused(doing(), error))?;
        if key.replace(in_token).is_some() {
            return Err(two_keys());
        }
    }
    let imported = ImportedAuthority {
        name: &args.name,
        certificate,
        above,
        key: key.as_ref(),
        current: args.current,
    };
    let authority = workspace
        .import(imported, world::now()?)
        .map_err(|error| refused(doing(), error))?;
    console.fields("CA imported", &authority_fields(authority))?;
    Ok(Exit::Done)
}

impl ImportArgs {
    fn material(&self, console: &mut Console<'_>) -> Result<Material, CliError> {
        let password = self.p12_password.password(Purpose::Unlock, console)?;
        let files = [&self.cert, &self.chain, &self.p12];
        let files: Vec<&Path> = files.into_iter().flatten().map(PathBuf::as_path).collect();
        let unlock = Unlock {
            passphrase: None,
            p12_password: password.as_ref(),
        };
        Material::read(&files, &unlock, console)
    }
}

fn two_keys() -> CliError {
    CliError::usage(
        "two private keys, one with the certificate and one of its own",
        "leave out --key or --key-uri, or the key in the other file",
    )
}

/// The CA first, then each certificate's issuer; one that stands beside is refused rather than dropped.
fn chain(material: &Material) -> Result<Vec<Certificate>, CliError> {
    let chain = material.leaf_first()?;
    let stray = material.certificates().find(|found| !chain.contains(found));
    match stray {
        None => Ok(chain),
        Some(stray) => Err(CliError::usage(
            format!("{} is not above the CA", stray.subject()),
            "give the CA's certificate and those above it, nothing else",
        )),
    }
}

const IMPORT_AFTER_HELP: &str = "\
Examples:
  certwright ca import plant-root --cert root.pem --key root.key.pem --passphrase-prompt --current
  certwright ca import plant-1 --p12 plant-1.p12 --p12-password-prompt
  certwright ca import plant-2 --cert plant-2.pem --chain above.p7b --key plant-2.key.pem
  certwright ca import offline-root --cert root.pem
  certwright ca import vault --cert vault.pem --key-uri \\
    'pkcs11:token=CA;object=vault?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/etc/certwright/pin'";
