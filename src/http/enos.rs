//! EnOS: `/connect-service/v2.0/certificates`, the routes of 2018, and the public `/enos/CA/…`.
//!
//! Every answer has the status 200: the vendor's client drops the body of any other.

use std::sync::Arc;

use hyper::Method;

use crate::http::queue::{Desk, Slice, Unanswered};
use crate::http::route::{Answering, Face, Incoming, Outcome, Reply, Route, handler};
use crate::http::site::Site;
use crate::service::{EnosIssued, ServiceError};
use crate::vendor::enos;
use crate::vendor::enos::access;
use crate::vendor::enos::access::{Caller, Credentials};
use crate::vendor::enos::error::{Fault, Refusal, Service as EnosService};
use crate::vendor::enos::reply::{Reply as EnosReply, RequestId};
use crate::vendor::enos::wire;
use crate::vendor::enos::wire::{Action, ApplyRequest, ListRequest, RenewRequest, RevokeRequest};
use crate::workspace::Family;

pub(super) mod legacy;
pub(super) mod tokens;

/// The table.
pub(super) const ROUTES: &[Route] = &[
    Route {
        face: Face::Enos,
        name: "certificates",
        method: Method::POST,
        path: "/connect-service/v2.0/certificates",
        summary: "Apply for, renew or revoke a device's certificate, as the query's action says.",
        handler: handler!(certificates, &ACTIONS),
    },
    Route {
        face: Face::Enos,
        name: "list",
        method: Method::GET,
        path: "/connect-service/v2.0/certificates",
        summary: "List what was issued to a device (action=list).",
        handler: handler!(certificates, &[Action::List]),
    },
    ca("cacert", "/enos/CA/cacert", |site, _| {
        public(&site, Public::Certificate, Family::Rsa)
    }),
    ca("cacert-rsa", "/enos/CA/cacert/RSA", |site, _| {
        public(&site, Public::Certificate, Family::Rsa)
    }),
    ca("cacert-ecc", "/enos/CA/cacert/ECC", |site, _| {
        public(&site, Public::Certificate, Family::Ecc)
    }),
    ca("crl", "/enos/CA/crl", |site, _| {
        public(&site, Public::Crl, Family::Rsa)
    }),
    ca("crl-rsa", "/enos/CA/crl/RSA", |site, _| {
        public(&site, Public::Crl, Family::Rsa)
    }),
    ca("crl-ecc", "/enos/CA/crl/ECC", |site, _| {
        public(&site, Public::Crl, Family::Ecc)
    }),
];

const fn ca(
    name: &'static str,
    path: &'static str,
    handler: fn(Arc<Site>, Incoming) -> Answering,
) -> Route {
    Route {
        face: Face::Enos,
        name,
        method: Method::GET,
        path,
        summary: "The certificate or the CRL of the CA that issues; public.",
        handler,
    }
}

/// `action=apply`.
pub(super) struct Apply(ApplyRequest);

/// `action=renew`.
pub(super) struct Renew(RenewRequest);

/// `action=revoke`, and who asks.
pub(super) struct Revoke(RevokeRequest, String);

/// What a call comes to.
pub(super) enum Done {
    Issued(Box<EnosIssued>),
    Listed(Vec<enos::list::CertificateRow>),
    Revoked,
}

async fn certificates(site: Arc<Site>, incoming: Incoming, allowed: &[Action]) -> Reply {
    let query = incoming.query_pairs();
    let asked = authenticate(&site, &incoming).and_then(|caller| {
        let fields = wire::object(&query, &incoming.body)?;
        let action = wire::action(&query, allowed)?;
        Ok((action, fields, caller))
    });
    let action = asked.as_ref().ok().map(|(action, _, _)| *action);
    let done = match asked {
        Ok((action, fields, caller)) => act(&site, action, &fields, &caller).await,
        Err(refusal) => Err(refusal),
    };
    let outcome = outcome(done.as_ref().err(), action);
    Reply::json(reply(done, incoming.id.clone()).to_json()).with_outcome(outcome)
}

/// The vendor's reply.
pub(super) fn reply(done: Result<Done, Refusal>, id: RequestId) -> EnosReply {
    match done {
        Ok(Done::Issued(issued)) => issued.reply(id),
        Ok(Done::Listed(rows)) => EnosReply::listed(id, rows),
        Ok(Done::Revoked) => EnosReply::revoked(id),
        Err(refusal) => EnosReply::refused(id, &refusal),
    }
}

/// Who calls.
pub(super) fn authenticate(site: &Site, incoming: &Incoming) -> Result<Caller, Refusal> {
    let credentials = Credentials {
        query: &incoming.query_pairs(),
        body: &incoming.body,
        access_token: incoming.header("apim-accesstoken"),
        timestamp: incoming.header("apim-timestamp"),
        signature: incoming.header("apim-signature"),
    };
    access::authenticate(&credentials, site.enos.config(), &site.gate, site.now())
}

/// Does what is asked with the fields of a call.
pub(super) async fn act(
    site: &Arc<Site>,
    action: Action,
    fields: &serde_json::Map<String, serde_json::Value>,
    caller: &Caller,
) -> Result<Done, Refusal> {
    let (queue, lanes) = (&site.queue, &site.lanes);
    let failed = |error: Unanswered| Refusal::internal(EnosService::Certificate, &error);
    match action {
        Action::Apply => {
            let call = Apply(ApplyRequest::from_object(fields)?);
            let answer = queue.slice(&lanes.enos_apply, call).await;
            Ok(Done::Issued(Box::new(answer.map_err(failed)??)))
        }
        Action::Renew => {
            let call = Renew(RenewRequest::from_object(fields)?);
            let answer = queue.slice(&lanes.enos_renew, call).await;
            Ok(Done::Issued(Box::new(answer.map_err(failed)??)))
        }
        Action::Revoke => {
            let by = match caller {
                Caller::App(key) => key.clone(),
                _ => enos::NAME.to_owned(),
            };
            let call = Revoke(RevokeRequest::from_object(fields)?, by);
            let answer = queue.slice(&lanes.enos_revoke, call).await;
            answer.map_err(failed)??;
            Ok(Done::Revoked)
        }
        _ => {
            let request = ListRequest::from_object(fields)?;
            let rows = queue.once(move |desk| desk.service.enos_list(&request, desk.now()));
            Ok(Done::Listed(rows.await.map_err(failed)??))
        }
    }
}

/// What log and metrics are told.
pub(super) fn outcome(refusal: Option<&Refusal>, action: Option<Action>) -> Outcome {
    let outcome = match refusal {
        None => Outcome::ok(),
        Some(refusal) => Outcome::refused(refusal.code().to_string())
            .with_findings(refusal.faults().iter().map(Fault::finding)),
    };
    match action {
        Some(action) => outcome.of_action(action.as_str()),
        None => outcome,
    }
}

/// What of a CA anyone may have.
#[derive(Clone, Copy)]
enum Public {
    Certificate,
    Crl,
}

/// PEM of the CA, which the vendor's tool reads as text; DER of its CRL (RFC 5280 §4.2.1.13).
fn public(site: &Site, what: Public, family: Family) -> Answering {
    let reply = match what {
        Public::Certificate => {
            let found = site.ca_certificates.get(&family);
            found.map(|pem| Reply::new("application/x-pem-file", pem.clone()))
        }
        Public::Crl => {
            let found = site.crls.current(family);
            found.map(|der| Reply::new(CRL, der))
        }
    };
    let reply = reply.unwrap_or_else(|| {
        let text = format!("no {family} CA issues here");
        Reply::plain(hyper::StatusCode::NOT_FOUND, &text)
    });
    Box::pin(std::future::ready(reply))
}

impl Slice for Apply {
    type Answer = Result<EnosIssued, Refusal>;
    const NAME: &'static str = "enos-apply";
    const MAX: usize = 256;

    fn run(slice: Vec<Self>, desk: &mut Desk) -> Result<Vec<Self::Answer>, ServiceError> {
        let moment = desk.moment();
        let requests = slice.into_iter().map(|call| call.0).collect();
        desk.service.enos_apply(requests, &moment)
    }
}

impl Slice for Renew {
    type Answer = Result<EnosIssued, Refusal>;
    const NAME: &'static str = "enos-renew";
    const MAX: usize = 256;

    fn run(slice: Vec<Self>, desk: &mut Desk) -> Result<Vec<Self::Answer>, ServiceError> {
        let moment = desk.moment();
        let requests = slice.into_iter().map(|call| call.0).collect();
        desk.service.enos_renew(requests, &moment)
    }
}

impl Slice for Revoke {
    type Answer = Result<(), Refusal>;
    const NAME: &'static str = "enos-revoke";
    const MAX: usize = 256;

    /// Those of one caller together, which the ledger names.
    fn run(slice: Vec<Self>, desk: &mut Desk) -> Result<Vec<Self::Answer>, ServiceError> {
        let now = desk.now();
        let mut answers = Vec::with_capacity(slice.len());
        for same in slice.chunk_by(|one, other| one.1 == other.1) {
            let by = same.first().map_or(enos::NAME, |call| call.1.as_str());
            let requests: Vec<_> = same.iter().map(|call| call.0.clone()).collect();
            answers.extend(desk.service.enos_revoke(&requests, now, by)?);
        }
        Ok(answers)
    }
}

const ACTIONS: [Action; 4] = [Action::Apply, Action::Renew, Action::Revoke, Action::List];

/// RFC 2585 §4.2.
const CRL: &str = "application/pkix-crl";
