//! PEM (RFC 7468 §5): one certificate, or a chain of them one after the other.

use crate::bundle::{Artefact, BundleError};
use crate::cert::Certificate;
use crate::pem;
use crate::pem::Label;

/// The PEM of a certificate, with a final newline.
///
/// # Errors
/// [`BundleError::Mismatch`] and [`BundleError::Pem`].
pub fn pem(certificate: &Certificate) -> Result<String, BundleError> {
    checked(certificate.to_pem(), &[certificate], Artefact::Pem)
}

/// The PEM of a chain, leaf first, each certificate followed by the one that issued it (RFC 8446 §4.4.2 has TLS servers
/// send it so). Names are compared, signatures are not.
///
/// # Errors
/// [`BundleError::Empty`], [`BundleError::Mismatch`], [`BundleError::Pem`] and [`BundleError::Unchained`].
pub fn chain(leaf_first: &[Certificate]) -> Result<String, BundleError> {
    let artefact = Artefact::Chain;
    if leaf_first.is_empty() {
        return Err(BundleError::Empty { artefact });
    }
    let pairs = leaf_first.iter().zip(leaf_first.iter().skip(1));
    for (before, (certificate, next)) in pairs.enumerate() {
        if certificate.issuer() != next.subject() {
            return Err(BundleError::Unchained {
                position: before + 1,
                found: next.subject().to_string(),
                expected: certificate.issuer().to_string(),
            });
        }
    }
    let text = leaf_first.iter().map(Certificate::to_pem).collect();
    checked(text, &leaf_first.iter().collect::<Vec<_>>(), artefact)
}

fn checked(
    text: String,
    certificates: &[&Certificate],
    artefact: Artefact,
) -> Result<String, BundleError> {
    let blocks = pem::decode_all(text.as_bytes(), &[Label::Certificate], text.len())?;
    let read = blocks.iter().map(pem::Block::der);
    let written = certificates.iter().map(|certificate| certificate.as_der());
    if read.eq(written) {
        return Ok(text);
    }
    Err(BundleError::Mismatch { artefact })
}
