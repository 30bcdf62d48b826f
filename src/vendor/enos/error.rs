//! What EnOS answers when it refuses: the codes and sentences of the page's table of errors.
//!
//! The table writes what varies in brackets (`message: (message content)`); the brackets are not part of the answer.
//! The sentences and their punctuation are the vendor's, slips included.

use std::error::Error;
use std::fmt;

use serde::Serialize;

use crate::lint::{Finding, Findings};
use crate::vendor::Stage;

/// An argument is wrong or missing, or a rule forbids what was asked for.
pub const INVALID: u32 = 99_400;
/// The device is not known.
pub const DEVICE_ABSENT: u32 = 11_404;
/// The key belongs to another device.
pub const BOUND_ELSEWHERE: u32 = 11_833;
/// A service behind the vendor's interface failed.
pub const INTERNAL: u32 = 99_500;

/// The rows of the table of errors; their order is the contract's: the least of a stage's faults speaks in the reply.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The gateway in front of the vendor's services does not let the call pass.
    Gateway(Gateway),
    /// `validDay`, or the default, exceeds the product's maximum.
    ValidityOverMaximum,
    /// Neither `assetId` nor `productKey` with `deviceKey`.
    DeviceIdentifier,
    /// A field that is missing or has a value that cannot be; the table has `csr` and `certSn`, `validDay` follows them.
    Argument(Argument),
    /// The product does not support bi-directional authorization.
    NotBidirectional,
    /// The certificate authority cannot issue this.
    CaCall,
    /// The certification request is not one that the authority takes.
    InvalidCertRequest,
    /// The subject has a valid certificate.
    DuplicateSubject,
    /// The certificate cannot be revoked.
    Revoke,
    /// The certificate cannot be renewed.
    Renew,
    /// The certificates cannot be listed.
    Query,
    /// A parameter of the call is wrong; the table has no narrower sentence.
    CallParameters,
    /// The device is not known.
    DeviceAbsent,
    /// The key is bound to another device.
    BoundElsewhere,
    /// A service behind the vendor's interface failed.
    Internal(Service),
}

/// The fields that `Invalid Argument …` speaks of.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub enum Argument {
    /// `csr`.
    Csr,
    /// `certSn`.
    CertSn,
    /// `validDay`.
    ValidDay,
}

/// What the gateway finds wrong with how a call is signed; its own table of codes, of the page *Invoke API with the Access
/// Token*.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum Gateway {
    /// 1001: a call with this signature was let pass before.
    Repeated,
    /// 1002: no application of this key.
    AppAbsent,
    /// 1003: the signature is another.
    Signature,
    /// 1004: a parameter cannot be.
    Parameter,
    /// 1005: a failure of its own.
    Internal,
    /// 1202: a parameter is missing.
    Missing,
    /// 1203: the time of the call, or its token, has passed.
    Expired,
    /// 1204: the token cannot be refreshed.
    Refresh,
}

/// The services whose failure the table tells apart.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Knows what was issued.
    Certificate,
    /// Knows the products.
    Product,
    /// Knows the devices.
    IotHub,
}

/// One fault: the vendor's code and sentence, and the finding behind them.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Fault(Box<Parts>);

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct Parts {
    code: u32,
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

impl FaultKind {
    /// The vendor's code.
    #[must_use]
    pub fn code(&self) -> u32 {
        match self {
            Self::DeviceAbsent => DEVICE_ABSENT,
            Self::BoundElsewhere => BOUND_ELSEWHERE,
            Self::Internal(_) => INTERNAL,
            Self::Gateway(gateway) => gateway.code(),
            _ => INVALID,
        }
    }

    /// The vendor's sentence, filled with what was found.
    fn sentence(&self, message: &str, finding: &Finding) -> String {
        let detail = || {
            format!(
                "{}: found {}, expected {}",
                finding.field(),
                finding.found(),
                finding.expected()
            )
        };
        let with_details = |prefix: &str| {
            let detail = detail();
            format!("{prefix}message: {message}, detail message: {detail}")
        };
        match self {
            Self::ValidityOverMaximum => VALIDITY_OVER_MAXIMUM.to_owned(),
            Self::DeviceIdentifier => DEVICE_IDENTIFIER.to_owned(),
            Self::Argument(argument) => {
                format!("Invalid Argument {argument}:{argument} {message}")
            }
            Self::NotBidirectional => NOT_BIDIRECTIONAL.to_owned(),
            Self::CaCall => {
                let (code, detail) = (finding.rule(), detail());
                format!("{CA_CALL}code: {code}, message: {message}, detail message: {detail}")
            }
            Self::InvalidCertRequest => with_details("Invalid cert request!"),
            Self::DuplicateSubject => with_details("Duplicate subject by certificate request!"),
            Self::Revoke => with_details("Revoke cert is failed!"),
            Self::Renew => with_details("Renew cert is failed!"),
            Self::Query => with_details("Query cert is failed!"),
            Self::CallParameters => with_details(CALL_PARAMETERS),
            Self::DeviceAbsent => "Device cannot be found".to_owned(),
            Self::BoundElsewhere => "Certificate is already bound to another device.".to_owned(),
            Self::Internal(service) => format!("Internal error of {service} service."),
            Self::Gateway(gateway) => format!("{}: {}", gateway.sentence(), finding.field()),
        }
    }
}

impl Gateway {
    /// The gateway's code.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Repeated => 1001,
            Self::AppAbsent => 1002,
            Self::Signature => 1003,
            Self::Parameter => 1004,
            Self::Internal => 1005,
            Self::Missing => 1202,
            Self::Expired => 1203,
            Self::Refresh => 1204,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Repeated => "repeated request",
            Self::AppAbsent => "appKey does not exist",
            Self::Signature => "signature is invalid",
            Self::Parameter => "invalid parameter",
            Self::Internal => "internal service exception",
            Self::Missing => "parameter is empty",
            Self::Expired => "access token has expired",
            Self::Refresh => "failed to refresh access token",
        }
    }
}

impl Fault {
    /// A fault of a kind; `message` fills the sentence where the vendor's has a place for it.
    #[must_use]
    pub fn new(kind: FaultKind, message: &str, finding: Finding) -> Self {
        Self(Box::new(Parts {
            code: kind.code(),
            msg: kind.sentence(message, &finding),
            kind,
            finding,
        }))
    }

    /// The vendor's code.
    #[must_use]
    pub fn code(&self) -> u32 {
        self.0.code
    }

    /// The vendor's sentence.
    #[must_use]
    pub fn msg(&self) -> &str {
        &self.0.msg
    }

    /// Which row of the table of errors it is.
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
        // Stable, so that faults of one kind stay in the order of their rules.
        faults.sort_by(|one, other| one.kind().cmp(other.kind()));
        Some(Self { stage, faults })
    }

    /// What [`IssuerName::prepare`](crate::issuer::IssuerName::prepare) found, as the vendor would say it.
    #[must_use]
    pub fn from_findings(findings: &Findings) -> Self {
        let faults = findings.iter().map(|finding| {
            Fault::new(
                FaultKind::CaCall,
                "certificate cannot be issued",
                finding.clone(),
            )
        });
        Self {
            stage: Stage::Profile,
            faults: faults.collect(),
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

    /// A failure of what stands behind a question to the world.
    #[must_use]
    pub fn internal(service: Service, error: &(dyn Error + 'static)) -> Self {
        let finding = Finding::error(
            "enos.world",
            PAGE,
            service.to_string(),
            chain_text(error),
            "an answer",
        );
        Self::of(
            Stage::World,
            Fault::new(FaultKind::Internal(service), "", finding),
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

    /// The code of the reply: the first fault's.
    #[must_use]
    pub fn code(&self) -> u32 {
        self.faults.first().map_or(INTERNAL, Fault::code)
    }

    /// The sentence of the reply: the first fault's.
    #[must_use]
    pub fn msg(&self) -> &str {
        self.faults.first().map_or("", Fault::msg)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stage: {} {}", self.stage, self.code(), self.msg())?;
        let mut findings = self.faults.iter().map(Fault::finding);
        findings.try_for_each(|finding| write!(f, "; {finding}"))
    }
}

impl Error for Refusal {}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csr => "csr",
            Self::CertSn => "certSn",
            Self::ValidDay => "validDay",
        })
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::Product => "product",
            Self::IotHub => "IoT Hub",
        })
    }
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

/// Where the rules of this vendor stand.
pub(super) const PAGE: &str = "EnOS, Apply Certificate";

const VALIDITY_OVER_MAXIMUM: &str = "The specified validity period exceeds the maximum certificate \
    validity period of the product to which this device belongs.";

const DEVICE_IDENTIFIER: &str = "invalid argument: The device identifier is invalid";

const NOT_BIDIRECTIONAL: &str = "The product to which the device belongs to is not a product that \
    supports bi-directional authorization.";

const CA_CALL: &str = "Call ca error!: Certificate service err info:, ";

const CALL_PARAMETERS: &str = "When calling Certificate Services, the call parameters are invalid.";

#[cfg(test)]
mod tests;
