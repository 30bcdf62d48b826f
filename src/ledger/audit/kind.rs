//! What an entry tells of.

use std::fmt;
use std::str::FromStr;

/// What an entry of the audit log tells of.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum AuditKind {
    /// A CA came in: made here, or imported.
    AuthorityAdded,
    /// Another CA issues for its family from now on, or one does no more.
    AuthorityChanged,
    /// A copy of the workspace was made.
    BackedUp,
    /// The log begins; what was in the ledger before has no entries.
    Began,
    /// The configuration is not what it was.
    ConfigurationChanged,
    /// A CRL was published.
    CrlPublished,
    /// A certificate that was issued elsewhere came in.
    Imported,
    /// A certificate was issued.
    Issued,
    /// A private key left the workspace.
    KeyExported,
    /// Keys of CAs were put under a passphrase, or under another one.
    KeysLocked,
    /// A request was refused.
    Refused,
    /// A hold was ended, and the certificate is good again.
    Released,
    /// A certificate was issued in the place of another.
    Renewed,
    /// The workspace was made from a copy of another.
    Restored,
    /// A certificate was revoked, or put on hold.
    Revoked,
    /// A token was given out, with which its application may call.
    TokenGiven,
}

/// A word for which there is no kind of entry.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no entry is of kind {found:?}: there are {allowed}")]
pub struct AuditKindError {
    found: String,
    allowed: String,
}

impl AuditKind {
    const ALL: [Self; 16] = [
        Self::AuthorityAdded,
        Self::AuthorityChanged,
        Self::BackedUp,
        Self::Began,
        Self::ConfigurationChanged,
        Self::CrlPublished,
        Self::Imported,
        Self::Issued,
        Self::KeyExported,
        Self::KeysLocked,
        Self::Refused,
        Self::Released,
        Self::Renewed,
        Self::Restored,
        Self::Revoked,
        Self::TokenGiven,
    ];

    /// The word for it in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorityAdded => "authority-added",
            Self::AuthorityChanged => "authority-changed",
            Self::BackedUp => "backed-up",
            Self::Began => "began",
            Self::ConfigurationChanged => "configuration-changed",
            Self::CrlPublished => "crl-published",
            Self::Imported => "imported",
            Self::Issued => "issued",
            Self::KeyExported => "key-exported",
            Self::KeysLocked => "keys-locked",
            Self::Refused => "refused",
            Self::Released => "released",
            Self::Renewed => "renewed",
            Self::Restored => "restored",
            Self::Revoked => "revoked",
            Self::TokenGiven => "token-given",
        }
    }

    /// Whether an entry of this kind says that its certificate came into the ledger.
    pub(super) fn brings_certificate(self) -> bool {
        matches!(self, Self::Imported | Self::Issued | Self::Renewed)
    }
}

impl FromStr for AuditKind {
    type Err = AuditKindError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|kind| kind.as_str() == word)
            .ok_or_else(|| AuditKindError {
                found: word.chars().take(80).collect(),
                allowed: Self::ALL.map(Self::as_str).join(", "),
            })
    }
}

impl fmt::Display for AuditKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
