//! Certification requests that something is wrong with.

use super::NearMissError;
use crate::ext::Extensions;
use crate::key::{KeyPair, SignatureAlgorithm};
use crate::name::Name;
use crate::request;
use crate::request::{CertificationRequest, RequestDraft, RequestError};

/// A request for a key, signed with an algorithm.
pub(in crate::vendor) fn request_of(
    key: &KeyPair,
    subject: &Name,
    algorithm: SignatureAlgorithm,
) -> Result<CertificationRequest, NearMissError> {
    let draft = RequestDraft {
        subject,
        key,
        algorithm,
        extensions: &Extensions::default(),
    };
    let made = request::sign(&[draft]).pop();
    let none = || RequestError::Malformed {
        reason: "the signer gave no answer".to_owned(),
    };
    Ok(made.ok_or_else(none)??)
}

/// The request with the last bit of its signature turned.
pub(in crate::vendor) fn forged(
    request: &CertificationRequest,
) -> Result<CertificationRequest, NearMissError> {
    let mut der = request.as_der().to_vec();
    if let Some(last) = der.last_mut() {
        *last ^= 1;
    }
    Ok(CertificationRequest::from_der(&der)?)
}

/// A request for a key that cannot be made here: OpenSSL made the fixed ones beside this file.
pub(in crate::vendor) fn weak_request(pem: &str) -> Result<CertificationRequest, NearMissError> {
    Ok(CertificationRequest::from_pem(pem.as_bytes())?)
}
