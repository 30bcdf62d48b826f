//! `.p12`: a private key and its certificates under one password (PKCS #12, RFC 7292).
//!
//! ```asn1
//! PFX ::= SEQUENCE { version INTEGER {v3(3)}, authSafe ContentInfo, macData MacData OPTIONAL }
//! ```
//!
//! Which ciphers a file may use depends on who imports it, so that is what a caller says: a [`P12Consumer`]. The crate
//! `p12-keystore` encodes, and with it come three things that a caller should know:
//!
//! - salts and initialisation vectors come from its own generator, seeded by the operating system: the same key gives
//!   other octets each time;
//! - it keeps copies of the key, in plain and as derived keys, that are freed without being wiped. What this module
//!   holds itself is wiped;
//! - the alias names the key; the friendly name of each certificate is its own subject.

use std::fmt;

use p12_keystore::{KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};

use crate::cert::Certificate;
use crate::key::{KeyPair, Passphrase};

pub use consumer::{P12Consumer, P12Encryption, P12Scheme};
pub use error::P12Error;
pub use read::{P12Contents, is_p12, read_p12};

mod consumer;
mod error;
mod read;

/// What goes into a file.
#[derive(Clone, Copy, Debug)]
pub struct P12Draft<'a> {
    /// The private key.
    pub key: &'a KeyPair,
    /// The certificate of the key, then each followed by the one that signed it.
    pub leaf_first: &'a [Certificate],
    /// The friendly name of the key (RFC 2985 §5.5.1): 1 to 255 characters, none of them a control character or beyond
    /// the basic plane, which a `BMPString` cannot write. Java shows it in lower case.
    pub alias: &'a str,
}

/// The password of a file.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum P12Password<'a> {
    /// The empty password, which protects nothing; consumers disagree on its encoding (RFC 7292 §B.1), and some open
    /// no such file.
    Empty,
    /// A passphrase. Printable ASCII where a file is written: under PBES2 some consumers take the octets of UTF-8 and
    /// others those of their own code page.
    Passphrase(&'a Passphrase),
}

/// Writes a file for a consumer, and reads it back before it is handed out.
///
/// # Errors
/// [`P12Error::Alias`], [`P12Error::Empty`], [`P12Error::Encode`], [`P12Error::Key`], [`P12Error::KeyMismatch`],
/// [`P12Error::Mismatch`], [`P12Error::PasswordCharacter`], [`P12Error::PasswordTooShort`], [`P12Error::Repeated`],
/// [`P12Error::TooLong`] and [`P12Error::Unchained`].
pub fn p12(
    consumer: P12Consumer,
    draft: &P12Draft<'_>,
    password: P12Password<'_>,
) -> Result<Vec<u8>, P12Error> {
    check(consumer, draft.alias, password)?;
    check_chain(draft)?;
    let octets = encode(consumer.scheme(), draft, password)?;
    let again = read_p12(&octets, password).map_err(|source| P12Error::Mismatch {
        source: Some(Box::new(source)),
    })?;
    let is_same = again.alias() == Some(draft.alias)
        && again.leaf_first() == draft.leaf_first
        && again.others().is_empty()
        && again.key().to_pkcs8_der()? == draft.key.to_pkcs8_der()?;
    if is_same {
        return Ok(octets);
    }
    Err(P12Error::Mismatch { source: None })
}

/// Whether a file for a consumer may have this alias and this password: for those who ask before there is a key.
///
/// # Errors
/// [`P12Error::Alias`], [`P12Error::PasswordCharacter`] and [`P12Error::PasswordTooShort`].
pub fn check(
    consumer: P12Consumer,
    alias: &str,
    password: P12Password<'_>,
) -> Result<(), P12Error> {
    check_password(consumer, password)?;
    check_alias(alias)
}

impl P12Password<'_> {
    fn expose_secret(&self) -> &str {
        match self {
            Self::Empty => "",
            Self::Passphrase(passphrase) => passphrase.expose_secret(),
        }
    }
}

impl fmt::Debug for P12Password<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Passphrase(_) => "Passphrase([elided])",
        })
    }
}

fn encode(
    scheme: P12Scheme,
    draft: &P12Draft<'_>,
    password: P12Password<'_>,
) -> Result<Vec<u8>, P12Error> {
    let certificates: Result<Vec<_>, _> = draft
        .leaf_first
        .iter()
        .map(|certificate| p12_keystore::Certificate::from_der(certificate.as_der()))
        .collect();
    let key = PrivateKey::from_der(&draft.key.to_pkcs8_der()?).map_err(P12Error::encode)?;
    // RFC 2985 §5.5.2 leaves the value open; OpenSSL too writes the certificate's SHA-1.
    let local_key_id = draft.leaf_first.first().map(Certificate::sha1);
    let local_key_id = local_key_id.unwrap_or_default().to_vec();
    let chain = PrivateKeyChain::new(local_key_id, key, certificates.map_err(P12Error::encode)?);
    let mut store = KeyStore::new();
    store.add_entry(draft.alias, KeyStoreEntry::PrivateKeyChain(chain));
    let P12Scheme {
        encryption,
        iterations,
    } = scheme;
    let octets = store
        .writer(password.expose_secret())
        .encryption_algorithm(encryption.cipher())
        .encryption_iterations(iterations)
        .mac_algorithm(encryption.mac())
        .mac_iterations(iterations)
        .write();
    octets.map_err(P12Error::encode)
}

/// Whether a consumer takes this password.
///
/// # Errors
/// [`P12Error::PasswordCharacter`] and [`P12Error::PasswordTooShort`].
pub(crate) fn check_password(
    consumer: P12Consumer,
    password: P12Password<'_>,
) -> Result<(), P12Error> {
    let text = password.expose_secret();
    let is_printable = |c: &char| c.is_ascii_graphic() || *c == ' ';
    if let Some(position) = text.chars().position(|c| !is_printable(&c)) {
        return Err(P12Error::PasswordCharacter { position });
    }
    let min = consumer.min_password_octets();
    // For the other consumers an empty password is the caller's explicit choice.
    if text.len() < min {
        return Err(P12Error::PasswordTooShort {
            consumer,
            actual: text.len(),
            min,
        });
    }
    Ok(())
}

fn check_alias(alias: &str) -> Result<(), P12Error> {
    let refused = |reason| P12Error::Alias { reason };
    if alias.trim().is_empty() {
        return Err(refused("is empty"));
    }
    if alias.chars().count() > MAX_ALIAS_CHARS {
        return Err(refused("has more than 255 characters"));
    }
    if alias.chars().any(char::is_control) {
        return Err(refused("has a control character"));
    }
    if alias.chars().any(|c| u32::from(c) > 0xFFFF) {
        return Err(refused("has a character beyond the basic plane"));
    }
    Ok(())
}

/// A key without its certificate is of no use to a consumer, and most build no path over a gap.
fn check_chain(draft: &P12Draft<'_>) -> Result<(), P12Error> {
    let chain = draft.leaf_first;
    let leaf = chain.first().ok_or(P12Error::Empty)?;
    if leaf.public_key() != draft.key.public_key() {
        return Err(P12Error::KeyMismatch {
            subject: leaf.subject().to_string(),
        });
    }
    for (position, (below, above)) in chain.iter().zip(chain.iter().skip(1)).enumerate() {
        if !read::issued(above, below) {
            return Err(P12Error::Unchained {
                position: position + 1,
                found: above.subject().to_string(),
                expected: below.issuer().to_string(),
            });
        }
    }
    let is_repeated = |(position, certificate): (usize, &Certificate)| {
        let before = chain.get(..position).unwrap_or_default();
        before.contains(certificate).then_some(position)
    };
    match chain.iter().enumerate().find_map(is_repeated) {
        Some(position) => Err(P12Error::Repeated { position }),
        None => Ok(()),
    }
}

/// RFC 2985 §5.5.1 (`pkcs-9-ub-friendlyName`).
const MAX_ALIAS_CHARS: usize = 255;

#[cfg(test)]
mod tests;
