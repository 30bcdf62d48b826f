//! `renew enos`: EnOS's `action=renew`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value};

use crate::cli::console::{Console, Exit};
use crate::cli::enos;
use crate::cli::enos::{BodyArgs, DeviceArgs};
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::issued::{Delivery, DeliveryArgs, Key};
use crate::cli::place::WorkspaceArgs;
use crate::cli::world;
use crate::serial::SerialNumber;
use crate::service::Moment;
use crate::time::UnixSeconds;
use crate::vendor::enos::wire::RenewRequest;

/// Renew a device certificate, as EnOS's `action=renew` would.
///
/// Without a new request the one on file is certified again. What is renewed is revoked as superseded.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The serial number of the certificate to renew (certSn), decimal.
    #[arg(
        long, value_parser = NonEmptyStringValueParser::new(),
        value_name = "NUMBER",
        required_unless_present = "request",
        conflicts_with = "request"
    )]
    cert_sn: Option<String>,
    /// A new certification request, PEM or DER (`-` for standard input); without it the one on file.
    #[arg(long, value_name = "FILE", conflicts_with = "request")]
    csr: Option<PathBuf>,
    #[command(flatten)]
    body: BodyArgs,
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
    /// Who issues (issueAuthority): RSA or ECC; without it, and without a new request, who issued before.
    #[arg(long, value_parser = NonEmptyStringValueParser::new(), value_name = "NAME", conflicts_with = "request")]
    issue_authority: Option<String>,
    #[command(flatten)]
    delivery: DeliveryArgs,
    /// The serial number, decimal or 0x and hexadecimal; the CA's next one without it.
    #[arg(long)]
    serial: Option<SerialNumber>,
    /// The first second of validity, such as 2020-01-06T10:46:33Z; now without it.
    #[arg(long, value_name = "TIME")]
    not_before: Option<UnixSeconds>,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    args.delivery.check_without_key()?;
    let csr = csr_text(args, console)?;
    let mut fields = args.fields(csr.as_deref(), console)?;
    let delivery = Delivery::claim(&args.delivery, Key::Elsewhere, console)?;
    let mut service = args.workspace.existing_service(console)?;
    if args.body.request.is_none() {
        service.workspace().enos().fill_in(&mut fields);
    }
    let reply = args.delivery.wants_reply();
    let request = RenewRequest::from_object(&fields)
        .map_err(|refusal| enos::refused_with_reply(&refusal, reply, console))?;
    let moment = Moment {
        now: world::now()?,
        not_before: args.not_before,
        serial_start: args.serial.clone(),
        rows: None,
    };
    let answers = service
        .enos_renew(vec![request], &moment)
        .map_err(|error| CliError::failed("renew the certificate", error))?;
    delivery.finish(enos::answered(answers.into_iter().next())?, console)
}

/// The new request as the vendor's body carries it: PEM.
fn csr_text(args: &Args, console: &mut Console<'_>) -> Result<Option<String>, CliError> {
    let Some(path) = &args.csr else {
        return Ok(None);
    };
    let octets = input::read(path, input::MAX_REQUEST_OCTETS, console)?;
    enos::request_text(&octets).map(Some).ok_or_else(|| {
        CliError::failed(
            format!("read {}", input::name(path)),
            "it is neither PEM nor DER",
        )
    })
}

impl Args {
    fn fields(
        &self,
        csr: Option<&str>,
        console: &mut Console<'_>,
    ) -> Result<Map<String, Value>, CliError> {
        let flags = [
            ("certSn", self.cert_sn.as_deref()),
            ("csr", csr),
            ("validDay", self.valid_day.as_deref()),
            ("issueAuthority", self.issue_authority.as_deref()),
        ];
        enos::fields(&self.device, self.body.request.as_deref(), &flags, console)
    }
}

const AFTER_HELP: &str = "\
Examples:
  certwright renew enos --cert-sn 1 --product-key pk1 --device-key dk1 --out dk1-new.pem
  certwright renew enos --cert-sn 1 --device-key dk1 --csr dk1-new.csr.pem --valid-day 365 --reply

Exit codes:
  0 issued, 4 refused and nothing issued, 1 failure, 2 usage";
