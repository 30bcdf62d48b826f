//! Lists of any length, a page at a time, and counts.

use std::ops::RangeInclusive;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::ledger::list::question::Query;
use crate::ledger::record::{Record, record_of};
use crate::ledger::sql;
use crate::ledger::stats::Standing;
use crate::serial::SerialNumber;
use crate::time::UnixSeconds;

pub(super) mod question;

/// Which certificates are asked for; every condition that is set must hold.
///
/// The order follows from the condition that is served by an index: with a serial number, a holder, a subject's words, revoked ones or
/// those on hold by id (the order of recording), with another status or a range of ends by `not_after`, with a vendor or
/// a range of issue by `issued_at`, otherwise by id; equals by id.
///
/// Each condition alone is answered from an index. Of several, one leads and the others are asked of each certificate
/// that it finds: a page of a rare sort among a common one reads as much of the common one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filter {
    /// Its serial number, whoever issued it.
    pub serial: Option<SerialNumber>,
    /// Under whose rules it was issued.
    pub vendor: Option<String>,
    /// Who or what it is bound to.
    pub holder: Option<String>,
    /// What its subject says.
    pub subject: Option<SubjectText>,
    /// What it is at some second.
    pub status: Option<StatusFilter>,
    /// Its last second lies in this range.
    pub not_after: Option<RangeInclusive<UnixSeconds>>,
    /// It was issued in this range.
    pub issued_at: Option<RangeInclusive<UnixSeconds>>,
    /// Whether another has taken its place.
    pub succession: Succession,
    /// Only what comes after this certificate, in the order above; counts ignore it.
    pub after: Option<Position>,
    /// Only what comes before this certificate, the last of it in the order above; `after` is not asked for then, and
    /// counts ignore it.
    pub before: Option<Position>,
    /// At most so many; counts ignore it.
    pub limit: u32,
}

/// A part of a subject's text that begins and ends where words do, letter case of ASCII ignored.
///
/// Words are runs of ASCII letters and digits and of whatever is not ASCII: `CN=dk-1` has three. With an asterisk at its
/// end, the text may end within a word.
///
/// Invariant: at least one word.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SubjectText {
    /// Without the asterisk, in lower case.
    part: String,
    /// Whether there was one.
    open: bool,
}

/// Whether another certificate has taken the place of one that is asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Succession {
    /// Of no consequence.
    #[default]
    Any,
    /// There is none that lasts longer and is not revoked.
    Missing,
}

/// What a certificate is, as `Record::status_at` says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StatusFilter {
    /// Past its end at this second, and never revoked.
    ExpiredAt(UnixSeconds),
    /// On hold: revoked for the reason `certificateHold`, which may be taken back.
    OnHold,
    /// Revoked for good.
    Revoked,
    /// Neither revoked nor past its end at this second.
    ValidAt(UnixSeconds),
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Position {
    id: i64,
    not_after: i64,
    issued_at: i64,
}

impl StatusFilter {
    /// What has this standing at a second.
    #[must_use]
    pub fn of(standing: Standing, now: UnixSeconds) -> Self {
        match standing {
            Standing::Expired => Self::ExpiredAt(now),
            Standing::OnHold => Self::OnHold,
            Standing::Revoked => Self::Revoked,
            Standing::Valid => Self::ValidAt(now),
        }
    }
}

impl Record {
    /// Where this certificate stands in any order, to ask for what follows.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            id: self.id.get(),
            not_after: sql::seconds(self.validity.not_after()),
            issued_at: sql::seconds(self.issued_at),
        }
    }
}

impl Default for Filter {
    /// Every certificate, a hundred at a time.
    fn default() -> Self {
        Self {
            serial: None,
            vendor: None,
            holder: None,
            subject: None,
            status: None,
            not_after: None,
            issued_at: None,
            succession: Succession::Any,
            after: None,
            before: None,
            limit: 100,
        }
    }
}

impl SubjectText {
    /// The text to look for; `None` when it has no word.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let (part, open) = match text.strip_suffix('*') {
            Some(part) => (part, true),
            None => (text, false),
        };
        let part = part.to_ascii_lowercase();
        let found = words(&part).next().is_some();
        found.then_some(Self { part, open })
    }

    /// Whether a subject says it.
    #[must_use]
    pub fn is_in(&self, subject: &str) -> bool {
        let subject = subject.to_ascii_lowercase();
        let all: Vec<&str> = words(&subject).collect();
        let last = words(&self.part).next_back();
        let open = |word: &str| self.ends_open() && last == Some(word);
        let known = |word: &str| match open(word) {
            true => all.iter().any(|one| one.starts_with(word)),
            false => all.contains(&word),
        };
        subject.contains(&self.part) && words(&self.part).all(known)
    }

    /// The words as the index is asked for them.
    fn to_match(&self) -> String {
        let mut text = String::new();
        for word in words(&self.part) {
            // No word holds a quotation mark.
            text.push_str(&format!("\"{word}\" "));
        }
        if self.ends_open() {
            text.truncate(text.trim_end().len());
            text.push('*');
        }
        text
    }

    /// Whether the last word may go on; after a sign that is in no word there is none to go on.
    fn ends_open(&self) -> bool {
        self.open && self.part.ends_with(is_of_word)
    }
}

fn words(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    text.split(|c| !is_of_word(c))
        .filter(|word| !word.is_empty())
}

/// As the tokenizer `ascii` of FTS5 has it.
fn is_of_word(c: char) -> bool {
    !c.is_ascii() || c.is_ascii_alphanumeric()
}

impl Ledger {
    /// One page of certificates.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn list(&self, filter: &Filter) -> Result<Vec<Record>, LedgerError> {
        let mut page = Vec::new();
        for query in filter.pages() {
            let left = i64::from(filter.limit) - i64::try_from(page.len()).unwrap_or(i64::MAX);
            let sql = query.select_records();
            let params = query.params.into_iter().chain([Value::Integer(left)]);
            let mut statement = self.connection.prepare_cached(&sql)?;
            for record in statement.query_and_then(params_from_iter(params), record_of)? {
                page.push(record?);
            }
        }
        if filter.before.is_some() {
            page.reverse();
        }
        Ok(page)
    }

    /// How many certificates the conditions hold for.
    ///
    /// # Errors
    /// [`LedgerError::Corrupt`], [`LedgerError::Sqlite`].
    pub fn count(&self, filter: &Filter) -> Result<u64, LedgerError> {
        let snapshot = self.connection.unchecked_transaction()?;
        let (all, revoked) = filter.counts();
        let count = |query: Query| -> Result<u64, LedgerError> {
            let found: i64 = snapshot
                .prepare_cached(&query.select_count())?
                .query_row(params_from_iter(query.params), |row| row.get(0))?;
            Ok(found.unsigned_abs())
        };
        let revoked = revoked.map_or(Ok(0), &count)?;
        Ok(count(all)?.saturating_sub(revoked))
    }
}
