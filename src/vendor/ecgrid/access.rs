//! The authentication stage: who asks, and what that lets see and do.
//!
//! REST takes an API key (`X-API-Key`) or a session as bearer token; SOAP takes either in `SessionID`. Which session
//! belongs to whom is known to whoever handed it out after [`Ecgrid::login`].
//!
//! [`Ecgrid::login`]: crate::vendor::ecgrid::config::Ecgrid::login

use crate::lint::Finding;
use crate::vendor::ecgrid::enums::AuthLevel;
use crate::vendor::ecgrid::error::{FaultKind, Refusal};
use crate::vendor::ecgrid::world::Comm;

/// Who asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Caller {
    pub(super) level: AuthLevel,
    pub(super) network_id: Option<i32>,
    pub(super) mailbox_id: Option<i32>,
}

impl Caller {
    /// Whoever holds the workspace: sees and does everything.
    #[must_use]
    pub fn local() -> Self {
        Self::new(AuthLevel::Root)
    }

    /// A caller of a level that sees every network and mailbox.
    #[must_use]
    pub fn new(level: AuthLevel) -> Self {
        Self {
            level,
            network_id: None,
            mailbox_id: None,
        }
    }

    /// The caller's level.
    #[must_use]
    pub fn level(&self) -> AuthLevel {
        self.level
    }

    /// Whether a Comm is of the caller's network and mailbox.
    #[must_use]
    pub fn sees(&self, comm: &Comm) -> bool {
        let network = self.network_id.is_none_or(|own| own == comm.network_id);
        let mailbox = self.mailbox_id.is_none_or(|own| own == comm.mailbox_id);
        network && mailbox
    }

    /// Whether the caller may make, renew, add and terminate certificates.
    ///
    /// The vendor does not say from which level on; it is taken to be a mailbox's administrator.
    ///
    /// # Errors
    /// `AccessDenied`.
    pub fn may_manage(&self) -> Result<(), Refusal> {
        if self.level != AuthLevel::NoChange && self.level <= AuthLevel::MailboxAdmin {
            return Ok(());
        }
        let finding = Finding::error(
            "ecgrid.auth-level",
            "ECGrid, REST API error codes",
            "AuthLevel",
            self.level.to_string(),
            "MailboxAdmin or above",
        );
        let message = "Your AuthLevel does not permit this operation.";
        Err(Refusal::authentication(
            FaultKind::AccessDenied,
            message,
            finding,
        ))
    }
}

/// The API key is missing, unknown or revoked.
#[must_use]
pub fn invalid_api_key(found: &'static str) -> Refusal {
    let finding = Finding::error(
        "ecgrid.api-key",
        "ECGrid, REST API error codes",
        "X-API-Key",
        found,
        "the key of a user",
    );
    let message = "The provided API key is not valid or has been revoked.";
    Refusal::authentication(FaultKind::InvalidApiKey, message, finding)
}

/// The session is unknown or over.
#[must_use]
pub fn invalid_session() -> Refusal {
    let finding = Finding::error(
        "ecgrid.session",
        "ECGrid, REST API error codes",
        "SessionID",
        "no session",
        "the session of a login, or an API key",
    );
    let message = "The session is not valid or has expired.";
    Refusal::authentication(FaultKind::InvalidSession, message, finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vendor::ecgrid::enums::Named;
    use crate::vendor::ecgrid::tests::comm;

    #[test]
    fn a_mailbox_administrator_and_those_above_manage_certificates() {
        let may: Vec<_> = AuthLevel::VALUES
            .iter()
            .filter(|level| Caller::new(**level).may_manage().is_ok())
            .map(|level| level.as_str())
            .collect();
        let expected = [
            "Root",
            "TechOps",
            "NetOps",
            "NetworkAdmin",
            "NetworkUser",
            "MailboxAdmin",
        ];
        assert_eq!(may, expected);
        let refusal = Caller::new(AuthLevel::General).may_manage().unwrap_err();
        assert_eq!(refusal.kind(), FaultKind::AccessDenied);
    }

    #[test]
    fn a_caller_sees_its_own_network_and_mailbox() {
        let mut caller = Caller::local();
        assert!(caller.sees(&comm(5001)));
        caller.network_id = Some(1);
        caller.mailbox_id = Some(101);
        assert!(caller.sees(&comm(5001)));
        caller.mailbox_id = Some(102);
        assert!(!caller.sees(&comm(5001)));
        caller.network_id = Some(2);
        assert!(!caller.sees(&comm(5001)));
    }

    #[test]
    fn a_key_that_is_none_is_told_in_the_vendors_words() {
        let refusal = invalid_api_key("an unknown key");
        assert_eq!(
            refusal.message(),
            "The provided API key is not valid or has been revoked."
        );
        assert_eq!(invalid_session().kind(), FaultKind::InvalidSession);
    }
}
