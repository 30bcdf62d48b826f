//! What the EnOS commands share: who is asked for, the request body, and how a refusal is told.

use std::path::{Path, PathBuf};

use clap::builder::NonEmptyStringValueParser;
use serde_json::{Map, Value};

use crate::batch::handout::Handout;
use crate::cli::answer::Refused;
use crate::cli::console::Console;
use crate::cli::error::CliError;
use crate::cli::input;
use crate::cli::issued::Issued;
use crate::cli::view::Fields;
use crate::cli::world;
use crate::pem;
use crate::pem::Label;
use crate::service::EnosIssued;
use crate::vendor::enos::error::{Fault, Refusal};
use crate::vendor::enos::reply::{Reply, RequestId};
use crate::vendor::enos::wire;

/// The organization and the device, by the names of the vendor's query.
#[derive(clap::Args, Debug)]
pub(super) struct DeviceArgs {
    /// The organization (orgId); the product's own, or `local`, without it.
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    org_id: Option<String>,
    /// The device by its asset (assetId).
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    asset_id: Option<String>,
    /// The product of the device (productKey); the workspace's first open product, or its only one, without it.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    product_key: Option<String>,
    /// The device by its key in the product (deviceKey).
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    device_key: Option<String>,
}

impl DeviceArgs {
    /// The flags as fields of the vendor's query.
    pub(super) fn query(&self) -> Vec<(&'static str, &str)> {
        let Self {
            org_id,
            asset_id,
            product_key,
            device_key,
        } = self;
        let fields = [
            ("orgId", org_id),
            ("assetId", asset_id),
            ("productKey", product_key),
            ("deviceKey", device_key),
        ];
        fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)))
            .collect()
    }
}

/// The fields of a request: a body from a file with the query's fields beside it, or flags alone.
pub(super) fn fields(
    device: &DeviceArgs,
    body: Option<&Path>,
    flags: &[(&'static str, Option<&str>)],
    console: &mut Console<'_>,
) -> Result<Map<String, Value>, CliError> {
    let query = device.query();
    if let Some(path) = body {
        let octets = input::read(path, input::MAX_REQUEST_OCTETS, console)?;
        return wire::object(&query, &octets).map_err(|refusal| refused(&refusal));
    }
    let given = flags
        .iter()
        .filter_map(|(name, text)| Some((*name, (*text)?)));
    Ok(wire::object_of_texts(query.into_iter().chain(given)))
}

/// A refusal as an error: the first fault in the vendor's words, and all findings.
pub(super) fn refused(refusal: &Refusal) -> CliError {
    let findings = refusal.faults().iter().map(Fault::finding);
    CliError::Refused {
        what: format!(
            "EnOS refuses in the {} stage: {} {}",
            refusal.stage(),
            refusal.code(),
            refusal.msg()
        ),
        findings: findings.map(ToString::to_string).collect(),
        details: serde_json::to_value(refusal).unwrap_or(Value::Null),
    }
}

/// What the service answered, as it is handed out.
pub(super) fn answered(
    answer: Option<Result<EnosIssued, Refusal>>,
) -> Result<Result<Issued, Refused>, CliError> {
    let answer = answer
        .ok_or_else(|| CliError::failed("issue the certificate", "the service gave no answer"))?;
    let id = request_id()?;
    Ok(match answer {
        Ok(issued) => Ok(Issued {
            fields: Fields::new()
                .with("device", issued.holder.clone())
                .with("issueAuthority", issued.authority.as_str()),
            handout: Handout {
                holder: None,
                reply: reply_body(&issued.reply(id))?.into(),
                certificate: issued.certificate,
                chain: issued.chain,
                key: None,
                request: None,
                pfx: None,
                answered_before: false,
            },
        }),
        Err(refusal) => Err(Refused {
            error: refused(&refusal),
            reply: reply_body(&Reply::refused(id, &refusal))?.into(),
        }),
    })
}

/// A refusal as an error, after the vendor's reply body was printed when that was asked for.
pub(super) fn refused_with_reply(
    refusal: &Refusal,
    reply: bool,
    console: &mut Console<'_>,
) -> CliError {
    if reply {
        let printed =
            request_id().and_then(|id| print_reply(&Reply::refused(id, refusal), console));
        // That it is refused counts more than that nobody reads the reply.
        if let Err(error) = CliError::unless_closed_pipe(printed) {
            return error;
        }
    }
    refused(refusal)
}

/// Prints a reply body.
pub(super) fn print_reply(reply: &Reply, console: &mut Console<'_>) -> Result<(), CliError> {
    console.octets(&reply_body(reply)?)
}

/// A reply body in one line, as the vendor sends it, and a newline.
pub(super) fn reply_body(reply: &Reply) -> Result<Vec<u8>, CliError> {
    let body = reply
        .to_json()
        .map_err(|error| CliError::failed("write the reply body", error))?;
    Ok(format!("{body}\n").into_bytes())
}

pub(super) fn request_id() -> Result<RequestId, CliError> {
    RequestId::random(&mut world::rng())
        .map_err(|error| CliError::failed("draw a request id", error))
}

/// A request as the vendor's body carries it: PEM; `None` for what is neither text nor DER.
pub(super) fn request_text(octets: &[u8]) -> Option<String> {
    match std::str::from_utf8(octets) {
        Ok(text) => Some(text.to_owned()),
        Err(_) if octets.first() == Some(&0x30) => {
            Some(pem::encode(Label::CertificateRequest, octets).to_string())
        }
        Err(_) => None,
    }
}

/// A file with the vendor's own request body.
#[derive(clap::Args, Debug)]
pub(super) struct BodyArgs {
    /// The vendor's own request body (JSON, `-` for standard input); the query's names (orgId, assetId, productKey,
    /// deviceKey) may stand in it, or be given as flags.
    #[arg(long, value_name = "FILE")]
    pub(super) request: Option<PathBuf>,
}
