//! EnOS's rows that are prepared by many, signed by one and finished by many again.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{EnosIssued, family, issued_by};
use crate::cert::Certificate;
use crate::issuer::Prepared;
use crate::service::signers::signers;
use crate::service::{Moment, Service, ServiceError};
use crate::time::UnixSeconds;
use crate::vendor::enos::Authority;
use crate::vendor::enos::again;
use crate::vendor::enos::error::{Refusal, Service as EnosService};

/// A row that was signed, to be put together.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who finish")]
pub struct EnosSigned<'a> {
    /// The `TBSCertificate`, as it was prepared.
    pub tbs: &'a [u8],
    /// The signature over it.
    pub signature: &'a [u8],
    /// The certification request that it answers, DER.
    pub request: Option<&'a [u8]>,
    /// The device, `productKey/deviceKey`.
    pub holder: &'a str,
}

impl Service {
    /// Signs `TBSCertificate`s that others have prepared, each of them only if the same octets come out when it is prepared
    /// here; each succeeds or fails alone, in order. Nothing is recorded.
    ///
    /// # Errors
    /// [`ServiceError::Workspace`] when a CA or its key cannot be used.
    pub fn enos_sign_prepared(
        &mut self,
        octets: &[&[u8]],
        now: UnixSeconds,
    ) -> Result<Vec<Result<Certificate, Refusal>>, ServiceError> {
        let terms = self.enos_terms(&Moment::at(now))?;
        let again = octets
            .par_iter()
            .map(|octets| again::prepare_again(octets, &terms));
        let mut answers: Vec<Option<Result<Certificate, Refusal>>> = Vec::new();
        let mut groups: BTreeMap<Authority, Vec<(usize, Prepared)>> = BTreeMap::new();
        for (at, prepared) in again.collect::<Vec<_>>().into_iter().enumerate() {
            answers.push(match prepared {
                Ok((authority, prepared)) => {
                    groups.entry(authority).or_default().push((at, prepared));
                    None
                }
                Err(refusal) => Some(Err(refusal)),
            });
        }
        for (authority, group) in groups {
            let ca = self.workspace.current(family(authority))?.clone();
            let (places, prepared): (Vec<_>, Vec<_>) = group.into_iter().unzip();
            for (at, signed) in places.into_iter().zip(self.sign(&ca, prepared)?) {
                let internal = |error| Refusal::internal(EnosService::Certificate, &error);
                if let Some(answer) = answers.get_mut(at) {
                    *answer = Some(signed.map_err(internal));
                }
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Puts certificates together that were prepared and signed elsewhere, as they would have been issued here at `now`; each
    /// signature must verify. Nothing is recorded.
    #[must_use]
    pub fn enos_finish(
        &self,
        rows: &[EnosSigned<'_>],
        now: UnixSeconds,
    ) -> Vec<Result<EnosIssued, Refusal>> {
        let (authorities, settings) = (self.workspace.authorities(), self.workspace.enos());
        let join = |row: &EnosSigned<'_>| again::join(row.tbs, row.signature, row.request);
        let joined: Vec<_> = rows.par_iter().map(join).collect();
        let certificates: Vec<_> = joined.iter().flatten().collect();
        let mut signers = signers(&certificates, authorities).into_iter();
        let answers = joined.into_iter().zip(rows).map(|(joined, row)| {
            let certificate = joined?;
            let signer = signers.next().flatten();
            let ca = signer.ok_or_else(|| again::not_signed(certificate.issuer()))?;
            let asked = (row.holder.to_owned(), row.request.map(<[u8]>::to_vec));
            Ok(issued_by(ca, certificate, asked, (settings, now)))
        });
        answers.collect()
    }
}
