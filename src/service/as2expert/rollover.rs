//! Rollover of a station's certificates, and what is in use now and next.

use rand_core::TryCryptoRng;

use crate::service::stages::Placed;
use crate::service::{Moment, Service, ServiceError};
use crate::time::UnixSeconds;
use crate::vendor::as2expert::access::Caller;
use crate::vendor::as2expert::error::Refusal;
use crate::vendor::as2expert::rollover;
use crate::vendor::as2expert::rollover::RolloverRequest;
use crate::vendor::as2expert::terms::Terms;
use crate::vendor::rollover::{Rollover, Succession};

impl Service {
    /// Makes the next certificate, or the next two, and schedules them; what is in use goes on until its end.
    ///
    /// # Errors
    /// [`ServiceError`]; the refusal, after which nothing was made, is the answer inside.
    pub fn as2expert_rollover<R: TryCryptoRng + ?Sized>(
        &mut self,
        request: &RolloverRequest,
        caller: &Caller,
        moment: &Moment,
        rng: &mut R,
    ) -> Result<Result<Rollover, Refusal>, ServiceError> {
        let now = moment.now;
        let terms = Terms::new(now, self.workspace.as2expert()).map_err(ServiceError::Profile)?;
        let placed = rollover::rollover(request, caller, &self.as2expert_world(), &terms);
        let placed = match placed {
            Ok(placed) => placed.into_iter().enumerate(),
            Err(refusal) => return Ok(Err(refusal)),
        };
        let placed: Vec<_> = placed.map(|(index, item)| Placed { index, item }).collect();
        let made = self.as2expert_make(&placed, moment, rng)?;
        self.as2expert_schedule(made.iter().flatten(), now)?;
        if let Some(refusal) = made.into_iter().find_map(Result::err) {
            return Ok(Err(refusal));
        }
        Ok(self.as2expert_rolled_over(request, caller, now))
    }

    /// What a rollover has made before.
    ///
    /// # Errors
    /// A [`Refusal`], where there is no next certificate, too.
    pub fn as2expert_rolled_over(
        &self,
        request: &RolloverRequest,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<Rollover, Refusal> {
        rollover::made(request, caller, &self.as2expert_world(), now)
    }

    /// What a station, or each of the caller's site, uses now and next.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn as2expert_successions(
        &self,
        station: Option<i64>,
        caller: &Caller,
        now: UnixSeconds,
    ) -> Result<Vec<Succession>, Refusal> {
        rollover::successions(station, caller, &self.as2expert_world(), now)
    }
}

#[cfg(test)]
mod tests;
