//! What Comms and stations use now and next, and whom a rollover touches.

use std::sync::Arc;

use crate::http::page::frame;
use crate::http::page::html::Html;
use crate::http::queue::Desk;
use crate::http::route::{Incoming, Reply};
use crate::http::site::Site;
use crate::ledger::CertificateId;
use crate::service::ServiceError;
use crate::time::UnixSeconds;
use crate::vendor::rollover::{Affected, Lane, Slot, Succession, Used};
use crate::vendor::{as2expert, ecgrid};

/// A Comm or a station, and where its certificates are in the ledger.
struct Owner {
    vendor: &'static str,
    what: &'static str,
    succession: Succession,
    places: Vec<Places>,
}

/// The certificates of a lane in the ledger.
struct Places {
    current: Option<CertificateId>,
    next: Option<CertificateId>,
}

pub(super) async fn page(site: Arc<Site>, incoming: Incoming) -> Reply {
    let mut query = incoming.query.iter();
    let name = query.find_map(|(name, text)| (name == NAME).then_some(text.trim()));
    let name = name.unwrap_or_default().to_owned();
    let wanted = name.clone();
    match site.queue.ask(move |desk| owners(desk, &wanted)).await {
        Ok((owners, all)) => {
            let now = site.now();
            frame::page("Now and next", HERE, |html| {
                show(html, &name, &owners, all, now)
            })
        }
        Err(_) => frame::unanswered(),
    }
}

/// The first of those whose number or name has the text in it, and how many there are.
fn owners(desk: &mut Desk, wanted: &str) -> Result<(Vec<Owner>, usize), ServiceError> {
    let (service, now) = (&desk.service, desk.now());
    let comms = service.ecgrid_successions(None, &ecgrid::access::Caller::local(), now);
    let comms = comms.map_err(|refusal| ServiceError::Own(Box::new(refusal)))?;
    let stations = service.as2expert_successions(None, &as2expert::access::Caller::local(), now);
    let stations = stations.map_err(|refusal| ServiceError::Own(Box::new(refusal)))?;
    let comms = comms.into_iter().map(|one| (ecgrid::NAME, "Comm", one));
    let stations = stations
        .into_iter()
        .map(|one| (as2expert::NAME, "Station", one));
    let wanted = wanted.to_lowercase();
    let is_wanted = |one: &Succession| {
        one.owner.to_lowercase().contains(&wanted) || one.owner_id.to_string() == wanted
    };
    let all: Vec<_> = comms
        .chain(stations)
        .filter(|(_, _, one)| is_wanted(one))
        .collect();
    let count = all.len();
    let shown = all
        .into_iter()
        .take(MOST)
        .map(|(vendor, what, succession)| {
            let lanes = succession.lanes.iter();
            let places = lanes
                .map(|lane| places(desk, lane))
                .collect::<Result<_, _>>()?;
            Ok(Owner {
                vendor,
                what,
                succession,
                places,
            })
        });
    Ok((shown.collect::<Result<_, ServiceError>>()?, count))
}

fn places(desk: &Desk, lane: &Lane) -> Result<Places, ServiceError> {
    let place = |used: &Option<Used>| -> Result<Option<CertificateId>, ServiceError> {
        let Some(used) = used else { return Ok(None) };
        let sha256 = used.certificate.sha256();
        let found = desk.service.ledger().find_by_fingerprint(&sha256)?;
        Ok(found.first().map(|record| record.id))
    };
    let Slot { current, next } = &lane.slot;
    Ok(Places {
        current: place(current)?,
        next: place(next)?,
    })
}

fn show(html: &mut Html, name: &str, owners: &[Owner], all: usize, now: UnixSeconds) {
    form(html, name);
    if owners.is_empty() {
        let text = match name {
            "" => "The workspace has no Comm and no station.",
            _ => "No Comm and no station is called so.",
        };
        html.leaf("p", &[("role", "status")], text);
    }
    if all > owners.len() {
        let text = format!(
            "The first {} of {all}; a name or number shows others.",
            owners.len()
        );
        html.leaf("p", &[("role", "status")], &text);
    }
    for owner in owners {
        let Owner {
            vendor,
            what,
            succession,
            places,
        } = owner;
        let Succession {
            owner_id,
            owner,
            lanes,
        } = succession;
        let id = format!("{vendor}-{owner_id}");
        frame::section(html, &id, &format!("{what} {owner_id}: {owner}"), |html| {
            if lanes.is_empty() {
                html.leaf("p", &[], "No certificate is in use or comes next.");
                return;
            }
            let caption = format!("{vendor}, {what} {owner_id}");
            let heads = [
                "Used for",
                "Current",
                "Next",
                "Both hold",
                "Partners touched",
            ];
            frame::table(html, &caption, &heads, |html| {
                for (lane, places) in lanes.iter().zip(places) {
                    html.element("tr", &[], |html| row(html, lane, places, now));
                }
            });
        });
    }
}

fn form(html: &mut Html, name: &str) {
    let attributes = [
        ("role", "search"),
        ("aria-label", "Comms and stations"),
        ("method", "get"),
        ("action", HERE),
        ("class", "search"),
    ];
    html.element("form", &attributes, |html| {
        html.element("div", &[("class", "field")], |html| {
            html.leaf("label", &[("for", NAME)], "Number, or part of a name");
            let input = [
                ("type", "text"),
                ("id", NAME),
                ("name", NAME),
                ("value", name),
            ];
            html.void("input", &input);
        });
        html.element("p", &[("class", "actions")], |html| {
            html.leaf("button", &[("type", "submit")], "Search");
        });
    });
}

fn row(html: &mut Html, lane: &Lane, places: &Places, now: UnixSeconds) {
    html.element("th", &[("scope", "row")], |html| {
        html.text(lane.purpose.as_str());
        if let Some(partner) = &lane.partner {
            html.text(&format!(", for {partner} only"));
        }
    });
    html.element("td", &[], |html| {
        used(html, lane.slot.current.as_ref(), places.current)
    });
    html.element("td", &[], |html| {
        used(html, lane.slot.next.as_ref(), places.next)
    });
    html.element("td", &[], |html| match lane.slot.overlap() {
        None => html.text("–"),
        Some(both) => {
            period(html, both.not_before(), both.not_after());
            if both.contains(now) {
                html.text(" ");
                html.leaf("span", &[("class", "badge on-hold")], "now");
            }
        }
    });
    html.element("td", &[], |html| partners(html, &lane.partners));
}

fn used(html: &mut Html, used: Option<&Used>, place: Option<CertificateId>) {
    let Some(used) = used else {
        html.text("none");
        return;
    };
    let name = format!("no. {}", used.id);
    match place {
        Some(id) => {
            let path = format!("/certificates/{}", id.get());
            html.leaf("a", &[("href", &path)], &name);
        }
        None => html.text(&name),
    }
    html.text(", ");
    period(html, used.begin, used.end);
}

fn period(html: &mut Html, from: UnixSeconds, until: UnixSeconds) {
    frame::day(html, from);
    html.text(" to ");
    frame::day(html, until);
}

fn partners(html: &mut Html, partners: &[Affected]) {
    if partners.is_empty() {
        html.text("none");
        return;
    }
    html.element("ul", &[], |html| {
        for Affected { id, name } in partners {
            let text = match id {
                Some(id) => format!("{id} {name}"),
                None => name.clone(),
            };
            html.leaf("li", &[], &text);
        }
    });
}

const HERE: &str = "/lifecycle";
const NAME: &str = "name";

/// Comms and stations on a page.
const MOST: usize = 100;
