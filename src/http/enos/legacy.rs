//! The routes of 2018: `/connectService/products/{productKey}/devices/{deviceKey}/certificates/…` and by asset.

use std::sync::Arc;

use hyper::Method;

use super::{act, authenticate, outcome, reply};
use crate::http::route::{Face, Handler, Incoming, Reply, Route, handler};
use crate::http::site::Site;
use crate::vendor::enos::legacy;
use crate::vendor::enos::legacy::LegacyReply;
use crate::vendor::enos::wire::Action;

/// The table.
pub(in crate::http) const ROUTES: &[Route] = &[
    route(
        "legacy-apply",
        Method::POST,
        "/connectService/products/{productKey}/devices/{deviceKey}/certificates/apply",
        handler!(certificates, Action::Apply),
    ),
    route(
        "legacy-apply-asset",
        Method::POST,
        "/connectService/devices/{assetId}/certificates/apply",
        handler!(certificates, Action::Apply),
    ),
    route(
        "legacy-revoke",
        Method::DELETE,
        "/connectService/products/{productKey}/devices/{deviceKey}/certificates/revoke",
        handler!(certificates, Action::Revoke),
    ),
    route(
        "legacy-revoke-asset",
        Method::DELETE,
        "/connectService/devices/{assetId}/certificates/revoke",
        handler!(certificates, Action::Revoke),
    ),
    route(
        "legacy-list",
        Method::GET,
        "/connectService/products/{productKey}/devices/{deviceKey}/certificates/list",
        handler!(certificates, Action::List),
    ),
    route(
        "legacy-list-asset",
        Method::GET,
        "/connectService/devices/{assetId}/certificates/list",
        handler!(certificates, Action::List),
    ),
];

const fn route(name: &'static str, method: Method, path: &'static str, handler: Handler) -> Route {
    Route {
        face: Face::Enos,
        name,
        method,
        path,
        summary: "The same as the vendor's clients of 2018 ask for it.",
        handler,
    }
}

async fn certificates(site: Arc<Site>, incoming: Incoming, action: Action) -> Reply {
    let fields = authenticate(&site, &incoming).and_then(|caller| {
        let (path, query) = (incoming.path_pairs(), incoming.query_pairs());
        legacy::object(&path, &query, &incoming.body).map(|fields| (fields, caller))
    });
    let done = match fields {
        Ok((fields, caller)) => act(&site, action, &fields, &caller).await,
        Err(refusal) => Err(refusal),
    };
    let outcome = outcome(done.as_ref().err(), Some(action));
    let reply = reply(done, incoming.id.clone());
    let text = LegacyReply::of(&reply).and_then(|reply| reply.to_json());
    Reply::json(text).with_outcome(outcome)
}
