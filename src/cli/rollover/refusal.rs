//! A vendor's refusal as an error of the command: the first fault in the vendor's words, and all findings.

use crate::cli::error::CliError;
use crate::lint::Finding;
use crate::vendor::{Stage, as2expert, ecgrid};

pub(in crate::cli) fn ecgrid_refused(refusal: &ecgrid::error::Refusal) -> CliError {
    let findings = refusal.faults().iter().map(ecgrid::error::Fault::finding);
    let said = format!("{} {}", refusal.kind().error_code(), refusal.message());
    refused("ECGrid", refusal.stage(), &said, findings, refusal)
}

pub(in crate::cli) fn as2expert_refused(refusal: &as2expert::error::Refusal) -> CliError {
    let findings = refusal
        .faults()
        .iter()
        .map(as2expert::error::Fault::finding);
    let said = format!("{} {}", refusal.kind().status(), refusal.msg());
    refused("AS2Expert", refusal.stage(), &said, findings, refusal)
}

fn refused<'a>(
    vendor: &str,
    stage: Stage,
    said: &str,
    findings: impl Iterator<Item = &'a Finding>,
    refusal: &impl serde::Serialize,
) -> CliError {
    CliError::Refused {
        what: format!("{vendor} refuses in the {stage} stage: {said}"),
        findings: findings.map(ToString::to_string).collect(),
        details: serde_json::to_value(refusal).unwrap_or(serde_json::Value::Null),
    }
}
