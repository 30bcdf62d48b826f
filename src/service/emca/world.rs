//! What emCA's rules ask about the world, answered by the ledger.

use super::waiting::Waiting;
use crate::bundle;
use crate::cert::Certificate;
use crate::ledger::Record;
use crate::serial::SerialNumber;
use crate::service::full_chain;
use crate::vendor::emca;
use crate::vendor::emca::Form;
use crate::vendor::emca::wire::Transaction;
use crate::vendor::emca::world::{Earlier, Held, State, World, WorldError};
use crate::workspace::{CertificateAuthority, Workspace};

/// The ledger, and the PFX files beside it, as emCA's rules see it.
pub(super) struct EmcaWorld<'a> {
    pub(super) workspace: &'a Workspace,
}

impl World for EmcaWorld<'_> {
    fn earlier(&self, asked: &[&Transaction]) -> Result<Vec<Option<Earlier>>, WorldError> {
        asked
            .iter()
            .map(|transaction| self.answer(transaction))
            .collect()
    }

    fn of_serial(&self, user_name: &str, serial: &SerialNumber) -> Result<Vec<Held>, WorldError> {
        let records = self.workspace.ledger().find_by_serial(None, serial);
        let records = records.map_err(WorldError::new)?;
        let held = records
            .into_iter()
            .filter_map(|record| held(record, user_name));
        Ok(held.collect())
    }
}

impl EmcaWorld<'_> {
    fn answer(&self, transaction: &Transaction) -> Result<Option<Earlier>, WorldError> {
        for form in Form::ALL {
            let found = self
                .workspace
                .ledger()
                .find_by_row_key(emca::NAME, &transaction.row_key(form));
            let first = found.map_err(WorldError::new)?.into_iter().next();
            if let Some(record) = first {
                return self.issued(&record, form).map(Some);
            }
        }
        let waiting =
            Waiting::read(self.workspace.ledger(), transaction).map_err(WorldError::new)?;
        Ok(waiting.map(|waiting| waiting.earlier()))
    }

    /// The octets of the first answer: a PFX as it was kept; of chain and certificate, which are on record, the same is
    /// written whenever it is asked for.
    fn issued(&self, record: &Record, form: Form) -> Result<Earlier, WorldError> {
        let leaf_first = self.chain(record)?;
        let octets = match form.artefact() {
            Some(artefact) => bundle::write(artefact, &leaf_first).map_err(WorldError::new)?,
            None => {
                let name = pfx_name(&record.fingerprint);
                let octets = self.workspace.read_private(emca::NAME, &name);
                octets.map_err(WorldError::new)?.to_vec()
            }
        };
        Ok(Earlier::Issued {
            octets,
            form,
            leaf_first,
            subscriber_id: subscriber_id(record),
        })
    }

    fn chain(&self, record: &Record) -> Result<Vec<Certificate>, WorldError> {
        let certificate = Certificate::from_der(&record.certificate).map_err(WorldError::new)?;
        let issuer = |authority: &&CertificateAuthority| Some(authority.id()) == record.issuer;
        let chain = self.workspace.authorities().iter().find(issuer);
        // As it was then: a renewal of the CA since has brought links that the first answer had not.
        let chain = chain.map(|authority| authority.bundle_chain(record.issued_at));
        Ok(full_chain(&certificate, &chain.unwrap_or_default()))
    }
}

/// The file of a certificate's PFX.
pub(in crate::service) fn pfx_name(fingerprint: &[u8; 32]) -> String {
    let hex: String = fingerprint
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    format!("{hex}.p12")
}

/// A certificate of this vendor's and of this user's.
fn held(record: Record, user_name: &str) -> Option<Held> {
    let transaction = record
        .row_key
        .as_deref()
        .and_then(Transaction::from_row_key);
    let is_ours = record.vendor == emca::NAME
        && transaction.is_some_and(|(_, transaction)| transaction.user_name == user_name);
    if !is_ours {
        return None;
    }
    Some(Held {
        certificate: record.id.get(),
        subscriber_id: subscriber_id(&record),
        validity: record.validity,
        state: match &record.revocation {
            None => State::Good,
            Some(fact) if fact.reason.get() == HOLD => State::Suspended(fact.at),
            Some(fact) => State::Revoked(fact.at),
        },
        certificate_der: record.certificate,
    })
}

fn subscriber_id(record: &Record) -> String {
    let holder = record.holder.as_deref().unwrap_or_default();
    let subscriber = holder.split_once('/').map(|(_, subscriber)| subscriber);
    subscriber.unwrap_or_default().to_owned()
}

/// RFC 5280 §5.3.1, certificateHold.
const HOLD: u8 = 6;
