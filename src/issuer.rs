//! Issuing (RFC 5280 §4.1): from an order to what is signed, and from that to a certificate.
//!
//! [`IssuerName::prepare`] assembles and lints; nothing is signed yet. [`Prepared`] holds the exact octets, so that the
//! signature can be made here ([`Signer`]) or elsewhere ([`Prepared::attach`], or [`Detached::attach`] for octets that
//! left the process meanwhile).

use std::sync::{Arc, OnceLock};

use crate::cert::{Certificate, CertificateError, TbsCertificate, TbsFields};
use crate::ext::{
    AuthorityKeyIdentifier, BasicConstraints, Extension, ExtensionError, KeyUsage, KeyUsageBit,
    SubjectKeyIdentifier,
};
use crate::key::PublicKey;
#[cfg(feature = "ledger")]
use crate::key::Signature;
use crate::lint;
use crate::lint::{Finding, Findings, Severity};
use crate::name::Name;
use crate::oid;
use crate::order::Order;
use crate::serial::SerialNumber;
use crate::time::Validity;

pub use detached::Detached;
pub use signer::{SignError, Signer};

use limits::Limits;

mod assemble;
mod detached;
pub(crate) mod limits;
mod signer;

/// What a certificate tells of its issuer: a CA, or the subject itself.
#[derive(Clone, Debug)]
pub struct IssuerName {
    name: Name,
    public_key: PublicKey,
    key_identifier: SubjectKeyIdentifier,
    /// Issuer and serial number of the issuer's own certificate (RFC 5280 §4.2.1.1).
    certificate: (Name, SerialNumber),
    /// The period of a CA; a subject that issues for itself has none to keep within.
    validity: Option<Validity>,
    limits: Limits,
    made: Arc<Made>,
}

/// What is the same in every certificate of an issuer, made when the first wants it.
#[derive(Debug, Default)]
struct Made {
    /// By its key alone, and by its certificate too.
    authority_key_identifiers: [OnceLock<Extension>; 2],
}

/// Why a certificate cannot issue others.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssuerError {
    /// An extension of the certificate is not well formed.
    #[error("extension {extension} of the CA certificate is not well formed")]
    Extension {
        /// The extension's name.
        extension: &'static str,
        /// What is wrong with it.
        #[source]
        source: ExtensionError,
    },
    /// RFC 5280 §4.2.1.3: a key that verifies signatures on CRLs has cRLSign where a key usage is given.
    #[error("certificate of {subject} may not sign CRLs: keyUsage does not say cRLSign")]
    CrlSign {
        /// The certificate's subject.
        subject: String,
    },
    /// RFC 5280 §4.2.1.9 and §4.2.1.3: cA TRUE, and keyCertSign where a key usage is given.
    #[error("certificate of {subject} is not a CA's: {reason}")]
    NotACa {
        /// The certificate's subject.
        subject: String,
        /// What is missing.
        reason: &'static str,
    },
}

/// What is to be signed: assembled, linted, unsigned.
///
/// Invariant: the octets are a `TBSCertificate` that its profile and RFC 5280 allow, for the issuer it names.
#[derive(Debug)]
pub struct Prepared {
    tbs: TbsCertificate,
    issuer_key: PublicKey,
    warnings: Vec<Finding>,
}

impl IssuerName {
    /// The issuer that a CA certificate names.
    ///
    /// # Errors
    /// [`IssuerError`] when the certificate may not issue others.
    pub fn of_certificate(certificate: &Certificate) -> Result<Self, IssuerError> {
        Self::of_chain(certificate, &[])
    }

    /// As [`IssuerName::of_certificate`], held also to what the certificates above it allow: path length and names.
    ///
    /// # Errors
    /// [`IssuerError`] when one of the certificates may not issue others.
    pub fn of_chain(certificate: &Certificate, above: &[Certificate]) -> Result<Self, IssuerError> {
        let mut chain = vec![certificate.clone()];
        chain.extend_from_slice(above);
        for certificate in &chain {
            check_ca(certificate)?;
        }
        let limits = Limits::of_chain(&chain)?;
        let extension = certificate.extensions().find(oid::SUBJECT_KEY_IDENTIFIER);
        let key_identifier = match extension {
            None => certificate.public_key().key_identifier().into(),
            Some(extension) => SubjectKeyIdentifier::from_extension_value(extension.value())
                .map_err(|source| IssuerError::Extension {
                    extension: "subjectKeyIdentifier",
                    source,
                })?,
        };
        Ok(Self {
            name: certificate.subject().clone(),
            public_key: certificate.public_key().clone(),
            key_identifier,
            certificate: (certificate.issuer().clone(), certificate.serial().clone()),
            validity: Some(certificate.validity()),
            limits,
            made: Arc::default(),
        })
    }

    /// The subject of an order as its own issuer (self-signed).
    #[must_use]
    pub fn of_subject(order: &Order, serial: &SerialNumber) -> Self {
        Self {
            name: order.subject.clone(),
            public_key: order.public_key.clone(),
            key_identifier: order.public_key.key_identifier().into(),
            certificate: (order.subject.clone(), serial.clone()),
            validity: None,
            limits: Limits::default(),
            made: Arc::default(),
        }
    }

    /// The issuer's name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The issuer's key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The identifier of the issuer's key, as its certificate gives it.
    #[must_use]
    pub fn key_identifier(&self) -> &SubjectKeyIdentifier {
        &self.key_identifier
    }

    /// What its certificates name it by: the identifier of its key, and issuer and serial number of its own certificate
    /// where they are asked for.
    fn authority_key_identifier(&self, issuer_and_serial: bool) -> Extension {
        let key_identifier = || self.key_identifier.clone();
        let [by_key, by_both] = &self.made.authority_key_identifiers;
        let made = match issuer_and_serial {
            false => {
                by_key.get_or_init(|| AuthorityKeyIdentifier::new(key_identifier()).to_extension())
            }
            true => by_both.get_or_init(|| {
                let (name, serial) = self.certificate.clone();
                AuthorityKeyIdentifier::with_issuer(key_identifier(), name, serial).to_extension()
            }),
        };
        made.clone()
    }

    /// The period of a CA's certificate.
    #[must_use]
    pub fn validity(&self) -> Option<Validity> {
        self.validity
    }

    /// Assembles and lints the `TBSCertificate`; nothing is signed yet.
    ///
    /// # Errors
    /// All findings of the profile and of the lints.
    pub fn prepare(&self, order: &Order, serial: SerialNumber) -> Result<Prepared, Findings> {
        let mut findings = self.profile_findings(order);
        let (extensions, more) = assemble::extensions(self, order);
        findings.extend(more);
        let algorithm = order.profile.signature_algorithm(&self.public_key);
        let (Some(extensions), Some(signature_algorithm)) = (extensions, algorithm) else {
            return Err(refused(findings));
        };
        let fields = TbsFields {
            serial,
            signature_algorithm,
            issuer: self.name.clone(),
            validity: order.validity,
            subject: order.subject.clone(),
            public_key: order.public_key.clone(),
            extensions,
        };
        let tbs = TbsCertificate::new(fields);
        findings.extend(self.limits.findings(&tbs));
        findings.extend(lint::run(&tbs, order.profile.accepted_findings()));
        if findings
            .iter()
            .any(|finding| finding.severity() == Severity::Error)
        {
            return Err(refused(findings));
        }
        Ok(Prepared {
            tbs,
            issuer_key: self.public_key.clone(),
            warnings: findings,
        })
    }

    fn profile_findings(&self, order: &Order) -> Vec<Finding> {
        let mut findings = order.profile.findings(&order.public_key, order.validity);
        findings.extend(order.profile.subject_findings(&order.subject));
        if order
            .profile
            .signature_algorithm(&self.public_key)
            .is_none()
        {
            findings.push(Finding::error(
                "profile.signature-algorithm",
                "certificate profile",
                "signature",
                format!("a CA key of {}", self.public_key.kind()),
                format!("a key for {}", order.profile.signature_algorithm_names()),
            ));
        }
        let outlived = self
            .validity
            .filter(|own| order.validity.not_after() > own.not_after());
        if let Some(own) = outlived {
            findings.push(Finding::error(
                "issuer.validity",
                "RFC 5280 §6.1.3",
                "notAfter",
                order.validity.not_after().to_string(),
                format!("at most {}, when the issuer itself ends", own.not_after()),
            ));
        }
        findings
    }
}

impl Prepared {
    /// What will be signed.
    #[must_use]
    pub fn tbs(&self) -> &TbsCertificate {
        &self.tbs
    }

    /// The exact octets to sign.
    #[must_use]
    pub fn tbs_der(&self) -> &[u8] {
        self.tbs.as_der()
    }

    /// Findings that do not stop issuing.
    #[must_use]
    pub fn warnings(&self) -> &[Finding] {
        &self.warnings
    }

    /// The certificate without a signature, which nobody accepts: what a rehearsal looks at, and what is signed elsewhere.
    #[cfg(feature = "ledger")]
    pub(crate) fn unsigned(self) -> Result<Certificate, SignError> {
        let none = Signature::from_bytes(Vec::new());
        Certificate::assemble(self.tbs, &none).map_err(SignError::Certificate)
    }

    /// Joins a signature that was made elsewhere, after verifying it with the issuer's key.
    ///
    /// # Errors
    /// [`SignError::Certificate`] when it does not verify.
    pub fn attach(self, signature: &[u8]) -> Result<Certificate, SignError> {
        detached::join(self.tbs, &self.issuer_key, signature)
    }
}

/// RFC 5280 §4.2.1.9: without cA TRUE the key MUST NOT be used to verify certificate signatures.
fn check_ca(certificate: &Certificate) -> Result<(), IssuerError> {
    let not_a_ca = |reason| IssuerError::NotACa {
        subject: certificate.subject().to_string(),
        reason,
    };
    let extension = |extension, source| IssuerError::Extension { extension, source };
    let constraints = certificate
        .extensions()
        .find(oid::BASIC_CONSTRAINTS)
        .ok_or_else(|| not_a_ca("it has no basicConstraints"))?;
    let constraints = BasicConstraints::from_extension_value(constraints.value())
        .map_err(|source| extension("basicConstraints", source))?;
    if !constraints.is_ca() {
        return Err(not_a_ca("basicConstraints does not say cA TRUE"));
    }
    match key_usage(certificate)? {
        Some(usage) if !usage.contains(KeyUsageBit::KeyCertSign) => {
            Err(not_a_ca("keyUsage does not say keyCertSign"))
        }
        _ => Ok(()),
    }
}

/// Whether a CA's key may sign CRLs. RFC 5280 §6.3.3 (f): a relying party refuses a list whose issuer has a key usage
/// without cRLSign.
///
/// # Errors
/// [`IssuerError::CrlSign`], and [`IssuerError::Extension`] for a key usage that is not well formed.
pub fn check_crl_issuer(certificate: &Certificate) -> Result<(), IssuerError> {
    match key_usage(certificate)? {
        Some(usage) if !usage.contains(KeyUsageBit::CrlSign) => Err(IssuerError::CrlSign {
            subject: certificate.subject().to_string(),
        }),
        _ => Ok(()),
    }
}

fn key_usage(certificate: &Certificate) -> Result<Option<KeyUsage>, IssuerError> {
    let usage = certificate.extensions().find(oid::KEY_USAGE);
    usage
        .map(|usage| KeyUsage::from_extension_value(usage.value()))
        .transpose()
        .map_err(|source| IssuerError::Extension {
            extension: "keyUsage",
            source,
        })
}

/// Findings of a preparation that cannot go on; each path here has found something.
fn refused(findings: Vec<Finding>) -> Findings {
    let unexplained = || {
        Findings::from(Finding::error(
            "encoding",
            "RFC 5280 §4.1.2",
            "extensions",
            "extensions that cannot be assembled",
            "extensions of the profile",
        ))
    };
    Findings::from_vec(findings).unwrap_or_else(unexplained)
}

#[cfg(test)]
mod tests;
