//! The vendors that a batch can work for: the one place where another one joins.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::job::Row;
use crate::batch::outcome::Outcome;
use crate::key::weak::Seen;
use crate::service::{Moment, Service};

mod enos;

/// A vendor whose requests a job can hold.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Vendor {
    /// `EnOS` of Envision Digital.
    EnOs,
}

/// What holds for all rows of a vendor.
#[derive(Debug)]
pub(super) struct Terms {
    /// Fields for rows that do not have them.
    pub(super) defaults: Map<String, Value>,
    pub(super) artefacts: Vec<Artefact>,
}

/// A vendor's rows, from fields to outcomes.
pub(super) trait Line: Sync {
    /// The name by which the vendor goes.
    fn name(&self) -> &'static str;

    /// The columns that a CSV job may have.
    fn columns(&self) -> &'static [&'static str];

    /// The fields that may be filled in where a row has none.
    fn fillable(&self) -> &'static [&'static str];

    /// Gives texts for such fields the vendor's types.
    fn fill(&self, fields: &[(String, String)]) -> Map<String, Value>;

    /// Takes rows through the service; each is issued or rejected alone, in order. Their keys join those seen before.
    ///
    /// # Errors
    /// [`BatchError::Service`] and [`BatchError::Artefact`].
    fn issue(
        &self,
        service: &mut Service,
        rows: Vec<Row>,
        terms: &Terms,
        moment: &Moment,
        seen: &mut Seen,
    ) -> Result<Vec<Outcome>, BatchError>;
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::EnOs];

    /// How the vendor's rows are worked on.
    pub(super) fn line(self) -> &'static dyn Line {
        match self {
            Self::EnOs => &enos::EnOs,
        }
    }

    /// Reads fields that are to be filled in where a row has none.
    ///
    /// # Errors
    /// [`BatchError::UnknownDefault`].
    pub(super) fn defaults(
        self,
        fields: &[(String, String)],
    ) -> Result<Map<String, Value>, BatchError> {
        let allowed = self.line().fillable();
        let mut names = fields.iter().map(|(name, _)| name);
        match names.find(|name| !allowed.contains(&name.as_str())) {
            None => Ok(self.line().fill(fields)),
            Some(found) => Err(BatchError::UnknownDefault {
                found: found.clone(),
                allowed: allowed.join(", "),
                vendor: self,
            }),
        }
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.line().name())
    }
}

impl FromStr for Vendor {
    type Err = BatchError;

    fn from_str(text: &str) -> Result<Self, BatchError> {
        let named = Self::ALL
            .into_iter()
            .find(|vendor| vendor.to_string() == text);
        named.ok_or_else(|| BatchError::UnknownVendor {
            found: text.to_owned(),
        })
    }
}

/// The names of all vendors.
pub(super) fn names() -> String {
    Vendor::ALL.map(|vendor| vendor.to_string()).join(", ")
}
