//! `ca`: the certificate authorities of a workspace.

use std::path::PathBuf;

use clap::Subcommand;

use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::inspect;
use crate::cli::key;
use crate::cli::output::{Access, Overwrite, Sink};
use crate::cli::place::WorkspaceArgs;
use crate::cli::secret::PassphraseArgs;
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::pem;
use crate::pem::Label;
use crate::time::{Lifetime, TimeError, UnixSeconds};
use crate::workspace::{CertificateAuthority, Workspace};

/// Show, take in and publish for the certificate authorities of a workspace.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Crl(CrlArgs),
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

/// Sign and record a certificate revocation list (RFC 5280 §5) of a CA.
#[derive(clap::Args, Debug)]
#[command(after_help = CRL_AFTER_HELP)]
pub(super) struct CrlArgs {
    /// The CA's name in the workspace.
    name: String,
    /// Days until the next list is due, 1 to 3650; 30 without it, or until the CA itself ends when that is sooner.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
    next_update_days: Option<u32>,
    /// Write PEM; DER without it.
    #[arg(long)]
    pem: bool,
    /// The file to write (`-` for standard output).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Replace the file if it is there.
    #[arg(long)]
    force: bool,
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
        Command::Crl(args) => crl(args, console),
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

fn crl(args: &CrlArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let doing = || format!("make the CRL of {:?}", args.name);
    let mut service = args.workspace.existing_service(console)?;
    let ca_end = named(service.workspace(), &args.name)?
        .certificate()
        .validity()
        .not_after();
    let sink = Sink::claim(Some(&args.out), Overwrite::of(args.force), Access::Everyone)?;
    if sink.is_stdout() && console.is_json() {
        return Err(CliError::usage(
            "--json and --out - both write to standard output",
            "give the CRL a file with --out FILE",
        ));
    }
    let now = world::now()?;
    let next_update = next_update(args.next_update_days, now, ca_end)
        .map_err(|error| CliError::failed(doing(), error))?;
    let crl = service
        .crl(&args.name, now, next_update)
        .map_err(|error| CliError::failed(doing(), error))?;
    let to_file = !sink.is_stdout();
    if args.pem {
        let text = pem::encode(Label::Crl, crl.as_der());
        sink.finish(text.as_bytes(), console)?;
    } else {
        sink.finish(crl.as_der(), console)?;
    }
    service
        .crl_published(&args.name, &crl)
        .map_err(|error| CliError::failed(format!("record the CRL of {:?}", args.name), error))?;
    if to_file {
        let fields = Fields::new()
            .with("file", args.out.display().to_string())
            .with("thisUpdate", now.to_string())
            .with("nextUpdate", next_update.to_string());
        console.fields("CRL written", &fields)?;
    }
    Ok(Exit::Done)
}

/// When the next list is due. What was asked for stands, and is refused when it cannot be; the default gives way to the
/// CA's own end.
fn next_update(
    asked_days: Option<u32>,
    now: UnixSeconds,
    ca_end: UnixSeconds,
) -> Result<UnixSeconds, TimeError> {
    let days = Lifetime::from_days(asked_days.unwrap_or(DEFAULT_NEXT_UPDATE_DAYS))?;
    let due = now.plus(days)?;
    if asked_days.is_none() && now < ca_end {
        return Ok(due.min(ca_end));
    }
    Ok(due)
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

const DEFAULT_NEXT_UPDATE_DAYS: u32 = 30;

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright ca show
  certwright ca import plant-root --cert root.pem --key root.key.pem --current
  certwright ca crl rsa-root --out rsa-root.crl";

const SHOW_AFTER_HELP: &str = "\
Examples:
  certwright ca show
  certwright ca show rsa-root --pem > rsa-root.pem";

const IMPORT_AFTER_HELP: &str = "\
Examples:
  certwright ca import plant-root --cert root.pem --key root.key.pem --passphrase-prompt --current
  certwright ca import offline-root --cert root.pem";

const CRL_AFTER_HELP: &str = "\
Examples:
  certwright ca crl rsa-root --out rsa-root.crl
  certwright ca crl rsa-root --pem --next-update-days 7 --out -";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_ends_with_the_ca_and_what_was_asked_for_stands() {
        let at = |text: &str| text.parse::<UnixSeconds>().unwrap();
        let now = at("2026-01-02T03:04:05Z");
        let soon = at("2026-01-12T00:00:00Z");
        let due = |days, ca_end| next_update(days, now, ca_end).unwrap();
        assert_eq!(due(None, soon), soon);
        assert_eq!(
            due(None, at("2027-01-01T00:00:00Z")),
            at("2026-02-01T03:04:05Z")
        );
        assert_eq!(due(Some(11), soon), at("2026-01-13T03:04:05Z"));
        // A CA that has ended is the service's to refuse.
        assert_eq!(
            due(None, at("2026-01-01T00:00:00Z")),
            at("2026-02-01T03:04:05Z")
        );
    }
}
