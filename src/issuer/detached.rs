//! What was prepared earlier and written out, until the signature that was made elsewhere comes back.

use super::{IssuerName, SignError};
use crate::cert::{Certificate, TbsCertificate};
use crate::key::{PublicKey, Signature};

/// Octets that [`Prepared::tbs_der`](super::Prepared::tbs_der) gave earlier.
///
/// Invariant: the octets are a `TBSCertificate` that names the issuer. Where they lay meanwhile is unknown, and so is
/// whether they are still what a profile allows: a signature made elsewhere can be joined, but nothing here signs them.
///
/// ```compile_fail,E0308
/// use certwright::issuer::{Detached, Signer};
///
/// fn sign(signer: &Signer, detached: Detached) {
///     signer.sign(vec![detached]);
/// }
/// ```
#[derive(Debug)]
pub struct Detached {
    tbs: TbsCertificate,
    issuer_key: PublicKey,
}

impl Detached {
    /// Takes up the octets again.
    ///
    /// # Errors
    /// [`SignError::Certificate`] when they are no `TBSCertificate`, [`SignError::OtherIssuer`] when it names another issuer.
    pub fn from_tbs_der(octets: &[u8], issuer: &IssuerName) -> Result<Self, SignError> {
        let tbs = TbsCertificate::from_der(octets).map_err(SignError::Certificate)?;
        if tbs.issuer() != &issuer.name {
            return Err(SignError::OtherIssuer {
                found: tbs.issuer().to_string(),
                expected: issuer.name.to_string(),
            });
        }
        Ok(Self {
            tbs,
            issuer_key: issuer.public_key.clone(),
        })
    }

    /// What the signature is over.
    #[must_use]
    pub fn tbs(&self) -> &TbsCertificate {
        &self.tbs
    }

    /// Joins the signature, after verifying it with the issuer's key and the algorithm that the octets name.
    ///
    /// # Errors
    /// [`SignError::Certificate`] when it does not verify, or the algorithm does not fit the key.
    pub fn attach(self, signature: &[u8]) -> Result<Certificate, SignError> {
        join(self.tbs, &self.issuer_key, signature)
    }
}

/// A signature from elsewhere is worth nothing until it verifies.
pub(super) fn join(
    tbs: TbsCertificate,
    issuer_key: &PublicKey,
    signature: &[u8],
) -> Result<Certificate, SignError> {
    let signature = Signature::from_bytes(signature.to_vec());
    let certificate = Certificate::assemble(tbs, &signature).map_err(SignError::Certificate)?;
    certificate
        .verify_signature(issuer_key)
        .map_err(SignError::Certificate)?;
    Ok(certificate)
}
