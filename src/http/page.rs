//! What an operator looks at in a browser: what was issued, what comes next, what ends when, the rules, the last requests.
//!
//! Pages are made here and whole: they need no script, and none may run in them. They only show: every rule is the
//! vendors', every answer the service's.

use hyper::Method;

use crate::http::route::{Face, Handler, Route, handler};

pub(super) use token::FormTokens;

mod detail;
mod download;
mod expiry;
mod frame;
mod html;
mod lifecycle;
mod p12;
mod requests;
mod rules;
mod search;
#[cfg(test)]
mod tests;
mod token;

/// The table.
pub(super) const ROUTES: &[Route] = &[
    page(
        "page-certificates",
        "/",
        "Page: certificates, searched and filtered.",
        handler!(search::page),
    ),
    page(
        "page-certificate",
        "/certificates/{id}",
        "Page: one certificate by its number in the ledger.",
        handler!(detail::page),
    ),
    page(
        "page-download",
        "/certificates/{id}/{form}",
        "A certificate as cer, pem, chain.pem, p7b or pem.p7b.",
        handler!(download::file),
    ),
    Route {
        face: Face::Operator,
        name: "page-p12",
        method: Method::POST,
        path: "/certificates/{id}/p12",
        summary: "The private key of a certificate in a P12; takes the form of the certificate's page.",
        handler: handler!(p12::file),
    },
    page(
        "page-lifecycle",
        "/lifecycle",
        "Page: what Comms and stations use now and next, and whom a rollover touches.",
        handler!(lifecycle::page),
    ),
    page(
        "page-expiry",
        "/expiry",
        "Page: how many certificates end in which month.",
        |site, _| Box::pin(expiry::page(site)),
    ),
    page(
        "page-rules",
        "/rules",
        "Page: the vendors' rules.",
        |_, _| Box::pin(std::future::ready(rules::page())),
    ),
    page(
        "page-requests",
        "/requests",
        "Page: the last requests to the vendors' routes with what was found in them.",
        |site, _| Box::pin(std::future::ready(requests::page(&site))),
    ),
    page(
        "page-style",
        frame::STYLE_PATH,
        "The pages' style sheet.",
        |_, _| Box::pin(std::future::ready(frame::style())),
    ),
];

const fn page(
    name: &'static str,
    path: &'static str,
    summary: &'static str,
    handler: Handler,
) -> Route {
    Route {
        face: Face::Operator,
        name,
        method: Method::GET,
        path,
        summary,
        handler,
    }
}
