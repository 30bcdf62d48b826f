//! General names (RFC 5280 §4.2.1.6): what a subjectAltName, a distribution point or an access description names.
//!
//! ```asn1
//! GeneralName ::= CHOICE {
//!     otherName                       [0]     OtherName,
//!     rfc822Name                      [1]     IA5String,
//!     dNSName                         [2]     IA5String,
//!     x400Address                     [3]     ORAddress,
//!     directoryName                   [4]     Name,
//!     ediPartyName                    [5]     EDIPartyName,
//!     uniformResourceIdentifier       [6]     IA5String,
//!     iPAddress                       [7]     OCTET STRING,
//!     registeredID                    [8]     OBJECT IDENTIFIER }
//! ```

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::name::{Name, NameError};
use crate::oid::Oid;
use crate::tlv;

pub use text::{DnsName, Rfc822Name, UniformResourceIdentifier};

mod text;

/// A name of one of the forms that certwright writes; `x400Address` and `ediPartyName` are refused by name.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum GeneralName {
    /// `directoryName` \[4\]: a distinguished name.
    DirectoryName(Name),
    /// `dNSName` \[2\]: a host name, or a wildcard for one label.
    DnsName(DnsName),
    /// `iPAddress` \[7\]: 4 or 16 octets; an address with a mask belongs to name constraints and is refused.
    IpAddress(IpAddr),
    /// `otherName` \[0\]: a value of a type that its identifier names.
    OtherName(OtherName),
    /// `registeredID` \[8\]: an object identifier.
    RegisteredId(Oid),
    /// `rfc822Name` \[1\]: a mailbox.
    Rfc822Name(Rfc822Name),
    /// `uniformResourceIdentifier` \[6\]: an absolute URI.
    UniformResourceIdentifier(UniformResourceIdentifier),
}

/// A name of a form that its type identifier defines (RFC 5280 §4.2.1.6).
///
/// ```asn1
/// OtherName ::= SEQUENCE { type-id OBJECT IDENTIFIER, value [0] EXPLICIT ANY DEFINED BY type-id }
/// ```
///
/// Invariant: the value is one DER value.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct OtherName {
    type_id: Oid,
    value: Vec<u8>,
}

/// The forms of a general name, by the name that RFC 5280 gives them.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum GeneralNameForm {
    /// `directoryName` \[4\].
    DirectoryName,
    /// `dNSName` \[2\].
    DnsName,
    /// `ediPartyName` \[5\], which is read only to be named.
    EdiPartyName,
    /// `iPAddress` \[7\].
    IpAddress,
    /// `otherName` \[0\].
    OtherName,
    /// `registeredID` \[8\].
    RegisteredId,
    /// `rfc822Name` \[1\].
    Rfc822Name,
    /// `uniformResourceIdentifier` \[6\].
    UniformResourceIdentifier,
    /// `x400Address` \[3\], which is read only to be named.
    X400Address,
}

/// Why octets or a text are no general name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum GeneralNameError {
    /// An address of neither version; 8 and 32 octets are an address with a mask (RFC 5280 §4.2.1.10).
    #[error("iPAddress of {actual} octets, allowed 4 or 16")]
    AddressLength {
        /// Octets found.
        actual: usize,
    },
    /// A text that breaks the rules of its form.
    #[error("{form} {found:?} is not allowed: {expected}")]
    Content {
        /// The form that was asked for.
        form: GeneralNameForm,
        /// The text that was found, at most 80 characters of it.
        found: String,
        /// The rule that it breaks.
        expected: &'static str,
    },
    /// The directoryName is no name.
    #[error("directoryName is not valid")]
    DirectoryName(#[from] NameError),
    /// The octets are not a DER `GeneralName`.
    #[error("general name is not valid DER: {reason}")]
    Malformed {
        /// What the decoder stumbled over.
        reason: String,
    },
    /// A form that is neither written nor read.
    #[error("{form} is not supported")]
    Unsupported {
        /// The form that was found.
        form: GeneralNameForm,
    },
}

impl GeneralName {
    /// A `dNSName`.
    ///
    /// # Errors
    /// [`GeneralNameError::Content`], as [`DnsName::new`].
    pub fn dns_name(text: &str) -> Result<Self, GeneralNameError> {
        DnsName::new(text).map(Self::DnsName)
    }

    /// An `rfc822Name`.
    ///
    /// # Errors
    /// [`GeneralNameError::Content`], as [`Rfc822Name::new`].
    pub fn rfc822_name(text: &str) -> Result<Self, GeneralNameError> {
        Rfc822Name::new(text).map(Self::Rfc822Name)
    }

    /// A `uniformResourceIdentifier`.
    ///
    /// # Errors
    /// [`GeneralNameError::Content`], as [`UniformResourceIdentifier::new`].
    pub fn uri(text: &str) -> Result<Self, GeneralNameError> {
        UniformResourceIdentifier::new(text).map(Self::UniformResourceIdentifier)
    }

    /// Which form this is.
    #[must_use]
    pub fn form(&self) -> GeneralNameForm {
        match self {
            Self::DirectoryName(_) => GeneralNameForm::DirectoryName,
            Self::DnsName(_) => GeneralNameForm::DnsName,
            Self::IpAddress(_) => GeneralNameForm::IpAddress,
            Self::OtherName(_) => GeneralNameForm::OtherName,
            Self::RegisteredId(_) => GeneralNameForm::RegisteredId,
            Self::Rfc822Name(_) => GeneralNameForm::Rfc822Name,
            Self::UniformResourceIdentifier(_) => GeneralNameForm::UniformResourceIdentifier,
        }
    }

    /// The DER `GeneralName`.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let number = self.form().number();
        let primitive = |content: &[u8]| tlv::write(tlv::context(number), content);
        // A CHOICE is never tagged implicitly (X.680 §31.2.7), so the Name keeps its own tag.
        let constructed = |content: &[u8]| tlv::write(tlv::context_constructed(number), content);
        match self {
            Self::DirectoryName(name) => constructed(name.as_der()),
            Self::DnsName(name) => primitive(name.as_str().as_bytes()),
            Self::IpAddress(IpAddr::V4(address)) => primitive(&address.octets()),
            Self::IpAddress(IpAddr::V6(address)) => primitive(&address.octets()),
            Self::OtherName(OtherName { type_id, value }) => {
                let value = tlv::write(tlv::context_constructed(0), value);
                constructed(&[tlv::write_oid(*type_id), value].concat())
            }
            Self::RegisteredId(oid) => primitive(oid.as_bytes()),
            Self::Rfc822Name(name) => primitive(name.as_str().as_bytes()),
            Self::UniformResourceIdentifier(uri) => primitive(uri.as_str().as_bytes()),
        }
    }

    /// Reads a DER `GeneralName`.
    ///
    /// # Errors
    /// Every variant of [`GeneralNameError`].
    pub fn from_der(octets: &[u8]) -> Result<Self, GeneralNameError> {
        let mut reader = tlv::Reader::new(octets).map_err(malformed)?;
        let value = reader.any().map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        let form = GeneralNameForm::from_tag(value.tag).ok_or_else(|| unknown_tag(value.tag))?;
        let content = value.content;
        match form {
            GeneralNameForm::DirectoryName => Ok(Self::DirectoryName(Name::from_der(content)?)),
            GeneralNameForm::DnsName => Self::dns_name(ia5(form, content)?),
            GeneralNameForm::IpAddress => address(content).map(Self::IpAddress),
            GeneralNameForm::OtherName => OtherName::from_content(content).map(Self::OtherName),
            GeneralNameForm::RegisteredId => registered_id(content).map(Self::RegisteredId),
            GeneralNameForm::Rfc822Name => Self::rfc822_name(ia5(form, content)?),
            GeneralNameForm::UniformResourceIdentifier => Self::uri(ia5(form, content)?),
            GeneralNameForm::EdiPartyName | GeneralNameForm::X400Address => {
                Err(GeneralNameError::Unsupported { form })
            }
        }
    }
}

/// The form and the name: `dNSName:example.com`.
impl fmt::Display for GeneralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.form())?;
        match self {
            Self::DirectoryName(name) => name.fmt(f),
            Self::DnsName(name) => name.fmt(f),
            Self::IpAddress(address) => address.fmt(f),
            Self::OtherName(name) => name.fmt(f),
            Self::RegisteredId(oid) => oid.fmt(f),
            Self::Rfc822Name(name) => name.fmt(f),
            Self::UniformResourceIdentifier(uri) => uri.fmt(f),
        }
    }
}

impl OtherName {
    /// A value of a type; the value is one whole DER value, its tag and length included.
    ///
    /// # Errors
    /// [`GeneralNameError::Malformed`] when the value is none, or is followed by more.
    pub fn new(type_id: Oid, value: &[u8]) -> Result<Self, GeneralNameError> {
        let mut reader = tlv::Reader::new(value).map_err(malformed)?;
        reader.any().map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        Ok(Self {
            type_id,
            value: value.to_vec(),
        })
    }

    /// The identifier that says what the value is.
    #[must_use]
    pub fn type_id(&self) -> Oid {
        self.type_id
    }

    /// The DER value, tag and length included.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    fn from_content(content: &[u8]) -> Result<Self, GeneralNameError> {
        let mut reader = tlv::Reader::new(content).map_err(malformed)?;
        let type_id = reader.oid().map_err(malformed)?;
        let value = reader
            .expect(tlv::context_constructed(0))
            .map_err(malformed)?;
        reader.finish().map_err(malformed)?;
        Self::new(type_id, value)
    }
}

/// The identifier and the value in hexadecimal.
impl fmt::Display for OtherName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};", self.type_id)?;
        self.value
            .iter()
            .try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl GeneralNameForm {
    fn number(self) -> u8 {
        match self {
            Self::OtherName => 0,
            Self::Rfc822Name => 1,
            Self::DnsName => 2,
            Self::X400Address => 3,
            Self::DirectoryName => 4,
            Self::EdiPartyName => 5,
            Self::UniformResourceIdentifier => 6,
            Self::IpAddress => 7,
            Self::RegisteredId => 8,
        }
    }

    /// Identifier octets: the constructed forms have bit 6 set.
    pub(crate) fn from_tag(tag: u8) -> Option<Self> {
        match tag {
            0xA0 => Some(Self::OtherName),
            0x81 => Some(Self::Rfc822Name),
            0x82 => Some(Self::DnsName),
            0xA3 => Some(Self::X400Address),
            0xA4 => Some(Self::DirectoryName),
            0xA5 => Some(Self::EdiPartyName),
            0x86 => Some(Self::UniformResourceIdentifier),
            0x87 => Some(Self::IpAddress),
            0x88 => Some(Self::RegisteredId),
            _ => None,
        }
    }
}

impl fmt::Display for GeneralNameForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DirectoryName => "directoryName",
            Self::DnsName => "dNSName",
            Self::EdiPartyName => "ediPartyName",
            Self::IpAddress => "iPAddress",
            Self::OtherName => "otherName",
            Self::RegisteredId => "registeredID",
            Self::Rfc822Name => "rfc822Name",
            Self::UniformResourceIdentifier => "uniformResourceIdentifier",
            Self::X400Address => "x400Address",
        })
    }
}

fn address(content: &[u8]) -> Result<IpAddr, GeneralNameError> {
    if let Ok(octets) = <[u8; 4]>::try_from(content) {
        return Ok(Ipv4Addr::from(octets).into());
    }
    <[u8; 16]>::try_from(content)
        .map(|octets| Ipv6Addr::from(octets).into())
        .map_err(|_| GeneralNameError::AddressLength {
            actual: content.len(),
        })
}

fn registered_id(content: &[u8]) -> Result<Oid, GeneralNameError> {
    let whole = tlv::write(tlv::OBJECT_IDENTIFIER, content);
    let mut reader = tlv::Reader::new(&whole).map_err(malformed)?;
    reader.oid().map_err(malformed)
}

fn ia5(form: GeneralNameForm, content: &[u8]) -> Result<&str, GeneralNameError> {
    std::str::from_utf8(content).map_err(|_| GeneralNameError::Content {
        form,
        found: content.escape_ascii().take(80).map(char::from).collect(),
        expected: "an IA5String holds ASCII only",
    })
}

fn unknown_tag(tag: u8) -> GeneralNameError {
    GeneralNameError::Malformed {
        reason: format!("identifier octet 0x{tag:02X} is no form of a general name"),
    }
}

fn malformed(error: der::Error) -> GeneralNameError {
    GeneralNameError::Malformed {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
