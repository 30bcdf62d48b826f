//! Reading what others, or this crate, wrote.

use std::fmt;

use p12_keystore::error::Error;
use p12_keystore::{CertificateBag, Pkcs12Archive, PrivateKeyBag};

use crate::bundle::p12::P12Password;
use crate::bundle::p12::error::P12Error;
use crate::cert::Certificate;
use crate::key::KeyPair;
use crate::tlv;

/// What a file holds: one private key, the certificates that lead from it upwards, and any others.
pub struct P12Contents {
    key: KeyPair,
    leaf_first: Vec<Certificate>,
    others: Vec<Certificate>,
    alias: Option<String>,
}

/// Reads a file with one private key.
///
/// DER with a password MAC (RFC 7292 §4), which is checked before anything is decrypted; PBES2, 3DES or 40-bit RC2
/// within. Files longer than [`P12Contents::MAX_OCTETS`], and any key derivation of more than a million rounds, are
/// refused before they cost time.
///
/// # Errors
/// [`P12Error::Certificate`], [`P12Error::CertificateAbsent`], [`P12Error::Indefinite`], [`P12Error::Key`],
/// [`P12Error::Keys`], [`P12Error::MacAbsent`], [`P12Error::Malformed`], [`P12Error::TooLong`], [`P12Error::Unreadable`] and
/// [`P12Error::WrongPassword`].
pub fn read_p12(octets: &[u8], password: P12Password<'_>) -> Result<P12Contents, P12Error> {
    if octets.len() > P12Contents::MAX_OCTETS {
        return Err(P12Error::TooLong {
            actual: octets.len(),
        });
    }
    check_mac_present(octets)?;
    let archive = Pkcs12Archive::from_pkcs12(octets, password.expose_secret());
    let Pkcs12Archive { keys, certs, .. } = archive.map_err(|error| match error {
        Error::MacError(_) => P12Error::WrongPassword,
        error => P12Error::Unreadable(Box::new(error)),
    })?;
    let [bag] = keys.as_slice() else {
        return Err(P12Error::Keys { found: keys.len() });
    };
    let key = KeyPair::from_pkcs8_der(bag.key.as_der())?;
    let (leaf_first, others) = chain_of(&key, bag, &certs)?;
    Ok(P12Contents {
        key,
        leaf_first,
        others,
        alias: bag.friendly_name.clone(),
    })
}

/// Whether octets begin as a file in DER or BER does; nothing more is looked at.
#[must_use]
pub fn is_p12(octets: &[u8]) -> bool {
    let Some((&tlv::SEQUENCE, rest)) = octets.split_first() else {
        return false;
    };
    let long_form = match rest.first() {
        Some(first @ 0x81..=0x84) => usize::from(first & 0x0F),
        _ => 0,
    };
    // version INTEGER {v3(3)}: a certificate, a request or a message begins with another type.
    rest.get(1 + long_form..)
        .is_some_and(|content| content.starts_with(&[tlv::INTEGER, 1, 3]))
}

impl P12Contents {
    /// Octets of the longest file that is read: dozens of certificates.
    pub const MAX_OCTETS: usize = 131_072;

    /// The private key.
    #[must_use]
    pub fn key(&self) -> &KeyPair {
        &self.key
    }

    /// The certificate of the key, then each followed by the one that signed it, as far as the file goes.
    #[must_use]
    pub fn leaf_first(&self) -> &[Certificate] {
        &self.leaf_first
    }

    /// Certificates of the file that the chain does not reach, in their order.
    #[must_use]
    pub fn others(&self) -> &[Certificate] {
        &self.others
    }

    /// The friendly name of the key.
    #[must_use]
    pub fn alias(&self) -> Option<&str> {
        self.alias.as_deref()
    }

    /// The key, and the chain leaf first.
    #[must_use]
    pub fn into_parts(self) -> (KeyPair, Vec<Certificate>) {
        (self.key, self.leaf_first)
    }
}

impl fmt::Debug for P12Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("P12Contents")
            .field("key", &"[elided]")
            .field("leaf_first", &self.leaf_first)
            .field("others", &self.others)
            .field("alias", &self.alias)
            .finish()
    }
}

/// Whether `issuer` signed `subject`; names alone prove nothing.
pub(super) fn issued(issuer: &Certificate, subject: &Certificate) -> bool {
    issuer.subject() == subject.issuer() && subject.verify_signature(issuer.public_key()).is_ok()
}

/// The outermost values only, which tell whether there is a MAC: the decoder would do without.
fn check_mac_present(octets: &[u8]) -> Result<(), P12Error> {
    if octets.starts_with(&[tlv::SEQUENCE, INDEFINITE]) {
        return Err(P12Error::Indefinite);
    }
    let malformed = |error: der::Error| P12Error::Malformed(Box::new(error));
    let pfx = tlv::read(octets, tlv::SEQUENCE).map_err(malformed)?;
    let mut reader = tlv::Reader::new(pfx).map_err(malformed)?;
    reader.expect(tlv::INTEGER).map_err(malformed)?;
    reader.expect(tlv::SEQUENCE).map_err(malformed)?;
    if reader.is_finished() {
        return Err(P12Error::MacAbsent);
    }
    reader.expect(tlv::SEQUENCE).map_err(malformed)?;
    reader.finish().map_err(malformed)
}

/// The certificates in two parts: those from the key's own upwards, and the rest.
fn chain_of(
    key: &KeyPair,
    bag: &PrivateKeyBag,
    bags: &[CertificateBag],
) -> Result<(Vec<Certificate>, Vec<Certificate>), P12Error> {
    let read = |(position, bag): (usize, &CertificateBag)| {
        Certificate::from_der(bag.cert.as_der())
            .map_err(|source| P12Error::Certificate { position, source })
    };
    let mut rest: Vec<Certificate> = bags
        .iter()
        .enumerate()
        .map(read)
        .collect::<Result<_, _>>()?;
    let is_own = |certificate: &Certificate| certificate.public_key() == key.public_key();
    // After a renewal with the same key there are two; the local key id tells which one the key came with.
    let marked = |(certificate, from): (&Certificate, &CertificateBag)| {
        let id = bag.local_key_id.as_ref().map(AsRef::<[u8]>::as_ref);
        is_own(certificate) && id.is_some() && from.local_key_id.as_deref() == id
    };
    let leaf = rest
        .iter()
        .zip(bags)
        .position(marked)
        .or_else(|| rest.iter().position(is_own))
        .ok_or(P12Error::CertificateAbsent { found: bags.len() })?;
    let mut last = rest.remove(leaf);
    let mut chain = Vec::new();
    while let Some(at) = rest.iter().position(|next| issued(next, &last)) {
        chain.push(std::mem::replace(&mut last, rest.remove(at)));
    }
    chain.push(last);
    Ok((chain, rest))
}

/// The length octet that announces an end instead of a length (X.690 §8.1.3.6).
const INDEFINITE: u8 = 0x80;
