//! The forms in which an issued certificate is handed out.

use crate::bundle;
use crate::cli::enos;
use crate::cli::error::CliError;
use crate::service;
use crate::service::EnosIssued;

/// A form of an issued certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Artefact {
    /// What a consumer imports.
    Bundle(bundle::Artefact),
    /// The vendor's reply body.
    Reply,
}

impl Artefact {
    /// The certificate as PEM.
    pub(super) const PEM: Self = Self::Bundle(bundle::Artefact::Pem);

    /// The ending of its files, without the first dot.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Bundle(artefact) => artefact.extension(),
            Self::Reply => "reply.json",
        }
    }

    /// Its octets.
    pub(super) fn of(self, issued: &EnosIssued) -> Result<Vec<u8>, CliError> {
        match self {
            Self::Bundle(artefact) => {
                let chain = service::full_chain(&issued.certificate, &issued.chain);
                bundle::write(artefact, &chain).map_err(|error| {
                    CliError::failed(
                        format!("make the {artefact} (the certificate is recorded)"),
                        error,
                    )
                })
            }
            Self::Reply => enos::reply_body(&issued.reply(enos::request_id()?)),
        }
    }
}

/// Reads one name of an artefact.
pub(super) fn named(text: &str) -> Result<Artefact, String> {
    if text == "reply" {
        return Ok(Artefact::Reply);
    }
    text.parse().map(Artefact::Bundle).map_err(|_| {
        let known = bundle::Artefact::ALL.map(|artefact| artefact.to_string());
        format!(
            "{text:?} is no artefact, allowed {}, reply",
            known.join(", ")
        )
    })
}
