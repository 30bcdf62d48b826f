//! CA keys at rest: plain, or under the passphrase of the workspace.
//!
//! A workspace has one passphrase for the keys of all its CAs, or none. Once it was given, what is written is encrypted, and
//! what is read is decrypted; a key that was written before, plain, is read as ever.

use std::fmt;
use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_core::{SeedableRng, TryCryptoRng};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Workspace, WorkspaceError};
use crate::key::{KeyError, KeyPair, Passphrase, Pbes2};

pub use lock_keys::{KeyAtRest, LockKeys};

mod lock_keys;
mod pin;

/// The passphrase, and what salts for new files are made of.
pub(super) struct AtRest {
    passphrase: Arc<Passphrase>,
    seed: Zeroizing<[u8; 32]>,
}

impl AtRest {
    /// Draws what salts are made of.
    pub(super) fn new<R: TryCryptoRng + ?Sized>(
        passphrase: Arc<Passphrase>,
        rng: &mut R,
    ) -> Result<Arc<Self>, WorkspaceError> {
        let mut seed = Zeroizing::new([0; 32]);
        let drawn = rng.try_fill_bytes(seed.as_mut_slice());
        drawn.map_err(|_| WorkspaceError::Key(KeyError::Rng))?;
        Ok(Arc::new(Self { passphrase, seed }))
    }
}

impl Workspace {
    /// From now on CA keys are written under this passphrase, and read with it.
    ///
    /// # Errors
    /// [`WorkspaceError::Passphrase`] when the locked keys are under another one, [`WorkspaceError::HalfChanged`] when some
    /// are, [`WorkspaceError::Key`] when `rng` fails, and what the files of the keys report.
    pub fn unlock<R: TryCryptoRng + ?Sized>(
        &mut self,
        passphrase: Arc<Passphrase>,
        rng: &mut R,
    ) -> Result<(), WorkspaceError> {
        let at_rest = AtRest::new(passphrase, rng)?;
        self.unlock_with(at_rest)
    }

    /// As [`Workspace::unlock`], with what was drawn before.
    pub(super) fn unlock_with(&mut self, at_rest: Arc<AtRest>) -> Result<(), WorkspaceError> {
        self.check_opens(&at_rest.passphrase)?;
        for authority in &mut self.authorities {
            authority.set_passphrase(Some(Arc::clone(&at_rest.passphrase)));
        }
        self.at_rest = Some(at_rest);
        Ok(())
    }

    /// Every locked key is opened, on all threads: after a change that was stopped half way one would not tell for all, and
    /// the CA of another would fail at its first signature, perhaps days later.
    fn check_opens(&self, passphrase: &Passphrase) -> Result<(), WorkspaceError> {
        let authorities = self.authorities.par_iter();
        let locked = authorities.filter(|authority| authority.is_locked());
        let opened: Vec<_> = locked
            .map(|authority| (authority, authority.key(Some(passphrase)).map(drop)))
            .collect();
        let mut names = opened.iter().filter(|(_, opened)| opened.is_ok());
        let known = names.next().map(|(authority, _)| authority.name());
        let mut errors = opened.into_iter().filter_map(|(_, opened)| opened.err());
        match (errors.next(), known) {
            (None, _) => Ok(()),
            (Some(WorkspaceError::Passphrase { name }), Some(opened)) => {
                Err(WorkspaceError::HalfChanged { name, opened })
            }
            (Some(error), _) => Err(error),
        }
    }

    /// Whether the passphrase of the workspace was given.
    #[must_use]
    pub fn is_unlocked(&self) -> bool {
        self.at_rest.is_some()
    }

    /// The passphrase, for the CAs that are read.
    pub(super) fn passphrase(&self) -> Option<Arc<Passphrase>> {
        let at_rest = self.at_rest.as_ref();
        at_rest.map(|at_rest| Arc::clone(&at_rest.passphrase))
    }

    /// The key that the `pkcs11:` URI (RFC 7512) names; the passphrase of the workspace is the PIN where the URI names no file
    /// for it.
    ///
    /// # Errors
    /// [`WorkspaceError::Key`].
    pub fn key_at(&self, uri: &str) -> Result<KeyPair, WorkspaceError> {
        KeyPair::from_uri(uri, self.passphrase().as_deref()).map_err(WorkspaceError::Key)
    }

    /// The text of a CA's key file. A plain key does not come beside locked ones: whoever locks one means all.
    pub(super) fn key_text(&self, key: &KeyPair) -> Result<Zeroizing<String>, WorkspaceError> {
        if let Some(uri) = key.uri() {
            return Ok(Zeroizing::new(format!("{uri}\n")));
        }
        let Some(at_rest) = self.at_rest.as_deref() else {
            let mut all = self.authorities.iter();
            if let Some(locked) = all.find(|authority| authority.is_locked()) {
                let name = locked.name();
                return Err(WorkspaceError::Locked { name });
            }
            return key.to_pkcs8_pem().map_err(WorkspaceError::Key);
        };
        // The first locked key decides which passphrase the workspace has.
        self.check_pins(None, &at_rest.passphrase, true)?;
        sealed(at_rest, key)
    }
}

/// The text of a key file under the passphrase.
fn sealed(at_rest: &AtRest, key: &KeyPair) -> Result<Zeroizing<String>, WorkspaceError> {
    let AtRest { passphrase, seed } = at_rest;
    // Two keys have two salts and IVs, also where two copies of this process go on from one seed.
    let salt = Sha256::new().chain_update(seed.as_slice());
    let salt = salt.chain_update(key.public_key().spki_der()).finalize();
    let mut salts = ChaCha20Rng::from_seed(salt.into());
    let text = key.to_encrypted_pkcs8_pem(passphrase, Pbes2::SCRYPT, &mut salts);
    text.map_err(WorkspaceError::Key)
}

impl fmt::Debug for AtRest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtRest([elided])")
    }
}

#[cfg(test)]
mod tests;
