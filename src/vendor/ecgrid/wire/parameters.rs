//! The parameters of all operations: their names in JSON and in XML.

use crate::vendor::ecgrid::error::Parameter;

const fn parameter(rest: &'static str, soap: &'static str) -> Parameter {
    Parameter { rest, soap }
}

pub(in crate::vendor::ecgrid) const BEGIN_USAGE: Parameter = parameter("beginUsage", "BeginUsage");
pub(in crate::vendor::ecgrid) const CERT: Parameter = parameter("cert", "Cert");
pub(in crate::vendor::ecgrid) const CERT_BASE64: Parameter = parameter("certBase64", "CertBase64");
pub(in crate::vendor::ecgrid) const CERT_KEY_ID: Parameter = parameter("certKeyId", "CertKeyID");
pub(in crate::vendor::ecgrid) const CERT_TYPE: Parameter = parameter("certType", "CertType");
pub(in crate::vendor::ecgrid) const COMM_ID: Parameter = parameter("commId", "CommID");
pub(in crate::vendor::ecgrid) const COMM_TYPE: Parameter = parameter("commType", "CommType");
pub(in crate::vendor::ecgrid) const EXPIRES: Parameter = parameter("expires", "Expires");
pub(in crate::vendor::ecgrid) const KEY_ID: Parameter = parameter("keyId", "KeyId");
pub(in crate::vendor::ecgrid) const MAILBOX_ID: Parameter = parameter("mailboxId", "MailboxID");
pub(in crate::vendor::ecgrid) const NETWORK_ID: Parameter = parameter("networkId", "NetworkID");
pub(in crate::vendor::ecgrid) const OVERLAP_DAYS: Parameter =
    parameter("overlapDays", "OverlapDays");
pub(in crate::vendor::ecgrid) const PARTNER_AS2_ID: Parameter =
    parameter("partnerAs2Id", "PartnerAS2ID");
pub(in crate::vendor::ecgrid) const PARTNER_COMM_ID: Parameter =
    parameter("partnerCommId", "PartnerCommID");
pub(in crate::vendor::ecgrid) const PARTNER_URL: Parameter = parameter("partnerUrl", "PartnerURL");
pub(in crate::vendor::ecgrid) const PASSWORD: Parameter = parameter("password", "Password");
pub(in crate::vendor::ecgrid) const SECURE_HASH_ALGORITHM: Parameter =
    parameter("secureHashAlgorithm", "SecureHashAlgorithm");
pub(in crate::vendor::ecgrid) const SHOW_INACTIVE: Parameter =
    parameter("showInactive", "ShowInactive");
pub(in crate::vendor::ecgrid) const USAGE: Parameter = parameter("usage", "Usage");
pub(in crate::vendor::ecgrid) const USER_ID: Parameter = parameter("userId", "UserId");
pub(in crate::vendor::ecgrid) const USE_TYPE: Parameter = parameter("useType", "UseType");
pub(in crate::vendor::ecgrid) const WITH_CERTS: Parameter = parameter("withCerts", "WithCerts");
pub(in crate::vendor::ecgrid) const YEARS: Parameter = parameter("years", "Years");
