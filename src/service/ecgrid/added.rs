//! Certificates that were added to a Comm: nothing that was issued here, so the ledger keeps them beside its rows, one
//! JSON text a Comm.

use serde::{Deserialize, Serialize};

use crate::cert::Certificate;
use crate::ledger::Ledger;
use crate::service::ServiceError;
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::add::Addition;
use crate::vendor::ecgrid::enums::CertificateUsage;
use crate::vendor::ecgrid::world::CertKey;

/// What was added to one Comm, by rising key id.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Added(Vec<Entry>);

/// One addition; times are seconds since 1970.
#[derive(Debug, Deserialize, Serialize)]
struct Entry {
    cert_key_id: i32,
    certificate_pem: String,
    usage: CertificateUsage,
    begin_usage: u64,
    partner_id: Option<String>,
    partner_url: Option<String>,
    key_id: Option<String>,
    user_id: Option<String>,
    has_private_key: bool,
    terminated_at: Option<u64>,
}

impl Added {
    pub(super) fn read(ledger: &Ledger, comm_id: i32) -> Result<Self, ServiceError> {
        let key = meta_key(comm_id);
        let Some(text) = ledger.meta(&key)? else {
            return Ok(Self::default());
        };
        serde_json::from_str(&text).map_err(|error| unreadable(comm_id, error))
    }

    pub(super) fn write(&self, ledger: &mut Ledger, comm_id: i32) -> Result<(), ServiceError> {
        let text = serde_json::to_string(self).map_err(|error| unreadable(comm_id, error))?;
        Ok(ledger.set_meta(&meta_key(comm_id), &text)?)
    }

    pub(super) fn push(&mut self, cert_key_id: i32, addition: Addition, has_private_key: bool) {
        let Addition {
            comm: _,
            certificate,
            usage,
            begin_usage,
            partner_id,
            partner_url,
            key_id,
            user_id,
        } = addition;
        self.0.push(Entry {
            cert_key_id,
            certificate_pem: certificate.to_pem(),
            usage,
            begin_usage: begin_usage.seconds(),
            partner_id,
            partner_url,
            key_id,
            user_id,
            has_private_key,
            terminated_at: None,
        });
    }

    pub(super) fn terminate(&mut self, cert_key_id: i32, now: UnixSeconds) {
        let mut entries = self.0.iter_mut();
        let entry = entries.find(|entry| entry.cert_key_id == cert_key_id);
        if let Some(entry) = entry {
            entry.terminated_at = Some(now.seconds());
        }
    }

    pub(super) fn cert_keys(self, comm_id: i32) -> Result<Vec<CertKey>, ServiceError> {
        let keys = self.0.into_iter().map(Entry::cert_key);
        let keys: Result<Vec<_>, _> = keys.collect();
        keys.map_err(|error| unreadable(comm_id, error))
    }
}

impl Entry {
    fn cert_key(self) -> Result<CertKey, Box<dyn std::error::Error + Send + Sync>> {
        let certificate = Certificate::from_pem(self.certificate_pem.as_bytes())?;
        let terminated_at = self.terminated_at.map(UnixSeconds::new).transpose()?;
        let end = certificate.validity().not_after();
        Ok(CertKey {
            cert_key_id: self.cert_key_id,
            usage: self.usage,
            begin_usage: UnixSeconds::new(self.begin_usage)?,
            end_usage: terminated_at.map_or(end, |at| at.min(end)),
            partner_id: self.partner_id,
            partner_url: self.partner_url,
            key_id: self.key_id,
            user_id: self.user_id,
            has_private_key: self.has_private_key,
            terminated_at,
            certificate_id: None,
            certificate,
        })
    }
}

fn meta_key(comm_id: i32) -> String {
    format!("ecgrid-added-{comm_id}")
}

fn unreadable(
    comm_id: i32,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ServiceError {
    ServiceError::KeptUnreadable {
        key: meta_key(comm_id),
        source: source.into(),
    }
}
