//! What all pages have in common: head, navigation, the headers that keep anything foreign out, and small parts.

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};

use crate::http::page::html::Html;
use crate::http::route::{Outcome, Reply};
use crate::time::UnixSeconds;

pub(super) const STYLE_PATH: &str = "/page.css";

/// A page; `here` is the path of the entry of the navigation that it belongs to.
pub(super) fn page(title: &str, here: &'static str, main: impl FnOnce(&mut Html)) -> Reply {
    let text = Html::document(&[("lang", "en")], |html| {
        html.element("head", &[], |html| head(html, title));
        html.element("body", &[], |html| {
            html.leaf(
                "a",
                &[("class", "skip"), ("href", "#main")],
                "Skip to content",
            );
            html.element("header", &[], |html| {
                html.leaf("span", &[("class", "brand")], "certwright");
                html.element("nav", &[("aria-label", "Pages")], |html| {
                    navigation(html, here)
                });
            });
            let attributes = [("id", "main"), ("tabindex", "-1")];
            html.element("main", &attributes, |html| {
                html.leaf("h1", &[], title);
                main(html);
            });
        });
    });
    guarded(Reply::new(HTML, text))
}

/// A page that says why there is no other.
pub(super) fn refusal(status: StatusCode, text: &str) -> Reply {
    let title = status.canonical_reason().unwrap_or("Refused");
    page(title, "", |html| {
        html.leaf("p", &[("role", "alert")], text);
        html.element("p", &[], |html| {
            html.leaf("a", &[("href", "/")], "All certificates")
        });
    })
    .with_status(status.as_u16())
    .with_outcome(Outcome::refused(status.as_str()))
}

/// The service is gone, or failed and told the log why.
pub(super) fn unanswered() -> Reply {
    let text = "The service cannot answer at present; the log tells why.";
    refusal(StatusCode::SERVICE_UNAVAILABLE, text)
}

pub(super) fn style() -> Reply {
    guarded(Reply::new("text/css; charset=utf-8", STYLE))
}

/// Nothing but our own style is loaded, no script runs, no other page shows this one or takes its forms.
fn guarded(reply: Reply) -> Reply {
    HEADERS.iter().fold(reply, |reply, (name, value)| {
        let name = HeaderName::from_static(name);
        reply.with_header(name, HeaderValue::from_static(value))
    })
}

fn head(html: &mut Html, title: &str) {
    html.void("meta", &[("charset", "utf-8")]);
    let viewport = "width=device-width, initial-scale=1";
    html.void("meta", &[("name", "viewport"), ("content", viewport)]);
    html.void(
        "meta",
        &[("name", "color-scheme"), ("content", "light dark")],
    );
    html.leaf("title", &[], &format!("{title} – certwright"));
    html.void("link", &[("rel", "stylesheet"), ("href", STYLE_PATH)]);
}

fn navigation(html: &mut Html, here: &str) {
    html.element("ul", &[], |html| {
        for (path, name) in PLACES {
            html.element("li", &[], |html| {
                let link = [("href", path), ("aria-current", "page")];
                let shown = if path == here {
                    link.as_slice()
                } else {
                    link.split_at(1).0
                };
                html.leaf("a", shown, name);
            });
        }
    });
}

/// A table with a caption; `heads` name the columns.
pub(super) fn table(html: &mut Html, caption: &str, heads: &[&str], rows: impl FnOnce(&mut Html)) {
    // What is wider than the window is moved within itself, by keys too.
    let scroller = [
        ("class", "scroll"),
        ("role", "region"),
        ("tabindex", "0"),
        ("aria-label", caption),
    ];
    html.element("div", &scroller, |html| {
        html.element("table", &[], |html| {
            html.leaf("caption", &[], caption);
            html.element("thead", &[], |html| {
                html.element("tr", &[], |html| {
                    for head in heads {
                        html.leaf("th", &[("scope", "col")], head);
                    }
                });
            });
            html.element("tbody", &[], rows);
        });
    });
}

/// A section under a heading.
pub(super) fn section(html: &mut Html, id: &str, heading: &str, inside: impl FnOnce(&mut Html)) {
    html.element("section", &[("aria-labelledby", id)], |html| {
        html.leaf("h2", &[("id", id)], heading);
        inside(html);
    });
}

/// Names and what they stand for.
pub(super) fn facts(html: &mut Html, facts: &[(&str, String)]) {
    html.element("dl", &[], |html| {
        for (name, value) in facts {
            html.leaf("dt", &[], name);
            html.leaf("dd", &[], value);
        }
    });
}

/// The day of a second (UTC), with the second for programs and on demand.
pub(super) fn day(html: &mut Html, at: UnixSeconds) {
    let whole = at.to_string();
    let day = whole.get(..10).unwrap_or(&whole);
    html.leaf("time", &[("datetime", &whole), ("title", &whole)], day);
}

const HTML: &str = "text/html; charset=utf-8";

const STYLE: &str = include_str!("page.css");

const PLACES: [(&str, &str); 5] = [
    ("/", "Certificates"),
    ("/lifecycle", "Now and next"),
    ("/expiry", "Expiry"),
    ("/rules", "Rules"),
    ("/requests", "Requests"),
];

const HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-frame-options", "DENY"),
    // With `no-referrer` a browser would name no origin in a form's request either.
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];
