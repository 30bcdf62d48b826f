//! Rollover of a Comm's certificates, and what is in use now and next.

use rand_core::TryCryptoRng;

use crate::service::stages::number;
use crate::service::{Moment, Service, ServiceError};
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::access::Caller;
use crate::vendor::ecgrid::error::Refusal;
use crate::vendor::ecgrid::rollover;
use crate::vendor::ecgrid::rollover::RolloverRequest;
use crate::vendor::rollover::{Rollover, Succession};

impl Service {
    /// Makes the next certificate, or the next two; what is in use goes on until its end.
    ///
    /// # Errors
    /// [`ServiceError`]; the refusal, after which nothing was made, is the answer inside.
    pub fn ecgrid_rollover<R: TryCryptoRng + ?Sized>(
        &mut self,
        request: &RolloverRequest,
        caller: &Caller,
        moment: &Moment,
        rng: &mut R,
    ) -> Result<Result<Rollover, Refusal>, ServiceError> {
        let terms = self.ecgrid_terms(moment)?;
        let placed = rollover::rollover(request, caller, &self.ecgrid_world(), &terms);
        let placed = match placed {
            Ok(placed) => number(placed.into_iter().map(Ok).collect()),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let made = self.ecgrid_make(placed, moment, rng)?;
        if let Some(refusal) = made.into_iter().find_map(Result::err) {
            return Ok(Err(refusal));
        }
        Ok(self.ecgrid_rolled_over(request, caller, terms.now()))
    }

    /// What a rollover has made before.
    ///
    /// # Errors
    /// A [`Refusal`], where there is no next certificate, too.
    pub fn ecgrid_rolled_over(
        &self,
        request: &RolloverRequest,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<Rollover, Refusal> {
        rollover::made(request, caller, &self.ecgrid_world(), now)
    }

    /// What a Comm, or each that the caller sees, uses now and next.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn ecgrid_successions(
        &self,
        comm_id: Option<i32>,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<Vec<Succession>, Refusal> {
        rollover::successions(comm_id, caller, &self.ecgrid_world(), now)
    }
}

#[cfg(test)]
mod tests;
