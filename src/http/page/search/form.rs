//! The form of a search: its fields, and what is wrong with one.

use super::{Asked, Fault, HERE, PER_PAGE};
use crate::http::page::html::Html;
use crate::http::route::Face;
use crate::ledger::Standing;
use crate::service::own;

/// A field of the form.
pub(super) struct Field {
    pub(super) name: &'static str,
    label: &'static str,
    input: Input,
    hint: &'static str,
}

enum Input {
    Choice(fn() -> Vec<&'static str>),
    Day,
    Text,
}

pub(super) fn form(html: &mut Html, asked: &Asked, fault: Option<&Fault>) {
    let attributes = [
        ("role", "search"),
        ("aria-label", "Certificates"),
        ("method", "get"),
        ("action", HERE),
        ("class", "search"),
    ];
    html.element("form", &attributes, |html| {
        if let Some(fault) = fault {
            let mut labels = FIELDS.iter();
            let label = labels.find(|field| field.name == fault.field);
            let label = label.map_or(fault.field, |field| field.label);
            html.element("p", &[("role", "alert"), ("id", "fault")], |html| {
                html.text(&format!("{label}: expected {}.", fault.why));
            });
        }
        html.element("div", &[("class", "fields")], |html| {
            for one in FIELDS {
                let is_wrong = fault.is_some_and(|fault| fault.field == one.name);
                field(html, one, asked.get(one.name).unwrap_or_default(), is_wrong);
            }
        });
        html.element("p", &[("class", "actions")], |html| {
            html.leaf("button", &[("type", "submit")], "Search");
            if !asked.0.is_empty() {
                html.leaf("a", &[("href", HERE)], "All certificates");
            }
        });
    });
}

fn field(html: &mut Html, field: &Field, value: &str, is_wrong: bool) {
    let Field {
        name,
        label,
        input,
        hint,
    } = field;
    let hint_id = format!("{name}-hint");
    let mut attributes = vec![("id", *name), ("name", *name)];
    if is_wrong {
        attributes.extend([("aria-invalid", "true"), ("aria-describedby", "fault")]);
    } else if !hint.is_empty() {
        attributes.push(("aria-describedby", &hint_id));
    }
    html.element("div", &[("class", "field")], |html| {
        html.leaf("label", &[("for", name)], label);
        match input {
            Input::Choice(words) => html.element("select", &attributes, |html| {
                html.leaf("option", &[("value", "")], "–");
                for word in words() {
                    let all = [("value", word), ("selected", "selected")];
                    let shown = if word == value {
                        all.as_slice()
                    } else {
                        all.split_at(1).0
                    };
                    html.leaf("option", shown, word);
                }
            }),
            Input::Day => {
                attributes.extend([("type", "date"), ("value", value)]);
                html.void("input", &attributes);
            }
            Input::Text => {
                attributes.extend([("type", "text"), ("value", value), ("spellcheck", "false")]);
                attributes.push(("autocomplete", "off"));
                html.void("input", &attributes);
            }
        }
        if !hint.is_empty() {
            html.leaf("span", &[("class", "hint"), ("id", &hint_id)], hint);
        }
    });
}

fn vendors() -> Vec<&'static str> {
    let vendors = Face::VENDORS.into_iter().map(Face::name);
    vendors.chain([own::NAME]).collect()
}

fn standings() -> Vec<&'static str> {
    Standing::ALL.into_iter().map(Standing::as_str).collect()
}

const fn text(name: &'static str, label: &'static str, hint: &'static str) -> Field {
    Field {
        name,
        label,
        input: Input::Text,
        hint,
    }
}

const fn day(name: &'static str, label: &'static str) -> Field {
    Field {
        name,
        label,
        input: Input::Day,
        hint: "",
    }
}

const fn choice(
    name: &'static str,
    label: &'static str,
    words: fn() -> Vec<&'static str>,
) -> Field {
    Field {
        name,
        label,
        input: Input::Choice(words),
        hint: "",
    }
}

pub(super) const FIELDS: &[Field] = &[
    text(
        "subject",
        "Subject",
        "whole words; the last may go on after *",
    ),
    text("serial", "Serial number", "decimal, or 0x and hexadecimal"),
    text("holder", "Holder", "Comm, station, pk/dk, subscriber"),
    choice("vendor", "Vendor", vendors),
    choice("status", "Status", standings),
    day("issued_from", "Issued from"),
    day("issued_to", "Issued to"),
    day("expires_from", "Expires from"),
    day("expires_to", "Expires to"),
    choice(PER_PAGE, "On a page", || vec!["25", "50", "100", "200"]),
];
