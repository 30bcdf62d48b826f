//! The vendors' rules, as their tables have them.

use crate::http::page::frame;
use crate::http::page::html::Html;
use crate::http::route::{Face, Reply};
use crate::vendor::rule::{InAFile, Rule};
use crate::vendor::{as2expert, ecgrid, emca, enos};

pub(super) fn page() -> Reply {
    frame::page("Rules", "/rules", |html| {
        let text = "What the vendors' services hold requests and certificates against. A rule that a file alone can break has a \
            specimen that breaks it and no other.";
        html.leaf("p", &[], text);
        html.element("nav", &[("aria-label", "Vendors")], |html| {
            html.element("ul", &[("class", "downloads")], |html| {
                for face in Face::VENDORS {
                    let name = face.name();
                    let path = format!("#{name}");
                    html.element("li", &[], |html| html.leaf("a", &[("href", &path)], name));
                }
            });
        });
        for face in Face::VENDORS {
            vendor(html, face.name());
        }
    })
}

/// Where a rule stands on the page, if the vendor has it.
pub(super) fn place(vendor: &str, id: &str) -> Option<String> {
    let known = table(vendor).iter().any(|rule| rule.id() == id);
    known.then(|| format!("/rules#{}", anchor(vendor, id)))
}

fn vendor(html: &mut Html, name: &str) {
    let rules = table(name);
    frame::section(html, name, name, |html| {
        let caption = format!("{} rules of {name}", rules.len());
        let heads = ["Rule", "Says", "In a file alone"];
        frame::table(html, &caption, &heads, |html| {
            for rule in rules {
                let anchor = anchor(name, rule.id());
                html.element("tr", &[("id", &anchor)], |html| {
                    html.leaf("th", &[("scope", "row"), ("class", "mono")], rule.id());
                    html.leaf("td", &[], rule.says());
                    let (word, why) = match rule.in_a_file() {
                        InAFile::Yes => ("yes", ""),
                        InAFile::Not(why) => ("no: ", why),
                    };
                    html.leaf("td", &[], &format!("{word}{why}"));
                });
            }
        });
    });
}

fn anchor(vendor: &str, id: &str) -> String {
    format!("{vendor}-{id}")
}

fn table(vendor: &str) -> &'static [Rule] {
    match vendor {
        as2expert::NAME => as2expert::rules::RULES,
        ecgrid::NAME => ecgrid::rules::RULES,
        emca::NAME => emca::rules::RULES,
        enos::NAME => enos::rules::RULES,
        _ => &[],
    }
}
