//! What the rules ask about the world: Comms, and the certificates of each.

use std::error::Error;

use crate::cert::Certificate;
use crate::time::UnixSeconds;
use crate::vendor::ecgrid::enums::{
    CertificateUsage, CommChannel, HttpAuthType, ReceiptType, Status, UseType,
};

/// What the rules ask; answered by whatever knows the Comms and keeps the certificates.
pub trait World {
    /// Comms by their ids, as many as asked for and in order; `None` where there is none.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `InternalError`.
    fn comms(&self, ids: &[i32]) -> Result<Vec<Option<Comm>>, WorldError>;

    /// Every Comm, by rising id.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `InternalError`.
    fn all_comms(&self) -> Result<Vec<Comm>, WorldError>;

    /// The certificates of a Comm, by rising key id.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `InternalError`.
    fn cert_keys(&self, comm_id: i32) -> Result<Vec<CertKey>, WorldError>;
}

/// Why the world does not answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub struct WorldError(#[source] Box<dyn Error + Send + Sync>);

/// A communication channel.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who know Comms"
)]
pub struct Comm {
    /// `CommID`.
    pub id: i32,
    /// `Identifier`: for AS2 the AS2 id.
    pub identifier: String,
    /// `NetworkID`.
    pub network_id: i32,
    /// `MailboxID`.
    pub mailbox_id: i32,
    /// `Type`.
    pub channel: CommChannel,
    /// `Status`.
    pub status: Status,
    /// `UseType`.
    pub use_type: UseType,
    /// Who owns it, the O of its certificates' subjects.
    pub organization: Option<String>,
    /// `URL`.
    pub url: Option<String>,
    /// `Created`.
    pub created: UnixSeconds,
    /// `SignData`.
    pub sign_data: bool,
    /// `EncryptData`.
    pub encrypt_data: bool,
    /// `CompressData`.
    pub compress_data: bool,
    /// `Receipt`.
    pub receipt: ReceiptType,
    /// `HTTPAuthentication/Type`.
    pub http_authentication: HttpAuthType,
    /// `SSLClientAuthentication`.
    pub ssl_client_authentication: bool,
}

/// A certificate of a Comm: made here, or added.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by those who keep certificates"
)]
pub struct CertKey {
    /// `CertKeyID`.
    pub cert_key_id: i32,
    /// The certificate.
    pub certificate: Certificate,
    /// `Usage`.
    pub usage: CertificateUsage,
    /// `BeginUsage`.
    pub begin_usage: UnixSeconds,
    /// `EndUsage`.
    pub end_usage: UnixSeconds,
    /// `PartnerID`.
    pub partner_id: Option<String>,
    /// `PartnerURL`.
    pub partner_url: Option<String>,
    /// `KeyID`.
    pub key_id: Option<String>,
    /// `UserID`.
    pub user_id: Option<String>,
    /// `HasPrivateKey`.
    pub has_private_key: bool,
    /// When it was terminated.
    pub terminated_at: Option<UnixSeconds>,
    /// The certificate as the world numbers it, when it was issued here.
    pub certificate_id: Option<i64>,
}

impl WorldError {
    /// A failure of whatever stands behind the question.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl CertKey {
    /// `Status`: terminated by someone or by the end of its use, `Preproduction` before its use begins, else active.
    #[must_use]
    pub fn status_at(&self, now: UnixSeconds) -> Status {
        if self.terminated_at.is_some() || self.end_usage < now {
            Status::Terminated
        } else if now < self.begin_usage {
            Status::Preproduction
        } else {
            Status::Active
        }
    }
}
