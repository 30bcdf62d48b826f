//! Who imports a file, and what a file must be for it.

use std::fmt;
use std::str::FromStr;

use p12_keystore::{EncryptionAlgorithm, MacAlgorithm};

use crate::bundle::p12::error::P12Error;

/// Who imports the file. Consumers are told apart even where they read the same today: what is right for one of them may
/// change alone.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum P12Consumer {
    /// An application under a FIPS 140 policy: AES and PBKDF2 are approved for stored keys (SP 800-132), 3DES and the
    /// older derivation are not. SP 800-131A asks 112 bits of an HMAC key, and PBKDF2 takes the password for one, so a
    /// password needs 14 characters. The MAC of RFC 7292 has a derivation that no such policy approves; a module
    /// that insists must be told not to check it, since the approved one (RFC 9579) is read by few.
    Fips,
    /// Java 8 before update 301 (and 7 before 311, 11 before 11.0.12), which know no MAC with SHA-256 (JDK-8267701). Later
    /// ones read these files too.
    Java8,
    /// macOS: Keychain Access up to macOS 13 reads no MAC but SHA-1 and no PBES2 with SHA-256.
    MacOs,
    /// What is kept up to date: Windows Server 2019 and Windows 10 1709 or later, Java 8 update 301 or later, OpenSSL
    /// 1.1 or later, NSS, GnuTLS, .NET (which refuses more than 300,000 rounds), Bouncy Castle.
    Modern,
    /// OpenSSL 3, which reads 40-bit RC2 only with a provider that few installations load. 3DES it reads, AES it writes.
    OpenSsl3,
    /// Windows Server 2016 and Windows before 10 1709, which read no AES and no MAC but SHA-1 here.
    Windows2016,
}

/// How a file is encrypted and authenticated.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum P12Encryption {
    /// PBES2 (RFC 8018 §6.2) with PBKDF2, HMAC-SHA-256 and AES-256-CBC; MAC with HMAC-SHA-256 (RFC 7292 §4).
    Aes256,
    /// `pbeWithSHAAnd3-KeyTripleDES-CBC` (RFC 7292 §C); MAC with HMAC-SHA-1.
    TripleDes,
}

/// What a consumer's file is made with.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct P12Scheme {
    /// Cipher and MAC.
    pub encryption: P12Encryption,
    /// Rounds of each of the three key derivations: certificates, key, MAC.
    pub iterations: u32,
}

impl P12Consumer {
    /// Every consumer.
    pub const ALL: [Self; 6] = [
        Self::Modern,
        Self::Windows2016,
        Self::Java8,
        Self::MacOs,
        Self::OpenSsl3,
        Self::Fips,
    ];

    /// What its files are made with.
    #[must_use]
    pub fn scheme(self) -> P12Scheme {
        match self {
            // Rounds make each guess of a password dearer. 100,000 cost some 35 ms to write, and stay well below the
            // limits of the readers that have one.
            Self::Fips | Self::Modern | Self::OpenSsl3 => P12Scheme {
                encryption: P12Encryption::Aes256,
                iterations: 100_000,
            },
            // What keytool writes for a key under 3DES.
            Self::Java8 => P12Scheme {
                encryption: P12Encryption::TripleDes,
                iterations: 50_000,
            },
            // What OpenSSL has long written by default and these import; how many more they bear is not documented.
            Self::MacOs | Self::Windows2016 => P12Scheme {
                encryption: P12Encryption::TripleDes,
                iterations: 2_048,
            },
        }
    }

    /// Octets that a password must have at least, unless the consumer has no rule.
    pub(super) fn min_password_octets(self) -> usize {
        match self {
            Self::Fips => 14,
            Self::Java8 | Self::MacOs | Self::Modern | Self::OpenSsl3 | Self::Windows2016 => 0,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Fips => "fips",
            Self::Java8 => "java-8",
            Self::MacOs => "macos",
            Self::Modern => "modern",
            Self::OpenSsl3 => "openssl-3",
            Self::Windows2016 => "windows-2016",
        }
    }
}

/// The name that [`FromStr`] reads.
impl fmt::Display for P12Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for P12Consumer {
    type Err = P12Error;

    /// Reads one name: `modern`, `windows-2016`, `java-8`, `macos`, `openssl-3` or `fips`.
    fn from_str(text: &str) -> Result<Self, P12Error> {
        Self::ALL
            .into_iter()
            .find(|consumer| consumer.name() == text)
            .ok_or_else(|| P12Error::UnknownConsumer {
                found: text.chars().take(80).collect(),
            })
    }
}

impl P12Encryption {
    pub(super) fn cipher(self) -> EncryptionAlgorithm {
        match self {
            Self::Aes256 => EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
            Self::TripleDes => EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
        }
    }

    pub(super) fn mac(self) -> MacAlgorithm {
        match self {
            Self::Aes256 => MacAlgorithm::HmacSha256,
            Self::TripleDes => MacAlgorithm::HmacSha1,
        }
    }
}

impl fmt::Display for P12Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aes256 => "AES-256-CBC (PBES2, PBKDF2 with HMAC-SHA-256), MAC with HMAC-SHA-256",
            Self::TripleDes => "3DES-CBC (RFC 7292 with SHA-1), MAC with HMAC-SHA-1",
        })
    }
}

/// The names of all consumers.
pub(super) fn names() -> String {
    P12Consumer::ALL.map(P12Consumer::name).join(", ")
}
