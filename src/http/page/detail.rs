//! One certificate: what it says, what the ledger knows of it, those above it, and the ways to take it along.

use std::sync::Arc;

use hyper::StatusCode;

use crate::bundle::p12::P12Consumer;
use crate::bundle::text::colon_hex;
use crate::cert::Certificate;
use crate::ext;
use crate::http::operator;
use crate::http::page::download;
use crate::http::page::frame;
use crate::http::page::html::Html;
use crate::http::page::p12;
use crate::http::page::search;
use crate::http::queue::{Desk, Unanswered};
use crate::http::route::{Incoming, Reply};
use crate::http::site::Site;
use crate::ledger::{CertificateId, Record};
use crate::service::ServiceError;
use crate::time::UnixSeconds;

/// A certificate, and what belongs to it.
pub(super) struct Detail {
    pub(super) record: Record,
    pub(super) certificate: Certificate,
    /// Those above it, nearest first.
    pub(super) chain: Vec<Certificate>,
    pub(super) has_key: bool,
}

/// The way to a private key, where there is one.
enum KeyWay {
    Absent,
    /// Nobody is known to be an operator.
    Closed,
    /// The token of the form.
    Open(String),
}

pub(super) async fn page(site: Arc<Site>, incoming: Incoming) -> Reply {
    let Some(id) = id(&incoming) else {
        return absent();
    };
    match find(&site, id).await {
        Ok(Some(detail)) => {
            let way = match (detail.has_key, operator::name(&site, &incoming)) {
                (false, _) => KeyWay::Absent,
                (true, None) => KeyWay::Closed,
                (true, Some(name)) => match site.forms.issue(&p12::form(id), &name, site.now()) {
                    Ok(token) => KeyWay::Open(token),
                    Err(_) => return frame::unanswered(),
                },
            };
            show(&detail, &way, site.now())
        }
        Ok(None) => absent(),
        Err(Unanswered) => frame::unanswered(),
    }
}

/// The certificate that the path names.
pub(super) fn id(incoming: &Incoming) -> Option<CertificateId> {
    let (_, text) = incoming.path.iter().find(|(name, _)| name == "id")?;
    text.parse().ok().map(CertificateId::new)
}

pub(super) fn absent() -> Reply {
    frame::refusal(StatusCode::NOT_FOUND, "The ledger has no such certificate.")
}

pub(super) async fn find(site: &Site, id: CertificateId) -> Result<Option<Detail>, Unanswered> {
    site.queue.ask(move |desk| read(desk, id)).await
}

fn read(desk: &Desk, id: CertificateId) -> Result<Option<Detail>, ServiceError> {
    let service = &desk.service;
    let Some(record) = service.ledger().find(id)? else {
        return Ok(None);
    };
    Ok(Some(Detail {
        certificate: Certificate::from_der(&record.certificate).map_err(ServiceError::Recorded)?,
        chain: service.chain_of(&record)?,
        has_key: service.has_key(&record),
        record,
    }))
}

fn show(detail: &Detail, way: &KeyWay, now: UnixSeconds) -> Reply {
    let Detail {
        record,
        certificate,
        chain,
        has_key: _,
    } = detail;
    let title = match record.subject_text.as_str() {
        "" => format!("Certificate {}", record.serial),
        subject => subject.to_owned(),
    };
    frame::page(&title, "/", |html| {
        frame::section(html, "ledger", "In the ledger", |html| {
            html.element("p", &[], |html| search::standing(html, record, now));
            frame::facts(html, &known(record));
            neighbours(html, record);
        });
        frame::section(html, "downloads", "Downloads", |html| {
            downloads(html, record);
            key(html, record, way);
        });
        frame::section(html, "certificate", "The certificate", |html| {
            frame::facts(html, &said(certificate));
        });
        frame::section(html, "extensions", "Extensions", |html| {
            extensions(html, certificate);
        });
        frame::section(html, "chain", "Chain", |html| {
            above(html, certificate, chain)
        });
    })
}

fn known(record: &Record) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        ("Vendor", record.vendor.clone()),
        (
            "Holder",
            record.holder.clone().unwrap_or_else(|| "–".to_owned()),
        ),
        ("Issued", record.issued_at.to_string()),
    ];
    facts.extend(record.row_key.clone().map(|key| ("Row key", key)));
    if let Some(fact) = &record.revocation {
        facts.push(("Revoked", fact.at.to_string()));
        facts.push(("By", fact.by.clone()));
        let reason = ext::CrlReason::from_code(fact.reason.get());
        let reason = reason.map_or_else(|_| fact.reason.get().to_string(), |one| one.to_string());
        facts.push(("Reason", reason));
        facts.extend(fact.note.clone().map(|note| ("Note", note)));
    }
    facts
}

/// What it took the place of, and what took its place.
fn neighbours(html: &mut Html, record: &Record) {
    let neighbours = [
        ("It took the place of", record.supersedes),
        ("Its place was taken by", record.superseded_by),
    ];
    for (what, id) in neighbours {
        let Some(id) = id else { continue };
        html.element("p", &[], |html| {
            html.text(what);
            html.text(" ");
            let path = format!("/certificates/{}", id.get());
            html.leaf(
                "a",
                &[("href", &path)],
                &format!("certificate {}", id.get()),
            );
            html.text(".");
        });
    }
}

fn said(certificate: &Certificate) -> Vec<(&'static str, String)> {
    let validity = certificate.validity();
    let key = certificate.public_key();
    vec![
        ("Subject", certificate.subject().to_string()),
        ("Issuer", certificate.issuer().to_string()),
        ("Serial number", certificate.serial().to_string()),
        ("Serial number, hexadecimal", certificate.serial().to_hex()),
        ("Valid from", validity.not_before().to_string()),
        ("Valid until", validity.not_after().to_string()),
        ("Public key", key.kind().to_string()),
        ("Key identifier", key.key_identifier().to_hex()),
        ("Signature", certificate.signature_algorithm().to_string()),
        ("SHA-256", colon_hex(&certificate.sha256())),
        ("SHA-1", colon_hex(&certificate.sha1())),
    ]
}

fn extensions(html: &mut Html, certificate: &Certificate) {
    if certificate.extensions().is_empty() {
        html.leaf("p", &[], "It has none.");
        return;
    }
    let heads = ["Extension", "OID", "Critical", "Says"];
    frame::table(html, "Extensions in their order", &heads, |html| {
        for extension in certificate.extensions().iter() {
            let oid = extension.oid().to_string();
            let text = ext::describe(extension);
            let says = text
                .split_once(": ")
                .map_or(text.as_str(), |(_, says)| says);
            html.element("tr", &[], |html| {
                let name = ext::extension_name(extension.oid()).unwrap_or("unknown");
                html.leaf("th", &[("scope", "row")], name);
                html.leaf("td", &[("class", "mono")], &oid);
                html.leaf("td", &[], if extension.critical() { "yes" } else { "no" });
                html.leaf("td", &[("class", "long")], says);
            });
        }
    });
}

fn above(html: &mut Html, certificate: &Certificate, chain: &[Certificate]) {
    html.element("ol", &[], |html| {
        for one in [certificate].into_iter().chain(chain) {
            html.element("li", &[], |html| {
                html.leaf("span", &[], &one.subject().to_string());
                let until = format!(
                    "until {}, {}, SHA-256 {}",
                    one.validity().not_after(),
                    one.public_key().kind(),
                    colon_hex(&one.sha256())
                );
                html.leaf("div", &[("class", "hint long")], &until);
            });
        }
    });
    if chain.is_empty() {
        html.leaf("p", &[], "No issuer of it is known: it stands by itself.");
    }
}

fn downloads(html: &mut Html, record: &Record) {
    html.element("ul", &[("class", "downloads")], |html| {
        for (form, what) in download::FORMS {
            let path = format!("/certificates/{}/{}", record.id.get(), form.extension());
            html.element("li", &[], |html| {
                html.leaf("a", &[("href", &path), ("download", "")], what);
            });
        }
    });
}

fn key(html: &mut Html, record: &Record, way: &KeyWay) {
    html.leaf("h3", &[("id", "p12")], "With the private key (P12)");
    match way {
        KeyWay::Absent => {
            let text =
                "This workspace does not keep a private key for it that could be handed out.";
            html.leaf("p", &[], text);
        }
        KeyWay::Closed => {
            let text = "Its private key is kept here. It is handed out to operators only, and none is configured: name one in \
                [[server.operators]].";
            html.leaf("p", &[], text);
        }
        KeyWay::Open(token) => p12_form(html, record, token),
    }
}

fn p12_form(html: &mut Html, record: &Record, token: &str) {
    let path = format!("/certificates/{}/p12", record.id.get());
    let attributes = [
        ("method", "post"),
        ("action", path.as_str()),
        ("aria-labelledby", "p12"),
        ("class", "search"),
    ];
    html.element("form", &attributes, |html| {
        html.void(
            "input",
            &[("type", "hidden"), ("name", p12::TOKEN), ("value", token)],
        );
        html.element("div", &[("class", "fields")], |html| {
            html.element("div", &[("class", "field")], |html| {
                html.leaf("label", &[("for", p12::PASSPHRASE)], "Passphrase");
                let attributes = [
                    ("id", p12::PASSPHRASE),
                    ("name", p12::PASSPHRASE),
                    ("type", "password"),
                    ("required", "required"),
                    ("autocomplete", "new-password"),
                    ("aria-describedby", "passphrase-hint"),
                ];
                html.void("input", &attributes);
                let hint = [("class", "hint"), ("id", "passphrase-hint")];
                html.leaf("span", &hint, "protects the file; printable ASCII");
            });
            html.element("div", &[("class", "field")], |html| {
                html.leaf("label", &[("for", p12::CONSUMER)], "For");
                let attributes = [("id", p12::CONSUMER), ("name", p12::CONSUMER)];
                html.element("select", &attributes, |html| {
                    for consumer in P12Consumer::ALL {
                        let name = consumer.to_string();
                        html.leaf("option", &[("value", &name)], &name);
                    }
                });
            });
        });
        html.element("p", &[("class", "actions")], |html| {
            html.leaf("button", &[("type", "submit")], "Download P12");
            html.leaf(
                "span",
                &[("class", "hint")],
                "The audit log tells that the key left, and to whom.",
            );
        });
    });
}
