//! `.cer`: one certificate, DER.

use crate::bundle::{Artefact, BundleError};
use crate::cert::Certificate;

/// The DER of a certificate.
///
/// # Errors
/// [`BundleError::Mismatch`].
pub fn cer(certificate: &Certificate) -> Result<Vec<u8>, BundleError> {
    let octets = certificate.as_der().to_vec();
    match Certificate::from_der(&octets) {
        Ok(again) if again == *certificate => Ok(octets),
        _ => Err(BundleError::Mismatch {
            artefact: Artefact::Cer,
        }),
    }
}
