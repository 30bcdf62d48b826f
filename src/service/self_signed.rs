//! Self-signed certificates with keys that are made here: keys, serial numbers, signatures, files, records.
//!
//! A key is on disk before the ledger knows its certificate: one that is recorded never lacks its key. A crash between
//! the two leaves a key that nobody asks for, under a number that is not given again.

use std::borrow::Cow;

use rand_core::TryCryptoRng;
use rayon::prelude::*;

use super::keys::KeySource;
use super::stages::{Placed, stage};
use super::{Moment, Service, ServiceError};
use crate::cert::Certificate;
use crate::issuer::{IssuerName, SignError, Signer};
use crate::key::{KeyError, KeyPair};
use crate::ledger::{BatchRow, CertificateId, Conflict, NewCertificate, Supersedes};
use crate::lint::Findings;
use crate::order::UnkeyedOrder;
use crate::serial::{SerialNumber, SerialPolicy};
use crate::time::UnixSeconds;

/// What is to be made.
pub(super) struct Wanted {
    pub(super) holder: String,
    pub(super) order: UnkeyedOrder,
    pub(super) supersedes: Option<CertificateId>,
}

/// What was made; the ledger has it.
pub(super) struct Made {
    /// The vendor's number of it, and of its key's file.
    pub(super) key_id: i32,
    pub(super) certificate: Certificate,
}

/// Why one is not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("certificate cannot be recorded")]
    Conflict(#[source] Conflict),
    #[error("certificate cannot be made")]
    Findings(#[source] Findings),
    #[error("key cannot be made")]
    Key(#[source] KeyError),
    #[error("certificate cannot be signed")]
    Sign(#[source] SignError),
}

/// With its key and its serial number.
struct Keyed {
    wanted: Wanted,
    row: Option<BatchRow>,
    key: KeyPair,
    serial: SerialNumber,
}

/// With its certificate.
struct Signed {
    wanted: Wanted,
    row: Option<BatchRow>,
    key: KeyPair,
    certificate: Certificate,
}

impl Service {
    /// Makes a slice; each item is made or not alone, in order.
    pub(super) fn make_self_signed<R: TryCryptoRng + ?Sized>(
        &mut self,
        vendor: &'static str,
        wanted: Vec<Placed<Wanted>>,
        moment: &Moment,
        rng: &mut R,
    ) -> Result<Vec<Result<Made, Failure>>, ServiceError> {
        let keyed = keyed(wanted, moment, &mut self.keys, rng)?;
        let signed = stage(keyed, |rows| {
            Ok::<_, ServiceError>(rows.into_par_iter().map(sign).collect())
        })?;
        stage(signed, |rows| {
            self.record_self_signed(vendor, rows, moment.now)
        })
    }

    fn record_self_signed(
        &mut self,
        vendor: &'static str,
        rows: Vec<Signed>,
        now: UnixSeconds,
    ) -> Result<Vec<Result<Made, Failure>>, ServiceError> {
        let ids = self.workspace.reserve_key_ids(vendor, rows.len())?;
        for (row, id) in rows.iter().zip(ids.clone()) {
            self.workspace.store_key(vendor, id, &row.key)?;
        }
        let new = rows.iter().zip(ids.clone());
        let new: Vec<_> = new
            .map(|(row, id)| row.new_certificate(vendor, id, now))
            .collect();
        let outcomes = self.workspace.ledger_mut().record(&new)?;
        drop(new);
        let made = |((row, key_id), outcome): ((Signed, i32), Result<_, _>)| match outcome {
            Ok(_) => Ok(Made {
                key_id,
                certificate: row.certificate,
            }),
            Err(conflict) => Err(Failure::Conflict(conflict)),
        };
        Ok(rows.into_iter().zip(ids).zip(outcomes).map(made).collect())
    }
}

impl Signed {
    fn new_certificate(
        &self,
        vendor: &'static str,
        id: i32,
        now: UnixSeconds,
    ) -> NewCertificate<'_> {
        let Self {
            wanted,
            row,
            key: _,
            certificate,
        } = self;
        NewCertificate {
            row_key: Some(Cow::Owned(id.to_string())),
            batch_row: *row,
            holder: Some(Cow::Borrowed(&wanted.holder)),
            // The older one runs to its own end: both are used while partners change over.
            supersedes: wanted.supersedes.map(|certificate| Supersedes {
                certificate,
                revocation: None,
            }),
            ..NewCertificate::of(certificate, None, vendor, now)
        }
    }
}

/// Keys, all of one kind together, and serial numbers, in the order of the items.
fn keyed<R: TryCryptoRng + ?Sized>(
    wanted: Vec<Placed<Wanted>>,
    moment: &Moment,
    keys: &mut KeySource,
    rng: &mut R,
) -> Result<Vec<Result<Keyed, Failure>>, ServiceError> {
    let kinds: Vec<_> = wanted
        .iter()
        .map(|placed| placed.item.order.key_algorithm())
        .collect();
    let keys = keys.generate(&kinds, rng);
    let mut keyed = Vec::with_capacity(wanted.len());
    for (Placed { index, item }, key) in wanted.into_iter().zip(keys) {
        let serial = serial(index, &item.order, moment, rng)?;
        let row = |key| Keyed {
            wanted: item,
            row: moment.row(index),
            key,
            serial,
        };
        keyed.push(key.map(row).map_err(Failure::Key));
    }
    Ok(keyed)
}

/// Fixed by the moment, or drawn as the profile says; nobody counts for a certificate that is its own issuer's.
fn serial<R: TryCryptoRng + ?Sized>(
    index: usize,
    order: &UnkeyedOrder,
    moment: &Moment,
    rng: &mut R,
) -> Result<SerialNumber, ServiceError> {
    if let Some(fixed) = moment.serial(index) {
        return fixed;
    }
    match order.profile().serial() {
        SerialPolicy::Random { octets } => moment
            .derived_serial(index, octets)
            .unwrap_or_else(|| SerialNumber::random(octets, rng).map_err(ServiceError::Serial)),
        SerialPolicy::Sequence { .. } => Err(ServiceError::SequencePolicy {
            profile: order.profile().name().to_owned(),
        }),
    }
}

fn sign(row: Keyed) -> Result<Signed, Failure> {
    let Keyed {
        wanted,
        row,
        key,
        serial,
    } = row;
    let order = wanted.order.for_key(&key);
    let issuer = IssuerName::of_subject(&order, &serial);
    let prepared = issuer.prepare(&order, serial).map_err(Failure::Findings)?;
    let signer = Signer::new(key);
    let signed = signer.sign(vec![prepared]).pop();
    let signed = signed.unwrap_or(Err(SignError::Key(KeyError::Rng)));
    Ok(Signed {
        certificate: signed.map_err(Failure::Sign)?,
        key: signer.into_key(),
        row,
        wanted,
    })
}
