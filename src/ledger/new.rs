//! What is told of a certificate that is to be recorded.

use std::borrow::Cow;

use crate::cert::Certificate;
use crate::key::KeyAlgorithm;
use crate::ledger::batch::BatchRow;
use crate::ledger::issuer::IssuerId;
use crate::ledger::record::CertificateId;
use crate::ledger::revocation::RevokedFact;
use crate::serial::SerialNumber;
use crate::time::{UnixSeconds, Validity};

/// A certificate that is to be recorded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NewCertificate<'a> {
    /// Who issued it; `None` for a self-signed certificate.
    pub issuer: Option<IssuerId>,
    /// Its serial number.
    pub serial: SerialNumber,
    /// The certificate, DER.
    pub certificate: Cow<'a, [u8]>,
    /// The certification request that it answers, DER, if there was one.
    pub request: Option<Cow<'a, [u8]>>,
    /// The subject, a DER `Name`.
    pub subject: Cow<'a, [u8]>,
    /// SHA-256 of the subject as it compares ([`Name::folded_sha256`](crate::name::Name::folded_sha256)).
    pub subject_sha256: [u8; 32],
    /// The subject for a person.
    pub subject_text: Cow<'a, str>,
    /// SHA-256 of the `SubjectPublicKeyInfo`.
    pub key_sha256: [u8; 32],
    /// SHA-1 of the public key's BIT STRING content (RFC 5280 §4.2.1.2).
    pub key_id: [u8; 20],
    /// The kind of key, where it has a name here.
    pub key_algorithm: Option<KeyAlgorithm>,
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// Its validity.
    pub validity: Validity,
    /// When it was issued, by the issuer's clock; `not_before` may differ.
    pub issued_at: UnixSeconds,
    /// Under whose rules it was issued.
    pub vendor: Cow<'a, str>,
    /// The vendor's own name of it, if that says more than the holder.
    pub row_key: Option<Cow<'a, str>>,
    /// The row of a job that asked for it, which has no certificate yet.
    pub batch_row: Option<BatchRow>,
    /// Who or what it is bound to, in the vendor's own terms; the public key is then bound to the same.
    pub holder: Option<Cow<'a, str>>,
    /// The certificate that this one takes the place of.
    pub supersedes: Option<Supersedes>,
}

impl<'a> NewCertificate<'a> {
    /// What a certificate says of itself; nobody is named that asked for it.
    ///
    /// `issuer` is `None` for a self-signed one, `vendor` under whose rules it was issued, `issued_at` the issuer's clock.
    #[must_use]
    pub fn of(
        certificate: &'a Certificate,
        issuer: Option<IssuerId>,
        vendor: &'a str,
        issued_at: UnixSeconds,
    ) -> Self {
        let key = certificate.public_key();
        Self {
            issuer,
            serial: certificate.serial().clone(),
            certificate: Cow::Borrowed(certificate.as_der()),
            request: None,
            subject: Cow::Borrowed(certificate.subject().as_der()),
            subject_sha256: certificate.subject().folded_sha256(),
            subject_text: Cow::Owned(certificate.subject().to_string()),
            key_sha256: key.spki_sha256(),
            key_id: *key.key_identifier().as_bytes(),
            key_algorithm: key.algorithm(),
            fingerprint: certificate.sha256(),
            validity: certificate.validity(),
            issued_at,
            vendor: Cow::Borrowed(vendor),
            row_key: None,
            batch_row: None,
            holder: None,
            supersedes: None,
        }
    }
}

/// That a new certificate takes the place of an older one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "written out by those who record")]
pub struct Supersedes {
    /// The older certificate.
    pub certificate: CertificateId,
    /// Its revocation, recorded together with the new certificate or not at all; one that is there already stays, unless
    /// it is a hold ([`Ledger::revoke`](crate::ledger::Ledger::revoke)).
    pub revocation: Option<RevokedFact>,
}
