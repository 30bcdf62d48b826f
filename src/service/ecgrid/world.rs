//! What ECGrid's rules ask about the world, answered by the configuration and the ledger.

use super::added::Added;
use crate::cert::Certificate;
use crate::ledger::{Ledger, Record};
use crate::vendor::ecgrid;
use crate::vendor::ecgrid::config::Ecgrid;
use crate::vendor::ecgrid::shape;
use crate::vendor::ecgrid::world::{CertKey, Comm, World, WorldError};

/// Configuration and ledger as ECGrid's rules see them.
pub(super) struct EcgridWorld<'a> {
    pub(super) settings: &'a Ecgrid,
    pub(super) ledger: &'a Ledger,
}

impl World for EcgridWorld<'_> {
    fn comms(&self, ids: &[i32]) -> Result<Vec<Option<Comm>>, WorldError> {
        let comm = |id: &i32| self.settings.comm(*id).cloned();
        Ok(ids.iter().map(comm).collect())
    }

    fn all_comms(&self) -> Result<Vec<Comm>, WorldError> {
        Ok(self.settings.comms().cloned().collect())
    }

    fn cert_keys(&self, comm_id: i32) -> Result<Vec<CertKey>, WorldError> {
        let records = self
            .ledger
            .find_by_holder(ecgrid::NAME, &comm_id.to_string())
            .map_err(WorldError::new)?;
        let made = records.into_iter().filter_map(|record| {
            let id = record.row_key.as_ref()?.parse().ok()?;
            Some(made(id, &record))
        });
        let mut keys = made.collect::<Result<Vec<_>, _>>()?;
        let added = Added::read(self.ledger, comm_id).and_then(|added| added.cert_keys(comm_id));
        keys.extend(added.map_err(WorldError::new)?);
        keys.sort_by_key(|key| key.cert_key_id);
        Ok(keys)
    }
}

/// What was made here says itself what it is for, and from when until when.
fn made(cert_key_id: i32, record: &Record) -> Result<CertKey, WorldError> {
    let certificate = Certificate::from_der(&record.certificate).map_err(WorldError::new)?;
    let validity = certificate.validity();
    let terminated_at = record.revocation.as_ref().map(|fact| fact.at);
    let end = validity.not_after();
    Ok(CertKey {
        cert_key_id,
        usage: shape::usage(certificate.tbs()),
        begin_usage: validity.not_before(),
        end_usage: terminated_at.map_or(end, |at| at.min(end)),
        partner_id: shape::partner(certificate.tbs()),
        partner_url: None,
        key_id: None,
        user_id: None,
        has_private_key: true,
        terminated_at,
        certificate_id: Some(record.id.get()),
        certificate,
    })
}
