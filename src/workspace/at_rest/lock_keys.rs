//! Locking CA keys that are there: those that were written plain, or under another passphrase.
//!
//! Everything is read and every new file is on disk before the first old one is replaced. Each key file is at any moment
//! the whole old or the whole new one, so that who is stopped half way begins again.

use std::fs;
use std::path::{Path, PathBuf};
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
    /// Every key goes under another passphrase.
    #[non_exhaustive]
    Change {
        /// The one that locked keys are under; not needed where none is.
        from: Option<Arc<Passphrase>>,
        /// The one that all will be under.
        to: Arc<Passphrase>,
    },
    /// Plain keys of these CAs, all of them for none named, go under the passphrase of the workspace, which must have been
    /// given ([`Workspace::unlock`]).
    Plain(Vec<String>),
}

/// What became of the key of a CA.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyAtRest {
    /// It was under the passphrase before, and opens with it.
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

impl LockKeys {
    /// Every key goes under the passphrase `to`, from `from` where it is locked.
    #[must_use]
    pub fn change(from: Option<Arc<Passphrase>>, to: Arc<Passphrase>) -> Self {
        Self::Change { from, to }
    }

    fn from(&self) -> Option<&Passphrase> {
        match self {
            Self::Change { from, .. } => from.as_deref(),
            Self::Plain(_) => None,
        }
    }
}

impl Workspace {
    /// Encrypts CA keys; what became of each, by the CA's name. A key whose file is replaced is read back first.
    ///
    /// # Errors
    /// [`WorkspaceError::UnknownAuthority`]; [`WorkspaceError::Key`] when [`LockKeys::Plain`] has no passphrase to lock with;
    /// [`WorkspaceError::Passphrase`] and [`WorkspaceError::Locked`] for a key that the passphrases do not open;
    /// [`WorkspaceError::TokenPin`] when the passphrase of the workspace is the PIN of a token and would be another;
    /// [`WorkspaceError::KeyLink`], [`WorkspaceError::KeyNames`], [`WorkspaceError::KeyMode`], [`WorkspaceError::Sign`] for a key that is not its
    /// certificate's, [`WorkspaceError::Key`], and what files and ledger report. Nothing is changed then, unless it is a
    /// file or the ledger that fails while files are replaced.
    pub fn lock_keys<R: TryCryptoRng + ?Sized>(
        &mut self,
        what: &LockKeys,
        now: UnixSeconds,
        rng: &mut R,
    ) -> Result<Vec<(String, KeyAtRest)>, WorkspaceError> {
        let at_rest = match what {
            LockKeys::Change { to, .. } => AtRest::new(Arc::clone(to), rng)?,
            LockKeys::Plain(_) => {
                let given = self.at_rest.clone();
                given.ok_or(WorkspaceError::Key(KeyError::PassphraseMissing))?
            }
        };
        let mut became = Vec::new();
        let mut steps = Vec::new();
        for authority in self.chosen(what)? {
            let (state, step) = step(authority, what, &at_rest)?;
            became.push((authority.name(), state));
            steps.extend(step);
        }
        self.check_pins(what.from(), &at_rest.passphrase, !steps.is_empty())?;
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
            LockKeys::Change { .. } => &[],
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
    at_rest: &AtRest,
) -> Result<(KeyAtRest, Option<Step>), WorkspaceError> {
    if !authority.has_key() {
        return Ok((KeyAtRest::Elsewhere, None));
    }
    let text = authority.key_text()?;
    if KeyPair::is_in_token(&text) {
        return Ok((KeyAtRest::InToken, None));
    }
    let to = at_rest.passphrase.as_ref();
    let (key, became) = if text.contains(Label::EncryptedPrivateKey.as_str()) {
        match (KeyPair::from_pem(text.as_bytes(), Some(to)), what) {
            (Err(KeyError::Decryption), LockKeys::Change { from, .. }) => {
                let key = KeyPair::from_pem(text.as_bytes(), from.as_deref());
                (key, KeyAtRest::Changed)
            }
            // It was so before, or a run that was stopped had come so far.
            (read, _) => {
                let key = read.map_err(|error| authority.key_error(error))?;
                check_key(&key, authority.certificate())?;
                return Ok((KeyAtRest::AlreadyLocked, None));
            }
        }
    } else {
        (KeyPair::from_pem(text.as_bytes(), None), KeyAtRest::Locked)
    };
    let key = key.map_err(|error| authority.key_error(error))?;
    check_key(&key, authority.certificate())?;
    let path = authority.key_path().to_owned();
    check_no_link(&path)?;
    let text = sealed(at_rest, &key)?;
    let back = KeyPair::from_pem(text.as_bytes(), Some(to)).map_err(WorkspaceError::Key)?;
    check_key(&back, authority.certificate())?;
    Ok((became, Some(Step { path, text })))
}

/// The rename would replace a link, symbolic or hard, and what it leads to would stay as it is: a plain key, or one under the
/// old passphrase.
fn check_no_link(path: &Path) -> Result<(), WorkspaceError> {
    let metadata =
        fs::symlink_metadata(path).map_err(|source| files::fault(path, "read", source))?;
    #[cfg(unix)]
    if let names @ 2.. = std::os::unix::fs::MetadataExt::nlink(&metadata) {
        let path = path.to_owned();
        return Err(WorkspaceError::KeyNames { path, names });
    }
    if !metadata.is_symlink() {
        return Ok(());
    }
    let target = fs::read_link(path).map_err(|source| files::fault(path, "read", source))?;
    let path = path.to_owned();
    Err(WorkspaceError::KeyLink { path, target })
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
