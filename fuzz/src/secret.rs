//! What may hold private keys.

use certwright::bundle::p12::{P12Password, read_p12};
use certwright::key::{KeyPair, Passphrase};
use certwright::pem::{self, Label};
use der::asn1::OctetString;
use der::{Any, Decode, Encode};
use hmac::{Hmac, KeyInit, Mac};
use pkcs12::kdf::{Pkcs12KeyType, derive_key_utf8};
use pkcs12::pfx::Pfx;
use sha1::Sha1;
use sha2::Sha256;

/// A private key, PKCS #8 or any PEM: what we write of it is the same key.
pub fn key(octets: &[u8]) {
    let passphrase = Passphrase::new(PASSWORD.to_owned()).unwrap();
    let read = KeyPair::from_pkcs8_der(octets)
        .ok()
        .or_else(|| KeyPair::from_pem(octets, Some(&passphrase)).ok());
    let Some(key) = read else {
        return;
    };
    let written = key.to_pkcs8_der().unwrap();
    let again = KeyPair::from_pkcs8_der(&written).unwrap();
    assert_eq!(again.public_key(), key.public_key());
    assert_eq!(again.to_pkcs8_der().unwrap(), written);
    let text = key.to_pkcs8_pem().unwrap();
    let again = KeyPair::from_pem(text.as_bytes(), None).unwrap();
    assert_eq!(again.algorithm(), key.algorithm());
}

/// A PKCS #12, as it is and once more with its MAC put right: behind a wrong one nothing is read.
pub fn p12(octets: &[u8]) {
    let passphrase = Passphrase::new(PASSWORD.to_owned()).unwrap();
    let read = |octets: &[u8]| {
        let Ok(contents) = read_p12(octets, P12Password::Passphrase(&passphrase)) else {
            return;
        };
        assert_eq!(
            contents.leaf_first()[0].public_key(),
            contents.key().public_key()
        );
        let (key, leaf_first) = contents.into_parts();
        assert!(!leaf_first.is_empty() && key.to_pkcs8_der().is_ok());
    };
    read(octets);
    if let Some(mended) = with_right_mac(octets) {
        read(&mended);
    }
}

/// PEM: what is found in a text, written and read again, is the same.
pub fn pem(octets: &[u8]) {
    let Ok(blocks) = pem::decode_all(octets, Label::ALL, octets.len()) else {
        return;
    };
    let mut text = String::new();
    for block in &blocks {
        text.push_str(&pem::encode(block.label(), block.der()));
    }
    let again = pem::decode_all(text.as_bytes(), Label::ALL, text.len()).unwrap();
    assert_eq!(again.len(), blocks.len());
    for (block, again) in blocks.iter().zip(&again) {
        assert_eq!(block.label(), again.label());
        assert_eq!(block.der(), again.der());
    }
}

/// The same file with the MAC that its content asks for (RFC 7292 §4, appendix B), where that is soon computed.
fn with_right_mac(octets: &[u8]) -> Option<Vec<u8>> {
    let mut pfx = Pfx::from_der(octets).ok()?;
    let content = pfx.auth_safe.content.decode_as::<OctetString>().ok()?;
    let mac_data = pfx.mac_data.as_mut()?;
    if !(1..=16).contains(&mac_data.iterations) {
        return None;
    }
    let salt = mac_data.mac_salt.as_bytes();
    let derive = |length: usize| (Pkcs12KeyType::Mac, mac_data.iterations, length);
    let digest = match mac_data.mac.algorithm.oid.to_string().as_str() {
        "1.3.14.3.2.26" => {
            let (id, rounds, length) = derive(20);
            let key = derive_key_utf8::<Sha1>(PASSWORD, salt, id, rounds, length).ok()?;
            let mac = Hmac::<Sha1>::new_from_slice(&key).ok()?;
            mac.chain_update(content.as_bytes())
                .finalize()
                .into_bytes()
                .to_vec()
        }
        "2.16.840.1.101.3.4.2.1" => {
            let (id, rounds, length) = derive(32);
            let key = derive_key_utf8::<Sha256>(PASSWORD, salt, id, rounds, length).ok()?;
            let mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
            mac.chain_update(content.as_bytes())
                .finalize()
                .into_bytes()
                .to_vec()
        }
        _ => return None,
    };
    mac_data.mac.digest = OctetString::new(digest).ok()?;
    pfx.auth_safe.content = Any::encode_from(&content).ok()?;
    pfx.to_der().ok()
}

/// Of the seeds that are locked.
const PASSWORD: &str = "changeit";
