//! Requests that somebody must release first ("Is Manual Authorization Enabled"): kept in the ledger until then.
//!
//! The signed message of a call that makes a key has a password in it. It is kept in a file that its owner alone reads,
//! and goes with the release.

use rand_core::TryCryptoRng;
use serde::{Deserialize, Serialize};

use super::pfx::Asked;
use super::{EmcaAnswer, Kept};
use crate::ledger::Ledger;
use crate::service::{Moment, Service, ServiceError};
use crate::vendor::emca;
use crate::vendor::emca::Method;
use crate::vendor::emca::caller::Authenticated;
use crate::vendor::emca::error::Refusal;
use crate::vendor::emca::wire::{Message, Parameters, Transaction};
use crate::vendor::emca::world::Earlier;

/// A request that waits, as it is kept; it holds no secret.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Waiting {
    request_id: String,
    subscriber_id: String,
    method: String,
    parameters: Parameters,
}

impl Waiting {
    pub(super) fn read(
        ledger: &Ledger,
        transaction: &Transaction,
    ) -> Result<Option<Self>, ServiceError> {
        let key = key(transaction);
        let text = ledger.meta(&key)?;
        let read = text.map(|text| serde_json::from_str(&text)).transpose();
        read.map_err(|error| ServiceError::Kept {
            what: key,
            reason: error.to_string(),
        })
    }

    pub(super) fn earlier(self) -> Earlier {
        Earlier::Waiting {
            request_id: self.request_id,
            subscriber_id: self.subscriber_id,
        }
    }
}

impl Service {
    /// Keeps a request until it is released, under the next number.
    pub(super) fn emca_wait(
        &mut self,
        transaction: &Transaction,
        subscriber_id: &str,
        kept: Kept,
    ) -> Result<Earlier, ServiceError> {
        let key = key(transaction);
        let ledger = self.workspace.ledger_mut();
        let last = ledger.meta(LAST_REQUEST_ID)?;
        let next = last.and_then(|last| last.parse().ok()).unwrap_or(0_u64) + 1;
        let Kept {
            method,
            mut parameters,
        } = kept;
        let message = match method.makes_key() {
            true => parameters.take_message(),
            false => None,
        };
        let waiting = Waiting {
            request_id: next.to_string(),
            subscriber_id: subscriber_id.to_owned(),
            method: method.as_str().to_owned(),
            parameters,
        };
        let text = serde_json::to_string(&waiting).map_err(|error| ServiceError::Kept {
            what: key.clone(),
            reason: error.to_string(),
        })?;
        // The number is taken before it is given: a crash leaves a gap, never two requests of one number.
        ledger.set_meta(LAST_REQUEST_ID, &waiting.request_id)?;
        if let Some(message) = message {
            let name = message_name(&waiting);
            let octets = message.expose_secret().as_bytes();
            self.workspace.store_private(emca::NAME, &name, octets)?;
        }
        self.workspace.ledger_mut().set_meta(&key, &text)?;
        Ok(waiting.earlier())
    }

    /// Releases a request that waits: it is checked again as it was sent, and issued. What was issued before, or never
    /// asked for, is answered `None`.
    ///
    /// # Errors
    /// As [`Service::emca_create`].
    pub fn emca_release<R: TryCryptoRng + ?Sized>(
        &mut self,
        transaction: &Transaction,
        moment: &Moment,
        rng: &mut R,
    ) -> Result<Option<Result<EmcaAnswer, Refusal>>, ServiceError> {
        use crate::vendor::emca::world::World;
        let known = match self.emca_world().earlier(&[transaction]) {
            Ok(known) => known.into_iter().flatten().next(),
            Err(error) => return Ok(Some(Err(Refusal::internal(&error)))),
        };
        if !matches!(known, Some(Earlier::Waiting { .. })) {
            return Ok(None);
        }
        let Some(waiting) = Waiting::read(self.workspace.ledger(), transaction)? else {
            return Ok(None);
        };
        let makes_key = Method::from_path(&waiting.method).is_some_and(Method::makes_key);
        let message = makes_key.then(|| message_name(&waiting));
        let Some(asked) = self.emca_asked_again(transaction, waiting)? else {
            return Ok(None);
        };
        let answer = match asked {
            Ok(asked) => self.emca_issue_released(asked, moment, rng)?,
            Err(refusal) => Err(refusal),
        };
        self.emca_note_pfx(answer.iter(), moment.now)?;
        if let (Ok(_), Some(name)) = (&answer, message) {
            self.workspace.remove_private(emca::NAME, &name)?;
        }
        Ok(Some(answer))
    }

    /// `None` when the user is not registered any more.
    fn emca_asked_again(
        &self,
        transaction: &Transaction,
        waiting: Waiting,
    ) -> Result<Option<Result<Asked, Refusal>>, ServiceError> {
        let settings = self.workspace.emca();
        let Some(method) = Method::from_path(&waiting.method) else {
            return Ok(None);
        };
        let name = message_name(&waiting);
        let mut parameters = waiting.parameters;
        if method.makes_key() {
            let octets = self.workspace.read_private(emca::NAME, &name)?;
            let message = String::from_utf8_lossy(&octets).into_owned();
            parameters = parameters.with_message(Message::from(message));
        }
        let call = Authenticated::kept(method, transaction.clone(), parameters, settings);
        Ok(call.and_then(|call| super::check(vec![call], settings).pop()))
    }
}

/// The file of a waiting request's signed message.
fn message_name(waiting: &Waiting) -> String {
    format!("waiting-{}.p7", waiting.request_id)
}

fn key(transaction: &Transaction) -> String {
    let Transaction {
        user_name,
        application_id,
    } = transaction;
    format!("emca-waiting/{user_name}/{application_id}")
}

const LAST_REQUEST_ID: &str = "emca-last-request-id";
