//! Keys that were made for rows, on the disk before the ledger has their certificates.
//!
//! The keys of a slice are one file below `.spool` among the results: an age file under a passphrase of 256 random bits,
//! which lies in the workspace, mode 0600. Whoever gets hold of the results of a job that was killed has no keys; who must
//! rescue them opens the file with `age` and that passphrase. A file goes once its slice is in the journal.

use std::fs;
use std::io;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand_chacha::ChaCha20Rng;
use rand_core::TryCryptoRng;
use zeroize::Zeroizing;

use super::chain::hex;
use crate::batch::disk::Disk;
use crate::batch::error::BatchError;
use crate::batch::fresh;
use crate::batch::fresh::{FreshKeys, Wanted};
use crate::key;
use crate::key::{KeyPair, Passphrase};
use crate::seal;
use crate::seal::WorkFactor;
use crate::workspace::{KeyPool, Workspace};

/// Keeps keys.
pub(in crate::batch) struct Spool {
    disk: Disk,
    folder: PathBuf,
    passphrase: Passphrase,
    /// Keys that were made ahead of time, if there is such a store.
    pool: Option<KeyPool>,
    job: String,
}

impl Spool {
    /// The spool of a job; its passphrase is made where there is none yet.
    ///
    /// # Errors
    /// [`BatchError::File`], [`BatchError::Random`], [`BatchError::Spool`].
    pub(in crate::batch) fn open<R: TryCryptoRng + ?Sized>(
        disk: &Disk,
        out: &Path,
        workspace: &Workspace,
        job: &str,
        rng: &mut R,
    ) -> Result<Self, BatchError>
    where
        R::Error: Send + Sync + 'static,
    {
        let folder = out.join(FOLDER);
        // Its name must be there when a key in it is needed.
        let made = fs::create_dir_all(&folder).and_then(|()| disk.sync_folder(out));
        made.map_err(BatchError::file("create", &folder))?;
        let lost = |source: Box<dyn std::error::Error + Send + Sync>| BatchError::Spool {
            path: folder.clone(),
            source,
        };
        let kept = workspace.read_private(KEYS, job);
        let text = match kept {
            Ok(octets) if is_passphrase(&octets) => octets,
            // A power cut may leave half of one, before anything was sealed under it.
            _ if fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_none()) => {
                let mut drawn = Zeroizing::new([0; 32]);
                rng.try_fill_bytes(drawn.as_mut_slice())
                    .map_err(|error| BatchError::Random(Box::new(error)))?;
                let text = Zeroizing::new(hex(drawn.as_slice()).into_bytes());
                // What a run that was killed left here sealed nothing.
                drop(workspace.remove_private(KEYS, job));
                let stored = workspace.store_private(KEYS, job, &text);
                stored.map_err(|error| lost(Box::new(error)))?;
                text
            }
            Ok(_) => return Err(lost("its passphrase is no passphrase".into())),
            Err(error) => return Err(lost(Box::new(error))),
        };
        let text = str::from_utf8(&text).map_err(|error| lost(Box::new(error)))?;
        let passphrase = Passphrase::new(text.to_owned());
        Ok(Self {
            passphrase: passphrase.map_err(|error| lost(Box::new(error)))?,
            pool: workspace.key_pool().map_err(BatchError::Pool)?,
            job: job.to_owned(),
            disk: disk.clone(),
            folder,
        })
    }

    fn path(&self, first: u64) -> PathBuf {
        self.folder.join(format!("{first:010}.age"))
    }

    /// The keys of a file that was kept before.
    fn read(&self, path: &Path) -> Result<Option<Vec<(u64, KeyPair)>>, BatchError> {
        let sealed = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(BatchError::file("read", path))?,
        };
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| BatchError::Spool {
            path: path.to_owned(),
            source,
        };
        let opened = seal::Reader::new(sealed.as_slice(), &self.passphrase);
        let mut text = Zeroizing::new(String::new());
        opened
            .map_err(|error| failed(Box::new(error)))?
            .read_to_string(&mut text)
            .map_err(|error| failed(Box::new(error)))?;
        let key = |line: &str| {
            let (row, key) = line.split_once(' ').ok_or("a line without a key")?;
            let der = Zeroizing::new(STANDARD.decode(key)?);
            Ok((row.parse()?, KeyPair::from_pkcs8_der(&der)?))
        };
        let keys = text.lines().map(key).collect::<Result<_, _>>();
        keys.map(Some).map_err(failed)
    }

    fn write(
        &self,
        path: &Path,
        wanted: &[Wanted],
        keys: &[KeyPair],
        rng: &mut ChaCha20Rng,
    ) -> Result<(), BatchError> {
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| BatchError::Spool {
            path: path.to_owned(),
            source,
        };
        // The passphrase is as strong as the key that is made of it: stretching it would gain nothing.
        let cheap = WorkFactor::new(1).unwrap_or(WorkFactor::DEFAULT);
        let writer = seal::Writer::new(Vec::new(), &self.passphrase, cheap, rng);
        let mut writer = writer.map_err(|error| failed(Box::new(error)))?;
        for (wanted, key) in wanted.iter().zip(keys) {
            let der = key
                .to_pkcs8_der()
                .map_err(|error| failed(Box::new(error)))?;
            let text = Zeroizing::new(STANDARD.encode(&*der));
            let line = Zeroizing::new(format!("{} {}\n", wanted.row, *text));
            let written = writer.write_all(line.as_bytes());
            written.map_err(|error| failed(Box::new(error)))?;
        }
        let sealed = writer.finish().map_err(|error| failed(Box::new(error)))?;
        let put = self.disk.put(path, &sealed, true);
        put.map_err(BatchError::file("write", path))
    }
}

impl FreshKeys for Spool {
    fn give(
        &mut self,
        wanted: &[Wanted],
        rng: &mut ChaCha20Rng,
    ) -> Result<Vec<KeyPair>, BatchError> {
        let Some(first) = wanted.first() else {
            return Ok(Vec::new());
        };
        let path = self.path(first.row);
        if let Some(kept) = self.read(&path)? {
            let rows = kept.iter().map(|(row, _)| *row);
            if !rows.eq(wanted.iter().map(|wanted| wanted.row)) {
                return Err(BatchError::Spool {
                    path,
                    source: "its keys are those of other rows".into(),
                });
            }
            self.settle(first.row)?;
            return Ok(kept.into_iter().map(|(_, key)| key).collect());
        }
        let keys = self.make(wanted, first.row, rng)?;
        self.write(&path, wanted, &keys, rng)?;
        self.settle(first.row)?;
        Ok(keys)
    }
}

impl Spool {
    /// Draws keys as far as they are in store, and makes the others.
    fn make(
        &mut self,
        wanted: &[Wanted],
        first: u64,
        rng: &mut ChaCha20Rng,
    ) -> Result<Vec<KeyPair>, BatchError> {
        let claim = self.claim(first);
        let Some(pool) = &mut self.pool else {
            return fresh::generate(wanted, rng);
        };
        fresh::of_kinds(wanted, |algorithm, n| {
            let drawn = pool.draw(algorithm, n, &claim).map_err(BatchError::Pool)?;
            let missing = n - drawn.len();
            let mut keys: Vec<_> = drawn.into_iter().map(Ok).collect();
            keys.extend(key::generate(algorithm, missing, rng));
            Ok(keys)
        })
    }

    /// What was drawn for a slice is in its file now.
    fn settle(&self, first: u64) -> Result<(), BatchError> {
        match &self.pool {
            None => Ok(()),
            Some(pool) => pool.settle(&self.claim(first)).map_err(BatchError::Pool),
        }
    }

    /// The name under which a slice draws.
    fn claim(&self, first: u64) -> String {
        format!("{}-{first:010}", self.job)
    }
}

/// Removes the keys of rows up to this one, which have been handed out.
pub(in crate::batch) fn forget(disk: &Disk, out: &Path, row: u64) -> io::Result<()> {
    let folder = out.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let path = entry?.path();
        let first = path
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok());
        if first.is_some_and(|first: u64| first <= row) {
            disk.remove(&path)?;
        }
    }
    Ok(())
}

/// Removes the spool of a finished job, and its passphrase.
pub(in crate::batch) fn remove(out: &Path, workspace: &Workspace, job: &str) -> io::Result<()> {
    match fs::remove_dir_all(out.join(FOLDER)) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        // What a power cut brings back could not be read without the passphrase.
        done => done.and_then(|()| Disk::default().sync_folder(out))?,
    }
    if !workspace.has_private(KEYS, job) {
        return Ok(());
    }
    workspace
        .remove_private(KEYS, job)
        .map_err(io::Error::other)
}

/// Whether it is as it was drawn, whole.
fn is_passphrase(octets: &[u8]) -> bool {
    octets.len() == 64 && octets.iter().all(u8::is_ascii_hexdigit)
}

/// The folder among the results.
pub(in crate::batch) const FOLDER: &str = ".spool";

/// The folder of passphrases among the keys of the workspace.
const KEYS: &str = "batch";
