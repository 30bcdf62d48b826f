//! A profile as it is written: plain data, nothing checked.
//!
//! ```toml
//! name = "device"
//! serial = { random = { octets = 16 } }
//! subject_keys = ["RSA-2048", "P-256"]
//! signature_algorithms = ["sha256WithRSAEncryption", "ecdsa-with-SHA256"]
//! accepted_findings = []
//!
//! [validity]
//! default_days = 365
//! maximum_days = 3650
//!
//! # String types of the subject, for attributes that are not left to RFC 5280.
//! [subject.CN]
//! allowed = ["UTF8String", "PrintableString"]
//! written = "UTF8String"
//!
//! [[extensions]]
//! type = "basicConstraints"
//! ca = false
//! critical = true
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ProfileError;

/// A profile as it is written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out field by field by those who vary a profile"
)]
pub struct ProfileConfig {
    /// The profile's name, used in messages.
    pub name: String,
    /// How serial numbers are drawn.
    pub serial: SerialConfig,
    /// Subject keys allowed: `P-256`, `RSA-2048`, `RSA-3072`, `RSA-4096`.
    pub subject_keys: Vec<String>,
    /// Signature algorithms, the first that fits the issuer's key is used.
    pub signature_algorithms: Vec<String>,
    /// Lints whose findings are meant.
    #[serde(default)]
    pub accepted_findings: Vec<String>,
    /// Lifetimes.
    pub validity: ValidityConfig,
    /// String types of the subject, by the attribute's name (`CN`) or dotted OID; an attribute that is not here may
    /// have any that RFC 5280 allows.
    #[serde(default)]
    pub subject: BTreeMap<String, SubjectAttributeConfig>,
    /// Extensions, in the order of their encoding.
    #[serde(default)]
    pub extensions: Vec<ExtensionConfig>,
}

impl ProfileConfig {
    /// Reads a profile, to be varied before it is checked.
    ///
    /// # Errors
    /// [`ProfileError::Syntax`].
    pub fn from_toml(text: &str) -> Result<Self, ProfileError> {
        toml::from_str(text).map_err(|error| ProfileError::Syntax {
            reason: error.to_string(),
        })
    }
}

/// How serial numbers are drawn.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum SerialConfig {
    /// Random octets, 9 to 20.
    Random {
        /// Octets drawn.
        octets: u8,
    },
    /// The issuer's own counter.
    Sequence {
        /// The first number of a new issuer.
        first: u64,
    },
}

/// Lifetimes in days of 86,400 seconds.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct ValidityConfig {
    /// When none is asked for.
    pub default_days: u32,
    /// The most that may be asked for; no limit when absent.
    pub maximum_days: Option<u32>,
}

/// The string types of one attribute of the subject: `UTF8String`, `PrintableString`, `IA5String`, `NumericString`,
/// `BMPString`, `TeletexString`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::exhaustive_structs, reason = "plain data")]
pub struct SubjectAttributeConfig {
    /// Those that a subject may have it in, at least one.
    pub allowed: Vec<String>,
    /// The one that new names have it in; the first allowed one when absent.
    pub written: Option<String>,
}

/// One extension.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum ExtensionConfig {
    /// RFC 5280 §4.2.1.1.
    AuthorityKeyIdentifier {
        /// Whether issuer and serial number of the issuer's certificate stand beside the key identifier.
        #[serde(default)]
        issuer_and_serial: bool,
        /// RFC 5280 says never.
        #[serde(default)]
        critical: bool,
    },
    /// RFC 5280 §4.2.1.9.
    BasicConstraints {
        /// Whether the subject is a CA.
        ca: bool,
        /// How many CAs may follow in a chain.
        path_len: Option<u8>,
        /// RFC 5280 says always for a CA.
        critical: bool,
    },
    /// RFC 5280 §4.2.1.13, with the CRL address of the order; absent when the order has none.
    CrlDistributionPoints {},
    /// RFC 5280 §4.2.1.12.
    ExtendedKeyUsage {
        /// Purposes by name (`serverAuth` …) or dotted OID.
        purposes: Vec<String>,
        /// May be either.
        #[serde(default)]
        critical: bool,
    },
    /// RFC 5280 §4.2.1.3.
    KeyUsage {
        /// Bits by name (`digitalSignature` …).
        bits: Vec<String>,
        /// RFC 5280 says it should be.
        critical: bool,
    },
    /// RFC 5280 §4.2.1.10, always critical; for CAs only.
    NameConstraints {
        /// Subtrees such as `dns:example.com`, `email:example.com`, `uri:.example.com`, `ip:10.0.0.0/8`, `dn:O=Acme`.
        #[serde(default)]
        permitted: Vec<String>,
        /// The same, of what is not allowed.
        #[serde(default)]
        excluded: Vec<String>,
    },
    /// Netscape's CA revocation URL with the CRL address of the order; absent when the order has none.
    NetscapeCaRevocationUrl {
        /// How the text is written.
        encoding: NetscapeEncodingConfig,
    },
    /// Netscape's comment.
    NetscapeComment {
        /// The text.
        text: String,
        /// How the text is written.
        encoding: NetscapeEncodingConfig,
    },
    /// Any other extension, octet for octet.
    Raw {
        /// Its type.
        oid: String,
        /// Whether it is critical.
        critical: bool,
        /// The content of `extnValue` in hexadecimal.
        value: String,
    },
    /// RFC 5280 §4.2.1.6, with the names of the order; absent when the order has none. Critical when the subject is empty.
    SubjectAltName {},
    /// RFC 5280 §4.2.1.2, SHA-1 of the key (method 1).
    SubjectKeyIdentifier {
        /// RFC 5280 says never.
        #[serde(default)]
        critical: bool,
    },
}

/// How a Netscape string is written.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "plain data")]
pub enum NetscapeEncodingConfig {
    /// Bare octets without a tag, as some services write it.
    Bare,
    /// `IA5String`, as Netscape specified it.
    Ia5String,
}
