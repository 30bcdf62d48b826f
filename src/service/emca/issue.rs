//! From what emCA's rules allow to what the ledger holds: serial numbers, signatures, records.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rand_core::TryCryptoRng;
use rayon::prelude::*;

use super::pfx;
use super::pfx::{Asked, Item};
use super::world;
use super::{DEFAULT_FAMILY, EmcaAnswer, EmcaIssued, Kept};
use crate::cert::Certificate;
use crate::issuer::Prepared;
use crate::ledger::{BatchRow, CertificateId, NewCertificate};
use crate::serial::{SerialNumber, SerialPolicy};
use crate::service::stages::{Placed, stage};
use crate::service::{Moment, Service, ServiceError, full_chain};
use crate::time::UnixSeconds;
use crate::vendor::emca;
use crate::vendor::emca::error::Refusal;
use crate::vendor::emca::order::{Placed as EmcaPlaced, Terms};
use crate::vendor::emca::wire::Transaction;
use crate::workspace::{CertificateAuthority, WorkspaceError};

/// A row of a slice: its place, what was checked, what is kept if it must wait.
pub(super) type Row = (usize, Asked, Kept);

/// The answer of a row.
type Answered = (usize, Transaction, Result<EmcaAnswer, Refusal>);

impl Service {
    /// Places, keeps what must be released, and issues the rest.
    pub(super) fn emca_issue<R: TryCryptoRng + ?Sized>(
        &mut self,
        rows: Vec<Row>,
        moment: &Moment,
        rng: &mut R,
    ) -> Result<Vec<Answered>, ServiceError> {
        let terms = self.emca_terms(moment)?;
        let mut answers = Vec::with_capacity(rows.len());
        let mut ready = Vec::with_capacity(rows.len());
        let mut places = Vec::with_capacity(rows.len());
        let mut asked = Vec::with_capacity(rows.len());
        for (index, row, kept) in rows {
            places.push((index, row.transaction().clone(), kept));
            asked.push(row);
        }
        let items = pfx::place(asked, &terms, &mut self.keys, rng);
        for ((index, transaction, kept), item) in places.into_iter().zip(items) {
            match item {
                Err(refusal) => answers.push((index, transaction, Err(refusal))),
                Ok(item) if item.placed.waits() => {
                    // What could not be issued must not wait for somebody to find that out.
                    let subscriber_id = item.placed.subscriber_id();
                    let answer = match dry(&item.placed, &terms) {
                        Ok(()) => {
                            let waiting = self.emca_wait(&transaction, subscriber_id, kept)?;
                            Ok(EmcaAnswer::Earlier(waiting))
                        }
                        Err(refusal) => Err(refusal),
                    };
                    answers.push((index, transaction, answer));
                }
                Ok(item) => ready.push(Placed { index, item }),
            }
        }
        answers.extend(self.emca_sign_and_record(ready, &terms, moment)?);
        Ok(answers)
    }

    /// Issues a request that was released.
    pub(super) fn emca_issue_released<R: TryCryptoRng + ?Sized>(
        &mut self,
        asked: Asked,
        moment: &Moment,
        rng: &mut R,
    ) -> Result<Result<EmcaAnswer, Refusal>, ServiceError> {
        let terms = self.emca_terms(moment)?;
        let item = pfx::place(vec![asked], &terms, &mut self.keys, rng).pop();
        let item = match item.ok_or(ServiceError::Unanswered)? {
            Ok(item) => item,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let answers = self.emca_sign_and_record(vec![Placed { index: 0, item }], &terms, moment)?;
        let answer = answers.into_iter().next().map(|(_, _, answer)| answer);
        answer.ok_or(ServiceError::Unanswered)
    }

    fn emca_sign_and_record(
        &mut self,
        ready: Vec<Placed<Item>>,
        terms: &Terms,
        moment: &Moment,
    ) -> Result<Vec<Answered>, ServiceError> {
        let places: Vec<_> = ready
            .iter()
            .map(|row| (row.index, row.item.placed.transaction().clone()))
            .collect();
        let serials = self.emca_serials(&ready, moment)?;
        let rows: Vec<_> = ready.into_iter().zip(serials).collect();
        let prepared = rows
            .into_par_iter()
            .map(|(placed, serial)| {
                let row = moment.row(placed.index);
                prepare(placed.item, row, serial, terms)
            })
            .collect();
        let signed = stage(prepared, |rows| self.emca_sign(rows))?;
        let finished = stage(signed, |rows: Vec<Signed>| {
            Ok::<_, ServiceError>(rows.into_par_iter().map(Signed::finish).collect())
        })?;
        let answers = stage(finished, |rows| self.emca_record(rows, moment.now))?;
        let answers = places.into_iter().zip(answers);
        Ok(answers
            .map(|((index, transaction), answer)| (index, transaction, answer))
            .collect())
    }

    /// A serial number for each item: fixed by the moment, or the next of the sequence. The vendor's `revoke`, `suspend` and
    /// `getCertificate` know a certificate by its number alone, so all CAs of the workspace count together.
    fn emca_serials(
        &mut self,
        items: &[Placed<Item>],
        moment: &Moment,
    ) -> Result<Vec<SerialNumber>, ServiceError> {
        let fixed = items.iter().map(|placed| moment.serial(placed.index));
        if let Some(fixed) = fixed.collect::<Option<Result<_, _>>>() {
            return fixed;
        }
        let mut wanted: BTreeMap<u64, u64> = BTreeMap::new();
        for placed in items {
            *wanted
                .entry(first_serial(&placed.item.placed)?)
                .or_default() += 1;
        }
        let authorities = self.workspace.authorities().iter();
        let issuers: Vec<_> = authorities.map(CertificateAuthority::id).collect();
        let ledger = self.workspace.ledger_mut();
        let mut ranges = BTreeMap::new();
        for (first, n) in wanted {
            ranges.insert(first, ledger.reserve_common_serials(&issuers, first, n)?);
        }
        let mut serials = Vec::with_capacity(items.len());
        for placed in items {
            let range = ranges.get_mut(&first_serial(&placed.item.placed)?);
            let number = range.and_then(Iterator::next).unwrap_or(0);
            serials.push(SerialNumber::from_u64(number).map_err(ServiceError::Serial)?);
        }
        Ok(serials)
    }

    /// Signs a slice, each CA's items together.
    fn emca_sign(
        &mut self,
        rows: Vec<Ready>,
    ) -> Result<Vec<Result<Signed, Refusal>>, ServiceError> {
        let mut answers: BTreeMap<usize, Result<Signed, Refusal>> = BTreeMap::new();
        let mut groups: BTreeMap<Option<String>, Vec<(usize, Ready)>> = BTreeMap::new();
        for (at, row) in rows.into_iter().enumerate() {
            let ca = row.item.placed.profile().ca().map(str::to_owned);
            groups.entry(ca).or_default().push((at, row));
        }
        for (name, group) in groups {
            let ca = Arc::new(self.emca_authority(name.as_deref())?.clone());
            let (places, prepared): (Vec<_>, Vec<_>) = group
                .into_iter()
                .map(|(at, row)| ((at, row.item, row.row), row.prepared))
                .unzip();
            let signed = self.sign(&ca, prepared)?;
            for ((at, item, row), certificate) in places.into_iter().zip(signed) {
                let answer = match certificate {
                    Ok(certificate) => Ok(Signed {
                        item,
                        row,
                        certificate,
                        ca: ca.clone(),
                    }),
                    Err(error) => Err(Refusal::internal(&error)),
                };
                answers.insert(at, answer);
            }
        }
        Ok(answers.into_values().collect())
    }

    /// Records a slice: a certificate is in the ledger before anyone sees it, and its PFX is on disk before that.
    fn emca_record(
        &mut self,
        rows: Vec<Finished>,
        now: UnixSeconds,
    ) -> Result<Vec<Result<EmcaAnswer, Refusal>>, ServiceError> {
        for row in &rows {
            if let Some(pfx) = &row.pfx {
                let name = world::pfx_name(&row.certificate.sha256());
                self.workspace.store_private(emca::NAME, &name, pfx)?;
            }
        }
        let new: Vec<_> = rows.iter().map(|row| row.new_certificate(now)).collect();
        let outcomes = self.workspace.ledger_mut().record(&new)?;
        drop(new);
        let issued = |(row, outcome): (Finished, Result<CertificateId, _>)| match outcome {
            Ok(_) => Ok(EmcaAnswer::Issued(Box::new(row.issued(now)))),
            Err(conflict) => Err(Refusal::internal(&conflict)),
        };
        Ok(rows.into_iter().zip(outcomes).map(issued).collect())
    }

    /// The CA that a profile names, or the current one.
    fn emca_authority(&self, ca: Option<&str>) -> Result<&CertificateAuthority, WorkspaceError> {
        match ca {
            Some(name) => self.workspace.issuing_authority(name),
            None => self.workspace.current(DEFAULT_FAMILY),
        }
    }

    /// The moment, and the CA of every profile that has one here.
    fn emca_terms(&self, moment: &Moment) -> Result<Terms, ServiceError> {
        let mut terms = Terms::new(moment.not_before.unwrap_or(moment.now));
        for profile in self.workspace.emca().profiles() {
            match self.emca_authority(profile.ca()) {
                Ok(ca) => terms = terms.with_issuer(profile.ca(), ca.issuer_name().clone()),
                // The profile's own requests are refused; the others go on.
                Err(
                    WorkspaceError::UnknownAuthority { .. }
                    | WorkspaceError::NoCurrentAuthority { .. }
                    | WorkspaceError::Retired { .. }
                    | WorkspaceError::Superseded { .. },
                ) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(terms)
    }
}

/// Placed, with the octets that will be signed.
struct Ready {
    item: Item,
    row: Option<BatchRow>,
    prepared: Prepared,
}

/// Signed, not yet recorded.
struct Signed {
    item: Item,
    row: Option<BatchRow>,
    certificate: Certificate,
    ca: Arc<CertificateAuthority>,
}

/// Signed, and with its PFX where there is one.
struct Finished {
    placed: EmcaPlaced,
    row: Option<BatchRow>,
    certificate: Certificate,
    ca: Arc<CertificateAuthority>,
    pfx: Option<Vec<u8>>,
}

impl Signed {
    fn finish(self) -> Result<Finished, Refusal> {
        let Self {
            item: Item { placed, key },
            row,
            certificate,
            ca,
        } = self;
        let pfx = key.map(|key| {
            // Every certificate of a PFX is signed by the next: it has no place for links.
            let leaf_first = full_chain(&certificate, ca.chain());
            pfx::write(&key, &placed.alias(), placed.profile(), &leaf_first)
        });
        Ok(Finished {
            pfx: pfx.transpose()?,
            placed,
            row,
            certificate,
            ca,
        })
    }
}

impl Finished {
    fn new_certificate(&self, now: UnixSeconds) -> NewCertificate<'_> {
        let Self {
            placed,
            row,
            certificate,
            ca,
            pfx: _,
        } = self;
        let request = placed.request().map(|request| request.request().as_der());
        NewCertificate {
            request: request.map(Cow::Borrowed),
            row_key: Some(Cow::Owned(placed.transaction().row_key(placed.form()))),
            batch_row: *row,
            holder: Some(Cow::Owned(placed.holder())),
            ..NewCertificate::of(certificate, Some(ca.id()), emca::NAME, now)
        }
    }

    fn issued(self, now: UnixSeconds) -> EmcaIssued {
        EmcaIssued {
            transaction: self.placed.transaction().clone(),
            form: self.placed.form(),
            subscriber_id: self.placed.subscriber_id().to_owned(),
            chain: self.ca.bundle_chain(now),
            certificate: self.certificate,
            pfx: self.pfx,
        }
    }
}

fn prepare(
    item: Item,
    row: Option<BatchRow>,
    serial: SerialNumber,
    terms: &Terms,
) -> Result<Ready, Refusal> {
    let prepared = assemble(&item.placed, serial, terms)?;
    Ok(Ready {
        item,
        row,
        prepared,
    })
}

fn assemble(placed: &EmcaPlaced, serial: SerialNumber, terms: &Terms) -> Result<Prepared, Refusal> {
    let issuer = terms.issuer(placed.profile().ca()).ok_or_else(|| {
        let family = DEFAULT_FAMILY;
        Refusal::internal(&WorkspaceError::NoCurrentAuthority { family })
    })?;
    let prepared = issuer.prepare(placed.order(), serial);
    prepared.map_err(|findings| Refusal::from_findings(&findings))
}

/// Whether it could be issued at all; the number is of no consequence.
fn dry(placed: &EmcaPlaced, terms: &Terms) -> Result<(), Refusal> {
    let one = SerialNumber::from_u64(1).map_err(|error| Refusal::internal(&error))?;
    assemble(placed, one, terms).map(drop)
}

/// Where the sequence starts that an item's number comes from.
fn first_serial(placed: &EmcaPlaced) -> Result<u64, ServiceError> {
    let shape = placed.order().profile();
    match shape.serial() {
        SerialPolicy::Sequence { first } => Ok(first),
        _ => Err(ServiceError::SerialPolicy {
            profile: shape.name().to_owned(),
        }),
    }
}
