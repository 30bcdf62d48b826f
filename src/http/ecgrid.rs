//! ECGrid over REST: `/v2/…` with an API key or a session; [`soap`] has the other face.

use std::sync::Arc;

use hyper::Method;
use hyper::header::{HeaderValue, RETRY_AFTER};
use serde_json::{Map, Value};

use crate::http::queue::{Desk, Slice, Unanswered};
use crate::http::route::{Face, Incoming, Outcome, Reply, Route, handler};
use crate::http::site::Site;
use crate::service::{EcgridAnswer, EcgridIssued, ServiceError};
use crate::vendor::ecgrid::access;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::error::{Fault, FaultKind, Refusal};
use crate::vendor::ecgrid::reply::{CommIdInfo, Operation};
use crate::vendor::ecgrid::wire;
use crate::vendor::ecgrid::wire::{Call, CreateRequest, RenewRequest};

pub(super) mod sessions;
pub(super) mod soap;

/// The table.
pub(super) const ROUTES: &[Route] = &[
    Face::Ecgrid.post(
        "certificates/create",
        "/v2/certificates/create",
        "Make a key pair and a certificate for a Comm.",
        handler!(call, Operation::CreatePrivate),
    ),
    Face::Ecgrid.post(
        "certificates/renew",
        "/v2/certificates/renew",
        "Make the next certificate of a Comm.",
        handler!(call, Operation::RenewPrivate),
    ),
    Face::Ecgrid.post(
        "certificates/terminate",
        "/v2/certificates/terminate",
        "End the use of a certificate.",
        handler!(call, Operation::Terminate),
    ),
    Face::Ecgrid.post(
        "certificates/add-public",
        "/v2/certificates/add-public",
        "Add a partner's certificate.",
        handler!(call, Operation::AddPublic),
    ),
    Face::Ecgrid.post(
        "certificates/add-private",
        "/v2/certificates/add-private",
        "Add a certificate with its key, a PKCS #12.",
        handler!(call, Operation::AddPrivate),
    ),
    Face::Ecgrid.post(
        "comms/list",
        "/v2/comms/list",
        "Show the Comms that the caller sees.",
        handler!(call, Operation::CommList),
    ),
    Route {
        face: Face::Ecgrid,
        name: "comms",
        method: Method::GET,
        path: "/v2/comms/{id}",
        summary: "Show a Comm with its certificates.",
        handler: handler!(call, Operation::CommInfo),
    },
];

/// A call that makes a certificate, and who asks.
pub(super) struct Make {
    asked: Asked,
    caller: Caller,
    /// Whether the answer may bring the private key.
    form: Form,
}

/// What is to be made.
enum Asked {
    Create(CreateRequest),
    Renew(RenewRequest),
}

/// In which form a call came, which decides what the answer brings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Rest,
    Soap,
}

async fn call(site: Arc<Site>, incoming: Incoming, operation: Operation) -> Reply {
    match answer(&site, &incoming, operation).await {
        Ok(answer) => Reply::json(answer.to_rest_json()),
        Err(refusal) => refused(&refusal),
    }
}

fn refused(refusal: &Refusal) -> Reply {
    let kind = refusal.kind();
    let reply = Reply::json(refusal.to_rest().to_json())
        .with_status(kind.rest_status())
        .with_outcome(outcome(refusal));
    match kind {
        FaultKind::RateLimitExceeded { retry_after } => {
            reply.with_header(RETRY_AFTER, HeaderValue::from(retry_after))
        }
        _ => reply,
    }
}

/// What log and metrics are told.
fn outcome(refusal: &Refusal) -> Outcome {
    Outcome::refused(refusal.kind().error_code())
        .with_findings(refusal.faults().iter().map(Fault::finding))
}

async fn answer(
    site: &Site,
    incoming: &Incoming,
    operation: Operation,
) -> Result<EcgridAnswer, Refusal> {
    let caller = caller(site, incoming)?;
    let key = incoming.header("x-api-key").or_else(|| incoming.bearer());
    site.admit(key.unwrap_or_default())?;
    let fields = match incoming.path.first() {
        // The number in the path is the only field.
        Some((_, id)) => Map::from_iter([("commId".to_owned(), number(id))]),
        None => wire::object(&incoming.body)?,
    };
    let asked = Asked::read(operation, &Call::Json(&fields))?;
    if let Some(asked) = asked {
        let info = site.make(asked, caller, Form::Rest).await?;
        return Ok(EcgridAnswer::CommInfo(info));
    }
    let answer = site.queue.ask(move |desk| {
        let (moment, mut rng) = (desk.moment(), desk.rng()?);
        desk.service
            .ecgrid_answer(operation, &Call::Json(&fields), &caller, &moment, &mut rng)
    });
    answer.await.map_err(failed)?
}

/// A key in `X-API-Key`, or a session or a key as bearer token.
fn caller(site: &Site, incoming: &Incoming) -> Result<Caller, Refusal> {
    match (incoming.header("x-api-key"), incoming.bearer()) {
        (None, Some(token)) => match site.sessions.caller(token, site.now()) {
            Some(caller) => Ok(caller),
            None if site.ecgrid.config().users.is_empty() => Ok(Caller::local()),
            None => site
                .ecgrid
                .by_api_key(Some(token))
                .map_err(|_| access::invalid_session()),
        },
        (key, _) => site.ecgrid.by_api_key(key),
    }
}

/// A number as JSON has it; any other text stays one, and is refused as that.
fn number(text: &str) -> Value {
    let number = text.parse::<i64>();
    number.map_or_else(|_| Value::from(text), Value::from)
}

fn failed(error: Unanswered) -> Refusal {
    Refusal::internal(&error)
}

impl Site {
    /// Counts a call by a key or a session.
    fn admit(&self, who: &str) -> Result<(), Refusal> {
        let admitted = self.calls.admit(Face::Ecgrid, who, self.now());
        admitted.map_err(Refusal::rate_limited)
    }

    /// Makes a certificate together with others that are asked for at the same time.
    async fn make(&self, asked: Asked, caller: Caller, form: Form) -> Result<CommIdInfo, Refusal> {
        let call = Make {
            asked,
            caller,
            form,
        };
        let answer = self.queue.slice(&self.lanes.ecgrid_make, call).await;
        answer.map_err(failed)?
    }
}

impl Asked {
    /// What an operation wants made, if it does.
    fn read(operation: Operation, call: &Call<'_>) -> Result<Option<Self>, Refusal> {
        Ok(match operation {
            Operation::CreatePrivate => Some(Self::Create(CreateRequest::read(call)?)),
            Operation::RenewPrivate => Some(Self::Renew(RenewRequest::read(call)?)),
            _ => None,
        })
    }
}

impl Slice for Make {
    type Answer = Result<CommIdInfo, Refusal>;
    const NAME: &'static str = "ecgrid-make";
    const MAX: usize = 16;

    /// Those of one caller and one operation together.
    fn run(slice: Vec<Self>, desk: &mut Desk) -> Result<Vec<Self::Answer>, ServiceError> {
        let mut answers = Vec::with_capacity(slice.len());
        for same in slice.chunk_by(Self::is_like) {
            answers.extend(Self::run_same(same, desk)?);
        }
        Ok(answers)
    }
}

impl Make {
    fn is_like(&self, other: &Self) -> bool {
        let same = matches!(
            (&self.asked, &other.asked),
            (Asked::Create(_), Asked::Create(_)) | (Asked::Renew(_), Asked::Renew(_))
        );
        same && self.caller == other.caller
    }

    fn run_same(
        same: &[Self],
        desk: &mut Desk,
    ) -> Result<Vec<Result<CommIdInfo, Refusal>>, ServiceError> {
        let Some(first) = same.first() else {
            return Ok(Vec::new());
        };
        let (moment, mut rng) = (desk.moment(), desk.rng()?);
        let service = &mut desk.service;
        let issued = match first.asked {
            Asked::Create(_) => {
                let requests: Vec<_> = same.iter().filter_map(Self::create).collect();
                service.ecgrid_create(&requests, &first.caller, &moment, &mut rng)?
            }
            Asked::Renew(_) => {
                let requests: Vec<_> = same.iter().filter_map(Self::renew).collect();
                service.ecgrid_renew(&requests, &first.caller, &moment, &mut rng)?
            }
        };
        let nothing = Map::new();
        let mut reply = |(call, issued): (&Self, Result<EcgridIssued, Refusal>)| {
            let form = match call.form {
                Form::Rest => Call::Json(&nothing),
                Form::Soap => Call::Elements(&[]),
            };
            issued.map(|issued| {
                service.ecgrid_reply_to(&issued, &form, &call.caller, moment.now, &mut rng)
            })
        };
        Ok(same.iter().zip(issued).map(&mut reply).collect())
    }

    fn create(&self) -> Option<CreateRequest> {
        match &self.asked {
            Asked::Create(request) => Some(request.clone()),
            Asked::Renew(_) => None,
        }
    }

    fn renew(&self) -> Option<RenewRequest> {
        match &self.asked {
            Asked::Create(_) => None,
            Asked::Renew(request) => Some(request.clone()),
        }
    }
}
