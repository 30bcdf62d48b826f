//! `ca`: the certificate authorities of a workspace.

use std::path::PathBuf;

use clap::Subcommand;

use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::inspect;
use crate::cli::key;
use crate::cli::place::WorkspaceArgs;
use crate::cli::secret::PassphraseArgs;
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::workspace::{CertificateAuthority, Workspace};

mod crl;

/// Show, take in and publish for the certificate authorities of a workspace.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Crl(crl::CrlArgs),
    Import(ImportArgs),
    Show(ShowArgs),
}

/// Show the CAs of the workspace.
#[derive(clap::Args, Debug)]
#[command(after_help = SHOW_AFTER_HELP)]
pub(super) struct ShowArgs {
    /// The CA's name in the workspace; all of them without it.
    name: Option<String>,
    /// Write the certificates as PEM, and nothing else.
    #[arg(long, conflicts_with = "json")]
    pem: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// Take in a CA that was made elsewhere.
#[derive(clap::Args, Debug)]
#[command(after_help = IMPORT_AFTER_HELP)]
pub(super) struct ImportArgs {
    /// Its name in the workspace: a-z, 0-9 and -.
    name: String,
    /// The CA's certificate, PEM or DER.
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// The CA's private key, PEM; without it the CA signs elsewhere.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Let this CA issue from now on for its family, RSA or ECC.
    #[arg(long)]
    current: bool,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

impl Command {
    /// Whether output is all that comes of the command.
    pub(super) fn only_tells(&self) -> bool {
        matches!(self, Self::Show(_))
    }
}

pub(super) fn run(command: &Command, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match command {
        Command::Crl(args) => crl::run(args, console),
        Command::Import(args) => import(args, console),
        Command::Show(args) => show(args, console),
    }
}

fn show(args: &ShowArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let authorities = match &args.name {
        None => workspace.authorities().iter().collect(),
        Some(name) => vec![named(&workspace, name)?],
    };
    if args.pem {
        for authority in authorities {
            console.octets(authority.certificate().to_pem().as_bytes())?;
        }
        return Ok(Exit::Done);
    }
    let mut all = Vec::new();
    for authority in authorities {
        let fields = authority_fields(authority);
        let certificate = inspect::certificate_fields(authority.certificate());
        let fields = fields.with("certificate", certificate);
        if console.is_json() {
            let pem = authority.certificate().to_pem();
            all.push(Node::from(fields.with("pem", pem)));
        } else {
            console.fields(&format!("CA {}", authority.name()), &fields)?;
        }
    }
    if console.is_json() {
        console.value(&all)?;
    }
    Ok(Exit::Done)
}

fn import(args: &ImportArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let octets = input::read(&args.cert, Certificate::MAX_OCTETS, console)?;
    let certificate = Certificate::from_bytes(&octets).map_err(|error| {
        CliError::failed(
            format!("read the certificate in {}", input::name(&args.cert)),
            error,
        )
    })?;
    let key = match &args.key {
        None => None,
        Some(path) => Some(key::read(path, &args.passphrase, console)?),
    };
    let mut workspace = args.workspace.existing()?;
    let authority = workspace
        .import_authority(
            &args.name,
            certificate,
            key.as_ref(),
            args.current,
            world::now()?,
        )
        .map_err(|error| CliError::failed(format!("import the CA {:?}", args.name), error))?;
    console.fields("CA imported", &authority_fields(authority))?;
    Ok(Exit::Done)
}

/// What a workspace says of a CA, in short.
pub(super) fn authority_fields(authority: &CertificateAuthority) -> Fields {
    let certificate = authority.certificate();
    Fields::new()
        .with("name", authority.name())
        .with("family", authority.family().to_string())
        .with("signsHere", authority.has_key())
        .with("subject", certificate.subject().to_string())
        .with("notAfter", certificate.validity().not_after().to_string())
}

fn named<'a>(workspace: &'a Workspace, name: &str) -> Result<&'a CertificateAuthority, CliError> {
    workspace
        .authority(name)
        .map_err(|error| CliError::NotFound {
            what: error.to_string(),
            hint: "`certwright ca show` tells the names".to_owned(),
        })
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright ca show
  certwright ca import plant-root --cert root.pem --key root.key.pem --current
  certwright ca crl rsa-root --out rsa-root.crl
  certwright ca crl --all --out-dir /srv/www/crl";

const SHOW_AFTER_HELP: &str = "\
Examples:
  certwright ca show
  certwright ca show rsa-root --pem > rsa-root.pem";

const IMPORT_AFTER_HELP: &str = "\
Examples:
  certwright ca import plant-root --cert root.pem --key root.key.pem --passphrase-prompt --current
  certwright ca import offline-root --cert root.pem";
