//! `TBSCertificate` (RFC 5280 §4.1.2): read and written.
//!
//! ```asn1
//! TBSCertificate ::= SEQUENCE {
//!   version [0] EXPLICIT Version DEFAULT v1, serialNumber CertificateSerialNumber,
//!   signature AlgorithmIdentifier, issuer Name, validity Validity, subject Name,
//!   subjectPublicKeyInfo SubjectPublicKeyInfo,
//!   issuerUniqueID [1] IMPLICIT UniqueIdentifier OPTIONAL,
//!   subjectUniqueID [2] IMPLICIT UniqueIdentifier OPTIONAL,
//!   extensions [3] EXPLICIT Extensions OPTIONAL }
//! ```

use std::fmt;
use std::ops::Range;

use der::Decode;

use super::{Certificate, CertificateError, malformed};
use crate::ext::Extensions;
use crate::key::{PublicKey, SignatureAlgorithm};
use crate::name::Name;
use crate::serial::SerialNumber;
use crate::time::{UnixSeconds, Validity};
use crate::tlv;

/// What is signed, with the octets that are signed.
#[derive(Clone, Debug)]
pub struct TbsCertificate {
    der: Vec<u8>,
    version: u8,
    algorithm: Range<usize>,
    time_forms: [TimeForm; 2],
    fields: TbsFields,
}

/// The fields of a `TBSCertificate`, checked each for itself.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a new field must stop every build that fills them"
)]
pub struct TbsFields {
    /// Unique for the issuer.
    pub serial: SerialNumber,
    /// The algorithm that the issuer signs with.
    pub signature_algorithm: SignatureAlgorithm,
    /// The issuer's name.
    pub issuer: Name,
    /// The period of use.
    pub validity: Validity,
    /// The subject's name.
    pub subject: Name,
    /// The certified key.
    pub public_key: PublicKey,
    /// The extensions, in order; none makes a v1 certificate.
    pub extensions: Extensions,
}

/// How a time is written (RFC 5280 §4.1.2.5).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TimeForm {
    /// Four digits for the year.
    GeneralizedTime,
    /// Two digits for the year, 1950 to 2049.
    UtcTime,
}

impl TimeForm {
    /// The form of an encoded `Time`.
    fn of(octets: &[u8]) -> Self {
        match octets.first() {
            Some(&tlv::UTC_TIME) => Self::UtcTime,
            _ => Self::GeneralizedTime,
        }
    }
}

impl fmt::Display for TimeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::GeneralizedTime => "GeneralizedTime",
            Self::UtcTime => "UTCTime",
        })
    }
}

impl TbsCertificate {
    /// Encodes the fields; the form of the times follows from the year (RFC 5280 §4.1.2.5).
    #[must_use]
    pub fn new(fields: TbsFields) -> Self {
        let TbsFields {
            serial,
            signature_algorithm,
            issuer,
            validity,
            subject,
            public_key,
            extensions,
        } = &fields;
        let version = if extensions.is_empty() { 0 } else { V3 };
        let mut der = Vec::with_capacity(1024);
        if version > 0 {
            // X.690 §11.5: a DEFAULT value is not encoded.
            tlv::push(&mut der, tlv::INTEGER, &[version]);
            tlv::enclose(&mut der, 0, tlv::context_constructed(0));
        }
        let serial = tlv::integer_content(serial.as_be_bytes());
        tlv::push(&mut der, tlv::INTEGER, &serial);
        let algorithm = signature_algorithm.to_der();
        let start = der.len();
        der.extend_from_slice(algorithm);
        der.extend_from_slice(issuer.as_der());
        let place = der.len();
        let times = [validity.not_before(), validity.not_after()].map(tlv::write_time);
        times.iter().for_each(|time| der.extend_from_slice(time));
        tlv::enclose(&mut der, place, tlv::SEQUENCE);
        der.extend_from_slice(subject.as_der());
        der.extend_from_slice(public_key.spki_der());
        if !extensions.is_empty() {
            let place = der.len();
            extensions.push_der(&mut der);
            tlv::enclose(&mut der, place, tlv::context_constructed(3));
        }
        let content = der.len();
        tlv::enclose(&mut der, 0, tlv::SEQUENCE);
        let start = start + der.len() - content;
        Self {
            version,
            algorithm: start..start + algorithm.len(),
            time_forms: times.map(|time| TimeForm::of(&time)),
            der,
            fields,
        }
    }

    /// Reads the DER of one `TBSCertificate`; nothing may follow it.
    ///
    /// # Errors
    /// As [`Certificate::from_der`].
    pub fn from_der(octets: &[u8]) -> Result<Self, CertificateError> {
        if octets.len() > Certificate::MAX_OCTETS {
            return Err(CertificateError::TooLong {
                actual: octets.len(),
            });
        }
        let sequence = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
        let header = octets.len() - sequence.len();
        let mut reader = tlv::Reader::new(sequence).map_err(malformed)?;
        let version = read_version(&mut reader)?;
        let serial = reader.expect(tlv::INTEGER).map_err(malformed)?;
        let start = header + reader.position();
        let algorithm = reader.whole().map_err(malformed)?;
        let issuer = reader.whole().map_err(malformed)?;
        let validity = reader.expect(tlv::SEQUENCE).map_err(malformed)?;
        let subject = reader.whole().map_err(malformed)?;
        let public_key = reader.whole().map_err(malformed)?;
        let extensions = read_tail(&mut reader, version)?;
        reader.finish().map_err(malformed)?;
        let (validity, time_forms) = read_validity(validity)?;
        Ok(Self {
            der: octets.to_vec(),
            version,
            algorithm: start..start + algorithm.len(),
            time_forms,
            fields: TbsFields {
                serial: read_serial(serial)?,
                signature_algorithm: SignatureAlgorithm::from_der(algorithm)
                    .map_err(CertificateError::SignatureAlgorithm)?,
                issuer: Name::from_der(issuer).map_err(CertificateError::Issuer)?,
                validity,
                subject: Name::from_der(subject).map_err(CertificateError::Subject)?,
                public_key: PublicKey::from_spki_der(public_key)
                    .map_err(CertificateError::PublicKey)?,
                extensions,
            },
        })
    }

    /// The octets that are signed.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// The version's number: 0 for v1, 2 for v3.
    #[must_use]
    pub fn version(&self) -> u8 {
        self.version
    }

    /// The fields.
    #[must_use]
    pub fn fields(&self) -> &TbsFields {
        &self.fields
    }

    /// How `notBefore` and `notAfter` are written.
    #[must_use]
    pub fn time_forms(&self) -> [TimeForm; 2] {
        self.time_forms
    }

    /// The serial number.
    #[must_use]
    pub fn serial(&self) -> &SerialNumber {
        &self.fields.serial
    }

    /// The algorithm that the issuer signs with.
    #[must_use]
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        self.fields.signature_algorithm
    }

    /// The issuer's name.
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.fields.issuer
    }

    /// The period of use.
    #[must_use]
    pub fn validity(&self) -> Validity {
        self.fields.validity
    }

    /// The subject's name.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.fields.subject
    }

    /// The certified key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.fields.public_key
    }

    /// The extensions, in order.
    #[must_use]
    pub fn extensions(&self) -> &Extensions {
        &self.fields.extensions
    }

    /// The `signature` field as it is encoded: parameters absent or NULL are kept apart.
    pub(super) fn signature_algorithm_der(&self) -> &[u8] {
        self.der.get(self.algorithm.clone()).unwrap_or_default()
    }
}

fn read_version(reader: &mut tlv::Reader<'_>) -> Result<u8, CertificateError> {
    let explicit = reader.optional(tlv::context_constructed(0));
    let Some(explicit) = explicit.map_err(malformed)? else {
        return Ok(0);
    };
    let version = u8::from_der(explicit).map_err(malformed)?;
    // X.690 §11.5: v1 is the default and is not written; RFC 5280 §4.1.2.1 knows v2 and v3 beside it.
    if version == 0 || version > V3 {
        return Err(CertificateError::Version { found: version });
    }
    Ok(version)
}

fn read_serial(content: &[u8]) -> Result<SerialNumber, CertificateError> {
    let magnitude = tlv::integer_magnitude(content).ok_or_else(|| CertificateError::Malformed {
        reason: "serial number is negative or not in the fewest octets".to_owned(),
    })?;
    SerialNumber::from_be_bytes(magnitude).map_err(CertificateError::Serial)
}

fn read_validity(sequence: &[u8]) -> Result<(Validity, [TimeForm; 2]), CertificateError> {
    let mut reader = tlv::Reader::new(sequence).map_err(malformed)?;
    let (not_before, first) = read_time(&mut reader)?;
    let (not_after, last) = read_time(&mut reader)?;
    reader.finish().map_err(malformed)?;
    let validity = Validity::new(not_before, not_after).map_err(CertificateError::Validity)?;
    Ok((validity, [first, last]))
}

fn read_time(reader: &mut tlv::Reader<'_>) -> Result<(UnixSeconds, TimeForm), CertificateError> {
    let octets = reader.whole().map_err(malformed)?;
    let mut reader = tlv::Reader::new(octets).map_err(malformed)?;
    Ok((reader.time().map_err(malformed)?, TimeForm::of(octets)))
}

/// What may follow the key: two unique identifiers that nobody uses, and the extensions.
fn read_tail(reader: &mut tlv::Reader<'_>, version: u8) -> Result<Extensions, CertificateError> {
    for number in [1, 2] {
        let identifier = reader.optional(tlv::context(number)).map_err(malformed)?;
        if identifier.is_some() && version == 0 {
            return Err(CertificateError::Version { found: version });
        }
    }
    let extensions = reader.optional(tlv::context_constructed(3));
    match extensions.map_err(malformed)? {
        None => Ok(Extensions::default()),
        Some(_) if version < V3 => Err(CertificateError::Version { found: version }),
        Some(octets) => Extensions::from_der(octets).map_err(CertificateError::Extensions),
    }
}

/// RFC 5280 §4.1: `Version ::= INTEGER { v1(0), v2(1), v3(2) }`.
const V3: u8 = 2;
