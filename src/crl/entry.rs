//! Entries of a list (RFC 5280 §5.1.2.6, §5.3): written and read one at a time.

use crate::crl::{CrlError, malformed};
use crate::ext::{CrlReason, Extensions, ReasonCode};
use crate::oid;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;
use crate::tlv;

/// A certificate that its issuer has revoked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RevokedCertificate {
    serial: SerialNumber,
    revocation_date: UnixSeconds,
    reason: CrlReason,
}

impl RevokedCertificate {
    /// The certificate with this serial number, revoked at this second for this reason.
    #[must_use]
    pub fn new(serial: SerialNumber, revocation_date: UnixSeconds, reason: CrlReason) -> Self {
        Self {
            serial,
            revocation_date,
            reason,
        }
    }

    /// `userCertificate`.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.serial
    }

    /// `revocationDate`.
    #[must_use]
    pub fn revocation_date(&self) -> UnixSeconds {
        self.revocation_date
    }

    /// `reasonCode`; absent means [`CrlReason::Unspecified`].
    #[must_use]
    pub fn reason(&self) -> CrlReason {
        self.reason
    }

    /// Whether a complete list may have it.
    pub(super) fn check_complete(&self) -> Result<(), CrlError> {
        if self.reason == CrlReason::RemoveFromCrl {
            return Err(CrlError::RemoveFromCrl {
                serial: self.serial.clone(),
            });
        }
        Ok(())
    }

    /// Appends the entry; the answer is where the length octet of its serial number came to stand.
    pub(super) fn append_to(&self, octets: &mut Vec<u8>) -> usize {
        let Self {
            serial,
            revocation_date,
            reason,
        } = self;
        let serial = tlv::write(tlv::INTEGER, &tlv::integer_content(serial.as_be_bytes()));
        let date = tlv::write_time(*revocation_date);
        // RFC 5280 §5.3.1: absent instead of unspecified.
        let extensions = ReasonCode::new(*reason)
            .and_then(|code| Extensions::new(vec![code.to_extension()]).ok())
            .map(|extensions| extensions.to_der())
            .unwrap_or_default();
        let length = serial.len() + date.len() + extensions.len();
        octets.extend(tlv::header(tlv::SEQUENCE, length));
        let length_octet = octets.len() + 1;
        octets.extend(serial);
        octets.extend(date);
        octets.extend(extensions);
        length_octet
    }

    fn read(content: &[u8]) -> Result<Self, CrlError> {
        let mut reader = tlv::Reader::new(content).map_err(malformed)?;
        let serial = reader.expect(tlv::INTEGER).map_err(malformed)?;
        let revocation_date = reader.time().map_err(malformed)?;
        let has_extensions = !reader.is_finished();
        let extensions = has_extensions.then(|| reader.whole()).transpose();
        let extensions = extensions.map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let magnitude = tlv::integer_magnitude(serial).ok_or_else(|| CrlError::Malformed {
            reason: "serial number of an entry is negative or not minimal".to_owned(),
        })?;
        Ok(Self {
            serial: SerialNumber::from_be_bytes(magnitude)?,
            revocation_date,
            reason: extensions.map_or(Ok(CrlReason::Unspecified), read_reason)?,
        })
    }
}

/// Reads entries one after the other; what follows a bad one means nothing.
pub(super) fn read_all(
    octets: &[u8],
) -> impl Iterator<Item = Result<RevokedCertificate, CrlError>> {
    let mut reader = tlv::Reader::new(octets);
    std::iter::from_fn(move || match &mut reader {
        Ok(reader) if reader.is_finished() => None,
        Ok(reader) => Some(
            reader
                .expect(tlv::SEQUENCE)
                .map_err(malformed)
                .and_then(RevokedCertificate::read),
        ),
        Err(error) => Some(Err(malformed(*error))),
    })
}

fn read_reason(octets: &[u8]) -> Result<CrlReason, CrlError> {
    let extensions = Extensions::from_der(octets)?;
    let unknown = extensions
        .iter()
        .find(|extension| extension.critical() && extension.oid() != oid::CRL_REASON);
    if let Some(unknown) = unknown {
        return Err(CrlError::UnknownCriticalEntryExtension { oid: unknown.oid() });
    }
    match extensions.find(oid::CRL_REASON) {
        Some(extension) => Ok(ReasonCode::from_extension_value(extension.value())?.reason()),
        None => Ok(CrlReason::Unspecified),
    }
}
