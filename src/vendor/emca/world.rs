//! What the rules ask about the world: what was answered before, and what was issued.
//!
//! The questions take slices, so that a batch asks once for many rows.

use std::error::Error;

use crate::cert::Certificate;
use crate::serial::SerialNumber;
use crate::time::{UnixSeconds, Validity};
use crate::vendor::emca::Form;
use crate::vendor::emca::wire::Transaction;

/// What the rules ask; answered by whatever keeps the certificates.
pub trait World {
    /// What transactions were answered before, `None` for a new one; as many answers as questions, in their order.
    ///
    /// # Errors
    /// [`WorldError`], which becomes `Internal server error`.
    fn earlier(&self, asked: &[&Transaction]) -> Result<Vec<Option<Earlier>>, WorldError>;

    /// The certificates with this serial number that were issued to a user of this vendor.
    ///
    /// # Errors
    /// As [`World::earlier`].
    fn of_serial(&self, user_name: &str, serial: &SerialNumber) -> Result<Vec<Held>, WorldError>;
}

/// Why the world does not answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub struct WorldError(#[source] Box<dyn Error + Send + Sync>);

/// The answer that a transaction got.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Earlier {
    /// A certificate: the octets of `result`, in the form first asked for.
    Issued {
        /// DER of the certificate, of its PKCS #7 message, or of its PFX.
        octets: Vec<u8>,
        /// The form first asked for.
        form: Form,
        /// The certificate and those above it, whatever the form.
        leaf_first: Vec<Certificate>,
        /// `subscriberId` of the first request.
        subscriber_id: String,
    },
    /// Nothing yet: somebody must release it.
    Waiting {
        /// The id that the request was given.
        request_id: String,
        /// `subscriberId` of the first request.
        subscriber_id: String,
    },
}

/// A certificate that was issued.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// The certificate, as the world numbers it.
    pub certificate: i64,
    /// DER of the certificate.
    pub certificate_der: Vec<u8>,
    /// Its validity.
    pub validity: Validity,
    /// `subscriberId` that it was issued to.
    pub subscriber_id: String,
    /// Whether and how it ended.
    pub state: State,
}

/// What became of a certificate.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum State {
    /// Neither revoked nor on hold.
    Good,
    /// On hold since.
    Suspended(UnixSeconds),
    /// Revoked since.
    Revoked(UnixSeconds),
}

impl WorldError {
    /// A failure of whatever stands behind the question.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
