//! The vendor's reply body: `status`, `result`, `subscriberId`, `requestId`.
//!
//! Samples and prose differ in the letter case of `status` (`success`, `Success`); it is sent in lower case. The page
//! does not give an HTTP status for a failure: success and failure are told apart in the body only.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::vendor::emca::error::Refusal;
use crate::vendor::emca::world::Earlier;

mod siblings;

/// A reply body.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Reply {
    status: Status,
    result: String,
    #[serde(rename = "subscriberId")]
    subscriber_id: Option<String>,
    #[serde(rename = "requestId")]
    request_id: Option<String>,
}

/// `status` of a reply.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Failure,
    Success,
}

impl Reply {
    /// `result` is base64 of these octets: a certificate, a PKCS #7 message or a PFX.
    #[must_use]
    pub fn octets(octets: &[u8], subscriber_id: &str) -> Self {
        Self::success(STANDARD.encode(octets), Some(subscriber_id), None)
    }

    /// Somebody must release the certificate first; it can be asked for again with the same `applicationId`.
    #[must_use]
    pub fn waiting(request_id: &str, subscriber_id: &str) -> Self {
        Self::success(WAITING.to_owned(), Some(subscriber_id), Some(request_id))
    }

    /// What a transaction was answered before.
    #[must_use]
    pub fn earlier(earlier: &Earlier) -> Self {
        match earlier {
            Earlier::Issued {
                octets,
                subscriber_id,
                ..
            } => Self::octets(octets, subscriber_id),
            Earlier::Waiting {
                request_id,
                subscriber_id,
            } => Self::waiting(request_id, subscriber_id),
        }
    }

    /// `result` is a text, as the calls answer that bring no certificate.
    #[must_use]
    pub fn text(result: impl Into<String>) -> Self {
        Self::success(result.into(), None, None)
    }

    /// A refusal: the message of its first fault.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        Self {
            status: Status::Failure,
            result: refusal.message().to_owned(),
            subscriber_id: None,
            request_id: None,
        }
    }

    fn success(result: String, subscriber_id: Option<&str>, request_id: Option<&str>) -> Self {
        Self {
            status: Status::Success,
            result,
            subscriber_id: subscriber_id.map(str::to_owned),
            request_id: request_id.map(str::to_owned),
        }
    }

    /// Whether `status` is `success`.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status == Status::Success
    }

    /// `result`.
    #[must_use]
    pub fn result(&self) -> &str {
        &self.result
    }

    /// The body in one line.
    ///
    /// # Errors
    /// None for what this module writes: every field is text.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// The vendor's words, slips and leading blank included.
const WAITING: &str = " your request proceded sucssusfully";

#[cfg(test)]
mod tests;
