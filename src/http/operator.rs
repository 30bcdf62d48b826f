//! What the server tells of itself: `/healthz` to anyone, `/metrics` to who runs it.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{HeaderValue, WWW_AUTHENTICATE};
use hyper::{Method, StatusCode};
use zeroize::Zeroizing;

use crate::http::route::{Face, Incoming, Outcome, Reply, Route, TEXT};
use crate::http::routes;
use crate::http::site::Site;
use crate::vendor::token::TokenHash;

/// The table.
pub(super) const ROUTES: &[Route] = &[
    Route {
        face: Face::Public,
        name: "healthz",
        method: Method::GET,
        path: "/healthz",
        summary: "Whether the service answers.",
        handler: |site, _| Box::pin(health(site)),
    },
    Route {
        face: Face::Operator,
        name: "metrics",
        method: Method::GET,
        path: "/metrics",
        summary: "Counters in the text format of Prometheus.",
        handler: |site, _| Box::pin(std::future::ready(metrics(&site))),
    },
    Route {
        face: Face::Operator,
        name: "recent",
        method: Method::GET,
        path: "/recent",
        summary: "The last requests to the vendors' routes with what was found in them, newest first.",
        handler: |site, _| Box::pin(std::future::ready(recent(&site))),
    },
    Route {
        face: Face::Operator,
        name: "routes",
        method: Method::GET,
        path: "/routes",
        summary: "This list.",
        handler: |site, _| Box::pin(std::future::ready(list(&site))),
    },
];

/// What whoever is no operator is answered at the routes that are theirs, where there are operators (RFC 7617).
pub(super) fn check(site: &Site, face: Face, incoming: &Incoming) -> Option<Reply> {
    let operators = &site.settings.operators;
    if face != Face::Operator || operators.is_empty() {
        return None;
    }
    let known = credentials(incoming).is_some_and(|credentials| {
        let (name, password) = credentials.split_once(':').unwrap_or_default();
        let password = TokenHash::of(password);
        operators
            .iter()
            .any(|known| known.0 == name && known.1 == password)
    });
    if known {
        return None;
    }
    let challenge = HeaderValue::from_static("Basic realm=\"certwright\", charset=\"UTF-8\"");
    let reply = Reply::plain(
        StatusCode::UNAUTHORIZED,
        "the name and password of an operator",
    );
    Some(reply.with_header(WWW_AUTHENTICATE, challenge))
}

/// The operator who asks, by the name that [`check`] held against the password; none where nobody is configured.
pub(super) fn name(site: &Site, incoming: &Incoming) -> Option<String> {
    if site.settings.operators.is_empty() {
        return None;
    }
    let credentials = credentials(incoming)?;
    let (name, _) = credentials.split_once(':')?;
    Some(name.to_owned())
}

fn credentials(incoming: &Incoming) -> Option<Zeroizing<String>> {
    let (scheme, text) = incoming.header("authorization")?.split_once(' ')?;
    let octets = scheme
        .eq_ignore_ascii_case("basic")
        .then(|| STANDARD.decode(text.trim()).ok())??;
    String::from_utf8(octets).ok().map(Zeroizing::new)
}

/// Asks the service itself: a server whose service is gone is not well.
async fn health(site: Arc<Site>) -> Reply {
    let answer = site
        .queue
        .once(|desk| desk.service.ledger().meta("health").is_ok());
    match answer.await {
        Ok(true) => Reply::plain(StatusCode::OK, "ok").with_outcome(Outcome::ok()),
        _ => Reply::plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "the service does not answer",
        ),
    }
}

fn recent(site: &Site) -> Reply {
    Reply::json(serde_json::to_string(&site.recent.all()))
}

fn list(site: &Site) -> Reply {
    let mut rows: Vec<_> = routes::served(&site.settings.faces).collect();
    rows.sort_by_key(|route| (route.face, route.path));
    let lines = rows.into_iter().map(|route| {
        let (vendor, method) = (route.face.name(), route.method.as_str());
        format!("{vendor:<10}{method:<8}{}  {}\n", route.path, route.summary)
    });
    Reply::new(TEXT, lines.collect::<String>())
}

fn metrics(site: &Site) -> Reply {
    Reply::new(
        "text/plain; version=0.0.4; charset=utf-8",
        site.metrics.to_text(),
    )
}
