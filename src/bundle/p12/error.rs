//! Why a PKCS #12 file is not written or not read.

use std::error::Error;

use crate::bundle::p12::consumer::{P12Consumer, names};
use crate::bundle::p12::read::P12Contents;
use crate::cert::CertificateError;
use crate::key::KeyError;

/// Why a PKCS #12 file is not written or not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum P12Error {
    /// A friendly name that not every consumer reads.
    #[error(
        "alias {reason}, allowed are 1 to 255 characters of the basic plane, no control characters"
    )]
    Alias {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A certificate in the file is none.
    #[error("certificate {position} of the file is not valid")]
    Certificate {
        /// Certificates before it.
        position: usize,
        /// What is wrong with it.
        source: CertificateError,
    },
    /// No certificate of the key in the file.
    #[error("none of {found} certificates in the file has the public key of its private key")]
    CertificateAbsent {
        /// Certificates in the file.
        found: usize,
    },
    /// No certificate to write.
    #[error("no certificate for a PKCS #12 file, at least one is required")]
    Empty,
    /// The encoder refuses what it was given.
    #[error("PKCS #12 file cannot be made")]
    Encode(#[source] Box<dyn Error + Send + Sync>),
    /// Lengths that only their end tells (X.690 §8.1.3.6), as NSS writes them. The MAC covers octets that DER would have
    /// otherwise, so the decoder cannot be handed another encoding.
    #[error(
        "file has indefinite lengths (BER), only DER is read; `openssl pkcs12` can write it anew"
    )]
    Indefinite,
    /// The private key cannot be read or written.
    #[error("private key of a PKCS #12 file is not valid")]
    Key(#[from] KeyError),
    /// The first certificate is another key's.
    #[error("certificate of {subject} has another public key than the private key")]
    KeyMismatch {
        /// Its subject.
        subject: String,
    },
    /// No private key, or several.
    #[error("{found} private keys in the file, allowed 1")]
    Keys {
        /// Private keys found.
        found: usize,
    },
    /// Nothing tells whether the file was changed, or whether the password is right (RFC 7292 §4).
    #[error("file has no MAC, one is required")]
    MacAbsent,
    /// The octets are not what RFC 7292 has.
    #[error("octets are not a PKCS #12 file in DER")]
    Malformed(#[source] Box<dyn Error + Send + Sync>),
    /// What was written does not read as what went in.
    #[error("PKCS #12 file does not read back as what was written")]
    Mismatch {
        /// Why it cannot be read at all.
        source: Option<Box<Self>>,
    },
    /// A character of the password that consumers encode differently.
    #[error(
        "character {position} of the password is not printable ASCII: consumers encode it differently, and some would not open the file"
    )]
    PasswordCharacter {
        /// Characters before it.
        position: usize,
    },
    /// A password that the consumer's rules do not take.
    #[error("password of {actual} characters for {consumer}, at least {min} are required")]
    PasswordTooShort {
        /// For whom the file is.
        consumer: P12Consumer,
        /// Characters found.
        actual: usize,
        /// Characters required.
        min: usize,
    },
    /// A certificate that is in the chain already.
    #[error("certificate {position} of the chain is given twice, allowed once")]
    Repeated {
        /// Certificates before the second one.
        position: usize,
    },
    /// More octets than a key and its chain need.
    #[error(
        "PKCS #12 file of {actual} octets, allowed {}",
        P12Contents::MAX_OCTETS
    )]
    TooLong {
        /// Octets found.
        actual: usize,
    },
    /// A certificate did not sign the one before it.
    #[error(
        "certificate {position} of the chain, {found}, did not sign the one before it, whose issuer is {expected}"
    )]
    Unchained {
        /// Certificates before it.
        position: usize,
        /// Its subject.
        found: String,
        /// The issuer of the certificate before it.
        expected: String,
    },
    /// A name of no consumer.
    #[error("{found:?} is no consumer of PKCS #12 files, allowed {}", names())]
    UnknownConsumer {
        /// The name found, at most 80 characters of it.
        found: String,
    },
    /// An algorithm that is not read, more than a million rounds of one, or a value where another belongs.
    #[error("PKCS #12 file cannot be read")]
    Unreadable(#[source] Box<dyn Error + Send + Sync>),
    /// The MAC does not fit: the password is another, or the file was changed; the MAC cannot tell one from the other.
    #[error("password is wrong or the file was changed")]
    WrongPassword,
}

impl P12Error {
    pub(super) fn encode(error: p12_keystore::error::Error) -> Self {
        Self::Encode(Box::new(error))
    }
}
