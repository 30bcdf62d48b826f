//! Certificates, searched and filtered, a page at a time.

use std::ops::RangeInclusive;
use std::sync::Arc;

use form_urlencoded::Serializer;

use crate::http::page::frame;
use crate::http::page::html::Html;
use crate::http::route::{Face, Incoming, Outcome, Reply};
use crate::http::site::Site;
use crate::ledger::{CertificateId, Filter, Record, Standing, StatusFilter, SubjectText};
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

/// What was typed, by the name of the field; nothing that is empty.
struct Asked(Vec<(&'static str, String)>);

/// A field whose text says nothing that can be looked for, and why.
struct Fault {
    field: &'static str,
    why: &'static str,
}

/// A field of the form.
struct Field {
    name: &'static str,
    label: &'static str,
    input: Input,
    hint: &'static str,
}

enum Input {
    Choice(fn() -> Vec<&'static str>),
    Day,
    Text,
}

pub(super) async fn page(site: Arc<Site>, incoming: Incoming) -> Reply {
    let (now, asked) = (site.now(), Asked::of(&incoming));
    let filter = asked.filter(now);
    let asked_for = filter.and_then(|filter| Ok((filter, asked.after()?, asked.per_page()?)));
    let (mut filter, after, per_page) = match asked_for {
        Ok(asked_for) => asked_for,
        Err(fault) => return faulty(&asked, &fault),
    };
    // One more tells whether there is another page.
    filter.limit = per_page + 1;
    let found = site.queue.ask(move |desk| {
        let ledger = desk.service.ledger();
        if let Some(after) = after {
            filter.after = ledger.find(after)?.map(|last| last.position());
        }
        Ok(ledger.list(&filter)?)
    });
    match found.await {
        Ok(mut found) => {
            let shown = usize::try_from(per_page).unwrap_or(usize::MAX);
            let more = found.len() > shown;
            found.truncate(shown);
            frame::page("Certificates", HERE, |html| {
                form(html, &asked, None);
                results(html, &found, now);
                pages(html, &asked, more.then(|| found.last()).flatten());
            })
        }
        Err(_) => frame::unanswered(),
    }
}

fn faulty(asked: &Asked, fault: &Fault) -> Reply {
    let page = frame::page("Certificates", HERE, |html| form(html, asked, Some(fault)));
    let outcome = Outcome::refused("400");
    page.with_status(400).with_outcome(outcome)
}

impl Asked {
    fn of(incoming: &Incoming) -> Self {
        let names = FIELDS.iter().map(|field| field.name).chain([AFTER, NUMBER]);
        let asked = names.filter_map(|name| {
            let mut given = incoming.query.iter();
            let (_, text) = given.find(|(given, _)| given == name)?;
            let text = text.trim();
            (!text.is_empty()).then(|| (name, text.to_owned()))
        });
        Self(asked.collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut all = self.0.iter();
        all.find_map(|(known, text)| (*known == name).then_some(text.as_str()))
    }

    fn filter(&self, now: UnixSeconds) -> Result<Filter, Fault> {
        let subject = |text: &str| SubjectText::new(text);
        let serial = |text: &str| text.parse::<SerialNumber>().ok();
        let status = |text: &str| {
            let standing = Standing::ALL.into_iter().find(|one| one.as_str() == text);
            standing.map(|standing| StatusFilter::of(standing, now))
        };
        Ok(Filter {
            serial: self.read(
                "serial",
                "a decimal number, or 0x and hexadecimal digits",
                serial,
            )?,
            vendor: self.get("vendor").map(str::to_owned),
            holder: self.get("holder").map(str::to_owned),
            subject: self.read("subject", "at least one letter or digit", subject)?,
            status: self.read("status", "one of the words in the list", status)?,
            not_after: self.range("expires_from", "expires_to")?,
            issued_at: self.range("issued_from", "issued_to")?,
            ..Filter::default()
        })
    }

    /// The certificate that the page before ended with.
    fn after(&self) -> Result<Option<CertificateId>, Fault> {
        let id = |text: &str| text.parse().ok().map(CertificateId::new);
        self.read(AFTER, "the number of a certificate", id)
    }

    fn per_page(&self) -> Result<u32, Fault> {
        let number = |text: &str| {
            text.parse()
                .ok()
                .filter(|number| (1..=MOST).contains(number))
        };
        let number = self.read(PER_PAGE, "a number from 1 to 200", number)?;
        Ok(number.unwrap_or(USUAL))
    }

    /// From the first second of a day to the last of another (UTC).
    fn range(
        &self,
        from: &'static str,
        to: &'static str,
    ) -> Result<Option<RangeInclusive<UnixSeconds>>, Fault> {
        let first = |day: &str| format!("{day}T00:00:00Z").parse().ok();
        let last = |day: &str| format!("{day}T23:59:59Z").parse().ok();
        let (first, last) = (self.read(from, DAY, first)?, self.read(to, DAY, last)?);
        if first.is_none() && last.is_none() {
            return Ok(None);
        }
        let range = first.unwrap_or(UnixSeconds::MIN)..=last.unwrap_or(UnixSeconds::MAX);
        match range.is_empty() {
            true => Err(Fault {
                field: to,
                why: "a day that is not before the first one",
            }),
            false => Ok(Some(range)),
        }
    }

    fn read<T>(
        &self,
        field: &'static str,
        why: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        let text = self.get(field);
        text.map(|text| read(text).ok_or(Fault { field, why }))
            .transpose()
    }

    /// The same search from another certificate on.
    fn following(&self, last: &Record) -> String {
        let mut query = Serializer::new(String::new());
        for (name, text) in &self.0 {
            if ![AFTER, NUMBER].contains(name) {
                query.append_pair(name, text);
            }
        }
        query.append_pair(AFTER, &last.id.get().to_string());
        query.append_pair(NUMBER, &(self.number().saturating_add(1)).to_string());
        format!("{HERE}?{}", query.finish())
    }

    /// Which page it is, for the eye alone.
    fn number(&self) -> u32 {
        let number = self.get(NUMBER).and_then(|text| text.parse().ok());
        number.unwrap_or(1)
    }
}

fn form(html: &mut Html, asked: &Asked, fault: Option<&Fault>) {
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

fn results(html: &mut Html, found: &[Record], now: UnixSeconds) {
    if found.is_empty() {
        html.leaf("p", &[("role", "status")], "No certificate is like this.");
        return;
    }
    let heads = [
        "Subject",
        "Serial number",
        "Vendor",
        "Holder",
        "Status",
        "Issued",
        "Expires",
    ];
    frame::table(html, "Certificates found", &heads, |html| {
        for record in found {
            html.element("tr", &[], |html| row(html, record, now));
        }
    });
}

fn row(html: &mut Html, record: &Record, now: UnixSeconds) {
    html.element("th", &[("scope", "row")], |html| {
        let path = format!("/certificates/{}", record.id.get());
        let subject = match record.subject_text.as_str() {
            "" => "(no subject)",
            subject => subject,
        };
        html.leaf("a", &[("href", &path)], subject);
    });
    html.leaf("td", &[("class", "mono")], &record.serial.to_string());
    html.leaf("td", &[], &record.vendor);
    html.leaf("td", &[], record.holder.as_deref().unwrap_or("–"));
    html.element("td", &[], |html| standing(html, record, now));
    html.element("td", &[], |html| frame::day(html, record.issued_at));
    html.element("td", &[], |html| {
        frame::day(html, record.validity.not_after())
    });
}

/// What a certificate is, as a word that stands out.
pub(super) fn standing(html: &mut Html, record: &Record, now: UnixSeconds) {
    let word = record.standing_at(now).as_str();
    html.leaf("span", &[("class", &format!("badge {word}"))], word);
}

fn pages(html: &mut Html, asked: &Asked, last: Option<&Record>) {
    let number = asked.number();
    if number == 1 && last.is_none() {
        return;
    }
    html.element(
        "nav",
        &[("aria-label", "Pages of the list"), ("class", "pages")],
        |html| {
            html.leaf("span", &[], &format!("Page {number}"));
            if let Some(last) = last {
                html.leaf(
                    "a",
                    &[("href", &asked.following(last)), ("rel", "next")],
                    "Next page",
                );
            }
        },
    );
}

fn vendors() -> Vec<&'static str> {
    Face::VENDORS.into_iter().map(Face::name).collect()
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

const FIELDS: &[Field] = &[
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

const HERE: &str = "/";
const AFTER: &str = "after";
const NUMBER: &str = "page";
const DAY: &str = "a day as 2026-01-31";

const PER_PAGE: &str = "show";

/// Certificates on a page when nobody says how many.
const USUAL: u32 = 50;

/// And at the most.
const MOST: u32 = 200;
