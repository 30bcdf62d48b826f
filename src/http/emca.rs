//! emCA: `/emCAServices/rest/…`, each call under both spellings of its path where the vendor's pages have two.
//!
//! Success and failure are told in the body; the pages give no status for a failure.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::Method as HttpMethod;

use crate::http::queue::{Desk, Slice, Unanswered};
use crate::http::route::{Face, Handler, Incoming, Outcome, Reply, Route, handler};
use crate::http::site::Site;
use crate::service::{EmcaAnswer, EmcaBody, EmcaCall, ServiceError};
use crate::vendor::emca::Method;
use crate::vendor::emca::caller::Caller;
use crate::vendor::emca::envelope::Sealed;
use crate::vendor::emca::error::{Fault, FaultKind, Refusal};
use crate::vendor::emca::reply::Reply as EmcaReply;

/// The table.
pub(super) const ROUTES: &[Route] = &[
    route(
        "createCustomerCertificateById",
        "/emCAServices/rest/createCustomerCertificateById",
        handler!(call, Method::CreateCustomCertificateById),
    ),
    route(
        "createCustomCertificateById",
        "/emCAServices/rest/createCustomCertificateById",
        handler!(call, Method::CreateCustomCertificateById),
    ),
    route(
        "createCertificateById",
        "/emCAServices/rest/createCertificateById",
        handler!(call, Method::CreateCertificateById),
    ),
    route(
        "createCertificateP7BById",
        "/emCAServices/rest/createCertificateP7BById",
        handler!(call, Method::CreateCertificateP7bById),
    ),
    route(
        "createPKCS12ById",
        "/emCAServices/rest/createPKCS12ById",
        handler!(call, Method::CreatePkcs12ById),
    ),
    route(
        "createCertificate",
        "/emCAServices/rest/createCertificate",
        handler!(call, Method::CreateCertificate),
    ),
    route(
        "createCertificateP7B",
        "/emCAServices/rest/createCertificateP7B",
        handler!(call, Method::CreateCertificateP7b),
    ),
    route(
        "createPKCS12",
        "/emCAServices/rest/createPKCS12",
        handler!(call, Method::CreatePkcs12),
    ),
    route(
        "createeSignCustomerCertificateById",
        "/emCAServices/rest/createeSignCustomerCertificateById",
        handler!(call, Method::CreateEsignCustomCertificateById),
    ),
    route(
        "createeSignCustomCertificateById",
        "/emCAServices/rest/createeSignCustomCertificateById",
        handler!(call, Method::CreateEsignCustomCertificateById),
    ),
    route(
        "revoke",
        "/emCAServices/rest/revoke",
        handler!(call, Method::Revoke),
    ),
    route(
        "suspend",
        "/emCAServices/rest/suspend",
        handler!(call, Method::Suspend),
    ),
    route(
        "getCertificate",
        "/emCAServices/rest/getCertificate",
        handler!(call, Method::GetCertificate),
    ),
    route(
        "getCertificateProfileList",
        "/emCAServices/rest/getCertificateProfileList",
        handler!(call, Method::GetCertificateProfileList),
    ),
    route(
        "getProfileInfoByProfileName",
        "/emCAServices/rest/getProfileInfoByProfileName",
        handler!(call, Method::GetProfileInfoByProfileName),
    ),
];

const fn route(name: &'static str, path: &'static str, handler: Handler) -> Route {
    Route {
        face: Face::Emca,
        name,
        method: HttpMethod::POST,
        path,
        summary: "A call of emCA's: an encrypted object in requestData, and the user's name.",
        handler,
    }
}

/// A call as it came.
struct Received {
    method: Method,
    sealed: Sealed,
    address: IpAddr,
    em_key: Option<String>,
}

/// A call that brings forth a certificate.
pub(super) struct Create(Received);

async fn call(site: Arc<Site>, incoming: Incoming, method: Method) -> Reply {
    let answer = match Sealed::from_json(&incoming.body) {
        Err(refusal) => Err(refusal),
        Ok(sealed) => {
            let received = Received {
                method,
                sealed,
                address: incoming.peer.ip(),
                em_key: incoming.header("emkey").map(str::to_owned),
            };
            answer(&site, received).await
        }
    };
    let outcome = match &answer {
        Ok(_) => Outcome::ok(),
        Err(refusal) => Outcome::refused(code(refusal))
            .with_findings(refusal.faults().iter().map(Fault::finding)),
    };
    let reply = answer.unwrap_or_else(|refusal| EmcaReply::refused(&refusal));
    Reply::json(reply.to_json()).with_outcome(outcome)
}

/// The message, without what a caller put into it: metrics have a limited number of words.
fn code(refusal: &Refusal) -> &str {
    match refusal.faults().first().map(Fault::kind) {
        Some(FaultKind::ProfileAbsent(_)) => "profile does not exist",
        _ => refusal.message(),
    }
}

async fn answer(site: &Site, received: Received) -> Result<EmcaReply, Refusal> {
    let failed = |error: Unanswered| Refusal::internal(&error);
    if received.method.creates() {
        let lane = &site.lanes.emca_create;
        let answer = site.queue.slice(lane, Create(received)).await;
        let answer = answer.map_err(failed)??;
        return answer.reply().map_err(|error| Refusal::internal(&error));
    }
    let answer = site.queue.ask(move |desk| {
        let (moment, mut rng) = (desk.moment(), desk.rng()?);
        desk.service.emca_answer(received.call(), &moment, &mut rng)
    });
    answer.await.map_err(failed)?
}

impl Received {
    fn call(&self) -> EmcaCall<'_> {
        EmcaCall {
            method: self.method,
            body: EmcaBody::Sealed(self.sealed.clone()),
            caller: Caller::Remote {
                address: self.address,
                em_key: self.em_key.as_deref(),
            },
        }
    }
}

impl Slice for Create {
    type Answer = Result<EmcaAnswer, Refusal>;
    const NAME: &'static str = "emca-create";
    const MAX: usize = 64;

    fn run(slice: Vec<Self>, desk: &mut Desk) -> Result<Vec<Self::Answer>, ServiceError> {
        let (moment, mut rng) = (desk.moment(), desk.rng()?);
        let calls = slice.iter().map(|call| call.0.call()).collect();
        desk.service.emca_create(calls, &moment, &mut rng)
    }
}
