//! `ca`: the certificate authorities of a workspace.

use clap::Subcommand;

use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::inspect;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::{Fields, Node};
use crate::cli::world;
use crate::time::{Lifetime, UnixSeconds};
use crate::workspace::{CertificateAuthority, Workspace, WorkspaceError};

mod crl;
mod import;
mod life;
mod lock;
mod new;
mod share;

/// Make, take in, renew, retire, revoke and publish for the certificate authorities of a workspace.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Crl(crl::CrlArgs),
    Current(life::CurrentArgs),
    Import(import::ImportArgs),
    Lock(lock::Args),
    New(Box<new::NewArgs>),
    Renew(life::RenewArgs),
    Retire(life::RetireArgs),
    Revoke(life::RevokeArgs),
    Share(share::Args),
    Show(ShowArgs),
}

/// Show the CAs of the workspace.
#[derive(clap::Args, Debug)]
#[command(after_help = SHOW_AFTER_HELP)]
pub(super) struct ShowArgs {
    /// The CA's name in the workspace, NAME.N for its N-th certificate; all of them without it.
    name: Option<String>,
    /// Write the certificates as PEM, and nothing else.
    #[arg(long, conflicts_with = "json")]
    pem: bool,
    /// With --pem: each with what goes into bundles behind what it issues now.
    #[arg(long, requires = "pem")]
    chain: bool,
    /// With --pem: the links between its key and the one before instead (RFC 4210 §4.4), new with old first.
    #[arg(long, requires = "pem", conflicts_with = "chain")]
    links: bool,
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
        Command::Current(args) => life::current(args, console),
        Command::Import(args) => import::run(args, console),
        Command::Lock(args) => lock::run(args, console),
        Command::New(args) => new::run(args, console),
        Command::Renew(args) => life::renew(args, console),
        Command::Retire(args) => life::retire(args, console),
        Command::Revoke(args) => life::revoke(args, console),
        Command::Share(args) => share::run(args, console),
        Command::Show(args) => show(args, console),
    }
}

fn show(args: &ShowArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = args.workspace.read_only()?;
    let authorities = match &args.name {
        None => workspace.authorities().iter().collect(),
        Some(name) => vec![named(&workspace, name)?],
    };
    let now = world::now()?;
    if args.pem {
        for certificate in authorities
            .into_iter()
            .flat_map(|authority| args.certificates(authority, now))
        {
            console.octets(certificate.to_pem().as_bytes())?;
        }
        return Ok(Exit::Done);
    }
    let mut all = Vec::new();
    for authority in authorities {
        let fields = life_fields(&workspace, authority, now)?;
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

impl ShowArgs {
    fn certificates(&self, authority: &CertificateAuthority, now: UnixSeconds) -> Vec<Certificate> {
        if self.chain {
            return authority.bundle_chain(now);
        }
        if self.links {
            let links = [authority.new_with_old(), authority.old_with_new()];
            return links.into_iter().flatten().cloned().collect();
        }
        vec![authority.certificate().clone()]
    }
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

/// All that a workspace says of a CA.
fn life_fields(
    workspace: &Workspace,
    authority: &CertificateAuthority,
    now: UnixSeconds,
) -> Result<Fields, CliError> {
    let failed = |error: WorkspaceError| CliError::failed("find the CA that issues", error);
    let current = match workspace.current(authority.family()) {
        Ok(current) => current.id() == authority.id(),
        Err(WorkspaceError::NoCurrentAuthority { .. }) => false,
        Err(error) => return Err(failed(error)),
    };
    let mut all = workspace.authorities().iter();
    let parent = all.find(|other| Some(other.id()) == authority.parent());
    let not_after = authority.certificate().validity().not_after();
    let left = not_after.since(now).map_or(0, Lifetime::whole_days);
    let bundle = authority.bundle_chain(now);
    let bundle = bundle
        .iter()
        .map(|certificate| Node::from(one_line(certificate)));
    Ok(authority_fields(authority)
        .with("daysLeft", left)
        .with("current", current)
        .with("generation", u64::from(authority.generation()))
        .with("renewed", !authority.is_newest())
        .with_some("retiredAt", authority.retired_at().map(|at| at.to_string()))
        .with_some("parent", parent.map(CertificateAuthority::name))
        .with_some("newWithOld", authority.new_with_old().map(one_line))
        .with_some("oldWithNew", authority.old_with_new().map(one_line))
        .with("chain", bundle.collect::<Vec<_>>()))
}

/// A certificate of a chain, told from others of the same subject.
fn one_line(certificate: &Certificate) -> String {
    let end = certificate.validity().not_after();
    let key = certificate.public_key().key_identifier().to_hex();
    let short = key.get(..16).unwrap_or_default();
    let by = if certificate.is_self_issued()
        && certificate
            .verify_signature(certificate.public_key())
            .is_err()
    {
        ", by another key of it"
    } else {
        ""
    };
    format!("{}, key {short}, until {end}{by}", certificate.subject())
}

/// What the rules do not allow is told finding by finding.
fn refused(doing: String, error: WorkspaceError) -> CliError {
    match error {
        WorkspaceError::Findings(findings) => CliError::Refused {
            what: format!(
                "cannot {doing}: {}",
                WorkspaceError::Findings(findings.clone())
            ),
            findings: findings.iter().map(ToString::to_string).collect(),
            details: serde_json::to_value(&findings).unwrap_or(serde_json::Value::Null),
        },
        WorkspaceError::UnknownAuthority { .. } => unknown(&error),
        error => CliError::failed(doing, error),
    }
}

fn unknown(error: &WorkspaceError) -> CliError {
    CliError::NotFound {
        what: error.to_string(),
        hint: "`certwright ca show` tells the names".to_owned(),
    }
}

fn named<'a>(workspace: &'a Workspace, name: &str) -> Result<&'a CertificateAuthority, CliError> {
    workspace.authority(name).map_err(|error| unknown(&error))
}

pub(super) const AFTER_HELP: &str = "\
Examples:
  certwright ca show
  certwright ca new plant-1 --parent plant-root --subject CN=Plant-1 --key-algorithm P-256 --current
  certwright ca import plant-root --cert root.pem --key root.key.pem --current
  certwright ca renew plant-root --new-key
  certwright ca crl rsa-root --out rsa-root.crl
  certwright ca crl --all --out-dir /srv/www/crl";

const SHOW_AFTER_HELP: &str = "\
Examples:
  certwright ca show
  certwright ca show rsa-root --pem > rsa-root.pem
  certwright ca show rsa-root --pem --links > links.pem";
