//! `ca new`: a CA of the workspace's own.

use std::path::{Path, PathBuf};

use crate::cli::ca::{authority_fields, refused};
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::place::WorkspaceArgs;
use crate::cli::world;
use crate::key::KeyAlgorithm;
use crate::name::Name;
use crate::profile::ProfileConfig;
use crate::time::Lifetime;
use crate::workspace::{NewAuthority, NewKey, Term};

/// Make a CA: a root, or an intermediate under a CA of the workspace.
#[derive(clap::Args, Debug)]
#[command(after_help = NEW_AFTER_HELP)]
pub(in crate::cli) struct NewArgs {
    /// Its name in the workspace: a-z, 0-9 and -.
    name: String,
    /// Its subject (RFC 4514), such as "CN=Plant Root,O=Acme,C=DE".
    #[arg(long, value_name = "NAME")]
    subject: Name,
    /// A new key: RSA-2048, RSA-3072, RSA-4096 or P-256.
    #[arg(
        long,
        value_name = "ALGORITHM",
        required_unless_present = "key_uri",
        conflicts_with = "key_uri"
    )]
    key_algorithm: Option<KeyAlgorithm>,
    #[command(flatten)]
    token: TokenArgs,
    /// The CA of the workspace that issues for it; without one it is a root.
    #[arg(long, value_name = "CA")]
    parent: Option<String>,
    /// CAs that may follow it in a chain (pathLenConstraint); any number without it.
    #[arg(long, value_name = "N")]
    path_len: Option<u8>,
    #[command(flatten)]
    term: TermArgs,
    #[command(flatten)]
    constraints: ConstraintArgs,
    /// The shape of its certificate, a profile in TOML; a built-in one without it.
    #[arg(long, value_name = "FILE")]
    profile: Option<PathBuf>,
    /// Let this CA issue from now on for its family, RSA or ECC.
    #[arg(long)]
    current: bool,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// A key that is no file.
#[derive(clap::Args, Debug)]
pub(in crate::cli) struct TokenArgs {
    /// The CA's key is in a PKCS #11 token and stays there (RFC 7512). Without a pin-source the passphrase of the workspace is
    /// the PIN. Needs a build with the feature pkcs11.
    #[arg(long, value_name = "pkcs11:URI")]
    pub(super) key_uri: Option<String>,
}

/// How long a CA lasts.
#[derive(clap::Args, Debug)]
pub(in crate::cli) struct TermArgs {
    /// Calendar years that it lasts.
    #[arg(long, value_name = "N", conflicts_with = "days", value_parser = clap::value_parser!(u16).range(1..=1000))]
    years: Option<u16>,
    /// Days that it lasts. Without --days and --years: as the profile or the certificate before has it, no longer than its
    /// parent.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=400_000))]
    days: Option<u32>,
}

/// The names that the CA and those below it are confined to (RFC 5280 §4.2.1.10).
#[derive(clap::Args, Debug)]
#[command(next_help_heading = "Name constraints (each may be given several times)")]
struct ConstraintArgs {
    /// Permit hosts at or below a domain, such as example.com.
    #[arg(long, value_name = "DOMAIN")]
    permit_dns: Vec<String>,
    /// Exclude hosts at or below a domain; an empty one is every host.
    #[arg(long, value_name = "DOMAIN")]
    exclude_dns: Vec<String>,
    /// Permit the addresses of a network, such as 10.0.0.0/8.
    #[arg(long, value_name = "NETWORK")]
    permit_ip: Vec<String>,
    /// Exclude the addresses of a network.
    #[arg(long, value_name = "NETWORK")]
    exclude_ip: Vec<String>,
    /// Permit subjects that begin with a name, such as O=Acme,C=DE.
    #[arg(long, value_name = "NAME")]
    permit_dn: Vec<String>,
    /// Exclude subjects that begin with a name.
    #[arg(long, value_name = "NAME")]
    exclude_dn: Vec<String>,
    /// Permit mailboxes: a@example.com, those of a host (example.com) or of the hosts below one (.example.com).
    #[arg(long, value_name = "MAIL")]
    permit_email: Vec<String>,
    /// Exclude mailboxes.
    #[arg(long, value_name = "MAIL")]
    exclude_email: Vec<String>,
    /// Permit URIs of a host (example.com) or of the hosts below one (.example.com).
    #[arg(long, value_name = "HOST")]
    permit_uri: Vec<String>,
    /// Exclude URIs of a host or of the hosts below one.
    #[arg(long, value_name = "HOST")]
    exclude_uri: Vec<String>,
}

pub(super) fn run(args: &NewArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let doing = || format!("make the CA {:?}", args.name);
    let profile = match &args.profile {
        None => None,
        Some(path) => Some(read_profile(path, console)?),
    };
    let key = match (args.key_algorithm, &args.token.key_uri) {
        (_, Some(uri)) => NewKey::At(uri),
        (Some(algorithm), None) => NewKey::Fresh(algorithm),
        (None, None) => {
            return Err(CliError::usage(
                "the CA has no key",
                "say --key-algorithm ALGORITHM, or --key-uri URI",
            ));
        }
    };
    let new = NewAuthority {
        name: &args.name,
        subject: args.subject.clone(),
        key,
        parent: args.parent.as_deref(),
        profile,
        path_len: args.path_len,
        permitted: args.constraints.permitted(),
        excluded: args.constraints.excluded(),
        term: args.term.term(),
        current: args.current,
    };
    let mut workspace = args.workspace.existing(console)?;
    let authority = workspace
        .new_authority(&new, world::now()?, &mut world::rng())
        .map_err(|error| refused(doing(), error))?;
    console.fields("CA made", &authority_fields(authority))?;
    Ok(Exit::Done)
}

fn read_profile(path: &Path, console: &mut Console<'_>) -> Result<ProfileConfig, CliError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        CliError::failed(format!("read the profile in {}", input::name(path)), error)
    };
    let octets = input::read(path, MAX_PROFILE_OCTETS, console)?;
    let text = std::str::from_utf8(&octets).map_err(|error| failed(error.into()))?;
    ProfileConfig::from_toml(text).map_err(|error| failed(error.into()))
}

impl TermArgs {
    pub(super) fn term(&self) -> Term {
        let days = self.days.and_then(|days| Lifetime::from_days(days).ok());
        match (self.years, days) {
            (Some(years), _) => Term::Years(years),
            (None, Some(lifetime)) => Term::For(lifetime),
            (None, None) => Term::Default,
        }
    }
}

impl ConstraintArgs {
    fn permitted(&self) -> Vec<String> {
        subtrees([
            ("dns", &self.permit_dns),
            ("ip", &self.permit_ip),
            ("dn", &self.permit_dn),
            ("email", &self.permit_email),
            ("uri", &self.permit_uri),
        ])
    }

    fn excluded(&self) -> Vec<String> {
        subtrees([
            ("dns", &self.exclude_dns),
            ("ip", &self.exclude_ip),
            ("dn", &self.exclude_dn),
            ("email", &self.exclude_email),
            ("uri", &self.exclude_uri),
        ])
    }
}

/// As a profile writes them.
fn subtrees(forms: [(&str, &Vec<String>); 5]) -> Vec<String> {
    let texts = |(form, bases): (&str, &Vec<String>)| -> Vec<String> {
        bases.iter().map(|base| format!("{form}:{base}")).collect()
    };
    forms.into_iter().flat_map(texts).collect()
}

const MAX_PROFILE_OCTETS: usize = 1 << 20;

const NEW_AFTER_HELP: &str = "\
Examples:
  certwright ca new plant-root --subject \"CN=Plant Root,O=Acme,C=DE\" --key-algorithm RSA-4096 --years 20
  certwright ca new plant-1 --parent plant-root --subject \"CN=Plant 1,O=Acme,C=DE\" --key-algorithm RSA-3072 \\
    --path-len 0 --permit-dns plant1.example.com --permit-dn O=Acme,C=DE --current
  certwright ca new vault --subject \"CN=Vault,O=Acme\" --key-uri \\
    'pkcs11:token=CA;object=vault?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/etc/certwright/pin'";
