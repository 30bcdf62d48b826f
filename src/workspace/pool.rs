//! Keys that were made ahead of time.
//!
//! ```text
//! DIR/keys/pool/passphrase                256 random bits that seal the keys, mode 0600
//! DIR/keys/pool/free/RSA-2048-HASH.age    a key that nobody has, sealed; HASH is of its public half's SHA-256
//! DIR/keys/pool/drawn/CLAIM/              keys that were drawn under a name, until whoever drew them keeps them himself
//! ```
//!
//! A key is drawn by giving its file another name, which happens once: no two claims have the same key, whenever a process
//! or the machine stops. A claim that is made again finds what it drew before. Backups hold no pool, or a key could be drawn
//! once here and once where the backup is restored.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use rand_core::TryCryptoRng;
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::{Workspace, WorkspaceError, files};
use crate::key::{KeyAlgorithm, KeyPair, Passphrase};
use crate::seal::{Reader, WorkFactor, Writer};

/// The keys that a workspace has in store.
#[derive(Debug)]
pub struct KeyPool {
    folder: PathBuf,
    passphrase: Passphrase,
    /// The files of keys that nobody has, by their algorithm's name; the next one last.
    free: BTreeMap<String, Vec<String>>,
}

impl Workspace {
    /// The pool, which is made where there is none.
    ///
    /// # Errors
    /// [`WorkspaceError::File`], [`WorkspaceError::KeyMode`], [`WorkspaceError::Pool`].
    pub fn make_key_pool<R: TryCryptoRng + ?Sized>(
        &self,
        rng: &mut R,
    ) -> Result<KeyPool, WorkspaceError>
    where
        R::Error: Send + Sync + 'static,
    {
        if let Some(pool) = self.key_pool()? {
            return Ok(pool);
        }
        let folder = self.dir.join(FOLDER);
        for folder in [
            &self.dir.join("keys"),
            &folder,
            &folder.join(FREE),
            &folder.join(DRAWN),
        ] {
            files::ensure_folder(folder)?;
        }
        let mut drawn = Zeroizing::new([0; 32]);
        rng.try_fill_bytes(drawn.as_mut_slice())
            .map_err(|error| fault(&folder, error))?;
        let mut text = Zeroizing::new(String::with_capacity(64));
        for octet in drawn.iter() {
            text.push_str(&format!("{octet:02x}"));
        }
        // Written aside, so that a pool with a passphrase has a whole one.
        let aside = folder.join(".passphrase");
        drop(fs::remove_file(&aside));
        files::write_new(&aside, text.as_bytes())?;
        files::rename_folder(&aside, &folder.join(PASSPHRASE))?;
        let made = self.key_pool()?;
        made.ok_or_else(|| fault(&folder, "it is gone as soon as made"))
    }

    /// The pool, if there is one.
    ///
    /// # Errors
    /// As [`Workspace::make_key_pool`].
    pub fn key_pool(&self) -> Result<Option<KeyPool>, WorkspaceError> {
        let folder = self.dir.join(FOLDER);
        let path = folder.join(PASSPHRASE);
        if !path.exists() {
            return Ok(None);
        }
        files::check_private(&path)?;
        let text = Zeroizing::new(files::read_text(&path)?);
        let passphrase = Passphrase::new(text.as_str().to_owned());
        let passphrase = passphrase.map_err(|error| fault(&path, error))?;
        let mut free: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for name in names(&folder.join(FREE))? {
            let key = name
                .strip_suffix(ENDING)
                .and_then(|stem| stem.rsplit_once('-'));
            // What is being written has another ending.
            if let Some((algorithm, _)) = key {
                free.entry(algorithm.to_owned()).or_default().push(name);
            }
        }
        for names in free.values_mut() {
            names.sort_unstable_by(|one, other| other.cmp(one));
        }
        Ok(Some(KeyPool {
            folder,
            passphrase,
            free,
        }))
    }
}

impl KeyPool {
    /// How many keys of a kind nobody has.
    #[must_use]
    pub fn len(&self, algorithm: KeyAlgorithm) -> usize {
        self.free.get(&algorithm.to_string()).map_or(0, Vec::len)
    }

    /// Whether there is no key that nobody has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.free.values().all(Vec::is_empty)
    }

    /// Puts keys in store; they are on the disk when this returns.
    ///
    /// # Errors
    /// [`WorkspaceError::File`], [`WorkspaceError::Pool`].
    pub fn add<R: TryCryptoRng + ?Sized>(
        &mut self,
        keys: &[KeyPair],
        rng: &mut R,
    ) -> Result<(), WorkspaceError>
    where
        R::Error: Send + Sync + 'static,
    {
        let free = self.folder.join(FREE);
        for key in keys {
            let sha256 = key.public_key().spki_sha256();
            let digits: String = sha256
                .iter()
                .take(16)
                .map(|octet| format!("{octet:02x}"))
                .collect();
            let algorithm = key.algorithm().to_string();
            let name = format!("{algorithm}-{digits}{ENDING}");
            let path = free.join(&name);
            let aside = free.join(format!(".{digits}.partial"));
            drop(fs::remove_file(&aside));
            let sealed = self.seal(key, rng).map_err(|error| fault(&path, error))?;
            files::write_new(&aside, &sealed)?;
            files::rename_folder(&aside, &path)?;
            self.free.entry(algorithm).or_default().push(name);
        }
        Ok(())
    }

    /// Draws up to `n` keys of a kind under a name, which has none of the characters that part folders. A name that drew
    /// before, and was not settled, gets the same keys again, and more only where those are fewer than `n`.
    ///
    /// # Errors
    /// [`WorkspaceError::File`], [`WorkspaceError::Pool`].
    pub fn draw(
        &mut self,
        algorithm: KeyAlgorithm,
        n: usize,
        claim: &str,
    ) -> Result<Vec<KeyPair>, WorkspaceError> {
        let (free, drawn) = (self.folder.join(FREE), self.folder.join(DRAWN).join(claim));
        let kind = format!("{algorithm}-");
        let mut taken = names(&drawn)?;
        taken.retain(|name| name.starts_with(&kind));
        taken.sort_unstable();
        taken.truncate(n);
        let store = self.free.entry(algorithm.to_string()).or_default();
        let more: Vec<_> = (taken.len()..n).map_while(|_| store.pop()).collect();
        if !more.is_empty() {
            files::ensure_folder(&drawn)?;
            for name in &more {
                let (from, to) = (free.join(name), drawn.join(name));
                fs::rename(from, &to).map_err(|source| files::fault(&to, "made", source))?;
            }
            // Before anybody sees a key, it must be gone from the others for good.
            for folder in [&drawn, &free] {
                files::sync_folder(Some(folder))?;
            }
            taken.extend(more);
        }
        let open = |name: &String| self.open(&drawn.join(name));
        taken.par_iter().map(open).collect()
    }

    /// Forgets the keys that were drawn under a name: whoever drew them keeps them now.
    ///
    /// # Errors
    /// [`WorkspaceError::File`].
    pub fn settle(&self, claim: &str) -> Result<(), WorkspaceError> {
        let drawn = self.folder.join(DRAWN).join(claim);
        match fs::remove_dir_all(&drawn) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            done => done.map_err(|source| files::fault(&drawn, "removed", source)),
        }
    }

    fn seal<R: TryCryptoRng + ?Sized>(&self, key: &KeyPair, rng: &mut R) -> Result<Vec<u8>, Boxed>
    where
        R::Error: Send + Sync + 'static,
    {
        // The passphrase is as strong as the key that is made of it: stretching it would gain nothing.
        let cheap = WorkFactor::new(1).unwrap_or(WorkFactor::DEFAULT);
        let mut writer = Writer::new(Vec::new(), &self.passphrase, cheap, rng)?;
        writer.write_all(&key.to_pkcs8_der()?)?;
        Ok(writer.finish()?)
    }

    fn open(&self, path: &Path) -> Result<KeyPair, WorkspaceError> {
        let sealed = files::read(path)?;
        let open = || -> Result<KeyPair, Boxed> {
            let mut der = Zeroizing::new(Vec::with_capacity(sealed.len()));
            Reader::new(sealed.as_slice(), &self.passphrase)?.read_to_end(&mut der)?;
            Ok(KeyPair::from_pkcs8_der(&der)?)
        };
        open().map_err(|error| fault(path, error))
    }
}

type Boxed = Box<dyn std::error::Error + Send + Sync>;

fn names(folder: &Path) -> Result<Vec<String>, WorkspaceError> {
    let fault = |source| files::fault(folder, "read", source);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(fault)?,
    };
    let name =
        |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    entries.map(name).collect::<io::Result<_>>().map_err(fault)
}

fn fault(path: &Path, source: impl Into<Boxed>) -> WorkspaceError {
    WorkspaceError::Pool {
        path: path.to_owned(),
        source: source.into(),
    }
}

/// The folder in the workspace.
pub(super) const FOLDER: &str = "keys/pool";
const FREE: &str = "free";
const DRAWN: &str = "drawn";
const PASSPHRASE: &str = "passphrase";
const ENDING: &str = ".age";

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    use super::*;
    use crate::key::StandIns;

    fn spki(keys: &[KeyPair]) -> Vec<[u8; 32]> {
        keys.iter()
            .map(|key| key.public_key().spki_sha256())
            .collect()
    }

    #[test]
    fn a_key_is_drawn_once_whoever_asks_and_a_claim_finds_its_own_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut rng = ChaCha20Rng::from_seed([1; 32]);
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let workspace = Workspace::create(&folder.path().join("w"), now, &mut rng).unwrap();
        assert!(workspace.key_pool().unwrap().is_none());
        let kind = KeyAlgorithm::Rsa2048;
        let made = StandIns::default().generate(kind, 5, &mut rng);
        let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
        let mut pool = workspace.make_key_pool(&mut rng).unwrap();
        pool.add(&made, &mut rng).unwrap();
        assert_eq!((pool.len(kind), pool.len(KeyAlgorithm::Rsa3072)), (5, 0));
        let one = spki(&pool.draw(kind, 2, "one").unwrap());
        drop(pool);
        // As if the process had been killed here.
        let mut pool = workspace.key_pool().unwrap().unwrap();
        assert_eq!(pool.len(kind), 3);
        let mut again = spki(&pool.draw(kind, 2, "one").unwrap());
        again.sort_unstable();
        let mut first = one.clone();
        first.sort_unstable();
        assert_eq!(again, first);
        let two = spki(&pool.draw(kind, 9, "two").unwrap());
        assert_eq!((two.len(), pool.is_empty()), (3, true));
        let mut all = [one, two].concat();
        all.sort_unstable();
        let mut expected = spki(&made);
        expected.sort_unstable();
        assert_eq!(all, expected);
        pool.settle("one").unwrap();
        pool.settle("one").unwrap();
        assert_eq!(pool.draw(kind, 1, "one").unwrap().len(), 0);
        // Sealed: no file has the octets of a key.
        for name in names(&workspace.dir().join("keys/pool/drawn/two")).unwrap() {
            let octets = fs::read(workspace.dir().join("keys/pool/drawn/two").join(name)).unwrap();
            assert!(octets.starts_with(b"age-encryption.org/v1\n"));
            for key in &made {
                let der = key.to_pkcs8_der().unwrap();
                assert!(!octets.windows(32).any(|part| part == &der[100..132]));
            }
        }
    }
}
