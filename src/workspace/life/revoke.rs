//! The end of a CA before its time.

use super::super::{CertificateAuthority, Family, Workspace, WorkspaceError};
use crate::ledger::{IssuerId, ReasonCode, Revocation, RevokeConflict, RevokedFact};

/// What a CA's revocation leaves to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RevokedAuthority {
    /// The CA whose next CRL shows it.
    pub parent: String,
    /// The family that no CA issues for from now on, if it was the current one.
    pub vacant: Option<Family>,
    /// CAs under it that go on issuing what nobody will trust.
    pub below: Vec<String>,
}

impl Workspace {
    /// Revokes a CA certificate that a CA of this workspace issued: that one's CRLs show it. When it is the newest of its
    /// CA, the CA issues no more.
    ///
    /// # Errors
    /// [`WorkspaceError::RootRevocation`] for a root, which no CRL can show; [`WorkspaceError::ParentElsewhere`];
    /// [`WorkspaceError::AuthorityOnHold`] for reason 6, since what a CA signs while it is held would come to life again;
    /// [`WorkspaceError::Revoke`] for one that is revoked; as [`Workspace::authority`], and [`WorkspaceError::Ledger`].
    pub fn revoke_authority(
        &mut self,
        name: &str,
        fact: RevokedFact,
    ) -> Result<RevokedAuthority, WorkspaceError> {
        let authority = self.authority(name)?.clone();
        let name = || authority.name();
        let parent = match authority.parent() {
            Some(parent) => self.authority_of(parent),
            None if authority.certificate().is_self_issued() => {
                return Err(WorkspaceError::RootRevocation { name: name() });
            }
            None => None,
        };
        let sha256 = authority.certificate().sha256();
        let record = self.ledger.find_by_fingerprint(&sha256)?.pop();
        let (Some(parent), Some(record)) = (parent, record) else {
            return Err(WorkspaceError::ParentElsewhere {
                name: authority.name(),
                issuer: authority.certificate().issuer().to_string(),
            });
        };
        if fact.reason == ReasonCode::HOLD {
            return Err(WorkspaceError::AuthorityOnHold { name: name() });
        }
        let parent = parent.ca().to_owned();
        let below = self.issuing_below(&authority);
        let at = fact.at;
        // Retired first: if the process ends between the two, it issues no more, and the command can be repeated. That it is
        // revoked already is found before either.
        if let Some(found) = record.revocation {
            return Err(RevokeConflict::AlreadyRevoked { found }.into());
        }
        let mut vacant = None;
        if authority.is_newest() && authority.retired_at().is_none() {
            vacant = self.retire_authority(authority.ca(), at)?;
        }
        let certificate = record.id;
        let revocation = Revocation { certificate, fact };
        for outcome in self.ledger.revoke(&[revocation])? {
            outcome?;
        }
        Ok(RevokedAuthority {
            parent,
            vacant,
            below,
        })
    }

    fn authority_of(&self, id: IssuerId) -> Option<&CertificateAuthority> {
        self.authorities.iter().find(|other| other.id() == id)
    }

    /// The names of those that issue under a certificate, however far below.
    fn issuing_below(&self, authority: &CertificateAuthority) -> Vec<String> {
        let hangs_on = |other: &CertificateAuthority| {
            let mut above = other.parent();
            // A parent was there before what it issued, so this ends.
            while let Some(id) = above {
                if id == authority.id() {
                    return true;
                }
                above = self.authority_of(id).and_then(CertificateAuthority::parent);
            }
            false
        };
        let issuing = self.authorities.iter();
        let issuing = issuing.filter(|other| other.check_issues().is_ok() && hangs_on(other));
        issuing.map(CertificateAuthority::name).collect()
    }
}
