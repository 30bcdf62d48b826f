//! The vendors that a batch can work for: the one place where another one joins.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use serde_json::{Map, Value};

use crate::batch::artefact::Artefact;
use crate::batch::error::BatchError;
use crate::batch::fresh::FreshKeys;
use crate::batch::handout::Forms;
use crate::batch::job::Row;
use crate::batch::outcome::Outcome;
use crate::key::weak::Seen;
use crate::ledger::BatchId;
use crate::serial::JobSerials;
use crate::service::{Moment, Service};

pub(super) use enos::handout as enos_handout;
pub(super) use rows::{issued_row, rejection_of};

mod as2expert;
mod ecgrid;
mod emca;
mod enos;
pub(super) mod fresh;
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
    pub(super) vendor: Vendor,
    /// Fields for rows that do not have them.
    pub(super) defaults: Map<String, Value>,
    pub(super) artefacts: Vec<Artefact>,
    pub(super) forms: Arc<Forms>,
    /// The user or the site that asks, where the vendor tells them apart.
    pub(super) caller: Option<String>,
    /// Whether the vendor's reply may hold a private key.
    pub(super) reply_is_secret: bool,
    /// Whether nothing is handed out.
    pub(super) is_rehearsal: bool,
    /// Whether a key that is made for a row is kept, or nothing is recorded that would be of no use without it.
    pub(super) keys_are_kept: bool,
}

impl Terms {
    pub(super) fn wants_key(&self) -> bool {
        self.artefacts.iter().any(|artefact| artefact.holds_key())
    }

    pub(super) fn wants_reply(&self) -> bool {
        self.artefacts.contains(&Artefact::Reply)
    }
}

/// What slices hand on to each other.
pub(super) struct Means<'a> {
    /// Keys of the slices before.
    pub(super) seen: &'a mut Seen,
    /// Where keys come from that are made here.
    pub(super) rng: &'a mut ChaCha20Rng,
    /// Who makes those that rows ask for, and keeps them.
    pub(super) keys: &'a mut dyn FreshKeys,
    /// The job in the ledger.
    pub(super) batch: BatchId,
    /// What takes the place of random serial numbers.
    pub(super) serials: Option<Arc<JobSerials>>,
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

    /// Whether the vendor's reply may hold a private key.
    fn reply_is_secret(&self) -> bool {
        false
    }

    /// Whether a P12 may come with the vendor's reply, under the password of the request.
    fn may_reply_p12(&self) -> bool {
        false
    }

    /// Whether the vendor's rows can be worked on by many who share no ledger.
    fn can_be_parted(&self) -> bool {
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
        means: &mut Means<'_>,
    ) -> Result<Vec<Outcome>, BatchError>;
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::As2Expert, Self::EcGrid, Self::EmCa, Self::EnOs];

    /// Whether a P12 may come with the vendor's reply, under the password of the request.
    #[must_use]
    pub fn may_reply_p12(self) -> bool {
        self.line().may_reply_p12()
    }

    /// How the vendor's rows are worked on.
    pub(super) fn line(self) -> &'static dyn Line {
        match self {
            Self::As2Expert => &as2expert::As2Expert,
            Self::EcGrid => &ecgrid::EcGrid,
            Self::EmCa => &emca::EmCa,
            Self::EnOs => &enos::EnOs,
        }
    }

    /// Whether the vendor has these artefacts; a job of nothing but requests brings no key to hand out.
    ///
    /// # Errors
    /// [`BatchError::NoKey`] and [`BatchError::P12Password`].
    pub(super) fn check_artefacts(
        self,
        artefacts: &[Artefact],
        forms: &Forms,
        only_requests: bool,
    ) -> Result<(), BatchError> {
        let mut keys = artefacts.iter().filter(|artefact| artefact.holds_key());
        if let Some(artefact) = keys.next().filter(|_| only_requests) {
            return Err(BatchError::NoKey {
                artefact: *artefact,
                vendor: self,
            });
        }
        let may_lack = self.line().may_reply_p12();
        if !may_lack && artefacts.iter().any(|artefact| forms.lack(*artefact)) {
            return Err(BatchError::P12Password);
        }
        Ok(())
    }

    /// Whether the rows of a job can be asked for which name this vendor.
    ///
    /// # Errors
    /// As [`Vendor::check_artefacts`] and [`Line::check`].
    pub(super) fn check_terms(self, service: &Service, terms: &Terms) -> Result<(), BatchError> {
        self.check_artefacts(&terms.artefacts, &terms.forms, false)?;
        self.check_part(service)?;
        self.line().check(service, terms)
    }

    /// Whether the vendor can be served by a service of this kind.
    ///
    /// # Errors
    /// [`BatchError::NotParted`].
    pub(super) fn check_part(self, service: &Service) -> Result<(), BatchError> {
        match service.is_part() && !self.line().can_be_parted() {
            true => Err(BatchError::NotParted { vendor: self }),
            false => Ok(()),
        }
    }

    /// Reads fields that are to be filled in where a row has none: those that name this vendor (`emca.validity`), and
    /// of the job's own vendor those that name none.
    ///
    /// # Errors
    /// [`BatchError::UnknownDefault`].
    pub(super) fn defaults(
        self,
        fields: &[(String, String)],
        of_job: Self,
    ) -> Result<Map<String, Value>, BatchError> {
        let allowed = self.line().fillable();
        let mut texts = Vec::new();
        for (name, text) in fields {
            let (vendor, field) = match name.split_once('.') {
                None => (of_job, name.as_str()),
                Some((vendor, field)) => (vendor.parse()?, field),
            };
            if vendor != self {
                continue;
            }
            if !allowed.contains(&field) {
                return Err(BatchError::UnknownDefault {
                    found: field.to_owned(),
                    allowed: allowed.join(", "),
                    vendor: self,
                });
            }
            texts.push((field, text.as_str()));
        }
        Ok(self.line().fill(&texts))
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
