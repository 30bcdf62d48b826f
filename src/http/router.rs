//! From HTTP to a row of the table and back: reads a request under the limits, answers, tells log and metrics.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use zeroize::Zeroizing;

use crate::http::accept::Peer;
use crate::http::clock;
use crate::http::guard;
use crate::http::operator;
use crate::http::recent::Entry;
use crate::http::route::{Face, Incoming, Outcome, Reply, Route};
use crate::http::routes;
use crate::http::site::Site;
use crate::vendor::enos::reply::RequestId;

/// The router over every route that is served.
pub(super) fn router(site: &Arc<Site>) -> Router {
    let mut router = Router::new();
    for route in routes::served(&site.settings.faces) {
        let site = Arc::clone(site);
        let handler = move |params: RawPathParams, request: Request| {
            let site = Arc::clone(&site);
            let path = params
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            async move { answer(&site, route, path, request).await }
        };
        let filter = MethodFilter::try_from(route.method.clone());
        // The table has no other methods than those that can be filtered.
        router = router.route(
            route.path,
            on(filter.unwrap_or(MethodFilter::POST), handler),
        );
    }
    let (absent, other) = (Arc::clone(site), Arc::clone(site));
    router
        .fallback(move |request: Request| {
            let site = Arc::clone(&absent);
            async move {
                refused(
                    &site,
                    &request,
                    StatusCode::NOT_FOUND,
                    "nothing is at this path",
                )
            }
        })
        .method_not_allowed_fallback(move |request: Request| {
            let site = Arc::clone(&other);
            let status = StatusCode::METHOD_NOT_ALLOWED;
            async move { refused(&site, &request, status, "this path has other methods") }
        })
}

async fn answer(
    site: &Arc<Site>,
    route: &'static Route,
    path: Vec<(String, String)>,
    request: Request,
) -> Response {
    let start = Instant::now();
    let Ok(id) = clock::random().map(RequestId::from_octets) else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR, "no random numbers");
    };
    let reply = match read(site, path, request, id.clone()).await {
        Ok(incoming) => {
            let refused = guard::check(site, route, &incoming)
                .or_else(|| operator::check(site, route.face, &incoming));
            match refused {
                None => (route.handler)(Arc::clone(site), incoming).await,
                Some(reply) => reply,
            }
        }
        Err(reply) => reply,
    };
    tell(site, (route.face, route.name), &id, &reply, start.elapsed());
    respond(reply, &id)
}

/// Reads the body, no more of it and no longer than allowed.
async fn read(
    site: &Site,
    path: Vec<(String, String)>,
    request: Request,
    id: RequestId,
) -> Result<Incoming, Reply> {
    let limits = site.settings.limits;
    let (head, body) = request.into_parts();
    let peer = head.extensions.get::<Peer>().map(|peer| peer.0);
    let peer = peer.ok_or_else(|| {
        Reply::plain(
            StatusCode::INTERNAL_SERVER_ERROR,
            "a connection without an address",
        )
    })?;
    let query = head.uri.query().unwrap_or_default();
    let query = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let too_long = || {
        let text = format!("a body of at most {} octets", limits.body_octets);
        Reply::plain(StatusCode::PAYLOAD_TOO_LARGE, &text)
    };
    // One that is announced too long need not be waited for.
    if body.size_hint().lower() > u64::try_from(limits.body_octets).unwrap_or(u64::MAX) {
        return Err(too_long());
    }
    let body = Limited::new(body, limits.body_octets).collect();
    let body = match tokio::time::timeout(limits.body_time, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_long()),
        Ok(Err(_)) => return Err(Reply::plain(StatusCode::BAD_REQUEST, "the body broke off")),
        Err(_) => {
            let text = format!("the body within {} seconds", limits.body_time.as_secs());
            return Err(Reply::plain(StatusCode::REQUEST_TIMEOUT, &text));
        }
    };
    Ok(Incoming {
        id,
        peer,
        path,
        query,
        headers: head.headers,
        body: Zeroizing::new(Vec::from(body)),
    })
}

/// Tells what became of a request. Paths, queries, headers and bodies are not told: secrets stand in them.
fn tell(
    site: &Site,
    (face, name): (Face, &'static str),
    id: &RequestId,
    reply: &Reply,
    took: Duration,
) {
    let outcome = &reply.outcome;
    let route = outcome.action.unwrap_or(name);
    site.metrics.call(face.name(), route, &outcome.code, took);
    tracing::info!(
        id = id.as_str(),
        vendor = face.name(),
        route,
        status = reply.status.as_u16(),
        outcome = outcome.code,
        findings = outcome.findings.join("; "),
        octets = reply.body.len(),
        ms = took.as_secs_f64() * 1000.0,
        "answered"
    );
    if Face::VENDORS.contains(&face) {
        site.recent.add(Entry {
            at: site.now().to_string(),
            id: id.as_str().to_owned(),
            vendor: face.name(),
            route,
            status: reply.status.as_u16(),
            outcome: outcome.clone(),
        });
    }
}

/// What no route answers. The path is not told: whoever mistypes one may have put a secret in it.
fn refused(site: &Site, request: &Request, status: StatusCode, text: &str) -> Response {
    let code = status.as_u16().to_string();
    site.metrics
        .call(Face::Public.name(), "none", &code, Duration::ZERO);
    let method = match request.method() {
        known @ (&Method::GET | &Method::POST | &Method::PUT | &Method::DELETE) => known.as_str(),
        _ => "other",
    };
    tracing::info!(method, status = status.as_u16(), "no such route");
    plain(status, text)
}

fn plain(status: StatusCode, text: &str) -> Response {
    let reply = Reply::plain(status, text).with_outcome(Outcome::default());
    response(reply)
}

fn respond(reply: Reply, id: &RequestId) -> Response {
    let mut response = response(reply);
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-request-id"), value);
    }
    response
}

fn response(reply: Reply) -> Response {
    let Reply {
        status,
        content_type,
        headers,
        body,
        outcome: _,
    } = reply;
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let all = response.headers_mut();
    all.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Answers hold certificates of the moment, and some hold keys.
    all.insert("cache-control", HeaderValue::from_static("no-store"));
    all.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    all.extend(headers);
    response
}
