//! Any operation of ECGrid's, answered as REST and as SOAP say it: what a command prints and a server sends.

use rand_core::TryCryptoRng;

use crate::service::{EcgridIssued, Moment, Service, ServiceError};
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::element::Element;
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::reply::{CommIdInfo, Operation, RestReply};
use crate::vendor::ecgrid::wire::{
    AddPrivateRequest, AddPublicRequest, Call, CommInfoRequest, CommListRequest, CreateRequest,
    RenewRequest, TerminateRequest,
};

/// What an operation is answered.
#[derive(Debug)]
#[non_exhaustive]
pub enum EcgridAnswer {
    /// A Comm as SOAP shows it after a private certificate was added.
    As2CommInfo(CommIdInfo),
    /// A Comm.
    CommInfo(CommIdInfo),
    /// Comms.
    CommList(Vec<CommIdInfo>),
    /// A certificate was terminated.
    Terminated,
}

impl EcgridAnswer {
    /// The body of the REST reply, in one line.
    ///
    /// # Errors
    /// None for what this crate writes.
    pub fn to_rest_json(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::As2CommInfo(info) | Self::CommInfo(info) => {
                RestReply::of(info.to_rest()).to_json()
            }
            Self::CommList(infos) => {
                let comms: Vec<_> = infos.iter().map(CommIdInfo::to_rest).collect();
                RestReply::of(comms).to_json()
            }
            Self::Terminated => RestReply::of(true).to_json(),
        }
    }

    /// The result of the SOAP reply; the operation gives it its name.
    #[must_use]
    pub fn to_soap(&self) -> Element {
        match self {
            Self::As2CommInfo(info) => info.to_as2_comm_info(),
            Self::CommInfo(info) => info.to_soap(),
            Self::CommList(infos) => {
                let comms = infos.iter().map(CommIdInfo::to_soap).collect();
                Element::of("ArrayOfCommIDInfo", comms)
            }
            Self::Terminated => Element::text("boolean", true),
        }
    }
}

type Answer = Result<Result<EcgridAnswer, Refusal>, ServiceError>;

impl Service {
    /// Answers an operation; what it makes or adds is kept before.
    ///
    /// # Errors
    /// [`ServiceError`] when workspace or ledger cannot be used; the vendor's refusal is the answer inside.
    pub fn ecgrid_answer<R: TryCryptoRng + ?Sized>(
        &mut self,
        operation: Operation,
        call: &Call<'_>,
        caller: &Caller,
        moment: &Moment,
        rng: &mut R,
    ) -> Answer {
        let now = moment.now;
        let issued = match operation {
            Operation::CreatePrivate => match CreateRequest::read(call) {
                Ok(request) => only(self.ecgrid_create(&[request], caller, moment, rng)?)?,
                Err(refusal) => Err(refusal),
            },
            Operation::RenewPrivate => match RenewRequest::read(call) {
                Ok(request) => only(self.ecgrid_renew(&[request], caller, moment, rng)?)?,
                Err(refusal) => Err(refusal),
            },
            Operation::AddPublic | Operation::AddPublicA => match AddPublicRequest::read(call) {
                Ok(request) => self.ecgrid_add_public(&request, caller, now)?,
                Err(refusal) => Err(refusal),
            },
            Operation::AddPrivate | Operation::AddPrivateA => match AddPrivateRequest::read(call) {
                Ok(request) => self.ecgrid_add_private(&request, caller, now)?,
                Err(refusal) => Err(refusal),
            },
            Operation::CommInfo => {
                let info = CommInfoRequest::read(call)
                    .and_then(|request| self.ecgrid_comm_info(&request, caller, now))
                    .map(|info| self.ecgrid_with_own_pfx(info, call, caller, now, rng));
                return Ok(info.map(EcgridAnswer::CommInfo));
            }
            Operation::CommList => {
                let infos = CommListRequest::read(call)
                    .and_then(|request| self.ecgrid_comm_list(&request, caller, now));
                return Ok(infos.map(EcgridAnswer::CommList));
            }
            Operation::Terminate => {
                let done = match TerminateRequest::read(call) {
                    Ok(request) => self.ecgrid_terminate(&request, caller, now)?,
                    Err(refusal) => Err(refusal),
                };
                return Ok(done.map(|()| EcgridAnswer::Terminated));
            }
        };
        let info = issued.map(|issued| self.ecgrid_reply_to(&issued, call, caller, now, rng));
        Ok(match (info, operation) {
            (Ok(info), Operation::AddPrivate | Operation::AddPrivateA) => {
                Ok(EcgridAnswer::As2CommInfo(info))
            }
            (Ok(info), _) => Ok(EcgridAnswer::CommInfo(info)),
            (Err(refusal), Operation::AddPrivateA | Operation::AddPublicA) => {
                Err(refusal.with_cert_base64())
            }
            (Err(refusal), _) => Err(refusal),
        })
    }

    /// [`Service::ecgrid_reply`], for a call in SOAP with the new private key where the caller may have it and this build
    /// can write it.
    pub fn ecgrid_reply_to<R: TryCryptoRng + ?Sized>(
        &mut self,
        issued: &EcgridIssued,
        call: &Call<'_>,
        caller: &Caller,
        now: UnixSeconds,
        rng: &mut R,
    ) -> CommIdInfo {
        let info = self.ecgrid_reply(issued, now);
        self.ecgrid_with_own_pfx(info, call, caller, now, rng)
    }

    /// REST has no place for a private key, and a PKCS #12 takes its time.
    fn ecgrid_with_own_pfx<R: TryCryptoRng + ?Sized>(
        &mut self,
        info: CommIdInfo,
        call: &Call<'_>,
        caller: &Caller,
        now: UnixSeconds,
        rng: &mut R,
    ) -> CommIdInfo {
        let is_rest = matches!(call, Call::Json(_));
        if is_rest || !cfg!(feature = "p12") || caller.may_manage().is_err() {
            return info;
        }
        self.with_readable_pfx(info, now, rng)
    }
}

fn only<T>(answers: Vec<T>) -> Result<T, ServiceError> {
    answers.into_iter().next().ok_or(ServiceError::Unanswered)
}
