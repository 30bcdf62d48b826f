//! What EnOS's rules ask about the world, answered by the configuration and the ledger.

use crate::ext::CrlReason;
use crate::ledger::{Ledger, LedgerError, Record};
use crate::name::Name;
use crate::vendor::enos;
use crate::vendor::enos::Authority;
use crate::vendor::enos::config::Enos;
use crate::vendor::enos::world::{
    Binding, Device, DeviceIdentifier, Held, Product, Revocation, World, WorldError,
};
use crate::workspace::{CertificateAuthority, Family};

/// Configuration and ledger as EnOS's rules see them.
pub(super) struct EnosWorld<'a> {
    pub(super) settings: &'a Enos,
    pub(super) ledger: &'a Ledger,
    pub(super) authorities: &'a [CertificateAuthority],
}

impl World for EnosWorld<'_> {
    fn devices(
        &self,
        asked: &[(&str, &DeviceIdentifier)],
    ) -> Result<Vec<Option<Device>>, WorldError> {
        let device = |(org_id, identifier): &(&str, &DeviceIdentifier)| {
            self.settings.device(org_id, identifier)
        };
        Ok(asked.iter().map(device).collect())
    }

    fn products(&self, product_keys: &[&str]) -> Result<Vec<Option<Product>>, WorldError> {
        let product = |product_key: &&str| self.settings.product(product_key);
        Ok(product_keys.iter().map(product).collect())
    }

    fn bindings_of_keys(&self, keys: &[[u8; 32]]) -> Result<Vec<Vec<Binding>>, WorldError> {
        let found = self.ledger.holders_of_keys(keys).map_err(WorldError::new)?;
        Ok(found.into_iter().map(bindings).collect())
    }

    fn bindings_of_subjects(&self, subjects: &[&Name]) -> Result<Vec<Vec<Binding>>, WorldError> {
        let subjects = subjects.iter().map(|subject| subject.folded_sha256());
        let found = self
            .ledger
            .holders_of_subjects(&subjects.collect::<Vec<_>>());
        Ok(found
            .map_err(WorldError::new)?
            .into_iter()
            .map(bindings)
            .collect())
    }

    fn certificates_of(&self, holder: &str) -> Result<Vec<Held>, WorldError> {
        let records = self.ledger.find_by_holder(enos::NAME, holder);
        let records: Result<Vec<Record>, LedgerError> = records;
        let held = |record: Record| self.held(record);
        records
            .map_err(WorldError::new)?
            .into_iter()
            .map(held)
            .collect()
    }
}

impl EnosWorld<'_> {
    fn held(&self, record: Record) -> Result<Held, WorldError> {
        let issuer = |authority: &&CertificateAuthority| Some(authority.id()) == record.issuer;
        let family = self
            .authorities
            .iter()
            .find(issuer)
            .map(CertificateAuthority::family);
        let revocation = record.revocation.map(|fact| {
            CrlReason::from_code(fact.reason.get()).map(|reason| Revocation {
                at: fact.at,
                reason,
                by: fact.by,
            })
        });
        Ok(Held {
            certificate: record.id.get(),
            authority: match family {
                Some(Family::Ecc) => Authority::Ecc,
                _ => Authority::Rsa,
            },
            certificate_der: record.certificate,
            request_der: record.request,
            issued_at: record.issued_at,
            revocation: revocation.transpose().map_err(WorldError::new)?,
            superseded: record.superseded_by.is_some(),
        })
    }
}

/// What the ledger says of bindings under this vendor's rules; other vendors' certificates are none of its business.
fn bindings(found: Vec<crate::ledger::Binding>) -> Vec<Binding> {
    let ours = found
        .into_iter()
        .filter(|binding| binding.vendor == enos::NAME);
    ours.map(|binding| Binding {
        certificate: Some(binding.certificate.get()),
        holder: binding.holder.unwrap_or_default(),
        key_sha256: binding.key_sha256,
        not_after: binding.not_after,
        ended: binding.revoked || binding.superseded,
    })
    .collect()
}
