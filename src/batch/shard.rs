//! Parts of a job, for several machines.
//!
//! Rows are parted by a hash of whom they ask for, so that rows of one subject, which may be duplicates, meet in one part.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rayon::prelude::*;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::batch::error::BatchError;
use crate::batch::job::{Content, Row};
use crate::batch::vendors::fresh::{SUBJECT, subject_of};
use crate::request::CertificationRequest;

/// One of so many parts, written `i/n`.
///
/// Invariant: 1 ≤ i ≤ n.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Shard {
    index: u32,
    count: u32,
}

impl Shard {
    /// The rows of this part.
    pub(super) fn take(self, rows: Vec<Row>) -> Vec<Row> {
        let own = |row: &Row| self.index == 1 + hash(row) % self.count;
        rows.into_par_iter().filter(own).collect()
    }

    /// Which part, from 1.
    pub(super) fn index(self) -> u32 {
        self.index
    }

    /// Into how many parts the job is cut.
    #[must_use]
    pub fn count(self) -> u32 {
        self.count
    }
}

impl FromStr for Shard {
    type Err = BatchError;

    fn from_str(text: &str) -> Result<Self, BatchError> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(index, count)| {
            let (index, count) = (index.parse().ok()?, count.parse().ok()?);
            (1..=count)
                .contains(&index)
                .then_some(Self { index, count })
        });
        parts.ok_or_else(|| BatchError::Shard {
            found: text.chars().take(80).collect(),
        })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

/// The same for all rows of one subject: that of a request, however it is written, or of the fields that say whom a row
/// asks for; of a row without either, that of its whole content.
fn hash(row: &Row) -> u32 {
    let digest: [u8; 32] = match &row.content {
        Content::Request { octets, .. } => of_request(octets),
        Content::Json(text) => match serde_json::from_str(text) {
            Ok(fields) => of_fields(&fields),
            Err(_) => None,
        },
        Content::Cells(cells) => {
            let cells = cells.iter();
            let fields = cells.map(|(name, text)| (name.to_string(), text.as_str().into()));
            of_fields(&fields.collect())
        }
        Content::Unreadable { .. } => None,
    }
    .unwrap_or(row.digest);
    let start: [u8; 4] = digest.first_chunk().copied().unwrap_or_default();
    u32::from_be_bytes(start)
}

fn of_fields(fields: &Map<String, Value>) -> Option<[u8; 32]> {
    let text = |name: &&str| fields.get(*name).and_then(Value::as_str);
    // What it asks for in place of the request's own.
    if let Some(subject) = text(&SUBJECT_OIDS).filter(|subject| !subject.is_empty()) {
        return Some(Sha256::digest(subject).into());
    }
    if let Some(request) = REQUESTS.iter().find_map(text) {
        let der = STANDARD.decode(request.split_whitespace().collect::<String>());
        return match der {
            Ok(der) => of_request(&der),
            Err(_) => of_request(request.as_bytes()),
        };
    }
    // As a request has it, however the row writes it.
    let subject = fields.get(SUBJECT).cloned();
    if let Some(Ok(subject)) = subject.map(subject_of) {
        return Some(subject.folded_sha256());
    }
    let filled = |name: &&&str| fields.get(**name).is_some_and(|value| !value.is_null());
    let name = WHOM.iter().find(filled)?;
    let value = fields.get(*name)?;
    let text = value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned);
    Some(Sha256::digest(text).into())
}

fn of_request(octets: &[u8]) -> Option<[u8; 32]> {
    let request = CertificationRequest::from_bytes(octets).ok()?;
    Some(request.subject().folded_sha256())
}

/// Fields that hold a request.
const REQUESTS: [&str; 2] = ["csr", "csrData"];

/// The subject of a certificate, whatever the request's.
const SUBJECT_OIDS: &str = "subjectDNOids";

/// Fields that say whom a row asks for, the first that is there.
const WHOM: [&str; 5] = [SUBJECT, "commId", "station", "requestData", "rowKey"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ext::Extensions;
    use crate::key;
    use crate::key::{KeyAlgorithm, SignatureAlgorithm};
    use crate::name::Name;
    use crate::request;
    use crate::request::RequestDraft;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn row(number: u64, text: String) -> Row {
        Row {
            number,
            vendor: None,
            digest: Sha256::digest(&text).into(),
            content: Content::Json(text),
        }
    }

    #[test]
    fn every_row_is_in_one_part_and_rows_of_a_subject_in_the_same() {
        let rows = || {
            let rows = (1..=300).map(|n| {
                let name = n % 100;
                row(
                    n,
                    format!("{{\"subject\":\"CN=d{name}\",\"deviceKey\":\"{n}\"}}"),
                )
            });
            rows.collect::<Vec<_>>()
        };
        let mut found = std::collections::BTreeMap::new();
        for part in ["1/3", "2/3", "3/3"] {
            let shard: Shard = part.parse().unwrap();
            let own = shard.take(rows());
            assert!(own.len() > 40, "{part}: {}", own.len());
            for row in own {
                let before = found.entry(row.number % 100).or_insert(part);
                assert_eq!(*before, part);
            }
        }
        assert_eq!(found.len(), 100);
    }

    #[test]
    fn a_subject_is_the_same_in_a_request_an_object_and_a_text() {
        let mut rng = ChaCha20Rng::from_seed([3; 32]);
        let key = key::generate(KeyAlgorithm::P256, 1, &mut rng).remove(0);
        let subject: Name = "CN=Dk 1,O=Acme,C=IN".parse().unwrap();
        let draft = RequestDraft {
            subject: &subject,
            key: &key.unwrap(),
            algorithm: SignatureAlgorithm::EcdsaWithSha256,
            extensions: &Extensions::default(),
        };
        let request = request::sign(&[draft]).remove(0).unwrap();
        let csr = STANDARD.encode(request.as_der());
        let texts = [
            format!("{{\"csr\":\"{csr}\"}}"),
            r#"{"subject":{"CN":"dk  1","O":"ACME","C":"IN"},"key":"P-256"}"#.to_owned(),
            r#"{"key":"RSA-2048","subject":"CN=DK 1, O=acme, C=IN"}"#.to_owned(),
        ];
        let hashes = texts.map(|text| hash(&row(1, text)));
        assert_eq!(hashes, [hashes[0]; 3]);
        let own = row(
            1,
            format!("{{\"csr\":\"{csr}\",\"subjectDNOids\":\"2.5.4.3|b\"}}"),
        );
        assert_ne!(hash(&own), hashes[0]);
    }

    #[test]
    fn a_part_is_one_of_so_many() {
        assert_eq!("2/4".parse::<Shard>().unwrap().to_string(), "2/4");
        for text in ["0/4", "5/4", "1/0", "1", "a/b", "-1/4", ""] {
            assert!(
                matches!(text.parse::<Shard>(), Err(BatchError::Shard { .. })),
                "{text}"
            );
        }
    }
}
