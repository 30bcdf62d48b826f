//! What is wrong with a certificate, or with what was asked: findings, and the lints of RFC 5280 that find them.
//!
//! A finding names its rule, where the rule stands, what was found and what is expected. All findings of a stage come
//! back at once. A profile may accept a lint's finding by its rule's name, as a departure that is meant.

use std::fmt;
use std::ops::Deref;

use serde::Serialize;

use crate::cert::TbsCertificate;
use crate::ext::{BasicConstraints, Extension, KeyUsage};
use crate::oid;

pub mod rfc5280;

/// One fault.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    rule: &'static str,
    source: &'static str,
    severity: Severity,
    field: String,
    found: String,
    expected: String,
    #[serde(flatten)]
    answer: Option<Box<Answer>>,
}

/// What a vendor answers a request that has this fault.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    message: String,
}

/// A vendor's code for a fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
#[serde(untagged)]
pub enum Code {
    /// A number.
    Number(u32),
    /// A word.
    Word(&'static str),
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A SHOULD is not obeyed; issuing goes on.
    Warning,
    /// A MUST is broken; nothing is issued.
    Error,
}

/// All findings of a stage.
///
/// Invariant: at least one.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Findings(Vec<Finding>);

/// A check of a `TBSCertificate`.
#[derive(Clone, Copy)]
pub struct Lint {
    rule: &'static str,
    source: &'static str,
    severity: Severity,
    check: fn(&Look<'_>) -> Vec<Fault>,
}

/// What lints look at: a `TBSCertificate`, and what several of them want to know of its extensions.
pub(crate) struct Look<'a> {
    tbs: &'a TbsCertificate,
    constraints: Option<BasicConstraints>,
    usage: Option<KeyUsage>,
}

/// What a lint saw: the field, its value, and what belongs there.
pub(crate) struct Fault {
    field: String,
    found: String,
    expected: String,
}

impl<'a> Look<'a> {
    fn at(tbs: &'a TbsCertificate) -> Self {
        let value = |oid| tbs.extensions().find(oid).map(Extension::value);
        let constraints = value(oid::BASIC_CONSTRAINTS).map(BasicConstraints::from_extension_value);
        let usage = value(oid::KEY_USAGE).map(KeyUsage::from_extension_value);
        Self {
            tbs,
            constraints: constraints.and_then(Result::ok),
            usage: usage.and_then(Result::ok),
        }
    }
}

impl Deref for Look<'_> {
    type Target = TbsCertificate;

    fn deref(&self) -> &TbsCertificate {
        self.tbs
    }
}

impl Finding {
    /// A fault that stops issuing.
    pub fn error(
        rule: &'static str,
        source: &'static str,
        field: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            source,
            severity: Severity::Error,
            field: field.into(),
            found: clipped(found.into()),
            expected: expected.into(),
            answer: None,
        }
    }

    /// The same, with what a vendor answers for it.
    #[must_use]
    pub(crate) fn answered(mut self, code: Option<Code>, message: &str) -> Self {
        self.answer = Some(Box::new(Answer {
            code,
            message: message.to_owned(),
        }));
        self
    }

    /// The same, as something that stops nothing.
    #[must_use]
    pub(crate) fn into_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The same, where a rule of one source is another's too.
    #[must_use]
    pub(crate) fn cited(mut self, instead_of: &'static str, source: &'static str) -> Self {
        if self.source == instead_of {
            self.source = source;
        }
        self
    }

    /// The same fault, in one of several places.
    #[must_use]
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.field = format!("{place}, {}", self.field);
        self
    }

    /// What a vendor would answer for it; `None` for what no request is answered with.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        self.answer.as_deref()
    }

    /// The rule's name, stable across versions.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// Where the rule stands: an RFC's clause or a vendor's page.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    /// How bad it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The field at fault.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// What was found there.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }

    /// What is allowed there.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }
}

impl Answer {
    /// The vendor's code, where it has any.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        self.code
    }

    /// The vendor's sentence.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(Code::Number(code)) => write!(f, "{code}: ")?,
            Some(Code::Word(code)) => write!(f, "{code}: ")?,
            None => {}
        }
        f.write_str(&self.message)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rule,
            source,
            severity: _,
            field,
            found,
            expected,
            answer: _,
        } = self;
        write!(
            f,
            "{field}: found {found}, expected {expected} [{rule}, {source}]"
        )
    }
}

impl Findings {
    /// The findings of a stage, `None` when there are none.
    #[must_use]
    pub fn from_vec(findings: Vec<Finding>) -> Option<Self> {
        if findings.is_empty() {
            return None;
        }
        Some(Self(findings))
    }

    /// The findings, in the order of their rules.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// The findings, in the order of their rules.
    #[must_use]
    pub fn as_slice(&self) -> &[Finding] {
        &self.0
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, finding) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            finding.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}

impl Lint {
    pub(crate) const fn new(
        rule: &'static str,
        source: &'static str,
        severity: Severity,
        check: fn(&Look<'_>) -> Vec<Fault>,
    ) -> Self {
        Self {
            rule,
            source,
            severity,
            check,
        }
    }

    /// The rule's name, stable across versions.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule
    }

    /// Where the rule stands.
    #[must_use]
    pub fn source(&self) -> &'static str {
        self.source
    }

    fn findings(&self, look: &Look<'_>) -> impl Iterator<Item = Finding> {
        (self.check)(look).into_iter().map(|fault| Finding {
            rule: self.rule,
            source: self.source,
            severity: self.severity,
            field: fault.field,
            found: clipped(fault.found),
            expected: fault.expected,
            answer: None,
        })
    }
}

impl fmt::Debug for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lint({}, {})", self.rule, self.source)
    }
}

impl Fault {
    pub(crate) fn new(
        field: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}

/// Runs every lint over what is to be signed, or was; findings whose rule is among `accepted` are left out.
#[must_use]
pub fn run(tbs: &TbsCertificate, accepted: &[String]) -> Vec<Finding> {
    let look = Look::at(tbs);
    rfc5280::LINTS
        .iter()
        .filter(|lint| !accepted.iter().any(|rule| rule == lint.rule))
        .flat_map(|lint| lint.findings(&look))
        .collect()
}

/// The names of all lints.
pub fn rules() -> impl Iterator<Item = &'static str> {
    rfc5280::LINTS.iter().map(|lint| lint.rule)
}

/// Whether a lint has this name.
#[must_use]
pub fn is_known(rule: &str) -> bool {
    rules().any(|known| known == rule)
}

/// A value that a stranger sent may be long: a finding quotes its beginning.
fn clipped(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(MAX_QUOTED_CHARACTERS) {
        text.truncate(at);
        text.push('…');
    }
    text
}

const MAX_QUOTED_CHARACTERS: usize = 200;
