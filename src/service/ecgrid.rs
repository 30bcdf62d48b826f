//! ECGrid's actions: create and renew on slices; terminate, add and read back one at a time.

use rand_core::TryCryptoRng;

use super::rows;
use super::rows::{Asked, OtherRow, Refused};
use super::self_signed::{Failure, Made, Wanted};
use super::stages::{Placed, number, numbered, stage, unless_answered, unzip};
use super::{Moment, Service, ServiceError};
use crate::cert::Certificate;
use crate::key::KeyPair;
use crate::ledger::{CertificateId, ReasonCode, Record, Revocation, RevokedFact};
use crate::lint::Finding;
use crate::time::UnixSeconds;
use crate::vendor::ecgrid;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::add::Addition;
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::order::Placed as EcgridPlaced;
use crate::vendor::ecgrid::reply::CommIdInfo;
use crate::vendor::ecgrid::terms::Terms;
use crate::vendor::ecgrid::wire::{
    AddPrivateRequest, AddPublicRequest, CommInfoRequest, CommListRequest, CreateRequest,
    RenewRequest, TerminateRequest,
};
use crate::vendor::ecgrid::world::Comm;

use added::Added;
use world::EcgridWorld;

pub use answer::EcgridAnswer;

mod added;
mod answer;
mod pfx;
mod rollover;
mod world;

/// A certificate of a Comm: made here, or added. The ledger has it, and its key is on disk where there is one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EcgridIssued {
    /// The Comm.
    pub comm: Comm,
    /// `CertKeyID`; the number of the key's file, too.
    pub cert_key_id: i32,
    /// The certificate.
    pub certificate: Certificate,
}

type Answers = Result<Vec<Result<EcgridIssued, Refusal>>, ServiceError>;

impl Service {
    /// `CertificateCreatePrivate` for a slice; each item is made or refused alone, in order.
    ///
    /// # Errors
    /// [`ServiceError`] when workspace or ledger cannot be used; items that were recorded before stay recorded.
    pub fn ecgrid_create<R: TryCryptoRng + ?Sized>(
        &mut self,
        requests: &[CreateRequest],
        caller: &Caller,
        moment: &Moment,
        rng: &mut R,
    ) -> Answers {
        let terms = self.ecgrid_terms(moment)?;
        let recorded = self.recorded_rows(moment)?;
        let checked = number(ecgrid::check::check(requests, &terms));
        let placed = stage(checked, |items| {
            let (indexes, items) = unzip(items);
            let world = self.ecgrid_world();
            let placed = ecgrid::order::order(items, caller, &world, &terms);
            Ok::<_, ServiceError>(numbered(indexes, placed))
        })?;
        let again = |record| self.ecgrid_recorded(&record);
        let recorded = rows::answer_again(recorded, &placed, asked, again)?;
        let answers = unless_answered(placed, recorded, |placed| {
            self.ecgrid_make(placed, moment, rng)
        })?;
        self.note_refusals(ecgrid::NAME, &answers, moment)?;
        Ok(answers)
    }

    /// `CertificateRenewPrivate` for a slice, as [`Service::ecgrid_create`]; what is renewed goes on until its end.
    ///
    /// # Errors
    /// As [`Service::ecgrid_create`].
    pub fn ecgrid_renew<R: TryCryptoRng + ?Sized>(
        &mut self,
        requests: &[RenewRequest],
        caller: &Caller,
        moment: &Moment,
        rng: &mut R,
    ) -> Answers {
        let terms = self.ecgrid_terms(moment)?;
        let checked = ecgrid::renew::check(requests, &terms);
        let placed = stage(checked, |items: Vec<_>| {
            let world = self.ecgrid_world();
            Ok::<_, ServiceError>(ecgrid::renew::renew(&items, caller, &world, &terms))
        });
        let answers = self.ecgrid_make(number(placed?), moment, rng)?;
        self.note_refusals(ecgrid::NAME, &answers, moment)?;
        Ok(answers)
    }

    /// `CertificateTerminate`: what was made here is revoked as cessationOfOperation.
    ///
    /// # Errors
    /// [`ServiceError`]; the vendor's refusal is the answer inside.
    pub fn ecgrid_terminate(
        &mut self,
        request: &TerminateRequest,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<Result<(), Refusal>, ServiceError> {
        let found = match ecgrid::terminate::terminate(request, caller, &self.ecgrid_world()) {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(certificate) = found.certificate() else {
            let mut added = Added::read(self.workspace.ledger(), found.comm_id())?;
            added.terminate(found.cert_key_id(), now);
            added.write(self.workspace.ledger_mut(), found.comm_id())?;
            return Ok(Ok(()));
        };
        let revocation = ReasonCode::new(CESSATION_OF_OPERATION).map(|reason| Revocation {
            certificate: CertificateId::new(certificate),
            fact: RevokedFact {
                at: now,
                reason,
                by: ecgrid::NAME.to_owned(),
                note: None,
            },
        });
        let revocations: Vec<_> = revocation.into_iter().collect();
        let outcomes = self.workspace.ledger_mut().revoke(&revocations)?;
        let refused = outcomes.into_iter().find_map(Result::err);
        Ok(refused.map_or(Ok(()), |conflict| Err(Refusal::internal(&conflict))))
    }

    /// `CertificateAddPublic`.
    ///
    /// # Errors
    /// As [`Service::ecgrid_terminate`].
    pub fn ecgrid_add_public(
        &mut self,
        request: &AddPublicRequest,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<Result<EcgridIssued, Refusal>, ServiceError> {
        match ecgrid::add::add_public(request, caller, &self.ecgrid_world(), now) {
            Ok(addition) => self.ecgrid_add(addition, None).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// `CertAddPrivate`; the PKCS #12 in the request is opened with the password beside it. A build without feature `p12`
    /// refuses.
    ///
    /// # Errors
    /// As [`Service::ecgrid_terminate`].
    pub fn ecgrid_add_private(
        &mut self,
        request: &AddPrivateRequest,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<Result<EcgridIssued, Refusal>, ServiceError> {
        let added = pfx::open(request).and_then(|(certificate, key)| {
            let world = self.ecgrid_world();
            ecgrid::add::add_private(request, &certificate, &key, caller, &world, now)
                .map(|addition| (addition, key))
        });
        match added {
            Ok((addition, key)) => self.ecgrid_add(addition, Some(&key)).map(Ok),
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    /// `CommInfo`.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn ecgrid_comm_info(
        &self,
        request: &CommInfoRequest,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<CommIdInfo, Refusal> {
        ecgrid::info::comm_info(request, caller, &self.ecgrid_world(), now)
    }

    /// `CommList`.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn ecgrid_comm_list(
        &self,
        request: &CommListRequest,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<Vec<CommIdInfo>, Refusal> {
        ecgrid::info::comm_list(request, caller, &self.ecgrid_world(), now)
    }

    /// The reply to what was made or added: its Comm, all its certificates, and which one is new.
    ///
    /// What is recorded is never answered as refused, or the caller would ask for another: when the ledger does not tell
    /// the certificates, the Comm and the number of the new key stand alone.
    #[must_use]
    pub fn ecgrid_reply(&self, issued: &EcgridIssued, now: UnixSeconds) -> CommIdInfo {
        let world = self.ecgrid_world();
        let info = ecgrid::info::with_certificates(issued.comm.clone(), &world, now);
        let info = info.unwrap_or_else(|_| CommIdInfo::without_certificates(issued.comm.clone()));
        info.with_new_key(issued.cert_key_id)
    }

    /// What was made, from the ledger.
    fn ecgrid_recorded(&self, record: &Record) -> Result<EcgridIssued, ServiceError> {
        let number = |text: &Option<String>| text.as_ref()?.parse::<i32>().ok();
        let comm = number(&record.holder).and_then(|id| self.workspace.ecgrid().comm(id));
        let comm = comm.ok_or_else(|| rows::unreadable(record, "its Comm is not configured"))?;
        let id = number(&record.row_key);
        let certificate = Certificate::from_der(&record.certificate);
        Ok(EcgridIssued {
            comm: comm.clone(),
            cert_key_id: id.ok_or_else(|| rows::unreadable(record, "it has no number"))?,
            certificate: certificate.map_err(|error| rows::unreadable(record, error))?,
        })
    }

    fn ecgrid_terms(&self, moment: &Moment) -> Result<Terms, ServiceError> {
        let terms = Terms::new(moment.now, self.workspace.ecgrid());
        let terms = terms.map_err(ServiceError::Profile)?;
        Ok(terms.with_not_before(moment.not_before.unwrap_or(moment.now)))
    }

    fn ecgrid_world(&self) -> EcgridWorld<'_> {
        EcgridWorld {
            settings: self.workspace.ecgrid(),
            ledger: self.workspace.ledger(),
        }
    }

    fn ecgrid_make<R: TryCryptoRng + ?Sized>(
        &mut self,
        placed: Vec<Result<Placed<EcgridPlaced>, Refusal>>,
        moment: &Moment,
        rng: &mut R,
    ) -> Answers {
        stage(placed, |items: Vec<Placed<EcgridPlaced>>| {
            let wanted = |placed: &Placed<EcgridPlaced>| Placed {
                index: placed.index,
                item: Wanted {
                    holder: placed.item.holder(),
                    order: placed.item.unkeyed().clone(),
                    supersedes: placed.item.supersedes().map(CertificateId::new),
                },
            };
            let wanted = items.iter().map(wanted).collect();
            let made = self.make_self_signed(ecgrid::NAME, wanted, moment, rng)?;
            let issued = |(placed, made): (Placed<EcgridPlaced>, Result<Made, Failure>)| {
                let made = made.map_err(|failure| refusal(&failure))?;
                Ok(EcgridIssued {
                    comm: placed.item.comm().clone(),
                    cert_key_id: made.key_id,
                    certificate: made.certificate,
                })
            };
            Ok(items.into_iter().zip(made).map(issued).collect())
        })
    }

    /// The key first, then what makes it known.
    fn ecgrid_add(
        &mut self,
        addition: Addition,
        key: Option<&KeyPair>,
    ) -> Result<EcgridIssued, ServiceError> {
        let mut ids = self.workspace.reserve_key_ids(ecgrid::NAME, 1)?;
        let cert_key_id = ids.next().ok_or(ServiceError::Unanswered)?;
        if let Some(key) = key {
            self.workspace.store_key(ecgrid::NAME, cert_key_id, key)?;
        }
        let issued = EcgridIssued {
            comm: addition.comm.clone(),
            cert_key_id,
            certificate: addition.certificate.clone(),
        };
        let mut added = Added::read(self.workspace.ledger(), issued.comm.id)?;
        added.push(cert_key_id, addition, key.is_some());
        added.write(self.workspace.ledger_mut(), issued.comm.id)?;
        Ok(issued)
    }
}

fn asked(placed: &EcgridPlaced) -> Asked<'_> {
    Asked {
        vendor: ecgrid::NAME,
        holder: Some(placed.holder()),
        key: None,
        subject: placed.unkeyed().subject(),
        names: placed.unkeyed().subject_alt_names(),
    }
}

impl OtherRow for Refusal {
    fn other_row(finding: Finding) -> Self {
        Self::unreadable_row(finding)
    }
}

impl Refused for Refusal {
    fn rules(&self) -> Vec<&'static str> {
        let faults = self.faults().iter();
        faults.map(|fault| fault.finding().rule()).collect()
    }
}

fn refusal(failure: &Failure) -> Refusal {
    match failure {
        Failure::Findings(findings) => Refusal::from_findings(findings),
        other => Refusal::internal(other),
    }
}

/// RFC 5280 §5.3.1.
const CESSATION_OF_OPERATION: u8 = 5;

#[cfg(test)]
mod tests;
