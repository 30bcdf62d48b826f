//! Certificates, searched and filtered, a page at a time.

use std::ops::RangeInclusive;
use std::sync::Arc;

use form_urlencoded::Serializer;

use crate::http::page::frame;
use crate::http::page::html::Html;
use crate::http::page::search::form::{FIELDS, form};
use crate::http::route::{Incoming, Outcome, Reply};
use crate::http::site::Site;
use crate::ledger::{
    CertificateId, Filter, Ledger, LedgerError, Record, Standing, StatusFilter, SubjectText,
};
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

mod form;

/// A page of the list.
struct Found {
    /// How many there are in all.
    total: u64,
    records: Vec<Record>,
    /// Its number, for the eye alone.
    number: u64,
    /// Whether others come before it.
    previous: bool,
    /// Whether others come after it.
    next: bool,
}

/// Where a page begins or ends.
#[derive(Clone, Copy)]
enum Edge {
    Start,
    After(CertificateId),
    Before(CertificateId),
}

/// What was typed, by the name of the field; nothing that is empty.
struct Asked(Vec<(&'static str, String)>);

/// A field whose text says nothing that can be looked for, and why.
struct Fault {
    field: &'static str,
    why: &'static str,
}

pub(super) async fn page(site: Arc<Site>, incoming: Incoming) -> Reply {
    let (now, asked) = (site.now(), Asked::of(&incoming));
    let filter = asked.filter(now);
    let asked_for = filter.and_then(|filter| Ok((filter, asked.edge()?, asked.per_page()?)));
    let (filter, edge, per_page) = match asked_for {
        Ok(asked_for) => asked_for,
        Err(fault) => return faulty(&asked, &fault),
    };
    let number = asked.number();
    let found = site.queue.ask(move |desk| {
        Ok(find(
            desk.service.ledger(),
            filter,
            (edge, number),
            per_page,
        )?)
    });
    match found.await {
        Ok(found) => frame::page("Certificates", HERE, |html| {
            form(html, &asked, None);
            results(html, &found, now);
            pages(html, &asked, &found, per_page);
        }),
        Err(_) => frame::unanswered(),
    }
}

fn find(
    ledger: &Ledger,
    mut filter: Filter,
    (edge, number): (Edge, u64),
    per_page: u32,
) -> Result<Found, LedgerError> {
    let position = |id| Ok::<_, LedgerError>(ledger.find(id)?.map(|one| one.position()));
    match edge {
        Edge::Start => {}
        Edge::After(id) => filter.after = position(id)?,
        Edge::Before(id) => filter.before = position(id)?,
    }
    // One more tells whether there is another page.
    filter.limit = per_page + 1;
    let mut records = ledger.list(&filter)?;
    let shown = usize::try_from(per_page).unwrap_or(usize::MAX);
    let more = records.len() > shown;
    let backwards = filter.before.is_some();
    if backwards && !more {
        // The first page is one page, whichever way one came to it.
        filter.before = None;
        return find(ledger, filter, (Edge::Start, 1), per_page);
    }
    match backwards {
        true => drop(records.remove(0)),
        false => records.truncate(shown),
    }
    Ok(Found {
        total: ledger.count(&filter)?,
        records,
        number,
        previous: backwards || filter.after.is_some(),
        next: backwards || more,
    })
}

fn faulty(asked: &Asked, fault: &Fault) -> Reply {
    let page = frame::page("Certificates", HERE, |html| form(html, asked, Some(fault)));
    let outcome = Outcome::refused("400");
    page.with_status(400).with_outcome(outcome)
}

impl Asked {
    fn of(incoming: &Incoming) -> Self {
        let names = FIELDS
            .iter()
            .map(|field| field.name)
            .chain([AFTER, BEFORE, NUMBER]);
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

    /// The certificate that the page before ended with, or that the page after began with.
    fn edge(&self) -> Result<Edge, Fault> {
        let id = |text: &str| text.parse().ok().map(CertificateId::new);
        let read = |field| self.read(field, "the number of a certificate", id);
        Ok(match (read(AFTER)?, read(BEFORE)?) {
            (_, Some(before)) => Edge::Before(before),
            (Some(after), None) => Edge::After(after),
            (None, None) => Edge::Start,
        })
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

    /// The same search beyond another certificate.
    fn beyond(&self, edge: &'static str, record: &Record, number: u64) -> String {
        let mut query = Serializer::new(String::new());
        for (name, text) in &self.0 {
            if ![AFTER, BEFORE, NUMBER].contains(name) {
                query.append_pair(name, text);
            }
        }
        query.append_pair(edge, &record.id.get().to_string());
        query.append_pair(NUMBER, &number.to_string());
        format!("{HERE}?{}", query.finish())
    }

    fn number(&self) -> u64 {
        let number = self.get(NUMBER).and_then(|text| text.parse().ok());
        number.unwrap_or(1).max(1)
    }
}

fn results(html: &mut Html, found: &Found, now: UnixSeconds) {
    let text = match found.total {
        0 => "No certificate is like this.".to_owned(),
        1 => "1 certificate.".to_owned(),
        total => format!("{total} certificates."),
    };
    html.leaf("p", &[("role", "status")], &text);
    if found.records.is_empty() {
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
        for record in &found.records {
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

fn pages(html: &mut Html, asked: &Asked, found: &Found, per_page: u32) {
    let Found {
        total,
        records,
        number,
        previous,
        next,
    } = found;
    if !previous && !next {
        return;
    }
    let all = total.div_ceil(u64::from(per_page)).max(*number);
    html.element(
        "nav",
        &[("aria-label", "Pages of the list"), ("class", "pages")],
        |html| {
            html.leaf("span", &[], &format!("Page {number} of {all}"));
            if *previous {
                let back = number.saturating_sub(1).max(1);
                // Behind the last page there is nothing to go back from but the start.
                let path = match records.first() {
                    Some(first) => asked.beyond(BEFORE, first, back),
                    None => HERE.to_owned(),
                };
                html.leaf("a", &[("href", &path), ("rel", "prev")], "Previous page");
            }
            if let (true, Some(last)) = (*next, records.last()) {
                let path = asked.beyond(AFTER, last, number.saturating_add(1));
                html.leaf("a", &[("href", &path), ("rel", "next")], "Next page");
            }
        },
    );
}

const HERE: &str = "/";
const AFTER: &str = "after";
const BEFORE: &str = "before";
const NUMBER: &str = "page";
const DAY: &str = "a day as 2026-01-31";

const PER_PAGE: &str = "show";

/// Certificates on a page when nobody says how many.
const USUAL: u32 = 50;

/// And at the most.
const MOST: u32 = 200;
