//! `basicConstraints` (RFC 5280 §4.2.1.9): whether the subject is a CA, and how long a path may be below it.

use std::fmt;

use crate::ext::{Criticality, Extension, ExtensionError};
use crate::oid;
use crate::tlv;

/// Whether the subject is a CA.
///
/// ```asn1
/// BasicConstraints ::= SEQUENCE { cA BOOLEAN DEFAULT FALSE, pathLenConstraint INTEGER (0..MAX) OPTIONAL }
/// ```
///
/// Invariant: a path length only with `cA` TRUE.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct BasicConstraints {
    ca: bool,
    path_len: Option<u32>,
}

impl BasicConstraints {
    /// A CA; `path_len` is how many intermediate CAs may follow it, `None` for any number.
    #[must_use]
    pub fn ca(path_len: Option<u32>) -> Self {
        Self { ca: true, path_len }
    }

    /// No CA: an empty sequence.
    #[must_use]
    pub fn end_entity() -> Self {
        Self {
            ca: false,
            path_len: None,
        }
    }

    /// Whether the subject is a CA.
    #[must_use]
    pub fn is_ca(self) -> bool {
        self.ca
    }

    /// Intermediate CAs that may follow, `None` for any number.
    #[must_use]
    pub fn path_len(self) -> Option<u32> {
        self.path_len
    }

    /// The extension. RFC 5280 has it critical in the certificate of a CA and leaves it open elsewhere.
    #[must_use]
    pub fn to_extension(self, criticality: Criticality) -> Extension {
        let Self { ca, path_len } = self;
        let mut content = Vec::new();
        if ca {
            content.extend(tlv::write(tlv::BOOLEAN, &[0xFF]));
        }
        if let Some(path_len) = path_len {
            let path_len = tlv::integer_content(&path_len.to_be_bytes());
            content.extend(tlv::write(tlv::INTEGER, &path_len));
        }
        let value = tlv::write(tlv::SEQUENCE, &content);
        Extension::raw(oid::BASIC_CONSTRAINTS, criticality, value)
    }

    /// Reads the value of the extension; path lengths up to 2^32 - 1.
    ///
    /// # Errors
    /// [`ExtensionError::Malformed`] and [`ExtensionError::PathLenWithoutCa`].
    pub fn from_extension_value(octets: &[u8]) -> Result<Self, ExtensionError> {
        let malformed = ExtensionError::malformed(oid::BASIC_CONSTRAINTS);
        let content = tlv::read(octets, tlv::SEQUENCE).map_err(&malformed)?;
        let mut reader = tlv::Reader::new(content).map_err(&malformed)?;
        let ca = reader.default_false().map_err(&malformed)?;
        let path_len = reader.optional(tlv::INTEGER).map_err(&malformed)?;
        reader.finish().map_err(&malformed)?;
        let path_len = path_len.map(read_path_len).transpose()?;
        match path_len {
            Some(path_len) if !ca => Err(ExtensionError::PathLenWithoutCa { path_len }),
            _ => Ok(Self { ca, path_len }),
        }
    }
}

fn read_path_len(content: &[u8]) -> Result<u32, ExtensionError> {
    tlv::integer_magnitude(content)
        .filter(|magnitude| magnitude.len() <= 4)
        .map(|magnitude| {
            let push = |sum: u32, octet: &u8| sum << 8 | u32::from(*octet);
            magnitude.iter().fold(0, push)
        })
        .ok_or_else(|| {
            let reason = "pathLenConstraint is not an integer of 0 to 4294967295";
            ExtensionError::malformed_because(oid::BASIC_CONSTRAINTS, reason)
        })
}

impl fmt::Display for BasicConstraints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.ca { "CA:TRUE" } else { "CA:FALSE" })?;
        match self.path_len {
            Some(path_len) => write!(f, ", pathlen:{path_len}"),
            None => Ok(()),
        }
    }
}
