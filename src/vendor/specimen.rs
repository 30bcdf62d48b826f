//! What a vendor's rules are held against: a file, by what is in it.

use crate::cert::{Certificate, CertificateError, TbsCertificate};
use crate::cms::{CertificatesOnly, CmsError};
use crate::pem;
use crate::pem::{Block, Label};
use crate::vendor::shape;

/// Something that a vendor's rules are held against, whoever made it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Specimen {
    /// Certificates of a PKCS #7 message, which is a set: their order says nothing.
    Bag(Vec<Certificate>),
    /// JSON or XML, or what begins like it.
    Body(Vec<u8>),
    /// One certificate.
    Certificate(Box<Certificate>),
    /// Certificates of one PEM file, in their order.
    Chain(Vec<Certificate>),
    /// Octets of a certification request, or of nothing else that is known: a request's reader tells what is wrong.
    Request(Vec<u8>),
    /// What is to be signed.
    Tbs(Box<TbsCertificate>),
    /// A certificate whose parts cannot all be used: why.
    Unusable(String),
}

/// Why a file cannot be judged at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpecimenError {
    /// A PKCS #7 message that is none.
    #[error("PKCS #7 message cannot be read")]
    Bag(#[source] CmsError),
    /// A certificate that is not one even by its form.
    #[error("certificate cannot be read")]
    Certificate(#[source] CertificateError),
}

impl Specimen {
    /// Octets of the longest file that is read.
    pub const MAX_OCTETS: usize = CertificatesOnly::MAX_OCTETS;

    /// Finds out what a file is.
    ///
    /// # Errors
    /// [`SpecimenError`] for what says that it is a certificate or a PKCS #7 message and is not.
    pub fn from_octets(octets: Vec<u8>) -> Result<Self, SpecimenError> {
        if matches!(octets.trim_ascii_start().first(), Some(b'{' | b'[' | b'<')) {
            return Ok(Self::Body(octets));
        }
        if pem::is_pem(&octets) {
            return match pem::decode_all(&octets, LABELS, Self::MAX_OCTETS) {
                Ok(blocks) => Self::of_blocks(&blocks),
                Err(_) => Ok(Self::Request(octets)),
            };
        }
        let certificate = Certificate::from_der(&octets);
        if let Ok(certificate) = certificate {
            return Ok(Self::Certificate(Box::new(certificate)));
        }
        if let Ok(bag) = CertificatesOnly::from_der(&octets) {
            return Ok(Self::Bag(bag.certificates().to_vec()));
        }
        if let Ok(tbs) = TbsCertificate::from_der(&octets) {
            return Ok(Self::Tbs(Box::new(tbs)));
        }
        match certificate {
            Err(error) if is_shaped(&error) => Ok(Self::Unusable(told(&error))),
            _ => Ok(Self::Request(octets)),
        }
    }

    fn of_blocks(blocks: &[Block]) -> Result<Self, SpecimenError> {
        let mut certificates = Vec::new();
        let mut is_bag = false;
        for block in blocks {
            if block.label() == Label::Pkcs7 {
                let bag = CertificatesOnly::from_der(block.der()).map_err(SpecimenError::Bag)?;
                certificates.extend_from_slice(bag.certificates());
                is_bag = true;
                continue;
            }
            match Certificate::from_der(block.der()) {
                Ok(certificate) => certificates.push(certificate),
                Err(error) if is_shaped(&error) => return Ok(Self::Unusable(told(&error))),
                Err(error) => return Err(SpecimenError::Certificate(error)),
            }
        }
        Ok(match <[Certificate; 1]>::try_from(certificates) {
            Ok([certificate]) if !is_bag => Self::Certificate(Box::new(certificate)),
            Ok(certificates) => Self::Bag(certificates.to_vec()),
            Err(certificates) if is_bag => Self::Bag(certificates),
            Err(certificates) => Self::Chain(certificates),
        })
    }

    /// What it is, in words.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bag(_) => "PKCS #7 bundle",
            Self::Body(_) => "request body",
            Self::Certificate(certificate) if shape::is_ca(certificate.tbs()) => "CA certificate",
            Self::Certificate(_) | Self::Unusable(_) => "certificate",
            Self::Chain(_) => "certificate chain",
            Self::Request(octets) if octets.trim_ascii().is_empty() => "empty file",
            Self::Request(octets) if pem::is_pem(octets) || octets.first() == Some(&SEQUENCE) => {
                "certification request"
            }
            Self::Request(_) => "file of no known form",
            Self::Tbs(_) => "to-be-signed certificate",
        }
    }
}

/// Whether the octets are a certificate by their form, so that what is wrong with a part is a finding.
fn is_shaped(error: &CertificateError) -> bool {
    !matches!(
        error,
        CertificateError::Malformed { .. }
            | CertificateError::Pem(_)
            | CertificateError::TooLong { .. }
    )
}

fn told(error: &CertificateError) -> String {
    let mut text = error.to_string();
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// X.690 §8.9: what DER of a certification request begins with.
const SEQUENCE: u8 = 0x30;

const LABELS: &[Label] = &[Label::Certificate, Label::Pkcs7];
