//! Signing prepared certificates with a key that is held here.

use super::{CertificateError, Prepared};
use crate::cert::Certificate;
use crate::key;
use crate::key::{KeyError, KeyPair, PublicKey, SignJob};

/// A key that signs certificates: a CA's, or the subject's own.
#[derive(Debug)]
pub struct Signer {
    key: KeyPair,
}

/// Why a prepared certificate is not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The certificate cannot be put together, or the signature does not verify.
    #[error("certificate cannot be completed")]
    Certificate(#[source] CertificateError),
    /// The engine failed.
    #[error("certificate cannot be signed")]
    Key(#[source] KeyError),
    /// The key is not the one that the certificate's issuer certifies.
    #[error("key {found} is not the issuer's key {expected}")]
    OtherKey {
        /// Identifier of the key at hand.
        found: String,
        /// Identifier of the issuer's key.
        expected: String,
    },
    /// The certificate names another issuer.
    #[error("issuer {found}, expected {expected}")]
    OtherIssuer {
        /// The issuer found.
        found: String,
        /// The issuer expected.
        expected: String,
    },
}

impl Signer {
    /// A signer for whatever this key issues; each prepared certificate is held against it.
    #[must_use]
    pub fn new(key: KeyPair) -> Self {
        Self { key }
    }

    /// A signer for a CA, after checking that the key is the certificate's.
    ///
    /// # Errors
    /// [`SignError::OtherKey`].
    pub fn for_certificate(certificate: &Certificate, key: KeyPair) -> Result<Self, SignError> {
        check_key(&key, certificate.public_key())?;
        Ok(Self { key })
    }

    /// The public half of the key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    /// The key itself, for what else a CA signs (CRLs).
    #[must_use]
    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// The key, given back.
    #[must_use]
    pub fn into_key(self) -> KeyPair {
        self.key
    }

    /// Signs a slice; each item succeeds or fails alone, in order.
    #[must_use]
    pub fn sign(&self, prepared: Vec<Prepared>) -> Vec<Result<Certificate, SignError>> {
        let checked: Vec<_> = prepared
            .iter()
            .map(|item| check_key(&self.key, &item.issuer_key))
            .collect();
        let jobs: Vec<_> = prepared
            .iter()
            .zip(&checked)
            .filter(|(_, check)| check.is_ok())
            .map(|(item, _)| SignJob {
                key: &self.key,
                algorithm: item.tbs.signature_algorithm(),
                message: item.tbs.as_der(),
            })
            .collect();
        let mut signatures = key::sign(&jobs).into_iter();
        drop(jobs);
        let finish = |(item, check): (Prepared, Result<(), SignError>)| {
            check?;
            let signature = signatures.next().unwrap_or(Err(KeyError::Rng));
            let signature = signature.map_err(SignError::Key)?;
            Certificate::assemble(item.tbs, &signature).map_err(SignError::Certificate)
        };
        prepared.into_iter().zip(checked).map(finish).collect()
    }
}

/// A certificate that its issuer's key cannot verify must not leave.
fn check_key(key: &KeyPair, expected: &PublicKey) -> Result<(), SignError> {
    if key.public_key() == expected {
        return Ok(());
    }
    Err(SignError::OtherKey {
        found: key.public_key().key_identifier().to_string(),
        expected: expected.key_identifier().to_string(),
    })
}
