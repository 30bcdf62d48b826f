//! Where a private key in a token is found: a `pkcs11:` URI (RFC 7512 §2.3).

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::key::error::KeyError;

/// A private key in a PKCS #11 token.
///
/// Invariant: it names the library that leads to the token, and the key by label or identifier. It holds no PIN.
///
/// Read are of the path `token`, `manufacturer`, `model`, `serial`, `slot-id`, `object`, `id` and `type`, of the query
/// `module-path` and `pin-source`: a file whose first line is the PIN. What else a URI may say is refused, `pin-value` too:
/// a secret does not belong where command lines and configurations are read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenUri {
    text: String,
    pub(super) token: Token,
    pub(super) object: Option<String>,
    pub(super) id: Option<Vec<u8>>,
    module_path: PathBuf,
    pin_source: Option<PathBuf>,
}

/// What is asked of a token; whatever is left out may be anything.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Token {
    pub(super) label: Option<String>,
    pub(super) manufacturer: Option<String>,
    pub(super) model: Option<String>,
    pub(super) serial: Option<String>,
    pub(super) slot_id: Option<u64>,
}

impl TokenUri {
    pub(super) fn module_path(&self) -> &Path {
        &self.module_path
    }

    pub(in crate::key) fn pin_source(&self) -> Option<&Path> {
        self.pin_source.as_deref()
    }
}

impl FromStr for TokenUri {
    type Err = KeyError;

    /// # Errors
    /// [`KeyError::TokenUri`].
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let rest = text.strip_prefix("pkcs11:");
        let rest = rest.ok_or_else(|| refused("it does not begin with pkcs11:"))?;
        if text.len() > MAX_OCTETS {
            return Err(refused(format!(
                "it has {} octets, allowed {MAX_OCTETS}",
                text.len()
            )));
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut found = Found::default();
        for attribute in path.split(';').filter(|one| !one.is_empty()) {
            found.path(attribute)?;
        }
        for attribute in query.split('&').filter(|one| !one.is_empty()) {
            found.query(attribute)?;
        }
        found.finish(text)
    }
}

impl fmt::Display for TokenUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What was read so far.
#[derive(Default)]
struct Found {
    token: Token,
    object: Option<String>,
    id: Option<Vec<u8>>,
    module_path: Option<PathBuf>,
    pin_source: Option<PathBuf>,
    names: Vec<String>,
}

impl Found {
    fn path(&mut self, attribute: &str) -> Result<(), KeyError> {
        let (name, octets) = self.attribute(attribute)?;
        match name {
            "id" => self.id = Some(octets),
            "manufacturer" => self.token.manufacturer = Some(text(name, octets)?),
            "model" => self.token.model = Some(text(name, octets)?),
            "object" => self.object = Some(text(name, octets)?),
            "serial" => self.token.serial = Some(text(name, octets)?),
            "slot-id" => {
                let number = text(name, octets)?.parse();
                self.token.slot_id = Some(number.map_err(|_| refused("slot-id is not a number"))?);
            }
            "token" => self.token.label = Some(text(name, octets)?),
            "type" if octets == b"private" => {}
            "type" => return Err(refused("type is not private")),
            _ => return Err(unknown("path", name)),
        }
        Ok(())
    }

    fn query(&mut self, attribute: &str) -> Result<(), KeyError> {
        let (name, octets) = self.attribute(attribute)?;
        match name {
            "module-path" => self.module_path = Some(file(name, octets)?),
            "pin-source" => self.pin_source = Some(file(name, octets)?),
            "pin-value" => {
                return Err(refused(
                    "pin-value shows the PIN to whoever reads the URI: pin-source names a file that holds it",
                ));
            }
            _ => return Err(unknown("query", name)),
        }
        Ok(())
    }

    /// Name and value; RFC 7512 §2.3: no name occurs twice in a URI.
    fn attribute<'a>(&mut self, attribute: &'a str) -> Result<(&'a str, Vec<u8>), KeyError> {
        let Some((name, value)) = attribute.split_once('=') else {
            return Err(refused("an attribute has no value"));
        };
        if self.names.iter().any(|known| known == name) {
            return Err(refused(format!("{} occurs twice", shown(name))));
        }
        self.names.push(name.to_owned());
        match decoded(value) {
            Some(octets) if !octets.is_empty() => Ok((name, octets)),
            Some(_) => Err(refused(format!("{} is empty", shown(name)))),
            None => Err(refused(format!(
                "{} has a % that no two hexadecimal digits follow",
                shown(name)
            ))),
        }
    }

    fn finish(self, text: &str) -> Result<TokenUri, KeyError> {
        if self.object.is_none() && self.id.is_none() {
            return Err(refused("neither object nor id names the key"));
        }
        let module_path = self.module_path;
        let module_path = module_path
            .ok_or_else(|| refused("module-path does not name the library of the token"))?;
        Ok(TokenUri {
            text: text.to_owned(),
            token: self.token,
            object: self.object,
            id: self.id,
            module_path,
            pin_source: self.pin_source,
        })
    }
}

/// RFC 3986 §2.1.
fn decoded(value: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(octet) = rest.next() {
        if octet != b'%' {
            octets.push(octet);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        octets.push(u8::try_from(high * 16 + low).ok()?);
    }
    Some(octets)
}

fn text(name: &str, octets: Vec<u8>) -> Result<String, KeyError> {
    String::from_utf8(octets).map_err(|_| refused(format!("{name} is not UTF-8")))
}

/// RFC 7512 §2.4: a path, or a `file:` URI. A library or a secret must not depend on where a command was called.
fn file(name: &str, octets: Vec<u8>) -> Result<PathBuf, KeyError> {
    let text = text(name, octets)?;
    let path = text.strip_prefix("file:").unwrap_or(&text);
    let path = PathBuf::from(path.strip_prefix("//").unwrap_or(path));
    if path.is_absolute() {
        return Ok(path);
    }
    Err(refused(format!(
        "{name} is not the absolute path of a file"
    )))
}

fn unknown(part: &str, name: &str) -> KeyError {
    refused(format!("its {part} has {}", shown(name)))
}

/// A stranger's word, cut where it is long.
fn shown(name: &str) -> String {
    format!("{:?}", name.chars().take(40).collect::<String>())
}

fn refused(reason: impl Into<String>) -> KeyError {
    KeyError::TokenUri {
        reason: reason.into(),
    }
}

const MAX_OCTETS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        match text.parse::<TokenUri>() {
            Err(KeyError::TokenUri { reason }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_uri_names_token_key_library_and_the_file_of_the_pin() {
        let text = "pkcs11:token=CA%20keys;slot-id=7;object=root;id=%01%aF;type=private\
                    ?module-path=/usr/lib/p11.so&pin-source=file:///etc/pin";
        let uri: TokenUri = text.parse().unwrap();
        assert_eq!(uri.token.label.as_deref(), Some("CA keys"));
        assert_eq!(uri.token.slot_id, Some(7));
        assert_eq!(uri.object.as_deref(), Some("root"));
        assert_eq!(uri.id.as_deref(), Some(&[1, 0xAF][..]));
        assert_eq!(uri.module_path(), Path::new("/usr/lib/p11.so"));
        assert_eq!(uri.pin_source(), Some(Path::new("/etc/pin")));
        assert_eq!(uri.to_string(), text);
        let plain: TokenUri = "pkcs11:object=a?module-path=/p11.so".parse().unwrap();
        assert_eq!((plain.token, plain.pin_source), (Token::default(), None));
    }

    #[test]
    fn what_is_wrong_with_a_uri_is_told_without_its_values() {
        for (text, expected) in [
            ("pkcs12:object=a", "it does not begin with pkcs11:"),
            (
                "pkcs11:?module-path=/m",
                "neither object nor id names the key",
            ),
            (
                "pkcs11:object=a",
                "module-path does not name the library of the token",
            ),
            (
                "pkcs11:object=a?module-path=m",
                "module-path is not the absolute path of a file",
            ),
            (
                "pkcs11:object=a;object=b?module-path=/m",
                "\"object\" occurs twice",
            ),
            ("pkcs11:object=?module-path=/m", "\"object\" is empty"),
            (
                "pkcs11:object=%4?module-path=/m",
                "\"object\" has a % that no two hexadecimal digits follow",
            ),
            ("pkcs11:object=%ff?module-path=/m", "object is not UTF-8"),
            ("pkcs11:object?module-path=/m", "an attribute has no value"),
            (
                "pkcs11:object=a;type=public?module-path=/m",
                "type is not private",
            ),
            (
                "pkcs11:object=a;slot-id=x?module-path=/m",
                "slot-id is not a number",
            ),
            (
                "pkcs11:object=a;x-y=1?module-path=/m",
                "its path has \"x-y\"",
            ),
            (
                "pkcs11:object=a?module-path=/m&module-name=x",
                "its query has \"module-name\"",
            ),
            (
                "pkcs11:object=a?module-path=/m&pin-source=|cat",
                "pin-source is not the absolute path of a file",
            ),
        ] {
            assert_eq!(reason(text), expected, "{text}");
        }
        let secret = reason("pkcs11:object=a?module-path=/m&pin-value=8642");
        assert!(
            secret.starts_with("pin-value shows") && !secret.contains("8642"),
            "{secret}"
        );
        let long = format!("pkcs11:object={}", "a".repeat(MAX_OCTETS));
        assert_eq!(reason(&long), "it has 4110 octets, allowed 4096");
    }
}
