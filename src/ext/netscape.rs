//! The two Netscape extensions that vendors still write: a comment and the URL of a revocation list.
//!
//! Netscape's specification has both as `IA5String`. Some issuers write the ASCII octets alone, without tag and length;
//! most readers show them all the same. Both encodings are written on request and told apart when read.

use std::fmt;

use crate::ext::{Criticality, Extension, ExtensionError};
use crate::general_name::UniformResourceIdentifier;
use crate::oid;
use crate::oid::Oid;
use crate::tlv;

/// How the text of a Netscape extension is written.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum NetscapeEncoding {
    /// The ASCII octets alone, which is no DER.
    Bare,
    /// An `IA5String` with tag and length, as the specification has it.
    Ia5String,
}

/// `netscape-comment`: a text that a reader may show to its user.
///
/// ```asn1
/// netscape-comment ::= IA5String
/// ```
///
/// Invariant: 1 to 4096 ASCII characters without controls.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct NetscapeComment {
    text: String,
    encoding: NetscapeEncoding,
}

/// `netscape-ca-revocation-url`: where the revocation list of the issuing CA is found.
///
/// ```asn1
/// netscape-ca-revocation-url ::= IA5String
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct CaRevocationUrl {
    url: UniformResourceIdentifier,
    encoding: NetscapeEncoding,
}

impl NetscapeComment {
    /// A comment in this encoding.
    ///
    /// # Errors
    /// [`ExtensionError::Text`] for an empty text, one of more than 4096 characters, and one that is not printable ASCII.
    pub fn new(text: &str, encoding: NetscapeEncoding) -> Result<Self, ExtensionError> {
        check_text(oid::NETSCAPE_COMMENT, text)?;
        Ok(Self {
            text: text.to_owned(),
            encoding,
        })
    }

    /// The comment.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How it is written.
    #[must_use]
    pub fn encoding(&self) -> NetscapeEncoding {
        self.encoding
    }

    /// The extension, non-critical: nobody is bound by a comment.
    #[must_use]
    pub fn to_extension(&self) -> Extension {
        let Self { text, encoding } = self;
        let value = write_text(*encoding, text);
        Extension::raw(oid::NETSCAPE_COMMENT, Criticality::NonCritical, value)
    }

    /// Reads the value of the extension in either encoding.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] and those of [`NetscapeComment::new`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let (encoding, text) = read_text(oid::NETSCAPE_COMMENT, octets)?;
        Self::new(text, encoding)
    }
}

impl CaRevocationUrl {
    /// A URL in this encoding.
    #[must_use]
    pub fn new(url: UniformResourceIdentifier, encoding: NetscapeEncoding) -> Self {
        Self { url, encoding }
    }

    /// The URL.
    #[must_use]
    pub fn url(&self) -> &UniformResourceIdentifier {
        &self.url
    }

    /// How it is written.
    #[must_use]
    pub fn encoding(&self) -> NetscapeEncoding {
        self.encoding
    }

    /// The extension, non-critical: a reader that does not know it looks elsewhere.
    #[must_use]
    pub fn to_extension(&self) -> Extension {
        let Self { url, encoding } = self;
        let value = write_text(*encoding, url.as_str());
        Extension::raw(
            oid::NETSCAPE_CA_REVOCATION_URL,
            Criticality::NonCritical,
            value,
        )
    }

    /// Reads the value of the extension in either encoding.
    ///
    /// # Errors
    /// [`ExtensionError::GeneralName`] for what is no URL, and [`ExtensionError::Malformed`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let oid = oid::NETSCAPE_CA_REVOCATION_URL;
        let (encoding, text) = read_text(oid, octets)?;
        let url = UniformResourceIdentifier::new(text)
            .map_err(|source| ExtensionError::GeneralName { oid, source })?;
        Ok(Self::new(url, encoding))
    }
}

impl fmt::Display for NetscapeComment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, self.encoding.remark())
    }
}

impl fmt::Display for CaRevocationUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.url, self.encoding.remark())
    }
}

impl NetscapeEncoding {
    fn remark(self) -> &'static str {
        match self {
            Self::Bare => " (bare ASCII)",
            Self::Ia5String => "",
        }
    }
}

fn write_text(encoding: NetscapeEncoding, text: &str) -> Vec<u8> {
    match encoding {
        NetscapeEncoding::Bare => text.as_bytes().to_vec(),
        NetscapeEncoding::Ia5String => tlv::write(tlv::IA5_STRING, text.as_bytes()),
    }
}

/// The tag of an `IA5String` is a control character, which no bare text starts with.
fn read_text(oid: Oid, octets: &[u8]) -> Result<(NetscapeEncoding, &str), ExtensionError> {
    let (encoding, content) = match tlv::read(octets, tlv::IA5_STRING) {
        Ok(content) => (NetscapeEncoding::Ia5String, content),
        Err(_) => (NetscapeEncoding::Bare, octets),
    };
    match std::str::from_utf8(content) {
        Ok(text) if is_printable(text) => Ok((encoding, text)),
        _ => {
            let reason = "neither an IA5String nor printable ASCII";
            Err(ExtensionError::malformed_because(oid, reason))
        }
    }
}

fn check_text(oid: Oid, text: &str) -> Result<(), ExtensionError> {
    let refuse = |expected| {
        Err(ExtensionError::Text {
            oid,
            found: text.chars().take(80).collect(),
            expected,
        })
    };
    if text.is_empty() {
        return refuse("at least one character is required");
    }
    if text.len() > MAX_OCTETS {
        return refuse("at most 4096 characters are allowed");
    }
    if !is_printable(text) {
        return refuse("ASCII without control characters is required");
    }
    Ok(())
}

fn is_printable(text: &str) -> bool {
    text.bytes().all(|octet| matches!(octet, b' '..=b'~'))
}

const MAX_OCTETS: usize = 4096;
