//! The vendors that a batch can work for: the one place where another one joins.

use std::fmt;
use std::str::FromStr;

use rand_chacha::ChaCha20Rng;
use serde_json::{Map, Value};

use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::handout::Forms;
use crate::batch::job::Row;
use crate::batch::outcome::Outcome;
use crate::key::weak::Seen;
use crate::service::{Moment, Service};

mod as2expert;
mod ecgrid;
mod emca;
mod enos;
mod rows;

/// A vendor whose requests a job can hold.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Vendor {
    /// `AS2Expert`.
    As2Expert,
    /// `ECGrid` of Loren Data.
    EcGrid,
    /// `emCA` of eMudhra.
    EmCa,
    /// `EnOS` of Envision Digital.
    EnOs,
}

/// What holds for all rows of a vendor.
#[derive(Debug)]
pub(super) struct Terms {
    /// Fields for rows that do not have them.
    pub(super) defaults: Map<String, Value>,
    pub(super) artefacts: Vec<Artefact>,
    pub(super) forms: Forms,
    /// The user or the site that asks, where the vendor tells them apart.
    pub(super) caller: Option<String>,
    /// Whether the vendor's reply may hold a private key.
    pub(super) reply_is_secret: bool,
}

impl Terms {
    fn wants_key(&self) -> bool {
        self.artefacts.iter().any(|artefact| artefact.holds_key())
    }

    fn wants_reply(&self) -> bool {
        self.artefacts.contains(&Artefact::Reply)
    }
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
    fn fill(&self, fields: &[(&str, &str)]) -> Map<String, Value>;

    /// Whether the private keys are made here, so that they can be handed out.
    fn makes_keys(&self) -> bool {
        false
    }

    /// Whether the vendor's reply may hold a private key.
    fn reply_is_secret(&self) -> bool {
        false
    }

    /// Whether a job can be a folder of certification requests.
    fn takes_requests(&self) -> bool {
        true
    }

    /// Whether a job can begin, asked before anything is made.
    ///
    /// # Errors
    /// [`BatchError::Caller`].
    fn check(&self, _service: &Service, _terms: &Terms) -> Result<(), BatchError> {
        Ok(())
    }

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
        rng: &mut ChaCha20Rng,
    ) -> Result<Vec<Outcome>, BatchError>;
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::As2Expert, Self::EcGrid, Self::EmCa, Self::EnOs];

    /// How the vendor's rows are worked on.
    pub(super) fn line(self) -> &'static dyn Line {
        match self {
            Self::As2Expert => &as2expert::As2Expert,
            Self::EcGrid => &ecgrid::EcGrid,
            Self::EmCa => &emca::EmCa,
            Self::EnOs => &enos::EnOs,
        }
    }

    /// Whether the vendor has these artefacts.
    ///
    /// # Errors
    /// [`BatchError::NoKey`] and [`BatchError::P12Password`].
    pub(super) fn check_artefacts(
        self,
        artefacts: &[Artefact],
        forms: &Forms,
    ) -> Result<(), BatchError> {
        let mut keys = artefacts.iter().filter(|artefact| artefact.holds_key());
        if let Some(artefact) = keys.next().filter(|_| !self.line().makes_keys()) {
            return Err(BatchError::NoKey {
                artefact: *artefact,
                vendor: self,
            });
        }
        if artefacts.iter().any(|artefact| forms.lack(*artefact)) {
            return Err(BatchError::P12Password);
        }
        Ok(())
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
            None => {
                let fields = fields.iter();
                let texts = fields.map(|(name, text)| (name.as_str(), text.as_str()));
                Ok(self.line().fill(&texts.collect::<Vec<_>>()))
            }
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
