//! Why a slice cannot be worked on at all; what is wrong with one item is that item's answer.

use crate::cert::CertificateError;
use crate::crl::CrlError;
use crate::ext::ExtensionError;
use crate::issuer::IssuerError;
use crate::ledger::LedgerError;
use crate::profile::ProfileError;
use crate::serial::SerialNumberError;
use crate::time::UnixSeconds;
use crate::workspace::WorkspaceError;

/// Why a slice cannot be worked on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// A CRL cannot be made.
    #[error("CRL cannot be made")]
    Crl(#[source] CrlError),
    /// The CA may not sign CRLs.
    #[error("CA cannot issue a CRL")]
    CrlIssuer(#[source] IssuerError),
    /// The next list is due when nobody could verify it any more.
    #[error("nextUpdate {next_update}, allowed until {not_after}, when the CA itself ends")]
    CrlOutlivesCa {
        /// When the next list is due.
        next_update: UnixSeconds,
        /// The end of the CA's certificate.
        not_after: UnixSeconds,
    },
    /// What is kept for a vendor cannot be read back.
    #[error("what is kept of {what} cannot be read: {reason}")]
    Kept {
        /// What it is about.
        what: String,
        /// What the reader stumbled over.
        reason: String,
    },
    /// What is kept of a vendor's certificates beside the ledger's rows cannot be read.
    #[error("what is kept under {key:?} in the ledger cannot be read")]
    KeptUnreadable {
        /// The key in the meta table.
        key: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The key that is kept under a certificate's number belongs to another.
    #[error("the key that {vendor} has under {number} is not that of the certificate")]
    KeyOfAnother {
        /// The vendor.
        vendor: String,
        /// The number.
        number: i32,
    },
    /// The ledger.
    #[error("ledger cannot be used")]
    Ledger(#[from] LedgerError),
    /// A certificate for the server or one of its clients cannot be made.
    #[error("certificate of our own cannot be made")]
    Own(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The vendor's profile.
    #[error("certificate profile cannot be used")]
    Profile(#[source] ProfileError),
    /// The system's generator fails.
    #[error("random numbers cannot be drawn")]
    Random,
    /// The ledger holds a revocation for a reason that RFC 5280 does not know.
    #[error("revocation in the ledger cannot be read")]
    Reason {
        /// What is wrong with it.
        #[source]
        source: ExtensionError,
    },
    /// A certificate of the ledger cannot be read.
    #[error("a certificate of the ledger is damaged")]
    Recorded(#[source] CertificateError),
    /// A self-signed certificate has nobody who could count.
    #[error("profile {profile:?} counts serial numbers, random ones are expected")]
    SequencePolicy {
        /// The profile's name.
        profile: String,
    },
    /// A serial number cannot be drawn.
    #[error("serial number cannot be drawn")]
    Serial(#[source] SerialNumberError),
    /// The profile draws its serial numbers in another way than the vendor does.
    #[error("profile {profile:?} draws random serial numbers, a sequence is expected")]
    SerialPolicy {
        /// The profile's name.
        profile: String,
    },
    /// A name that no server's certificate can bear.
    #[error("server name {found:?}, expected the name of a host or an IP address")]
    ServerName {
        /// The name.
        found: String,
    },
    /// A stage lost an item.
    #[error("an item of the slice was not answered")]
    Unanswered,
    /// The workspace.
    #[error("workspace cannot be used")]
    Workspace(#[from] WorkspaceError),
}
