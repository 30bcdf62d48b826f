//! One subtree: a form of name, and the part of its space that is meant.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::ext::ExtensionError;
use crate::general_name::{DnsName, GeneralNameForm, Rfc822Name};
use crate::name::Name;
use crate::oid;
use crate::tlv;

/// The names of one form that lie below a base.
///
/// As text: `dns:example.com`, `email:example.com`, `uri:.example.com`, `ip:10.0.0.0/8`, `dn:O=Acme,C=DE`.
///
/// Invariant: a base that RFC 5280 §4.2.1.10 gives a meaning, or one of a form that is only carried along.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Subtree(pub(super) Base);

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(super) enum Base {
    /// A name and all below it.
    DirectoryName(Name),
    /// A host and all with labels to its left; of a leading period, only those. Empty: every host.
    DnsName(String),
    /// An address, and how many of its leading bits count; the others are 0.
    IpAddress(IpAddr, u8),
    /// A form whose names nothing here compares, as it was read.
    Other(GeneralNameForm, Vec<u8>),
    /// A mailbox, all mailboxes of a host, or, with a leading period, of the hosts below one.
    Rfc822Name(String),
    /// A host, or, with a leading period, the hosts below one.
    UniformResourceIdentifier(String),
}

impl Subtree {
    /// Hosts at or below a domain; `.example.com`, which RFC 5280 leaves open, is read as those below it. An empty text
    /// is every host.
    ///
    /// # Errors
    /// [`ExtensionError::Text`].
    pub fn dns(text: &str) -> Result<Self, ExtensionError> {
        if !text.is_empty() {
            check_host(text.strip_prefix('.').unwrap_or(text), text)?;
        }
        Ok(Self(Base::DnsName(text.to_owned())))
    }

    /// A mailbox (`a@example.com`), those of a host (`example.com`), or those of the hosts below one (`.example.com`).
    ///
    /// # Errors
    /// [`ExtensionError::Text`].
    pub fn email(text: &str) -> Result<Self, ExtensionError> {
        if text.contains('@') {
            Rfc822Name::new(text).map_err(|_| refused(text, "a mailbox, a host or .domain"))?;
        } else {
            check_host(text.strip_prefix('.').unwrap_or(text), text)?;
        }
        Ok(Self(Base::Rfc822Name(text.to_owned())))
    }

    /// URIs with a host (`example.com`), or with one of the hosts below a domain (`.example.com`).
    ///
    /// # Errors
    /// [`ExtensionError::Text`].
    pub fn uri(text: &str) -> Result<Self, ExtensionError> {
        check_host(text.strip_prefix('.').unwrap_or(text), text)?;
        Ok(Self(Base::UniformResourceIdentifier(text.to_owned())))
    }

    /// The addresses that share the first `prefix_bits` bits (RFC 4632).
    ///
    /// # Errors
    /// [`ExtensionError::Text`] for more bits than the address has, and for an address with other bits set.
    pub fn ip(address: IpAddr, prefix_bits: u8) -> Result<Self, ExtensionError> {
        let text = format!("{address}/{prefix_bits}");
        let (octets, mask) = (octets(address), mask(address, prefix_bits));
        let mask = mask.ok_or_else(|| refused(&text, "at most 32 bits of IPv4, 128 of IPv6"))?;
        if octets
            .iter()
            .zip(&mask)
            .any(|(octet, mask)| octet & !mask != 0)
        {
            return Err(refused(&text, "an address whose other bits are 0"));
        }
        Ok(Self(Base::IpAddress(address, prefix_bits)))
    }

    /// A name and all that begin with it; the empty name is every name.
    #[must_use]
    pub fn directory(name: Name) -> Self {
        Self(Base::DirectoryName(name))
    }

    /// The form of the names.
    #[must_use]
    pub fn form(&self) -> GeneralNameForm {
        match &self.0 {
            Base::DirectoryName(_) => GeneralNameForm::DirectoryName,
            Base::DnsName(_) => GeneralNameForm::DnsName,
            Base::IpAddress(..) => GeneralNameForm::IpAddress,
            Base::Other(form, _) => *form,
            Base::Rfc822Name(_) => GeneralNameForm::Rfc822Name,
            Base::UniformResourceIdentifier(_) => GeneralNameForm::UniformResourceIdentifier,
        }
    }

    /// A `GeneralSubtree`; `minimum` is its default and left out.
    pub(super) fn to_der(&self) -> Vec<u8> {
        let primitive = |number, content: &[u8]| tlv::write(tlv::context(number), content);
        let base = match &self.0 {
            Base::Rfc822Name(text) => primitive(RFC822_NAME, text.as_bytes()),
            Base::DnsName(text) => primitive(DNS_NAME, text.as_bytes()),
            Base::DirectoryName(name) => {
                tlv::write(tlv::context_constructed(DIRECTORY_NAME), name.as_der())
            }
            Base::UniformResourceIdentifier(text) => primitive(URI, text.as_bytes()),
            Base::IpAddress(address, bits) => {
                let mask = mask(*address, *bits).unwrap_or_default();
                primitive(IP_ADDRESS, &[octets(*address), mask].concat())
            }
            Base::Other(_, whole) => whole.clone(),
        };
        tlv::write(tlv::SEQUENCE, &base)
    }

    pub(super) fn read(value: tlv::Value<'_>) -> Result<Self, ExtensionError> {
        let malformed = ExtensionError::malformed(oid::NAME_CONSTRAINTS);
        let content = tlv::read(value.whole, tlv::SEQUENCE).map_err(&malformed)?;
        let mut reader = tlv::Reader::new(content).map_err(&malformed)?;
        let base = reader.any().map_err(&malformed)?;
        // A default that is written out is no DER, and says nothing else.
        let minimum = reader.optional(tlv::context(0)).map_err(&malformed)?;
        let maximum = reader.optional(tlv::context(1)).map_err(&malformed)?;
        reader.finish().map_err(&malformed)?;
        if minimum.is_some_and(|minimum| minimum != [0]) || maximum.is_some() {
            return Err(ExtensionError::Unsupported {
                oid: oid::NAME_CONSTRAINTS,
                what: "a minimum or a maximum",
            });
        }
        Self::of_general_name(&base)
    }

    fn of_general_name(base: &tlv::Value<'_>) -> Result<Self, ExtensionError> {
        let oid = oid::NAME_CONSTRAINTS;
        let form = GeneralNameForm::from_tag(base.tag).ok_or_else(|| {
            ExtensionError::malformed_because(oid, "a base that is no form of a general name")
        })?;
        let text = || {
            std::str::from_utf8(base.content)
                .ok()
                .filter(|text| text.is_ascii())
                .ok_or_else(|| {
                    let found = base.content.escape_ascii().to_string();
                    refused(&found, "an IA5String holds ASCII only")
                })
        };
        match form {
            GeneralNameForm::DirectoryName => {
                let name = Name::from_der(base.content).map_err(|source| {
                    let source = source.into();
                    ExtensionError::GeneralName { oid, source }
                })?;
                Ok(Self::directory(name))
            }
            GeneralNameForm::DnsName => Self::dns(text()?),
            GeneralNameForm::IpAddress => Self::of_octets(base.content),
            GeneralNameForm::Rfc822Name => Self::email(text()?),
            GeneralNameForm::UniformResourceIdentifier => Self::uri(text()?),
            other => Ok(Self(Base::Other(other, base.whole.to_vec()))),
        }
    }

    /// An address and its mask, of 4 octets each or of 16.
    fn of_octets(octets: &[u8]) -> Result<Self, ExtensionError> {
        let (address, mask) = octets.split_at(octets.len() / 2);
        let v4 = <[u8; 4]>::try_from(address).map(|octets| Ipv4Addr::from(octets).into());
        let v6 = <[u8; 16]>::try_from(address).map(|octets| Ipv6Addr::from(octets).into());
        let (Ok(address), true) = (v4.or(v6), octets.len().is_multiple_of(2)) else {
            let reason = "an iPAddress that is not of 8 or 32 octets";
            return Err(ExtensionError::malformed_because(
                oid::NAME_CONSTRAINTS,
                reason,
            ));
        };
        let bits: u32 = mask.iter().map(|octet| octet.leading_ones()).sum();
        let bits = u8::try_from(bits).unwrap_or(u8::MAX);
        if self::mask(address, bits).as_deref() != Some(mask) {
            let found = mask.escape_ascii().to_string();
            return Err(refused(&found, "a mask of leading ones (RFC 4632)"));
        }
        Self::ip(address, bits)
    }
}

impl FromStr for Subtree {
    type Err = ExtensionError;

    fn from_str(text: &str) -> Result<Self, ExtensionError> {
        let unknown = || ExtensionError::UnknownName {
            element: "subtree",
            found: text.chars().take(80).collect(),
            allowed: "dns:, email:, uri:, ip: with /bits, dn:".to_owned(),
        };
        let (form, rest) = text.split_once(':').ok_or_else(unknown)?;
        match form {
            "dns" => Self::dns(rest),
            "email" => Self::email(rest),
            "uri" => Self::uri(rest),
            "ip" => {
                let expected = "an address with its bits such as 10.0.0.0/8 or 2001:db8::/32";
                let parts = rest
                    .split_once('/')
                    .and_then(|(address, bits)| Some((address.parse().ok()?, bits.parse().ok()?)));
                let (address, bits) = parts.ok_or_else(|| refused(rest, expected))?;
                Self::ip(address, bits)
            }
            "dn" => rest
                .parse()
                .map(Self::directory)
                .map_err(
                    |source: crate::name::NameError| ExtensionError::GeneralName {
                        oid: oid::NAME_CONSTRAINTS,
                        source: source.into(),
                    },
                ),
            _ => Err(unknown()),
        }
    }
}

/// The form and the base: `dNSName:example.com`.
impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.form())?;
        match &self.0 {
            Base::DirectoryName(name) => name.fmt(f),
            Base::DnsName(text)
            | Base::Rfc822Name(text)
            | Base::UniformResourceIdentifier(text) => f.write_str(text),
            Base::IpAddress(address, bits) => write!(f, "{address}/{bits}"),
            Base::Other(_, whole) => whole.iter().try_for_each(|octet| write!(f, "{octet:02x}")),
        }
    }
}

fn check_host(host: &str, whole: &str) -> Result<(), ExtensionError> {
    match DnsName::new(host) {
        Ok(name) if !name.is_wildcard() => Ok(()),
        _ => Err(refused(whole, "a host name without a wildcard")),
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// As many leading ones, `None` when the address has not as many bits.
fn mask(address: IpAddr, bits: u8) -> Option<Vec<u8>> {
    let count = octets(address).len();
    let mut left = usize::from(bits);
    if left > count * 8 {
        return None;
    }
    let mut mask = Vec::with_capacity(count);
    for _ in 0..count {
        let ones = left.min(8);
        left -= ones;
        mask.push(
            u8::MAX
                .checked_shl(8 - u32::try_from(ones).ok()?)
                .unwrap_or(0),
        );
    }
    Some(mask)
}

fn refused(text: &str, expected: &'static str) -> ExtensionError {
    ExtensionError::Text {
        oid: oid::NAME_CONSTRAINTS,
        found: text.chars().take(80).collect(),
        expected,
    }
}

const RFC822_NAME: u8 = 1;
const DNS_NAME: u8 = 2;
const DIRECTORY_NAME: u8 = 4;
const URI: u8 = 6;
const IP_ADDRESS: u8 = 7;
