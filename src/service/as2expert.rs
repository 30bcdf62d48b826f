//! AS2Expert's actions: create on slices; list, detail and rollover.

use std::collections::BTreeSet;

use rand_core::TryCryptoRng;
use serde_json::{Map, Value};

use super::rows;
use super::rows::{Asked, OtherRow, Refused};
use super::self_signed::{Failure, Made, Wanted};
use super::stages::{Placed, number, numbered, stage, unless_answered, unzip};
use super::{Moment, Service, ServiceError};
use crate::cert::Certificate;
use crate::ledger::{CertificateId, Record};
use crate::lint::Finding;
use crate::time::UnixSeconds;
use crate::vendor::Stage;
use crate::vendor::as2expert;
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::error::{Fault, FaultKind, Refusal};
use crate::vendor::as2expert::lifecycle::StationUsage;
use crate::vendor::as2expert::order::Placed as As2ExpertPlaced;
use crate::vendor::as2expert::reply::{CertificateDetail, CertificateRow, Created, Reply};
use crate::vendor::as2expert::stations;
use crate::vendor::as2expert::stations::{NewStation, StationDetail};
use crate::vendor::as2expert::terms::Terms;
use crate::vendor::as2expert::wire::{CreateRequest, DetailRequest};
use crate::vendor::as2expert::world::{Held, World};

pub use answer::As2ExpertAnswer;

use world::As2ExpertWorld;

mod answer;
mod rollover;
mod world;

/// A certificate of a station; the ledger has it, and its key is on disk.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct As2ExpertIssued {
    held: Held,
}

impl As2ExpertIssued {
    /// `id`; the number of the key's file, too.
    #[must_use]
    pub fn id(&self) -> i64 {
        self.held.id
    }

    /// The station.
    #[must_use]
    pub fn station_id(&self) -> i64 {
        self.held.station_id
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.held.certificate
    }

    /// The vendor's reply body.
    #[must_use]
    pub fn reply(&self) -> Reply<Created> {
        Reply::created(&self.held)
    }
}

impl Service {
    /// `POST /certificates/create` for a slice; each item is made or refused alone, in order.
    ///
    /// A station's first certificate becomes its current one, a later one is scheduled as next.
    ///
    /// # Errors
    /// [`ServiceError`] when workspace or ledger cannot be used; items that were recorded before stay recorded.
    pub fn as2expert_create<R: TryCryptoRng + ?Sized>(
        &mut self,
        requests: &[CreateRequest],
        caller: &Caller,
        moment: &Moment,
        rng: &mut R,
    ) -> Result<Vec<Result<As2ExpertIssued, Refusal>>, ServiceError> {
        let terms = Terms::new(moment.now, self.workspace.as2expert());
        let terms = terms.map_err(ServiceError::Profile)?;
        let terms = terms.with_not_before(moment.not_before.unwrap_or(moment.now));
        let recorded = self.recorded_rows(moment)?;
        let checked = number(as2expert::check::check(requests, &terms));
        let placed = stage(checked, |items| {
            let (indexes, items) = unzip(items);
            let world = self.as2expert_world();
            let placed = as2expert::order::order(items, caller, &world, &terms);
            Ok::<_, ServiceError>(numbered(indexes, placed))
        })?;
        let recorded = rows::answer_again(recorded, &placed, asked, |record| recorded_as(&record))?;
        let issued = unless_answered(placed, recorded, |placed| {
            stage(placed, |items: Vec<Placed<As2ExpertPlaced>>| {
                self.as2expert_make(&items, moment, rng)
            })
        })?;
        self.as2expert_schedule(issued.iter().flatten(), moment.now)?;
        self.note_refusals(as2expert::NAME, &issued, moment)?;
        Ok(issued)
    }

    /// `POST /certificates`.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn as2expert_list(&self, caller: &Caller) -> Result<Vec<CertificateRow>, Refusal> {
        as2expert::read::list(caller, &self.as2expert_world())
    }

    /// `POST /certificates/detail`, with the lifecycle.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn as2expert_detail(
        &self,
        request: &DetailRequest,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<CertificateDetail, Refusal> {
        as2expert::read::detail(request, caller, &self.as2expert_world(), now)
    }

    /// What a station uses now and next.
    ///
    /// # Errors
    /// [`ServiceError::KeptUnreadable`].
    pub fn as2expert_usage(
        &self,
        station: i64,
        now: UnixSeconds,
    ) -> Result<StationUsage, ServiceError> {
        let world = self.as2expert_world();
        let usage = world.usage_of(station);
        let held = world.certificates_of(station);
        let usage = usage.and_then(|usage| Ok(usage.settled(&held?, now)));
        usage.map_err(|error| world::unreadable(station, error))
    }

    /// The station's next certificate becomes its current one; gives what it uses then.
    ///
    /// # Errors
    /// [`ServiceError::KeptUnreadable`] and [`ServiceError::Ledger`].
    pub fn as2expert_roll_over(
        &mut self,
        station: i64,
        now: UnixSeconds,
    ) -> Result<StationUsage, ServiceError> {
        let usage = self.as2expert_usage(station, now)?.rolled_over();
        world::write_usage(self.workspace.ledger_mut(), station, usage)?;
        Ok(usage)
    }

    /// `POST /stations/create`.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`], [`ServiceError::KeptUnreadable`]; the vendor's refusal is the answer inside.
    pub fn as2expert_create_station(
        &mut self,
        fields: &Map<String, Value>,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<Result<StationDetail, Refusal>, ServiceError> {
        let new = match NewStation::read(fields, caller, &self.as2expert_world()) {
            Ok(new) => new,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let stations = self.workspace.as2expert().stations();
        let configured = stations.map(|station| station.id).max();
        let ledger = self.workspace.ledger_mut();
        let id = world::keep_station(ledger, new, configured.unwrap_or(0))?;
        Ok(stations::told(id, caller, &self.as2expert_world(), now))
    }

    fn as2expert_world(&self) -> As2ExpertWorld<'_> {
        As2ExpertWorld {
            settings: self.workspace.as2expert(),
            ledger: self.workspace.ledger(),
        }
    }

    fn as2expert_make<R: TryCryptoRng + ?Sized>(
        &mut self,
        items: &[Placed<As2ExpertPlaced>],
        moment: &Moment,
        rng: &mut R,
    ) -> Result<Vec<Result<As2ExpertIssued, Refusal>>, ServiceError> {
        let wanted = |placed: &Placed<As2ExpertPlaced>| {
            let replaced = placed.item.replaces().map(|id| self.as2expert_record(id));
            let item = Wanted {
                holder: placed.item.holder(),
                order: placed.item.unkeyed().clone(),
                supersedes: replaced.transpose()?.flatten(),
            };
            let index = placed.index;
            Ok::<_, ServiceError>(Placed { index, item })
        };
        let wanted = items.iter().map(wanted).collect::<Result<_, _>>()?;
        let made = self.make_self_signed(as2expert::NAME, wanted, moment, rng)?;
        let issued = |(placed, made): (&Placed<As2ExpertPlaced>, Result<Made, Failure>)| {
            let made = made.map_err(|failure| refusal(&failure))?;
            let held = Held {
                id: i64::from(made.key_id),
                station_id: placed.item.station().id,
                certificate: made.certificate,
                ended: false,
            };
            Ok(As2ExpertIssued { held })
        };
        Ok(items.iter().zip(made).map(issued).collect())
    }

    /// A certificate's row in the ledger.
    fn as2expert_record(&self, id: i64) -> Result<Option<CertificateId>, ServiceError> {
        let ledger = self.workspace.ledger();
        let records = ledger.find_by_row_key(as2expert::NAME, &id.to_string())?;
        Ok(records.first().map(|record| record.id))
    }

    /// Keeps what each station uses with what was just made for it. A crash before leaves that to the next call: a
    /// certificate that is recorded has its place all the same.
    fn as2expert_schedule<'a>(
        &mut self,
        issued: impl Iterator<Item = &'a As2ExpertIssued>,
        now: UnixSeconds,
    ) -> Result<(), ServiceError> {
        let stations: BTreeSet<_> = issued.map(As2ExpertIssued::station_id).collect();
        for station in stations {
            let usage = self.as2expert_usage(station, now)?;
            world::write_usage(self.workspace.ledger_mut(), station, usage)?;
        }
        Ok(())
    }
}

fn asked(placed: &As2ExpertPlaced) -> Asked<'_> {
    Asked {
        vendor: as2expert::NAME,
        holder: Some(placed.holder()),
        key: None,
        subject: placed.unkeyed().subject(),
        names: placed.unkeyed().subject_alt_names(),
    }
}

/// What was made, from the ledger.
fn recorded_as(record: &Record) -> Result<As2ExpertIssued, ServiceError> {
    let held = world::held(record).map_err(|error| rows::unreadable(record, error))?;
    let held = held.ok_or_else(|| rows::unreadable(record, "it has no number or no station"))?;
    Ok(As2ExpertIssued { held })
}

impl OtherRow for Refusal {
    fn other_row(finding: Finding) -> Self {
        Self::of(Stage::World, Fault::new(FaultKind::Body, finding))
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

#[cfg(test)]
mod tests;
