//! Lists of any length, a page at a time, and counts.

use std::ops::RangeInclusive;

use rusqlite::params_from_iter;
use rusqlite::types::Value;

use crate::ledger::Ledger;
use crate::ledger::error::LedgerError;
use crate::ledger::query::{BY_HOLDER_TABLES, EPOCHS};
use crate::ledger::record::{DER_JOINS, RECORD_COLUMNS, Record, record_of};
use crate::ledger::sql;
use crate::time::UnixSeconds;

/// Which certificates are asked for; every condition that is set must hold.
///
/// The order follows from the condition that is served by an index: with a holder or revoked ones by id (the order of
/// recording), with a status or a range of ends by `not_after`, with a vendor or a range of issue by `issued_at`,
/// otherwise by id; equals by id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filter {
    /// Under whose rules it was issued.
    pub vendor: Option<String>,
    /// Who or what it is bound to.
    pub holder: Option<String>,
    /// A part of the subject's text, letter case of ASCII ignored. No index helps: every certificate that the other
    /// conditions leave is read.
    pub subject_contains: Option<String>,
    /// What it is at some second.
    pub status: Option<StatusFilter>,
    /// Its last second lies in this range.
    pub not_after: Option<RangeInclusive<UnixSeconds>>,
    /// It was issued in this range.
    pub issued_at: Option<RangeInclusive<UnixSeconds>>,
    /// Only what comes after this certificate, in the order above; counts ignore it.
    pub after: Option<Position>,
    /// At most so many; counts ignore it.
    pub limit: u32,
}

/// What a certificate is, as `Record::status_at` says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StatusFilter {
    /// Past its end at this second, and never revoked.
    ExpiredAt(UnixSeconds),
    /// Revoked or on hold.
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
            vendor: None,
            holder: None,
            subject_contains: None,
            status: None,
            not_after: None,
            issued_at: None,
            after: None,
            limit: 100,
        }
    }
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

/// Which table or index leads, and so the order.
#[derive(Clone, Copy, Debug)]
enum Lead {
    Expiry { vendor: bool },
    Holder,
    Id,
    Issue { vendor: bool },
    Revocation,
}

/// A question in the making: parameters are numbered in the order in which they are pushed.
#[derive(Clone, Debug)]
pub(super) struct Query {
    lead: Lead,
    conditions: Vec<String>,
    pub(super) params: Vec<Value>,
}

impl Filter {
    /// The questions whose answers, one after the other, are the page: after a position first the rest of its equals.
    pub(super) fn pages(&self) -> Vec<Query> {
        let mut query = self.query(self.lead());
        if let Some(StatusFilter::ExpiredAt(_) | StatusFilter::ValidAt(_)) = self.status {
            query.conditions.push(NOT_REVOKED.to_owned());
        }
        let column = match query.lead {
            Lead::Expiry { .. } => "c.not_after",
            Lead::Issue { .. } => "c.issued_at",
            Lead::Holder | Lead::Id | Lead::Revocation => {
                query.push_start(self.after.map_or(0, |after| after.id));
                return vec![query];
            }
        };
        let Some(after) = self.after else {
            return vec![query];
        };
        let at = match query.lead {
            Lead::Expiry { .. } => after.not_after,
            _ => after.issued_at,
        };
        let mut equals = query.clone();
        equals.push(&format!("{column} = ?"), at);
        equals.push("c.id > ?", after.id);
        query.push(&format!("{column} > ?"), at);
        vec![equals, query]
    }

    /// What to count, and what to take away from it: counting the revoked apart spares a look at every certificate.
    pub(super) fn counts(&self) -> (Query, Option<Query>) {
        let mut all = self.query(self.lead());
        if !matches!(
            self.status,
            Some(StatusFilter::ExpiredAt(_) | StatusFilter::ValidAt(_))
        ) {
            return (all, None);
        }
        if matches!(all.lead, Lead::Holder) {
            all.conditions.push(NOT_REVOKED.to_owned());
            return (all, None);
        }
        (all, Some(self.query(Lead::Revocation)))
    }

    fn lead(&self) -> Lead {
        let vendor = self.vendor.is_some();
        match (self.status, &self.not_after) {
            _ if self.holder.is_some() => Lead::Holder,
            (Some(StatusFilter::Revoked), _) => Lead::Revocation,
            (Some(StatusFilter::ExpiredAt(_) | StatusFilter::ValidAt(_)), _) | (_, Some(_)) => {
                Lead::Expiry { vendor }
            }
            _ if vendor || self.issued_at.is_some() => Lead::Issue { vendor },
            _ => Lead::Id,
        }
    }

    /// Every condition but the one that a certificate is not revoked.
    fn query(&self, lead: Lead) -> Query {
        let mut query = Query {
            lead,
            conditions: Vec::new(),
            params: Vec::new(),
        };
        let Self {
            vendor,
            holder,
            subject_contains,
            status,
            not_after,
            issued_at,
            after: _,
            limit: _,
        } = self;
        if let Some(holder) = holder {
            query.push("c.holder = ?", holder.clone());
        }
        if let Some(vendor) = vendor {
            query.push("c.vendor = ?", vendor.clone());
        }
        match status {
            Some(StatusFilter::ExpiredAt(now)) => query.push("c.not_after < ?", sql::seconds(*now)),
            Some(StatusFilter::ValidAt(now)) => query.push("c.not_after >= ?", sql::seconds(*now)),
            Some(StatusFilter::Revoked) if !matches!(lead, Lead::Revocation) => {
                query.conditions.push(REVOKED.to_owned());
            }
            Some(StatusFilter::Revoked) | None => {}
        }
        for (column, range) in [("c.not_after", not_after), ("c.issued_at", issued_at)] {
            if let Some(range) = range {
                query.push(&format!("{column} >= ?"), sql::seconds(*range.start()));
                query.push(&format!("{column} <= ?"), sql::seconds(*range.end()));
            }
        }
        if let Some(part) = subject_contains {
            // lower() folds ASCII only, as the doc promises.
            query.push(
                "instr(lower(c.subject_text), ?) > 0",
                part.to_ascii_lowercase(),
            );
        }
        query
    }
}

impl Query {
    /// Adds a condition in which a question mark stands for `value`.
    fn push(&mut self, condition: &str, value: impl Into<Value>) {
        self.params.push(value.into());
        let parameter = format!("?{}", self.params.len());
        self.conditions.push(condition.replace('?', &parameter));
    }

    /// Starts after an id.
    fn push_start(&mut self, id: i64) {
        match self.lead {
            Lead::Revocation => self.push("r.certificate_id > ?", id),
            _ => self.push("c.id > ?", id),
        }
    }

    pub(super) fn select_records(&self) -> String {
        let order = match self.lead {
            Lead::Expiry { .. } => "c.not_after, c.id",
            Lead::Issue { .. } => "c.issued_at, c.id",
            Lead::Holder | Lead::Id => "c.id",
            Lead::Revocation => "r.certificate_id",
        };
        let revocation = match self.lead {
            Lead::Revocation => "",
            _ => "LEFT JOIN revocation r ON r.certificate_id = c.id",
        };
        format!(
            "{} SELECT {RECORD_COLUMNS} FROM {} {DER_JOINS} {revocation} {} ORDER BY {order} LIMIT ?{}",
            self.with(),
            self.tables(),
            self.condition(),
            self.params.len() + 1
        )
    }

    pub(super) fn select_count(&self) -> String {
        format!(
            "{} SELECT count(*) FROM {} {}",
            self.with(),
            self.tables(),
            self.condition()
        )
    }

    fn with(&self) -> &'static str {
        match self.lead {
            Lead::Holder => EPOCHS,
            _ => "",
        }
    }

    fn condition(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.conditions.join(" AND "))
    }

    /// `INDEXED BY` makes a plan that would read every row an error, not a slow answer.
    fn tables(&self) -> &'static str {
        match self.lead {
            Lead::Expiry { vendor: false } => "certificate c INDEXED BY certificate_not_after",
            Lead::Expiry { vendor: true } => {
                "certificate c INDEXED BY certificate_vendor_not_after"
            }
            Lead::Holder => BY_HOLDER_TABLES,
            Lead::Id => "certificate c",
            Lead::Issue { vendor: false } => "certificate c INDEXED BY certificate_issued_at",
            Lead::Issue { vendor: true } => "certificate c INDEXED BY certificate_vendor_issued_at",
            Lead::Revocation => "revocation r CROSS JOIN certificate c ON c.id = r.certificate_id",
        }
    }
}

const NOT_REVOKED: &str = "NOT EXISTS (SELECT 1 FROM revocation x WHERE x.certificate_id = c.id)";

const REVOKED: &str = "EXISTS (SELECT 1 FROM revocation x WHERE x.certificate_id = c.id)";
