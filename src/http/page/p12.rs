//! The private key of a certificate in a P12, for an operator who asked for it on the certificate's page.

use std::sync::Arc;

use axum::body::Bytes;
use hyper::StatusCode;
use rand_chacha::ChaCha20Rng;
use zeroize::Zeroizing;

use crate::batch::handout::{Forms, Handout};
use crate::batch::{Artefact, P12Terms};
use crate::bundle::p12::P12Consumer;
use crate::cert::Certificate;
use crate::http::guard;
use crate::http::operator;
use crate::http::page::detail;
use crate::http::page::download;
use crate::http::page::frame;
use crate::http::queue::{Desk, Unanswered, chain};
use crate::http::route::{Incoming, Reply};
use crate::http::site::Site;
use crate::key::Passphrase;
use crate::ledger::{CertificateId, Record};
use crate::service::{KeyExport, ServiceError};

/// What the page's form asks for.
struct Asked {
    token: Zeroizing<String>,
    passphrase: Zeroizing<String>,
    consumer: String,
}

/// What is to go into the file.
struct Taken {
    record: Record,
    handout: Handout,
    rng: ChaCha20Rng,
}

/// Why no file is made.
struct Refused(StatusCode, String);

pub(super) async fn file(site: Arc<Site>, incoming: Incoming) -> Reply {
    answer(&site, &incoming).await.unwrap_or_else(|reply| reply)
}

async fn answer(site: &Site, incoming: &Incoming) -> Result<Reply, Reply> {
    let id = detail::id(incoming).ok_or_else(detail::absent)?;
    let asked = Asked::of(&incoming.body);
    let name = allowed(site, incoming, id, &asked).map_err(|refused| refused.page())?;
    let forms = Forms {
        p12: Some(Arc::new(asked.terms().map_err(|refused| refused.page())?)),
        ..Forms::default()
    };
    let unanswered = |_: Unanswered| frame::unanswered();
    let taken = site.queue.ask(move |desk| take(desk, id));
    let taken = taken.await.map_err(unanswered)?;
    let taken = taken.ok_or_else(detail::absent)?;
    if taken.handout.key.is_none() {
        let text = "The workspace keeps no private key for this certificate.";
        return Err(frame::refusal(StatusCode::NOT_FOUND, text));
    }
    // A passphrase is stretched for some time, in which the service does other work.
    let made = tokio::task::spawn_blocking(move || {
        let Taken {
            record,
            handout,
            mut rng,
        } = taken;
        let octets = handout.octets(Artefact::P12, &forms, &mut rng);
        octets.map(|octets| (record, handout.certificate, octets))
    });
    let (record, certificate, octets) = match made.await {
        Ok(Ok(made)) => made,
        Ok(Err(error)) => {
            let text = format!("The P12 cannot be made: {}.", chain(&*error));
            return Err(frame::refusal(StatusCode::UNPROCESSABLE_ENTITY, &text));
        }
        Err(_) => return Err(frame::unanswered()),
    };
    // Told before it leaves: a key that left is never untold.
    let vendor = record.vendor.clone();
    let told = site
        .queue
        .ask(move |desk| tell(desk, &vendor, &certificate, &name));
    told.await.map_err(unanswered)?;
    let reply = Reply::new("application/x-pkcs12", Bytes::from_owner(octets));
    Ok(download::attached(reply, &record, "p12"))
}

/// The operator who asks, on a page of this server's; nobody else is given a key, on this machine or another.
fn allowed(
    site: &Site,
    incoming: &Incoming,
    id: CertificateId,
    asked: &Asked,
) -> Result<String, Refused> {
    let refused = |text: &str| Refused(StatusCode::FORBIDDEN, text.to_owned());
    let name = operator::name(site, incoming).ok_or_else(|| {
        refused("Private keys are handed out to operators only: name one in [[server.operators]].")
    })?;
    if guard::from(site, incoming) != guard::From::Here {
        return Err(refused(
            "The request does not come from a page of this server.",
        ));
    }
    if !site.forms.fits(&asked.token, &form(id), &name, site.now()) {
        return Err(refused(
            "The form is older than an hour, or not yours: load the certificate's page again.",
        ));
    }
    Ok(name)
}

/// What a token of the form stands for.
pub(super) fn form(id: CertificateId) -> String {
    format!("p12 {}", id.get())
}

fn take(desk: &mut Desk, id: CertificateId) -> Result<Option<Taken>, ServiceError> {
    let rng = desk.rng()?;
    let service = &desk.service;
    let Some(record) = service.ledger().find(id)? else {
        return Ok(None);
    };
    let handout = Handout {
        certificate: Certificate::from_der(&record.certificate).map_err(ServiceError::Recorded)?,
        chain: service.chain_of(&record)?,
        key: service.key_of(&record)?,
        holder: record.holder.clone(),
        request: None,
        pfx: None,
        reply: Zeroizing::default(),
        answered_before: false,
    };
    Ok(Some(Taken {
        record,
        handout,
        rng,
    }))
}

fn tell(
    desk: &mut Desk,
    vendor: &str,
    certificate: &Certificate,
    operator: &str,
) -> Result<(), ServiceError> {
    let (form, now) = (format!("p12 to operator {operator}"), desk.now());
    let export = KeyExport::of(vendor, certificate, &form);
    desk.service.note_key_exports(&[export], now)
}

impl Refused {
    fn page(&self) -> Reply {
        frame::refusal(self.0, &self.1)
    }
}

impl Asked {
    fn of(body: &[u8]) -> Self {
        let value = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(body);
            let found = pairs.find_map(|(name, value)| (name == wanted).then_some(value));
            found.map(|value| value.into_owned()).unwrap_or_default()
        };
        Self {
            token: Zeroizing::new(value(TOKEN)),
            passphrase: Zeroizing::new(value(PASSPHRASE)),
            consumer: value(CONSUMER),
        }
    }

    fn terms(&self) -> Result<P12Terms, Refused> {
        let refused = |error: &(dyn std::error::Error + 'static)| {
            let text = format!("The P12 cannot be made so: {}.", chain(error));
            Refused(StatusCode::BAD_REQUEST, text)
        };
        let consumer: P12Consumer = self.consumer.parse().map_err(|error| refused(&error))?;
        let passphrase = Passphrase::new(String::clone(&self.passphrase));
        let passphrase = passphrase.map_err(|error| refused(&error))?;
        P12Terms::new(consumer, Some(passphrase)).map_err(|error| refused(&error))
    }
}

pub(super) const TOKEN: &str = "token";
pub(super) const PASSPHRASE: &str = "passphrase";
pub(super) const CONSUMER: &str = "consumer";
