//! Certificates as files.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, HeaderValue};

use crate::bundle;
use crate::bundle::Artefact;
use crate::http::page::detail;
use crate::http::page::frame;
use crate::http::queue::Unanswered;
use crate::http::route::{Incoming, Reply};
use crate::http::site::Site;
use crate::ledger::Record;
use crate::service;

/// The forms, and what they are called.
pub(super) const FORMS: [(Artefact, &str); 5] = [
    (Artefact::Cer, "Certificate, DER (.cer)"),
    (Artefact::Pem, "Certificate, PEM"),
    (Artefact::Chain, "Certificate and chain, PEM"),
    (Artefact::P7b, "Certificate and chain, PKCS #7 (.p7b)"),
    (Artefact::P7bPem, "Certificate and chain, PKCS #7 as PEM"),
];

pub(super) async fn file(site: Arc<Site>, incoming: Incoming) -> Reply {
    let mut path = incoming.path.iter();
    let wanted = path.find_map(|(name, form)| (name == "form").then_some(form.as_str()));
    let mut known = Artefact::ALL.into_iter();
    let form = known.find(|form| wanted == Some(form.extension()));
    let (Some(id), Some(form)) = (detail::id(&incoming), form) else {
        return detail::absent();
    };
    let detail = match detail::find(&site, id).await {
        Ok(Some(detail)) => detail,
        Ok(None) => return detail::absent(),
        Err(Unanswered) => return frame::unanswered(),
    };
    let chain = service::full_chain(&detail.certificate, &detail.chain);
    match bundle::write(form, &chain) {
        Ok(octets) => attached(
            Reply::new(media_type(form), octets),
            &detail.record,
            form.extension(),
        ),
        Err(error) => {
            let text = format!("This form of it cannot be made: {error}.");
            frame::refusal(StatusCode::UNPROCESSABLE_ENTITY, &text)
        }
    }
}

/// The same as a file of its own, named after the serial number.
pub(super) fn attached(reply: Reply, record: &Record, extension: &str) -> Reply {
    let name = format!(
        "attachment; filename=\"{}.{extension}\"",
        record.serial.to_hex()
    );
    match HeaderValue::from_str(&name) {
        Ok(value) => reply.with_header(CONTENT_DISPOSITION, value),
        // Hexadecimal digits and an ending of ours always are a header.
        Err(_) => reply,
    }
}

/// RFC 2585 §4.1, RFC 8555 §9.1, RFC 2311 §3.7.
fn media_type(form: Artefact) -> &'static str {
    match form {
        Artefact::Cer => "application/pkix-cert",
        Artefact::Chain | Artefact::Pem => "application/pem-certificate-chain",
        Artefact::P7b => "application/x-pkcs7-certificates",
        Artefact::P7bPem => "application/x-pem-file",
    }
}
