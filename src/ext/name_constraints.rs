//! `nameConstraints` (RFC 5280 §4.2.1.10): the names that a CA and those below it may certify.

use std::fmt;

use crate::ext::{
    Criticality, Extension, ExtensionError, MAX_ELEMENTS, first_repeated, read_elements,
};
use crate::general_name::{GeneralName, GeneralNameForm};
use crate::name::Name;
use crate::oid;
use crate::tlv;

pub use subtree::Subtree;

mod matching;
mod subtree;
#[cfg(test)]
mod tests;

/// The names that a CA and those below it may certify.
///
/// ```asn1
/// NameConstraints ::= SEQUENCE {
///     permittedSubtrees [0] GeneralSubtrees OPTIONAL, excludedSubtrees [1] GeneralSubtrees OPTIONAL }
/// GeneralSubtrees ::= SEQUENCE SIZE (1..MAX) OF GeneralSubtree
/// GeneralSubtree ::= SEQUENCE {
///     base GeneralName, minimum [0] BaseDistance DEFAULT 0, maximum [1] BaseDistance OPTIONAL }
/// ```
///
/// Invariant: at least one subtree, none twice on its side, at most 256 on each.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

/// A name that a CA may not certify.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ForbiddenName {
    name: GeneralName,
    excluded_by: Option<Subtree>,
}

impl NameConstraints {
    /// Names of a form that `permitted` has are allowed below one of its subtrees only; those below `excluded` are not.
    ///
    /// # Errors
    /// [`ExtensionError::DuplicateElement`], [`ExtensionError::TooMany`], and [`ExtensionError::Empty`] for no subtree at
    /// all: CAs MUST NOT issue an empty sequence.
    pub fn new(permitted: Vec<Subtree>, excluded: Vec<Subtree>) -> Result<Self, ExtensionError> {
        if permitted.is_empty() && excluded.is_empty() {
            return Err(ExtensionError::Empty {
                oid: oid::NAME_CONSTRAINTS,
                element: "subtree",
            });
        }
        for side in [&permitted, &excluded] {
            check_side(side)?;
        }
        Ok(Self {
            permitted,
            excluded,
        })
    }

    /// Where names must lie.
    #[must_use]
    pub fn permitted(&self) -> &[Subtree] {
        &self.permitted
    }

    /// Where names must not lie.
    #[must_use]
    pub fn excluded(&self) -> &[Subtree] {
        &self.excluded
    }

    /// The extension, critical: conforming CAs MUST mark it so.
    #[must_use]
    pub fn to_extension(&self) -> Extension {
        let Self {
            permitted,
            excluded,
        } = self;
        let mut content = Vec::new();
        for (number, side) in [(0, permitted), (1, excluded)] {
            if !side.is_empty() {
                let subtrees: Vec<u8> = side.iter().flat_map(Subtree::to_der).collect();
                content.extend(tlv::write(tlv::context_constructed(number), &subtrees));
            }
        }
        let value = tlv::write(tlv::SEQUENCE, &content);
        Extension::raw(oid::NAME_CONSTRAINTS, Criticality::Critical, value)
    }

    /// Reads the value of the extension. A `minimum` other than 0 and any `maximum` are refused: RFC 5280 has neither.
    ///
    /// # Errors
    /// [`ExtensionError::GeneralName`], [`ExtensionError::Malformed`], [`ExtensionError::Text`],
    /// [`ExtensionError::Unsupported`] and those of [`NameConstraints::new`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let malformed = ExtensionError::malformed(oid::NAME_CONSTRAINTS);
        let content = tlv::read(octets, tlv::SEQUENCE).map_err(&malformed)?;
        let mut reader = tlv::Reader::new(content).map_err(&malformed)?;
        let mut side = |number| {
            let content = reader.optional(tlv::context_constructed(number));
            match content.map_err(&malformed)? {
                // SIZE (1..MAX)
                Some([]) => Err(ExtensionError::Empty {
                    oid: oid::NAME_CONSTRAINTS,
                    element: "subtree",
                }),
                Some(content) => read_elements(oid::NAME_CONSTRAINTS, content, Subtree::read),
                None => Ok(Vec::new()),
            }
        };
        let (permitted, excluded) = (side(0)?, side(1)?);
        reader.finish().map_err(&malformed)?;
        Self::new(permitted, excluded)
    }

    /// The names of a certificate that may not be certified (RFC 5280 §6.1.3 (b) and (c)), in the order: subject, its
    /// mail addresses, alternative names.
    ///
    /// Mail addresses of the subject count when there is no `rfc822Name` (RFC 5280 §4.2.1.10). A name of a form that
    /// cannot be compared is forbidden as soon as a subtree of that form is there: nobody can tell that it is allowed.
    #[must_use]
    pub fn forbidden(&self, subject: &Name, alternatives: &[GeneralName]) -> Vec<ForbiddenName> {
        let mut names = Vec::new();
        if !subject.is_empty() {
            names.push(GeneralName::DirectoryName(subject.clone()));
        }
        let mail = GeneralNameForm::Rfc822Name;
        if !alternatives.iter().any(|name| name.form() == mail) {
            names.extend(matching::mail_addresses(subject));
        }
        names.extend_from_slice(alternatives);
        names
            .into_iter()
            .filter_map(|name| self.judge(name))
            .collect()
    }

    fn judge(&self, name: GeneralName) -> Option<ForbiddenName> {
        let of_form = |subtree: &&Subtree| subtree.form() == name.form();
        let excluded_by = self
            .excluded
            .iter()
            .filter(of_form)
            .find(|subtree| matching::excludes(subtree, &name));
        let mut permitted = self.permitted.iter().filter(of_form).peekable();
        let outside = permitted.peek().is_some()
            && !permitted.any(|subtree| matching::permits(subtree, &name));
        if excluded_by.is_none() && !outside {
            return None;
        }
        let excluded_by = excluded_by.cloned();
        Some(ForbiddenName { name, excluded_by })
    }
}

impl ForbiddenName {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &GeneralName {
        &self.name
    }

    /// The subtree that excludes it; `None` for a name that no permitted subtree holds.
    #[must_use]
    pub fn excluded_by(&self) -> Option<&Subtree> {
        self.excluded_by.as_ref()
    }
}

/// `permitted: dNSName:example.com; excluded: iPAddress:10.0.0.0/8`.
impl fmt::Display for NameConstraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sides = [("permitted", &self.permitted), ("excluded", &self.excluded)];
        let mut separator = "";
        for (title, side) in sides.into_iter().filter(|(_, side)| !side.is_empty()) {
            write!(f, "{separator}{title}: ")?;
            super::write_list(f, side)?;
            separator = "; ";
        }
        Ok(())
    }
}

fn check_side(side: &[Subtree]) -> Result<(), ExtensionError> {
    if side.len() > MAX_ELEMENTS {
        return Err(ExtensionError::TooMany {
            what: "subtree",
            found: side.len(),
            allowed: MAX_ELEMENTS,
        });
    }
    match first_repeated(side) {
        Some(repeated) => Err(ExtensionError::DuplicateElement {
            oid: oid::NAME_CONSTRAINTS,
            found: repeated.to_string(),
        }),
        None => Ok(()),
    }
}
