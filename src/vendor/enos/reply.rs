//! The vendor's reply body, field for field in the order of the vendor's sample.
//!
//! The page shows no body of a refusal; by analogy with the sample it is the code, the sentence and `data` null. The
//! vendor's client drops the body of any HTTP status but success, so a server sends both with the same.

use rand_core::TryCryptoRng;
use serde::Serialize;

use crate::cert::Certificate;
use crate::vendor::enos::Authority;
use crate::vendor::enos::error::Refusal;
use crate::vendor::enos::list::CertificateRow;

/// A reply body.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Reply {
    code: u32,
    msg: String,
    #[serde(rename = "requestId")]
    request_id: RequestId,
    data: Data,
}

/// `data` of a reply.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(untagged)]
enum Data {
    Issued(Box<Issued>),
    Listed(Vec<CertificateRow>),
    Nothing,
}

/// The vendor's `DeviceCertApplyResultInfo`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct Issued {
    #[serde(rename = "certChainURL")]
    cert_chain_url: String,
    #[serde(rename = "caCert")]
    ca_cert: String,
    cert: String,
    #[serde(rename = "certSN")]
    cert_sn: String,
    #[serde(rename = "issueAuthority")]
    issue_authority: Authority,
}

/// `requestId` of a reply: a version 4 UUID (RFC 9562 §5.4) in lower case.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(transparent)]
pub struct RequestId(String);

impl Reply {
    /// A certificate was issued, at first or by renewal.
    ///
    /// `cert_chain_url` is [`Enos::cert_chain_url`](crate::vendor::enos::config::Enos::cert_chain_url) of the
    /// authority and `ca` its root. In the vendor's sample `cert` ends in a newline and `caCert` does not.
    #[must_use]
    pub fn issued(
        request_id: RequestId,
        authority: Authority,
        cert_chain_url: String,
        ca: &Certificate,
        certificate: &Certificate,
    ) -> Self {
        Self::ok(
            request_id,
            Data::Issued(Box::new(Issued {
                cert_chain_url,
                ca_cert: ca.to_pem().trim_end().to_owned(),
                cert: certificate.to_pem(),
                cert_sn: certificate.serial().to_string(),
                issue_authority: authority,
            })),
        )
    }

    /// A certificate was revoked; there is nothing to tell.
    #[must_use]
    pub fn revoked(request_id: RequestId) -> Self {
        Self::ok(request_id, Data::Nothing)
    }

    /// The certificates of a device.
    #[must_use]
    pub fn listed(request_id: RequestId, rows: Vec<CertificateRow>) -> Self {
        Self::ok(request_id, Data::Listed(rows))
    }

    /// A refusal: code and sentence of its first fault.
    #[must_use]
    pub fn refused(request_id: RequestId, refusal: &Refusal) -> Self {
        Self {
            code: refusal.code(),
            msg: refusal.msg().to_owned(),
            request_id,
            data: Data::Nothing,
        }
    }

    fn ok(request_id: RequestId, data: Data) -> Self {
        Self {
            code: 0,
            msg: "OK".to_owned(),
            request_id,
            data,
        }
    }

    /// `code`: 0, or that of a refusal.
    #[must_use]
    pub fn code(&self) -> u32 {
        self.code
    }

    /// `msg`.
    #[must_use]
    pub fn msg(&self) -> &str {
        &self.msg
    }

    /// The body in one line.
    ///
    /// # Errors
    /// None for what this module writes: every field is text or a number.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl RequestId {
    /// Sixteen octets as a version 4 UUID; six bits of them are overwritten with version and variant.
    #[must_use]
    pub fn from_octets(octets: [u8; 16]) -> Self {
        let uuid = u128::from_be_bytes(octets) & !VERSION_AND_VARIANT | VERSION_4_VARIANT_2;
        let hex = format!("{uuid:032x}");
        let groups = [0..8, 8..12, 12..16, 16..20, 20..32];
        let groups = groups.map(|range| hex.get(range).unwrap_or_default());
        Self(groups.join("-"))
    }

    /// Draws a request id.
    ///
    /// # Errors
    /// When the generator fails.
    pub fn random<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut octets = [0; 16];
        rng.try_fill_bytes(&mut octets)?;
        Ok(Self::from_octets(octets))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// RFC 9562 §5.4: the version in bits 48 to 51, the variant in bits 64 and 65.
const VERSION_AND_VARIANT: u128 = 0xF << 76 | 0xC << 60;

const VERSION_4_VARIANT_2: u128 = 0x4 << 76 | 0x8 << 60;

#[cfg(test)]
mod tests;
