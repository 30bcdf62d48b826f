//! The last requests to the vendors' routes, and what the rules found in them.

use crate::http::page::frame;
use crate::http::page::html::Html;
use crate::http::page::rules;
use crate::http::recent::Entry;
use crate::http::route::{Outcome, Reply};
use crate::http::site::Site;

pub(super) fn page(site: &Site) -> Reply {
    let entries = site.recent.all();
    frame::page("Requests", "/requests", |html| {
        let text = "The last requests to the vendors' routes since the server began, newest first. Their paths, headers and \
            bodies are not kept.";
        html.leaf("p", &[], text);
        if entries.is_empty() {
            html.leaf("p", &[("role", "status")], "There was none yet.");
            return;
        }
        let heads = [
            "Time",
            "Vendor",
            "Call",
            "Status",
            "Code",
            "Findings",
            "Request id",
        ];
        frame::table(html, "Requests", &heads, |html| {
            for entry in &entries {
                html.element("tr", &[], |html| row(html, entry));
            }
        });
    })
}

fn row(html: &mut Html, entry: &Entry) {
    let Entry {
        at,
        id,
        vendor,
        route,
        status,
        outcome,
    } = entry;
    let Outcome {
        action: _,
        code,
        findings,
    } = outcome;
    html.element("th", &[("scope", "row"), ("class", "time")], |html| {
        html.leaf("time", &[("datetime", at)], at);
    });
    html.leaf("td", &[], vendor);
    html.leaf("td", &[], route);
    html.leaf("td", &[], &status.to_string());
    html.leaf("td", &[], code);
    html.element("td", &[("class", "long")], |html| {
        if findings.is_empty() {
            html.text("none");
            return;
        }
        html.element("ul", &[], |html| {
            for found in findings {
                html.element("li", &[], |html| finding(html, vendor, found));
            }
        });
    });
    html.leaf("td", &[("class", "mono")], id);
}

/// A finding ends with its rule and where that comes from, in brackets; the rule leads to what it says.
fn finding(html: &mut Html, vendor: &str, text: &str) {
    let parts = text.rsplit_once('[').and_then(|(before, rest)| {
        let (rule, after) = rest.split_once(',')?;
        Some((before, rule, after, rules::place(vendor, rule)?))
    });
    let Some((before, rule, after, place)) = parts else {
        html.text(text);
        return;
    };
    html.text(before);
    html.text("[");
    html.leaf("a", &[("href", &place)], rule);
    html.text(",");
    html.text(after);
}
