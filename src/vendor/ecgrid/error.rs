//! What ECGrid answers when it refuses: the error codes of REST, and the two forms in which SOAP faults are documented.
//!
//! Of the numbers that `ErrorInfo` carries only two are known: 5 for a session that is none, 8 for a text that is too
//! long. The rest is 0, with the vendor's word beside it.

use std::error::Error;
use std::fmt;

use serde::Serialize;

use crate::lint::{Finding, Findings};
use crate::vendor::Stage;
use crate::vendor::ecgrid::check::PAGE;
use crate::vendor::ecgrid::reply::Operation;
use crate::vendor::ecgrid::wire::parameters::{CERT, CERT_BASE64};

pub use body::{RestError, SoapFault};

mod body;

/// A parameter: its name in JSON and its name in XML.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Parameter {
    pub(super) rest: &'static str,
    pub(super) soap: &'static str,
}

/// The rows of the vendor's table of error codes, and what SOAP tells apart beside them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The caller's level is too low.
    AccessDenied,
    /// A text is too long.
    DataLength,
    /// The same certificate is there already.
    DuplicateObject,
    /// Our own failure.
    Internal,
    /// The API key is missing, unknown or revoked.
    InvalidApiKey,
    /// A parameter cannot be.
    InvalidParameter,
    /// The session is none.
    InvalidSession,
    /// A parameter is missing; in SOAP the vendor's framework refuses before the vendor does.
    MissingParameter,
    /// Nothing of this number is visible.
    ObjectNotFound,
    /// Too many calls.
    RateLimitExceeded {
        /// Seconds until the next may come (`Retry-After`).
        retry_after: u32,
    },
}

/// One fault: the vendor's words, and the finding behind them.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Fault(Box<Parts>);

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Parts {
    error_code: &'static str,
    message: String,
    /// The same with the names of SOAP.
    #[serde(skip)]
    soap_message: String,
    #[serde(skip)]
    kind: FaultKind,
    #[serde(skip)]
    item: &'static str,
    finding: Finding,
}

/// Why a request is refused: all faults of one stage.
///
/// Invariant: at least one, in the order of the parameters.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Refusal {
    stage: Stage,
    faults: Vec<Fault>,
}

impl FaultKind {
    /// `errorCode` of a REST refusal.
    #[must_use]
    pub fn error_code(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDenied",
            Self::DataLength | Self::InvalidParameter | Self::MissingParameter => {
                "InvalidParameter"
            }
            Self::DuplicateObject => "DuplicateObject",
            Self::Internal => "InternalError",
            Self::InvalidApiKey => "InvalidAPIKey",
            Self::InvalidSession => "InvalidSession",
            Self::ObjectNotFound => "ObjectNotFound",
            Self::RateLimitExceeded { .. } => "RateLimitExceeded",
        }
    }

    /// The number of the vendor's table beside `errorCode`, for whoever speaks HTTP.
    #[must_use]
    pub fn rest_status(self) -> u16 {
        match self {
            Self::DataLength
            | Self::DuplicateObject
            | Self::InvalidParameter
            | Self::MissingParameter => 400,
            Self::InvalidApiKey | Self::InvalidSession => 401,
            Self::AccessDenied => 403,
            Self::ObjectNotFound => 404,
            Self::RateLimitExceeded { .. } => 429,
            Self::Internal => 500,
        }
    }

    /// `ECGridOSSOAPErrorCode` of a SOAP fault.
    #[must_use]
    pub fn soap_word(self) -> &'static str {
        match self {
            Self::InvalidApiKey | Self::InvalidSession => "Authentication",
            Self::AccessDenied => "Authorization",
            Self::ObjectNotFound => "ObjectNotFound",
            Self::DataLength
            | Self::DuplicateObject
            | Self::InvalidParameter
            | Self::MissingParameter => "InvalidParameter",
            Self::Internal | Self::RateLimitExceeded { .. } => "SystemError",
        }
    }

    /// `ErrorCode` and `ErrorString` of `ErrorInfo`.
    #[must_use]
    pub fn error_info(self) -> (u32, &'static str) {
        match self {
            Self::AccessDenied => (0, "Access denied."),
            Self::DataLength => (8, "Invalid data length."),
            Self::DuplicateObject => (0, "Duplicate object."),
            Self::Internal => (0, "Internal error."),
            Self::InvalidApiKey | Self::InvalidSession => (5, "Invalid SessionID"),
            Self::InvalidParameter | Self::MissingParameter => (0, "Invalid parameter."),
            Self::ObjectNotFound => (0, "Object not found."),
            Self::RateLimitExceeded { .. } => (0, "Rate limit exceeded."),
        }
    }

    fn is_ours(self) -> bool {
        matches!(self, Self::Internal | Self::RateLimitExceeded { .. })
    }
}

impl Fault {
    /// A fault about a parameter; `message` begins with the parameter's name, as the vendor's table says.
    #[must_use]
    pub fn new(kind: FaultKind, parameter: Parameter, message: &str, finding: Finding) -> Self {
        let mut fault = Self::with_message(
            kind,
            parameter.soap,
            format!("{}: {message}", parameter.rest),
            finding,
        );
        fault.0.soap_message = format!("{}: {message}", parameter.soap);
        fault
    }

    fn with_message(
        kind: FaultKind,
        item: &'static str,
        message: String,
        finding: Finding,
    ) -> Self {
        Self(Box::new(Parts {
            error_code: kind.error_code(),
            soap_message: message.clone(),
            message,
            kind,
            item,
            finding,
        }))
    }

    /// Which row of the table it is.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.0.kind
    }

    /// `message` of a REST refusal.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// `ErrorMessage` of a SOAP fault: the message with the parameter's name there.
    #[must_use]
    pub fn soap_message(&self) -> &str {
        &self.0.soap_message
    }

    /// `ErrorItem` of a SOAP fault: the parameter's name there.
    #[must_use]
    pub fn item(&self) -> &'static str {
        self.0.item
    }

    /// The rule, the field, what was found and what is allowed.
    #[must_use]
    pub fn finding(&self) -> &Finding {
        &self.0.finding
    }
}

impl Refusal {
    /// The faults of a stage, `None` when there are none.
    #[must_use]
    pub fn from_faults(stage: Stage, faults: Vec<Fault>) -> Option<Self> {
        (!faults.is_empty()).then_some(Self { stage, faults })
    }

    /// A refusal with a single fault.
    #[must_use]
    pub fn of(stage: Stage, fault: Fault) -> Self {
        Self {
            stage,
            faults: vec![fault],
        }
    }

    /// What [`IssuerName::prepare`](crate::issuer::IssuerName::prepare) found.
    #[must_use]
    pub fn from_findings(findings: &Findings) -> Self {
        let fault = |finding: &Finding| {
            let message = format!("certificate cannot be issued: {finding}");
            Fault::with_message(FaultKind::InvalidParameter, "", message, finding.clone())
        };
        Self {
            stage: Stage::Profile,
            faults: findings.iter().map(fault).collect(),
        }
    }

    /// A failure of whatever stands behind the rules.
    #[must_use]
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        let found = chain_text(error);
        let finding = Finding::error("ecgrid.world", ERRORS, "service", &found, "an answer");
        // What failed may name files of this machine: that is for whoever runs it, and not for the caller.
        let message = "An internal error occurred.".to_owned();
        let fault = Fault::with_message(FaultKind::Internal, "", message, finding);
        Self::of(Stage::World, fault)
    }

    /// Too many calls in a time; who counts them knows when the next may come.
    #[must_use]
    pub fn rate_limited(retry_after: u32) -> Self {
        let finding = Finding::error(
            "ecgrid.rate-limit",
            ERRORS,
            "request",
            "one too many",
            format!("one after {retry_after} seconds"),
        );
        let kind = FaultKind::RateLimitExceeded { retry_after };
        let message = format!("Rate limit exceeded; retry after {retry_after} seconds.");
        Self::of(
            Stage::Authentication,
            Fault::with_message(kind, "", message, finding),
        )
    }

    /// A row of a job that is no request.
    #[must_use]
    pub fn unreadable_row(finding: Finding) -> Self {
        let message = "the row cannot be read".to_owned();
        let kind = FaultKind::InvalidParameter;
        Self::of(Stage::Wire, Fault::with_message(kind, "", message, finding))
    }

    /// The same of an operation that ends in A: its certificate is called `CertBase64`.
    #[must_use]
    pub fn with_cert_base64(mut self) -> Self {
        let named = self
            .faults
            .iter_mut()
            .filter(|fault| fault.item() == CERT.soap);
        for Fault(parts) in named {
            parts.item = CERT_BASE64.soap;
            let rest = parts.soap_message.strip_prefix(CERT.soap);
            parts.soap_message = format!("{}{}", CERT_BASE64.soap, rest.unwrap_or_default());
        }
        self
    }

    /// The same where a rule that creation shares was broken in another operation: findings cite that one.
    pub(super) fn of_operation(mut self, operation: Operation) -> Self {
        for Fault(parts) in &mut self.faults {
            let finding = parts.finding.clone();
            parts.finding = finding.cited(PAGE, operation.source(true));
        }
        self
    }

    pub(super) fn authentication(kind: FaultKind, message: &str, finding: Finding) -> Self {
        let item = match kind {
            FaultKind::InvalidApiKey | FaultKind::InvalidSession => "SessionID",
            _ => "",
        };
        let fault = Fault::with_message(kind, item, message.to_owned(), finding);
        Self::of(Stage::Authentication, fault)
    }

    /// The stage that found something.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// All faults of the stage.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// What the reply speaks of: the first fault.
    #[must_use]
    pub fn kind(&self) -> FaultKind {
        self.faults.first().map_or(FaultKind::Internal, Fault::kind)
    }

    /// `message` of the reply.
    #[must_use]
    pub fn message(&self) -> &str {
        self.faults.first().map_or("", Fault::message)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.kind().error_code();
        write!(f, "{} stage: {code}: {}", self.stage, self.message())?;
        let mut findings = self.faults.iter().map(Fault::finding);
        findings.try_for_each(|finding| write!(f, "; {finding}"))
    }
}

impl Error for Refusal {}

/// An error and its causes in one line.
fn chain_text(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Where the table of errors stands.
const ERRORS: &str = "ECGrid, REST API error codes";

#[cfg(test)]
mod tests;
