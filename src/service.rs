//! The one path that issues: rules, serial numbers, signatures, ledger, in that order, for a slice at a time.
//!
//! The commands and the server hand it a slice of one, batch hands it long ones. Whatever comes back as issued is in
//! the ledger already.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;
use std::sync::Arc;

use rand_core::TryCryptoRng;

use crate::cert::Certificate;
use crate::issuer::{Prepared, SignError, Signer};
use crate::key::Passphrase;
use crate::ledger::{IssuerId, Ledger};
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::workspace::{CertificateAuthority, Workspace, WorkspaceError};

use keys::KeySource;

pub use as2expert::{As2ExpertAnswer, As2ExpertIssued};
pub use crl::CrlNeed;
pub use ecgrid::{EcgridAnswer, EcgridIssued};
pub use emca::{EmcaAnswer, EmcaBody, EmcaCall, EmcaIssued};
pub use enos::{EnosImport, EnosImported, EnosIssued, EnosSigned, enos_dry_run};
pub use error::ServiceError;
pub use exports::KeyExport;
pub use joined::{Double, Doubled, Numbers};
pub use records::EndingAuthority;
pub(crate) use rows::JOB_RULES;
pub use rows::JobRows;

mod as2expert;
mod crl;
mod ecgrid;
mod emca;
mod enos;
mod error;
mod exports;
mod joined;
mod keys;
pub mod own;
mod records;
mod rows;
mod self_signed;
mod signers;
mod stages;

/// A workspace at work.
#[derive(Debug)]
pub struct Service {
    workspace: Workspace,
    /// Keys that have signed before, by the CA certificate's row.
    signers: BTreeMap<IssuerId, Signer>,
    keys: KeySource,
    /// What it does where it is one of many.
    part: Option<Part>,
}

/// What a service does that is one of many for a job: it reads the workspace and changes nothing there, so that what it does
/// twice is the same twice. What it has issued comes into a ledger later.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "with the CA's key or without it")]
pub enum Part {
    /// Everything, with the CA's key.
    Issues,
    /// Everything but signatures: no CA key is read.
    Prepares,
}

/// When a slice is issued, and what is fixed that is otherwise drawn.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who issue")]
pub struct Moment {
    /// The clock: what is valid now, and when the ledger says it was issued.
    pub now: UnixSeconds,
    /// notBefore of the certificates, when it is not to be `now`.
    pub not_before: Option<UnixSeconds>,
    /// Serial number of the slice's first item; item i gets this number plus i, whether or not those before it are
    /// issued. Of a job it is that of row 1, and row n gets this number plus n - 1. Without it the issuer's policy draws.
    pub serial_start: Option<SerialNumber>,
    /// The rows of a job that the items are. A row that was issued before is not issued again.
    pub rows: Option<Arc<JobRows>>,
}

impl Moment {
    /// Now, with everything else drawn.
    #[must_use]
    pub fn at(now: UnixSeconds) -> Self {
        Self {
            now,
            not_before: None,
            serial_start: None,
            rows: None,
        }
    }
}

impl Service {
    /// Opens a workspace.
    ///
    /// # Errors
    /// [`ServiceError::Workspace`].
    pub fn open(dir: &Path) -> Result<Self, ServiceError> {
        Ok(Self::of(Workspace::open(dir)?))
    }

    /// Opens a workspace, or makes one where there is none, and says whether it did.
    ///
    /// # Errors
    /// [`ServiceError::Workspace`].
    pub fn open_or_create<R: TryCryptoRng + ?Sized>(
        dir: &Path,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<(Self, bool), ServiceError> {
        Self::open_or_create_under(dir, None, now, rng)
    }

    /// As [`Service::open_or_create`], with the passphrase of the CA keys if there is one.
    ///
    /// # Errors
    /// [`ServiceError::Workspace`].
    pub fn open_or_create_under<R: TryCryptoRng + ?Sized>(
        dir: &Path,
        passphrase: Option<Arc<Passphrase>>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<(Self, bool), ServiceError> {
        let open = |rng: &mut R| {
            let mut workspace = Workspace::open(dir)?;
            if let Some(passphrase) = passphrase.clone() {
                workspace.unlock(passphrase, rng)?;
            }
            Ok(workspace)
        };
        let absent = |error: &WorkspaceError| matches!(error, WorkspaceError::Absent { .. });
        match open(rng) {
            Ok(workspace) => Ok((Self::of(workspace), false)),
            Err(error) if absent(&error) => {
                match Workspace::create_under(dir, passphrase.clone(), now, rng) {
                    Ok(workspace) => Ok((Self::of(workspace), true)),
                    // Another process may have been quicker; then its workspace is as good.
                    Err(error) => match open(rng) {
                        Ok(workspace) => Ok((Self::of(workspace), false)),
                        Err(_) => Err(error.into()),
                    },
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    /// A service on a workspace that is open.
    #[must_use]
    pub fn of(workspace: Workspace) -> Self {
        Self {
            workspace,
            signers: BTreeMap::new(),
            keys: KeySource::default(),
            part: None,
        }
    }

    /// Opens a workspace as one of many, also while another process writes; the CA keys may be under this passphrase. Vendors
    /// whose certificates have numbers of the workspace cannot be served so.
    ///
    /// # Errors
    /// [`ServiceError::Workspace`].
    pub fn open_part<R: TryCryptoRng + ?Sized>(
        dir: &Path,
        part: Part,
        passphrase: Option<Arc<Passphrase>>,
        rng: &mut R,
    ) -> Result<Self, ServiceError> {
        let mut workspace = Workspace::open_read_only(dir)?;
        if let Some(passphrase) = passphrase {
            workspace.unlock(passphrase, rng)?;
        }
        Ok(Self {
            part: Some(part),
            ..Self::of(workspace)
        })
    }

    /// What it does where it is one of many; nothing where it records what it does.
    #[must_use]
    pub fn part(&self) -> Option<Part> {
        self.part
    }

    /// Whether nothing is recorded here.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.part.is_some()
    }

    /// Opens a workspace for a rehearsal: every rule is asked as ever, and nothing comes of it. Certificates have no
    /// signature, keys stand in for those that would be made, and what is recorded goes when the service does.
    ///
    /// # Errors
    /// [`ServiceError::Workspace`].
    pub fn rehearse(dir: &Path) -> Result<Self, ServiceError> {
        Ok(Self {
            keys: KeySource::of_rehearsal(),
            ..Self::of(Workspace::rehearse(dir)?)
        })
    }

    /// Whether nothing comes of what is issued.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.keys.is_of_rehearsal()
    }

    /// The workspace.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The workspace, to take in a CA.
    pub fn workspace_mut(&mut self) -> &mut Workspace {
        &mut self.workspace
    }

    /// What was issued.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        self.workspace.ledger()
    }

    /// Signs a slice with a CA's key, which is read when it signs for the first time. In a rehearsal the key must be there
    /// as well, and signs nothing.
    fn sign(
        &mut self,
        authority: &CertificateAuthority,
        prepared: Vec<Prepared>,
    ) -> Result<Vec<Result<Certificate, SignError>>, ServiceError> {
        let is_rehearsal = self.is_rehearsal();
        if self.part == Some(Part::Prepares) {
            return Ok(prepared.into_iter().map(Prepared::unsigned).collect());
        }
        let signer = self.signer(authority)?;
        if is_rehearsal {
            return Ok(prepared.into_iter().map(Prepared::unsigned).collect());
        }
        Ok(signer.sign(prepared))
    }

    fn signer(&mut self, authority: &CertificateAuthority) -> Result<&Signer, ServiceError> {
        // An entry cannot be filled by something that fails, so the key is read first.
        let id = authority.id();
        if let Entry::Vacant(entry) = self.signers.entry(id) {
            entry.insert(authority.signer()?);
        }
        let absent = || WorkspaceError::KeyAbsent {
            name: authority.name(),
        };
        Ok(self.signers.get(&id).ok_or_else(absent)?)
    }
}

/// A certificate and those above it, leaf first.
#[must_use]
pub fn full_chain(certificate: &Certificate, chain: &[Certificate]) -> Vec<Certificate> {
    let mut full = vec![certificate.clone()];
    full.extend_from_slice(chain);
    full
}

#[cfg(test)]
mod tests;
