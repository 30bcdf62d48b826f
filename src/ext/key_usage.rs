//! `keyUsage` (RFC 5280 §4.2.1.3): what the certified key may be used for.

use std::fmt;
use std::str::FromStr;

use crate::ext::{Criticality, Extension, ExtensionError, write_list};
use crate::oid;
use crate::tlv;

/// What the certified key may be used for.
///
/// ```asn1
/// KeyUsage ::= BIT STRING {
///     digitalSignature (0), nonRepudiation (1), keyEncipherment (2), dataEncipherment (3), keyAgreement (4),
///     keyCertSign (5), cRLSign (6), encipherOnly (7), decipherOnly (8) }
/// ```
///
/// Invariant: at least one bit (RFC 5280 §4.2.1.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct KeyUsage(u16);

/// The bits of [`KeyUsage`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KeyUsageBit {
    /// `cRLSign` (6).
    CrlSign,
    /// `dataEncipherment` (3).
    DataEncipherment,
    /// `decipherOnly` (8), with `keyAgreement`.
    DecipherOnly,
    /// `digitalSignature` (0).
    DigitalSignature,
    /// `encipherOnly` (7), with `keyAgreement`.
    EncipherOnly,
    /// `keyAgreement` (4).
    KeyAgreement,
    /// `keyCertSign` (5).
    KeyCertSign,
    /// `keyEncipherment` (2).
    KeyEncipherment,
    /// `nonRepudiation` (1), which X.509 later named `contentCommitment`.
    NonRepudiation,
}

impl KeyUsage {
    /// These bits; a bit named twice counts once.
    ///
    /// # Errors
    /// [`ExtensionError::Empty`] for no bit.
    pub fn new(bits: &[KeyUsageBit]) -> Result<Self, ExtensionError> {
        Self::from_mask(bits.iter().fold(0, |mask, bit| mask | bit.mask()))
    }

    /// Whether this bit is set.
    #[must_use]
    pub fn contains(self, bit: KeyUsageBit) -> bool {
        self.0 & bit.mask() != 0
    }

    /// The bits that are set, by number.
    pub fn bits(self) -> impl Iterator<Item = KeyUsageBit> {
        KeyUsageBit::ALL
            .into_iter()
            .filter(move |bit| self.contains(*bit))
    }

    /// The extension. RFC 5280 says it SHOULD be critical.
    #[must_use]
    pub fn to_extension(self, criticality: Criticality) -> Extension {
        let [first, second] = self.0.to_be_bytes();
        // X.690 §11.2.2: trailing zero bits of a named bit list are removed.
        let bits: &[u8] = if second == 0 {
            &[first]
        } else {
            &[first, second]
        };
        let last = bits.last().copied().unwrap_or_default();
        let unused = u8::try_from(last.trailing_zeros()).unwrap_or(0);
        let content = [&[unused], bits].concat();
        let value = tlv::write(tlv::BIT_STRING, &content);
        Extension::raw(oid::KEY_USAGE, criticality, value)
    }

    /// Reads the value of the extension. Zero bits at the end are no DER, yet read: certificates in the wild hold them.
    ///
    /// # Errors
    /// [`ExtensionError::Empty`] and [`ExtensionError::Malformed`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let content = tlv::read(octets, tlv::BIT_STRING)
            .map_err(ExtensionError::malformed(oid::KEY_USAGE))?;
        let (unused, bits) = match *content {
            [0] => (0, [0, 0]),
            [unused @ 0..=7, first] => (unused, [first, 0]),
            [unused @ 0..=7, first, second] => (unused, [first, second]),
            _ => return Err(malformed("a BIT STRING of at most 9 bits is expected")),
        };
        let last = content.last().copied().unwrap_or_default();
        // X.690 §11.2.1: each unused bit is zero.
        if last & !(0xFF_u8 << unused) != 0 {
            return Err(malformed("unused bits are set"));
        }
        let mask = u16::from_be_bytes(bits);
        if mask & !ALL_BITS != 0 {
            return Err(malformed("bits beyond decipherOnly (8) are set"));
        }
        Self::from_mask(mask)
    }

    fn from_mask(mask: u16) -> Result<Self, ExtensionError> {
        if mask == 0 {
            // RFC 5280 §4.2.1.3: at least one of the bits MUST be set to 1.
            return Err(ExtensionError::Empty {
                oid: oid::KEY_USAGE,
                element: "bit",
            });
        }
        Ok(Self(mask))
    }
}

/// The bits by name, in the order of their numbers.
impl fmt::Display for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, self.bits())
    }
}

impl KeyUsageBit {
    /// All bits in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::DigitalSignature,
        Self::NonRepudiation,
        Self::KeyEncipherment,
        Self::DataEncipherment,
        Self::KeyAgreement,
        Self::KeyCertSign,
        Self::CrlSign,
        Self::EncipherOnly,
        Self::DecipherOnly,
    ];

    /// Bit 0 of the BIT STRING is the topmost bit of its first octet (X.690 §8.6.2.1).
    fn mask(self) -> u16 {
        match self {
            Self::DigitalSignature => 0x8000,
            Self::NonRepudiation => 0x4000,
            Self::KeyEncipherment => 0x2000,
            Self::DataEncipherment => 0x1000,
            Self::KeyAgreement => 0x0800,
            Self::KeyCertSign => 0x0400,
            Self::CrlSign => 0x0200,
            Self::EncipherOnly => 0x0100,
            Self::DecipherOnly => 0x0080,
        }
    }
}

/// The name that RFC 5280 gives the bit.
impl fmt::Display for KeyUsageBit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DigitalSignature => "digitalSignature",
            Self::NonRepudiation => "nonRepudiation",
            Self::KeyEncipherment => "keyEncipherment",
            Self::DataEncipherment => "dataEncipherment",
            Self::KeyAgreement => "keyAgreement",
            Self::KeyCertSign => "keyCertSign",
            Self::CrlSign => "cRLSign",
            Self::EncipherOnly => "encipherOnly",
            Self::DecipherOnly => "decipherOnly",
        })
    }
}

impl FromStr for KeyUsageBit {
    type Err = ExtensionError;

    /// Reads the name that RFC 5280 gives the bit, letter case as it stands there; `contentCommitment` too.
    fn from_str(text: &str) -> Result<Self, ExtensionError> {
        if text == "contentCommitment" {
            return Ok(Self::NonRepudiation);
        }
        Self::ALL
            .into_iter()
            .find(|bit| bit.to_string() == text)
            .ok_or_else(|| ExtensionError::UnknownName {
                element: "key usage bit",
                found: text.chars().take(80).collect(),
                allowed: Self::ALL.map(|bit| bit.to_string()).join(", "),
            })
    }
}

fn malformed(reason: &str) -> ExtensionError {
    ExtensionError::malformed_because(oid::KEY_USAGE, reason)
}

const ALL_BITS: u16 = 0xFF80;
