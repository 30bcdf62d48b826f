//! A row as it was read: where it stands, whose it is, and what it holds.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::fault;
use crate::batch::vendors;
use crate::batch::vendors::Vendor;
use crate::lint::Finding;

/// A row as it was read, not yet understood.
#[derive(Debug)]
pub(in crate::batch) struct Row {
    /// Counted from 1.
    pub(in crate::batch) number: u64,
    /// Whose request it is, where that is not the job's vendor.
    pub(in crate::batch) vendor: Option<Vendor>,
    /// SHA-256 over the content: a row of the same digest asks for the same.
    pub(in crate::batch) digest: [u8; 32],
    pub(in crate::batch) content: Content,
}

/// What a row holds.
#[derive(Debug)]
pub(in crate::batch) enum Content {
    /// Cells, each with its column.
    Cells(Vec<(Arc<str>, String)>),
    /// A line of JSON, UTF-8.
    Json(String),
    /// A file with a certification request, and its name without the ending.
    Request { stem: String, octets: Vec<u8> },
    /// Nothing that can be read; the name if there is one.
    Unreadable {
        stem: Option<String>,
        finding: Finding,
    },
}

impl Row {
    /// The row of a content.
    pub(in crate::batch) fn new(number: u64, content: Content) -> Self {
        let digest = content.digest();
        let (vendor, content) = match content.vendor() {
            Ok(vendor) => (vendor, content),
            Err(finding) => {
                let stem = None;
                (None, Content::Unreadable { stem, finding })
            }
        };
        Self {
            number,
            vendor,
            digest,
            content,
        }
    }
}

impl Content {
    /// Octets in memory, roughly.
    pub(super) fn octets(&self) -> usize {
        match self {
            Self::Cells(cells) => cells.iter().map(|(_, text)| text.len()).sum(),
            Self::Json(text) => text.len(),
            Self::Request { octets, .. } => octets.len(),
            Self::Unreadable { .. } => 0,
        }
    }

    /// Whose request this is, if it says so.
    fn vendor(&self) -> Result<Option<Vendor>, Finding> {
        let named = match self {
            Self::Cells(cells) => {
                let cell = cells.iter().find(|(column, _)| **column == *VENDOR);
                cell.map(|(_, text)| text.as_str())
                    .filter(|text| !text.is_empty())
                    .map(Value::from)
            }
            // A look at the text tells most rows apart from those that must be read for it.
            Self::Json(text) if text.contains(QUOTED_VENDOR) => match serde_json::from_str(text) {
                Ok(Tag { vendor }) => vendor,
                Err(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
                    return Err(unknown("no object with one vendor".to_owned()));
                }
                // What is no JSON is refused by whoever reads it.
                Err(_) => None,
            },
            _ => None,
        };
        let Some(named) = named.filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let vendor = named.as_str().and_then(|text| text.parse().ok());
        vendor.map(Some).ok_or_else(|| unknown(named.to_string()))
    }

    /// The form, then each part with its length before it, so that no two contents run together.
    fn digest(&self) -> [u8; 32] {
        let mut sha256 = Sha256::new();
        let mut part = |octets: &[u8]| {
            let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
            sha256.update(length.to_be_bytes());
            sha256.update(octets);
        };
        match self {
            Self::Cells(cells) => {
                part(b"cells");
                for (column, text) in cells {
                    part(column.as_bytes());
                    part(text.as_bytes());
                }
            }
            Self::Json(text) => {
                part(b"json");
                part(text.as_bytes());
            }
            Self::Request { stem, octets } => {
                part(b"request");
                part(stem.as_bytes());
                part(octets);
            }
            Self::Unreadable { stem, finding } => {
                part(b"unreadable");
                part(stem.as_deref().unwrap_or_default().as_bytes());
                part(finding.rule().as_bytes());
                part(finding.found().as_bytes());
            }
        }
        sha256.finalize().into()
    }
}

/// The one field that decides who reads the others.
#[derive(Deserialize)]
struct Tag {
    vendor: Option<Value>,
}

fn unknown(found: String) -> Finding {
    fault("batch.vendor", VENDOR, found, &vendors::names())
}

/// The row's own field: whose request it is.
pub(in crate::batch) const VENDOR: &str = "vendor";
const QUOTED_VENDOR: &str = "\"vendor\"";
