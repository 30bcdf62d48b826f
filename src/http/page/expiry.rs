//! How many certificates end when: a chart, and all of it again as a table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::http::page::frame;
use crate::http::page::html::Html;
use crate::http::route::Reply;
use crate::http::site::Site;
use crate::ledger::{Count, Standing};
use crate::time::UnixSeconds;

mod chart;

/// Certificates that end in a month.
#[derive(Debug, Default)]
struct Month {
    valid: u64,
    expired: u64,
    /// Those that are valid, by vendor.
    by_vendor: BTreeMap<String, u64>,
}

impl Month {
    fn add(&mut self, count: &Count) {
        if count.standing == Standing::Expired {
            self.expired += count.certificates;
            return;
        }
        self.valid += count.certificates;
        *self.by_vendor.entry(count.vendor.clone()).or_default() += count.certificates;
    }
}

pub(super) async fn page(site: Arc<Site>) -> Reply {
    let counts = site
        .queue
        .ask(|desk| Ok(desk.service.ledger().stats(desk.now())?));
    match counts.await {
        Ok(counts) => frame::page("Expiry", "/expiry", |html| show(html, &counts)),
        Err(_) => frame::unanswered(),
    }
}

fn show(html: &mut Html, counts: &[Count]) {
    let mut months = BTreeMap::<&str, Month>::new();
    let mut others = 0;
    for count in counts {
        match count.standing {
            Standing::Valid | Standing::Expired => {
                months.entry(&count.month).or_default().add(count);
            }
            _ => others += count.certificates,
        }
    }
    let (valid, expired) = months.values().fold((0, 0), |(valid, expired), month| {
        (valid + month.valid, expired + month.expired)
    });
    let text = format!(
        "{valid} valid and {expired} expired certificates by the month of their end (UTC); {others} revoked or on hold are \
         left out."
    );
    html.leaf("p", &[], &text);
    if months.is_empty() {
        return;
    }
    let bars: Vec<_> = months
        .iter()
        .filter_map(|(name, month)| Some((chart::month_number(name)?, month.valid, month.expired)))
        .collect();
    html.element("figure", &[], |html| {
        chart::draw(html, &bars);
        html.element("figcaption", &[], |html| {
            html.leaf("span", &[("class", "key valid")], "valid");
            html.leaf("span", &[("class", "key expired")], "expired");
            html.leaf("span", &[], "The table below has the same figures.");
        });
    });
    table(html, &months);
}

fn table(html: &mut Html, months: &BTreeMap<&str, Month>) {
    let vendors: BTreeSet<_> = months
        .values()
        .flat_map(|month| month.by_vendor.keys())
        .collect();
    let names: Vec<_> = vendors
        .iter()
        .map(|vendor| format!("{vendor}, valid"))
        .collect();
    let mut heads = vec!["Month", "Valid", "Expired"];
    heads.extend(names.iter().map(String::as_str));
    frame::table(
        html,
        "Certificates by the month of their end",
        &heads,
        |html| {
            for (name, month) in months {
                html.element("tr", &[], |html| {
                    html.element("th", &[("scope", "row")], |html| link(html, name));
                    number(html, month.valid);
                    number(html, month.expired);
                    for vendor in &vendors {
                        number(
                            html,
                            month.by_vendor.get(*vendor).copied().unwrap_or_default(),
                        );
                    }
                });
            }
        },
    );
}

fn number(html: &mut Html, number: u64) {
    html.leaf("td", &[("class", "number")], &number.to_string());
}

/// To the certificates that end in a month.
fn link(html: &mut Html, month: &str) {
    let mut days = (28..=31).rev().map(|day| format!("{month}-{day}"));
    let last = days.find(|day| format!("{day}T00:00:00Z").parse::<UnixSeconds>().is_ok());
    match last {
        Some(last) => {
            let path = format!("/?expires_from={month}-01&expires_to={last}");
            html.leaf("a", &[("href", &path)], month);
        }
        None => html.text(month),
    }
}
