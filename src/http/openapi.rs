//! The service described as `OpenAPI` 3.1: at `/openapi.json` for programs, at `/openapi` for people.
//!
//! Which routes there are the tables say; what goes in and comes out stands beside this file, one part for each vendor and
//! one for the server's own. A route that SOAP speaks is described by the WSDL; the pages, for people, are not described.

use std::sync::Arc;

use hyper::Method;
use hyper::header::{CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY};
use serde_json::{Map, Value};

use crate::http::ecgrid;
use crate::http::page as pages;
use crate::http::route::{Face, JSON, Reply, Route};
use crate::http::routes;
use crate::http::site::Site;

mod page;

/// The table.
pub(super) const ROUTES: &[Route] = &[
    Route {
        face: Face::Public,
        name: "openapi",
        method: Method::GET,
        path: "/openapi",
        summary: "What goes in and comes out at every route, to read.",
        handler: |site, _| Box::pin(std::future::ready(page(&site))),
    },
    Route {
        face: Face::Public,
        name: "openapi-json",
        method: Method::GET,
        path: "/openapi.json",
        summary: "The same as OpenAPI 3.1.",
        handler: |site, _| Box::pin(std::future::ready(json(&site))),
    },
];

/// The document over the routes that are served.
///
/// # Errors
/// When a part is no JSON, which a test rules out.
pub(super) fn document(vendors: &[Face]) -> Result<Value, serde_json::Error> {
    let mut all: Value = serde_json::from_str(OWN)?;
    for (face, part) in PARTS {
        if vendors.contains(&face) {
            join(&mut all, serde_json::from_str(part)?);
        }
    }
    if let Some(version) = all.pointer_mut("/info/version") {
        *version = Value::from(env!("CARGO_PKG_VERSION"));
    }
    for route in described(vendors) {
        let method = route.method.as_str().to_ascii_lowercase();
        let item = all.get_mut("paths").and_then(|all| all.get_mut(route.path));
        let operation = item.and_then(|item| item.get_mut(method));
        if let Some(Value::Object(operation)) = operation {
            complete(operation, route);
        }
    }
    Ok(all)
}

/// The routes that this describes: all that are served but SOAP's and the pages.
pub(super) fn described(vendors: &[Face]) -> impl Iterator<Item = &'static Route> {
    let is_of = |table: &[Route], route: &Route| {
        let mut rows = table.iter();
        rows.any(|row| (row.face, row.name) == (route.face, route.name))
    };
    routes::served(vendors)
        .filter(move |route| !is_of(ecgrid::soap::ROUTES, route) && !is_of(pages::ROUTES, route))
}

/// Adds a part: its tags to the tags, its paths to the paths, its components to those of their sort.
fn join(all: &mut Value, part: Value) {
    match (all, part) {
        (Value::Object(all), Value::Object(part)) => {
            for (name, value) in part {
                match all.get_mut(&name) {
                    Some(there) => join(there, value),
                    None => drop(all.insert(name, value)),
                }
            }
        }
        (Value::Array(all), Value::Array(part)) => all.extend(part),
        (all, part) => *all = part,
    }
}

/// What the table says of a route, and what the server answers before the vendor's code has a say.
fn complete(operation: &mut Map<String, Value>, route: &Route) {
    let id = format!("{}/{}", route.face.name(), route.name);
    operation.insert("operationId".to_owned(), Value::from(id));
    operation.insert("summary".to_owned(), Value::from(route.summary));
    let tags = vec![Value::from(route.face.name())];
    operation.insert("tags".to_owned(), Value::Array(tags));
    if !operation.contains_key("requestBody") {
        return;
    }
    if let Some(Value::Object(responses)) = operation.get_mut("responses") {
        for (status, name) in [("408", "BodyLate"), ("413", "BodyTooLong")] {
            let reference = format!("#/components/responses/{name}");
            let reference = Map::from_iter([("$ref".to_owned(), Value::from(reference))]);
            let response = responses.entry(status);
            response.or_insert(Value::Object(reference));
        }
    }
}

fn json(site: &Arc<Site>) -> Reply {
    match document(&site.settings.faces) {
        Ok(document) => Reply::new(JSON, document.to_string()),
        Err(error) => Reply::json(Err(error)),
    }
}

/// Nothing is loaded and nothing runs: the style stands in the page, and is the only thing that is let.
fn page(site: &Arc<Site>) -> Reply {
    let document = match document(&site.settings.faces) {
        Ok(document) => document,
        Err(error) => return Reply::json(Err(error)),
    };
    let policy = HeaderValue::from_static(
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    Reply::new("text/html; charset=utf-8", page::render(&document))
        .with_header(CONTENT_SECURITY_POLICY, policy)
        .with_header(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))
}

const OWN: &str = include_str!("openapi/own.json");

const PARTS: [(Face, &str); 4] = [
    (Face::As2Expert, include_str!("openapi/as2expert.json")),
    (Face::Ecgrid, include_str!("openapi/ecgrid.json")),
    (Face::Emca, include_str!("openapi/emca.json")),
    (Face::Enos, include_str!("openapi/enos.json")),
];
