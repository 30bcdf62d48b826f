//! `cRLNumber` (RFC 5280 §5.2.3): which of an issuer's CRLs is the newer.

use std::fmt;

use crate::ext::{Criticality, Extension, ExtensionError};
use crate::oid;
use crate::serial::{SerialNumber, SerialNumberError};
use crate::tlv;

/// The number of a CRL, which grows with every CRL of an issuer.
///
/// ```asn1
/// CRLNumber ::= INTEGER (0..MAX)
/// ```
///
/// Invariant: not negative, at most 20 octets once DER-encoded: the bounds of a serial number, and zero.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CrlNumber(Option<SerialNumber>);

impl CrlNumber {
    /// A number as an issuer counts its CRLs.
    #[must_use]
    pub fn from_u64(number: u64) -> Self {
        Self(SerialNumber::from_u64(number).ok())
    }

    /// The number, when it fits.
    #[must_use]
    pub fn to_u64(&self) -> Option<u64> {
        self.0.as_ref().map_or(Some(0), SerialNumber::to_u64)
    }

    /// The extension. RFC 5280 §5.2.3: a non-critical CRL extension.
    #[must_use]
    pub fn to_extension(&self) -> Extension {
        let magnitude = self.0.as_ref().map_or(&[][..], SerialNumber::as_be_bytes);
        let value = tlv::write(tlv::INTEGER, &tlv::integer_content(magnitude));
        Extension::raw(oid::CRL_NUMBER, Criticality::NonCritical, value)
    }

    /// Reads the value of the extension.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`], also for more than 20 octets.
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let because = |reason: String| ExtensionError::malformed_because(oid::CRL_NUMBER, reason);
        let content =
            tlv::read(octets, tlv::INTEGER).map_err(ExtensionError::malformed(oid::CRL_NUMBER))?;
        let magnitude = tlv::integer_magnitude(content)
            .ok_or_else(|| because("a number that is negative or not minimal".to_owned()))?;
        match SerialNumber::from_be_bytes(magnitude) {
            Ok(number) => Ok(Self(Some(number))),
            Err(SerialNumberError::Zero) => Ok(Self(None)),
            Err(SerialNumberError::TooLong { actual }) => Err(because(format!(
                "number of {actual} octets, allowed 1 to 20"
            ))),
            Err(other) => Err(because(other.to_string())),
        }
    }
}

/// Decimal digits.
impl fmt::Display for CrlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(number) => number.fmt(f),
            None => f.write_str("0"),
        }
    }
}
