//! The forms that are texts: each type holds what its grammar allows and nothing else.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::{GeneralNameError, GeneralNameForm};

/// A host name in preferred name syntax (RFC 5280 §4.2.1.6, RFC 1034 §3.5 as RFC 1123 §2.1 modifies it).
///
/// Invariant: labels of 1 to 63 letters, digits and inner hyphens, at most 253 octets, the last label not all digits;
/// the leftmost label may be `*` when another follows. No trailing dot.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct DnsName(String);

/// A mailbox (RFC 5280 §4.2.1.6, RFC 5321 §4.1.2).
///
/// Invariant: a local part of 1 to 64 octets (dot-string or quoted string), `@`, and a host name or an address
/// literal; at most 254 octets, ASCII.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Rfc822Name(String);

/// An absolute URI (RFC 5280 §4.2.1.6, RFC 3986 §3).
///
/// Invariant: a scheme, `:` and something more, in the characters of RFC 3986 §2; an http, https or ftp URI names a
/// host; at most 4096 octets.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct UniformResourceIdentifier(String);

impl DnsName {
    /// Checks a host name.
    ///
    /// # Errors
    /// [`GeneralNameError::Content`] with the rule that it breaks.
    pub fn new(text: &str) -> Result<Self, GeneralNameError> {
        check_dns(text)
            .map(|()| Self(text.to_owned()))
            .map_err(|expected| content(GeneralNameForm::DnsName, text, expected))
    }

    /// The name as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the leftmost label is `*`.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }
}

impl Rfc822Name {
    /// Checks a mailbox.
    ///
    /// # Errors
    /// [`GeneralNameError::Content`] with the rule that it breaks.
    pub fn new(text: &str) -> Result<Self, GeneralNameError> {
        check_mailbox(text)
            .map(|()| Self(text.to_owned()))
            .map_err(|expected| content(GeneralNameForm::Rfc822Name, text, expected))
    }

    /// The mailbox as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl UniformResourceIdentifier {
    /// Checks a URI.
    ///
    /// # Errors
    /// [`GeneralNameError::Content`] with the rule that it breaks.
    pub fn new(text: &str) -> Result<Self, GeneralNameError> {
        check_uri(text)
            .map(|()| Self(text.to_owned()))
            .map_err(|expected| content(GeneralNameForm::UniformResourceIdentifier, text, expected))
    }

    /// The URI as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host of its authority, without user and port; a literal IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        let (_, rest) = self.0.split_once(':')?;
        host_of(rest).filter(|host| !host.is_empty())
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Rfc822Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for UniformResourceIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn check_dns(text: &str) -> Result<(), &'static str> {
    let host = text.strip_prefix("*.").unwrap_or(text);
    if host.contains('*') {
        return Err("a wildcard is the whole leftmost label, with a name after it");
    }
    if text.len() > MAX_DNS_OCTETS {
        return Err("a host name has at most 253 octets");
    }
    check_host(host)
}

fn check_host(host: &str) -> Result<(), &'static str> {
    if host.is_empty() {
        return Err("a host name is not empty");
    }
    for label in host.split('.') {
        if label.is_empty() || label.len() > MAX_LABEL_OCTETS {
            return Err("every label has 1 to 63 octets, and no dot stands at either end");
        }
        if !label
            .bytes()
            .all(|c| c.is_ascii_alphanumeric() || c == b'-')
        {
            return Err("labels hold letters, digits and hyphens only (an IDN is written as xn--)");
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err("a label neither starts nor ends with a hyphen");
        }
    }
    // RFC 1123 §2.1: the highest-level label is alphabetic, or the name could not be told from an address.
    let last = host.rsplit('.').next().unwrap_or(host);
    if last.bytes().all(|c| c.is_ascii_digit()) {
        return Err("the last label is not all digits (an address is an iPAddress)");
    }
    Ok(())
}

fn check_mailbox(text: &str) -> Result<(), &'static str> {
    if text.len() > MAX_MAILBOX_OCTETS {
        return Err("a mailbox has at most 254 octets");
    }
    let Some((local, domain)) = text.rsplit_once('@') else {
        return Err("a mailbox is written local@domain");
    };
    if local.is_empty() || local.len() > MAX_LOCAL_OCTETS {
        return Err("the local part has 1 to 64 octets");
    }
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let local_fits = if quoted {
        is_quoted_string(local)
    } else {
        local.split('.').all(is_atom)
    };
    if !local_fits {
        return Err("the local part is atoms joined by dots, or a quoted string (RFC 5321 §4.1.2)");
    }
    match domain.strip_prefix('[') {
        Some(literal) => check_address_literal(literal),
        None => check_host(domain),
    }
}

/// RFC 5322 §3.2.3 `atext`, at least one.
fn is_atom(text: &str) -> bool {
    let is_atext =
        |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&octet);
    !text.is_empty() && text.bytes().all(is_atext)
}

/// RFC 5321 §4.1.2 `Quoted-string`, the quotes included.
fn is_quoted_string(text: &str) -> bool {
    let mut inner = text
        .bytes()
        .skip(1)
        .take(text.len().saturating_sub(2))
        .peekable();
    while let Some(octet) = inner.next() {
        let printable = matches!(octet, b' '..=b'~');
        let escaped =
            octet == b'\\' && inner.next().is_some_and(|next| matches!(next, b' '..=b'~'));
        if !printable || octet == b'"' || (octet == b'\\' && !escaped) {
            return false;
        }
    }
    true
}

/// RFC 5321 §4.1.3, after the opening bracket.
fn check_address_literal(literal: &str) -> Result<(), &'static str> {
    let address = literal.strip_suffix(']').unwrap_or_default();
    let fits = match address.strip_prefix("IPv6:") {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => address.parse::<Ipv4Addr>().is_ok(),
    };
    if fits {
        return Ok(());
    }
    Err("an address literal is [192.0.2.1] or [IPv6:2001:db8::1]")
}

fn check_uri(text: &str) -> Result<(), &'static str> {
    if text.len() > MAX_URI_OCTETS {
        return Err("a URI has at most 4096 octets");
    }
    // RFC 5280 §4.2.1.6: the name MUST NOT be a relative URI.
    let Some((scheme, rest)) = text.split_once(':') else {
        return Err("a URI starts with a scheme such as https:");
    };
    let follows = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.');
    if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        || !scheme.bytes().all(follows)
    {
        return Err("a URI starts with a scheme such as https:");
    }
    if rest.is_empty() {
        return Err("something follows the scheme");
    }
    if !rest.bytes().all(is_uri_octet) {
        return Err("a URI holds the characters of RFC 3986 §2 only, others as %XX");
    }
    if !percent_is_followed_by_hex(rest) {
        return Err("two hexadecimal digits follow %");
    }
    let names_host = ["http", "https", "ftp"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    if names_host && host_of(rest).is_none_or(str::is_empty) {
        return Err("an http, https or ftp URI names a host after //");
    }
    Ok(())
}

/// RFC 3986 §2.2 reserved, §2.3 unreserved, and `%`.
fn is_uri_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&octet)
}

fn percent_is_followed_by_hex(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        after.len() >= 2 && after.bytes().take(2).all(|digit| digit.is_ascii_hexdigit())
    })
}

/// The host of an authority, without user and port (RFC 3986 §3.2).
fn host_of(after_scheme: &str) -> Option<&str> {
    let authority = after_scheme
        .strip_prefix("//")?
        .split(['/', '?', '#'])
        .next()?;
    let host_and_port = authority.rsplit('@').next()?;
    if let Some(bracketed) = host_and_port.strip_prefix('[') {
        return bracketed.split_once(']').map(|(host, _)| host);
    }
    host_and_port.split(':').next()
}

fn content(form: GeneralNameForm, text: &str, expected: &'static str) -> GeneralNameError {
    GeneralNameError::Content {
        form,
        found: text.chars().take(80).collect(),
        expected,
    }
}

const MAX_DNS_OCTETS: usize = 253;
const MAX_LABEL_OCTETS: usize = 63;
const MAX_LOCAL_OCTETS: usize = 64;
/// RFC 5321 §4.5.3.1.3: a path of 256 octets, its angle brackets taken off.
const MAX_MAILBOX_OCTETS: usize = 254;
const MAX_URI_OCTETS: usize = 4096;
