//! Private keys of vendors' certificates that were made here, one file each, by the number of the certificate, and what
//! else of a vendor's only the owner may read.

use std::ops::Range;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::files::Temporary;
use super::{Workspace, WorkspaceError, files};
use crate::key::KeyPair;
use crate::ledger::LedgerError;
use crate::vendor::{as2expert, ecgrid, emca};

impl Workspace {
    /// Takes the next `n` numbers of a vendor's certificates; they are never given again, also after a crash.
    ///
    /// # Errors
    /// [`WorkspaceError::KeyIdsEnded`] past 2^31 - 1, which is as far as the vendors count, and [`WorkspaceError::Ledger`].
    pub fn reserve_key_ids(
        &mut self,
        vendor: &'static str,
        n: usize,
    ) -> Result<Range<i32>, WorkspaceError> {
        let key = next_id(vendor);
        let first = match self.ledger.meta(&key)? {
            None => 1,
            Some(text) => text.parse::<i32>().map_err(|_| LedgerError::Corrupt {
                column: "meta.next-key-id",
            })?,
        };
        let end = i32::try_from(n).ok().and_then(|n| first.checked_add(n));
        let end = end.ok_or(WorkspaceError::KeyIdsEnded { vendor })?;
        if n > 0 {
            self.ledger.set_meta(&key, &end.to_string())?;
        }
        Ok(first..end)
    }

    /// Takes a number that was given elsewhere, unless it or a later one was given here: what is between is never given.
    ///
    /// # Errors
    /// [`WorkspaceError::KeyIdsEnded`], [`WorkspaceError::Ledger`].
    pub(crate) fn claim_key_id(
        &mut self,
        vendor: &'static str,
        id: i32,
    ) -> Result<bool, WorkspaceError> {
        let next = self.reserve_key_ids(vendor, 0)?.start;
        let Ok(skipped) = usize::try_from(i64::from(id) - i64::from(next)) else {
            return Ok(false);
        };
        self.reserve_key_ids(vendor, skipped + 1)?;
        Ok(true)
    }

    /// Writes the key of a vendor's certificate, readable by its owner only; it is on disk when this returns.
    ///
    /// # Errors
    /// [`WorkspaceError::Key`], and [`WorkspaceError::File`] when there is a key of this number.
    pub fn store_key(&self, vendor: &str, id: i32, key: &KeyPair) -> Result<(), WorkspaceError> {
        let text = key.to_pkcs8_pem().map_err(WorkspaceError::Key)?;
        self.store_private(vendor, &key_name(id), text.as_bytes())
    }

    /// Reads the key of a vendor's certificate. Whoever hands it out tells of it in the audit log: the service
    /// does, above.
    ///
    /// # Errors
    /// [`WorkspaceError::File`] when there is none, [`WorkspaceError::KeyMode`] when others may read it, and
    /// [`WorkspaceError::Key`].
    pub(crate) fn read_key(&self, vendor: &str, id: i32) -> Result<KeyPair, WorkspaceError> {
        let text = self.read_private(vendor, &key_name(id))?;
        KeyPair::from_pem(&text, None).map_err(WorkspaceError::Key)
    }

    /// Whether the key of a vendor's certificate is kept; its file is not opened.
    #[cfg(feature = "http")]
    pub(crate) fn has_key(&self, vendor: &str, id: i32) -> bool {
        self.kept_path(vendor, &key_name(id)).is_file()
    }

    /// Writes a file beside a vendor's keys, readable by its owner only; it is on disk when this returns.
    pub(crate) fn store_private(
        &self,
        vendor: &str,
        name: &str,
        octets: &[u8],
    ) -> Result<(), WorkspaceError> {
        let folder = self.keeping().join(KEYS_FOLDER);
        files::ensure_folder(&folder)?;
        files::ensure_folder(&folder.join(vendor))?;
        files::write_new(&private_path(self.keeping(), vendor, name), octets)
    }

    /// Whether there is such a file.
    pub(crate) fn has_private(&self, vendor: &str, name: &str) -> bool {
        let places = [self.keeping(), self.dir.as_path()];
        let mut paths = places.iter().map(|dir| private_path(dir, vendor, name));
        paths.any(|path| path.exists())
    }

    /// Reads such a file, unless others may read it.
    pub(crate) fn read_private(
        &self,
        vendor: &str,
        name: &str,
    ) -> Result<Zeroizing<Vec<u8>>, WorkspaceError> {
        let path = self.kept_path(vendor, name);
        files::check_private(&path)?;
        files::read(&path).map(Zeroizing::new)
    }

    /// Removes such a file.
    pub(crate) fn remove_private(&self, vendor: &str, name: &str) -> Result<(), WorkspaceError> {
        let path = private_path(self.keeping(), vendor, name);
        match &self.scratch {
            Some(_) if !path.exists() => Ok(()),
            _ => files::remove(&path),
        }
    }

    /// Where such a file is. What came before a rehearsal is where it was.
    fn kept_path(&self, vendor: &str, name: &str) -> PathBuf {
        let kept = private_path(self.keeping(), vendor, name);
        match kept.exists() {
            true => kept,
            false => private_path(&self.dir, vendor, name),
        }
    }

    /// The folder below which private files go.
    fn keeping(&self) -> &Path {
        self.scratch.as_ref().map_or(&self.dir, Temporary::path)
    }
}

fn private_path(dir: &Path, vendor: &str, name: &str) -> PathBuf {
    dir.join(KEYS_FOLDER).join(vendor).join(name)
}

fn key_name(id: i32) -> String {
    format!("{id}.pem")
}

/// The key in the ledger's meta table of a vendor's next number.
pub(super) fn next_id(vendor: &str) -> String {
    format!("next-key-id-{vendor}")
}

/// The vendors whose certificates' keys are made here.
pub(super) const VENDORS: [&str; 3] = [as2expert::NAME, ecgrid::NAME, emca::NAME];

const KEYS_FOLDER: &str = "keys";
