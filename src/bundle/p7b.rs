//! `.p7b`: certificates in a PKCS #7 `SignedData` without signers (RFC 5652 §5.1).

use crate::bundle::{Artefact, BundleError};
use crate::cert::Certificate;
use crate::cms;
use crate::cms::{CertificatesOnly, SetOrder};
use crate::pem;
use crate::pem::Label;

/// How the message is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Encoding {
    /// The octets.
    Der,
    /// RFC 7468 text with the label `PKCS7`.
    Pem,
}

/// The order of the certificates.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Order {
    /// Sorted by octets, as strict DER has a SET OF; for consumers that insist.
    DerSorted,
    /// As given, leaf first: what tools show first is what the user asked for.
    LeafFirst,
}

/// A PKCS #7 message with these certificates.
///
/// # Errors
/// [`BundleError::Cms`], [`BundleError::Mismatch`] and [`BundleError::Pem`].
pub fn p7b(
    certificates: &[Certificate],
    encoding: Encoding,
    order: Order,
) -> Result<Vec<u8>, BundleError> {
    let set_order = match order {
        Order::DerSorted => SetOrder::DerSorted,
        Order::LeafFirst => SetOrder::AsGiven,
    };
    let message = CertificatesOnly::new(certificates, set_order)?;
    match encoding {
        Encoding::Der => {
            check(message.as_der(), certificates, order, Artefact::P7b)?;
            Ok(message.as_der().to_vec())
        }
        Encoding::Pem => {
            let text = message.to_pem().into_bytes();
            let block = pem::decode_one(&text, &[Label::Pkcs7], text.len())?;
            check(block.der(), certificates, order, Artefact::P7bPem)?;
            Ok(text)
        }
    }
}

/// Holds what the message says against what was to be in it, octet for octet.
fn check(
    der: &[u8],
    certificates: &[Certificate],
    order: Order,
    artefact: Artefact,
) -> Result<(), BundleError> {
    let mut expected: Vec<&[u8]> = certificates.iter().map(Certificate::as_der).collect();
    if order == Order::DerSorted {
        expected.sort_unstable();
    }
    if cms::certificate_octets(der)? == expected {
        return Ok(());
    }
    Err(BundleError::Mismatch { artefact })
}
