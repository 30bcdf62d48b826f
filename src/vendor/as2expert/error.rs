//! What AS2Expert answers when it refuses, in its own words: Spanish where it speaks Spanish.
//!
//! `Campo requerido: …`, `Scope … requerido`, `Invalid token` and `… not found` are the vendor's. For a value that
//! cannot be it publishes no sentence; `Campo inválido: …` follows the pattern, and `fields`, which its clients read,
//! says what is wrong.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;

use serde::Serialize;

use crate::lint::{Finding, Findings};
use crate::vendor::Stage;
use crate::vendor::as2expert::access::Scope;

/// What is wrong.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The token is missing or none.
    InvalidToken,
    /// The token does not allow this.
    Scope(Scope),
    /// Too many calls.
    RateLimited {
        /// Seconds until the next may come.
        retry_after: u32,
    },
    /// The body is no JSON object.
    Body,
    /// A required field is missing.
    Required(&'static str),
    /// `selfSigned` is not true.
    SelfSigned,
    /// A field has a value that cannot be.
    Invalid(&'static str),
    /// Nothing of this number is in the site.
    NotFound(Thing),
    /// The certificate's profile does not allow it.
    Profile,
    /// Our own failure.
    Internal,
}

/// What can be absent.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum Thing {
    /// A certificate.
    Certificate,
    /// A partner.
    Partner,
    /// A station.
    Station,
}

/// One fault: the vendor's sentence, and the finding behind it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Fault(Box<Parts>);

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct Parts {
    msg: String,
    #[serde(skip)]
    kind: FaultKind,
    finding: Finding,
}

/// Why a request is refused: all faults of one stage.
///
/// Invariant: at least one, in the contract's order.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Refusal {
    stage: Stage,
    faults: Vec<Fault>,
}

/// The body of a refusal.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ErrorReply {
    status: &'static str,
    msg: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
}

impl FaultKind {
    /// The number of the vendor's table of errors, for whoever speaks HTTP.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Body
            | Self::Invalid(_)
            | Self::Profile
            | Self::Required(_)
            | Self::SelfSigned => 400,
            Self::InvalidToken => 401,
            Self::Scope(_) => 403,
            Self::NotFound(_) => 404,
            Self::RateLimited { .. } => 429,
            Self::Internal => 500,
        }
    }

    fn sentence(&self, finding: &Finding) -> String {
        match self {
            Self::InvalidToken => "Invalid token".to_owned(),
            Self::Scope(scope) => format!("Scope {scope} requerido"),
            Self::RateLimited { .. } => "Rate limit exceeded".to_owned(),
            Self::Body => "JSON inválido".to_owned(),
            Self::Required(field) => format!("Campo requerido: {field}"),
            Self::SelfSigned => "selfSigned must be true".to_owned(),
            Self::Invalid(field) => format!("Campo inválido: {field}"),
            Self::NotFound(thing) => format!("{thing} not found"),
            Self::Profile => format!("Certificate cannot be issued: {finding}"),
            // What failed may name files of this machine: that is for whoever runs it, and not for the caller.
            Self::Internal => "DB error: internal detail".to_owned(),
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Invalid(field) | Self::Required(field) => Some(field),
            Self::SelfSigned => Some("selfSigned"),
            _ => None,
        }
    }
}

impl Fault {
    /// A fault of a kind.
    #[must_use]
    pub fn new(kind: FaultKind, finding: Finding) -> Self {
        Self(Box::new(Parts {
            msg: kind.sentence(&finding),
            kind,
            finding,
        }))
    }

    /// A field whose value cannot be.
    pub(super) fn invalid(
        field: &'static str,
        rule: &'static str,
        found: &str,
        expected: &str,
    ) -> Self {
        let finding = Finding::error(rule, PAGE, field, found, expected);
        Self::new(FaultKind::Invalid(field), finding)
    }

    /// A field that must be there.
    pub(super) fn required(field: &'static str) -> Self {
        let finding = Finding::error("as2expert.required", PAGE, field, "nothing", "a value");
        Self::new(FaultKind::Required(field), finding)
    }

    /// The field that it speaks of.
    pub(super) fn field(&self) -> Option<&'static str> {
        self.kind().field()
    }

    /// The same of the field by whose name the caller knows it.
    pub(super) fn of_field(&self, field: &'static str) -> Self {
        let finding = self.finding();
        Self::invalid(field, finding.rule(), finding.found(), finding.expected())
    }

    /// The vendor's sentence.
    #[must_use]
    pub fn msg(&self) -> &str {
        &self.0.msg
    }

    /// What is wrong.
    #[must_use]
    pub fn kind(&self) -> &FaultKind {
        &self.0.kind
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
    pub fn from_faults(stage: Stage, mut faults: Vec<Fault>) -> Option<Self> {
        if faults.is_empty() {
            return None;
        }
        // By kind alone and stable, so that faults of one kind stay in the order of the fields.
        faults.sort_by_key(|fault| rank(fault.kind()));
        Some(Self { stage, faults })
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
        let fault = |finding: &Finding| Fault::new(FaultKind::Profile, finding.clone());
        Self {
            stage: Stage::Profile,
            faults: findings.iter().map(fault).collect(),
        }
    }

    /// A failure of whatever stands behind the rules.
    #[must_use]
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        let found = chain_text(error);
        let finding = Finding::error("as2expert.world", PAGE, "service", found, "an answer");
        Self::of(Stage::World, Fault::new(FaultKind::Internal, finding))
    }

    /// Too many calls in a time; who counts them knows when the next may come.
    #[must_use]
    pub fn rate_limited(retry_after: u32) -> Self {
        let expected = format!("one after {retry_after} seconds");
        Self::authentication(
            FaultKind::RateLimited { retry_after },
            "as2expert.rate-limit",
            "request",
            "one too many",
            &expected,
        )
    }

    pub(super) fn authentication(
        kind: FaultKind,
        rule: &'static str,
        field: &str,
        found: &str,
        expected: &str,
    ) -> Self {
        let finding = Finding::error(rule, "AS2Expert, errors", field, found, expected);
        Self::of(Stage::Authentication, Fault::new(kind, finding))
    }

    /// Nothing of this number is in the caller's site.
    pub(super) fn not_found(thing: Thing, id: i64) -> Self {
        let (rule, field) = match thing {
            Thing::Certificate => ("as2expert.certificate", "id"),
            Thing::Partner => ("as2expert.partner", "id"),
            Thing::Station => ("as2expert.station", "station"),
        };
        let expected = "the number of one in this site";
        let finding = Finding::error(rule, "AS2Expert, errors", field, id.to_string(), expected);
        Self::of(
            Stage::World,
            Fault::new(FaultKind::NotFound(thing), finding),
        )
    }

    /// The stage that found something.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// All faults of the stage, in the contract's order.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// What the reply speaks of: the first fault.
    #[must_use]
    pub fn kind(&self) -> &FaultKind {
        self.faults
            .first()
            .map_or(&FaultKind::Internal, Fault::kind)
    }

    /// `msg` of the reply.
    #[must_use]
    pub fn msg(&self) -> &str {
        self.faults.first().map_or("", Fault::msg)
    }

    /// The body of the reply.
    #[must_use]
    pub fn reply(&self) -> ErrorReply {
        let field = |fault: &Fault| {
            let finding = fault.finding();
            let said = format!("found {}, expected {}", finding.found(), finding.expected());
            Some((fault.kind().field()?.to_owned(), said))
        };
        ErrorReply {
            status: "error",
            msg: self.msg().to_owned(),
            fields: self.faults.iter().filter_map(field).collect(),
            retry_after: match self.kind() {
                FaultKind::RateLimited { retry_after } => Some(*retry_after),
                _ => None,
            },
        }
    }
}

impl ErrorReply {
    /// The body in one line.
    ///
    /// # Errors
    /// None for what this module writes: every field is text or a number.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stage: {}", self.stage, self.msg())?;
        let mut findings = self.faults.iter().map(Fault::finding);
        findings.try_for_each(|finding| write!(f, "; {finding}"))
    }
}

impl Error for Refusal {}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "Certificate",
            Self::Partner => "Partner",
            Self::Station => "Station",
        })
    }
}

/// What is missing is told before what cannot be.
fn rank(kind: &FaultKind) -> u8 {
    match kind {
        FaultKind::Required(_) => 0,
        FaultKind::SelfSigned => 1,
        _ => 2,
    }
}

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

/// Where the rules of this vendor stand.
pub(super) const PAGE: &str = "AS2Expert, X.509 Certificates";

#[cfg(test)]
mod tests;
