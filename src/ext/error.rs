//! Why an extension or a list of extensions cannot be.

use crate::ext::extension_name;
use crate::general_name::GeneralNameError;
use crate::oid::Oid;

/// Why an extension or a list of them cannot be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtensionError {
    /// RFC 5280 §4.2: a certificate MUST NOT include more than one instance of a particular extension.
    #[error("extension {} twice, allowed once", named(.oid))]
    Duplicate {
        /// The identifier that came twice.
        oid: Oid,
    },
    /// One element of an extension twice.
    #[error("{} names {found} twice, allowed once", named(.oid))]
    DuplicateElement {
        /// The extension.
        oid: Oid,
        /// The element that came twice.
        found: String,
    },
    /// An extension that says nothing.
    #[error("{} is empty, at least one {element} is required", named(.oid))]
    Empty {
        /// The extension.
        oid: Oid,
        /// What it lists.
        element: &'static str,
    },
    /// A general name in an extension is none.
    #[error("{} holds a general name that is not valid", named(.oid))]
    GeneralName {
        /// The extension.
        oid: Oid,
        /// What is wrong with the name.
        source: GeneralNameError,
    },
    /// The octets are not the DER of this extension.
    #[error("{} is not valid: {reason}", named(.oid))]
    Malformed {
        /// The extension.
        oid: Oid,
        /// What the decoder stumbled over.
        reason: String,
    },
    /// The octets are not a DER `Extensions`.
    #[error("extensions are not valid DER: {reason}")]
    MalformedList {
        /// What the decoder stumbled over.
        reason: String,
    },
    /// RFC 5280 §4.2.1.9: CAs MUST NOT include pathLenConstraint unless cA is asserted.
    #[error("pathLenConstraint {path_len} without cA TRUE")]
    PathLenWithoutCa {
        /// The constraint found.
        path_len: u32,
    },
    /// A text that the extension cannot hold.
    #[error("{} cannot hold {found:?}: {expected}", named(.oid))]
    Text {
        /// The extension.
        oid: Oid,
        /// The text found, at most 80 characters of it.
        found: String,
        /// The rule that it breaks.
        expected: &'static str,
    },
    /// More extensions, or more elements of one, than anyone may send.
    #[error("{found} {what}, allowed {allowed}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// Number found; counting stops one past what is allowed.
        found: usize,
        /// Number allowed.
        allowed: usize,
    },
    /// A name of no element.
    #[error("{found:?} is no {element}, allowed {allowed}")]
    UnknownName {
        /// What was asked for.
        element: &'static str,
        /// The name found, at most 80 characters of it.
        found: String,
        /// The names allowed.
        allowed: String,
    },
    /// RFC 5280 §5.3.1 assigns no such reason.
    #[error("reason code {code}, allowed 0 to 6 and 8 to 10")]
    UnknownReason {
        /// The code found.
        code: u8,
    },
    /// A field that RFC 5280 knows and certwright does not interpret.
    #[error("{} with {what} is not supported", named(.oid))]
    Unsupported {
        /// The extension.
        oid: Oid,
        /// The field.
        what: &'static str,
    },
}

impl ExtensionError {
    pub(super) fn malformed(oid: Oid) -> impl Fn(der::Error) -> Self {
        move |error| Self::malformed_because(oid, error.to_string())
    }

    pub(super) fn malformed_because(oid: Oid, reason: impl Into<String>) -> Self {
        Self::Malformed {
            oid,
            reason: reason.into(),
        }
    }
}

fn named(oid: &Oid) -> String {
    extension_name(*oid).map_or_else(|| oid.to_string(), str::to_owned)
}
