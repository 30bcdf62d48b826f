//! What the ledger surely does not hold, in memory: a Bloom filter before the indexes that are asked epoch by epoch.
//!
//! Almost every key, subject and holder of a batch is new. In a large ledger the filter answers for those; only what it
//! cannot rule out is looked up.

use std::cell::Ref;
use std::hash::{DefaultHasher, Hash, Hasher};

use rusqlite::{Connection, Row};

use crate::ledger::Ledger;
use crate::ledger::error::{Conflict, LedgerError};
use crate::ledger::new::NewCertificate;
use crate::ledger::record::CertificateId;
use crate::ledger::sql;

/// The filter, empty until a long slice is asked about in a ledger of several epochs.
#[derive(Debug, Default)]
pub(super) struct Presence {
    /// A power of two of them, or none.
    words: Vec<u64>,
    /// What was added, repetitions counted.
    entries: usize,
    /// Every certificate up to this id is in the filter.
    newest: i64,
}

/// What is asked about.
#[derive(Clone, Copy, Debug, Hash)]
pub(super) enum Mark<'a> {
    Holder {
        vendor: &'a str,
        holder: &'a str,
    },
    /// The SHA-256, or its first eight octets.
    Key(&'a [u8]),
    /// The SHA-256, or its first eight octets.
    Subject(&'a [u8]),
}

impl Ledger {
    /// The filter at this state of the ledger; `None` when it is not up to it, and the question is too short, or the
    /// ledger too small, to pay for bringing it there.
    pub(super) fn presence(
        &self,
        snapshot: &Connection,
        asked: usize,
    ) -> Result<Option<Ref<'_, Presence>>, LedgerError> {
        let newest = snapshot
            .prepare_cached(NEWEST)?
            .query_row([], |row| row.get::<_, Option<i64>>(0))?
            .unwrap_or(0);
        let stale = {
            let presence = self.presence.borrow();
            presence.newest < newest || presence.is_full()
        };
        if stale {
            if newest >> 16 < MIN_EPOCHS || asked < MIN_ASKED {
                return Ok(None);
            }
            self.presence.borrow_mut().catch_up(snapshot, newest)?;
        }
        Ok(Some(self.presence.borrow()))
    }
}

impl Presence {
    /// Whether no certificate has this mark; `false` says nothing.
    pub(super) fn rules_out(&self, asked: Mark<'_>) -> bool {
        !self.words.is_empty()
            && bits(asked, self.words.len()).any(|(word, bit)| {
                self.words
                    .get(word)
                    .is_some_and(|present| present & bit == 0)
            })
    }

    /// Adds what this connection has just recorded, unless another writer came between.
    pub(super) fn note(
        &mut self,
        new: &[NewCertificate<'_>],
        outcomes: &[Result<CertificateId, Conflict>],
    ) {
        if self.words.is_empty() {
            return;
        }
        for (row, outcome) in new.iter().zip(outcomes) {
            let Ok(id) = outcome else { continue };
            // Ids follow one another; a gap holds another writer's rows, and is read when next asked.
            if id.get() != self.newest + 1 {
                return;
            }
            self.newest = id.get();
            self.add(Mark::Key(&row.key_sha256));
            self.add(Mark::Subject(&row.subject_sha256));
            if let Some(holder) = &row.holder {
                self.add(Mark::Holder {
                    vendor: &row.vendor,
                    holder,
                });
            }
        }
    }

    /// Reads the epochs from that of the first certificate that is not in the filter.
    fn catch_up(&mut self, snapshot: &Connection, newest: i64) -> Result<(), LedgerError> {
        let rows = usize::try_from(newest).unwrap_or(usize::MAX);
        let wanted = rows.saturating_mul(MARKS * BITS_PER_ENTRY);
        if self.words.len().saturating_mul(64) < wanted || self.is_full() {
            // A quarter more than is needed now, then up to a power of two.
            let words = (wanted / 64).saturating_mul(5) / 4;
            *self = Self {
                words: vec![0; words.next_power_of_two()],
                entries: 0,
                newest: 0,
            };
        }
        let epoch = self.newest >> 16;
        for sql in [KEYS, SUBJECTS] {
            let mut statement = snapshot.prepare_cached(sql)?;
            let mut rows = statement.query([epoch])?;
            while let Some(row) = rows.next()? {
                let start: [u8; 8] = sql::column(row, 0, "certificate.subject_sha256")?;
                self.add(match sql {
                    KEYS => Mark::Key(&start),
                    _ => Mark::Subject(&start),
                });
            }
        }
        let mut statement = snapshot.prepare_cached(HOLDERS)?;
        let mut rows = statement.query([epoch])?;
        while let Some(row) = rows.next()? {
            self.add(holder_of(row)?);
        }
        self.newest = newest;
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.entries > self.words.len().saturating_mul(64) / BITS_PER_ENTRY
    }

    fn add(&mut self, known: Mark<'_>) {
        for (word, bit) in bits(known, self.words.len()) {
            if let Some(present) = self.words.get_mut(word) {
                *present |= bit;
            }
        }
        self.entries += 1;
    }
}

fn holder_of<'a>(row: &'a Row<'_>) -> Result<Mark<'a>, LedgerError> {
    let text = |index, column| {
        row.get_ref(index)
            .ok()
            .and_then(|value| value.as_str().ok())
            .ok_or(LedgerError::Corrupt { column })
    };
    Ok(Mark::Holder {
        vendor: text(1, "certificate.vendor")?,
        holder: text(0, "certificate.holder")?,
    })
}

/// The bits that stand for a mark, as word and mask, among a power of two of words.
fn bits(of: Mark<'_>, words: usize) -> impl Iterator<Item = (usize, u64)> {
    let start = |sha256| -> &[u8] { <[u8]>::get(sha256, ..8).unwrap_or(sha256) };
    let of = match of {
        Mark::Key(sha256) => Mark::Key(start(sha256)),
        Mark::Subject(sha256) => Mark::Subject(start(sha256)),
        Mark::Holder { .. } => of,
    };
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    let first = hasher.finish();
    // Two halves of one hash make as many as are needed (Kirsch and Mitzenmacher); an odd step reaches every bit.
    let step = first.rotate_left(32) | 1;
    let mask = u64::try_from(words).map_or(u64::MAX, |words| words.saturating_mul(64) - 1);
    (0..HASHES).map(move |n| {
        let at = first.wrapping_add(step.wrapping_mul(n)) & mask;
        (usize::try_from(at / 64).unwrap_or(0), 1 << (at % 64))
    })
}

/// Below so many epochs, asking each is as quick.
const MIN_EPOCHS: i64 = 4;
/// A shorter question does not pay for reading the indexes.
const MIN_ASKED: usize = 64;
/// A certificate has a key, a subject and a holder.
const MARKS: usize = 3;
/// With five hashes, two in a hundred are looked up in vain.
const BITS_PER_ENTRY: usize = 8;
const HASHES: u64 = 5;

pub(super) const NEWEST: &str = "SELECT max(id) FROM certificate";
pub(super) const KEYS: &str =
    "SELECT substr(key_sha256, 1, 8) FROM certificate INDEXED BY certificate_key
    WHERE id >> 16 >= ?1";
pub(super) const SUBJECTS: &str =
    "SELECT substr(subject_sha256, 1, 8) FROM certificate INDEXED BY certificate_subject
    WHERE id >> 16 >= ?1";
pub(super) const HOLDERS: &str =
    "SELECT holder, vendor FROM certificate INDEXED BY certificate_holder
    WHERE id >> 16 >= ?1 AND holder IS NOT NULL";
