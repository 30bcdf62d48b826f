//! String types of a subject: which a profile allows, and which it writes (RFC 5280 §4.1.2.4).

use std::collections::BTreeMap;

use super::check::contradiction;
use super::{Profile, ProfileError, SubjectAttributeConfig};
use crate::lint::Finding;
use crate::name;
use crate::name::{Name, NameError, StringType};
use crate::oid;
use crate::oid::Oid;

/// What a profile says about one attribute type.
///
/// Invariant: at least one string type is allowed, and the one that is written is among them.
#[derive(Clone, Debug)]
pub(super) struct SubjectRule {
    attribute: Oid,
    allowed: Vec<StringType>,
    written: StringType,
}

impl Profile {
    /// The string types that a subject may have an attribute in; `None` when the profile leaves it to RFC 5280.
    #[must_use]
    pub fn string_types(&self, attribute: Oid) -> Option<&[StringType]> {
        self.subject_rule(attribute).map(|rule| &*rule.allowed)
    }

    /// The string type that an attribute of a new name is written in.
    #[must_use]
    pub fn written_string_type(&self, attribute: Oid) -> StringType {
        self.subject_rule(attribute)
            .map_or_else(|| name::default_string_type(attribute), |rule| rule.written)
    }

    /// A new subject, most general level first, in the string types that the profile writes.
    ///
    /// # Errors
    /// [`NameError`] when a text does not fit its string type.
    pub fn new_subject(&self, attributes: &[(Oid, &str)]) -> Result<Name, NameError> {
        let typed = |(oid, text): &(Oid, _)| (*oid, self.written_string_type(*oid), *text);
        let typed: Vec<_> = attributes.iter().map(typed).collect();
        Name::from_attributes(&typed)
    }

    /// What the profile does not allow about a subject.
    #[must_use]
    pub fn subject_findings(&self, subject: &Name) -> Vec<Finding> {
        let mut findings = Vec::new();
        for attribute in subject.attributes() {
            let found = attribute.value().string_type();
            let rule = self.subject_rule(attribute.oid());
            if let Some(rule) = rule.filter(|rule| !rule.allowed.contains(&found)) {
                findings.push(Finding::error(
                    "profile.string-type",
                    "certificate profile",
                    format!("subject {}", label(attribute.oid())),
                    found.to_string(),
                    super::joined(&rule.allowed),
                ));
            }
        }
        findings
    }

    fn subject_rule(&self, attribute: Oid) -> Option<&SubjectRule> {
        self.subject.iter().find(|rule| rule.attribute == attribute)
    }
}

/// Checks the part `[subject]` of a profile.
pub(super) fn rules(
    profile: &str,
    configs: &BTreeMap<String, SubjectAttributeConfig>,
    accepted_findings: &[String],
) -> Result<Vec<SubjectRule>, ProfileError> {
    let mut rules: Vec<SubjectRule> = Vec::with_capacity(configs.len());
    for (name, config) in configs {
        let rule = rule(profile, name, config, accepted_findings)?;
        if rules.iter().any(|other| other.attribute == rule.attribute) {
            let name = label(rule.attribute);
            return Err(contradiction(
                profile,
                &format!("subject {name} stands twice"),
            ));
        }
        rules.push(rule);
    }
    Ok(rules)
}

fn rule(
    profile: &str,
    name: &str,
    config: &SubjectAttributeConfig,
    accepted_findings: &[String],
) -> Result<SubjectRule, ProfileError> {
    let attribute = Oid::from_attribute_name(name).or_else(|| name.parse().ok());
    let attribute = attribute.ok_or_else(|| ProfileError::Unknown {
        profile: profile.to_owned(),
        what: "an attribute of the subject",
        found: name.to_owned(),
        allowed: "names of RFC 4514 §3 and RFC 5280 such as CN, and dotted identifiers".to_owned(),
    })?;
    let parse = |text: &String| string_type(profile, text);
    let allowed: Vec<_> = config.allowed.iter().map(parse).collect::<Result<_, _>>()?;
    let name = label(attribute);
    let Some(first) = allowed.first() else {
        let reason = format!("subject {name} is allowed in no string type");
        return Err(contradiction(profile, &reason));
    };
    let written = config.written.as_ref().map_or(Ok(*first), parse)?;
    if !allowed.contains(&written) {
        let reason = format!("subject {name} is written as {written}, which it does not allow");
        return Err(contradiction(profile, &reason));
    }
    if written == StringType::TeletexString {
        // Nobody agrees on what its octets above 127 mean.
        let reason = format!("subject {name} is written as {written}, which is only read");
        return Err(contradiction(profile, &reason));
    }
    check_rfc(profile, attribute, &allowed, accepted_findings)?;
    Ok(SubjectRule {
        attribute,
        allowed,
        written,
    })
}

fn string_type(profile: &str, text: &str) -> Result<StringType, ProfileError> {
    let known = StringType::STRINGS
        .iter()
        .find(|string_type| string_type.to_string() == text);
    known.copied().ok_or_else(|| ProfileError::Unknown {
        profile: profile.to_owned(),
        what: "a string type",
        found: text.to_owned(),
        allowed: super::joined(StringType::STRINGS),
    })
}

/// What RFC 5280 does not let an attribute be is a departure, and stands among the accepted findings as any other.
fn check_rfc(
    profile: &str,
    attribute: Oid,
    allowed: &[StringType],
    accepted_findings: &[String],
) -> Result<(), ProfileError> {
    let lint = match attribute {
        oid::COUNTRY => "rfc5280.country",
        _ => "rfc5280.string-type",
    };
    let Some(permitted) = name::permitted_string_types(attribute) else {
        return Ok(());
    };
    let departure = allowed.iter().find(|found| !permitted.contains(found));
    match departure {
        Some(found) if !accepted_findings.iter().any(|accepted| accepted == lint) => {
            let name = label(attribute);
            let permitted = super::joined(permitted);
            let reason = format!(
                "subject {name} is allowed as {found}, RFC 5280 has {permitted} and {lint} is not accepted"
            );
            Err(contradiction(profile, &reason))
        }
        _ => Ok(()),
    }
}

fn label(oid: Oid) -> String {
    oid.attribute_name()
        .map_or_else(|| oid.to_string(), str::to_owned)
}
