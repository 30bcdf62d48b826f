//! Reading `CertificationRequestInfo`: subject, key and attributes (RFC 2986 §4.1).

use super::{CertificationRequest, RequestError, malformed};
use crate::ext::Extensions;
use crate::key::PublicKey;
use crate::name::Name;
use crate::oid;
use crate::oid::Oid;
use crate::tlv;

/// `CertificationRequestInfo`, read.
pub(super) struct Info {
    pub(super) subject: Name,
    pub(super) public_key: PublicKey,
    pub(super) attributes: Vec<Oid>,
    pub(super) requested_extensions: Option<Extensions>,
}

impl Info {
    pub(super) fn from_der(octets: &[u8]) -> Result<Self, RequestError> {
        let sequence = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
        let mut reader = tlv::Reader::new(sequence).map_err(malformed)?;
        let version = reader.expect(tlv::INTEGER).map_err(malformed)?;
        if version != [0] {
            let found = version.iter().take(20);
            return Err(RequestError::Version {
                found: found.map(|octet| format!("{octet:02x}")).collect(),
            });
        }
        let subject = reader.whole().map_err(malformed)?;
        let public_key = reader.whole().map_err(malformed)?;
        let mut info = Self {
            subject: Name::from_der(subject).map_err(RequestError::Subject)?,
            public_key: PublicKey::from_spki_der(public_key).map_err(RequestError::PublicKey)?,
            attributes: Vec::new(),
            requested_extensions: None,
        };
        // RFC 2986 §4.1 always has the attributes, empty or not; clients that leave them out are read all the same.
        let attributes = reader.optional(tlv::context_constructed(0));
        if let Some(attributes) = attributes.map_err(malformed)? {
            info.read_attributes(attributes)?;
        }
        reader.finish().map_err(malformed)?;
        Ok(info)
    }

    fn read_attributes(&mut self, octets: &[u8]) -> Result<(), RequestError> {
        let mut reader = tlv::Reader::new(octets).map_err(malformed)?;
        while !reader.is_finished() {
            let attribute = reader.expect(tlv::SEQUENCE).map_err(malformed)?;
            let mut parts = tlv::Reader::new(attribute).map_err(malformed)?;
            let oid = parts.oid().map_err(malformed)?;
            let values = parts.expect(tlv::SET).map_err(malformed)?;
            parts.finish().map_err(malformed)?;
            check_values(oid, values)?;
            if oid == oid::EXTENSION_REQUEST {
                self.read_extension_request(values)?;
            }
            self.attributes.push(oid);
            let found = self.attributes.len();
            if found > CertificationRequest::MAX_ATTRIBUTES {
                return Err(RequestError::TooManyAttributes { found });
            }
        }
        Ok(())
    }

    /// RFC 2985 §5.4.2: a single value, `Extensions`.
    fn read_extension_request(&mut self, values: &[u8]) -> Result<(), RequestError> {
        if self.requested_extensions.is_some() {
            return Err(RequestError::Malformed {
                reason: "extensionRequest stands twice".to_owned(),
            });
        }
        if values.is_empty() {
            return Ok(());
        }
        let extensions = Extensions::from_der(values).map_err(RequestError::Extensions)?;
        self.requested_extensions = Some(extensions);
        Ok(())
    }
}

/// Attributes that nobody interprets must be well formed all the same.
fn check_values(oid: Oid, values: &[u8]) -> Result<(), RequestError> {
    // Some clients write an extensionRequest with an empty set when they ask for nothing.
    if values.is_empty() && oid != oid::EXTENSION_REQUEST {
        return Err(RequestError::EmptyAttribute { oid });
    }
    match tlv::is_within_depth(values, CertificationRequest::MAX_ATTRIBUTE_DEPTH) {
        Ok(true) => Ok(()),
        Ok(false) => Err(RequestError::TooDeep { oid }),
        Err(error) => Err(malformed(error)),
    }
}
