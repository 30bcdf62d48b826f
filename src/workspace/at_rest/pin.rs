//! PINs of tokens that are the passphrase of the workspace: it cannot become another where one of them stays.

use crate::key::{KeyError, KeyPair, Passphrase};
use crate::workspace::{CertificateAuthority, Workspace, WorkspaceError};

impl Workspace {
    /// Refuses to lock keys under what is not the PIN of every token whose URI names no file for it: its CA could not be used
    /// any more, and each try would be a wrong PIN, until the token lets no one in.
    ///
    /// `from` is the passphrase that was in use, where it is known. Locked keys that open with the one that is to be tell
    /// that it is in use; only where there is none, and this `locks` the first, is the token asked.
    pub(super) fn check_pins(
        &self,
        from: Option<&Passphrase>,
        to: &Passphrase,
        locks: bool,
    ) -> Result<(), WorkspaceError> {
        let is_other = from.is_some_and(|from| from.expose_secret() != to.expose_secret());
        let is_first = locks && !self.authorities.iter().any(CertificateAuthority::is_locked);
        for authority in self.authorities.iter().filter(|one| one.has_key()) {
            let text = authority.key_text()?;
            if !KeyPair::has_passphrase_for_pin(&text) {
                continue;
            }
            if is_other {
                let reason = "that is to be another";
                return Err(authority.pin_error(reason, None));
            }
            if is_first {
                let checked = KeyPair::check_pin(&text, to);
                let reason = "that to lock keys with does not open it";
                checked.map_err(|error| authority.pin_error(reason, Some(error)))?;
            }
        }
        Ok(())
    }
}

impl CertificateAuthority {
    fn pin_error(&self, reason: &'static str, source: Option<KeyError>) -> WorkspaceError {
        WorkspaceError::TokenPin {
            name: self.name(),
            path: self.key_path().to_owned(),
            reason,
            source,
        }
    }
}
