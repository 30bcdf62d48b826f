//! A workspace for machines that work on parts of a job: the configuration and the CAs that issue, and no key.

use std::path::Path;

use super::{CONFIG_FILE, ImportedAuthority, LEDGER_FILE, Workspace, WorkspaceError, files};
use crate::ledger::Ledger;
use crate::time::UnixSeconds;

impl Workspace {
    /// Makes such a workspace, in a folder that is new or empty: the configuration as it is, the newest certificate of each
    /// CA that issues, an empty ledger. Links between the keys of a root that was renewed stay behind, so that bundles which
    /// need them are made in the workspace itself.
    ///
    /// # Errors
    /// [`WorkspaceError::NotEmpty`], and what files and the ledger report.
    pub fn share(&self, to: &Path, now: UnixSeconds) -> Result<(), WorkspaceError> {
        if !files::is_absent_or_empty(to) {
            let dir = to.to_owned();
            return Err(WorkspaceError::NotEmpty { dir });
        }
        let building = files::sibling(to)?;
        let filled = self.fill_shared(&building, now);
        let moved = filled.and_then(|()| files::rename_folder(&building, to));
        moved.inspect_err(|_| files::remove_folder(&building))
    }

    fn fill_shared(&self, dir: &Path, now: UnixSeconds) -> Result<(), WorkspaceError> {
        files::make_folder(dir)?;
        files::write_new(&dir.join(CONFIG_FILE), &self.config_octets()?)?;
        let mut shared = Self::open_with(dir, Ledger::open(&dir.join(LEDGER_FILE))?, None)?;
        let issuing = self.authorities.iter();
        for authority in issuing.filter(|authority| authority.check_issues().is_ok()) {
            let current = self.current(authority.family());
            let imported = ImportedAuthority {
                name: authority.ca(),
                certificate: authority.certificate().clone(),
                above: authority.chain().get(1..).unwrap_or_default().to_vec(),
                key: None,
                current: current.is_ok_and(|current| current.id() == authority.id()),
            };
            shared.import(imported, now)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Family;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    #[test]
    fn what_is_shared_has_the_certificates_and_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let now: UnixSeconds = "2026-05-01T00:00:00Z".parse().unwrap();
        let rng = &mut ChaCha20Rng::from_seed([3; 32]);
        let own = Workspace::create(&folder.path().join("own"), now, rng).unwrap();
        let to = folder.path().join("shared");
        own.share(&to, now).unwrap();
        let shared = Workspace::open_read_only(&to).unwrap();
        for family in [Family::Ecc, Family::Rsa] {
            let (ours, theirs) = (
                own.current(family).unwrap(),
                shared.current(family).unwrap(),
            );
            assert_eq!(ours.certificate(), theirs.certificate());
            assert!(matches!(
                theirs.signer(),
                Err(WorkspaceError::KeyAbsent { .. })
            ));
        }
        assert_eq!(
            shared.config_octets().unwrap(),
            own.config_octets().unwrap()
        );
        let again = own.share(&to, now).unwrap_err();
        assert!(matches!(again, WorkspaceError::NotEmpty { .. }));
    }
}
