//! Locking CA keys that are there: those that were written plain, or under another passphrase.
//!
//! Everything is read and every new file is on disk before the first old one is replaced. Each key file is at any moment
//! the whole old or the whole new one, so that who is stopped half way begins again.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::{AtRest, sealed};
use crate::key::{KeyError, KeyPair, Passphrase};
use crate::ledger::{AuditKind, AuditNote};
use crate::pem::Label;
use crate::time::UnixSeconds;
use crate::workspace::authority::check_key;
use crate::workspace::{CertificateAuthority, Workspace, WorkspaceError, files};

/// What is to be done with the keys.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LockKeys {
    /// Every key goes under this passphrase, from that of the workspace where it is locked.
    Change(Arc<Passphrase>),
    /// Plain keys of these CAs, all of them for none named, go under the passphrase of the workspace.
    Plain(Vec<String>),
}

/// What became of the key of a CA.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyAtRest {
    /// It was under the passphrase before.
    AlreadyLocked,
    /// It is under another passphrase now.
    Changed,
    /// The CA signs elsewhere.
    Elsewhere,
    /// It is in a PKCS #11 token, whose PIN is no affair of ours.
    InToken,
    /// It was plain.
    Locked,
}

/// A key file that is to be replaced.
struct Step {
    path: PathBuf,
    text: Zeroizing<String>,
}

impl Workspace {
    /// Encrypts CA keys; what became of each, by the CA's name. A key whose file is replaced is read back first.
    ///
    /// The passphrase of the workspace must have been given ([`Workspace::unlock`]), except to [`LockKeys::Change`] where no
    /// key is locked: `from` is the one that locked keys are under.
    ///
    /// # Errors
    /// [`WorkspaceError::UnknownAuthority`], [`WorkspaceError::Passphrase`] and [`WorkspaceError::Locked`] for a key that
    /// the passphrases do not open, [`WorkspaceError::KeyMode`], [`WorkspaceError::Sign`] for a key that is not its
    /// certificate's, [`WorkspaceError::Key`], and what files and ledger report.
    pub fn lock_keys<R: TryCryptoRng + ?Sized>(
        &mut self,
        what: &LockKeys,
        from: Option<&Passphrase>,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Vec<(String, KeyAtRest)>, WorkspaceError> {
        let at_rest = match what {
            LockKeys::Change(to) => AtRest::new(Arc::clone(to), rng)?,
            LockKeys::Plain(_) => {
                let given = self.at_rest.clone();
                given.ok_or(WorkspaceError::Key(KeyError::PassphraseMissing))?
            }
        };
        let mut became = Vec::new();
        let mut steps = Vec::new();
        for authority in self.chosen(what)? {
            let (state, step) = step(authority, what, from, &at_rest)?;
            became.push((authority.name(), state));
            steps.extend(step);
        }
        for step in &steps {
            step.write()?;
        }
        let note = note(&became, now);
        self.ledger.note(note.as_slice())?;
        for step in &steps {
            step.replace()?;
        }
        self.unlock_with(at_rest)?;
        Ok(became)
    }

    fn chosen(&self, what: &LockKeys) -> Result<Vec<&CertificateAuthority>, WorkspaceError> {
        let names = match what {
            LockKeys::Plain(names) => names.as_slice(),
            LockKeys::Change(_) => &[],
        };
        for name in names {
            self.authority(name)?;
        }
        // A CA by its name is all its generations.
        let is_named = |authority: &&CertificateAuthority| {
            let mut names = names.iter();
            names.any(|name| *name == authority.name() || name == authority.ca())
        };
        let all = self.authorities.iter();
        Ok(all
            .filter(|authority| names.is_empty() || is_named(authority))
            .collect())
    }
}

impl Step {
    /// The new file beside the old one. One that is there is left from a run that was stopped.
    fn write(&self) -> Result<(), WorkspaceError> {
        let path = self.beside();
        if fs::symlink_metadata(&path).is_ok() {
            files::remove(&path)?;
        }
        files::write_new(&path, self.text.as_bytes())
    }

    fn replace(&self) -> Result<(), WorkspaceError> {
        let renamed = fs::rename(self.beside(), &self.path);
        renamed.map_err(|source| files::fault(&self.path, "replaced", source))?;
        files::sync_folder(self.path.parent())
    }

    fn beside(&self) -> PathBuf {
        self.path.with_extension("pem.new")
    }
}

fn step(
    authority: &CertificateAuthority,
    what: &LockKeys,
    from: Option<&Passphrase>,
    at_rest: &AtRest,
) -> Result<(KeyAtRest, Option<Step>), WorkspaceError> {
    if !authority.has_key() {
        return Ok((KeyAtRest::Elsewhere, None));
    }
    let path = authority.key_path();
    files::check_private(path)?;
    let text = Zeroizing::new(files::read_text(path)?);
    if KeyPair::is_in_token(&text) {
        return Ok((KeyAtRest::InToken, None));
    }
    let is_locked = text.contains(Label::EncryptedPrivateKey.as_str());
    let to = at_rest.passphrase.as_ref();
    let (key, became) = match (is_locked, what) {
        (false, _) => (KeyPair::from_pem(text.as_bytes(), None), KeyAtRest::Locked),
        (true, LockKeys::Plain(_)) => return Ok((KeyAtRest::AlreadyLocked, None)),
        (true, LockKeys::Change(_)) => match KeyPair::from_pem(text.as_bytes(), Some(to)) {
            Err(KeyError::Decryption) => {
                let key = KeyPair::from_pem(text.as_bytes(), from);
                (key, KeyAtRest::Changed)
            }
            // A run that was stopped had come so far.
            read => {
                read.map_err(WorkspaceError::Key)?;
                return Ok((KeyAtRest::AlreadyLocked, None));
            }
        },
    };
    let key = key.map_err(|error| authority.key_error(error))?;
    check_key(&key, authority.certificate())?;
    let text = sealed(at_rest, &key)?;
    let back = KeyPair::from_pem(text.as_bytes(), Some(to)).map_err(WorkspaceError::Key)?;
    check_key(&back, authority.certificate())?;
    let path = path.to_owned();
    Ok((became, Some(Step { path, text })))
}

/// Told before a file is replaced: what is done is never untold, and who was stopped tells it again.
fn note(became: &[(String, KeyAtRest)], now: UnixSeconds) -> Option<AuditNote> {
    let names = |wanted| {
        let all = became.iter().filter(|(_, state)| *state == wanted);
        let names: Vec<_> = all.map(|(name, _)| name.as_str()).collect();
        names.join(", ")
    };
    let [locked, changed] = [KeyAtRest::Locked, KeyAtRest::Changed].map(names);
    let mut parts = Vec::new();
    if !locked.is_empty() {
        parts.push(format!("under a passphrase: {locked}"));
    }
    if !changed.is_empty() {
        parts.push(format!("under another passphrase: {changed}"));
    }
    (!parts.is_empty()).then(|| AuditNote {
        at: now,
        kind: AuditKind::KeysLocked,
        certificate: None,
        sha256: None,
        text: parts.join("; "),
    })
}
