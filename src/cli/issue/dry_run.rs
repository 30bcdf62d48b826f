//! `--dry-run`: the `TBSCertificate` that would be signed; no question of the world, no workspace made.

use std::path::PathBuf;

use crate::cert::Certificate;
use crate::cli::console::{Console, Exit};
use crate::cli::enos;
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::issued::DeliveryArgs;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::{Fields, Node, hex};
use crate::general_name::UniformResourceIdentifier;
use crate::issuer::{IssuerName, Prepared};
use crate::profile::NetscapeEncodingConfig;
use crate::service;
use crate::service::Moment;
use crate::vendor::enos::Authority;
use crate::vendor::enos::config::{Enos, EnosConfig};
use crate::vendor::enos::wire::ApplyRequest;
use crate::workspace::Family;

#[derive(clap::Args, Debug)]
pub(in crate::cli) struct DryRunArgs {
    /// Write the `TBSCertificate` (DER) that would be signed; nothing is signed, recorded or made.
    #[arg(long, conflicts_with_all = ["artefacts", "reply"])]
    dry_run: bool,
    /// The CA's certificate for a dry run; without it that of the workspace.
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    ca_cert: Option<PathBuf>,
    /// The address of the CRL that a dry run writes; without it the workspace's, or the default.
    #[arg(long, value_name = "URL", requires = "dry_run")]
    crl_url: Option<String>,
}

impl DryRunArgs {
    pub(super) fn is_asked(&self) -> bool {
        self.dry_run
    }
}

/// What the issuer is, and what it writes.
struct Terms {
    issuer: IssuerName,
    crl_url: UniformResourceIdentifier,
    encoding: NetscapeEncodingConfig,
}

pub(super) fn run(
    args: &DryRunArgs,
    request: ApplyRequest,
    authority: Option<&str>,
    delivery: &DeliveryArgs,
    workspace: &WorkspaceArgs,
    moment: &Moment,
    console: &mut Console<'_>,
) -> Result<Exit, CliError> {
    let sink = delivery.claim_single()?;
    if sink.is_stdout() && !console.is_json() && console.out_is_terminal() {
        return Err(CliError::usage(
            "a TBSCertificate is DER, which is nothing to show on a terminal",
            "give it a file with --out FILE, or ask for --json",
        ));
    }
    let terms = terms(args, authority, workspace, console)?;
    // Whose device it is makes no difference to the octets, and a dry run asks nobody.
    let request = request
        .or_org_id(ANY)
        .or_device_key(ANY)
        .or_product_key(ANY);
    let Terms {
        issuer,
        crl_url,
        encoding,
    } = terms;
    let prepared = service::enos_dry_run(request, &issuer, crl_url, encoding, moment)
        .map_err(|error| CliError::failed("prepare the certificate", error))?
        .map_err(|refusal| enos::refused(&refusal))?;
    let to_file = !sink.is_stdout();
    if to_file || !console.is_json() {
        sink.finish(prepared.tbs_der(), console)?;
    }
    if to_file || console.is_json() {
        let fields = fields(&prepared);
        let fields = match to_file {
            true => delivery.with_file(fields),
            false => fields.with("tbsCertificateHex", hex(prepared.tbs_der())),
        };
        console.fields("TBSCertificate prepared, nothing issued", &fields)?;
    }
    Ok(Exit::Done)
}

fn fields(prepared: &Prepared) -> Fields {
    let tbs = prepared.tbs();
    let warnings = prepared.warnings().iter();
    let warnings: Vec<_> = warnings
        .map(|finding| Node::from(finding.to_string()))
        .collect();
    Fields::new()
        .with("serialNumber", tbs.serial().to_string())
        .with("issuer", tbs.issuer().to_string())
        .with("subject", tbs.subject().to_string())
        .with("notBefore", tbs.validity().not_before().to_string())
        .with("notAfter", tbs.validity().not_after().to_string())
        .with("signatureAlgorithm", tbs.signature_algorithm().to_string())
        .with("warnings", warnings)
}

/// From the flags, and from the workspace where the flags are silent; the workspace is only looked at.
fn terms(
    args: &DryRunArgs,
    authority: Option<&str>,
    workspace: &WorkspaceArgs,
    console: &mut Console<'_>,
) -> Result<Terms, CliError> {
    let authority = authority.and_then(Authority::from_name).unwrap_or_default();
    let (issuer, settings) = match &args.ca_cert {
        Some(path) => {
            let octets = input::read(path, Certificate::MAX_OCTETS, console)?;
            let doing = || format!("use the CA certificate in {}", input::name(path));
            let certificate = Certificate::from_bytes(&octets)
                .map_err(|error| CliError::failed(doing(), error))?;
            let issuer = IssuerName::of_certificate(&certificate)
                .map_err(|error| CliError::failed(doing(), error))?;
            (issuer, default_settings()?)
        }
        None => {
            let workspace = workspace.read_only_for_dry_run()?;
            let family = match authority {
                Authority::Ecc => Family::Ecc,
                _ => Family::Rsa,
            };
            let current = workspace
                .current(family)
                .map_err(|error| CliError::failed("find the CA that issues", error))?;
            (current.issuer_name().clone(), workspace.enos().clone())
        }
    };
    let crl_url = match &args.crl_url {
        None => settings.crl_url(authority).clone(),
        Some(url) => UniformResourceIdentifier::new(url)
            .map_err(|error| CliError::failed(format!("use the CRL address {url:?}"), error))?,
    };
    Ok(Terms {
        issuer,
        crl_url,
        encoding: settings.config().netscape_encoding,
    })
}

/// What a new workspace would say.
fn default_settings() -> Result<Enos, CliError> {
    Enos::from_config(EnosConfig::default())
        .map_err(|error| CliError::failed("use the default settings", error))
}

const ANY: &str = "any";
