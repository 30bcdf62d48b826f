//! `revoke enos`: EnOS's `action=revoke`.

use clap::builder::NonEmptyStringValueParser;

use crate::cli::console::{Console, Exit};
use crate::cli::enos;
use crate::cli::enos::{BodyArgs, DeviceArgs};
use crate::cli::error::CliError;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::cli::world;
use crate::vendor::enos::reply::Reply;
use crate::vendor::enos::wire::RevokeRequest;

/// Revoke a device certificate, as EnOS's `action=revoke` would.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    /// The serial number of the certificate (certSn), decimal.
    #[arg(
        long, value_parser = NonEmptyStringValueParser::new(),
        value_name = "NUMBER",
        required_unless_present = "request",
        conflicts_with = "request"
    )]
    cert_sn: Option<String>,
    /// Why, by its number: 0 unspecified (without it), 1 key compromise, 3 affiliation changed, 4 superseded, 5 cessation of
    /// operation, 6 hold, 9 privilege withdrawn.
    #[arg(
        long, value_parser = NonEmptyStringValueParser::new(),
        value_name = "NUMBER",
        allow_hyphen_values = true,
        conflicts_with = "request"
    )]
    reason: Option<String>,
    #[command(flatten)]
    body: BodyArgs,
    #[command(flatten)]
    device: DeviceArgs,
    /// Print the vendor's reply body.
    #[arg(long, conflicts_with = "json")]
    reply: bool,
    /// Who revokes, as lists tell it.
    #[arg(long, value_name = "NAME", default_value = "certwright")]
    by: String,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let flags = [
        ("certSn", args.cert_sn.as_deref()),
        ("reason", args.reason.as_deref()),
    ];
    let mut fields = enos::fields(&args.device, args.body.request.as_deref(), &flags, console)?;
    let mut service = args.workspace.existing_service(console)?;
    if args.body.request.is_none() {
        service.workspace().enos().fill_in(&mut fields);
    }
    let request = RevokeRequest::from_object(&fields)
        .map_err(|refusal| enos::refused_with_reply(&refusal, args.reply, console))?;
    let answers = service
        .enos_revoke(&[request], world::now()?, &args.by)
        .map_err(|error| CliError::failed("revoke the certificate", error))?;
    answers
        .into_iter()
        .next()
        .ok_or_else(|| CliError::failed("revoke the certificate", "the service gave no answer"))?
        .map_err(|refusal| enos::refused_with_reply(&refusal, args.reply, console))?;
    if args.reply {
        enos::print_reply(&Reply::revoked(enos::request_id()?), console)?;
    } else {
        let number = fields.get("certSn").or_else(|| fields.get("certSN"));
        let number = number.map(|value| value.to_string().trim_matches('"').to_owned());
        let fields = Fields::new().with_some("serialNumber", number);
        console.fields("revoked", &fields)?;
    }
    Ok(Exit::Done)
}

const AFTER_HELP: &str = "\
Examples:
  certwright revoke enos --cert-sn 1 --product-key pk1 --device-key dk1 --reason 1
  certwright revoke enos --request body.json --org-id o1 --asset-id Xr7aQ9 --reply

Exit codes:
  0 revoked, 4 refused, 1 failure, 2 usage";
