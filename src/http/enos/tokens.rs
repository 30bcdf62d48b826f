//! The gateway's token service: `POST /apim-token-service/v2.0/token/get` and `/refresh`.

use std::sync::Arc;

use super::outcome;
use crate::http::clock;
use crate::http::route::{Face, Incoming, Reply, Route, handler};
use crate::http::site::Site;
use crate::vendor::enos::access::tokens;
use crate::vendor::enos::access::tokens::{Asked, Granted, TokenCall};
use crate::vendor::enos::error::Refusal;

/// The table.
pub(in crate::http) const ROUTES: &[Route] = &[
    Face::Enos.post(
        "token-get",
        "/apim-token-service/v2.0/token/get",
        "Get the access token of an application.",
        handler!(token, TokenCall::Get),
    ),
    Face::Enos.post(
        "token-refresh",
        "/apim-token-service/v2.0/token/refresh",
        "Get a new access token for one that has not ended.",
        handler!(token, TokenCall::Refresh),
    ),
];

async fn token(site: Arc<Site>, incoming: Incoming, call: TokenCall) -> Reply {
    let granted = grant(&site, &incoming, call).await;
    let outcome = outcome(granted.as_ref().err(), None);
    let text = match granted {
        Ok(granted) => granted.to_json(),
        Err(refusal) => tokens::refused_to_json(&refusal),
    };
    Reply::json(text).with_outcome(outcome)
}

/// A token that lets an application call is told in the audit log before it is handed out.
async fn grant(site: &Site, incoming: &Incoming, call: TokenCall) -> Result<Granted, Refusal> {
    let (settings, now) = (site.enos.config(), site.now());
    let taker = match site.gate.ask(call, &incoming.body, settings, now)? {
        Asked::Has(granted) => return Ok(granted),
        Asked::Needs(taker) => taker,
    };
    let random = clock::random().map_err(|_| tokens::failed())?;
    if let Some(app_key) = taker.held() {
        let app_key = app_key.to_owned();
        let told = site
            .queue
            .ask(move |desk| desk.service.note_enos_token(&app_key, now));
        told.await.map_err(|_| tokens::failed())?;
    }
    Ok(site.gate.give(&taker, random, now))
}
