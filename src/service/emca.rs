//! emCA's calls: certificates on a request for a slice, release of those that wait, revocation, hand-out, profiles.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rand_core::TryCryptoRng;

use super::rows::Refused;
use super::{KeyExport, Moment, Service, ServiceError, full_chain};
use crate::bundle;
use crate::bundle::{Artefact, BundleError};
use crate::cert::Certificate;
use crate::ledger::{CertificateId, ReasonCode, Revocation, RevokedFact};
use crate::time::UnixSeconds;
use crate::vendor::emca;
use crate::vendor::emca::caller::{Authenticated, Caller};
use crate::vendor::emca::config::Emca;
use crate::vendor::emca::envelope::Sealed;
use crate::vendor::emca::error::Refusal;
use crate::vendor::emca::profile::EmcaProfile;
use crate::vendor::emca::reply::Reply;
use crate::vendor::emca::sibling::pkcs12;
use crate::vendor::emca::wire::{Parameters, Request, Transaction};
use crate::vendor::emca::world::{Earlier, Held, World};
use crate::vendor::emca::{Form, Method};
use crate::workspace::Family;

pub(super) use world::pfx_name;

use pfx::Asked;
use world::EmcaWorld;

mod answer;
mod issue;
mod pfx;
mod waiting;
mod world;

/// A call, and where it comes from.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who call")]
pub struct EmcaCall<'a> {
    /// Which call.
    pub method: Method,
    /// What was sent.
    pub body: EmcaBody,
    /// Who sent it.
    pub caller: Caller<'a>,
}

/// What was sent.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "there is nothing between the two")]
pub enum EmcaBody {
    /// As it came, encrypted.
    Sealed(Sealed),
    /// Decrypted before, or never encrypted.
    Opened(Box<Request>),
}

/// What a call for a certificate is answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EmcaAnswer {
    /// The transaction was answered before: the same again.
    Earlier(Earlier),
    /// A certificate that was issued now; the ledger has it.
    Issued(Box<EmcaIssued>),
}

/// A certificate that emCA issued.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EmcaIssued {
    /// The certificate.
    pub certificate: Certificate,
    /// The issuing CA and those above it.
    pub chain: Vec<Certificate>,
    /// User and `applicationId`.
    pub transaction: Transaction,
    /// What `result` holds.
    pub form: Form,
    /// `subscriberId`.
    pub subscriber_id: String,
    /// The PFX, when the key pair was made here.
    pub pfx: Option<Vec<u8>>,
}

type Answers = Result<Vec<Result<EmcaAnswer, Refusal>>, ServiceError>;

impl EmcaAnswer {
    /// The vendor's reply body.
    ///
    /// # Errors
    /// [`BundleError`].
    pub fn reply(&self) -> Result<Reply, BundleError> {
        match self {
            Self::Earlier(earlier) => Ok(Reply::earlier(earlier)),
            Self::Issued(issued) => issued.earlier().map(|earlier| Reply::earlier(&earlier)),
        }
    }

    /// What the same transaction is answered behind this one.
    fn again(&self) -> Result<Self, Refusal> {
        match self {
            Self::Earlier(earlier) => Ok(Self::Earlier(earlier.clone())),
            Self::Issued(issued) => {
                let earlier = issued.earlier();
                let earlier = earlier.map_err(|error| Refusal::internal(&error))?;
                Ok(Self::Earlier(earlier))
            }
        }
    }
}

impl EmcaIssued {
    /// What the same transaction will be answered from now on.
    fn earlier(&self) -> Result<Earlier, BundleError> {
        let chain = full_chain(&self.certificate, &self.chain);
        // What is no PFX is a certificate, with its chain or without.
        let octets = match (&self.pfx, self.form.artefact()) {
            (Some(pfx), _) => pfx.clone(),
            (None, artefact) => bundle::write(artefact.unwrap_or(Artefact::Cer), &chain)?,
        };
        Ok(Earlier::Issued {
            octets,
            form: self.form,
            leaf_first: chain,
            subscriber_id: self.subscriber_id.clone(),
        })
    }
}

impl Service {
    /// Calls for certificates, for a slice; each is answered alone, in order. Of two with the same user and
    /// `applicationId` the first that is issued answers for both, whatever the second asks: a slice is answered as the
    /// same calls one by one.
    ///
    /// # Errors
    /// [`ServiceError`] when workspace, keys or ledger cannot be used; items that were recorded before stay recorded.
    pub fn emca_create<R: TryCryptoRng + ?Sized>(
        &mut self,
        calls: Vec<EmcaCall<'_>>,
        moment: &Moment,
        rng: &mut R,
    ) -> Answers {
        let steps = self.emca_check(calls)?;
        let mut answers: BTreeMap<usize, Result<EmcaAnswer, Refusal>> = BTreeMap::new();
        let mut open = Vec::new();
        let mut refused = Vec::new();
        for (index, step) in steps.into_iter().enumerate() {
            match step {
                Ok(Step::Earlier(earlier)) => {
                    answers.insert(index, Ok(EmcaAnswer::Earlier(earlier)));
                }
                Ok(Step::Asked(asked, kept)) => open.push((index, asked, *kept)),
                Ok(Step::Refused(transaction, refusal)) => {
                    refused.push((index, transaction, refusal));
                }
                Err(refusal) => {
                    answers.insert(index, Err(refusal));
                }
            }
        }
        let mut done: BTreeMap<Transaction, (usize, EmcaAnswer)> = BTreeMap::new();
        while !open.is_empty() {
            // One row a transaction at a time; those behind it wait for what becomes of it.
            let mut seen = HashSet::new();
            let (first, behind): (Vec<_>, Vec<_>) = open
                .into_iter()
                .partition(|(_, asked, _)| seen.insert(asked.transaction().clone()));
            for (index, transaction, answer) in self.emca_issue(first, moment, rng)? {
                if let Ok(answer) = &answer {
                    done.insert(transaction, (index, answer.clone()));
                }
                answers.insert(index, answer);
            }
            open = Vec::new();
            for row in behind {
                match done.get(row.1.transaction()) {
                    Some((_, answer)) => {
                        answers.insert(row.0, answer.again());
                    }
                    None => open.push(row),
                }
            }
        }
        // A transaction that was answered before is answered so, were its signature wrong: the vendor asks in that order.
        for (index, transaction, refusal) in refused {
            let before = done.get(&transaction).filter(|(at, _)| *at < index);
            let answer = before.map_or(Err(refusal), |(_, answer)| answer.again());
            answers.insert(index, answer);
        }
        let answers: Vec<_> = answers.into_values().collect();
        self.note_refusals(emca::NAME, &answers, moment)?;
        self.emca_note_pfx(answers.iter().flatten(), moment.now)?;
        Ok(answers)
    }

    /// Tells in the audit log of the keys that are in PFX files, given now or again.
    fn emca_note_pfx<'a>(
        &mut self,
        answers: impl Iterator<Item = &'a EmcaAnswer>,
        now: UnixSeconds,
    ) -> Result<(), ServiceError> {
        let with_key = answers.filter(|answer| answer.pfx().is_some());
        let certificates = with_key.filter_map(|answer| answer.leaf_first().into_iter().next());
        let certificates: Vec<_> = certificates.collect();
        let exports: Vec<_> = certificates
            .iter()
            .map(|certificate| KeyExport::of(emca::NAME, certificate, "PFX"))
            .collect();
        self.note_key_exports(&exports, now)
    }

    /// `revoke` and `suspend`; `by` in the ledger is the user.
    ///
    /// # Errors
    /// [`ServiceError::Ledger`].
    pub fn emca_revoke(
        &mut self,
        call: EmcaCall<'_>,
        now: UnixSeconds,
    ) -> Result<Result<(), Refusal>, ServiceError> {
        let found = self.emca_authenticated(call).and_then(|call| {
            let checked = emca::sibling::check_revoke(&call)?;
            let by = call.user().name().to_owned();
            emca::sibling::revoke(&checked, &self.emca_world()).map(|revocable| (revocable, by))
        });
        let (revocable, by) = match found {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        // Every reason that the vendor takes revokes something.
        let reason = ReasonCode::new(revocable.reason.code()).ok_or(ServiceError::Unanswered)?;
        let revocation = Revocation {
            certificate: CertificateId::new(revocable.certificate),
            fact: RevokedFact {
                at: now,
                reason,
                by,
                note: Some(revocable.remarks),
            },
        };
        let outcomes = self.workspace.ledger_mut().revoke(&[revocation])?;
        let outcome = outcomes
            .into_iter()
            .next()
            .ok_or(ServiceError::Unanswered)?;
        Ok(outcome.map_err(|conflict| Refusal::internal(&conflict)))
    }

    /// `getCertificate`.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn emca_certificate(&self, call: EmcaCall<'_>) -> Result<Held, Refusal> {
        let call = self.emca_authenticated(call)?;
        emca::sibling::certificate(&call, &self.emca_world())
    }

    /// `getCertificateProfileList`, by the CA's name in this workspace.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn emca_profiles(&self, call: EmcaCall<'_>) -> Result<Vec<Arc<EmcaProfile>>, Refusal> {
        let call = self.emca_authenticated(call)?;
        let default = self.workspace.current(DEFAULT_FAMILY);
        let default = default.map_err(|error| Refusal::internal(&error))?;
        emca::sibling::profile_list(&call, self.workspace.emca(), default.ca())
    }

    /// `getProfileInfoByProfileName`.
    ///
    /// # Errors
    /// A [`Refusal`], as the vendor answers.
    pub fn emca_profile(&self, call: EmcaCall<'_>) -> Result<Arc<EmcaProfile>, Refusal> {
        let call = self.emca_authenticated(call)?;
        emca::sibling::profile_info(&call, self.workspace.emca())
    }

    fn emca_authenticated(&self, call: EmcaCall<'_>) -> Result<Authenticated<'_>, Refusal> {
        let settings = self.workspace.emca();
        match call.body {
            EmcaBody::Sealed(sealed) => {
                emca::caller::open(call.method, &sealed, call.caller, settings)
            }
            EmcaBody::Opened(request) => {
                emca::caller::authenticate(*request, call.caller, settings)
            }
        }
    }

    /// The stages before the profile's, in the vendor's order: who calls, whether it was answered before, what is asked.
    fn emca_check(
        &self,
        calls: Vec<EmcaCall<'_>>,
    ) -> Result<Vec<Result<Step, Refusal>>, ServiceError> {
        let settings = self.workspace.emca();
        let world = self.emca_world();
        let calls = calls.into_iter().map(|call| self.emca_authenticated(call));
        super::stages::stage(calls.collect(), |calls: Vec<Authenticated<'_>>| {
            let asked: Vec<_> = calls.iter().map(Authenticated::transaction).collect();
            let earlier = match world.earlier(&asked) {
                Ok(earlier) => earlier,
                Err(error) => {
                    let refusal = Refusal::internal(&error);
                    return Ok(calls.iter().map(|_| Err(refusal.clone())).collect());
                }
            };
            let of = |call: &Authenticated<'_>| (call.transaction().clone(), Kept::of(call));
            let kept: Vec<_> = calls.iter().map(of).collect();
            let mut fresh = Vec::new();
            let mut known = Vec::with_capacity(calls.len());
            for (call, earlier) in calls.into_iter().zip(earlier) {
                if earlier.is_none() {
                    fresh.push(call);
                }
                known.push(earlier);
            }
            let mut checked = check(fresh, settings).into_iter();
            let step = |(earlier, (transaction, kept))| match earlier {
                Some(earlier) => Some(Ok(Step::Earlier(earlier))),
                None => checked.next().map(|asked| {
                    Ok(match asked {
                        Ok(asked) => Step::Asked(asked, Box::new(kept)),
                        Err(refusal) => Step::Refused(transaction, refusal),
                    })
                }),
            };
            Ok(known.into_iter().zip(kept).filter_map(step).collect())
        })
    }

    fn emca_world(&self) -> EmcaWorld<'_> {
        EmcaWorld {
            workspace: &self.workspace,
        }
    }
}

impl Refused for Refusal {
    fn rules(&self) -> Vec<&'static str> {
        let faults = self.faults().iter();
        faults.map(|fault| fault.finding().rule()).collect()
    }
}

/// What an authenticated call comes to before it is placed.
enum Step {
    Earlier(Earlier),
    Asked(Asked, Box<Kept>),
    /// Refused, unless the same transaction is answered before it in the slice.
    Refused(Transaction, Refusal),
}

/// The request stage of every call that creates, each by its own rules, in order.
fn check(calls: Vec<Authenticated<'_>>, settings: &Emca) -> Vec<Result<Asked, Refusal>> {
    let makes_key: Vec<_> = calls.iter().map(|call| call.method().makes_key()).collect();
    let (keyed, on_request): (Vec<_>, Vec<_>) = calls
        .into_iter()
        .partition(|call| call.method().makes_key());
    let pfx = |call: Authenticated<'_>| match cfg!(feature = "p12") {
        true => pkcs12::check(&call, settings).map(|checked| Asked::Pfx(Box::new(checked))),
        false => Err(pkcs12::unsupported()),
    };
    let mut keyed = keyed.into_iter().map(pfx);
    let on_request = emca::check::check(on_request, settings);
    let certificate = |checked| Asked::Certificate(Box::new(checked));
    let mut on_request = on_request.into_iter().map(|one| one.map(certificate));
    let next = |makes_key| match makes_key {
        true => keyed.next(),
        false => on_request.next(),
    };
    makes_key.into_iter().filter_map(next).collect()
}

/// What is kept of a call that must be released.
struct Kept {
    method: Method,
    parameters: Parameters,
}

impl Kept {
    fn of(call: &Authenticated<'_>) -> Self {
        Self {
            method: call.method(),
            parameters: call.parameters().clone(),
        }
    }
}

/// The CAs of this family issue for profiles that name no CA.
const DEFAULT_FAMILY: Family = Family::Rsa;

#[cfg(test)]
mod tests;
