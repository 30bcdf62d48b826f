//! `issue as2expert`: AS2Expert's `POST /certificates/create`.

use crate::batch::handout::Handout;
use crate::cli::answer::{Refused, RequestArgs};
use crate::cli::as2expert;
use crate::cli::as2expert::SiteArgs;
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::issued::{Delivery, DeliveryArgs, Issued, Key};
use crate::cli::moment::MomentArgs;
use crate::cli::p12::P12Args;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::cli::world;
use crate::service::Service;
use crate::vendor::as2expert::NAME;
use crate::vendor::as2expert::wire;
use crate::vendor::as2expert::wire::CreateRequest;

/// Make a station's key pair and self-signed certificate, as AS2Expert's POST /certificates/create would.
///
/// The body is the call's JSON. The key stays in the workspace; key and p12 are copies.
#[derive(clap::Args, Debug)]
#[command(after_help = AFTER_HELP)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    site: SiteArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
    #[command(flatten)]
    p12: P12Args,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let octets = args.request.read(console)?;
    let delivery = Delivery::claim(&args.delivery, Key::Here(&args.p12), console)?;
    let mut service = args.workspace.service(console)?;
    let answer = args.make(&octets, &mut service)?;
    delivery.finish(answer, console)
}

impl Args {
    fn make(
        &self,
        octets: &[u8],
        service: &mut Service,
    ) -> Result<Result<Issued, Refused>, CliError> {
        let caller = self.site.caller(service.workspace().as2expert())?;
        let request = wire::object(octets).and_then(|object| CreateRequest::from_object(&object));
        let request = match request {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(as2expert::refused(&refusal)?)),
        };
        let moment = self.moment.moment()?;
        let answers = service
            .as2expert_create(&[request], &caller, &moment, &mut world::rng())
            .map_err(|error| CliError::failed("make the certificate", error))?;
        let answer = answers.into_iter().next().ok_or_else(|| {
            CliError::failed("make the certificate", "the service gave no answer")
        })?;
        let issued = match answer {
            Ok(issued) => issued,
            Err(refusal) => return Ok(Err(as2expert::refused(&refusal)?)),
        };
        let (id, certificate) = (issued.id(), issued.certificate());
        let key = self
            .delivery
            .key(service, NAME, id, certificate, moment.now)?;
        Ok(Ok(Issued {
            fields: Fields::new()
                .with("station", issued.station_id().to_string())
                .with("id", issued.id().to_string()),
            handout: Handout {
                holder: None,
                certificate: issued.certificate().clone(),
                chain: Vec::new(),
                key,
                request: None,
                pfx: None,
                reply: as2expert::body(issued.reply().to_json())?,
                answered_before: false,
            },
        }))
    }
}

const AFTER_HELP: &str = "\
Examples:
  certwright issue as2expert --request body.json --reply
  certwright issue as2expert --request body.json --site default --out s.pem --artefacts cer,key
  certwright issue as2expert --request body.json --out own.pem --artefacts cer,p12 \\
      --p12-for java-8 --p12-password-file password.txt

Exit codes:
  0 issued, 4 refused and nothing issued, 1 failure, 2 usage";
