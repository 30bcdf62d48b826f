//! Replies: `CommIDInfo` and what surrounds it, as JSON of REST and as elements of SOAP.
//!
//! SOAP has the sequence of the vendor's WSDL first and then, for clients of the page's flat sample, `CommType` and
//! `CertKeyID`. REST has the page's fields and beside them `certificates`, without which nobody could renew.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::time::UnixSeconds;
use crate::vendor::ecgrid::element::Element;
use crate::vendor::ecgrid::enums::{
    CertStoreType, CertificateType, CertificateUsage, CommChannel, SecureHashAlgorithm, Status,
    UseType,
};
use crate::vendor::ecgrid::world::{CertKey, Comm};

pub use operation::Operation;

mod operation;

/// A Comm as replies show it.
#[derive(Debug)]
pub struct CommIdInfo {
    comm: Comm,
    keys: Option<Vec<CertKey>>,
    now: UnixSeconds,
    new_key: Option<i32>,
    pfx: BTreeMap<i32, Pfx>,
}

/// A PKCS #12 and its password (`RootInfo`).
pub struct Pfx {
    octets: Zeroizing<Vec<u8>>,
    password: Zeroizing<String>,
}

/// The body of a REST reply.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestReply<T> {
    success: bool,
    data: T,
    error_code: &'static str,
    message: &'static str,
}

/// `data` of a REST reply about a Comm.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestComm {
    comm_id: i32,
    mailbox_id: i32,
    comm_type: CommChannel,
    identifier: String,
    status: Status,
    use_type: UseType,
    private_key_required: bool,
    with_certs: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificates: Option<Vec<RestCertificate>>,
}

/// A certificate in a REST reply, under the names of the WSDL.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct RestCertificate {
    cert_key_id: i32,
    partner_id: Option<String>,
    partner_url: Option<String>,
    #[serde(rename = "type")]
    certificate_type: CertificateType,
    usage: CertificateUsage,
    key_id: Option<String>,
    user_id: Option<String>,
    secure_hash_algorithm: SecureHashAlgorithm,
    subject: String,
    issuer: String,
    has_private_key: bool,
    public_certificate: String,
    begin_usage: String,
    end_usage: String,
    not_before: String,
    not_after: String,
    serial_number: String,
    thumbprint: String,
    status: Status,
    cert_type: CertStoreType,
}

impl CommIdInfo {
    /// A Comm with its certificates as they are at a moment.
    #[must_use]
    pub fn new(comm: Comm, keys: Vec<CertKey>, now: UnixSeconds) -> Self {
        Self {
            comm,
            keys: Some(keys),
            now,
            new_key: None,
            pfx: BTreeMap::new(),
        }
    }

    /// A Comm alone.
    #[must_use]
    pub fn without_certificates(comm: Comm) -> Self {
        Self {
            now: comm.created,
            comm,
            keys: None,
            new_key: None,
            pfx: BTreeMap::new(),
        }
    }

    /// With the key that was just made or added: the page's `CertKeyID`.
    #[must_use]
    pub fn with_new_key(mut self, cert_key_id: i32) -> Self {
        self.new_key = Some(cert_key_id);
        self
    }

    /// With the private key of one of the certificates (`RootInfo`), for SOAP.
    #[must_use]
    pub fn with_pfx(mut self, cert_key_id: i32, pfx: Pfx) -> Self {
        self.pfx.insert(cert_key_id, pfx);
        self
    }

    /// The Comm.
    #[must_use]
    pub fn comm(&self) -> &Comm {
        &self.comm
    }

    /// The certificates that are shown.
    #[must_use]
    pub fn cert_keys(&self) -> &[CertKey] {
        self.keys.as_deref().unwrap_or_default()
    }

    /// Certificates whose private key the reply may bring: the new one, else all that are in use.
    pub fn keys_to_hand_out(&self) -> impl Iterator<Item = &CertKey> {
        let is_meant = |key: &&CertKey| match self.new_key {
            Some(new) => key.cert_key_id == new,
            None => key.status_at(self.now) != Status::Terminated,
        };
        let keys = self.cert_keys().iter();
        keys.filter(|key| key.has_private_key).filter(is_meant)
    }

    /// `data` of a REST reply.
    #[must_use]
    pub fn to_rest(&self) -> RestComm {
        let certificate = |key: &CertKey| RestCertificate::new(key, self.now);
        let keys = self.keys.as_ref();
        RestComm {
            comm_id: self.comm.id,
            mailbox_id: self.comm.mailbox_id,
            comm_type: self.comm.channel,
            identifier: self.comm.identifier.clone(),
            status: self.comm.status,
            use_type: self.comm.use_type,
            private_key_required: matches!(self.comm.channel, CommChannel::As2 | CommChannel::As4),
            with_certs: keys.is_some(),
            certificates: keys.map(|keys| keys.iter().map(certificate).collect()),
        }
    }

    /// The `CommIDInfo` of SOAP.
    #[must_use]
    pub fn to_soap(&self) -> Element {
        let mut children = vec![
            Element::text("CommID", self.comm.id),
            Element::text("Type", self.comm.channel),
            Element::text("Version", VERSION),
        ];
        children.extend(self.common());
        if let Some(keys) = &self.keys {
            let certificates = keys.iter().map(|key| self.certificate(key, false));
            children.push(Element::of("Certificates", certificates.collect()));
        }
        let comm_type = self.comm.channel.to_string().to_ascii_uppercase();
        children.push(Element::text("CommType", comm_type));
        children.extend(self.new_key.map(|key| Element::text("CertKeyID", key)));
        Element::of("CommIDInfo", children)
    }

    /// The `as2CommInfo` of SOAP, the result of adding a private certificate.
    #[must_use]
    pub fn to_as2_comm_info(&self) -> Element {
        let mut children = vec![Element::text("CommID", self.comm.id)];
        children.extend(self.common());
        if let Some(keys) = &self.keys {
            let certificates = keys.iter().map(|key| self.certificate(key, true));
            children.push(Element::of("CertificateInfo", certificates.collect()));
        }
        Element::of("as2CommInfo", children)
    }

    /// What both have, in the sequence of the WSDL.
    fn common(&self) -> Vec<Element> {
        let comm = &self.comm;
        let mut children = vec![
            Element::text("Created", comm.created),
            Element::text("Modified", comm.created),
            Element::text("Hosted", true),
            Element::text("Identifier", &comm.identifier),
            Element::text("NetworkID", comm.network_id),
            Element::text("MailboxID", comm.mailbox_id),
            Element::text("UseType", comm.use_type),
        ];
        children.extend(comm.url.as_ref().map(|url| Element::text("URL", url)));
        children.extend([
            Element::text("SignData", comm.sign_data),
            Element::text("EncryptData", comm.encrypt_data),
            Element::text("CompressData", comm.compress_data),
            Element::text("BeginUsage", comm.created),
            Element::text("EndUsage", UnixSeconds::MAX),
            Element::text("Status", comm.status),
            Element::text("Receipt", comm.receipt),
            Element::text("SSLClientAuthentication", comm.ssl_client_authentication),
            Element::of(
                "HTTPAuthentication",
                vec![Element::text("Type", comm.http_authentication)],
            ),
        ]);
        children
    }

    /// A `Certificate`, or the shorter one of `as2CommInfo`.
    fn certificate(&self, key: &CertKey, as2: bool) -> Element {
        let shown = RestCertificate::new(key, self.now);
        let partner = if as2 { "PartnerAS2ID" } else { "PartnerID" };
        let optional = |name, text: &Option<String>| {
            let text = text.as_ref();
            text.map(|text| Element::text(name, text))
        };
        let mut children = vec![Element::text("CertKeyID", shown.cert_key_id)];
        children.extend(optional(partner, &shown.partner_id));
        children.extend(optional("PartnerURL", &shown.partner_url));
        children.push(Element::text("Type", shown.certificate_type));
        children.push(Element::text("Usage", shown.usage));
        if !as2 {
            children.extend(optional("KeyID", &shown.key_id));
            children.extend(optional("UserID", &shown.user_id));
        }
        children.extend([
            Element::text("SecureHashAlgorithm", shown.secure_hash_algorithm),
            Element::text("Subject", &shown.subject),
            Element::text("Issuer", &shown.issuer),
            Element::text("HasPrivateKey", shown.has_private_key),
            Element::text("PublicCertificate", &shown.public_certificate),
            Element::text("BeginUsage", &shown.begin_usage),
            Element::text("EndUsage", &shown.end_usage),
            Element::text("NotBefore", &shown.not_before),
            Element::text("NotAfter", &shown.not_after),
            Element::text("SerialNumber", &shown.serial_number),
            Element::text("Thumbprint", &shown.thumbprint),
            Element::text("Status", shown.status),
        ]);
        children.extend(self.pfx.get(&key.cert_key_id).map(Pfx::to_soap));
        if !as2 {
            children.push(Element::text("CertType", shown.cert_type));
        }
        Element::of("Certificate", children)
    }
}

impl RestCertificate {
    fn new(key: &CertKey, now: UnixSeconds) -> Self {
        let CertKey {
            cert_key_id,
            certificate,
            usage,
            begin_usage,
            end_usage,
            partner_id,
            partner_url,
            key_id,
            user_id,
            has_private_key,
            terminated_at: _,
            certificate_id: _,
        } = key;
        let validity = certificate.validity();
        let thumbprint = certificate.sha1();
        Self {
            cert_key_id: *cert_key_id,
            partner_id: partner_id.clone(),
            partner_url: partner_url.clone(),
            certificate_type: CertificateType::X509,
            usage: *usage,
            key_id: key_id.clone(),
            user_id: user_id.clone(),
            secure_hash_algorithm: SecureHashAlgorithm::of_signature(
                certificate.signature_algorithm(),
            ),
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            has_private_key: *has_private_key,
            public_certificate: STANDARD.encode(certificate.as_der()),
            begin_usage: begin_usage.to_string(),
            end_usage: end_usage.to_string(),
            not_before: validity.not_before().to_string(),
            not_after: validity.not_after().to_string(),
            // .NET writes both in upper-case hexadecimal.
            serial_number: certificate.serial().to_hex().to_ascii_uppercase(),
            thumbprint: thumbprint
                .iter()
                .map(|octet| format!("{octet:02X}"))
                .collect(),
            status: key.status_at(now),
            cert_type: if *has_private_key {
                CertStoreType::PfxBlob
            } else {
                CertStoreType::PublicKeyBlob
            },
        }
    }
}

impl Pfx {
    /// A PKCS #12 and its password.
    #[must_use]
    pub fn new(octets: Zeroizing<Vec<u8>>, password: Zeroizing<String>) -> Self {
        Self { octets, password }
    }

    fn to_soap(&self) -> Element {
        Element::of(
            "RootInfo",
            vec![
                Element::text("Password", self.password.as_str()),
                Element::text("PrivatePFX", STANDARD.encode(&*self.octets)),
            ],
        )
    }
}

impl fmt::Debug for Pfx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pfx([elided])")
    }
}

impl<T: Serialize> RestReply<T> {
    /// A success.
    #[must_use]
    pub fn of(data: T) -> Self {
        Self {
            success: true,
            data,
            error_code: "",
            message: "",
        }
    }

    /// The body in one line.
    ///
    /// # Errors
    /// None for what this module writes: every field is text, a number or a truth.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// `Version`: of AS2, RFC 4130 §6.1 knows 1.1, and 1.2 for those who may send optional headers.
const VERSION: &str = "1.2";

#[cfg(test)]
mod tests;
