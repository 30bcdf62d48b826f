//! From what EnOS's rules allow to what the ledger holds: serial numbers, signatures, records.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::{Answers, EnosIssued, family};
use crate::cert::Certificate;
use crate::issuer::Prepared;
use crate::ledger::{
    BatchRow, CertificateId, NewCertificate, ReasonCode, Revocation, RevokedFact, Supersedes,
};
use crate::serial::{SerialNumber, SerialPolicy};
use crate::service::stages::{Placed, stage};
use crate::service::{Moment, Service, ServiceError};
use crate::time::UnixSeconds;
use crate::vendor::enos;
use crate::vendor::enos::Authority;
use crate::vendor::enos::error::{Refusal, Service as EnosService};
use crate::vendor::enos::order::Placed as EnosPlaced;
use crate::vendor::enos::terms::Terms;
use crate::workspace::{CertificateAuthority, Family, WorkspaceError};

impl Service {
    /// Serial numbers, signatures and ledger for what was placed.
    pub(super) fn enos_issue(
        &mut self,
        placed: Vec<Result<Placed<EnosPlaced>, Refusal>>,
        terms: &Terms,
        moment: &Moment,
    ) -> Answers {
        let prepared = stage(placed, |items| {
            let serials = self.enos_serials(&items, terms, moment)?;
            let rows: Vec<_> = items.into_iter().zip(serials).collect();
            let prepare = |(placed, serial)| prepare(placed, serial, terms, moment);
            Ok::<_, ServiceError>(rows.into_par_iter().map(prepare).collect())
        })?;
        let signed = stage(prepared, |rows| self.enos_sign(rows))?;
        stage(signed, |rows| self.enos_record(rows, moment))
    }

    /// A serial number for each item: fixed by the moment, or the next of its authority's sequence.
    fn enos_serials(
        &mut self,
        items: &[Placed<EnosPlaced>],
        terms: &Terms,
        moment: &Moment,
    ) -> Result<Vec<SerialNumber>, ServiceError> {
        let fixed = items.iter().map(|placed| moment.serial(placed.index));
        if let Some(fixed) = fixed.collect::<Option<Result<_, _>>>() {
            return fixed;
        }
        let SerialPolicy::Sequence { first } = terms.profile().serial() else {
            return Err(ServiceError::SerialPolicy {
                profile: terms.profile().name().to_owned(),
            });
        };
        let n = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let mut numbers = self.enos_numbers(first, n)?;
        let next = |_| SerialNumber::from_u64(numbers.next().unwrap_or(0));
        let serials: Result<_, _> = items.iter().map(next).collect();
        serials.map_err(ServiceError::Serial)
    }

    /// The next `n` numbers that no authority of the workspace has given, current or not. The vendor's clients know a
    /// certificate by its number alone, so all count together, also past the day when both families get another CA.
    fn enos_numbers(&mut self, first: u64, n: u64) -> Result<Range<u64>, ServiceError> {
        let issues = |family| self.workspace.current(family).is_ok();
        if !issues(Family::Rsa) && !issues(Family::Ecc) {
            let family = Family::Rsa;
            return Err(WorkspaceError::NoCurrentAuthority { family }.into());
        }
        // Generations of a CA count as one already.
        let newest = self.workspace.authorities().iter();
        let newest = newest.filter(|authority| authority.is_newest());
        let ids: Vec<_> = newest.map(CertificateAuthority::id).collect();
        let ledger = self.workspace.ledger_mut();
        Ok(ledger.reserve_common_serials(&ids, first, n)?)
    }

    /// Signs a slice, each authority's items together.
    fn enos_sign(
        &mut self,
        rows: Vec<Ready>,
    ) -> Result<Vec<Result<Signed, Refusal>>, ServiceError> {
        let mut answers: Vec<Option<Result<Signed, Refusal>>> = Vec::new();
        answers.resize_with(rows.len(), || None);
        let mut groups: BTreeMap<Authority, Vec<(usize, Ready)>> = BTreeMap::new();
        for (at, row) in rows.into_iter().enumerate() {
            groups
                .entry(row.placed.authority())
                .or_default()
                .push((at, row));
        }
        for (authority, group) in groups {
            let ca = Arc::new(self.workspace.current(family(authority))?.clone());
            let (places, prepared): (Vec<_>, Vec<_>) = group
                .into_iter()
                .map(|(at, row)| ((at, row.placed, row.row), row.prepared))
                .unzip();
            let signed = self.sign(&ca, prepared)?;
            for ((at, placed, row), certificate) in places.into_iter().zip(signed) {
                let answer = match certificate {
                    Ok(certificate) => Ok(Signed {
                        placed,
                        row,
                        certificate,
                        ca: ca.clone(),
                    }),
                    Err(error) => Err(Refusal::internal(EnosService::Certificate, &error)),
                };
                if let Some(slot) = answers.get_mut(at) {
                    *slot = Some(answer);
                }
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }

    /// Records a slice: a certificate is in the ledger before anyone sees it.
    fn enos_record(
        &mut self,
        rows: Vec<Signed>,
        moment: &Moment,
    ) -> Result<Vec<Result<EnosIssued, Refusal>>, ServiceError> {
        if self.is_part() {
            let settings = self.workspace.enos();
            let issued = |row: Signed| {
                let url = settings.cert_chain_url(row.placed.authority());
                Ok(row.issued(url, moment.now))
            };
            return Ok(rows.into_iter().map(issued).collect());
        }
        let new: Vec<_> = rows
            .iter()
            .map(|row| row.new_certificate(moment.now))
            .collect();
        let outcomes = self.workspace.ledger_mut().record(&new)?;
        drop(new);
        let settings = self.workspace.enos();
        let issued = |(row, outcome): (Signed, Result<CertificateId, _>)| match outcome {
            Ok(_) => {
                let url = settings.cert_chain_url(row.placed.authority());
                Ok(row.issued(url, moment.now))
            }
            Err(_) => Err(enos::terms::serial_taken(row.certificate.serial())),
        };
        Ok(rows.into_iter().zip(outcomes).map(issued).collect())
    }
}

/// Placed, with the octets that will be signed.
struct Ready {
    placed: EnosPlaced,
    row: Option<BatchRow>,
    prepared: Prepared,
}

/// Signed, not yet recorded.
struct Signed {
    placed: EnosPlaced,
    row: Option<BatchRow>,
    certificate: Certificate,
    ca: Arc<CertificateAuthority>,
}

impl Signed {
    fn new_certificate(&self, now: UnixSeconds) -> NewCertificate<'_> {
        let Self {
            placed,
            row,
            certificate,
            ca,
        } = self;
        NewCertificate {
            request: Some(Cow::Borrowed(placed.request().request().as_der())),
            // The holder names the device already.
            batch_row: *row,
            holder: Some(Cow::Owned(placed.holder())),
            supersedes: placed.supersedes().map(|old| superseded(old, now)),
            ..NewCertificate::of(certificate, Some(ca.id()), enos::NAME, now)
        }
    }

    fn issued(self, cert_chain_url: String, now: UnixSeconds) -> EnosIssued {
        EnosIssued {
            holder: self.placed.holder(),
            device_key: self.placed.device().device_key.clone(),
            authority: self.placed.authority(),
            ca_certificate: self.ca.certificate().clone(),
            chain: self.ca.bundle_chain(now),
            certificate: self.certificate,
            request: Some(self.placed.into_request()),
            cert_chain_url,
        }
    }
}

fn prepare(
    placed: Placed<EnosPlaced>,
    serial: SerialNumber,
    terms: &Terms,
    moment: &Moment,
) -> Result<Ready, Refusal> {
    let row = moment.row(placed.index);
    let placed = placed.item;
    let issuer = terms.issuer(placed.authority());
    let issuer = issuer.ok_or_else(|| {
        let family = family(placed.authority());
        let absent = WorkspaceError::NoCurrentAuthority { family };
        Refusal::internal(EnosService::Certificate, &absent)
    })?;
    enos::terms::check_serial(&serial)?;
    match issuer.prepare(placed.order(), serial) {
        Ok(prepared) => Ok(Ready {
            placed,
            row,
            prepared,
        }),
        Err(findings) => Err(Refusal::from_findings(&findings)),
    }
}

/// What a renewal does to the certificate that it renews.
fn superseded(old: i64, at: UnixSeconds) -> Supersedes {
    let fact = ReasonCode::new(SUPERSEDED).map(|reason| RevokedFact {
        at,
        reason,
        by: RENEWAL.to_owned(),
        note: None,
    });
    Supersedes {
        certificate: CertificateId::new(old),
        revocation: fact,
    }
}

pub(super) fn revocation(
    certificate: CertificateId,
    reason: u8,
    at: UnixSeconds,
    by: &str,
) -> Option<Revocation> {
    let fact = RevokedFact {
        at,
        reason: ReasonCode::new(reason)?,
        by: by.to_owned(),
        note: None,
    };
    Some(Revocation { certificate, fact })
}

/// RFC 5280 §5.3.1.
const SUPERSEDED: u8 = 4;
/// Who revokes what was renewed, as lists tell it.
const RENEWAL: &str = "renewal";
