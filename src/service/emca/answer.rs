//! Any call of emCA's, answered with the vendor's reply body: what a command prints and a server sends.

use rand_core::TryCryptoRng;

use super::{EmcaAnswer, EmcaCall};
use crate::cert::Certificate;
use crate::ext::CrlReason;
use crate::service::{Moment, Service, ServiceError, full_chain};
use crate::vendor::emca::Method;
use crate::vendor::emca::error::Refusal;
use crate::vendor::emca::reply::Reply;
use crate::vendor::emca::world::Earlier;

impl EmcaAnswer {
    /// The certificate and those above it; nothing while somebody must release it.
    #[must_use]
    pub fn leaf_first(&self) -> Vec<Certificate> {
        match self {
            Self::Issued(issued) => full_chain(&issued.certificate, &issued.chain),
            Self::Earlier(Earlier::Waiting { .. }) => Vec::new(),
            Self::Earlier(Earlier::Issued { leaf_first, .. }) => leaf_first.clone(),
        }
    }

    /// The PFX, when the key pair was made here.
    #[must_use]
    pub fn pfx(&self) -> Option<&[u8]> {
        match self {
            Self::Issued(issued) => issued.pfx.as_deref(),
            Self::Earlier(Earlier::Issued { octets, form, .. }) => {
                // What is no PFX is a certificate, with its chain or without.
                form.artefact().is_none().then_some(octets.as_slice())
            }
            Self::Earlier(Earlier::Waiting { .. }) => None,
        }
    }
}

type Answer = Result<Result<Reply, Refusal>, ServiceError>;

impl Service {
    /// Answers a call; what it creates is recorded before.
    ///
    /// # Errors
    /// [`ServiceError`] when workspace, keys or ledger cannot be used; the vendor's refusal is the answer inside.
    pub fn emca_answer<R: TryCryptoRng + ?Sized>(
        &mut self,
        call: EmcaCall<'_>,
        moment: &Moment,
        rng: &mut R,
    ) -> Answer {
        let now = moment.now;
        Ok(match call.method {
            method if method.creates() => return self.emca_created(call, moment, rng),
            Method::Revoke => {
                let done = self.emca_revoke(call, now)?;
                done.map(|()| Reply::revoked(CrlReason::Unspecified))
            }
            Method::Suspend => {
                let done = self.emca_revoke(call, now)?;
                done.map(|()| Reply::revoked(CrlReason::CertificateHold))
            }
            Method::GetCertificateProfileList => self
                .emca_profiles(call)
                .map(|profiles| Reply::profiles(&profiles)),
            Method::GetProfileInfoByProfileName => self
                .emca_profile(call)
                .map(|profile| Reply::profile(&profile)),
            _ => self.emca_certificate(call).map(|held| Reply::held(&held)),
        })
    }

    fn emca_created<R: TryCryptoRng + ?Sized>(
        &mut self,
        call: EmcaCall<'_>,
        moment: &Moment,
        rng: &mut R,
    ) -> Answer {
        let answers = self.emca_create(vec![call], moment, rng)?;
        let answer = answers.into_iter().next().ok_or(ServiceError::Unanswered)?;
        Ok(answer.and_then(|answer| answer.reply().map_err(|error| Refusal::internal(&error))))
    }
}
