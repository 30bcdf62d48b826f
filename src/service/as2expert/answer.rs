//! Any call of AS2Expert's, answered with the vendor's reply body: what a command prints and a server sends.

use rand_core::TryCryptoRng;
use serde_json::{Map, Value};

use crate::service::{Moment, Service, ServiceError};
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::error::Refusal;
use crate::vendor::as2expert::operation::Operation;
use crate::vendor::as2expert::partners;
use crate::vendor::as2expert::partners::{PartnerDetail, PartnerRow};
use crate::vendor::as2expert::reply::{CertificateDetail, CertificateRow, Created, Reply};
use crate::vendor::as2expert::stations;
use crate::vendor::as2expert::stations::{StationDetail, StationRow};
use crate::vendor::as2expert::wire::{CreateRequest, DetailRequest};

/// What a call is answered.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum As2ExpertAnswer {
    /// A certificate was made.
    Created(Reply<Created>),
    /// One certificate.
    Detail(Box<Reply<CertificateDetail>>),
    /// The certificates of a site.
    List(Reply<Vec<CertificateRow>>),
    /// One partner.
    Partner(Reply<PartnerDetail>),
    /// The partners of a site.
    Partners(Reply<Vec<PartnerRow>>),
    /// One station.
    Station(Reply<StationDetail>),
    /// The stations of a site.
    Stations(Reply<Vec<StationRow>>),
}

impl As2ExpertAnswer {
    /// The body in one line.
    ///
    /// # Errors
    /// None for what this crate writes.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Created(reply) => reply.to_json(),
            Self::Detail(reply) => reply.to_json(),
            Self::List(reply) => reply.to_json(),
            Self::Partner(reply) => reply.to_json(),
            Self::Partners(reply) => reply.to_json(),
            Self::Station(reply) => reply.to_json(),
            Self::Stations(reply) => reply.to_json(),
        }
    }
}

impl Service {
    /// Answers a call; what it makes is recorded before.
    ///
    /// # Errors
    /// [`ServiceError`] when workspace or ledger cannot be used; the vendor's refusal is the answer inside.
    pub fn as2expert_answer<R: TryCryptoRng + ?Sized>(
        &mut self,
        operation: Operation,
        fields: &Map<String, Value>,
        caller: &Caller,
        moment: &Moment,
        rng: &mut R,
    ) -> Result<Result<As2ExpertAnswer, Refusal>, ServiceError> {
        Ok(match operation {
            Operation::Create => match CreateRequest::from_object(fields) {
                Ok(request) => {
                    let answers = self.as2expert_create(&[request], caller, moment, rng)?;
                    let answer = answers.into_iter().next().ok_or(ServiceError::Unanswered)?;
                    answer.map(|issued| As2ExpertAnswer::Created(issued.reply()))
                }
                Err(refusal) => Err(refusal),
            },
            Operation::Detail => DetailRequest::from_object(fields)
                .and_then(|request| self.as2expert_detail(&request, caller, moment.now))
                .map(|detail| As2ExpertAnswer::Detail(Box::new(Reply::detailed(detail)))),
            Operation::List => self
                .as2expert_list(caller)
                .map(|rows| As2ExpertAnswer::List(Reply::listed(rows))),
            Operation::PartnerDetail => partners::detail(fields, caller, &self.as2expert_world())
                .map(|detail| As2ExpertAnswer::Partner(Reply::partner(detail))),
            Operation::Partners => partners::list(fields, caller, &self.as2expert_world())
                .map(|rows| As2ExpertAnswer::Partners(Reply::partners(rows))),
            Operation::StationCreate => self
                .as2expert_create_station(fields, caller, moment.now)?
                .map(|detail| As2ExpertAnswer::Station(Reply::station_created(detail))),
            Operation::StationDetail => {
                stations::detail(fields, caller, &self.as2expert_world(), moment.now)
                    .map(|detail| As2ExpertAnswer::Station(Reply::station(detail)))
            }
            Operation::Stations => stations::list(fields, caller, &self.as2expert_world())
                .map(|rows| As2ExpertAnswer::Stations(Reply::stations(rows))),
        })
    }
}
