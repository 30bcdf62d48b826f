//! What the ECGrid commands share: who asks, the body as JSON of REST or XML of SOAP, and the reply in the same form.

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::batch::handout::Handout;
use crate::cli::answer;
use crate::cli::answer::{Refused, RequestArgs};
use crate::cli::console::{Console, Exit};
use crate::cli::error::CliError;
use crate::cli::issued::{Delivery, DeliveryArgs, Issued, Key};
use crate::cli::moment::MomentArgs;
use crate::cli::p12::P12Args;
use crate::cli::place::WorkspaceArgs;
use crate::cli::view::Fields;
use crate::cli::{who, world};
use crate::service::{EcgridAnswer, EcgridIssued, Moment, Service};
use crate::vendor::ecgrid::NAME;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::config::Ecgrid;
use crate::vendor::ecgrid::error::{Fault, Refusal};
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::soap::{Form, SoapRequest};
use crate::vendor::ecgrid::wire;
use crate::vendor::ecgrid::wire::{Call, CreateRequest, RenewRequest};

/// Who asks.
#[derive(clap::Args, Debug)]
pub(super) struct UserArgs {
    /// The user who asks, by its login; without it the one whose API key a SOAP request has as its session, or the only one
    /// of the configuration.
    #[arg(long, value_name = "LOGIN")]
    user: Option<String>,
}

/// A request that makes a certificate, and what is handed out of it.
#[derive(clap::Args, Debug)]
pub(super) struct MakeArgs {
    #[command(flatten)]
    request: RequestArgs,
    #[command(flatten)]
    user: UserArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
    #[command(flatten)]
    p12: P12Args,
    #[command(flatten)]
    moment: MomentArgs,
    #[command(flatten)]
    workspace: WorkspaceArgs,
}

/// A body.
pub(super) enum Body {
    Rest(Map<String, Value>),
    Soap(SoapRequest),
}

/// How the reply is written.
#[derive(Clone, Copy)]
enum Wire {
    Rest,
    Soap(Form),
}

impl MakeArgs {
    /// Creates or renews.
    pub(super) fn run(
        &self,
        operation: Operation,
        console: &mut Console<'_>,
    ) -> Result<Exit, CliError> {
        let octets = self.request.read(console)?;
        let delivery = Delivery::claim(&self.delivery, Key::Here(&self.p12), console)?;
        let mut service = match operation {
            Operation::RenewPrivate => self.workspace.existing_service(console)?,
            _ => self.workspace.service(console)?,
        };
        let answer = match Body::read(&octets, operation)? {
            Ok(body) => self.make(operation, &body, &mut service)?,
            Err(refused) => Err(refused),
        };
        delivery.finish(answer, console)
    }

    fn make(
        &self,
        operation: Operation,
        body: &Body,
        service: &mut Service,
    ) -> Result<Result<Issued, Refused>, CliError> {
        let moment = self.moment.moment()?;
        let caller = match self.user.caller(body, service.workspace().ecgrid())? {
            Ok(caller) => caller,
            Err(refusal) => return Ok(Err(body.refused(&refusal)?)),
        };
        let issued = body.with_call(|call| make(operation, call, &caller, &moment, service))?;
        let issued = match issued {
            Ok(issued) => issued,
            Err(refusal) => return Ok(Err(body.refused(&refusal)?)),
        };
        let reply = match self.delivery.needs_reply() {
            true => body.with_call(|call| {
                let rng = &mut world::rng();
                let info = service.ecgrid_reply_to(&issued, call, &caller, moment.now, rng);
                body.reply(&EcgridAnswer::CommInfo(info))
            })?,
            false => Zeroizing::default(),
        };
        let id = issued.cert_key_id;
        let certificate = &issued.certificate;
        let key = self
            .delivery
            .key(service, NAME, id.into(), certificate, moment.now)?;
        Ok(Ok(Issued {
            fields: Fields::new()
                .with("comm", issued.comm.id.to_string())
                .with("certKeyId", id.to_string()),
            handout: Handout {
                holder: None,
                certificate: issued.certificate,
                chain: Vec::new(),
                key,
                request: None,
                pfx: None,
                reply,
                answered_before: false,
            },
        }))
    }
}

fn make(
    operation: Operation,
    call: &Call<'_>,
    caller: &Caller,
    moment: &Moment,
    service: &mut Service,
) -> Result<Result<EcgridIssued, Refusal>, CliError> {
    let rng = &mut world::rng();
    let answers = match operation {
        Operation::RenewPrivate => RenewRequest::read(call)
            .map(|request| service.ecgrid_renew(&[request], caller, moment, rng)),
        _ => CreateRequest::read(call)
            .map(|request| service.ecgrid_create(&[request], caller, moment, rng)),
    };
    let answers = match answers {
        Ok(answers) => answers.map_err(|error| CliError::failed("make the certificate", error))?,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let answer = answers.into_iter().next();
    answer.ok_or_else(|| CliError::failed("make the certificate", "the service gave no answer"))
}

impl UserArgs {
    /// Who asks; an API key in the request is one of a user's, where there are users.
    pub(super) fn caller(
        &self,
        body: &Body,
        settings: &Ecgrid,
    ) -> Result<Result<Caller, Refusal>, CliError> {
        let has_users = !settings.config().users.is_empty();
        match body
            .session_id()
            .filter(|_| has_users && self.user.is_none())
        {
            Some(key) => Ok(settings.by_api_key(Some(key))),
            None => {
                let caller = settings.on_this_machine(self.user.as_deref());
                caller.map(Ok).map_err(|error| who::unknown(&error))
            }
        }
    }
}

impl Body {
    /// Reads a body, which may name its operation and then names this one.
    pub(super) fn read(
        octets: &[u8],
        operation: Operation,
    ) -> Result<Result<Self, Refused>, CliError> {
        if !SoapRequest::is_xml(octets) {
            return match wire::object(octets) {
                Ok(object) => Ok(Ok(Self::Rest(object))),
                Err(refusal) => Ok(Err(Wire::Rest.refused(&refusal)?)),
            };
        }
        match SoapRequest::from_xml(octets) {
            Ok(request) if request.operation() == operation => Ok(Ok(Self::Soap(request))),
            Ok(request) => Err(CliError::usage(
                format!(
                    "the body is {}, asked for is {}",
                    request.operation().name(),
                    operation.name()
                ),
                format!(
                    "certwright call ecgrid {} --request FILE",
                    request.operation().name()
                ),
            )),
            // Nobody knows what stood around it.
            Err(refusal) => Ok(Err(Wire::Soap(Form::default()).refused(&refusal)?)),
        }
    }

    /// The fields, in the form in which they came.
    pub(super) fn with_call<T>(&self, work: impl FnOnce(&Call<'_>) -> T) -> T {
        match self {
            Self::Rest(object) => work(&Call::Json(object)),
            Self::Soap(request) => work(&Call::Elements(&request.parameters())),
        }
    }

    fn session_id(&self) -> Option<&str> {
        match self {
            Self::Rest(_) => None,
            Self::Soap(request) => request.session_id(),
        }
    }

    fn wire(&self) -> Wire {
        match self {
            Self::Rest(_) => Wire::Rest,
            Self::Soap(request) => Wire::Soap(request.form()),
        }
    }

    /// A refusal in the form of the body.
    pub(super) fn refused(&self, refusal: &Refusal) -> Result<Refused, CliError> {
        self.wire().refused(refusal)
    }

    /// The reply in the form of the body.
    pub(super) fn reply(&self, answer: &EcgridAnswer) -> Result<Zeroizing<Vec<u8>>, CliError> {
        match self {
            Self::Rest(_) => {
                let text = answer.to_rest_json().map_err(unwritten)?;
                Ok(answer::line(&text))
            }
            Self::Soap(request) => Ok(answer::line(&request.response(answer.to_soap()))),
        }
    }
}

impl Wire {
    fn refused(self, refusal: &Refusal) -> Result<Refused, CliError> {
        let what = format!(
            "ECGrid refuses in the {} stage: {}: {}",
            refusal.stage(),
            refusal.kind().error_code(),
            refusal.message()
        );
        let findings = refusal.faults().iter().map(Fault::finding);
        let reply = match self {
            Self::Rest => answer::line(&refusal.to_rest().to_json().map_err(unwritten)?),
            Self::Soap(form) => answer::line(&form.fault(refusal)),
        };
        Ok(Refused::new(what, findings, refusal, reply))
    }
}

/// An operation by its name in SOAP or by its path in REST.
pub(super) fn operation(text: &str) -> Result<Operation, String> {
    let found = Operation::from_name(text).or_else(|| Operation::from_rest(text));
    found.ok_or_else(|| {
        let paths: Vec<_> = Operation::ALL
            .into_iter()
            .filter_map(Operation::rest)
            .collect();
        let (names, paths) = (Operation::names_in_text(), paths.join(", "));
        format!("{text:?} is no operation, allowed {names}, {paths}")
    })
}

fn unwritten(error: serde_json::Error) -> CliError {
    CliError::failed("write the reply body", error)
}
