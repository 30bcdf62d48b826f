//! A workspace: a folder with the configuration, the CAs, their keys (0600) and the ledger.
//!
//! ```text
//! DIR/certwright.toml             what the vendors' services know: products, devices, addresses
//! DIR/ledger.sqlite               what was issued, and the CAs that issued it
//! DIR/lock                        held by the one process that writes
//! DIR/ca/NAME/certificate.pem     the CA's certificate, to hand to relying parties
//! DIR/ca/NAME/key.pem             its private key, encrypted once a passphrase was given; absent when it signs elsewhere
//! DIR/ca/NAME.2/                  the same after the first renewal, with the links between the two keys
//! DIR/ca/NAME.unrecorded-1/       of a CA that a stopped process did not bring into the ledger; nothing reads it
//! DIR/crl/NAME.crl               the CRL of a CA that the server publishes
//! DIR/server/certificate.pem      the certificate that the server issued for itself, and its key
//! DIR/keys/VENDOR/N.pem           the private key of a vendor's certificate number N that was made here
//! DIR/keys/batch/JOB              the passphrase of a job's spool, until the job is finished
//! DIR/keys/emca/SHA256.p12        the PFX of a certificate by its fingerprint, under the caller's password
//! DIR/keys/pool/                  keys that were made ahead of time, sealed
//! DIR/keys/emca/waiting-N.p7      a signed message with a password in it, until its request N is released
//! ```

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rand_core::TryCryptoRng;
use sha2::{Digest, Sha256};

use crate::cert::Certificate;
use crate::key::{KeyAlgorithm, Passphrase};
use crate::ledger::{AuditKind, AuditNote, Ledger};
use crate::time::UnixSeconds;
use crate::vendor::as2expert::config::As2Expert;
use crate::vendor::ecgrid::config::Ecgrid;
use crate::vendor::emca::config::Emca;
use crate::vendor::enos::config::Enos;

pub use authority::CertificateAuthority;
pub use config::WorkspaceConfig;
pub use error::WorkspaceError;
pub use life::{
    ImportedAuthority, Links, NewAuthority, NewKey, Renewal, RenewalKey, RevokedAuthority, Term,
    ca_profile,
};

pub use pool::KeyPool;

pub use at_rest::{KeyAtRest, LockKeys};

use at_rest::AtRest;
use files::Temporary;
use life::make_root;
use lock::Lock;

mod at_rest;
mod authority;
pub mod backup;
mod config;
mod error;
mod files;
mod keys;
mod life;
mod lock;
mod pool;
mod rehearsal;
pub mod server;
mod share;

/// An open workspace.
///
/// Invariant: its configuration is checked and its CAs are in its ledger.
#[derive(Debug)]
pub struct Workspace {
    dir: PathBuf,
    config: WorkspaceConfig,
    /// SHA-256 of the configuration's text.
    config_sha256: [u8; 32],
    emca: Emca,
    as2expert: As2Expert,
    ecgrid: Ecgrid,
    enos: Enos,
    ledger: Ledger,
    authorities: Vec<CertificateAuthority>,
    /// What CA keys are encrypted with, once it was given.
    at_rest: Option<Arc<AtRest>>,
    /// Where a rehearsal keeps what others keep in the folder.
    scratch: Option<Temporary>,
    /// Held while the workspace is open for writing.
    _lock: Option<Lock>,
}

/// The two families of CAs that devices are certified under.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Family {
    /// CAs with a P-256 key.
    Ecc,
    /// CAs with an RSA key.
    Rsa,
}

impl Workspace {
    /// Makes a workspace with an RSA-2048 and a P-256 root, each valid for 3,650 days.
    ///
    /// The folder appears whole or not at all: it is filled beside its place and renamed.
    ///
    /// # Errors
    /// [`WorkspaceError::NotEmpty`] when something is there, and what files, keys and the ledger report.
    pub fn create<R: TryCryptoRng + ?Sized>(
        dir: &Path,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Self, WorkspaceError> {
        Self::create_under(dir, None, now, rng)
    }

    /// As [`Workspace::create`], with the keys of the roots under a passphrase if there is one.
    ///
    /// # Errors
    /// As [`Workspace::create`].
    pub fn create_under<R: TryCryptoRng + ?Sized>(
        dir: &Path,
        passphrase: Option<Arc<Passphrase>>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Self, WorkspaceError> {
        if !files::is_absent_or_empty(dir) {
            return Err(WorkspaceError::NotEmpty {
                dir: dir.to_owned(),
            });
        }
        let at_rest = passphrase.map(|passphrase| AtRest::new(passphrase, rng));
        let at_rest = at_rest.transpose()?;
        let building = files::sibling(dir)?;
        let filled = Self::fill(&building, at_rest.clone(), now, rng);
        let moved = filled.and_then(|()| files::rename_folder(&building, dir));
        if let Err(error) = moved {
            files::remove_folder(&building);
            return Err(error);
        }
        let mut workspace = Self::open(dir)?;
        if let Some(at_rest) = at_rest {
            workspace.unlock_with(at_rest)?;
        }
        Ok(workspace)
    }

    fn fill<R: TryCryptoRng + ?Sized>(
        dir: &Path,
        at_rest: Option<Arc<AtRest>>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<(), WorkspaceError> {
        files::make_folder(dir)?;
        let config = dir.join(CONFIG_FILE);
        files::write_new(&config, config::TEMPLATE.as_bytes())?;
        let mut workspace = Self::open_with(dir, Ledger::open(&dir.join(LEDGER_FILE))?, None)?;
        if let Some(at_rest) = at_rest {
            workspace.unlock_with(at_rest)?;
        }
        for (name, subject, algorithm) in ROOTS {
            let (certificate, key) = make_root(subject, *algorithm, now, rng)?;
            workspace.import_authority(name, certificate, Some(&key), true, now)?;
        }
        Ok(())
    }

    /// Opens a workspace for reading and writing; one process at a time has it, another waits some seconds for its turn.
    ///
    /// # Errors
    /// [`WorkspaceError::Absent`], [`WorkspaceError::Busy`], and what configuration and ledger report.
    pub fn open(dir: &Path) -> Result<Self, WorkspaceError> {
        Self::open_waiting(dir, PATIENCE)
    }

    /// As [`Workspace::open`], waiting no longer than `wait` for another process.
    ///
    /// # Errors
    /// As [`Workspace::open`].
    pub fn open_waiting(dir: &Path, wait: Duration) -> Result<Self, WorkspaceError> {
        check_present(dir)?;
        let lock = Lock::acquire(dir, wait)?;
        Self::open_with(dir, Ledger::open(&dir.join(LEDGER_FILE))?, Some(lock))
    }

    /// Opens a workspace for questions only, also while another process writes.
    ///
    /// # Errors
    /// As [`Workspace::open`].
    pub fn open_read_only(dir: &Path) -> Result<Self, WorkspaceError> {
        check_present(dir)?;
        Self::open_with(dir, Ledger::open_read_only(&dir.join(LEDGER_FILE))?, None)
    }

    fn open_with(dir: &Path, ledger: Ledger, lock: Option<Lock>) -> Result<Self, WorkspaceError> {
        let path = dir.join(CONFIG_FILE);
        let text = files::read_text(&path)?;
        let config = WorkspaceConfig::from_toml(&text, &path)?;
        let mut workspace = Self {
            dir: dir.to_owned(),
            as2expert: config.check_as2expert(&path)?,
            ecgrid: config.check_ecgrid(&path)?,
            emca: config.check_emca(&path)?,
            enos: config.check_enos(&path)?,
            config,
            config_sha256: Sha256::digest(&text).into(),
            ledger,
            authorities: Vec::new(),
            at_rest: None,
            scratch: None,
            _lock: lock,
        };
        workspace.authorities = workspace.read_authorities()?;
        Ok(workspace)
    }

    /// Begins work at `now`: a configuration that is not what it was at the last time is told in the audit log. Gives
    /// the latest clock that was seen before where it is later than `now`: then the clock was set back.
    ///
    /// # Errors
    /// [`WorkspaceError::Ledger`].
    pub fn begin(&mut self, now: UnixSeconds) -> Result<Option<UnixSeconds>, WorkspaceError> {
        let mut found = String::with_capacity(64);
        for octet in self.config_sha256 {
            found.push_str(&format!("{octet:02x}"));
        }
        let before = self.ledger.meta(CONFIG_SHA256)?;
        if before.as_ref() != Some(&found) {
            self.ledger.note(&[AuditNote {
                at: now,
                kind: AuditKind::ConfigurationChanged,
                certificate: None,
                sha256: Some(self.config_sha256),
                text: match before {
                    None => "first seen".to_owned(),
                    Some(before) => format!("SHA-256 was {before}"),
                },
            }])?;
            self.ledger.set_meta(CONFIG_SHA256, &found)?;
        }
        let latest = self.ledger.observe_clock(now)?;
        Ok(latest.filter(|latest| *latest > now))
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The configuration as it is written.
    #[must_use]
    pub fn config(&self) -> &WorkspaceConfig {
        &self.config
    }

    /// The configuration's file.
    pub(crate) fn config_octets(&self) -> Result<Vec<u8>, WorkspaceError> {
        files::read(&self.dir.join(CONFIG_FILE))
    }

    /// The emCA part of the configuration, checked.
    #[must_use]
    pub fn emca(&self) -> &Emca {
        &self.emca
    }

    /// The AS2Expert part of the configuration, checked.
    #[must_use]
    pub fn as2expert(&self) -> &As2Expert {
        &self.as2expert
    }

    /// The ECGrid part of the configuration, checked.
    #[must_use]
    pub fn ecgrid(&self) -> &Ecgrid {
        &self.ecgrid
    }

    /// The EnOS part of the configuration, checked.
    #[must_use]
    pub fn enos(&self) -> &Enos {
        &self.enos
    }

    /// What was issued.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// What was issued, to be added to.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Every CA, in the order in which they came.
    #[must_use]
    pub fn authorities(&self) -> &[CertificateAuthority] {
        &self.authorities
    }
}

impl Family {
    /// The family of a CA certificate's key.
    #[must_use]
    pub fn of(certificate: &Certificate) -> Option<Self> {
        certificate.public_key().algorithm().map(Self::of_key)
    }

    /// The family of a key.
    #[must_use]
    pub fn of_key(algorithm: KeyAlgorithm) -> Self {
        match algorithm {
            KeyAlgorithm::P256 => Self::Ecc,
            KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096 => Self::Rsa,
        }
    }

    fn meta_key(self) -> &'static str {
        match self {
            Self::Ecc => "current-authority-ecc",
            Self::Rsa => "current-authority-rsa",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ecc => "ECC",
            Self::Rsa => "RSA",
        })
    }
}

fn check_present(dir: &Path) -> Result<(), WorkspaceError> {
    let path = dir.join(CONFIG_FILE);
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => Ok(()),
        // Another user's workspace is not an absent one.
        Err(source) if source.kind() == ErrorKind::PermissionDenied => {
            Err(files::fault(&path, "read", source))
        }
        _ => Err(WorkspaceError::Absent {
            dir: dir.to_owned(),
        }),
    }
}

const CONFIG_FILE: &str = "certwright.toml";
/// The key in the ledger's meta table of the configuration that was last seen.
const CONFIG_SHA256: &str = "configuration_sha256";
const LEDGER_FILE: &str = "ledger.sqlite";
/// How long a process waits for another before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The roots of a new workspace: name, subject, key.
const ROOTS: &[(&str, &str, KeyAlgorithm)] = &[
    (
        "rsa-root",
        "CN=certwright local RSA root",
        KeyAlgorithm::Rsa2048,
    ),
    (
        "ecc-root",
        "CN=certwright local ECC root",
        KeyAlgorithm::P256,
    ),
];

#[cfg(test)]
mod tests;
