//! AS2Expert: `POST /api/v1/…` with a bearer token, and the vendor's own statuses.

use std::sync::Arc;

use crate::http::queue::{Desk, Slice, Unanswered};
use crate::http::route::{Face, Incoming, Outcome, Reply, Route, handler};
use crate::http::site::Site;
use crate::service::{As2ExpertAnswer, As2ExpertIssued, ServiceError};
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::error::{Fault, Refusal};
use crate::vendor::as2expert::operation::Operation;
use crate::vendor::as2expert::wire;
use crate::vendor::as2expert::wire::CreateRequest;

/// The table.
pub(super) const ROUTES: &[Route] = &[
    Face::As2Expert.post(
        "certificates",
        "/api/v1/certificates",
        "List the certificates of a site.",
        handler!(call, Operation::List),
    ),
    Face::As2Expert.post(
        "certificates/detail",
        "/api/v1/certificates/detail",
        "Show one certificate with its lifecycle.",
        handler!(call, Operation::Detail),
    ),
    Face::As2Expert.post(
        "certificates/create",
        "/api/v1/certificates/create",
        "Make a key pair and a self-signed certificate for a station.",
        handler!(call, Operation::Create),
    ),
    Face::As2Expert.post(
        "partners",
        "/api/v1/partners",
        "List the partners of a site's stations.",
        handler!(call, Operation::Partners),
    ),
    Face::As2Expert.post(
        "partners/detail",
        "/api/v1/partners/detail",
        "Show one partner.",
        handler!(call, Operation::PartnerDetail),
    ),
    Face::As2Expert.post(
        "stations",
        "/api/v1/stations",
        "List the stations of a site.",
        handler!(call, Operation::Stations),
    ),
    Face::As2Expert.post(
        "stations/create",
        "/api/v1/stations/create",
        "Make a station.",
        handler!(call, Operation::StationCreate),
    ),
    Face::As2Expert.post(
        "stations/detail",
        "/api/v1/stations/detail",
        "Show one station.",
        handler!(call, Operation::StationDetail),
    ),
];

/// `POST /certificates/create`, and who asks.
pub(super) struct Create(CreateRequest, Caller);

async fn call(site: Arc<Site>, incoming: Incoming, operation: Operation) -> Reply {
    match answer(&site, &incoming, operation).await {
        Ok(answer) => Reply::json(answer.to_json()),
        Err(refusal) => {
            let code = refusal.kind().status();
            let outcome = Outcome::refused(code.to_string())
                .with_findings(refusal.faults().iter().map(Fault::finding));
            Reply::json(refusal.reply().to_json())
                .with_status(code)
                .with_outcome(outcome)
        }
    }
}

async fn answer(
    site: &Site,
    incoming: &Incoming,
    operation: Operation,
) -> Result<As2ExpertAnswer, Refusal> {
    let caller = site.as2expert.by_token(incoming.bearer())?;
    let who = incoming.bearer().unwrap_or_default();
    let admitted = site.calls.admit(Face::As2Expert, who, site.now());
    admitted.map_err(Refusal::rate_limited)?;
    let fields = wire::object(&incoming.body)?;
    let failed = |error: Unanswered| Refusal::internal(&error);
    if operation == Operation::Create {
        let call = Create(CreateRequest::from_object(&fields)?, caller);
        let lane = &site.lanes.as2expert_create;
        let issued = site.queue.slice(lane, call).await.map_err(failed)??;
        return Ok(As2ExpertAnswer::Created(issued.reply()));
    }
    let answer = site.queue.ask(move |desk| {
        let (moment, mut rng) = (desk.moment(), desk.rng()?);
        desk.service
            .as2expert_answer(operation, &fields, &caller, &moment, &mut rng)
    });
    answer.await.map_err(failed)?
}

impl Slice for Create {
    type Answer = Result<As2ExpertIssued, Refusal>;
    const NAME: &'static str = "as2expert-create";
    const MAX: usize = 16;

    /// Those of one caller together.
    fn run(slice: Vec<Self>, desk: &mut Desk) -> Result<Vec<Self::Answer>, ServiceError> {
        let (moment, mut rng) = (desk.moment(), desk.rng()?);
        let mut answers = Vec::with_capacity(slice.len());
        for same in slice.chunk_by(|one, other| one.1 == other.1) {
            let Some(Self(_, caller)) = same.first() else {
                continue;
            };
            let requests: Vec<_> = same.iter().map(|call| call.0.clone()).collect();
            let service = &mut desk.service;
            answers.extend(service.as2expert_create(&requests, caller, &moment, &mut rng)?);
        }
        Ok(answers)
    }
}
