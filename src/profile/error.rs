//! Why a profile cannot be.

use crate::ext::ExtensionError;
use crate::oid::{Oid, OidError};
use crate::serial::SerialNumberError;
use crate::time::TimeError;

/// Why a profile is refused: it is not TOML, names what does not exist, or contradicts itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Two settings exclude each other.
    #[error("profile {profile:?} contradicts itself: {reason}")]
    Contradiction {
        /// The profile's name.
        profile: String,
        /// What does not go together.
        reason: String,
    },
    /// RFC 5280 §4.2: a certificate MUST NOT include more than one instance of an extension.
    #[error("profile {profile:?} has extension {oid} twice")]
    DuplicateExtension {
        /// The profile's name.
        profile: String,
        /// The extension.
        oid: Oid,
    },
    /// An extension's values cannot be.
    #[error("profile {profile:?} has an extension that cannot be")]
    Extension {
        /// The profile's name.
        profile: String,
        /// What is wrong with it.
        #[source]
        source: Box<ExtensionError>,
    },
    /// An object identifier is malformed.
    #[error("profile {profile:?} has a malformed object identifier")]
    Oid {
        /// The profile's name.
        profile: String,
        /// What is wrong with it.
        #[source]
        source: OidError,
    },
    /// The serial policy cannot be.
    #[error("profile {profile:?} has a serial policy that cannot be")]
    Serial {
        /// The profile's name.
        profile: String,
        /// What is wrong with it.
        #[source]
        source: SerialNumberError,
    },
    /// Not TOML, or not of a profile's form.
    #[error("profile is not valid TOML of the expected form: {reason}")]
    Syntax {
        /// What the reader stumbled over, with line and column.
        reason: String,
    },
    /// A lifetime cannot be.
    #[error("profile {profile:?} has a lifetime that cannot be")]
    Time {
        /// The profile's name.
        profile: String,
        /// What is wrong with it.
        #[source]
        source: TimeError,
    },
    /// A name that nothing here has.
    #[error("profile {profile:?} names {found:?} as {what}, allowed {allowed}")]
    Unknown {
        /// The profile's name.
        profile: String,
        /// What the name should name.
        what: &'static str,
        /// The name.
        found: String,
        /// The names that exist.
        allowed: String,
    },
}
