//! One extension of a checked profile: what is fixed, and what each order brings.

use crate::ext::Extension;
use crate::ext::netscape::NetscapeEncoding;
use crate::oid;
use crate::oid::Oid;

/// How one extension of a certificate comes about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExtensionRule {
    /// From the issuer (RFC 5280 §4.2.1.1).
    AuthorityKeyIdentifier {
        /// Whether issuer and serial number of the issuer's certificate stand beside the key identifier.
        issuer_and_serial: bool,
        /// Whether it is critical, against RFC 5280.
        critical: bool,
    },
    /// From the order's CRL address (RFC 5280 §4.2.1.13).
    CrlDistributionPoints,
    /// The same for every certificate.
    Fixed(Extension),
    /// From the order's CRL address.
    NetscapeCaRevocationUrl {
        /// How the text is written.
        encoding: NetscapeEncoding,
    },
    /// From the order's names (RFC 5280 §4.2.1.6).
    SubjectAltName,
    /// From the subject's key (RFC 5280 §4.2.1.2).
    SubjectKeyIdentifier {
        /// Whether it is critical, against RFC 5280.
        critical: bool,
    },
}

impl ExtensionRule {
    /// The extension's type.
    #[must_use]
    pub fn oid(&self) -> Oid {
        match self {
            Self::AuthorityKeyIdentifier { .. } => oid::AUTHORITY_KEY_IDENTIFIER,
            Self::CrlDistributionPoints => oid::CRL_DISTRIBUTION_POINTS,
            Self::Fixed(extension) => extension.oid(),
            Self::NetscapeCaRevocationUrl { .. } => oid::NETSCAPE_CA_REVOCATION_URL,
            Self::SubjectAltName => oid::SUBJECT_ALT_NAME,
            Self::SubjectKeyIdentifier { .. } => oid::SUBJECT_KEY_IDENTIFIER,
        }
    }
}
