//! What emCA answers when it refuses: one message a fault, from the page's table and from the vendor's notes.

use std::error::Error;
use std::fmt;

use serde::Serialize;

use crate::lint::{Finding, Findings};
use crate::vendor::Stage;
use crate::vendor::emca::Method;
use crate::vendor::emca::wire::ProfileId;

/// The messages; the least of a stage's faults speaks in the reply.
///
/// The order is that of the vendor's process (missing input before who signed, who signed before what is signed), and
/// within one step of it that of the page's table.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// `requestData` does not decrypt to a JSON object, as with a wrong AES key.
    InputData,
    /// A mandatory parameter is missing, or is not of its JSON type.
    Parameter,
    /// User, password, authentication key or source address is wrong.
    Authentication,
    /// Not signed with the certificate that is registered for the user.
    Signature,
    /// No profile of this id.
    ProfileAbsent(ProfileId),
    /// No profile of this name.
    ProfileName,
    /// The CSR is none, or lacks what the profile needs.
    Data,
    /// `validity` is not `dd:hh:mm:ss`, is out of range, or exceeds what the CA can give.
    Validity,
    /// `validFrom` is not a date and time.
    FromDate,
    /// `isP7BRequest` is neither true nor false.
    IsP7bRequest,
    /// Something behind the interface failed.
    Internal,
}

/// One fault: the vendor's message, and the finding behind it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Fault(Box<Parts>);

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct Parts {
    message: String,
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

impl FaultKind {
    /// The vendor's message, slips included.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::InputData => "Invalid input data".to_owned(),
            Self::Parameter => "Invalid parameter".to_owned(),
            Self::Authentication => "Invalid request details found".to_owned(),
            Self::Signature => "Signature verification failed".to_owned(),
            Self::ProfileAbsent(id) => format!("{id} profile does not exist"),
            Self::ProfileName => "Invalid Certificate Profile name".to_owned(),
            Self::Data => "Please enter valid data".to_owned(),
            Self::Validity => "Invalid validity".to_owned(),
            Self::FromDate => "Invalid From Date".to_owned(),
            // The page's cells for message and description run into one another here; this is the message.
            Self::IsP7bRequest => "isP7BRequest".to_owned(),
            Self::Internal => "Internal server error".to_owned(),
        }
    }
}

impl Fault {
    /// A fault of a kind.
    #[must_use]
    pub fn new(kind: FaultKind, finding: Finding) -> Self {
        Self(Box::new(Parts {
            message: kind.message(),
            kind,
            finding,
        }))
    }

    /// The vendor's message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Which message it is.
    #[must_use]
    pub fn kind(&self) -> &FaultKind {
        &self.0.kind
    }

    /// The rule, the field, what was found and what is allowed.
    #[must_use]
    pub fn finding(&self) -> &Finding {
        &self.0.finding
    }

    /// The same, under the page of its call: the rules that calls share stand on each one's own page.
    fn of_call(mut self, method: Method) -> Self {
        self.0.finding = self.0.finding.cited(PAGE, method.page());
        self
    }
}

impl Refusal {
    /// The faults of a stage, `None` when there are none.
    #[must_use]
    pub fn from_faults(stage: Stage, mut faults: Vec<Fault>) -> Option<Self> {
        if faults.is_empty() {
            return None;
        }
        // Stable, so that faults of one kind stay in the order of their rules.
        faults.sort_by(|one, other| one.kind().cmp(other.kind()));
        Some(Self { stage, faults })
    }

    /// What [`IssuerName::prepare`](crate::issuer::IssuerName::prepare) found, as the vendor would say it.
    #[must_use]
    pub fn from_findings(findings: &Findings) -> Self {
        let fault = |finding: &Finding| Fault::new(kind_of(finding), finding.clone());
        let mut faults: Vec<_> = findings.iter().map(fault).collect();
        faults.sort_by(|one, other| one.kind().cmp(other.kind()));
        Self {
            stage: Stage::Profile,
            faults,
        }
    }

    /// A refusal with a single fault.
    #[must_use]
    pub fn of(stage: Stage, fault: Fault) -> Self {
        Self {
            stage,
            faults: vec![fault],
        }
    }

    /// The same, of this call.
    pub(super) fn of_call(self, method: Method) -> Self {
        let faults = self.faults.into_iter();
        Self {
            faults: faults.map(|fault| fault.of_call(method)).collect(),
            ..self
        }
    }

    /// A failure of what stands behind the interface.
    #[must_use]
    pub fn internal(error: &(dyn Error + 'static)) -> Self {
        let finding = Finding::error(
            "emca.world",
            PAGE,
            "service",
            chain_text(error),
            "an answer",
        );
        Self::of(Stage::World, Fault::new(FaultKind::Internal, finding))
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

    /// The message of the reply: the first fault's.
    #[must_use]
    pub fn message(&self) -> &str {
        self.faults.first().map_or("", Fault::message)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stage: {}", self.stage, self.message())?;
        let mut findings = self.faults.iter().map(Fault::finding);
        findings.try_for_each(|finding| write!(f, "; {finding}"))
    }
}

impl Error for Refusal {}

/// The lifetime is the caller's to choose; all else that a profile finds is about the data.
fn kind_of(finding: &Finding) -> FaultKind {
    match finding.rule() {
        "profile.maximum-lifetime" | "issuer.validity" => FaultKind::Validity,
        _ => FaultKind::Data,
    }
}

/// Refuses in a stage; whoever calls this has found something.
pub(super) fn refused(stage: Stage, faults: Vec<Fault>) -> Refusal {
    Refusal::from_faults(stage, faults).unwrap_or_else(|| {
        let finding = Finding::error("emca.request", PAGE, "request", "no answer", "an answer");
        Refusal::of(stage, Fault::new(FaultKind::Internal, finding))
    })
}

/// The value, or `None` after its fault was kept.
pub(super) fn kept<T>(result: Result<T, Fault>, faults: &mut Vec<Fault>) -> Option<T> {
    result.map_err(|fault| faults.push(fault)).ok()
}

/// An error and its causes in one line.
pub(super) fn chain_text(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// Where the rules of this vendor stand, until it is known which call they are of.
pub(super) const PAGE: &str = "emCA, createCustomCertificateById";
/// The vendor's notes on keys and on objects before encryption.
pub(super) const HOWTO: &str = "emCA, How to generate a request JSON Object";
