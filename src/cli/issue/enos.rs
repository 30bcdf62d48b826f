//! `issue enos`: EnOS's `action=apply`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value};

use super::dry_run;
use super::dry_run::DryRunArgs;
use crate::cli::console::{Console, Exit};
use crate::cli::enos;
use crate::cli::enos::DeviceArgs;
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::issued::{Delivery, DeliveryArgs, Key};
use crate::cli::place::WorkspaceArgs;
use crate::cli::world;
use crate::serial::SerialNumber;
use crate::service::Moment;
use crate::time::UnixSeconds;
use crate::vendor::enos::wire::ApplyRequest;

/// Issue a device certificate, as EnOS's `action=apply` would.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    device: DeviceArgs,
    /// The lifetime in days (validDay); 730 without it.
    #[arg(
        long, value_parser = NonEmptyStringValueParser::new(),
        value_name = "DAYS",
        allow_hyphen_values = true,
        conflicts_with = "request"
    )]
    valid_day: Option<String>,
    /// Who issues (issueAuthority): RSA or ECC; RSA without it.
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "NAME", conflicts_with = "request")]
    issue_authority: Option<String>,
    #[command(flatten)]
    delivery: DeliveryArgs,
    #[command(flatten)]
    dry_run: DryRunArgs,
    /// The serial number, decimal or 0x and hexadecimal; the CA's next one without it (in a dry run, 1).
    #[arg(long)]
    serial: Option<SerialNumber>,
    /// The first second of validity, such as 2020-01-06T10:46:33Z; now without it.
    #[arg(long, value_name = "TIME")]
    not_before: Option<UnixSeconds>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

#[derive(clap::Args, Debug)]
#[group(required = true, multiple = false)]
struct What {
    /// The certification request, PEM or DER (`-` for standard input).
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// The vendor's own request body (JSON, `-` for standard input); the query's names (orgId, assetId, productKey,
    /// deviceKey) may stand in it, or be given as flags.
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    args.delivery.check_without_key()?;
    let fields = args.fields(console)?;
    let csr = match &args.what.csr {
        Some(path) => Some(input::read(path, input::MAX_REQUEST_OCTETS, console)?),
        None => None,
    };
    let request = |fields: &Map<String, Value>| {
        let request = ApplyRequest::from_object(fields)?;
        Ok(match &csr {
            Some(octets) => request.with_csr_octets(octets.to_vec()),
            None => request,
        })
    };
    let moment = Moment {
        now: world::now()?,
        not_before: args.not_before,
        serial_start: args.serial.clone(),
        rows: None,
    };
    if args.dry_run.is_asked() {
        let authority = fields.get("issueAuthority").and_then(Value::as_str);
        let request = request(&fields).map_err(|refusal| enos::refused(&refusal))?;
        let out = &args.delivery;
        return dry_run::run(
            &args.dry_run,
            request,
            authority,
            out,
            &args.workspace,
            &moment,
            console,
        );
    }
    let delivery = Delivery::claim(&args.delivery, Key::Elsewhere, console)?;
    let mut service = args.workspace.service(console)?;
    let mut fields = fields;
    if args.what.request.is_none() {
        service.workspace().enos().fill_in(&mut fields);
    }
    let reply = args.delivery.wants_reply();
    let request =
        request(&fields).map_err(|refusal| enos::refused_with_reply(&refusal, reply, console))?;
    let answers = service
        .enos_apply(vec![request], &moment)
        .map_err(|error| CliError::failed("issue the certificate", error))?;
    let answer = enos::answered(answers.into_iter().next())?;
    delivery.finish(answer, console)
}

impl Args {
    fn fields(&self, console: &mut Console<'_>) -> Result<Map<String, Value>, CliError> {
        let flags = [
            ("validDay", self.valid_day.as_deref()),
            ("issueAuthority", self.issue_authority.as_deref()),
        ];
        enos::fields(&self.device, self.what.request.as_deref(), &flags, console)
    }
}

const AFTER_HELP: &str = "\
Examples:
  certwright issue enos --csr dk1.csr.pem --product-key pk1 --device-key dk1 --out dk1.pem
  certwright issue enos --csr dk1.csr.pem --asset-id Xr7aQ9 --valid-day 250 --reply
  certwright issue enos --request body.json --org-id o1 --asset-id Xr7aQ9 --reply
  certwright issue enos --csr dk1.csr.pem --device-key dk1 --out dk1.pem --artefacts cer,chain,p7b
  certwright issue enos --dry-run --ca-cert ca.pem --csr dk1.csr.pem --serial 32720 \\
      --not-before 2020-01-06T10:46:33Z --valid-day 250 --out tbs.der

Exit codes:
  0 issued, 4 refused and nothing issued, 1 failure, 2 usage";
