//! What a page of some other site may have a browser on this machine ask.
//!
//! A browser reaches 127.0.0.1 for any page that it shows. Where a face asks who calls, such a page has no answer. Where
//! it asks nobody, two things tell a page of another site: the name in `Host`, which is that site's own when its name was
//! made to lead here (DNS rebinding), and `Sec-Fetch-Site` or `Origin`, which tell where a request comes from (a forged
//! one).

use axum::http::uri::Authority;
use hyper::header::HOST;
use hyper::{Method, StatusCode};
use std::net::IpAddr;

use crate::http::route::{Incoming, Reply, Route};
use crate::http::site::Site;

/// Where a browser says that a request comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum From {
    Elsewhere,
    /// A page of this server.
    Here,
    /// The client is no browser, or an old one that reads.
    Untold,
}

/// What is answered to a page of another site, where a route asks nobody who calls.
pub(super) fn check(site: &Site, route: &Route, incoming: &Incoming) -> Option<Reply> {
    if !site.settings.open.contains(&route.face) {
        return None;
    }
    if !is_known_here(site, incoming) {
        let text = "this server is not known by that name: [server] names has those that it is";
        return Some(Reply::plain(StatusCode::MISDIRECTED_REQUEST, text));
    }
    // What reads can be asked for by a link anywhere, and the page with the link does not see the answer.
    if route.method != Method::GET && from(site, incoming) == From::Elsewhere {
        let text = "the request comes from a page of another site";
        return Some(Reply::plain(StatusCode::FORBIDDEN, text));
    }
    None
}

/// `Sec-Fetch-Site`, or `Origin` of a browser that is older or speaks plain HTTP.
pub(super) fn from(site: &Site, incoming: &Incoming) -> From {
    if let Some(from) = incoming.headers.get("sec-fetch-site") {
        return match from.as_bytes() {
            b"same-origin" => From::Here,
            _ => From::Elsewhere,
        };
    }
    let Some(origin) = incoming.headers.get("origin") else {
        return From::Untold;
    };
    let here = incoming.header("host");
    let here = here.map(|host| format!("{}://{host}", site.settings.scheme()));
    match here.is_some_and(|here| origin.as_bytes() == here.as_bytes()) {
        true => From::Here,
        false => From::Elsewhere,
    }
}

/// An address leads where it says; a name must be one of this server's. A client that names nothing is no browser.
fn is_known_here(site: &Site, incoming: &Incoming) -> bool {
    let Some(host) = incoming.headers.get(HOST) else {
        return true;
    };
    let authority = Authority::try_from(host.as_bytes()).ok();
    authority.is_some_and(|authority| {
        let name = authority.host().to_ascii_lowercase();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        address.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || name.ends_with(".localhost")
            || site.settings.names.contains(&name)
    })
}
